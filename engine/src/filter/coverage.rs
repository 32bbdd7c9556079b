//! Where a run has said all that there is to say: only there something can be called unused.

use std::path::{Path, PathBuf};

use super::PoliciesOf;
use crate::finding::Finding;
use crate::rule::{Check, Rule};
use crate::source::SourceFile;
use crate::stack::ProblemKind;

/// What a run has judged as a whole.
#[derive(Debug)]
pub(crate) struct Coverage {
    directories: Vec<PathBuf>,
    /// The rules that failed somewhere: they may have had more to say.
    failed: Vec<String>,
}

impl Coverage {
    /// All that is at or below these directories.
    pub(crate) fn of(directories: Vec<PathBuf>) -> Self {
        Self { directories, failed: Vec::new() }
    }

    /// The same, but for the rules that failed somewhere.
    pub(crate) fn without_failed(self, findings: &[Box<Finding>], catalogue: &'static [Rule]) -> Self {
        let internal = |rule: &&Rule| matches!(rule.check, Check::Problem(ProblemKind::Internal));
        let internal: Vec<&str> = catalogue.iter().filter(internal).map(|rule| rule.id).collect();
        let failed = findings.iter().filter(|finding| internal.contains(&finding.rule));
        Self { failed: failed.map(|finding| finding.subject.clone()).collect(), ..self }
    }

    /// Whether all files at or below a path were judged.
    pub(crate) fn below(&self, path: &Path) -> bool {
        self.directories.iter().any(|directory| path.starts_with(directory))
    }

    /// Whether a rule has said all that it has to say of a file.
    pub(crate) fn all_of(&self, id: &str, file: &SourceFile, policies: &PoliciesOf<'_>) -> bool {
        let ran = || policies.of_file(file).is_some_and(|policy| policy.runs(id));
        self.below(&file.path) && !self.failed.iter().any(|failed| failed == id) && ran()
    }
}
