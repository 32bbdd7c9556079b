//! What of the findings is reported: those that somebody accepted are kept apart.

mod suppression;

use std::path::PathBuf;

use jiff::civil::Date;

use crate::check;
use crate::finding::Finding;
use crate::outcome::RunError;
use crate::rule::{Check, Rule};
use crate::run::Options;
use crate::source::{SourceFile, Sources};
use crate::stack::ProblemKind;
use crate::vfs::FileKind;

pub(crate) use suppression::Suppressions;

/// What comments in the judged files may do.
#[derive(Clone, Debug)]
pub struct Inline {
    /// They accept findings; otherwise nobody looks at them.
    pub heeded: bool,
    /// The day it is.
    pub today: Date,
    /// All rules there are, also those that do not run.
    pub known: Vec<&'static Rule>,
}

impl Inline {
    /// Comments that never expire.
    #[must_use]
    pub fn of(known: impl IntoIterator<Item = &'static Rule>) -> Self {
        Self { heeded: true, today: Date::MIN, known: known.into_iter().collect() }
    }
}

/// A day written `YYYY-MM-DD`, and in no other form.
#[must_use]
pub fn parse_day(text: &str) -> Option<Date> {
    suppression::parse_day(text)
}

/// What the rules said, and which of it somebody accepted.
#[derive(Debug)]
pub(crate) struct Filtered {
    /// To be reported, with what is wrong with the comments.
    pub(crate) findings: Vec<Finding>,
    /// Accepted by a comment.
    pub(crate) accepted: Vec<Finding>,
    /// What knows why.
    pub(crate) suppressions: Suppressions,
}

/// Keeps apart what comments accept.
///
/// The findings are those of each stack by itself: that somebody accepts one in a stack for development says nothing of
/// the same value in production.
pub(crate) fn by_comments(
    findings: Vec<Finding>,
    errors: &[RunError],
    sources: &Sources,
    options: &Options,
) -> Filtered {
    let inline = &options.inline;
    let suppressions = Suppressions::read(sources, inline, &findings);
    let whole = Whole::of(&findings, errors, sources, options);
    let problems = suppressions.verdicts(&findings, sources, |file, id| whole.judged(file, id));
    let (mut findings, accepted) = suppressions.part(findings);
    findings.extend(check::word_problems(&problems, &options.rules, sources));
    Filtered { findings, accepted, suppressions }
}

/// Where a rule has said all that it has to say.
struct Whole {
    rules: Vec<&'static str>,
    directories: Vec<PathBuf>,
}

impl Whole {
    fn of(findings: &[Finding], errors: &[RunError], sources: &Sources, options: &Options) -> Self {
        let vfs = sources.vfs();
        let mut directories: Vec<PathBuf> = options.paths.iter().map(|path| vfs.absolute(path)).collect();
        let is_directory = |path: &PathBuf| vfs.kind(path) == Some(FileKind::Directory);
        // One stack, or what touches one file, is not all that a comment can be about; nor is what could be read.
        if options.explicit.is_some() || !errors.is_empty() || !directories.iter().all(is_directory) {
            directories.clear();
        }
        let of_kind = |kind: ProblemKind| {
            options.rules.iter().filter(move |rule| matches!(rule.check, Check::Problem(of) if of == kind))
        };
        let internal: Vec<&str> = of_kind(ProblemKind::Internal).map(|rule| rule.id).collect();
        // What failed may have had more to say.
        let failed: Vec<&str> = findings
            .iter()
            .filter(|finding| internal.contains(&finding.rule))
            .map(|finding| finding.subject.as_str())
            .collect();
        let rules = options.rules.iter().map(|rule| rule.id).filter(|id| !failed.contains(id)).collect();
        Self { rules, directories }
    }

    fn judged(&self, file: &SourceFile, id: &str) -> bool {
        let below = |directory: &PathBuf| file.path.starts_with(directory);
        self.rules.contains(&id) && self.directories.iter().any(below)
    }
}
