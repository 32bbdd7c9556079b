//! Fixes put into files: chosen, spliced in, and held against what the edited files then say, before anything is written.
//!
//! It goes in rounds. A round takes the fixes that fit beside each other, and judges the files with them, in memory. What
//! breaks something is found and left out, the others stay. What overlapped gets its turn in the next round, with a fix
//! made for the text as it then is.

mod plan;
mod splice;
mod trial;
mod witness;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

pub use plan::{Candidate, Plan};
pub use splice::{Piece, SpliceError, Spliced};

use crate::finding::{Finding, Fix, Safety};
use crate::outcome::Outcome;
use crate::run::{self, Options};
use crate::source::Sources;
use crate::vfs::{Rewrite, Vfs};
use plan::{RealPaths, edits_by_file};

/// After so many rounds fixes only undo each other.
const ROUNDS: usize = 50;

/// Files, and what was found in them.
#[derive(Debug)]
pub struct Judged {
    /// The files.
    pub sources: Sources,
    /// What was found.
    pub outcome: Outcome,
}

/// What the fixes of a run come to. Nothing is written yet.
#[derive(Debug)]
pub struct Repair {
    /// The files as they are.
    pub before: Judged,
    /// The files with the fixes, in front of those on disk; nothing if no fix goes in.
    pub fixed: Option<Judged>,
    /// The files that change, by name.
    pub changes: Vec<Change>,
    /// The fixes that are in.
    pub applied: Vec<Applied>,
    /// Findings that are left although a fix of theirs was allowed, by their number in [`Self::after`], and why.
    pub refused: Vec<(usize, Reason)>,
}

/// A file that changes.
#[derive(Clone, Debug)]
pub struct Change {
    /// Where it is, links followed.
    pub path: PathBuf,
    /// A path by which it was read.
    pub read_as: PathBuf,
    /// Its name in reports.
    pub name: String,
    /// Its text, before and after.
    pub text: Spliced,
}

/// A fix that is in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Applied {
    /// The rule whose finding it mends.
    pub rule: &'static str,
    /// The file of the finding.
    pub file: String,
    /// What the finding is about.
    pub subject: String,
    /// What the fix does.
    pub title: String,
}

/// Why a fix is not in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It changes what a fix of this rule changes.
    Overlaps(&'static str),
    /// Its edits overlap or lie outside of their files.
    Malformed,
    /// It would change bytes that are no text.
    NoText,
    /// With it something would be broken.
    Breaks(String),
    /// The finding would still be there.
    InVain,
    /// Too many other fixes were found to break something.
    Untried,
    /// Fixes made room for further ones until it was enough.
    Rounds,
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overlaps(rule) => write!(formatter, "it overlaps the fix of `{rule}`"),
            Self::Malformed => formatter.write_str("its edits do not go together"),
            Self::NoText => formatter.write_str("it would change bytes that are no text"),
            Self::Breaks(what) => write!(formatter, "with it {what}"),
            Self::InVain => formatter.write_str("the finding would still be there"),
            Self::Untried => formatter.write_str("too many other fixes break something, so that it was not tried"),
            Self::Rounds => formatter.write_str("other fixes came first too often; run it again"),
        }
    }
}

impl Judged {
    /// Reads and judges files.
    #[must_use]
    pub fn of(vfs: Vfs, options: &Options) -> Self {
        let sources = Sources::new(vfs);
        let outcome = run::run(&sources, options);
        Self { sources, outcome }
    }
}

impl Repair {
    /// The files as they are with the fixes.
    #[must_use]
    pub fn after(&self) -> &Judged {
        self.fixed.as_ref().unwrap_or(&self.before)
    }

    /// The same, and nothing else.
    #[must_use]
    pub fn into_after(self) -> Judged {
        self.fixed.unwrap_or(self.before)
    }

    /// What is to be written.
    #[must_use]
    pub fn rewrites(&self) -> Vec<Rewrite> {
        let rewrite = |change: &Change| Rewrite {
            path: change.read_as.clone(),
            before: Arc::clone(change.text.before()),
            after: change.text.after(),
        };
        self.changes.iter().map(rewrite).collect()
    }
}

/// The fix that is applied to a finding: the first one, if it is of an allowed kind.
#[must_use]
pub fn preferred(finding: &Finding, allowed: Safety) -> Option<&Fix> {
    finding.fixes.first().filter(|fix| fix.safety == Safety::Safe || allowed == Safety::Unsafe)
}

/// What fixes come to.
///
/// `allowed` says whether unsafe ones go in beside the safe ones. Nothing is written.
#[must_use]
pub fn repair(vfs: Vfs, options: &Options, allowed: Safety) -> Repair {
    let before = Judged::of(vfs, options);
    let mut state = State { trials: trial::TRIALS, ..State::default() };
    let mut fixed: Option<Judged> = None;
    for _ in 0..ROUNDS {
        match round(fixed.as_ref().unwrap_or(&before), &mut state, options, allowed) {
            Round::Better(judged) => fixed = Some(*judged),
            Round::Same => {}
            Round::Last => break,
        }
    }
    let State { texts, refused, mut applied, .. } = state;
    let after = fixed.as_ref().unwrap_or(&before);
    let left = after.outcome.findings.iter().enumerate().filter(|(_, finding)| preferred(finding, allowed).is_some());
    let why = |finding: &Finding| refused.get(&identity(finding, &after.sources)).cloned();
    let refused = left.map(|(number, finding)| (number, why(finding).unwrap_or(Reason::Rounds))).collect();
    let changes = texts.into_values().filter(|change| change.text.after() != **change.text.before()).collect();
    applied.sort();
    Repair { before, fixed, changes, applied, refused }
}

/// What the rounds so far came to.
#[derive(Debug, Default)]
struct State {
    /// The edited files, by their real paths.
    texts: BTreeMap<PathBuf, Change>,
    /// Fixes that were tried, or cannot be.
    refused: HashMap<Identity, Reason>,
    applied: Vec<Applied>,
    /// How many more times than there are rounds the files may be judged.
    trials: usize,
}

/// What a finding is known by from one round to the next.
type Identity = (&'static str, String, String);

fn identity(finding: &Finding, sources: &Sources) -> Identity {
    let file = finding.primary.and_then(|place| sources.file(place.file)).map(|file| file.name.clone());
    (finding.rule, file.unwrap_or_default(), finding.subject.clone())
}

enum Round {
    /// Fixes went in.
    Better(Box<Judged>),
    /// None did, but those that overlapped the ones that could not may.
    Same,
    /// There is nothing left to do.
    Last,
}

fn round(now: &Judged, state: &mut State, options: &Options, allowed: Safety) -> Round {
    let candidates = now.outcome.findings.iter().filter_map(|finding| {
        let fix = preferred(finding, allowed)?;
        let known = state.refused.contains_key(&identity(finding, &now.sources));
        (!known).then_some(Candidate { finding, fix })
    });
    let Plan { chosen, refused } = Plan::of(candidates, &now.sources);
    // What only overlaps is not out: it gets its turn.
    let (overlapping, out): (Vec<_>, Vec<_>) =
        refused.into_iter().partition(|(_, reason)| matches!(reason, Reason::Overlaps(_)));
    let mut refuse = |candidate: Candidate<'_>, reason| {
        state.refused.insert(identity(candidate.finding, &now.sources), reason);
    };
    out.into_iter().for_each(|(candidate, reason)| refuse(candidate, reason));
    if chosen.is_empty() {
        return Round::Last;
    }
    let settled = trial::settle(now, &state.texts, chosen, options, &mut state.trials);
    settled.refused.into_iter().for_each(|(candidate, reason)| refuse(candidate, reason));
    match settled.better {
        Some((good, texts, judged)) => {
            state.applied.extend(good.into_iter().map(|candidate| applied(candidate, &now.sources)));
            state.texts = texts;
            Round::Better(Box::new(judged))
        }
        None if overlapping.is_empty() => Round::Last,
        None => Round::Same,
    }
}

fn applied(candidate: Candidate<'_>, sources: &Sources) -> Applied {
    let (rule, file, subject) = identity(candidate.finding, sources);
    Applied { rule, file, subject, title: candidate.fix.title.clone() }
}

/// The texts with more fixes in them; nothing if they do not fit, which [`Plan::of`] rules out.
fn with<'f>(
    texts: &BTreeMap<PathBuf, Change>,
    chosen: impl IntoIterator<Item = Candidate<'f>>,
    sources: &Sources,
) -> Option<BTreeMap<PathBuf, Change>> {
    let mut texts = texts.clone();
    let mut paths = RealPaths::default();
    for (path, (id, edits)) in edits_by_file(chosen, &mut paths, sources) {
        let file = sources.file(id)?;
        let change = texts.entry(path.clone()).or_insert_with(|| Change {
            path,
            read_as: file.path.clone(),
            name: file.name.clone(),
            text: Spliced::new(file.bytes()),
        });
        change.text.edit(edits).ok()?;
    }
    Some(texts)
}

/// The files behind the edited texts in front of them, under every name by which they were read.
fn overlaid(sources: &Sources, texts: &BTreeMap<PathBuf, Change>) -> Vfs {
    let vfs = sources.vfs();
    let mut names: BTreeSet<PathBuf> = sources.files().iter().map(|file| file.path.clone()).collect();
    names.extend(texts.values().map(|change| change.read_as.clone()));
    let after: BTreeMap<&PathBuf, Arc<[u8]>> =
        texts.iter().map(|(path, change)| (path, change.text.after().into())).collect();
    let overlays = names.into_iter().filter_map(|name| {
        let text = after.get(&vfs.real(&name))?;
        Some((name, Arc::clone(text)))
    });
    vfs.over(overlays)
}
