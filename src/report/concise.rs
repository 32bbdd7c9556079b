//! `--format concise`: one finding a line, as compilers and editors have long read them.

use std::io::{self, Write};

use stacklint_engine::origin::Span;

use crate::report::fold::{self, Block};
use crate::report::location::Locator;
use crate::report::printable::one_line;
use crate::report::source_text::SourceTexts;
use crate::report::{Renderer, Report};

/// The format: `path:line:column: severity[rule] message`. Findings that differ in their service only share a line, at the
/// place of the first.
#[derive(Debug)]
pub(crate) struct Concise;

impl Renderer for Concise {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let locator = Locator::new(report.sources);
        let texts = SourceTexts::new(report.sources).with_findings(report.outcome.findings.iter());
        for block in fold::blocks(&report.outcome.findings) {
            let (finding, message) = match &block {
                Block::One(finding) => (*finding, finding.message.clone()),
                Block::Several(fold) => (fold.first, fold.message_with_names(report.sources, &texts, &locator)),
            };
            place(&locator, finding.primary, out)?;
            writeln!(out, "{}[{}] {}", finding.severity, finding.rule, one_line(&message))?;
        }
        for error in &report.outcome.errors {
            place(&locator, error.place, out)?;
            writeln!(out, "error {}", one_line(&error.message))?;
        }
        Ok(())
    }
}

/// What stands before a message; nothing where the run as a whole is at fault.
fn place(locator: &Locator<'_>, place: Option<Span>, out: &mut dyn Write) -> io::Result<()> {
    let Some(location) = place.and_then(|place| locator.locate(place)) else { return Ok(()) };
    write!(out, "{}:{}:{}: ", one_line(&location.path), location.start.line, location.start.column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_support::{finding, sources, span_of};
    use stacklint_engine::outcome::Outcome;

    #[test]
    fn what_several_services_lack_is_one_line() {
        let (sources, files) = sources(&[("compose.yaml", "api: 1\n\"b \u{1b}\": 2\nc: 3\n")]);
        let missing = |name: &str| finding("missing-no-new-privileges", Some(span_of(&files[0], name)));
        let other = finding("published-datastore-port", Some(span_of(&files[0], "2")));
        let findings = vec![missing("api"), missing("\"b \u{1b}\""), other, missing("c")];
        let outcome = Outcome { findings, ..Outcome::default() };
        let mut written = Vec::new();
        Concise.render(&Report::of(&sources, &outcome), &mut written).unwrap();
        let written = String::from_utf8(written).unwrap();
        let lines: Vec<&str> = written.lines().collect();
        assert_eq!(lines.len(), 2, "{written}");
        assert!(lines[0].starts_with("compose.yaml:1:1: high[missing-no-new-privileges] 3 services: nothing sets "));
        assert!(lines[0].ends_with(": `api` (line 1), `b ?` (line 2), `c` (line 3)"), "{written}");
        assert_eq!(lines[1], "compose.yaml:2:8: high[published-datastore-port] it is wrong");
    }
}
