//! `--format statistics`: how often each rule has something to say.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use stacklint_engine::finding::{Finding, Safety, Severity};

use crate::report::location::Locator;
use crate::report::printable::one_line;
use crate::report::summary::summary;
use crate::report::table::{self, Column};
use crate::report::{Renderer, Report};

/// The format: a line for each rule and severity, the worst first, then the most frequent.
#[derive(Debug)]
pub(crate) struct Statistics;

/// What there is of one rule at one severity.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    all: usize,
    safe: usize,
    not_safe: usize,
}

impl Renderer for Statistics {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let counts = counts(&report.outcome.findings);
        if !counts.is_empty() {
            let rows = counts.iter().map(|((rule, severity), counts)| {
                [counts.all.to_string(), severity.to_string(), (*rule).to_owned(), counts.fixes()]
            });
            let columns =
                [Column::right("COUNT"), Column::left("SEVERITY"), Column::left("RULE"), Column::left("FIXES")];
            table::write(&columns, rows, out)?;
        }
        let locator = Locator::new(report.sources);
        for error in &report.outcome.errors {
            if let Some(location) = error.place.and_then(|place| locator.locate(place)) {
                write!(out, "{}:{}:{}: ", one_line(&location.path), location.start.line, location.start.column)?;
            }
            writeln!(out, "error {}", one_line(&error.message))?;
        }
        if report.summary { writeln!(out, "{}", summary(report.outcome)) } else { Ok(()) }
    }
}

/// By rule and severity: one rule may be worse in one place than in another.
fn counts(findings: &[Finding]) -> Vec<((&'static str, Severity), Counts)> {
    let mut counts: BTreeMap<(&'static str, Severity), Counts> = BTreeMap::new();
    for finding in findings {
        let counts = counts.entry((finding.rule, finding.severity)).or_default();
        counts.all += 1;
        // The first one is what `--fix` takes.
        match finding.fixes.first().map(|fix| fix.safety) {
            Some(Safety::Safe) => counts.safe += 1,
            Some(Safety::Unsafe) => counts.not_safe += 1,
            None => {}
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|((rule, severity), counts)| (Reverse(*severity), Reverse(counts.all), *rule));
    counts
}

impl Counts {
    fn fixes(&self) -> String {
        let named = [(self.safe, Safety::Safe), (self.not_safe, Safety::Unsafe)].into_iter();
        let said: Vec<String> =
            named.filter(|(count, _)| *count > 0).map(|(count, safety)| format!("{count} {}", safety.name())).collect();
        if said.is_empty() { "-".to_owned() } else { said.join(", ") }
    }
}

#[cfg(test)]
mod tests {
    use stacklint_engine::finding::Fix;
    use stacklint_engine::outcome::{Outcome, RunError};

    use super::*;
    use crate::report::test_support::{finding, sources};

    #[test]
    fn the_worst_comes_first_and_then_the_most_frequent() {
        let (sources, _) = sources(&[]);
        let of = |rule: &'static str, severity| Finding { severity, ..finding(rule, None) };
        let fix = |safety| Fix { title: String::new(), safety, edits: Vec::new() };
        let mut fixed = of("b", Severity::High);
        fixed.fixes = vec![fix(Safety::Safe), fix(Safety::Unsafe)];
        let mut unsafely = of("b", Severity::High);
        unsafely.fixes = vec![fix(Safety::Unsafe)];
        let findings = vec![
            of("a", Severity::Low),
            of("c", Severity::High),
            fixed,
            unsafely,
            of("a", Severity::Critical),
            of("d", Severity::High),
        ];
        let errors = vec![RunError { message: "no\u{1b} way".to_owned(), place: None, partial: false }];
        let outcome = Outcome { findings, errors, ..Outcome::default() };
        let mut written = Vec::new();
        Statistics.render(&Report::of(&sources, &outcome), &mut written).unwrap();
        let expected = "\
COUNT  SEVERITY  RULE  FIXES
    1  critical  a     -
    2  high      b     1 safe, 1 unsafe
    1  high      c     -
    1  high      d     -
    1  low       a     -
error no? way
6 findings (1 critical, 4 high, 1 low) in 0 stacks, 0 files read; 1 error
";
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }
}
