//! Chosen fixes tried out together, and those found that break something.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use super::plan::{Candidate, names};
use super::witness::{Complaint, complaints};
use super::{Change, Judged, Reason, overlaid, with};
use crate::joined::Joined;
use crate::run::Options;

/// So many more times than there are rounds the files are judged, to find out which fixes break something: hostile files
/// could make all of them do so. What is not known by then stays out.
pub(super) const TRIALS: usize = 96;

/// What became of chosen fixes.
#[derive(Debug, Default)]
pub(super) struct Settled<'f> {
    /// Those that are in, the texts with them, and what is then found; nothing if none is.
    pub(super) better: Option<(Vec<Candidate<'f>>, BTreeMap<PathBuf, Change>, Judged)>,
    /// Those that are not.
    pub(super) refused: Vec<(Candidate<'f>, Reason)>,
}

/// Fixes that have files in common, or stacks: what one of them breaks shows in none of the others.
#[derive(Debug, Default)]
struct Group<'f> {
    good: Vec<Candidate<'f>>,
    /// Those not yet settled; the last of these sets is tried next.
    pending: Vec<Vec<Candidate<'f>>>,
}

/// Tries all fixes, and, where that breaks something, halves of them and halves of halves, in all groups at once.
pub(super) fn settle<'f>(
    before: &'f Judged,
    texts: &BTreeMap<PathBuf, Change>,
    chosen: Vec<Candidate<'f>>,
    options: &Options,
    trials: &mut usize,
) -> Settled<'f> {
    let mut groups = Groups::of(before, chosen);
    let mut settled = Settled::default();
    loop {
        let tried: Vec<Candidate<'f>> = groups.tried().collect();
        if tried.is_empty() {
            return settled;
        }
        let Some((texts, judged)) = judge(before, texts, &tried, options) else {
            settled.refused.extend(tried.into_iter().chain(groups.give_up()).map(|one| (one, Reason::Malformed)));
            return settled;
        };
        let complaints = complaints(before, &judged, &texts, &tried);
        if complaints.is_empty() && groups.is_last_try() {
            settled.better = Some((tried, texts, judged));
            return settled;
        }
        if groups.is_settled() {
            // Only all of them together break it.
            let reason = complaints.into_iter().next().map_or(Reason::Untried, |complaint| complaint.reason);
            settled.refused.extend(tried.into_iter().map(|candidate| (candidate, reason.clone())));
            return settled;
        }
        settled.refused.extend(groups.learn(complaints));
        match trials.checked_sub(1) {
            Some(left) => *trials = left,
            None => settled.refused.extend(groups.give_up().map(|candidate| (candidate, Reason::Untried))),
        }
    }
}

fn judge(
    before: &Judged,
    texts: &BTreeMap<PathBuf, Change>,
    tried: &[Candidate<'_>],
    options: &Options,
) -> Option<(BTreeMap<PathBuf, Change>, Judged)> {
    let texts = with(texts, tried.iter().copied(), &before.sources)?;
    let judged = Judged::of(overlaid(&before.sources, &texts), options);
    Some((texts, judged))
}

#[derive(Debug)]
struct Groups<'f> {
    groups: Vec<Group<'f>>,
    /// The group of each file that has to do with one, by its name.
    by_file: HashMap<String, usize>,
}

impl<'f> Groups<'f> {
    fn of(before: &Judged, chosen: Vec<Candidate<'f>>) -> Self {
        let mut files = Names::default();
        for stack in &before.outcome.stacks {
            files.join(stack.files.iter().cloned());
        }
        let named: Vec<_> =
            chosen.into_iter().map(|candidate| (candidate, names(candidate, &before.sources))).collect();
        for (_, names) in &named {
            files.join(names.iter().cloned());
        }
        let mut numbers: HashMap<usize, usize> = HashMap::new();
        let mut groups: Vec<Group<'f>> = Vec::new();
        for (candidate, names) in named {
            let Some(top) = names.first().map(|name| files.top_of(name)) else { continue };
            let number = *numbers.entry(top).or_insert_with(|| {
                groups.push(Group { good: Vec::new(), pending: vec![Vec::new()] });
                groups.len() - 1
            });
            let all = groups.get_mut(number).and_then(|group| group.pending.last_mut());
            all.into_iter().for_each(|all| all.push(candidate));
        }
        let all: Vec<String> = files.numbers.keys().cloned().collect();
        let by_file = all.into_iter().filter_map(|name| Some((numbers.get(&files.top_of(&name)).copied()?, name)));
        let by_file = by_file.map(|(number, name)| (name, number)).collect();
        Self { groups, by_file }
    }

    /// The fixes to try next.
    fn tried(&self) -> impl Iterator<Item = Candidate<'f>> {
        self.groups
            .iter()
            .flat_map(|group| group.good.iter().chain(group.pending.last().into_iter().flatten()).copied())
    }

    /// Whether the next try is of all that are not known to be bad.
    fn is_last_try(&self) -> bool {
        self.groups.iter().all(|group| group.pending.len() <= 1)
    }

    fn is_settled(&self) -> bool {
        self.groups.iter().all(|group| group.pending.is_empty())
    }

    /// Takes out all that is not known to be good.
    fn give_up(&mut self) -> impl Iterator<Item = Candidate<'f>> {
        self.groups.iter_mut().flat_map(|group| group.pending.drain(..).flatten())
    }

    /// Takes in what was said about the last try; gives what is now known to be bad.
    fn learn(&mut self, complaints: Vec<Complaint>) -> Vec<(Candidate<'f>, Reason)> {
        let mut blamed: HashMap<usize, Reason> = HashMap::new();
        for complaint in complaints {
            let known: HashSet<usize> =
                complaint.files.iter().filter_map(|name| self.by_file.get(name).copied()).collect();
            let all = 0..self.groups.len();
            let groups: Vec<usize> = if known.is_empty() { all.collect() } else { known.into_iter().collect() };
            for group in groups {
                blamed.entry(group).or_insert_with(|| complaint.reason.clone());
            }
        }
        let mut bad = Vec::new();
        for (number, group) in self.groups.iter_mut().enumerate() {
            let Some(mut tried) = group.pending.pop() else { continue };
            match blamed.get(&number) {
                None => group.good.append(&mut tried),
                Some(reason) if tried.len() == 1 => bad.extend(tried.into_iter().map(|one| (one, reason.clone()))),
                Some(_) => {
                    let behind = tried.split_off(tried.len() / 2);
                    group.pending.extend([behind, tried]);
                }
            }
        }
        bad
    }
}

/// Names joined into sets.
#[derive(Debug, Default)]
struct Names {
    numbers: HashMap<String, usize>,
    joined: Joined,
}

impl Names {
    fn join(&mut self, names: impl IntoIterator<Item = String>) {
        let mut first = None;
        for name in names {
            let number = *self.numbers.entry(name).or_insert_with(|| self.joined.add());
            self.joined.join(number, *first.get_or_insert(number));
        }
    }

    fn top_of(&mut self, name: &str) -> usize {
        let number = self.numbers.get(name).copied();
        number.map_or(usize::MAX, |number| self.joined.top(number))
    }
}
