//! From what the command line says to what the engine is asked.

use std::path::{Path, PathBuf};

use stacklint_engine::check::{self, Verdicts};
use stacklint_engine::finding::{Confidence, Severity};
use stacklint_engine::outcome::{Outcome, StackSummary};
use stacklint_engine::rule::Rule;
use stacklint_engine::source::Sources;
use stacklint_engine::stack::{self, Certainty, Environment, EnvironmentKind, Stack, StackSpec};
use stacklint_engine::vfs::Vfs;

use crate::cli::{InputArgs, StackArgs};
use crate::error::Error;

/// The default names of Compose files, and of the files laid over them, in the order Docker Compose prefers them.
const DEFAULT_NAMES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const OVERRIDE_NAMES: [&str; 4] =
    ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];

/// What to look at.
#[derive(Debug)]
pub(crate) struct Options {
    /// Directories to look for stacks in, and files whose stacks to judge; absolute.
    pub(crate) paths: Vec<PathBuf>,
    /// The one stack to look at, instead of the paths.
    pub(crate) explicit: Option<Explicit>,
    /// Variables declared from outside.
    pub(crate) variables: Vec<(String, String)>,
    /// Active profiles.
    pub(crate) profiles: Vec<String>,
    /// What the stacks run for, if somebody said so.
    pub(crate) environment: Option<EnvironmentKind>,
}

/// A stack as a command line describes it; all paths absolute.
#[derive(Debug)]
pub(crate) struct Explicit {
    /// The Compose files, first layer first; the default ones of the directory if empty.
    pub(crate) files: Vec<PathBuf>,
    /// The files that define variables; the default one if empty.
    pub(crate) env_files: Vec<PathBuf>,
    /// The project directory; that of the first file, or else the root, if absent.
    pub(crate) directory: Option<PathBuf>,
}

/// Which findings to make.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// The rules to run.
    pub(crate) rules: Vec<&'static Rule>,
    /// Findings below it are left out.
    pub(crate) min_severity: Severity,
    /// Findings below it are left out.
    pub(crate) min_confidence: Confidence,
}

/// The files that may be read, and the options in their terms.
///
/// # Errors
/// If the root, or the current directory, cannot be resolved.
pub(crate) fn open(paths: &[PathBuf], stack: &StackArgs, input: &InputArgs) -> Result<(Sources, Options), Error> {
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
    let explicit = (!stack.files.is_empty()
        || !stack.env_files.is_empty()
        || !stack.profiles.is_empty()
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
    let options = Options {
        paths: paths.iter().map(&mut named).collect(),
        explicit,
        variables: input.variables.clone(),
        profiles: stack.profiles.clone(),
        environment: input.environment,
    };
    if input.allow_outside {
        vfs.allow_outside();
    }
    if input.no_ignored {
        vfs.skip_ignored();
    }
    Ok((Sources::new(vfs), options))
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

/// Judges all that the options name.
pub(crate) fn check(sources: &Sources, options: Options, wanted: &Wanted) -> Outcome {
    let mut outcome = Outcome::default();
    for spec in specs(sources, &options) {
        let stack = Stack::resolve(spec, sources);
        let Verdicts { findings, evidence } = check::check_stack(&stack, &wanted.rules, sources);
        outcome.findings.extend(
            findings.into_iter().filter(|finding| {
                finding.severity >= wanted.min_severity && finding.confidence >= wanted.min_confidence
            }),
        );
        outcome.evidence.extend(evidence);
        let names = stack.files.iter().filter_map(|id| sources.file(*id)).map(|file| file.name.clone());
        outcome.stacks.push(StackSummary {
            name: stack.spec.name.clone(),
            files: names.collect(),
            missing: stack.missing.iter().map(|path| sources.vfs().display(path)).collect(),
            environment: stack.environment.kind.name(),
            reason: stack.environment.reason,
            errors: stack.problems.into_iter().filter(|problem| problem.kind.refused_by_compose()).collect(),
        });
    }
    outcome.files = sources.files().len();
    outcome
}

/// The one stack that the options name.
pub(crate) fn resolve(sources: &Sources, options: Options) -> Option<Stack> {
    specs(sources, &options).into_iter().next().map(|spec| Stack::resolve(spec, sources))
}

/// The stacks that the options name: of each directory its default one.
fn specs(sources: &Sources, options: &Options) -> Vec<StackSpec> {
    let directories = match &options.explicit {
        Some(explicit) => {
            let directory = explicit.directory.clone();
            let first = explicit.files.first().map(|file| stack::directory_of(file));
            vec![directory.or(first).unwrap_or_else(|| sources.vfs().root().to_owned())]
        }
        None => options.paths.clone(),
    };
    let explicit = options.explicit.as_ref();
    directories
        .into_iter()
        .filter_map(|directory| {
            let named = explicit.map(|explicit| explicit.files.clone()).filter(|files| !files.is_empty());
            let files = named.unwrap_or_else(|| default_files(&directory, sources));
            let env_files = explicit.map(|explicit| explicit.env_files.clone()).filter(|files| !files.is_empty());
            (!files.is_empty()).then(|| StackSpec {
                name: sources.vfs().display(&directory),
                files,
                directory,
                env_files,
                variables: options.variables.clone(),
                profiles: options.profiles.clone(),
                environment: options.environment.map(|kind| Environment::new(kind, "`--environment` says so")),
                certainty: Certainty::Certain,
            })
        })
        .collect()
}

fn default_files(directory: &Path, sources: &Sources) -> Vec<PathBuf> {
    let first = |names: &[&str]| names.iter().map(|name| directory.join(name)).find(|path| sources.vfs().is_file(path));
    let Some(base) = first(&DEFAULT_NAMES) else { return Vec::new() };
    std::iter::once(base).chain(first(&OVERRIDE_NAMES)).collect()
}
