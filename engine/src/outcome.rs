//! What a run found, ready to be reported: one list of findings over all stacks, and what was read for it.

use crate::filter::baseline::Entry;
use crate::finding::{Evidence, Finding, Severity};
use crate::origin::Span;
use crate::rule::Rule;
use crate::stack::Problem;

/// How many findings of one rule in one file are kept: nobody reads more, and a hostile file makes one of every byte.
pub const FINDING_LIMIT: usize = 1_000;

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
    /// How many findings there are of a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}
