//! `--format checkstyle`: the XML of Checkstyle, which many a build server reads.
//!
//! Paths are relative to the root. Columns count code points from 1.

use std::io::{self, Write};

use stacklint_engine::line_index::ColumnUnit;

use crate::report::level::Level;
use crate::report::location::Location;
use crate::report::remark::{self, Remark};
use crate::report::site::{self, Base, Sites};
use crate::report::{Renderer, Report, xml};

/// The version of Checkstyle whose format it is. Readers take any; other linters say this one.
const VERSION: &str = "4.3";

/// The format: a `file` element for every file with findings, an `error` in it for each.
#[derive(Debug)]
pub(crate) struct Checkstyle;

impl Renderer for Checkstyle {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let sites = Sites::new(report, Base::Root, ColumnUnit::CodePoint);
        out.write_all(xml::DECLARATION.as_bytes())?;
        xml::open(out, 0, "checkstyle", &[("version", VERSION)])?;
        writeln!(out, ">")?;
        let remarks = remark::all(report).into_iter().map(|remark| (sites.anchor(&remark), remark));
        for (path, remarks) in site::by_file(remarks) {
            xml::open(out, 1, "file", &[("name", &path)])?;
            writeln!(out, ">")?;
            remarks.iter().try_for_each(|(location, remark)| error(remark, location, out))?;
            writeln!(out, "  </file>")?;
        }
        writeln!(out, "</checkstyle>")
    }

    fn is_for_people(&self) -> bool {
        false
    }
}

fn error(remark: &Remark<'_>, location: &Location, out: &mut dyn Write) -> io::Result<()> {
    let severity = match remark.level() {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "info",
    };
    let help = remark.help().map(|help| format!(" (help: {help})")).unwrap_or_default();
    xml::open(
        out,
        2,
        "error",
        &[
            ("line", &location.start.line.to_string()),
            ("column", &location.start.column.to_string()),
            ("severity", severity),
            ("message", &format!("{}{help}", remark.message())),
            ("source", &format!("stacklint.{}", remark.code())),
        ],
    )?;
    writeln!(out, "/>")
}

#[cfg(test)]
mod tests {
    use stacklint_engine::outcome::Outcome;

    use super::*;
    use crate::report::test_support::{every_kind, finding, sources, span_of, written};

    #[test]
    fn every_kind_of_remark_is_an_error_of_its_file() {
        let (sources, outcome) = every_kind();
        let text = written(&Checkstyle, &Report::of(&sources, &outcome));
        let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n  \
                    <file name=\"deploy/compose.yaml\">\n";
        assert!(text.starts_with(head), "{text}");
        let critical = "    <error line=\"2\" column=\"7\" severity=\"error\" message=\"it is wrong (help: mend it)\" \
                        source=\"stacklint.rule-critical\"/>\n";
        assert!(text.contains(critical), "{text}");
        let severities: Vec<&str> =
            text.lines().filter_map(|line| line.split_once("severity=\"")?.1.split('"').next()).collect();
        assert_eq!(severities, ["warning", "error", "error", "error", "warning", "info", "info", "error"]);
        assert!(text.ends_with("  </file>\n</checkstyle>\n"));
        assert_eq!(text.matches("<file ").count(), 1);
    }

    #[test]
    fn a_clean_run_has_no_files() {
        let (sources, _) = sources(&[]);
        let text = written(&Checkstyle, &Report::of(&sources, &Outcome::default()));
        assert!(text.ends_with("\n<checkstyle version=\"4.3\">\n</checkstyle>\n"), "{text}");
    }

    #[test]
    fn columns_count_code_points_and_names_are_escaped() {
        let (sources, files) = sources(&[("a&\"b.yaml", "x: 1\r\n\t\u{1f600}\u{e9}: bad\r\n")]);
        let findings = vec![finding("rule", Some(span_of(&files[0], "bad")))];
        let outcome = Outcome { findings, ..Outcome::default() };
        let text = written(&Checkstyle, &Report::of(&sources, &outcome));
        assert!(text.contains("<file name=\"a&amp;&quot;b.yaml\">"), "{text}");
        assert!(text.contains("<error line=\"2\" column=\"6\""), "{text}");
    }
}
