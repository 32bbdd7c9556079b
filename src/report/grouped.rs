//! `--format grouped`: one finding a line, below its file: for people who go from file to file.

use std::io::{self, Write};

use codespan_reporting::diagnostic::Severity as Paint;
use stacklint_engine::line_index::ColumnUnit;

use crate::report::location::Location;
use crate::report::printable::one_line;
use crate::report::remark::{self, Remark};
use crate::report::site::{self, Base, Sites};
use crate::report::summary::summary;
use crate::report::{Renderer, Report, paint};

/// The format: `line:column severity rule message` in columns, paths relative to the root. Findings that differ in their
/// service only share a line, at the place of the first. What is nowhere stands below no file.
#[derive(Debug)]
pub(crate) struct Grouped;

impl Renderer for Grouped {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let sites = Sites::new(report, Base::Root, ColumnUnit::CodePoint);
        let (placed, nowhere): (Vec<_>, Vec<_>) = remark::folded(report)
            .into_iter()
            .map(|remark| (sites.of(&remark), remark))
            .partition(|(it, _)| it.is_some());
        let placed = placed.into_iter().filter_map(|(location, remark)| Some((location?, remark)));
        for (path, remarks) in site::by_file(placed) {
            let path = one_line(&path);
            writeln!(out, "{}", if report.colored { paint::bold(&path) } else { path.into_owned() })?;
            let rows = remarks.iter().map(|(location, remark)| Row::of(Some(location), remark)).collect();
            table(rows, report.colored, out)?;
        }
        if !nowhere.is_empty() {
            table(nowhere.iter().map(|(_, remark)| Row::of(None, remark)).collect(), report.colored, out)?;
        }
        if report.summary { writeln!(out, "{}", summary(report.outcome)) } else { Ok(()) }
    }
}

/// A line.
struct Row<'r> {
    place: String,
    severity: &'r str,
    paint: Paint,
    rule: &'r str,
    message: String,
}

impl<'r> Row<'r> {
    fn of(location: Option<&Location>, remark: &'r Remark<'_>) -> Self {
        let start = location.map(|location| location.start);
        Self {
            place: start.map(|start| format!("{}:{}", start.line, start.column)).unwrap_or_default(),
            severity: remark.severity(),
            paint: remark.finding().map_or(Paint::Bug, |finding| paint::level(finding.severity)),
            rule: remark.code(),
            message: one_line(&remark.message()).into_owned(),
        }
    }
}

/// Writes rows with their columns aligned, and an empty line behind them.
fn table(rows: Vec<Row<'_>>, colored: bool, out: &mut dyn Write) -> io::Result<()> {
    let width = |of: fn(&Row<'_>) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let place_width = width(|row| row.place.len());
    let severity_width = width(|row| row.severity.len());
    let rule_width = width(|row| row.rule.len());
    for Row { place, severity, paint, rule, message } in &rows {
        // Behind the colours, which have no width.
        let gap = severity_width - severity.len();
        let severity = if colored { paint::word(severity, *paint) } else { (*severity).to_owned() };
        writeln!(out, "  {place:>place_width$}  {severity}{:gap$}  {rule:rule_width$}  {message}", "")?;
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use stacklint_engine::finding::{Finding, Severity};
    use stacklint_engine::outcome::{Outcome, RunError};

    use super::*;
    use crate::report::test_support::{finding, sources, span_of, written};

    #[test]
    fn findings_stand_below_their_file() {
        let text = "x: 1\r\n\t\u{1f600}\u{e9}: bad\r\n";
        let (sources, files) = sources(&[("b.yaml", text), ("a\u{1b}.yaml", "x: 1\n")]);
        let found = |file: usize, text, severity| Finding {
            severity,
            message: "a\nb \u{202e}".to_owned(),
            ..finding("published-datastore-port", Some(span_of(&files[file], text)))
        };
        let findings = vec![
            found(0, "1", Severity::Critical),
            found(1, "1", Severity::Low),
            Finding { rule: "rule", ..found(0, "bad", Severity::Low) },
        ];
        let errors = vec![RunError { message: "broken".to_owned(), place: None, partial: false }];
        let outcome = Outcome { findings, errors, files: 2, ..Outcome::default() };
        let report = Report::of(&sources, &outcome);
        let expected = "\
b.yaml
  1:4  critical  published-datastore-port  a?b \u{fffd}
  2:6  low       rule                      a?b \u{fffd}

a?.yaml
  1:4  low  published-datastore-port  a?b \u{fffd}

    error  run-error  broken

3 findings (1 critical, 2 low) in 0 stacks, 2 files read; 1 error
";
        assert_eq!(written(&Grouped, &report), expected);
        let colored = written(&Grouped, &Report { colored: true, ..report });
        assert!(colored.contains("\u{1b}[1m\u{1b}[31mcritical\u{1b}[0m  published"), "{colored}");
        let quiet = written(&Grouped, &Report { summary: false, ..report });
        assert!(quiet.ends_with("broken\n\n"), "{quiet}");
        assert_eq!(
            written(&Grouped, &Report::of(&sources, &Outcome::default())),
            "no findings in 0 stacks, 0 files read\n"
        );
    }

    #[test]
    fn what_several_services_lack_is_one_line() {
        let (sources, files) = sources(&[("compose.yaml", "a: 1\nb: 2\n")]);
        let missing = |name| finding("missing-no-new-privileges", Some(span_of(&files[0], name)));
        let outcome = Outcome { findings: vec![missing("a"), missing("b")], ..Outcome::default() };
        let text = written(&Grouped, &Report::of(&sources, &outcome));
        assert!(text.contains("  1:1  high  missing-no-new-privileges  2 services: "), "{text}");
        assert!(text.contains(": `a` (line 1), `b` (line 2)\n\n2 findings"), "{text}");
    }
}
