//! Which files there are, and which stacks they make.

mod folder;
mod named;
mod names;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cancel::Cancel;
use crate::config::{ConfigError, Policies, Policy};
use crate::map::HashSet;
use crate::outcome::RunError;
use crate::parallel::each;
use crate::source::Sources;
use crate::stack::StackSpec;
use crate::vfs::FileKind;

pub use names::{LooseKind, is_compose_name, is_env_name, loose_kind};

/// What a run will look at.
#[derive(Debug, Default)]
pub struct Plan {
    /// The folders with something to judge, by path.
    pub folders: Vec<Folder>,
    /// Files that another one includes or extends.
    pub referenced: HashSet<PathBuf>,
    /// Which files those in a directory include or extend, for every directory with something that may matter.
    pub references: Vec<(PathBuf, Vec<PathBuf>)>,
    /// All directories that were looked into.
    pub walked: HashSet<PathBuf>,
    /// What could not be looked at.
    pub errors: Vec<RunError>,
}

/// What one folder holds.
#[derive(Debug)]
pub struct Folder {
    /// Its path.
    pub path: PathBuf,
    /// How it is judged.
    pub policy: Arc<Policy>,
    /// Its stacks.
    pub stacks: Vec<StackSpec>,
    /// Its other configuration files; those that no stack reads are judged by themselves.
    pub loose: Vec<LooseFile>,
}

/// A configuration file that is judged by itself unless a stack reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LooseFile {
    /// Its path.
    pub path: PathBuf,
    /// What it is, by its name.
    pub kind: LooseKind,
}

/// What makes the stacks of a run, besides the files.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// Variables declared from outside.
    pub variables: Vec<(String, String)>,
    /// Active profiles.
    pub profiles: Vec<String>,
    /// What the stacks run for, if somebody said so.
    pub environment: Option<crate::stack::Environment>,
}

/// Looks for stacks under directories, and for the stacks that files belong to.
#[must_use]
pub fn discover(sources: &Sources, paths: &[PathBuf], defaults: &Defaults, policies: &Policies<'_>) -> Plan {
    discover_until(sources, paths, defaults, policies, &Cancel::default())
}

/// [`discover`] until nobody waits any more; what it then says is worth nothing.
#[must_use]
pub fn discover_until(
    sources: &Sources,
    paths: &[PathBuf],
    defaults: &Defaults,
    policies: &Policies<'_>,
    cancel: &Cancel,
) -> Plan {
    let vfs = sources.vfs();
    let mut plan = Plan::default();
    let mut listings = Vec::new();
    for path in paths {
        let path = vfs.absolute(path);
        match vfs.kind(&path) {
            Some(FileKind::Directory) => walk(sources, path, &mut listings, &mut plan, cancel),
            Some(_) => {
                for directory in path.ancestors().skip(1).take_while(|directory| directory.starts_with(vfs.top())) {
                    if plan.walked.insert(directory.to_owned()) {
                        list(sources, directory, &mut listings, &mut plan.errors);
                    }
                }
            }
            None => {
                let message = format!("`{}` does not exist", vfs.display(&path));
                plan.errors.push(RunError { message, place: None, partial: false });
            }
        }
    }
    let of_files = paths.iter().any(|path| vfs.kind(&vfs.absolute(path)) != Some(FileKind::Directory));
    plan.complete(listings, of_files, sources, defaults, policies);
    plan
}

/// Looks for stacks in just these directories, and not below them.
#[must_use]
pub fn discover_in<'d>(
    sources: &Sources,
    directories: impl IntoIterator<Item = &'d PathBuf>,
    defaults: &Defaults,
    policies: &Policies<'_>,
) -> Plan {
    let mut plan = Plan::default();
    let mut listings = Vec::new();
    for directory in directories {
        if sources.vfs().kind(directory) == Some(FileKind::Directory) && plan.walked.insert(directory.clone()) {
            list(sources, directory, &mut listings, &mut plan.errors);
        }
    }
    plan.complete(listings, false, sources, defaults, policies);
    plan
}

impl Plan {
    /// Finds the stacks in what was listed. Those that a configuration names are wanted wherever they are if only files
    /// were asked for.
    fn complete(
        &mut self,
        mut listings: Vec<Listing>,
        of_files: bool,
        sources: &Sources,
        defaults: &Defaults,
        policies: &Policies<'_>,
    ) {
        listings.sort_by(|left, right| left.path.cmp(&right.path));
        // A file that another one brings in is judged there.
        self.references = each(&listings, |listing| (listing.path.clone(), folder::references(listing, sources)));
        self.referenced = self.references.iter().flat_map(|(_, files)| files).cloned().collect();
        let folders: Vec<Result<Folder, Arc<ConfigError>>> = each(&listings, |listing| {
            let policy = policies.of(&listing.path)?;
            Ok(folder::plan(listing, policy, &self.referenced, sources, defaults))
        });
        for folder in folders {
            match folder {
                Ok(folder) => self.folders.push(folder),
                // A folder whose configuration cannot be used is not judged: nobody knows how.
                Err(error) => self.errors.push(RunError::from(&*error)),
            }
        }
        let walked = std::mem::take(&mut self.walked);
        named::add(self, &|directory| of_files || walked.contains(directory), sources, defaults);
        self.walked = walked;
        self.folders.retain(|folder| !folder.stacks.is_empty() || !folder.loose.is_empty());
    }
}

/// The files of one folder that may matter.
#[derive(Debug)]
struct Listing {
    path: PathBuf,
    /// Names of Compose files, sorted.
    compose: Vec<String>,
    /// Names of other configuration files, sorted, with what they are.
    loose: Vec<(String, LooseKind)>,
}

/// Lists a directory and all below it. Links to directories are not followed, ignored directories and `.git` not entered.
fn walk(sources: &Sources, top: PathBuf, listings: &mut Vec<Listing>, plan: &mut Plan, cancel: &Cancel) {
    let mut pending = vec![top];
    while let Some(directory) = pending.pop().filter(|_| !cancel.is_cancelled()) {
        if plan.walked.insert(directory.clone()) {
            pending.extend(list(sources, &directory, listings, &mut plan.errors));
        }
    }
}

/// Lists one directory. Returns the directories in it.
fn list(sources: &Sources, directory: &Path, listings: &mut Vec<Listing>, errors: &mut Vec<RunError>) -> Vec<PathBuf> {
    let vfs = sources.vfs();
    let entries = match vfs.list(directory) {
        Ok(entries) => entries,
        Err(error) => {
            let message = format!("cannot list `{}`: {error}", vfs.display(directory));
            errors.push(RunError { message, place: None, partial: false });
            return Vec::new();
        }
    };
    let place = vfs.display_from_top(directory);
    let mut listing = Listing { path: directory.to_owned(), compose: Vec::new(), loose: Vec::new() };
    let mut directories = Vec::new();
    for entry in &*entries {
        let Some(name) = entry.name.to_str() else { continue };
        let is_compose = !entry.directory && is_compose_name(name);
        let kind =
            if entry.directory { None } else { loose_kind(name).filter(|kind| !is_compose && kind.may_be_in(&place)) };
        let wanted = entry.directory && name != ".git" || is_compose || kind.is_some();
        let path = directory.join(name);
        if !wanted || vfs.is_entry_ignored(&path, entry.directory) {
            continue;
        }
        if entry.directory {
            directories.push(path);
        } else if is_compose {
            listing.compose.push(name.to_owned());
        } else if let Some(kind) = kind {
            listing.loose.push((name.to_owned(), kind));
        }
    }
    if !listing.compose.is_empty() || !listing.loose.is_empty() {
        listings.push(listing);
    }
    directories
}

/// The one stack that a command line describes; nothing if there is no file of it.
#[must_use]
pub fn explicit(
    sources: &Sources,
    files: &[PathBuf],
    env_files: &[PathBuf],
    directory: Option<&Path>,
    defaults: &Defaults,
) -> Option<StackSpec> {
    let vfs = sources.vfs();
    let files: Vec<PathBuf> = files.iter().map(|file| vfs.absolute(file)).collect();
    let directory = match (directory, files.first()) {
        (Some(directory), _) => vfs.absolute(directory),
        (None, Some(first)) => crate::stack::directory_of(first),
        (None, None) => vfs.root().to_owned(),
    };
    let named = !files.is_empty();
    let found = match named {
        true => folder::Found { files, directory: directory.clone(), env_files: None },
        false => folder::Found::of(&directory, sources, defaults),
    };
    let files = found.files;
    let mut name = vfs.display(&directory);
    let last = files.last()?;
    if let Some(last) = last.file_name().filter(|_| named) {
        name = format!("{name}:{}", last.to_string_lossy());
    }
    let env_files = match env_files {
        [] => found.env_files,
        named => Some(named.iter().map(|file| vfs.absolute(file)).collect()),
    };
    let is_present = |name: &str| vfs.is_present(&directory.join(name));
    let shadowed = if named { Vec::new() } else { folder::shadowed(&directory, &files, is_present) };
    Some(StackSpec { env_files, shadowed, ..folder::spec(name, files, found.directory, defaults) })
}
