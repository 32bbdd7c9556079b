//! `--format azure`: commands to the agent of Azure Pipelines, which it shows as issues of the run.
//!
//! Paths are relative to the git top. Columns count code points from 1. Azure knows errors and warnings only; it shows the
//! first ten of either, so that the worst come first.

use std::io::{self, Write};

use stacklint_engine::line_index::ColumnUnit;

use crate::report::level::Level;
use crate::report::printable::one_line;
use crate::report::remark::{self, Remark};
use crate::report::site::{Base, Sites};
use crate::report::{Renderer, Report};

/// The format.
#[derive(Debug)]
pub(crate) struct Azure;

impl Renderer for Azure {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let sites = Sites::new(report, Base::Repository, ColumnUnit::CodePoint);
        remark::worst_first(report).iter().try_for_each(|remark| issue(remark, &sites, out))
    }

    fn is_for_people(&self) -> bool {
        false
    }
}

fn issue(remark: &Remark<'_>, sites: &Sites<'_>, out: &mut dyn Write) -> io::Result<()> {
    let kind = if remark.level() == Level::Error { "error" } else { "warning" };
    write!(out, "##vso[task.logissue type={kind};")?;
    if let Some(location) = sites.of(remark) {
        let (line, column) = (location.start.line, location.start.column);
        write!(out, "sourcepath={};linenumber={line};columnnumber={column};", escape_property(&location.path))?;
    }
    let help = remark.help().map(|help| format!(" (help: {help})")).unwrap_or_default();
    let message = format!("{}: {}{help}", remark.severity(), remark.message());
    writeln!(out, "code={};]{}", escape_property(remark.code()), escape(&message))
}

/// A message: the agent undoes this.
fn escape(text: &str) -> String {
    one_line(text).replace('%', "%AZP25")
}

/// A property, in which two more characters mean something.
fn escape_property(text: &str) -> String {
    escape(text).replace(';', "%3B").replace(']', "%5D")
}

#[cfg(test)]
mod tests {
    use stacklint_engine::outcome::Outcome;

    use super::*;
    use crate::report::test_support::{every_kind, finding, sources, span_of, written};

    #[test]
    fn every_kind_of_remark_is_an_issue() {
        let (sources, outcome) = every_kind();
        let text = written(&Azure, &Report::of(&sources, &outcome));
        let types: Vec<&str> = text.lines().filter_map(|line| line.split_once("type=")?.1.split(';').next()).collect();
        assert_eq!(types, ["error", "warning", "error", "error", "error", "warning", "warning", "warning"], "{text}");
        assert!(text.starts_with("##vso[task.logissue type=error;code=run-error;]error: it broke\n"), "{text}");
        let critical = "##vso[task.logissue type=error;sourcepath=deploy/compose.yaml;linenumber=2;columnnumber=7;\
                        code=rule-critical;]critical: it is wrong (help: mend it)\n";
        assert!(text.contains(critical), "{text}");
    }

    #[test]
    fn nothing_of_a_file_ends_a_property_or_a_line() {
        let (sources, files) = sources(&[("a;b]c%3B.yaml", "x: 1\r\n\t\u{1f600}\u{e9}: bad\r\n")]);
        let mut found = finding("rule", Some(span_of(&files[0], "bad")));
        found.message = "a\n##vso[task.complete] 100%".to_owned();
        let outcome = Outcome { findings: vec![found], ..Outcome::default() };
        assert_eq!(
            written(&Azure, &Report::of(&sources, &outcome)),
            "##vso[task.logissue type=error;sourcepath=a%3Bb%5Dc%AZP253B.yaml;linenumber=2;columnnumber=6;code=rule;]\
             high: a?##vso(task.complete] 100%AZP25\n"
        );
    }
}
