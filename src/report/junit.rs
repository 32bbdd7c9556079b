//! `--format junit`: test results in JUnit's XML, which every build server shows.
//!
//! A file with findings is a suite, a finding a failed case in it, an error of the run an errored one, and what was
//! accepted a skipped one. Paths are relative to the root. Columns count code points from 1.

use std::io::{self, Write};

use stacklint_engine::line_index::ColumnUnit;
use stacklint_engine::outcome::Suppressed;

use crate::report::location::Location;
use crate::report::remark::{self, Remark};
use crate::report::site::{self, Base, Sites};
use crate::report::{Renderer, Report, xml};

/// What names of cases start with.
const PACKAGE: &str = "org.stacklint";

/// The format.
#[derive(Debug)]
pub(crate) struct Junit;

/// A case of a suite.
struct Case<'a> {
    remark: Remark<'a>,
    /// Who accepted it.
    accepted: Option<&'a Suppressed>,
}

/// How many cases there are of which kind.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Renderer for Junit {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let suites = suites(report);
        let mut total = Counts::default();
        suites.iter().flat_map(|(_, cases)| cases).for_each(|(_, case)| total.add(case));
        out.write_all(xml::DECLARATION.as_bytes())?;
        if total.failures + total.errors == 0 {
            // A report without a case is taken for one of tests that did not run.
            total.tests += 1;
        }
        total.open(out, 0, "testsuites", "stacklint", &[])?;
        if total.failures + total.errors == 0 {
            let counts = Counts { tests: 1, ..Counts::default() };
            counts.open(out, 1, "testsuite", "stacklint", &[("package", PACKAGE)])?;
            xml::open(out, 2, "testcase", &[("name", "No findings"), ("classname", "stacklint"), ("time", "0")])?;
            writeln!(out, "/>\n  </testsuite>")?;
        }
        for (path, cases) in &suites {
            let mut counts = Counts::default();
            cases.iter().for_each(|(_, case)| counts.add(case));
            counts.open(out, 1, "testsuite", path, &[("package", PACKAGE)])?;
            cases.iter().try_for_each(|(location, case)| case.write(location, out))?;
            writeln!(out, "  </testsuite>")?;
        }
        writeln!(out, "</testsuites>")
    }

    fn is_for_people(&self) -> bool {
        false
    }
}

/// The files with their cases, in the order of their first.
fn suites<'a>(report: &Report<'a>) -> Vec<(String, Vec<(Location, Case<'a>)>)> {
    let sites = Sites::new(report, Base::Root, ColumnUnit::CodePoint);
    let told = remark::all(report).into_iter().map(|remark| (remark, None));
    let accepted = report.outcome.suppressed.iter().map(|it| (Remark::Finding(&it.finding), Some(it)));
    let cases = told.chain(accepted);
    site::by_file(cases.map(|(remark, accepted)| (sites.anchor(&remark), Case { remark, accepted })))
}

impl Counts {
    fn add(&mut self, case: &Case<'_>) {
        self.tests += 1;
        match (&case.remark, case.accepted) {
            (_, Some(_)) => self.skipped += 1,
            (Remark::Error { forgiven: true, .. }, _) => {}
            (Remark::Error { .. }, _) => self.errors += 1,
            _ => self.failures += 1,
        }
    }

    fn open(
        self,
        out: &mut dyn Write,
        depth: usize,
        element: &str,
        name: &str,
        more: &[(&str, &str)],
    ) -> io::Result<()> {
        let counts = [self.tests, self.failures, self.errors, self.skipped].map(|count| count.to_string());
        let [tests, failures, errors, skipped] = &counts;
        let mut attributes = vec![("name", name), ("tests", tests), ("failures", failures), ("errors", errors)];
        // The schemas know it of suites only.
        if depth > 0 {
            attributes.push(("skipped", skipped));
        }
        attributes.push(("time", "0"));
        attributes.extend(more);
        xml::open(out, depth, element, &attributes)?;
        writeln!(out, ">")
    }
}

impl Case<'_> {
    fn write(&self, location: &Location, out: &mut dyn Write) -> io::Result<()> {
        let Self { remark, accepted } = self;
        let name = format!("{PACKAGE}.{}", remark.code());
        let (line, column) = (location.start.line.to_string(), location.start.column.to_string());
        let path = location.path.as_str();
        xml::open(
            out,
            2,
            "testcase",
            &[
                ("name", &name),
                ("classname", path),
                ("time", "0"),
                ("file", path),
                ("line", &line),
                ("column", &column),
            ],
        )?;
        writeln!(out, ">")?;
        let message = remark.message();
        match (accepted, remark) {
            (Some(accepted), _) => {
                let until = accepted.until.as_ref().map(|until| format!(" until {until}")).unwrap_or_default();
                let message = format!("accepted ({}{until}): {}; {message}", accepted.by, accepted.reason);
                xml::open(out, 3, "skipped", &[("message", &message)])?;
                writeln!(out, "/>")?;
            }
            // That something was forgiven does not fail a test.
            (None, Remark::Error { forgiven: true, .. }) => {
                writeln!(out, "      <system-out>{}</system-out>", xml::escape(&message))?;
            }
            (None, remark) => {
                let element = if remark.finding().is_some() { "failure" } else { "error" };
                xml::open(out, 3, element, &[("message", &message), ("type", remark.severity())])?;
                // A message may be shown without its text, and a text without its message.
                write!(out, ">{}", xml::escape(&format!("{path}, line {line}, column {column}: {message}")))?;
                let more = remark.help().map(|help| format!("help: {help}")).into_iter().chain(remark.url());
                more.map(|line| xml::escape(&line)).try_for_each(|line| write!(out, "\n{line}"))?;
                writeln!(out, "</{element}>")?;
            }
        }
        writeln!(out, "    </testcase>")
    }
}

#[cfg(test)]
mod tests {
    use stacklint_engine::outcome::Outcome;

    use super::*;
    use crate::report::test_support::{every_kind, finding, sources, span_of, written};

    #[test]
    fn every_kind_of_remark_is_a_case() {
        let (sources, mut outcome) = every_kind();
        let accepted = outcome.findings[0].clone();
        outcome.suppressed =
            vec![Suppressed::new(accepted, "inline", "a \"lab\"".to_owned(), Some("2027-01-31".to_owned()))];
        let text = written(&Junit, &Report::of(&sources, &outcome));
        let expected = "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<testsuites name=\"stacklint\" tests=\"9\" failures=\"6\" errors=\"1\" time=\"0\">
  <testsuite name=\"deploy/compose.yaml\" tests=\"9\" failures=\"6\" errors=\"1\" skipped=\"1\" time=\"0\" \
                        package=\"org.stacklint\">
";
        assert!(text.starts_with(expected), "{text}");
        let case = "\
    <testcase name=\"org.stacklint.rule-critical\" classname=\"deploy/compose.yaml\" time=\"0\" \
                    file=\"deploy/compose.yaml\" line=\"2\" column=\"7\">
      <failure message=\"it is wrong\" type=\"critical\">deploy/compose.yaml, line 2, column 7: it is wrong
help: mend it
https://";
        assert!(text.contains(case), "{text}");
        assert!(text.contains("<error message=\"it broke\" type=\"error\">"), "{text}");
        assert!(text.contains("<system-out>it was left out</system-out>"), "{text}");
        let skipped = "<skipped message=\"accepted (inline until 2027-01-31): a &quot;lab&quot;; it is wrong\"/>";
        assert!(text.contains(skipped), "{text}");
    }

    #[test]
    fn a_clean_run_is_a_test_that_passed() {
        let (sources, files) = sources(&[("a.yaml", "x: 1\n")]);
        let text = written(&Junit, &Report::of(&sources, &Outcome::default()));
        let expected = "\
<testsuites name=\"stacklint\" tests=\"1\" failures=\"0\" errors=\"0\" time=\"0\">
  <testsuite name=\"stacklint\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\" time=\"0\" package=\"org.stacklint\">
    <testcase name=\"No findings\" classname=\"stacklint\" time=\"0\"/>
  </testsuite>
</testsuites>
";
        assert!(text.ends_with(expected), "{text}");
        // All is accepted, so that nothing failed: that is a test that passed, too.
        let accepted = finding("rule", Some(span_of(&files[0], "1")));
        let suppressed = vec![Suppressed::new(accepted, "baseline", String::new(), None)];
        let text = written(&Junit, &Report::of(&sources, &Outcome { suppressed, ..Outcome::default() }));
        assert!(text.contains("<testsuites name=\"stacklint\" tests=\"2\" failures=\"0\""), "{text}");
        assert!(text.contains("No findings") && text.contains("<skipped "), "{text}");
    }

    #[test]
    fn columns_count_code_points_and_nothing_closes_the_text() {
        let (sources, files) = sources(&[("a.yaml", "x: 1\r\n\t\u{1f600}\u{e9}: bad\r\n")]);
        let mut found = finding("rule", Some(span_of(&files[0], "bad")));
        found.message = "a ]]></failure> \u{1b}\u{0}".to_owned();
        let outcome = Outcome { findings: vec![found], ..Outcome::default() };
        let text = written(&Junit, &Report::of(&sources, &outcome));
        assert!(text.contains("line=\"2\" column=\"6\""), "{text}");
        assert!(text.contains("column 6: a ]]&gt;&lt;/failure&gt; ??\n"), "{text}");
    }
}
