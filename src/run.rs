//! From what the command line says to what the engine is asked.

use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use stacklint_engine::config::Choice;
use stacklint_engine::discover::Defaults;
use stacklint_engine::run::Explicit;
use stacklint_engine::source::Sources;
use stacklint_engine::stack::Environment;
use stacklint_engine::vfs::{DEFAULT_SIZE_LIMIT, Vfs};

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
    /// The baseline, if the user names one; absolute.
    pub(crate) baseline: Option<PathBuf>,
}

/// What the arguments name.
///
/// # Errors
/// If the root, or the current directory, cannot be resolved.
pub(crate) fn open(paths: &[PathBuf], stack: &StackArgs, input: &InputArgs) -> Result<Target, Error> {
    open_over(paths, stack, input, &Beside::default())
}

/// Files that are named beside what is looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Beside<'a> {
    /// The text of this one comes from standard input.
    pub(crate) from_stdin: Option<&'a Path>,
    /// The baseline.
    pub(crate) baseline: Option<&'a PathBuf>,
}

/// What the arguments name, with files beside it.
///
/// # Errors
/// If the root, or the current directory, cannot be resolved, or there is no such text.
pub(crate) fn open_over(
    paths: &[PathBuf],
    stack: &StackArgs,
    input: &InputArgs,
    beside: &Beside<'_>,
) -> Result<Target, Error> {
    let here = PathBuf::from(".");
    let root = input.root.as_deref().unwrap_or(&here);
    let mut vfs = Vfs::on_disk(root).map_err(|source| Error::Root { path: root.to_owned(), source })?;
    let current = current()?;
    if let Some(path) = beside.from_stdin {
        take_stdin(path, &absolute(&current, path), &mut vfs, input.allow_outside)?;
    }
    // What the user names is meant from where the user is, and may be read wherever it is.
    let mut named = |path: &PathBuf| {
        let path = absolute(&current, path);
        vfs.admit(&path);
        path
    };
    let baseline = beside.baseline.map(&mut named);
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
    Ok(Target { sources: Sources::new(vfs), paths, explicit, defaults, choice, baseline })
}

fn current() -> Result<PathBuf, Error> {
    let here = PathBuf::from(".");
    here.canonicalize().map_err(|source| Error::Root { path: here, source })
}

/// Paths as the user means them: from where the user is, wherever the root is.
///
/// # Errors
/// If the current directory cannot be resolved.
pub(crate) fn from_here(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let current = current()?;
    Ok(paths.iter().map(|path| absolute(&current, path)).collect())
}

/// Puts what standard input holds in front of what the disk holds at a path.
fn take_stdin(said: &Path, path: &Path, vfs: &mut Vfs, allow_outside: bool) -> Result<(), Error> {
    let fail = |reason: String, help| Error::Stdin { path: said.to_owned(), reason, help };
    if !allow_outside && !vfs.inside(path) {
        let help = "name the project with `--root DIR`, or allow it with `--allow-outside`";
        return Err(fail("it lies outside the project".to_owned(), help));
    }
    if path.is_dir() {
        return Err(fail("it is a directory".to_owned(), "name the file that the text belongs to"));
    }
    let stdin = io::stdin();
    if stdin.is_terminal() {
        let help = "hand the text over: `stacklint check --stdin-filename FILE < FILE`";
        return Err(fail("nothing is handed over, it is the terminal".to_owned(), help));
    }
    let mut text = Vec::new();
    // One byte more than the limit tells that there is more.
    let read = stdin.lock().take(DEFAULT_SIZE_LIMIT + 1).read_to_end(&mut text);
    read.map_err(|error| {
        fail(error.to_string(), "hand the text over: `stacklint check --stdin-filename FILE < FILE`")
    })?;
    if text.len() as u64 > DEFAULT_SIZE_LIMIT {
        let reason = format!("it is larger than {} MiB", DEFAULT_SIZE_LIMIT >> 20);
        return Err(fail(reason, "no configuration file is that large"));
    }
    vfs.overlay(path, &text);
    Ok(())
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
