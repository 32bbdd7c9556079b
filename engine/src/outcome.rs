//! What a run found, ready to be reported: one list of findings over all stacks, and what was read for it.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use crate::filter::baseline::{Baseline, Entry};
use crate::filter::{Coverage, PoliciesOf};
use crate::finding::{Evidence, Finding, Severity};
use crate::origin::Span;
use crate::rule::Rule;
use crate::source::Sources;
use crate::stack::Problem;

/// What a run found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The findings, those of several stacks merged; by path, line, column, rule and subject.
    pub findings: Vec<Finding>,
    /// What rules were satisfied by.
    pub evidence: Vec<Evidence>,
    /// Findings that somebody accepted.
    pub suppressed: Vec<Suppressed>,
    /// The stacks, by name.
    pub stacks: Vec<StackSummary>,
    /// What went wrong with the run itself.
    pub errors: Vec<RunError>,
    /// How many files were read.
    pub files: usize,
    /// How many of the findings fail the run.
    pub failing: usize,
    /// Entries of the baseline that no finding has any more, though all was judged that could have it.
    pub stale: Vec<Entry>,
    /// The rules that ran.
    pub rules: Vec<&'static Rule>,
}

/// A finding that somebody accepted.
#[derive(Debug)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// How: by a comment, the configuration, or the baseline.
    pub by: &'static str,
    /// Why.
    pub reason: String,
    /// Until when, as `YYYY-MM-DD`.
    pub until: Option<String>,
}

impl Suppressed {
    /// A finding that was accepted. It has no fixes: nobody wants to mend what is accepted.
    #[must_use]
    pub fn new(finding: Finding, by: &'static str, reason: String, until: Option<String>) -> Self {
        Self { finding: Finding { fixes: Vec::new(), ..finding }, by, reason, until }
    }
}

/// What a stack was made of.
#[derive(Clone, Debug)]
pub struct StackSummary {
    /// Its name.
    pub name: String,
    /// All files read for it: layers, includes, env files.
    pub files: Vec<String>,
    /// All files wanted for it and absent.
    pub missing: Vec<String>,
    /// What it runs for.
    pub environment: &'static str,
    /// What says so; empty if nothing does.
    pub reason: String,
    /// Why Docker Compose would refuse it.
    pub errors: Vec<Problem>,
}

/// Something that went wrong with the run itself.
#[derive(Clone, Debug)]
pub struct RunError {
    /// What.
    pub message: String,
    /// Where, if a file is at fault.
    pub place: Option<Span>,
    /// Something was left unjudged, but only since it lies outside the project or over a limit: `--allow-partial`
    /// forgives it.
    pub partial: bool,
}

impl Outcome {
    /// Lets pass what was there before, and finds out which entries nothing has any more.
    pub(crate) fn pass(
        &mut self,
        baseline: &Baseline,
        coverage: &Coverage,
        policies: &PoliciesOf<'_>,
        sources: &Sources,
    ) {
        let (known, new): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.findings).into_iter().partition(|finding| baseline.holds(finding, sources));
        self.findings = new;
        // What a comment or the configuration accepts as well is still there.
        let accepted = self.suppressed.iter().map(|suppressed| &suppressed.finding);
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
        self.stale = baseline.entries().filter(is_judged).cloned().collect();
        let pass = |finding| Suppressed::new(finding, "baseline", "it was there before".to_owned(), None);
        self.suppressed.extend(known.into_iter().map(pass));
    }

    /// How many findings there are of a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}
