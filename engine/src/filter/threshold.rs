//! Which findings are reported, and which fail a run: what the policies of their stacks say.

use std::collections::HashMap;
use std::sync::Arc;

use crate::config::{Policies, Policy};
use crate::finding::{Confidence, Finding, Severity};
use crate::source::Sources;

/// The policies behind the findings of a run.
#[derive(Debug)]
pub(crate) struct Thresholds<'a> {
    policies: &'a Policies,
    sources: &'a Sources,
    by_stack: HashMap<String, Arc<Policy>>,
}

impl<'a> Thresholds<'a> {
    pub(crate) fn new(policies: &'a Policies, sources: &'a Sources) -> Self {
        Self { policies, sources, by_stack: HashMap::new() }
    }

    /// Says how a stack is judged.
    pub(crate) fn add(&mut self, stack: &str, policy: Arc<Policy>) {
        self.by_stack.insert(stack.to_owned(), policy);
    }

    /// Whether a finding is reported: some stack of it wants that.
    pub(crate) fn shows(&self, finding: &Finding) -> bool {
        self.any(finding, Policy::shows)
    }

    /// Whether a finding fails the run.
    pub(crate) fn fails(&self, finding: &Finding) -> bool {
        self.any(finding, Policy::fails)
    }

    fn any(&self, finding: &Finding, test: fn(&Policy, Severity, Confidence) -> bool) -> bool {
        if finding.stacks.is_empty() {
            // Outside any stack the directory of the file decides.
            let file = finding.primary.and_then(|span| self.sources.file(span.file));
            let directory = file.as_deref().and_then(|file| file.path.parent());
            let directory = directory.unwrap_or_else(|| self.sources.vfs().root());
            return match self.policies.of(directory, self.sources) {
                Ok(policy) => test(&policy, finding.severity, finding.confidence),
                Err(_) => true,
            };
        }
        finding.stacks.iter().any(|stack| match self.by_stack.get(&stack.name) {
            Some(policy) => test(policy, stack.severity, stack.confidence),
            None => true,
        })
    }
}
