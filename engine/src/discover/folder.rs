//! The stacks of one folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use stacklint_parsers::{Document, Format, NodeId, NodeKind};

use super::names::{DEFAULT_NAMES, OVERRIDE_NAMES};
use super::{Defaults, Folder, Listing, LooseFile};
use crate::config::Policy;
use crate::map::HashSet;
use crate::source::{SourceFile, Sources};
use crate::stack::{Certainty, StackSpec};
use crate::template::is_template;
use crate::vfs;

/// The file that a project directory's variables come from.
const ENV_NAME: &str = ".env";

/// What a folder holds, given the files that are brought in from elsewhere.
pub(super) fn plan(
    listing: &Listing,
    policy: Arc<Policy>,
    referenced: &HashSet<PathBuf>,
    sources: &Sources,
    defaults: &Defaults,
) -> Folder {
    let stacks = match policy.stacks {
        // Who names the stacks names all of them.
        Some(_) => Vec::new(),
        None => stacks(listing, &policy, referenced, sources, defaults),
    };
    let loose = listing.loose.iter().filter(|(name, _)| !is_template(name));
    let loose = loose.map(|(name, kind)| LooseFile { path: listing.path.join(name), kind: *kind }).collect();
    Folder { path: listing.path.clone(), policy, stacks, loose }
}

/// The stacks that the names of files make.
fn stacks(
    listing: &Listing,
    policy: &Policy,
    referenced: &HashSet<PathBuf>,
    sources: &Sources,
    defaults: &Defaults,
) -> Vec<StackSpec> {
    let directory = &listing.path;
    let folder_name = sources.vfs().display(directory);
    let mut stacks = Vec::new();
    let Found { files, directory: home, env_files } = Found::of(directory, sources, defaults);
    // An ignored default file starts no stack.
    let listed =
        |path: &PathBuf| path.parent() != Some(directory) || listing.compose.iter().any(|name| path.ends_with(name));
    let default = files.first().filter(|file| listed(file)).cloned();
    let taken: HashSet<PathBuf> = if default.is_some() { files.iter().cloned().collect() } else { HashSet::default() };
    if default.is_some() {
        let part = files.iter().any(|file| referenced.contains(file));
        let certainty = if part { Certainty::Part } else { Certainty::Certain };
        let is_listed = |name: &str| listing.compose.iter().any(|listed| listed == name);
        let shadowed = shadowed(directory, &files, is_listed);
        stacks.push(StackSpec { certainty, shadowed, env_files, ..spec(folder_name.clone(), files, home, defaults) });
    }
    let base = default.as_ref().and_then(|path| sources.open(path).ok());
    let base_services = base.as_ref().map(written_services).unwrap_or_default();
    let base_services: HashSet<&str> = base_services.iter().map(|service| service.name.as_str()).collect();
    for name in &listing.compose {
        let path = directory.join(name);
        if taken.contains(&path) || referenced.contains(&path) || is_template(name) {
            continue;
        }
        let layer = |certainty| StackSpec {
            certainty,
            ..spec(
                format!("{folder_name}:{name}"),
                default.iter().cloned().chain([path.clone()]).collect(),
                directory.clone(),
                defaults,
            )
        };
        let alone = |certainty| StackSpec {
            certainty,
            ..spec(format!("{folder_name}:{name}:alone"), vec![path.clone()], directory.clone(), defaults)
        };
        // A file that cannot be read makes a stack all the same: reading it says why not.
        let services = sources.open(&path).map(|file| written_services(&file)).unwrap_or_default();
        let overlaps = services.iter().any(|service| base_services.contains(service.name.as_str()));
        let complete = services.iter().all(|service| service.complete);
        match (&default, overlaps) {
            (None, _) => stacks.push(alone(if complete { Certainty::Certain } else { Certainty::Part })),
            // One that only includes others is as good a layer.
            (Some(_), overlaps) if overlaps || services.is_empty() && includes(&path, sources) => {
                stacks.push(layer(Certainty::Guessed));
                stacks.push(alone(Certainty::Guessed));
            }
            (Some(_), _) if complete => stacks.push(alone(Certainty::Certain)),
            (Some(_), _) => stacks.push(layer(Certainty::Certain)),
        }
    }
    for stack in &mut stacks {
        stack.environment = stack.environment.take().or_else(|| policy.environment(sources));
    }
    stacks
}

/// A stack as it is without any doubt or option.
pub(super) fn spec(name: String, files: Vec<PathBuf>, directory: PathBuf, defaults: &Defaults) -> StackSpec {
    StackSpec {
        name,
        files,
        directory,
        env_files: None,
        variables: defaults.variables.clone(),
        profiles: defaults.profiles.clone(),
        environment: defaults.environment.clone(),
        certainty: Certainty::Certain,
        shadowed: Vec::new(),
        named_at: Vec::new(),
    }
}

/// Of the files of a directory those with a default name that are passed over, since one of `files` was found first.
pub(super) fn shadowed(directory: &Path, files: &[PathBuf], is_there: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut shadowed = Vec::new();
    for names in [DEFAULT_NAMES, OVERRIDE_NAMES] {
        let paths = names.iter().filter(|name| is_there(name)).map(|name| directory.join(name));
        let (loaded, passed_over): (Vec<_>, Vec<_>) = paths.partition(|path| files.contains(path));
        if !loaded.is_empty() {
            shadowed.extend(passed_over);
        }
    }
    shadowed
}

/// What `docker compose up` finds in a directory.
pub(super) struct Found {
    /// The files, first layer first.
    pub(super) files: Vec<PathBuf>,
    /// The project directory.
    pub(super) directory: PathBuf,
    /// The files that define variables, where they are not only the `.env` of the project directory.
    pub(super) env_files: Option<Vec<PathBuf>>,
}

impl Found {
    /// Finds it. Where `COMPOSE_FILE` leads into another directory, that is the project directory; its `.env` only adds to
    /// the one beside which Docker Compose was started.
    pub(super) fn of(directory: &Path, sources: &Sources, defaults: &Defaults) -> Self {
        let files = default_files(directory, sources, defaults);
        let home = files.first().map_or_else(|| directory.to_owned(), |first| crate::stack::directory_of(first));
        let env_files = (home != directory).then(|| {
            let files = [home.join(".env"), directory.join(".env")];
            files.into_iter().filter(|file| sources.vfs().is_present(file)).collect()
        });
        Self { files, directory: home, env_files }
    }
}

/// What `docker compose up` loads in a directory: the files that `COMPOSE_FILE` names, or the default file and the one
/// that is laid over it.
fn default_files(directory: &Path, sources: &Sources, defaults: &Defaults) -> Vec<PathBuf> {
    let vfs = sources.vfs();
    let declared = |name: &str| {
        let variable = defaults.variables.iter().rev().find(|(key, _)| key == name);
        let variable = variable.map(|(_, value)| value.clone());
        variable.or_else(|| env_value(directory, name, sources))
    };
    if let Some(files) = declared("COMPOSE_FILE").filter(|files| !files.is_empty()) {
        let separator = declared("COMPOSE_PATH_SEPARATOR").filter(|separator| !separator.is_empty());
        let separator = separator.as_deref().unwrap_or(":");
        return files.split(separator).map(|file| vfs::clean(&directory.join(file))).collect();
    }
    let first = |names: &[&str]| names.iter().map(|name| directory.join(name)).find(|path| vfs.is_present(path));
    let Some(base) = first(&DEFAULT_NAMES) else { return Vec::new() };
    std::iter::once(base).chain(first(&OVERRIDE_NAMES)).collect()
}

/// A variable of the `.env` of a directory, as it is written.
fn env_value(directory: &Path, name: &str, sources: &Sources) -> Option<String> {
    let path = directory.join(ENV_NAME);
    if !sources.vfs().is_present(&path) {
        return None;
    }
    let file = sources.open(&path).ok()?;
    if !file.text.contains(name) {
        return None;
    }
    let parsed = file.parse(Format::Dotenv);
    let dotenv = parsed.as_dotenv()?;
    let entry = dotenv.entries.iter().rev().find(|entry| &*entry.name == name)?;
    dotenv.value(entry).map(str::to_owned)
}

/// Whether a file brings in others.
fn includes(path: &Path, sources: &Sources) -> bool {
    sources.open(path).is_ok_and(|file| {
        let parsed = file.parse(Format::Yaml);
        let document = parsed.document();
        document.roots().iter().any(|root| field(document, *root, "include").is_some())
    })
}

/// A service that a file writes itself.
struct WrittenService {
    name: String,
    /// It can run without another layer.
    complete: bool,
}

fn written_services(file: &Arc<SourceFile>) -> Vec<WrittenService> {
    let parsed = file.parse(Format::Yaml);
    let document = parsed.document();
    let services = document.roots().iter().filter_map(|root| field(document, *root, "services"));
    services
        .flat_map(|services| document.entries(services))
        .filter_map(|entry| {
            let name = document.scalar(entry.key)?.to_owned();
            let service = target(document, entry.value);
            let has = |key: &str| field(document, service, key).is_some();
            // A merge key may bring what is not written here.
            let complete = ["image", "build", "extends", "provider", "<<"].iter().any(|key| has(key));
            Some(WrittenService { name, complete })
        })
        .collect()
}

/// The files that a folder's Compose files include or extend.
pub(super) fn references(listing: &Listing, sources: &Sources) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for name in &listing.compose {
        let Ok(file) = sources.open(&listing.path.join(name)) else { continue };
        // Most files name no other: they need not be parsed for this.
        if !file.text.contains("include") && !file.text.contains("extends") {
            continue;
        }
        let parsed = file.parse(Format::Yaml);
        let document = parsed.document();
        let mut add = |node: NodeId| {
            if let Some(path) = document.scalar(node).filter(|path| !path.contains('$') && !path.is_empty()) {
                found.push(vfs::clean(&listing.path.join(path)));
            }
        };
        for root in document.roots() {
            let includes = field(document, *root, "include").map(|include| document.items(include)).unwrap_or_default();
            for include in includes {
                match field(document, *include, "path") {
                    Some(path) => {
                        add(path);
                        document.items(path).iter().copied().for_each(&mut add);
                    }
                    None => add(*include),
                }
            }
            let services = field(document, *root, "services").map(|services| document.entries(services));
            for service in services.unwrap_or_default() {
                let extends = field(document, target(document, service.value), "extends");
                if let Some(other) = extends.and_then(|extends| field(document, extends, "file")) {
                    add(other);
                }
            }
        }
    }
    found
}

fn field(document: &Document, node: NodeId, key: &str) -> Option<NodeId> {
    let entry = document.entries(node).iter().find(|entry| document.scalar(entry.key) == Some(key))?;
    Some(target(document, entry.value))
}

/// The node that an alias stands for.
fn target(document: &Document, node: NodeId) -> NodeId {
    match document.node(node).kind {
        NodeKind::Alias(_, Some(target)) => target,
        _ => node,
    }
}
