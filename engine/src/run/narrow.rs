//! What of a run somebody asked for, and how much of it anybody reads.

use std::path::{Path, PathBuf};

use super::Options;
use crate::discover;
use crate::finding::Finding;
use crate::map::{HashMap, HashSet};
use crate::origin::{FileId, Span};
use crate::outcome::{FINDING_LIMIT, Outcome, RunError, StackSummary};
use crate::source::Sources;
use crate::vfs::FileKind;

/// Of files that were named only the stacks they belong to count, and of their findings those that touch them.
pub(super) fn narrow(outcome: &mut Outcome, sources: &Sources, options: &Options) {
    let vfs = sources.vfs();
    let absolute = |paths: &[PathBuf]| paths.iter().map(|path| vfs.absolute(path)).collect::<Vec<_>>();
    let is_file = |path: &PathBuf| vfs.kind(path) != Some(FileKind::Directory);
    let paths = absolute(&options.paths);
    if options.explicit.is_none() && paths.iter().any(is_file) {
        keep_touched(
            outcome,
            sources,
            |path| paths.iter().any(|named| path == named || (!is_file(named) && path.starts_with(named))),
            &HashSet::default(),
        );
    }
    if !options.changed.is_empty() {
        let changed: HashSet<PathBuf> = absolute(&options.changed).into_iter().collect();
        let gone = changed.iter().filter(|path| !vfs.is_present(path) && is_loaded_by_name(path));
        let gone: HashSet<&Path> = gone.filter_map(|path| path.parent()).collect();
        keep_touched(outcome, sources, |path| changed.contains(path), &gone);
    }
}

/// Whether Docker Compose may load a file because of its name alone: that it is gone changes the stacks of its folder,
/// and none of them knows.
fn is_loaded_by_name(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(discover::is_compose_name)
}

/// Keeps the stacks that have, or lack, a file that `within` says, and the findings that touch one. What a stack lacks
/// stands nowhere: all that is found in the stack may be because of it. So it is where a layer is `gone` from its folder.
fn keep_touched(outcome: &mut Outcome, sources: &Sources, within: impl Fn(&Path) -> bool, gone: &HashSet<&Path>) {
    let vfs = sources.vfs();
    let absolute = |name: &String| vfs.absolute(Path::new(name));
    let named = |name: &String| within(&absolute(name));
    let lost = |stack: &StackSummary| {
        !gone.is_empty() && stack.files.iter().any(|name| absolute(name).parent().is_some_and(|it| gone.contains(it)))
    };
    outcome.stacks.retain(|stack| stack.files.iter().chain(&stack.missing).any(named) || lost(stack));
    let lacking = outcome.stacks.iter().filter(|stack| stack.missing.iter().any(named) || lost(stack));
    let lacking: HashSet<String> = lacking.map(|stack| stack.name.clone()).collect();
    let touches = |span: Span| sources.file(span.file).is_some_and(|file| within(&file.path));
    let touched = |finding: &Finding| {
        let places = finding.trail.iter().map(|step| step.place).chain(finding.related.iter().map(|other| other.place));
        finding.primary.into_iter().chain(places).any(touches)
            || finding.stacks.iter().any(|stack| lacking.contains(&*stack.name))
    };
    outcome.findings.retain(touched);
    outcome.suppressed.retain(|suppressed| touched(&suppressed.finding));
}

/// Leaves out what is beyond the [`FINDING_LIMIT`], and says so.
pub(super) fn limit_findings(outcome: &mut Outcome, sources: &Sources) {
    let Outcome { findings, suppressed, errors, .. } = outcome;
    let mut limit = Limit { counts: HashMap::default(), sources, errors };
    findings.retain(|finding| limit.keeps(finding, "findings"));
    limit.counts.clear();
    suppressed.retain(|suppressed| limit.keeps(&suppressed.finding, "accepted findings"));
}

struct Limit<'a> {
    counts: HashMap<(&'static str, Option<FileId>), usize>,
    sources: &'a Sources,
    errors: &'a mut Vec<RunError>,
}

impl Limit<'_> {
    fn keeps(&mut self, finding: &Finding, what: &str) -> bool {
        let count = self.counts.entry((finding.rule, finding.primary.map(|span| span.file))).or_default();
        *count += 1;
        if *count == FINDING_LIMIT + 1 {
            let file = finding.primary.and_then(|span| self.sources.file(span.file));
            let place = file.map_or_else(|| "this run".to_owned(), |file| format!("`{}`", file.name));
            let message = format!(
                "{place} has more than {FINDING_LIMIT} {what} of `{}`; the rest, from here on, is left out",
                finding.rule
            );
            self.errors.push(RunError { message, place: finding.primary, partial: true });
        }
        *count <= FINDING_LIMIT
    }
}

pub(super) fn dedup_errors(errors: &mut Vec<RunError>) {
    let mut seen = HashSet::default();
    errors.retain(|error| seen.insert((error.message.clone(), error.place)));
}
