//! Which fixes go in together: whole ones, of which no two change the same characters.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use crate::bytes::ByteProblemKind;
use crate::finding::{Edit, Finding, Fix};
use crate::origin::FileId;
use crate::source::{SourceFile, Sources};

use super::Reason;

/// A fix of a finding.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'f> {
    /// The finding.
    pub finding: &'f Finding,
    /// The fix.
    pub fix: &'f Fix,
}

/// Fixes that go in together, and those that do not.
#[derive(Debug, Default)]
pub struct Plan<'f> {
    /// They go in.
    pub chosen: Vec<Candidate<'f>>,
    /// They do not, each for a reason.
    pub refused: Vec<(Candidate<'f>, Reason)>,
}

impl<'f> Plan<'f> {
    /// Takes every fix that fits beside those before it.
    ///
    /// Two fixes fit if no edit of the one touches what an edit of the other replaces or where it inserts; edits that are
    /// equal are one. A fix goes in whole or not at all.
    #[must_use]
    pub fn of(candidates: impl IntoIterator<Item = Candidate<'f>>, sources: &Sources) -> Self {
        let mut plan = Self::default();
        let mut taken: BTreeMap<PathBuf, BTreeMap<(u32, u32), Taken<'f>>> = BTreeMap::new();
        let mut paths = RealPaths::default();
        for candidate in candidates {
            let reason = refusal(candidate.fix, sources).or_else(|| {
                let overlapped = candidate.fix.edits.iter().find_map(|edit| {
                    let file = taken.get(&*paths.of(edit.place.file, sources)?)?;
                    overlapped(file, edit)
                });
                overlapped.map(Reason::Overlaps)
            });
            match reason {
                Some(reason) => plan.refused.push((candidate, reason)),
                None => {
                    for edit in &candidate.fix.edits {
                        let Some(path) = paths.of(edit.place.file, sources) else { continue };
                        let range = (edit.place.range.start, edit.place.range.end);
                        let of_file = taken.entry(path.to_path_buf()).or_default();
                        of_file.entry(range).or_insert(Taken { edit, rule: candidate.finding.rule });
                    }
                    plan.chosen.push(candidate);
                }
            }
        }
        plan
    }
}

/// An edit that goes in.
#[derive(Clone, Copy, Debug)]
struct Taken<'f> {
    edit: &'f Edit,
    rule: &'static str,
}

/// The rule whose edit stands in the way of another.
fn overlapped(taken: &BTreeMap<(u32, u32), Taken<'_>>, edit: &Edit) -> Option<&'static str> {
    let range = edit.place.range;
    // Those before do not overlap, so that their ends are in order as well.
    let near = taken.range(..=(range.end, u32::MAX)).rev();
    let mut near = near.map(|(_, other)| other).take_while(|other| other.edit.place.range.end >= range.start);
    let in_the_way = near.find(|other| {
        let place = other.edit.place.range;
        let equal = place == range && other.edit.replacement == edit.replacement;
        // What is inserted beside a change has no sure order.
        let apart = !place.is_empty() && !range.is_empty() && (place.end == range.start || range.end == place.start);
        !(equal || apart)
    });
    in_the_way.map(|other| other.rule)
}

/// Why a fix cannot go in, whatever else does.
fn refusal(fix: &Fix, sources: &Sources) -> Option<Reason> {
    let mut ranges: BTreeMap<FileId, Vec<_>> = BTreeMap::new();
    for edit in &fix.edits {
        let Some(file) = sources.file(edit.place.file) else { return Some(Reason::Malformed) };
        let range = edit.place.range.to_usize();
        if file.text.get(range).is_none() {
            return Some(Reason::Malformed);
        }
        if touches_what_is_no_text(&file, edit) {
            return Some(Reason::NoText);
        }
        ranges.entry(file.id).or_default().push(edit.place.range);
    }
    let overlap = ranges.values_mut().any(|ranges| {
        ranges.sort_unstable();
        ranges.windows(2).any(|pair| matches!(pair, [one, next] if next.start < one.end))
    });
    (fix.edits.is_empty() || overlap).then_some(Reason::Malformed)
}

/// Whether an edit would change bytes that nobody could read: what the fix takes them for is not what they are.
fn touches_what_is_no_text(file: &SourceFile, edit: &Edit) -> bool {
    let range = edit.place.range;
    file.byte_problems.iter().any(|problem| {
        problem.kind == ByteProblemKind::Utf16 || (problem.range.start < range.end && range.start < problem.range.end)
    })
}

/// Where files really are, links followed: a file that is read by two names is one.
#[derive(Debug, Default)]
pub(super) struct RealPaths(HashMap<FileId, Arc<std::path::Path>>);

impl RealPaths {
    pub(super) fn of(&mut self, id: FileId, sources: &Sources) -> Option<Arc<std::path::Path>> {
        if let Some(path) = self.0.get(&id) {
            return Some(Arc::clone(path));
        }
        let path: Arc<std::path::Path> = sources.vfs().real(&sources.file(id)?.path).into();
        self.0.insert(id, Arc::clone(&path));
        Some(path)
    }
}

/// The files that fixes edit, by their real paths, each with its edits.
pub(super) fn edits_by_file<'f>(
    chosen: impl IntoIterator<Item = Candidate<'f>>,
    paths: &mut RealPaths,
    sources: &Sources,
) -> BTreeMap<PathBuf, (FileId, Vec<&'f Edit>)> {
    let mut files: BTreeMap<PathBuf, (FileId, Vec<&'f Edit>)> = BTreeMap::new();
    for edit in chosen.into_iter().flat_map(|candidate| &candidate.fix.edits) {
        if let Some(path) = paths.of(edit.place.file, sources) {
            files.entry(path.to_path_buf()).or_insert_with(|| (edit.place.file, Vec::new())).1.push(edit);
        }
    }
    files
}

/// The names of the files that a fix is about: those it edits, and that of its finding.
pub(super) fn names(candidate: Candidate<'_>, sources: &Sources) -> BTreeSet<String> {
    let edited = candidate.fix.edits.iter().map(|edit| edit.place.file);
    let files = edited.chain(candidate.finding.primary.map(|place| place.file));
    files.filter_map(|id| sources.file(id)).map(|file| file.name.clone()).collect()
}
