//! `--format github`: commands to GitHub's runner, which it shows as annotations of the changed lines.
//!
//! Paths are relative to the git top. Columns count code points from 1, ends are exclusive; the runner takes columns on one
//! line only. It keeps ten annotations of a level of one step and drops the others without a word, so that we keep the
//! ten worst of each, and say at the end which ones are left out.

use std::borrow::Cow;
use std::io::{self, Write};

use stacklint_engine::line_index::ColumnUnit;

use crate::report::level::Level;
use crate::report::location::Location;
use crate::report::printable::one_line;
use crate::report::remark::{self, Remark};
use crate::report::site::{Base, Sites, last_line};
use crate::report::summary::counted;
use crate::report::{Renderer, Report};

/// So many annotations of a level the runner keeps of one step.
const LIMIT: usize = 10;

/// The runner cuts longer messages. In bytes, so that no way of counting makes it more.
const MESSAGE_LIMIT: usize = 4_096;

/// The format.
#[derive(Debug)]
pub(crate) struct Github;

impl Renderer for Github {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let sites = Sites::new(report, Base::Repository, ColumnUnit::CodePoint);
        let remarks = remark::worst_first(report);
        let left = left_out(&remarks);
        for (remark, _) in remarks.iter().zip(&left).filter(|(_, left)| !**left) {
            annotation(remark, &sites, out)?;
        }
        let left: Vec<&Remark<'_>> =
            remarks.iter().zip(&left).filter_map(|(remark, left)| left.then_some(remark)).collect();
        if left.is_empty() { Ok(()) } else { rest(&left, &sites, out) }
    }

    fn is_for_people(&self) -> bool {
        false
    }
}

/// Which remarks the runner would drop. If any, one place is kept for the notice about them.
fn left_out(remarks: &[Remark<'_>]) -> Vec<bool> {
    let of = |level| remarks.iter().filter(|remark| remark.level() == level).count();
    let any = Level::ALL.into_iter().any(|level| of(level) > LIMIT);
    let limit = |level| if any && level == Level::Notice { LIMIT - 1 } else { LIMIT };
    let mut kept = [0; Level::ALL.len()];
    let mut left_out = Vec::with_capacity(remarks.len());
    for remark in remarks {
        let level = remark.level();
        let count = kept.get_mut(level as usize);
        let is_kept = count.as_ref().is_some_and(|count| **count < limit(level));
        if let Some(count) = count.filter(|_| is_kept) {
            *count += 1;
        }
        left_out.push(!is_kept);
    }
    left_out
}

fn annotation(remark: &Remark<'_>, sites: &Sites<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut properties = vec![("title", format!("stacklint: {} ({})", remark.code(), remark.severity()))];
    let location = sites.of(remark);
    if let Some(location) = &location {
        properties.extend(place(location));
    }
    let help = remark.help().map(|help| format!("help: {}", one_line(help)));
    let mut message = one_line(&remark.message()).into_owned();
    for line in help.into_iter().chain(remark.url()) {
        message.push('\n');
        message.push_str(&line);
    }
    command(remark.level(), &properties, &message, out)
}

/// The place as the runner wants it: it drops columns of several lines, and says so in the log.
fn place(location: &Location) -> Vec<(&'static str, String)> {
    let last = last_line(location);
    let mut properties =
        vec![("file", location.path.clone()), ("line", location.start.line.to_string()), ("endLine", last.to_string())];
    if location.start.line == location.end.line {
        properties.push(("col", location.start.column.to_string()));
        properties.push(("endColumn", location.end.column.to_string()));
    }
    properties
}

/// One notice about all that is left out.
fn rest(left: &[&Remark<'_>], sites: &Sites<'_>, out: &mut dyn Write) -> io::Result<()> {
    let count = left.iter().map(|remark| remark.count().max(1)).sum();
    let mut message = format!(
        "{} not shown as annotations, since GitHub takes {LIMIT} of a level; --format markdown and --format sarif have \
         them all",
        counted(count, "finding")
    );
    for (number, remark) in left.iter().enumerate() {
        let place = sites.of(remark).map(|location| format!("{}:{}: ", one_line(&location.path), location.start.line));
        let line = format!("\n{}{}[{}]", place.unwrap_or_default(), remark.severity(), remark.code());
        if message.len() + line.len() + 24 > MESSAGE_LIMIT {
            message.push_str(&format!("\nand {} more", left.len() - number));
            break;
        }
        message.push_str(&line);
    }
    command(Level::Notice, &[("title", "stacklint: more findings".to_owned())], &message, out)
}

fn command(level: Level, properties: &[(&str, String)], message: &str, out: &mut dyn Write) -> io::Result<()> {
    let name = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    };
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", escape_property(value))).collect();
    writeln!(out, "::{name} {}::{}", properties.join(","), escape(&cut(message)))
}

/// As much of a message as the runner takes.
fn cut(message: &str) -> Cow<'_, str> {
    if message.len() <= MESSAGE_LIMIT {
        return Cow::Borrowed(message);
    }
    let limit = MESSAGE_LIMIT - '…'.len_utf8();
    let fitting = message.char_indices().take_while(|(at, character)| at + character.len_utf8() <= limit);
    Cow::Owned(fitting.map(|(_, character)| character).chain(['…']).collect())
}

/// A message: the runner undoes this, and splits lines before that.
fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property, in which two more characters mean something.
fn escape_property(text: &str) -> String {
    escape(&one_line(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use stacklint_engine::finding::{Finding, Severity};
    use stacklint_engine::outcome::{Outcome, RunError};

    use super::*;
    use crate::report::test_support::{every_kind, finding, sources, span_of, written};

    #[test]
    fn every_kind_of_remark_is_an_annotation() {
        let (sources, outcome) = every_kind();
        let text = written(&Github, &Report::of(&sources, &outcome));
        let commands: Vec<&str> = text.lines().filter_map(|line| line.split_once(' ')).map(|(name, _)| name).collect();
        let expected = ["::error", "::warning", "::error", "::error", "::error", "::warning", "::notice", "::notice"];
        assert_eq!(commands, expected, "{text}");
        let critical = "::error title=stacklint%3A rule-critical (critical),file=deploy/compose.yaml,line=2,endLine=2,\
                        col=7,endColumn=10::it is wrong%0Ahelp: mend it%0Ahttps://";
        assert!(text.contains(critical), "{text}");
        assert!(text.starts_with("::error title=stacklint%3A run-error (error)::it broke\n"), "{text}");
        assert_eq!(written(&Github, &Report::of(&sources, &Outcome::default())), "");
    }

    #[test]
    fn nothing_of_a_file_ends_a_property_or_a_line() {
        let (sources, files) = sources(&[("a,line=9::b%0A##[error]\n.yaml", "x: 1\r\n\t\u{1f600}\u{e9}: bad\r\n")]);
        let mut found = finding("rule", Some(span_of(&files[0], "bad")));
        found.message = "100%\r\n::error::pwned ##[error]pwned ##vso[task.complete]\u{1b}\u{202e}".to_owned();
        let outcome = Outcome { findings: vec![found], ..Outcome::default() };
        let text = written(&Github, &Report::of(&sources, &outcome));
        assert_eq!(
            text.split("%0Ahttps").next().unwrap(),
            "::error title=stacklint%3A rule (high),file=a%2Cline=9%3A%3Ab%250A##(error]?.yaml,line=2,endLine=2,col=6,\
             endColumn=9::100%25??::error::pwned ##(error]pwned ##vso(task.complete]?\u{fffd}"
        );
        assert_eq!(text.lines().count(), 1);
    }

    #[test]
    fn several_lines_have_no_columns() {
        let (sources, files) = sources(&[("a.yaml", "a: |\n  b\n  c\nd: 1\n")]);
        let of = |text| {
            let findings = vec![finding("rule", Some(span_of(&files[0], text)))];
            written(&Github, &Report::of(&sources, &Outcome { findings, ..Outcome::default() }))
        };
        assert!(of("b\n  c").contains(",line=2,endLine=3::"), "{}", of("b\n  c"));
        assert!(of("b\n  c\n").contains(",line=2,endLine=3::"), "{}", of("b\n  c\n"));
    }

    #[test]
    fn the_worst_ten_of_a_level_are_kept_and_the_rest_is_told_at_once() {
        let text = "x ".repeat(40);
        let (sources, files) = sources(&[("a.yaml", &text)]);
        let found = |severity, count: usize| {
            let place = span_of(&files[0], "x");
            std::iter::repeat_with(move || Finding { severity, ..finding("rule", Some(place)) }).take(count)
        };
        let findings: Vec<Finding> = found(Severity::Low, 10)
            .chain(found(Severity::High, 9))
            .chain(found(Severity::Medium, 3))
            .chain(found(Severity::Critical, 4))
            .collect();
        let errors = vec![RunError { message: "broken".to_owned(), place: None, partial: false }];
        let outcome = Outcome { findings, errors, ..Outcome::default() };
        let text = written(&Github, &Report::of(&sources, &outcome));
        let count = |what: &str| text.matches(what).count();
        assert_eq!((count("\n::error ") + 1, count("::warning "), count("::notice ")), (10, 3, 10));
        assert_eq!((count("(critical)"), count("(high)"), count("(low)")), (4, 5, 9), "{text}");
        let last = text.lines().last().unwrap();
        assert!(last.starts_with("::notice title=stacklint%3A more findings::5 findings not shown "), "{last}");
        assert!(last.contains("%0Aa.yaml:1: high[rule]%0A") && last.ends_with("%0Aa.yaml:1: low[rule]"), "{last}");
    }

    #[test]
    fn ten_of_a_level_need_no_notice() {
        let (sources, files) = sources(&[("a.yaml", "x")]);
        let found = finding("rule", Some(span_of(&files[0], "x")));
        let found = Finding { severity: Severity::Info, ..found };
        let outcome = Outcome { findings: vec![found; 10], ..Outcome::default() };
        let text = written(&Github, &Report::of(&sources, &outcome));
        assert_eq!(text.matches("::notice ").count(), 10);
        assert!(!text.contains("more findings"));
    }

    #[test]
    fn a_message_is_no_longer_than_the_runner_takes() {
        let (sources, files) = sources(&[("a.yaml", "x")]);
        let mut found = finding("rule", Some(span_of(&files[0], "x")));
        found.message = "\u{e9}".repeat(5_000);
        let outcome = Outcome { findings: vec![found; 400], ..Outcome::default() };
        let text = written(&Github, &Report::of(&sources, &outcome));
        for line in text.lines() {
            let message = line.splitn(3, "::").nth(2).unwrap();
            assert!(message.replace("%0A", "\n").len() <= 4_096, "{line}");
        }
        assert!(text.lines().last().unwrap().contains("%0Aand "), "{text}");
    }
}
