//! Findings as an editor shows them.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use gen_lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    Position, Range, Uri,
};
use serde_json::json;
use stacklint_engine::finding::{Finding, Severity};
use stacklint_engine::line_index::LineIndex;
use stacklint_engine::origin::{FileId, Span};
use stacklint_engine::outcome::{Outcome, RunError};
use stacklint_engine::source::{SourceFile, Sources};

use super::client::Client;
use super::document::{Document, Lines};
use super::place::Place;
use super::shift::Shift;
use crate::report::location::{self, Locator};
use crate::report::printable::same_length;
use crate::report::rule_url;

/// Who says it.
pub(crate) const SOURCE: &str = "stacklint";

/// What is wrong with a configuration, which no rule says.
const CONFIGURATION: &str = "configuration";

/// The rules that say of something that it has no effect.
const NO_EFFECT: [&str; 7] = [
    "hba-file-not-referenced",
    "ineffective-override",
    "obsolete-version-key",
    "pg-config-not-referenced",
    "ports-ignored-by-host-network",
    "shadowed-compose-file",
    "unused-suppression",
];

/// The diagnostics of each file.
pub(crate) type ByFile = BTreeMap<PathBuf, Vec<Diagnostic>>;

/// Finds out where in the texts of an editor something is that was found in the files of a run.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    sources: &'a Sources,
    place: &'a Place,
    /// The open texts, by their paths: each place of each finding asks for one.
    documents: HashMap<&'a Path, &'a Document>,
    client: Client,
    locator: Locator<'a>,
    /// How the client names the files that were asked for.
    uris: RefCell<HashMap<FileId, Uri>>,
    /// The files whose text the editor has changed since.
    moved: RefCell<HashMap<FileId, Option<Rc<Moved>>>>,
}

#[derive(Debug)]
struct Moved {
    text: Arc<str>,
    lines: LineIndex,
    shift: Shift,
}

impl<'a> Places<'a> {
    pub(crate) fn new(sources: &'a Sources, place: &'a Place, documents: &'a [Document], client: Client) -> Self {
        let locator = Locator::counting(sources, client.unit);
        // Of several texts of one file the one that was opened last counts.
        let open = documents.iter().filter_map(|document| Some((document.path.as_deref()?, document)));
        let (documents, uris, moved) = (open.collect(), RefCell::default(), RefCell::default());
        Self { sources, place, documents, client, locator, uris, moved }
    }

    /// How the client names a file.
    pub(crate) fn uri(&self, path: &Path) -> String {
        match self.documents.get(path) {
            Some(document) => document.uri.clone(),
            None => self.place.uri_of(path),
        }
    }

    fn uri_of(&self, file: &SourceFile) -> Uri {
        let mut known = self.uris.borrow_mut();
        known.entry(file.id).or_insert_with(|| self.uri(&file.path).into()).clone()
    }

    /// Where a span is in the text of the editor; nowhere if that stretch is gone.
    pub(crate) fn range(&self, span: Span) -> Option<(PathBuf, Range)> {
        let (file, range) = self.located(span)?;
        Some((file.path.clone(), range))
    }

    fn located(&self, span: Span) -> Option<(Arc<SourceFile>, Range)> {
        let file = self.sources.file(span.file)?;
        if let Some(moved) = self.moved(&file) {
            let lines = Lines { text: &moved.text, lines: &moved.lines, unit: self.client.unit };
            return Some((file, lines.range(moved.shift.of(span.range)?)));
        }
        let (start, end) = self.locator.ends(&file, span.range);
        // The locator counts from 1.
        let position = |position: location::Position| Position {
            line: position.line.saturating_sub(1),
            character: position.column.saturating_sub(1),
        };
        Some((file, Range { start: position(start), end: position(end) }))
    }

    fn moved(&self, file: &SourceFile) -> Option<Rc<Moved>> {
        let mut known = self.moved.borrow_mut();
        let moved = known.entry(file.id).or_insert_with(|| {
            let document = self.documents.get(file.path.as_path())?;
            let shift = (document.text != file.text).then(|| Shift::between(&file.text, &document.text))?;
            let text = Arc::clone(&document.text);
            Some(Rc::new(Moved { lines: LineIndex::new(&text), text, shift }))
        });
        moved.clone()
    }

    /// Adds what was found.
    pub(crate) fn add_all(&self, outcome: &Outcome, all: &mut ByFile) {
        let file = |finding: &Finding| finding.primary.map(|span| span.file);
        // Findings come file by file: paths are long to compare.
        for findings in outcome.findings.chunk_by(|one, next| file(one).is_some() && file(one) == file(next)) {
            let placed = findings.iter().filter_map(|finding| self.placed(finding, outcome));
            let mut placed = placed.peekable();
            let Some((path, _)) = placed.peek() else { continue };
            let known = all.entry(path.clone()).or_default();
            known.extend(placed.map(|(_, diagnostic)| diagnostic));
        }
    }

    pub(crate) fn add(&self, finding: &Finding, outcome: &Outcome, all: &mut ByFile) {
        if let Some((path, diagnostic)) = self.placed(finding, outcome) {
            all.entry(path).or_default().push(diagnostic);
        }
    }

    fn placed(&self, finding: &Finding, outcome: &Outcome) -> Option<(PathBuf, Diagnostic)> {
        let (path, range) = match finding.primary {
            Some(span) => self.range(span)?,
            None => (self.anchor(finding, outcome)?, Range::default()),
        };
        Some((path, self.diagnostic(finding, range)))
    }

    /// The file of a finding that is nowhere: the first one of its stack.
    fn anchor(&self, finding: &Finding, outcome: &Outcome) -> Option<PathBuf> {
        let own = finding.stacks.first();
        let own = own.and_then(|own| outcome.stacks.iter().find(|stack| stack.name == *own.name));
        let name = own.or(outcome.stacks.first())?.files.first()?;
        Some(self.sources.vfs().absolute(Path::new(name)))
    }

    fn diagnostic(&self, finding: &Finding, range: Range) -> Diagnostic {
        let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        let href = rule_url(finding.family, finding.rule).into();
        let no_effect = self.client.tags && NO_EFFECT.contains(&finding.rule);
        Diagnostic {
            range,
            severity: Some(severity(finding.severity)),
            code: Some(Code::String(finding.rule.to_owned())),
            code_description: self.client.code_description.then_some(CodeDescription { href }),
            source: Some(SOURCE.to_owned()),
            message: same_length(&format!("{}{help}", finding.message)).into_owned().into(),
            tags: no_effect.then(|| vec![DiagnosticTag::Unnecessary]),
            related_information: self.related(finding),
            data: Some(json!({"fingerprint": finding.fingerprint})),
        }
    }

    /// The way of the value, and what else has to do with it.
    fn related(&self, finding: &Finding) -> Option<Vec<DiagnosticRelatedInformation>> {
        if !self.client.related_information {
            return None;
        }
        let steps = finding.trail.iter().map(|step| (&step.message, step.place));
        let places = steps.chain(finding.related.iter().map(|related| (&related.message, related.place)));
        let related = places.filter_map(|(message, place)| {
            let (file, range) = self.located(place)?;
            let location = Location { uri: self.uri_of(&file), range };
            Some(DiagnosticRelatedInformation { location, message: same_length(message).into_owned() })
        });
        let related: Vec<_> = related.collect();
        (!related.is_empty()).then_some(related)
    }

    /// Whether a finding says what went wrong with the run.
    pub(crate) fn has_finding(&self, outcome: &Outcome, error: &RunError) -> bool {
        let says = |finding: &Finding| finding.primary == error.place && finding.message == error.message;
        outcome.findings.iter().any(says)
    }

    /// Adds what went wrong with the run itself, where it is in a file. What is nowhere is handed back.
    pub(crate) fn add_error(&self, error: &RunError, all: &mut ByFile) -> bool {
        let Some((path, range)) = error.place.and_then(|place| self.range(place)) else { return false };
        all.entry(path).or_default().push(Diagnostic {
            range,
            severity: Some(if error.partial { DiagnosticSeverity::Warning } else { DiagnosticSeverity::Error }),
            code: Some(Code::String(CONFIGURATION.to_owned())).filter(|_| !error.partial),
            source: Some(SOURCE.to_owned()),
            message: same_length(&error.message).into_owned().into(),
            code_description: None,
            tags: None,
            related_information: None,
            data: None,
        });
        true
    }
}

/// The open text of a file; the one that was opened last if there are several.
pub(crate) fn document_at<'d>(documents: &'d [Document], path: &Path) -> Option<&'d Document> {
    documents.iter().rev().find(|document| document.path.as_deref() == Some(path))
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Critical | Severity::High => DiagnosticSeverity::Error,
        Severity::Medium => DiagnosticSeverity::Warning,
        Severity::Low => DiagnosticSeverity::Information,
        Severity::Info => DiagnosticSeverity::Hint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_about_what_has_no_effect_exist() {
        for id in NO_EFFECT {
            assert!(crate::catalogue::find(id).is_ok(), "{id}");
        }
    }
}
