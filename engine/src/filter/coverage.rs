//! Where a run has said all that there is to say: only there something can be called unused.

use std::path::{Path, PathBuf};

use super::PoliciesOf;
use crate::finding::Finding;
use crate::outcome::RunError;
use crate::rule::Check;
use crate::run::Options;
use crate::source::{SourceFile, Sources};
use crate::stack::ProblemKind;
use crate::vfs::FileKind;

/// What a run has judged as a whole.
#[derive(Debug)]
pub(crate) struct Coverage {
    directories: Vec<PathBuf>,
    /// The rules that failed somewhere: they may have had more to say.
    failed: Vec<String>,
}

impl Coverage {
    pub(crate) fn of(findings: &[Finding], errors: &[RunError], sources: &Sources, options: &Options) -> Self {
        let vfs = sources.vfs();
        let mut directories: Vec<PathBuf> = options.paths.iter().map(|path| vfs.absolute(path)).collect();
        let is_directory = |path: &PathBuf| vfs.kind(path) == Some(FileKind::Directory);
        // One stack, or what touches one file, is not all that a comment can be about; nor is what could be read.
        let part = options.explicit.is_some() || options.stack.is_some() || !options.changed.is_empty();
        if part || !errors.is_empty() || !directories.iter().all(is_directory) {
            directories.clear();
        }
        let catalogue = options.setup.catalogue().iter();
        let internal: Vec<&str> = catalogue
            .filter(|rule| matches!(rule.check, Check::Problem(ProblemKind::Internal)))
            .map(|rule| rule.id)
            .collect();
        let failed = findings.iter().filter(|finding| internal.contains(&finding.rule));
        Self { directories, failed: failed.map(|finding| finding.subject.clone()).collect() }
    }

    /// Whether all files at or below a path were judged.
    pub(crate) fn below(&self, path: &Path) -> bool {
        self.directories.iter().any(|directory| path.starts_with(directory))
    }

    /// Whether a rule has said all that it has to say of a file.
    pub(crate) fn all_of(&self, id: &str, file: &SourceFile, policies: &PoliciesOf<'_>) -> bool {
        let ran = || policies.of_file(file).is_some_and(|policy| !policy.left_out.contains_key(id));
        self.below(&file.path) && !self.failed.iter().any(|failed| failed == id) && ran()
    }
}
