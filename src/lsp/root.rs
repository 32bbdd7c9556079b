//! A directory that the editor works in: what was found in it, and what of it has to be judged anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gen_lsp_types::Diagnostic;
use stacklint_engine::map::{HashMap, HashSet};
use stacklint_engine::run::Group;

use super::document::Document;
use super::judge::{Judged, Scope, Snapshot};
use super::place::{Place, is_known_by_name, names_more};
use super::settings::{Judging, Settings};

/// A directory that the editor works in.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) place: Arc<Place>,
    /// It is here only since a file in it is open.
    pub(crate) visiting: bool,
    pub(crate) settings: Settings,
    pub(crate) judging: Arc<Judging>,
    /// What has to be judged anew.
    wanted: Wanted,
    /// All is not to be judged before then, since more is to come.
    due: Instant,
    /// When the run over all of it began.
    scanning_since: Option<Instant>,
    /// Something that is open was edited before all of it was judged.
    near: bool,
    /// The configurations as they were when they could last be used.
    pub(crate) configurations: BTreeMap<PathBuf, Arc<str>>,
    /// Those that could never be used.
    pub(crate) broken: BTreeSet<PathBuf>,
    /// The lists of findings that were there before, where a configuration names one.
    baselines: BTreeSet<PathBuf>,
    groups: HashMap<u32, Judgement>,
    /// What belongs to no group could be judged as a whole.
    rest_is_whole: bool,
    next_group: u32,
    by_directory: HashMap<PathBuf, u32>,
    by_file: HashMap<PathBuf, u32>,
    /// All directories that were looked into.
    walked: HashSet<PathBuf>,
    reports: BTreeMap<PathBuf, Report>,
    /// What was last said that has no place in a file.
    log: Vec<String>,
    /// It was judged as a whole at least once.
    pub(crate) scanned: bool,
}

/// What has to be judged anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wanted {
    all: bool,
    /// The groups of these numbers.
    groups: BTreeSet<u32>,
    /// The groups of these files, whichever they are by then.
    files: BTreeSet<PathBuf>,
}

/// Folders that belong together, and the run they were judged in.
#[derive(Debug)]
struct Judgement {
    group: Group,
    snapshot: Arc<Snapshot>,
    /// All of it could be judged.
    whole: bool,
}

/// What is to be shown of a file.
#[derive(Clone, Debug)]
struct Report {
    group: u32,
    diagnostics: Arc<[Diagnostic]>,
}

/// What runs beside what: an edit is not to wait until all is looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// All of a root.
    All,
    /// What an edit can have changed.
    Edits,
}

/// So long nobody minds waiting for all of a root, instead of hearing something of the open files first.
const PATIENCE: Duration = Duration::from_millis(40);

/// The group of what belongs to none.
const REST: u32 = 0;

/// What came of a result.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// The files of which something else is to be shown.
    pub(crate) changed: BTreeSet<PathBuf>,
    /// The files that were judged.
    pub(crate) judged: BTreeSet<PathBuf>,
    /// What somebody should hear.
    pub(crate) log: Vec<String>,
    /// The runs whose place it took: to give back a large one takes its time.
    pub(crate) replaced: Vec<Arc<Snapshot>>,
}

impl Root {
    pub(crate) fn new(place: Place, visiting: bool, settings: Settings, now: Instant) -> Self {
        let judging = Arc::new(settings.judging(&place.path));
        Self {
            place: Arc::new(place),
            visiting,
            settings,
            judging,
            wanted: Wanted { all: true, ..Wanted::default() },
            due: now,
            scanning_since: None,
            near: false,
            configurations: BTreeMap::new(),
            broken: BTreeSet::new(),
            baselines: BTreeSet::new(),
            groups: HashMap::default(),
            rest_is_whole: true,
            next_group: REST + 1,
            by_directory: HashMap::default(),
            by_file: HashMap::default(),
            walked: HashSet::default(),
            reports: BTreeMap::new(),
            log: Vec::new(),
            scanned: false,
        }
    }

    /// Takes other settings; whether they are others.
    pub(crate) fn set(&mut self, settings: Settings, now: Instant) -> bool {
        if settings == self.settings {
            return false;
        }
        self.judging = Arc::new(settings.judging(&self.place.path));
        self.settings = settings;
        self.want_all(now);
        true
    }

    /// Has all of it judged anew.
    pub(crate) fn want_all(&mut self, due: Instant) {
        self.due = if self.wanted.all { self.due.max(due) } else { due };
        self.wanted.all = true;
    }

    /// Has a job that did not come to its end done again.
    pub(crate) fn want_again(&mut self, scope: &Scope, files: &BTreeSet<PathBuf>, now: Instant) {
        self.wanted.files.extend(files.iter().cloned());
        match scope {
            Scope::All => {
                self.scanning_since = None;
                self.want_all(now);
            }
            Scope::Near(_) => self.near = !self.scanned,
            // They may be others by now: then they were judged with everything else.
            Scope::Groups { numbers, .. } => self.wanted.groups.extend(numbers),
        }
    }

    /// A job broke: it is done again once something is edited.
    pub(crate) fn failed(&mut self, scope: &Scope) {
        if *scope == Scope::All {
            self.scanning_since = None;
        }
    }

    /// The text of a file is another one: has judged anew what that can change. Whether it can change anything.
    pub(crate) fn touch(&mut self, path: &Path, now: Instant) -> bool {
        let known = self.by_file.contains_key(path);
        let inside = path.starts_with(&self.place.path);
        if self.says_more(path) || (inside && names_more(path)) {
            self.want_all(now);
            return true;
        }
        if !known && !inside {
            return false;
        }
        match self.group_of(path) {
            _ if !self.scanned => {
                if self.scanning_since.is_none() && !self.wanted.all {
                    self.want_all(now);
                }
                self.wanted.files.insert(path.to_owned());
                self.near = true;
            }
            Some(_) if known || is_known_by_name(path) => drop(self.wanted.files.insert(path.to_owned())),
            // What is judged by its name, and was not yet.
            None if self.is_walked(path) && is_known_by_name(path) => self.want_all(now),
            _ => return false,
        }
        true
    }

    /// A file came, or went: has judged anew what that can change. Whether it can change anything.
    pub(crate) fn touch_existence(&mut self, path: &Path, due: Instant) -> bool {
        let near = path.starts_with(&self.place.path);
        let is_known = self.by_file.contains_key(path)
            || self.walked.contains(path)
            || path.parent().is_some_and(|directory| self.by_directory.contains_key(directory));
        let matters = is_known
            || self.says_more(path)
            || (near && (names_more(path) || is_known_by_name(path) || path.extension().is_none()));
        if matters {
            self.want_all(due);
        }
        matters
    }

    /// Whether a file decides over more than the stacks that read it.
    fn says_more(&self, path: &Path) -> bool {
        self.configurations.contains_key(path)
            || self.broken.contains(path)
            || self.baselines.contains(path)
            || self.judging.config.as_deref() == Some(path)
    }

    fn is_walked(&self, path: &Path) -> bool {
        path.parent().is_some_and(|directory| self.walked.contains(directory))
    }

    fn group_of(&self, path: &Path) -> Option<u32> {
        let of_directory = || self.by_directory.get(path.parent()?);
        self.by_file.get(path).or_else(of_directory).copied()
    }

    /// When a lane has something to do next.
    pub(crate) fn due(&self, lane: Lane, now: Instant) -> Option<Instant> {
        match lane {
            Lane::All => self.wanted.all.then_some(self.due),
            // Mostly all of it is judged by then.
            Lane::Edits if !self.scanned => self.near.then(|| self.scanning_since.unwrap_or(now) + PATIENCE),
            Lane::Edits => (!self.wanted.groups.is_empty() || !self.wanted.files.is_empty()).then_some(now),
        }
    }

    /// What is to be judged next, and the files because of which.
    pub(crate) fn take_scope(
        &mut self,
        lane: Lane,
        open: &[Document],
        now: Instant,
    ) -> Option<(Scope, BTreeSet<PathBuf>)> {
        match lane {
            Lane::All if self.wanted.all => {
                self.wanted = Wanted::default();
                self.scanning_since = Some(now);
                Some((Scope::All, BTreeSet::new()))
            }
            Lane::All => None,
            Lane::Edits if !self.scanned => {
                self.near = false;
                let open = open.iter().filter_map(|document| document.path.as_deref());
                Some((self.near(open)?, BTreeSet::new()))
            }
            Lane::Edits => {
                let files = std::mem::take(&mut self.wanted.files);
                let groups = std::mem::take(&mut self.wanted.groups);
                let numbers = groups.into_iter().chain(files.iter().filter_map(|path| self.group_of(path)));
                let scope = self.scope(numbers.filter(|number| self.groups.contains_key(number)).collect())?;
                Some((scope, files))
            }
        }
    }

    /// Whether a file has to do with this root.
    pub(crate) fn is_about(&self, path: &Path) -> bool {
        path.starts_with(&self.place.path) || self.by_file.contains_key(path)
    }

    /// Whether all that can be said of a file now is known, whatever is still looked through elsewhere.
    pub(crate) fn knows(&self, path: &Path) -> bool {
        if !self.scanned {
            return !self.near && self.snapshot(path).is_some();
        }
        self.wanted.files.is_empty() && self.wanted.groups.is_empty()
    }

    /// What is beside files and on the way up from there.
    fn near<'p>(&self, paths: impl Iterator<Item = &'p Path>) -> Option<Scope> {
        let directories = paths.flat_map(|path| path.ancestors().skip(1));
        let directories = directories.filter(|directory| directory.starts_with(&self.place.path));
        let directories: BTreeSet<PathBuf> = directories.map(Path::to_owned).collect();
        (!directories.is_empty()).then_some(Scope::Near(directories))
    }

    /// The folders that belong together with a file.
    pub(crate) fn scope_of(&self, path: &Path) -> Option<Scope> {
        if !self.scanned {
            return self.near(std::iter::once(path));
        }
        self.scope(self.group_of(path).into_iter().collect())
    }

    fn scope(&self, numbers: BTreeSet<u32>) -> Option<Scope> {
        let directories = numbers.iter().filter_map(|number| self.groups.get(number));
        let directories = directories.flat_map(|known| &known.group.directories);
        let directories: BTreeSet<PathBuf> =
            directories.filter(|directory| self.walked.contains(*directory)).cloned().collect();
        let rest_is_whole = self.is_whole_beside(&numbers);
        (!numbers.is_empty()).then_some(Scope::Groups { numbers, directories: Arc::new(directories), rest_is_whole })
    }

    /// Whether everything but some groups could be judged as a whole.
    fn is_whole_beside(&self, numbers: &BTreeSet<u32>) -> bool {
        self.rest_is_whole && self.groups.iter().all(|(number, known)| numbers.contains(number) || known.whole)
    }

    /// Takes a result in.
    pub(crate) fn take(&mut self, scope: &Scope, judged: Judged, now: Instant) -> Taken {
        let Judged { snapshot, reports, configurations, broken, errors, log, .. } = judged;
        let groups = snapshot.grouped.groups.clone();
        let mut taken = Taken::default();
        let old: BTreeSet<u32> = match scope {
            Scope::Near(_) if self.scanned => return taken,
            Scope::Near(_) => self.groups.keys().copied().chain([REST]).collect(),
            Scope::All => {
                self.scanning_since = None;
                self.near = false;
                self.walked = snapshot.grouped.walked.clone();
                self.configurations = configurations;
                self.broken = broken;
                let said = snapshot.grouped.folders.iter().filter_map(|folder| folder.policy.baseline.as_ref());
                self.baselines = said.map(|said| said.value.clone()).collect();
                self.scanned = true;
                // The groups get other numbers.
                self.wanted.groups.clear();
                self.groups.keys().copied().chain([REST]).collect()
            }
            Scope::Groups { numbers, .. } => {
                let others: BTreeSet<u32> = groups.iter().flat_map(|group| self.others(group, numbers)).collect();
                if !others.is_empty() {
                    // The edit tied them together: they are judged together.
                    self.wanted.groups.extend(others.union(numbers));
                    return taken;
                }
                let is_whole = self.is_whole_beside(numbers) && errors.is_empty();
                if is_whole != self.is_whole_beside(&BTreeSet::new()) {
                    // Only where everything could be judged something can be called unused.
                    self.want_all(now);
                }
                self.configurations.extend(configurations);
                numbers.clone()
            }
        };
        taken.replaced.extend(old.iter().filter_map(|number| self.forget(*number)));
        let all = !matches!(scope, Scope::Groups { .. });
        let mut of_path: HashMap<&Path, u32> = HashMap::default();
        let mut first = None;
        for group in groups {
            let number = self.next_group;
            self.next_group = self.next_group.wrapping_add(1).max(REST + 1);
            first = first.or(Some(number));
            self.by_directory.extend(group.directories.iter().map(|directory| (directory.clone(), number)));
            self.by_file.extend(group.files.iter().map(|file| (file.clone(), number)));
            self.groups.insert(number, Judgement { group, snapshot: Arc::clone(&snapshot), whole: true });
        }
        if all {
            self.rest_is_whole = true;
        }
        for path in errors {
            let group = path.and_then(|path| self.group_of(&path)).or(if all { None } else { first });
            match group.and_then(|number| self.groups.get_mut(&number)) {
                Some(known) => known.whole = false,
                None => self.rest_is_whole = false,
            }
        }
        for path in reports.keys() {
            let known = self.group_of(path).filter(|number| self.groups.contains_key(number));
            of_path.insert(path, known.unwrap_or(if all { REST } else { first.unwrap_or(REST) }));
        }
        let gone: Vec<PathBuf> = self
            .reports
            .iter()
            .filter(|(path, report)| old.contains(&report.group) && !reports.contains_key(*path))
            .map(|(path, _)| path.clone())
            .collect();
        for path in gone {
            self.reports.remove(&path);
            taken.changed.insert(path);
        }
        let numbered: Vec<(PathBuf, u32)> =
            of_path.into_iter().map(|(path, number)| (path.to_owned(), number)).collect();
        let mut numbered: HashMap<PathBuf, u32> = numbered.into_iter().collect();
        for (path, diagnostics) in reports {
            let group = numbered.remove(&path).unwrap_or(REST);
            let known = self.reports.get(&path).map(|report| &*report.diagnostics);
            if known != Some(diagnostics.as_slice()) {
                taken.changed.insert(path.clone());
            }
            self.reports.insert(path, Report { group, diagnostics: diagnostics.into() });
        }
        taken.judged = snapshot.files.keys().cloned().collect();
        taken.log = log.iter().filter(|line| !self.log.contains(line)).cloned().collect();
        self.log = log;
        taken
    }

    /// The groups beside these that a group has to do with.
    fn others(&self, group: &Group, judged: &BTreeSet<u32>) -> BTreeSet<u32> {
        let directories = group.directories.iter().filter_map(|directory| self.by_directory.get(directory));
        let files = group.files.iter().filter_map(|file| self.by_file.get(file));
        directories.chain(files).copied().filter(|number| !judged.contains(number)).collect()
    }

    /// Forgets a group; the run it was judged in.
    fn forget(&mut self, number: u32) -> Option<Arc<Snapshot>> {
        let Judgement { group, snapshot, .. } = self.groups.remove(&number)?;
        for directory in &group.directories {
            self.by_directory.remove(directory);
        }
        for file in &group.files {
            self.by_file.remove(file);
        }
        Some(snapshot)
    }

    /// Forgets all that was found, for somebody who does not want to hear it.
    pub(crate) fn clear(&mut self) -> BTreeSet<PathBuf> {
        self.wanted = Wanted::default();
        self.near = false;
        let numbers: Vec<u32> = self.groups.keys().copied().collect();
        numbers.into_iter().for_each(|number| drop(self.forget(number)));
        self.scanned = false;
        std::mem::take(&mut self.reports).into_keys().collect()
    }

    /// What is to be shown of a file.
    pub(crate) fn diagnostics(&self, path: &Path) -> Option<&Arc<[Diagnostic]>> {
        self.reports.get(path).map(|report| &report.diagnostics)
    }

    /// All files of which something is to be shown.
    pub(crate) fn reported(&self) -> impl Iterator<Item = &PathBuf> {
        self.reports.keys()
    }

    /// The files that belong together with this one.
    pub(crate) fn related(&self, path: &Path) -> impl Iterator<Item = &PathBuf> {
        let group = self.group_of(path);
        self.reports.iter().filter(move |(_, report)| Some(report.group) == group).map(|(path, _)| path)
    }

    /// The run that a file was last judged in.
    pub(crate) fn snapshot(&self, path: &Path) -> Option<&Arc<Snapshot>> {
        let group = self.group_of(path).or_else(|| Some(self.reports.get(path)?.group))?;
        self.groups.get(&group).map(|known| &known.snapshot)
    }

    /// The files that were read or wanted.
    pub(crate) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.by_file.keys().chain(self.configurations.keys())
    }

    /// The directories that were looked into.
    pub(crate) fn directories(&self) -> impl Iterator<Item = &PathBuf> {
        self.walked.iter()
    }

    /// How much is remembered, for a test that nothing piles up.
    #[cfg(test)]
    pub(crate) fn entries(&self) -> usize {
        let groups: usize =
            self.groups.values().map(|known| known.group.files.len() + known.group.directories.len()).sum();
        let Self { by_directory, by_file, walked, reports, configurations, log, .. } = self;
        groups + by_directory.len() + by_file.len() + walked.len() + reports.len() + configurations.len() + log.len()
    }
}
