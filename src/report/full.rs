//! `--format full`: for people. A finding is a drawing with a label at every place that its value came through.

use std::io::{self, Write};

use codespan_reporting::diagnostic::{Diagnostic, Severity as Level};
use codespan_reporting::files::Error as DrawError;
use codespan_reporting::term::{self, Config};
use stacklint_engine::finding::{Confidence, Finding};
use stacklint_engine::origin::Span;
use stacklint_engine::outcome::RunError;
use stacklint_engine::source::Sources;

use crate::report::excerpt::{Excerpts, Mark};
use crate::report::fold::{self, Block, Fold, Member};
use crate::report::location::Locator;
use crate::report::paint::{Painter, level};
use crate::report::printable::{one_line, same_length};
use crate::report::source_text::SourceTexts;
use crate::report::summary::summary;
use crate::report::{Renderer, Report, rule_url};

/// So many findings that differ in their service only are drawn with a label each; of more only the first is drawn.
const DRAWN: usize = 4;

/// So many kinds of help are given for them, and so many of their services named each time.
const HELPS: usize = 3;
const NAMED: usize = 5;

/// How wide a note with a list is.
const NOTE_WIDTH: usize = 100;

/// The format.
#[derive(Debug)]
pub(crate) struct Full;

impl Renderer for Full {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let outcome = report.outcome;
        let suppressed = outcome.suppressed.iter().map(|suppressed| &suppressed.finding);
        let texts = SourceTexts::new(report.sources).with_findings(outcome.findings.iter().chain(suppressed));
        let artist = Artist::new(report.sources, texts, report.colored);
        for block in fold::blocks(&outcome.findings) {
            match block {
                Block::One(finding) => artist.finding(finding, out)?,
                Block::Several(fold) => artist.fold(&fold, out)?,
            }
        }
        for error in &outcome.errors {
            artist.error(error, out)?;
        }
        if report.summary { writeln!(out, "{}", summary(outcome)) } else { Ok(()) }
    }
}

/// Draws, over the files of one run.
#[derive(Debug)]
pub(crate) struct Artist<'a> {
    sources: &'a Sources,
    texts: SourceTexts<'a>,
    locator: Locator<'a>,
    colored: bool,
}

impl<'a> Artist<'a> {
    /// Draws what `texts` lets be seen.
    pub(crate) fn new(sources: &'a Sources, texts: SourceTexts<'a>, colored: bool) -> Self {
        Self { sources, texts, locator: Locator::new(sources), colored }
    }

    /// Draws a message about one place, or none.
    ///
    /// # Errors
    /// If `out` fails.
    pub(crate) fn message(
        &self,
        level: Level,
        head: &str,
        message: &str,
        place: Option<Span>,
        notes: Vec<String>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let marks: Vec<Mark> =
            place.map(|place| Mark { place, message: String::new(), primary: true }).into_iter().collect();
        self.draw(level, head.to_owned(), message, &marks, notes, out)
    }

    fn finding(&self, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
        let mut marks: Vec<Mark> = Vec::new();
        if let Some(place) = finding.primary {
            marks.push(Mark { place, message: String::new(), primary: true });
        }
        let steps = finding.trail.iter().map(|step| (step.place, &step.message));
        let related = finding.related.iter().map(|related| (related.place, &related.message));
        for (place, message) in steps.chain(related) {
            marks.push(Mark { place, message: one_line(message).into_owned(), primary: false });
        }
        let help = finding.help.as_deref().map(|help| format!("help: {}", same_length(help)));
        let notes = help.into_iter().chain(common_notes(finding)).collect();
        self.draw(level(finding.severity), head(finding), &finding.message, &marks, notes, out)
    }

    /// Findings that differ in their service only: a few in one drawing, of more the first drawn and the others listed.
    fn fold(&self, fold: &Fold<'_>, out: &mut dyn Write) -> io::Result<()> {
        let drawn = if fold.others.len() < DRAWN { fold.others.as_slice() } else { &[] };
        let places = std::iter::once(&fold.first).chain(drawn).filter_map(|finding| finding.primary);
        let marks: Vec<Mark> = places.map(|place| Mark { place, message: String::new(), primary: true }).collect();
        let mut notes = Vec::new();
        if drawn.is_empty() {
            let others = self.members(&fold.others).map(|Member { name, line }| format!("{line} (`{name}`)"));
            notes.push(wrapped("also in line ", others));
        }
        let helps = fold.helps();
        for (number, (help, findings)) in helps.iter().take(HELPS).enumerate() {
            let whose = if helps.len() > 1 && number > 0 {
                let names: Vec<String> =
                    self.members(findings).take(NAMED).map(|member| format!("`{}`", member.name)).collect();
                let more = if findings.len() > NAMED { ", ..." } else { "" };
                format!("help for {}{more}", names.join(", "))
            } else {
                "help".to_owned()
            };
            notes.push(format!("{whose}: {}", same_length(help)));
        }
        notes.extend(common_notes(fold.first));
        self.draw(level(fold.first.severity), head(fold.first), &fold.message(), &marks, notes, out)
    }

    fn members(&self, findings: &[&'a Finding]) -> impl Iterator<Item = Member> {
        findings.iter().map(|finding| Member::of(finding, self.sources, &self.texts, &self.locator))
    }

    pub(crate) fn error(&self, error: &RunError, out: &mut dyn Write) -> io::Result<()> {
        let notes =
            if error.partial { vec!["`--allow-partial` lets the run pass without it".to_owned()] } else { vec![] };
        self.message(Level::Bug, "error", &error.message, error.place, notes, out)
    }

    fn draw(
        &self,
        level: Level,
        head: String,
        message: &str,
        marks: &[Mark],
        notes: Vec<String>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let (excerpts, labels) = Excerpts::cut(marks, self.sources, &self.texts, &self.locator);
        let diagnostic = Diagnostic::new(level).with_message(one_line(message)).with_labels(labels).with_notes(notes);
        emit(&mut Painter::new(out, self.colored, head), &excerpts, &diagnostic)
    }
}

/// Draws.
///
/// # Errors
/// If the painter's output fails.
pub(crate) fn emit(painter: &mut Painter<'_>, excerpts: &Excerpts, drawing: &Diagnostic<usize>) -> io::Result<()> {
    term::emit_to_write_style(painter, &Config::default(), excerpts, drawing).map_err(|error| match error {
        DrawError::Io(error) => error,
        other => io::Error::other(other),
    })
}

fn head(finding: &Finding) -> String {
    format!("{}[{}]", finding.severity, finding.rule)
}

/// The notes below a drawing that say nothing of what is drawn.
fn common_notes(finding: &Finding) -> impl Iterator<Item = String> {
    let unsure = (finding.confidence < Confidence::High).then(|| format!("confidence: {}", finding.confidence));
    unsure.into_iter().chain(stacks(finding)).chain([rule_url(finding.family, finding.rule)])
}

/// Items behind a head, in lines that a terminal does not break.
fn wrapped(head: &str, items: impl Iterator<Item = String>) -> String {
    let mut text = head.to_owned();
    let mut width = head.chars().count();
    for (number, item) in items.enumerate() {
        let length = item.chars().count();
        if number > 0 {
            let fits = width + length + 2 <= NOTE_WIDTH;
            text.push_str(if fits { ", " } else { ",\n" });
            width = if fits { width + 2 } else { 0 };
        }
        text.push_str(&item);
        width += length;
    }
    text
}

/// Which stacks it holds in, unless it is the one that needs no name.
fn stacks(finding: &Finding) -> Option<String> {
    match finding.stacks.as_slice() {
        [] => None,
        [only] if only.name == ".".into() => None,
        [only] => Some(format!("in the stack `{}`", one_line(&only.name))),
        several => {
            let named: Vec<String> =
                several.iter().map(|stack| format!("`{}` ({})", one_line(&stack.name), stack.severity)).collect();
            Some(format!("in the stacks {}", named.join(", ")))
        }
    }
}

#[cfg(test)]
#[path = "full_tests.rs"]
mod tests;
