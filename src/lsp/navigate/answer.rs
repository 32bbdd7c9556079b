//! Answers in the form of the protocol.

use gen_lsp_types::{Diagnostic, Position, Range};
use serde_json::{Value, json};
use stacklint_engine::config::NAMES;
use stacklint_engine::line_index::LineIndex;
use stacklint_engine::navigate::{Masker, Navigator, Target, rule_word};
use stacklint_engine::origin::{FileId, Span};
use stacklint_engine::source::Sources;
use stacklint_engine::text::Text;
use stacklint_parsers::TextRange;

use super::hover;
use super::inquiry::Kind;
use super::{Job, stacks};
use crate::commands::masking::Masking;
use crate::lsp::client::Client;
use crate::lsp::diagnostics::{Places, document_at};
use crate::lsp::document::{Document, Lines};
use crate::lsp::shift::Shift;
use crate::report::printable::one_line;
use crate::report::source_text::SourceTexts;

/// Shows texts with their secrets masked.
struct Shower<'a> {
    masking: &'a Masking<'a>,
    sources: &'a Sources,
}

impl Masker for Shower<'_> {
    fn text(&self, key: &str, text: &Text) -> String {
        self.masking.text(key, text, |range| text.as_str().get(range).unwrap_or_default().to_owned())
    }

    fn written(&self, place: Span) -> String {
        self.masking.written(self.sources, place)
    }
}

/// Answers a question.
pub(super) fn answer(job: &Job) -> Value {
    let sources = &job.snapshot.sources;
    let places = Places::new(sources, &job.place, &job.documents, job.client);
    // A file that nothing has read so far may be one that a server does not read.
    let Ok(file) = sources.open(&job.path) else { return Value::Null };
    let at = Offsets::new(job, &file.text);
    let known = stacks::of_file(&job.snapshot, &job.path);
    let mut texts = SourceTexts::new(sources);
    known.iter().flat_map(|known| &known.secrets).for_each(|place| texts.add(*place));
    let masking = Masking::new(texts, false);
    let masker = Shower { masking: &masking, sources };
    let mut navigator = Navigator::new(sources, known.iter().map(|known| (&known.stack, &known.index)), &masker);
    for folder in &job.snapshot.grouped.folders {
        if folder.policy.stacks.is_some() {
            navigator = navigator.with_policy(&folder.policy);
        }
    }
    let asked = Asked { job, places: &places, navigator: &navigator, file: file.id };
    match job.inquiry.kind {
        Kind::Hover(position) => asked.hover(at.offset(position)),
        Kind::Definition(position) => asked.definition(at.offset(position)),
        Kind::References(position, wanted) => asked.references(at.offset(position), wanted),
        Kind::Links => asked.links(),
        Kind::Hints(range) => asked.hints(at.range(range)),
    }
}

/// The page of the rule that is named at a place of an open text.
pub(super) fn page_at(document: &Document, position: Position, client: Client) -> Option<Value> {
    let name = document.path.as_deref()?.file_name()?.to_str()?;
    let lines = LineIndex::new(&document.text);
    let lines = Lines { text: &document.text, lines: &lines, unit: client.unit };
    let word = rule_word(&document.text, lines.offset(position), NAMES.contains(&name))?;
    let rule = crate::catalogue::find(word.id).ok()?;
    let contents = hover::page(rule, client.hover_markdown);
    Some(json!({"contents": contents, "range": lines.range(word.range)}))
}

/// The rules of the diagnostics at a place, with the addresses of their pages.
pub(super) fn rules_at(diagnostics: &[Diagnostic], position: Position) -> Vec<(String, String)> {
    let order = |position: Position| (position.line, position.character);
    let holds = |range: Range| order(range.start) <= order(position) && order(position) <= order(range.end);
    let mut rules = Vec::new();
    for diagnostic in diagnostics.iter().filter(|diagnostic| holds(diagnostic.range)) {
        let Some(gen_lsp_types::Code::String(id)) = &diagnostic.code else { continue };
        let Ok(rule) = crate::catalogue::find(id) else { continue };
        let link = (id.clone(), crate::report::rule_url(rule.family, rule.id));
        if !rules.contains(&link) {
            rules.push(link);
        }
    }
    rules
}

/// From places in the text that the client has to those in the text that was judged.
struct Offsets<'a> {
    text: &'a str,
    lines: LineIndex,
    unit: stacklint_engine::line_index::ColumnUnit,
    shift: Option<Shift>,
}

impl<'a> Offsets<'a> {
    fn new(job: &'a Job, judged: &'a str) -> Self {
        let document = document_at(&job.documents, &job.path);
        let text = document.map_or(judged, |document| &document.text);
        let shift = (text != judged).then(|| Shift::between(text, judged));
        Self { text, lines: LineIndex::new(text), unit: job.client.unit, shift }
    }

    /// Nowhere for what was written since.
    fn offset(&self, position: Position) -> Option<u32> {
        let lines = Lines { text: self.text, lines: &self.lines, unit: self.unit };
        let offset = lines.offset(position);
        match &self.shift {
            Some(shift) => Some(shift.of(TextRange::empty(offset))?.start),
            None => Some(offset),
        }
    }

    /// All of the text where its ends were written since.
    fn range(&self, range: Range) -> TextRange {
        match (self.offset(range.start), self.offset(range.end)) {
            (Some(start), Some(end)) => TextRange::new(start, end),
            _ => TextRange::new(0, u32::MAX),
        }
    }
}

/// A question with all that answers it.
struct Asked<'a> {
    job: &'a Job,
    places: &'a Places<'a>,
    navigator: &'a Navigator<'a>,
    file: FileId,
}

impl Asked<'_> {
    /// Where a stretch of the file is for the client.
    fn range(&self, range: TextRange) -> Option<Range> {
        self.places.range(Span { file: self.file, range }).map(|(_, range)| range)
    }

    fn location(&self, place: Span) -> Option<Value> {
        let (path, range) = self.places.range(place)?;
        Some(json!({"uri": self.places.uri(&path), "range": range}))
    }

    fn hover(&self, offset: Option<u32>) -> Value {
        let markdown = self.job.client.hover_markdown;
        let found = offset.and_then(|offset| self.navigator.hover(self.file, offset));
        let place = |span: Span| {
            let (path, range) = self.places.range(span)?;
            let name = self.job.snapshot.sources.file(span.file)?.name.clone();
            let line = range.start.line.saturating_add(1);
            Some(hover::Site { name: format!("{name}:{line}"), uri: super::uri_of_line(&self.places.uri(&path), line) })
        };
        let Some(contents) = hover::contents(found.as_ref(), &self.job.rules, &place, markdown) else {
            return Value::Null;
        };
        let mut answer = json!({"contents": contents});
        if let (Some(range), Some(answer)) = (found.and_then(|found| self.range(found.range)), answer.as_object_mut()) {
            answer.insert("range".to_owned(), json!(range));
        }
        answer
    }

    fn definition(&self, offset: Option<u32>) -> Value {
        let Some(found) = offset.and_then(|offset| self.navigator.definition(self.file, offset)) else {
            return Value::Null;
        };
        let origin = self.range(found.range);
        let start = Position { line: 0, character: 0 };
        let start = Range { start, end: start };
        let targets = found.targets.iter().filter_map(|target| {
            let (uri, whole, name) = match target {
                Target::File(path) => (self.places.uri(path), start, start),
                Target::Place { whole, name } => {
                    let (path, name) = self.places.range(*name)?;
                    let whole = self.places.range(*whole).map_or(name, |(_, whole)| whole);
                    (self.places.uri(&path), whole, name)
                }
            };
            Some(match self.job.client.definition_links {
                true => json!({
                    "originSelectionRange": origin, "targetUri": uri, "targetRange": whole,
                    "targetSelectionRange": name,
                }),
                false => json!({"uri": uri, "range": name}),
            })
        });
        Value::Array(targets.collect())
    }

    fn references(&self, offset: Option<u32>, with_definition: bool) -> Value {
        let Some(offset) = offset else { return Value::Null };
        let found = self.navigator.references(self.file, offset, with_definition);
        Value::Array(found.into_iter().filter_map(|place| self.location(place)).collect())
    }

    fn links(&self) -> Value {
        let vfs = self.job.snapshot.sources.vfs();
        let links = self.navigator.links(self.file).into_iter().filter_map(|link| {
            let mut answer = json!({"range": self.range(link.range)?, "target": self.places.uri(&link.path)});
            if let Some(answer) = answer.as_object_mut().filter(|_| self.job.client.link_tooltips) {
                let tooltip = format!("{} ({})", vfs.display(&link.path), link.subject);
                answer.insert("tooltip".to_owned(), one_line(&tooltip).into());
            }
            Some(answer)
        });
        Value::Array(links.collect())
    }

    fn hints(&self, range: TextRange) -> Value {
        let hints = self.navigator.hints(self.file, range).into_iter().filter_map(|hint| {
            let label = hover::label(&hint)?;
            let position = self.range(TextRange::empty(hint.offset))?.start;
            Some(json!({"position": position, "label": label, "tooltip": hover::about(&hint), "paddingLeft": true}))
        });
        Value::Array(hints.collect())
    }
}
