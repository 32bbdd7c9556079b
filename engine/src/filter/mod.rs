//! What remains of the findings once it is asked who accepted them, and who wants to see them.
//!
//! Comments and configured ignores are asked stack by stack, before what several stacks share becomes one finding: that
//! somebody accepts a value in a stack for development says nothing of the same value in production. The baseline and the
//! thresholds are about the findings of the run.

pub mod accept;
pub mod baseline;
mod configured;
mod coverage;
mod policies;
mod suppression;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use jiff::civil::Date;

use crate::check;
use crate::finding::{Finding, Fix};
use crate::origin::Span;
use crate::outcome::{Outcome, Suppressed};
use crate::source::Sources;
use crate::stack::{Problem, ProblemKind};

use baseline::{Baseline, Entry};
use configured::Configured;
pub(crate) use coverage::Coverage;
pub(crate) use policies::PoliciesOf;
use suppression::Suppressions;

/// A day written `YYYY-MM-DD`, and in no other form.
#[must_use]
pub fn parse_day(text: &str) -> Option<Date> {
    suppression::parse_day(text)
}

/// That what accepts a finding, a comment or an entry, does so no more.
fn expired(what: &str, until: Date, place: Span, subject: &str) -> Problem {
    let message = format!("what this {what} accepted is reported again: its last day was {until}");
    let help = "mend what it is about, or decide anew until when it is accepted";
    Problem::new(ProblemKind::ExpiredSuppression, Some(place), subject, message).help(help)
}

/// That nothing is accepted at a place.
fn in_vain(message: String, place: Span, subject: &str) -> Problem {
    let help = "remove it: it would accept the next such mistake unseen";
    Problem::new(ProblemKind::UnusedSuppression, Some(place), subject, message).help(help)
}

/// What somebody accepted, and what is left.
#[derive(Debug)]
pub(crate) struct Filter {
    comments: Suppressions,
    configured: Configured,
}

impl Filter {
    /// Reads what the files and the configurations of a run accept.
    pub(crate) fn new(
        findings: &[Finding],
        policies: &PoliciesOf<'_>,
        sources: &Sources,
        today: Date,
        heeds_comments: bool,
    ) -> Self {
        let comments = Suppressions::read(sources, policies.catalogue(), today, heeds_comments, findings);
        Self { comments, configured: Configured::of(findings, policies, sources, today) }
    }

    /// What is wrong with comments and ignores, worded as findings.
    pub(crate) fn verdicts(
        &self,
        findings: &[Finding],
        coverage: &Coverage,
        policies: &PoliciesOf<'_>,
        sources: &Sources,
    ) -> Vec<Finding> {
        let mut problems: Vec<Problem> =
            self.comments.verdicts(findings, sources, |file, id| coverage.all_of(id, file, policies));
        problems.extend(self.configured.verdicts(coverage, policies, sources));
        let mut worded = Vec::new();
        for problem in problems {
            let file = problem.place.and_then(|place| sources.file(place.file));
            let policy = file.and_then(|file| policies.of_file(&file));
            if let Some(policy) = policy {
                worded.extend(check::word_problem(&problem, &policy, sources));
            }
        }
        worded
    }

    /// The findings that nobody accepts, and those that somebody does. What is found in several ways at one place is
    /// accepted once every way is.
    pub(crate) fn part(&self, findings: Vec<Finding>) -> (Vec<Finding>, Vec<Finding>) {
        let accepted = self.comments.accepted(&findings);
        let mut kept = Vec::with_capacity(findings.len());
        let mut apart = Vec::new();
        for (index, (finding, by)) in findings.into_iter().zip(accepted).enumerate() {
            if by.is_some() || self.configured.accepts(index) { apart.push(finding) } else { kept.push(finding) }
        }
        if apart.is_empty() {
            return (kept, apart);
        }
        let key = |finding: &Finding| Some((finding.rule, finding.primary?));
        let reported: HashSet<_> = kept.iter().filter_map(key).collect();
        let mut common: HashMap<_, Vec<Fix>> = HashMap::new();
        apart.retain(|finding| match key(finding).filter(|key| reported.contains(key)) {
            None => true,
            Some(key) => {
                let fixes = common.entry(key).or_insert_with(|| finding.fixes.clone());
                fixes.retain(|fix| finding.fixes.contains(fix));
                false
            }
        });
        // A fix changes what is accepted, too: it must be right there as well.
        for finding in &mut kept {
            if let Some(fixes) = key(finding).and_then(|key| common.get(&key)) {
                finding.fixes.retain(|fix| fixes.contains(fix));
            }
        }
        (kept, apart)
    }

    /// Findings that were accepted, with who accepts them and why. A comment stands closer than the configuration.
    pub(crate) fn explain(&self, findings: Vec<Finding>, sources: &Sources) -> Vec<Suppressed> {
        let by_comments = self.comments.accepted(&findings);
        let explain = |(finding, by): (Finding, Option<usize>)| {
            let (by, reason, until) = match by.and_then(|by| self.comments.said(by)) {
                Some((reason, until)) => ("inline", reason, until),
                None => match self.configured.said(&finding) {
                    Some((reason, until)) => ("config", reason, until),
                    None => ("config", String::new(), None),
                },
            };
            let reason = suppression::without_secrets(&reason, &finding, sources);
            Suppressed::new(finding, by, reason, until.map(|until| until.to_string()))
        };
        findings.into_iter().zip(by_comments).map(explain).collect()
    }
}

/// Lets pass what was there before, and finds out which entries nothing has any more.
pub(crate) fn pass_known(
    outcome: &mut Outcome,
    baseline: &Baseline,
    coverage: &Coverage,
    policies: &PoliciesOf<'_>,
    sources: &Sources,
) {
    let (known, new): (Vec<_>, Vec<_>) =
        std::mem::take(&mut outcome.findings).into_iter().partition(|finding| baseline.holds(finding, sources));
    outcome.findings = new;
    // What a comment or the configuration accepts as well is still there.
    let accepted = outcome.suppressed.iter().map(|suppressed| &suppressed.finding);
    let accepted = accepted.filter(|finding| baseline.holds(finding, sources));
    let used: HashSet<&str> = known.iter().chain(accepted).map(|finding| finding.fingerprint.as_str()).collect();
    let top = sources.vfs().top();
    let files: HashMap<PathBuf, _> = sources.files().into_iter().map(|file| (file.path.clone(), file)).collect();
    let is_judged = |entry: &&Entry| {
        let path = top.join(&entry.path);
        let ran = match files.get(&path) {
            Some(file) => coverage.all_of(&entry.rule, file, policies),
            // The file is gone.
            None => coverage.below(&path),
        };
        ran && !used.contains(entry.fingerprint.as_str())
    };
    outcome.stale = baseline.entries().filter(is_judged).cloned().collect();
    let pass = |finding| Suppressed::new(finding, "baseline", "it was there before".to_owned(), None);
    outcome.suppressed.extend(known.into_iter().map(pass));
}
