//! How the findings of a run are judged: by the policies of their stacks or, outside any stack, of their files.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::config::{Policies, Policy};
use crate::finding::{Confidence, Finding, Severity};
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
        Self { policies, by_stack: HashMap::new() }
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

    /// How what stands in a file by itself is judged; nothing if nobody knows.
    pub(crate) fn of_file(&self, file: &SourceFile) -> Option<Arc<Policy>> {
        self.policies.of(file.path.parent().unwrap_or(&file.path)).ok()
    }

    /// How a finding is judged, with how bad and how sure it is there: once for each of its stacks.
    pub(crate) fn of(&self, finding: &Finding, sources: &Sources) -> Vec<(Arc<Policy>, Severity, Confidence)> {
        if finding.stacks.is_empty() {
            let file = finding.primary.and_then(|span| sources.file(span.file));
            let root: &Path = sources.vfs().root();
            let policy = match &file {
                Some(file) => self.of_file(file),
                None => self.policies.of(root).ok(),
            };
            return policy.map(|policy| (policy, finding.severity, finding.confidence)).into_iter().collect();
        }
        let of_stack = |name: &str| self.by_stack.get(name).cloned();
        let stacks = finding.stacks.iter();
        stacks.filter_map(|stack| Some((of_stack(&stack.name)?, stack.severity, stack.confidence))).collect()
    }

    /// Whether a finding is reported: one of its policies wants that.
    pub(crate) fn shows(&self, finding: &Finding, sources: &Sources) -> bool {
        self.of(finding, sources).iter().any(|(policy, severity, confidence)| policy.shows(*severity, *confidence))
    }

    /// Whether a finding fails the run.
    pub(crate) fn fails(&self, finding: &Finding, sources: &Sources) -> bool {
        self.of(finding, sources).iter().any(|(policy, severity, confidence)| policy.fails(*severity, *confidence))
    }
}
