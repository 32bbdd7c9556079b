//! How the findings of a run are judged: by the policies of their stacks or, outside any stack, of their files.

use std::path::Path;
use std::sync::Arc;

use crate::config::{Policies, Policy};
use crate::finding::{Confidence, Finding, Severity};
use crate::map::HashMap;
use crate::rule::Rule;
use crate::source::{SourceFile, Sources};

/// The policies behind the findings of a run.
#[derive(Debug)]
pub(crate) struct PoliciesOf<'a> {
    policies: &'a Policies<'a>,
    by_stack: HashMap<String, Arc<Policy>>,
}

impl<'a> PoliciesOf<'a> {
    pub(crate) fn new(policies: &'a Policies<'a>) -> Self {
        Self { policies, by_stack: HashMap::default() }
    }

    pub(crate) fn catalogue(&self) -> &'static [Rule] {
        self.policies.catalogue()
    }

    /// Says how a stack is judged.
    pub(crate) fn add(&mut self, stack: &str, policy: Arc<Policy>) {
        self.by_stack.insert(stack.to_owned(), policy);
    }

    /// All of them: those of stacks and, since a configuration without any stack counts too, those asked for so far.
    pub(crate) fn all(&self) -> Vec<Arc<Policy>> {
        self.policies.all()
    }

    /// Whether no policy of a stack has anything to ignore.
    pub(crate) fn ignore_nothing_in_stacks(&self) -> bool {
        self.by_stack.values().all(|policy| policy.ignores.is_empty())
    }

    /// How what stands in a file by itself is judged; nothing if nobody knows.
    pub(crate) fn of_file(&self, file: &SourceFile) -> Option<Arc<Policy>> {
        self.policies.of(file.path.parent().unwrap_or(&file.path)).ok()
    }

    /// Calls `seen` with each policy that a finding is judged by, and how bad and how sure the finding is there: there is
    /// one for each of its stacks.
    pub(crate) fn each_of(
        &self,
        finding: &Finding,
        sources: &Sources,
        mut seen: impl FnMut(&Policy, Severity, Confidence),
    ) {
        if finding.stacks.is_empty() {
            let file = finding.primary.and_then(|span| sources.file(span.file));
            let root: &Path = sources.vfs().root();
            let policy = match &file {
                Some(file) => self.of_file(file),
                None => self.policies.of(root).ok(),
            };
            policy.iter().for_each(|policy| seen(policy, finding.severity, finding.confidence));
        }
        for stack in &finding.stacks {
            if let Some(policy) = self.by_stack.get(&*stack.name) {
                seen(policy, stack.severity, stack.confidence);
            }
        }
    }

    fn any(&self, finding: &Finding, sources: &Sources, wants: fn(&Policy, Severity, Confidence) -> bool) -> bool {
        let mut wanted = false;
        self.each_of(finding, sources, |policy, severity, confidence| wanted |= wants(policy, severity, confidence));
        wanted
    }

    /// Whether a finding is reported: one of its policies wants that.
    pub(crate) fn shows(&self, finding: &Finding, sources: &Sources) -> bool {
        self.any(finding, sources, Policy::shows)
    }

    /// Whether a finding fails the run.
    pub(crate) fn fails(&self, finding: &Finding, sources: &Sources) -> bool {
        self.any(finding, sources, Policy::fails)
    }
}
