//! Which folders can only be judged together: an editor judges no more after a keystroke.
//!
//! Folders hang together if a stack of the one reads, or wants, a file of the other, and where one says something about
//! the other by being there: what a Compose file includes is judged there, a server beside loose files makes them dead, an
//! ignore of a configuration is unused once no folder below has what it accepts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::config::By;
use crate::discover::{Folder, LooseKind, Plan};
use crate::joined::Joined;
use crate::map::{HashMap, HashSet};
use crate::outcome::Outcome;
use crate::source::Sources;

/// Folders that are judged together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// All directories that have to do with them, whether or not there is something to judge.
    pub directories: BTreeSet<PathBuf>,
    /// All files that their stacks read, or wanted and did not find.
    pub files: BTreeSet<PathBuf>,
}

impl Group {
    /// Takes another one in.
    pub fn join(&mut self, other: Self) {
        self.directories.extend(other.directories);
        self.files.extend(other.files);
    }
}

/// The groups of what was judged.
pub(super) fn groups(plan: &Plan, outcome: &Outcome, sources: &Sources) -> Vec<Group> {
    let vfs = sources.vfs();
    let mut joined = Directories::default();
    let mut folders: HashMap<&str, &Folder> = HashMap::default();
    let mut projects: HashSet<&Path> = HashSet::default();
    for folder in &plan.folders {
        joined.directory(&folder.path);
        for stack in &folder.stacks {
            folders.insert(&stack.name, folder);
            projects.insert(&stack.directory);
            joined.link(&folder.path, &stack.directory);
            for file in stack.files.iter().chain(stack.env_files.iter().flatten()).chain(&stack.shadowed) {
                joined.file(&folder.path, file);
            }
        }
        for file in &folder.loose {
            joined.file(&folder.path, &file.path);
        }
        for file in named_by(folder) {
            if let Some(file) = sources.file(file) {
                joined.file(&folder.path, &file.path);
            }
        }
    }
    for stack in &outcome.stacks {
        let Some(folder) = folders.get(stack.name.as_str()) else { continue };
        for name in stack.files.iter().chain(&stack.missing) {
            joined.file(&folder.path, &vfs.absolute(Path::new(name)));
        }
    }
    for (directory, files) in &plan.references {
        joined.directory(directory);
        files.iter().for_each(|file| joined.file(directory, file));
    }
    let is_of_server = |kind: LooseKind| matches!(kind, LooseKind::PgHba | LooseKind::PostgresqlConf);
    for folder in plan.folders.iter().filter(|folder| folder.loose.iter().any(|file| is_of_server(file.kind))) {
        for project in folder.path.ancestors().filter(|directory| projects.contains(directory)) {
            joined.link(&folder.path, project);
        }
    }
    joined.finish()
}

/// The configuration files that say something of all the folders they hold for together: which stacks there are, and what
/// is accepted in them.
fn named_by(folder: &Folder) -> impl Iterator<Item = crate::origin::FileId> {
    let stacks = folder.policy.stacks.iter().flat_map(|(_, stacks)| stacks);
    let stacks = stacks.filter_map(|stack| if let By::File(place) = stack.by { Some(place.file) } else { None });
    stacks.chain(folder.policy.ignores.iter().map(|ignore| ignore.place.file))
}

/// Directories joined into sets, with the files that joined them.
#[derive(Debug, Default)]
struct Directories {
    numbers: HashMap<PathBuf, usize>,
    joined: Joined,
    /// The files, and one directory of the set that each belongs to.
    files: HashMap<PathBuf, usize>,
}

impl Directories {
    fn directory(&mut self, path: &Path) -> usize {
        if let Some(number) = self.numbers.get(path) {
            return *number;
        }
        let number = self.joined.add();
        self.numbers.insert(path.to_owned(), number);
        number
    }

    fn link(&mut self, one: &Path, other: &Path) {
        let (one, other) = (self.directory(one), self.directory(other));
        self.joined.join(one, other);
    }

    /// A file that the stacks of a directory read or want: the directory it is in has to do with them.
    fn file(&mut self, directory: &Path, file: &Path) {
        let number = self.directory(directory);
        if let Some(parent) = file.parent() {
            let parent = self.directory(parent);
            self.joined.join(number, parent);
        }
        self.files.entry(file.to_owned()).or_insert(number);
    }

    fn finish(mut self) -> Vec<Group> {
        let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
        for (path, number) in std::mem::take(&mut self.numbers) {
            let top = self.joined.top(number);
            groups.entry(top).or_default().directories.insert(path);
        }
        for (path, number) in std::mem::take(&mut self.files) {
            let top = self.joined.top(number);
            groups.entry(top).or_default().files.insert(path);
        }
        groups.into_values().collect()
    }
}
