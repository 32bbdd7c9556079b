//! What formats say one after the other: findings and errors of the run, seen alike.

use std::cmp::Reverse;

use stacklint_engine::finding::{Confidence, Finding, Severity};
use stacklint_engine::origin::Span;
use stacklint_engine::outcome::RunError;

use crate::exit::Exit;
use crate::report::fold::{self, Block, Fold};
use crate::report::level::Level;
use crate::report::location::Locator;
use crate::report::source_text::SourceTexts;
use crate::report::{Report, rule_url};

/// The code of errors of the run, where findings have their rule.
const RUN_ERROR: &str = "run-error";

/// Something to say.
#[derive(Debug)]
pub(crate) enum Remark<'a> {
    /// A finding.
    Finding(&'a Finding),
    /// Findings that differ in their service only.
    Fold {
        /// The findings.
        fold: Fold<'a>,
        /// What they lack, and which services do.
        message: String,
    },
    /// Something went wrong with the run itself.
    Error {
        /// What.
        error: &'a RunError,
        /// It was forgiven.
        forgiven: bool,
    },
}

/// All there is to say, every finding by itself: the errors of the run, then the findings in their order.
pub(crate) fn all<'a>(report: &Report<'a>) -> Vec<Remark<'a>> {
    errors(report).chain(report.outcome.findings.iter().map(Remark::Finding)).collect()
}

/// All there is to say, and what only differs in its service once: the errors of the run, then the findings in their order.
pub(crate) fn folded<'a>(report: &Report<'a>) -> Vec<Remark<'a>> {
    let locator = Locator::new(report.sources);
    let texts = SourceTexts::new(report.sources).with_findings(report.outcome.findings.iter());
    let blocks = fold::blocks(&report.outcome.findings).into_iter().map(|block| match block {
        Block::One(finding) => Remark::Finding(finding),
        Block::Several(fold) => {
            let message = fold.message_with_names(report.sources, &texts, &locator);
            Remark::Fold { fold, message }
        }
    });
    errors(report).chain(blocks).collect()
}

/// The same, the worst first.
pub(crate) fn worst_first<'a>(report: &Report<'a>) -> Vec<Remark<'a>> {
    let mut remarks = folded(report);
    remarks.sort_by_key(|remark| Reverse(remark.rank()));
    remarks
}

fn errors<'a>(report: &Report<'a>) -> impl Iterator<Item = Remark<'a>> {
    // What `--allow-partial` forgives was forgiven if the run did not fail.
    let failed = report.exit == Exit::Failed;
    report.outcome.errors.iter().map(move |error| Remark::Error { error, forgiven: error.partial && !failed })
}

impl<'a> Remark<'a> {
    /// The finding it is about: of several the first.
    pub(crate) fn finding(&self) -> Option<&'a Finding> {
        match self {
            Self::Finding(finding) => Some(finding),
            Self::Fold { fold, .. } => Some(fold.first),
            Self::Error { .. } => None,
        }
    }

    /// How many findings it is.
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Finding(_) => 1,
            Self::Fold { fold, .. } => fold.others.len() + 1,
            Self::Error { .. } => 0,
        }
    }

    /// The worst is the greatest: errors of the run, then by severity, then by confidence.
    fn rank(&self) -> (u8, Option<(Severity, Confidence)>) {
        match self {
            Self::Error { forgiven, .. } => (if *forgiven { 1 } else { 2 }, None),
            _ => (0, self.finding().map(|finding| (finding.severity, finding.confidence))),
        }
    }

    /// The rule, or that the run itself is at fault.
    pub(crate) fn code(&self) -> &'static str {
        self.finding().map_or(RUN_ERROR, |finding| finding.rule)
    }

    /// How bad it is, in our words.
    pub(crate) fn severity(&self) -> &'static str {
        match (self, self.finding()) {
            (Self::Error { forgiven: true, .. }, _) => "warning",
            (_, Some(finding)) => finding.severity.name(),
            _ => "error",
        }
    }

    /// How loud a program is to be about it.
    pub(crate) fn level(&self) -> Level {
        match (self, self.finding()) {
            (Self::Error { forgiven: true, .. }, _) => Level::Warning,
            (_, Some(finding)) => Level::of(finding.severity),
            _ => Level::Error,
        }
    }

    /// What is wrong, as it was written: not yet on one line.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Finding(finding) => finding.message.clone(),
            Self::Fold { message, .. } => message.clone(),
            Self::Error { error, .. } => error.message.clone(),
        }
    }

    /// What to do, of several findings what to do about the first.
    pub(crate) fn help(&self) -> Option<&'a str> {
        match self {
            Self::Error { error, .. } => error.partial.then_some("`--allow-partial` lets the run pass without it"),
            _ => self.finding()?.help.as_deref(),
        }
    }

    /// The page of the rule.
    pub(crate) fn url(&self) -> Option<String> {
        self.finding().map(|finding| rule_url(finding.family, finding.rule))
    }

    /// The place to edit, or where the run stumbled.
    pub(crate) fn place(&self) -> Option<Span> {
        match self {
            Self::Error { error, .. } => error.place,
            _ => self.finding()?.primary,
        }
    }
}

#[cfg(test)]
mod tests {
    use stacklint_engine::outcome::Outcome;

    use super::*;
    use crate::report::test_support::{finding, sources, span_of};

    #[test]
    fn the_worst_comes_first_and_what_the_run_did_not_do_before_it() {
        let (sources, files) = sources(&[("compose.yaml", "a: 1\nb: 2\nc: 3\n")]);
        let found = |text, severity| Finding { severity, ..finding("rule", Some(span_of(&files[0], text))) };
        let findings = vec![found("a", Severity::Low), found("b", Severity::Critical), found("c", Severity::Critical)];
        let error = |partial| RunError { message: format!("{partial}"), place: None, partial };
        let outcome = Outcome { findings, errors: vec![error(true), error(false)], ..Outcome::default() };
        let report = Report::of(&sources, &outcome);
        let told = |remarks: Vec<Remark<'_>>| -> Vec<(&str, Level)> {
            remarks.iter().map(|remark| (remark.severity(), remark.level())).collect()
        };
        let expected = [
            ("error", Level::Error),
            ("warning", Level::Warning),
            ("critical", Level::Error),
            ("critical", Level::Error),
            ("low", Level::Notice),
        ];
        assert_eq!(told(worst_first(&report)), expected);
        let offset = |remark: &Remark<'_>| remark.place().map(|place| place.range.start);
        let offsets: Vec<_> = worst_first(&report).iter().map(offset).collect();
        assert_eq!(offsets, [None, None, Some(5), Some(10), Some(0)]);
        let failed = Report { exit: Exit::Failed, ..report };
        assert_eq!(told(all(&failed))[0], ("error", Level::Error), "nothing was forgiven");
    }

    #[test]
    fn what_several_services_lack_is_one_remark() {
        let (sources, files) = sources(&[("compose.yaml", "a: 1\nb: 2\n")]);
        let missing = |name| finding("missing-no-new-privileges", Some(span_of(&files[0], name)));
        let outcome = Outcome { findings: vec![missing("a"), missing("b")], ..Outcome::default() };
        let report = Report::of(&sources, &outcome);
        assert_eq!(all(&report).len(), 2);
        let folded = folded(&report);
        assert_eq!((folded.len(), folded[0].count()), (1, 2));
        let message = folded[0].message();
        assert!(message.starts_with("2 services: ") && message.ends_with(": `a` (line 1), `b` (line 2)"), "{message}");
    }
}
