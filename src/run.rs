//! From what the command line says to what the engine is asked.

use std::path::{Path, PathBuf};

use stacklint_engine::config::Choice;
use stacklint_engine::discover::Defaults;
use stacklint_engine::run::Explicit;
use stacklint_engine::source::Sources;
use stacklint_engine::stack::Environment;
use stacklint_engine::vfs::Vfs;

use crate::cli::{InputArgs, StackArgs};
use crate::error::Error;

/// What to look at.
#[derive(Debug)]
pub(crate) struct Target {
    /// The files that may be read.
    pub(crate) sources: Sources,
    /// Directories to look for stacks in, and files whose stacks to judge; absolute.
    pub(crate) paths: Vec<PathBuf>,
    /// The one stack to look at, instead of the paths.
    pub(crate) explicit: Option<Explicit>,
    /// What makes the stacks, besides the files.
    pub(crate) defaults: Defaults,
    /// Which configuration counts.
    pub(crate) choice: Choice,
}

/// What the arguments name.
///
/// # Errors
/// If the root, or the current directory, cannot be resolved.
pub(crate) fn open(paths: &[PathBuf], stack: &StackArgs, input: &InputArgs) -> Result<Target, Error> {
    let here = PathBuf::from(".");
    let root = input.root.as_deref().unwrap_or(&here);
    let mut vfs = Vfs::on_disk(root).map_err(|source| Error::Root { path: root.to_owned(), source })?;
    let current = here.canonicalize().map_err(|source| Error::Root { path: here, source })?;
    // What the user names is meant from where the user is, and may be read wherever it is.
    let mut named = |path: &PathBuf| {
        let path = absolute(&current, path);
        vfs.admit(&path);
        path
    };
    let choice = match &input.config {
        _ if input.no_config => Choice::Nothing,
        Some(file) => Choice::File(named(file)),
        None => Choice::Nearest,
    };
    let explicit = (!stack.files.is_empty()
        || !stack.env_files.is_empty()
        || (!stack.profiles.is_empty() && stack.name.is_none())
        || stack.project_directory.is_some())
    .then(|| {
        let files: Vec<PathBuf> = stack.files.iter().map(&mut named).collect();
        let directory = stack.project_directory.as_ref().map(&mut named);
        if directory.is_none()
            && let Some(directory) = files.first().and_then(|file| file.parent())
        {
            named(&directory.to_owned());
        }
        Explicit { files, env_files: stack.env_files.iter().map(&mut named).collect(), directory }
    });
    let paths = paths.iter().map(&mut named).collect();
    let defaults = Defaults {
        variables: input.variables.clone(),
        profiles: stack.profiles.clone(),
        environment: input.environment.map(|kind| Environment::new(kind, "`--environment` says so")),
    };
    if input.allow_outside {
        vfs.allow_outside();
    }
    if input.no_ignored {
        vfs.skip_ignored();
    }
    Ok(Target { sources: Sources::new(vfs), paths, explicit, defaults, choice })
}

/// A path from `current`, the links in its directory resolved as those of the root are. The last name stays: a link to a
/// Compose file belongs to the folder it stands in.
fn absolute(current: &Path, path: &Path) -> PathBuf {
    let path = current.join(path);
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if !path.is_dir() => {
            parent.canonicalize().map_or_else(|_| path.clone(), |parent| parent.join(name))
        }
        _ => path.canonicalize().unwrap_or(path),
    }
}
