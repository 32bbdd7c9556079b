//! Finds the configuration files that programs read, and reads them: what is mounted into a container, what is built into
//! its image, and what no stack knows of.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::configuration::{Configuration, Environs, Layer, by_profile, each_leaf};
use super::{From, layers, names, tree};
use crate::discover::{LooseKind, is_compose_name, is_env_name, loose_kind};
use crate::map::{HashMap, HashSet, IndexMap};
use crate::origin::{Origins, Role, Span};
use crate::source::{SourceFile, Sources};
use crate::stack::container::{ContainerFiles, Found, MountSource};
use crate::stack::value::Value;
use crate::stack::{Environment, EnvironmentKind, Loader, Problem, ProblemKind, file_path, kind_of};
use crate::template::{is_template, template_of};
use crate::text::Text;
use crate::vfs::{FileKind, Vfs};

/// Where programs keep their configuration below the directory they run in. Sources: node-config, Rails and Symfony
/// (`config`), viper's README and Go projects (`configs`, `conf`, `etc`), Spring Boot (`src/main/resources`).
const SUBDIRECTORIES: [&str; 7] = ["config", "configs", "conf", "etc", "settings", "resources", "src/main/resources"];

/// So many configuration files of one container are read.
const FILE_BUDGET: usize = 100;

/// How many bytes of files and texts are read again because several programs of a stack read them. A file of 16 MiB that
/// 10,000 services mount must not be worth writing.
pub(crate) const REPEAT_BUDGET: usize = 8 << 20;

/// So many services are asked whether they speak of what is built into all their images.
const USER_BUDGET: usize = 100;

/// A configuration file of a container.
struct Entry<'a> {
    /// Its path in the container, or in the directory its image is built from.
    path: String,
    source: Source<'a>,
    /// The mount that brings it.
    mounted: Option<Span>,
}

enum Source<'a> {
    File(PathBuf),
    Content(&'a Text),
}

/// Reads the configurations of all services of a model.
pub(crate) fn of_stack(loader: &mut Loader<'_>, model: &Value, project: &str) -> Vec<Configuration> {
    let mut configurations = Vec::new();
    let services: Vec<(&str, &Value)> =
        model.get("services").into_iter().flat_map(Value::fields).map(|(name, field)| (name, &field.value)).collect();
    let mut cache = Cache::default();
    // What is built into the images of several services belongs to those whose environment speaks of it.
    let mut built: IndexMap<PathBuf, Vec<usize>> = IndexMap::default();
    for (number, (name, service)) in services.iter().enumerate() {
        let entries = mounted(loader, service, model, &mut cache);
        // Most containers have no configuration file, and then nobody asks for their variables.
        if !entries.is_empty() {
            let variables = Environs::of(service, &[project, name]);
            configurations.extend(read_all(loader, Some(name), entries, &variables, &mut cache));
        }
        let context = service.get("build").and_then(|build| build.text_at("context")).and_then(file_path);
        if let Some(context) = context {
            built.entry(context).or_default().push(number);
        }
    }
    for (context, users) in built {
        let files = cache.configurations(loader.sources.vfs(), &context);
        let is_mounted = |path: &PathBuf| {
            loader.sources.vfs().is_file(path)
                && loader.sources.open(path).is_ok_and(|file| loader.mounted.contains(&file.id))
        };
        let files: Vec<PathBuf> = files.iter().filter(|path| !is_mounted(path)).cloned().collect();
        if files.is_empty() {
            continue;
        }
        let mut speaks = Vec::new();
        let paths = if users.len() > 1 { paths_in(loader, &files) } else { Vec::new() };
        for user in users.iter().take(USER_BUDGET) {
            let Some((name, service)) = services.get(*user) else { continue };
            let variables = Environs::of(service, &[project, name]);
            if users.len() == 1 || paths.iter().any(|path| variables.index.find(path).is_some()) {
                speaks.push((*name, variables));
            }
        }
        for (name, variables) in speaks {
            let entry = |path: &PathBuf| Entry {
                path: path.to_string_lossy().into_owned(),
                source: Source::File(path.clone()),
                mounted: None,
            };
            let entries = files.iter().map(entry).collect();
            configurations.extend(read_all(loader, Some(name), entries, &variables, &mut cache));
        }
    }
    configurations
}

/// Files that no stack has read.
#[derive(Debug)]
pub(crate) struct Loose {
    pub(crate) configurations: Vec<Configuration>,
    pub(crate) origins: Origins,
    pub(crate) problems: Vec<Problem>,
}

/// Reads the configurations that files of one folder make.
pub(crate) fn of_files(sources: &Sources, files: &[PathBuf]) -> Loose {
    let mut loader = Loader::new(sources);
    let vfs = sources.vfs();
    let mut paths: Vec<PathBuf> = files.to_vec();
    // A local file that git ignores is no subject of its own, but it lies over the others.
    for path in files {
        paths.extend(local_of(path).filter(|local| vfs.is_file(local) && !files.contains(local)));
    }
    let entry =
        |path: PathBuf| Entry { path: path.to_string_lossy().into_owned(), source: Source::File(path), mounted: None };
    let entries = paths.into_iter().map(entry).collect();
    let configurations = read_all(&mut loader, None, entries, &Environs::default(), &mut Cache::default());
    Loose { configurations, origins: loader.origins, problems: loader.problems }
}

/// `config.local.yaml` of `config.yaml`.
fn local_of(path: &Path) -> Option<PathBuf> {
    let stem = path.file_stem()?.to_str()?;
    let extension = path.extension()?.to_str()?;
    let is_local = stem.rsplit(['.', '-', '_']).next().is_some_and(|word| word.eq_ignore_ascii_case("local"));
    (!is_local).then(|| path.with_file_name(format!("{stem}.local.{extension}")))
}

/// What was looked at before.
#[derive(Default)]
struct Cache {
    /// The configuration files in directories.
    known: HashMap<PathBuf, Arc<[PathBuf]>>,
    /// The ids of known settings in the templates beside files.
    shown: HashMap<PathBuf, Vec<&'static str>>,
}

impl Cache {
    fn configurations(&mut self, vfs: &Vfs, directory: &Path) -> Arc<[PathBuf]> {
        if let Some(known) = self.known.get(directory) {
            return Arc::clone(known);
        }
        let mut found = Vec::new();
        if vfs.kind(directory) == Some(FileKind::Directory) {
            configurations_in(vfs, directory, &mut found);
            let below = SUBDIRECTORIES.map(|below| directory.join(below));
            for directory in below.iter().filter(|below| vfs.kind(below) == Some(FileKind::Directory)) {
                configurations_in(vfs, directory, &mut found);
            }
        }
        let found: Arc<[PathBuf]> = found.into();
        self.known.insert(directory.to_owned(), Arc::clone(&found));
        found
    }
}

/// The configuration files in a directory.
fn configurations_in(vfs: &Vfs, directory: &Path, found: &mut Vec<PathBuf>) {
    let place = vfs.display_from_top(directory);
    for entry in &*vfs.list(directory).unwrap_or_default() {
        let Some(name) = entry.name.to_str().filter(|_| !entry.directory) else { continue };
        let kind = loose_kind(name).filter(|kind| *kind == LooseKind::Application && kind.may_be_in(&place));
        if kind.is_none() || is_compose_name(name) || is_template(name) {
            continue;
        }
        let path = directory.join(name);
        if vfs.is_file(&path) {
            found.push(path);
        }
    }
    found.truncate(FILE_BUDGET);
}

/// Whether a file is a configuration by the name that the host or the container knows it by.
fn is_configuration(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_named = || loose_kind(name) == Some(LooseKind::Application);
    (tree::is_yaml(name) && !is_compose_name(name)) || (tree::is_json(name) && is_named()) || is_env_name(name)
}

/// Whether a program reads a file of that path as variables: `.env` is what dotenv libraries look for.
fn holds_variables(path: &str) -> bool {
    is_env_name(path.rsplit('/').next().unwrap_or(path))
}

/// The configuration files that mounts put into a container.
fn mounted<'a>(loader: &mut Loader<'_>, service: &'a Value, model: &'a Value, cache: &mut Cache) -> Vec<Entry<'a>> {
    let container = ContainerFiles::in_model(service, model);
    let vfs = loader.sources.vfs();
    let mut entries = Vec::new();
    let mut seen = HashSet::default();
    for mount in container.mounts() {
        let place = mount.entry.place;
        match &mount.source {
            MountSource::Content(content) if is_configuration(&mount.target) => {
                let path = mount.target.clone().into_owned();
                entries.push(Entry { path, source: Source::Content(content), mounted: place });
            }
            MountSource::Host(host) => {
                let Some(path) = file_path(host) else { continue };
                let named = || is_configuration(&mount.target) || is_configuration(host.as_str());
                match vfs.kind(&path) {
                    Some(FileKind::Directory) => {
                        let variables = Some(path.join(".env")).filter(|path| vfs.is_file(path));
                        for file in cache.configurations(vfs, &path).iter().chain(&variables) {
                            let Ok(below) = file.strip_prefix(&path) else { continue };
                            let target = format!("{}/{}", mount.target.trim_end_matches('/'), below.to_string_lossy());
                            // Another mount may hide it.
                            let is_there = matches!(container.find(&target), Found::Host(found, _) if found == *file);
                            if is_there {
                                entries.push(Entry {
                                    path: target,
                                    source: Source::File(file.clone()),
                                    mounted: place,
                                });
                            }
                        }
                    }
                    Some(FileKind::File) if named() => {
                        let target = mount.target.clone().into_owned();
                        entries.push(Entry { path: target, source: Source::File(path), mounted: place });
                    }
                    None if named() => {
                        loader.missing.insert(path);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    entries.retain(|entry| seen.insert(entry.path.clone()));
    entries.truncate(FILE_BUDGET);
    entries
}

/// The paths of the settings in files.
fn paths_in(loader: &mut Loader<'_>, files: &[PathBuf]) -> Vec<String> {
    let mut paths = Vec::new();
    for path in files {
        let Ok(file) = loader.sources.open(path) else { continue };
        let read = tree::read(&file, &mut loader.origins, &mut Vec::new());
        for document in &read.documents {
            each_leaf(document, &mut String::new(), 0, &mut |path, _| {
                paths.extend(path.contains('.').then(|| path.to_owned()));
            });
        }
    }
    paths.truncate(10_000);
    paths
}

/// What a program is told to run for, by the variables for that.
fn active(variables: &Environs<'_>) -> Vec<String> {
    let mut active = Vec::new();
    for (name, field) in &variables.fields {
        let says = names::known(name).is_some_and(|id| {
            matches!(
                id,
                "node-env" | "app-env" | "rails-env" | "spring-profiles" | "aspnet-env" | "mix-env" | "rocket-profile"
            )
        });
        if let Some(text) = field.value.as_str().filter(|_| says) {
            active.extend(text.split(',').map(|word| word.trim().to_owned()));
        }
    }
    active
}

/// Reads files and makes configurations of them.
fn read_all(
    loader: &mut Loader<'_>,
    service: Option<&str>,
    entries: Vec<Entry<'_>>,
    variables: &Environs<'_>,
    cache: &mut Cache,
) -> Vec<Configuration> {
    let paths: Vec<String> = entries.iter().map(|entry| entry.path.clone()).collect();
    let active = active(variables);
    let mut configurations = Vec::new();
    for group in layers::groups(&paths, &active) {
        let mut layers = Vec::new();
        let mut profiles: IndexMap<String, Vec<(String, Option<crate::origin::FileId>, Value)>> = IndexMap::default();
        let mut shown = Vec::new();
        for entry in group.files.iter().filter_map(|at| entries.get(*at)) {
            let Some((name, file, mut read)) = read_entry(loader, entry) else { continue };
            for document in &mut read.documents {
                if let Some(place) = entry.mounted {
                    document.travel(&mut loader.origins, Role::MountedAt, Some(place));
                }
            }
            shown.extend(read.commented.iter().filter_map(|path| Some((names::known(path)?, From::Comment))));
            if let Source::File(path) = &entry.source {
                let known = cache.shown.entry(path.clone()).or_insert_with(|| in_template(loader.sources, path));
                shown.extend(known.iter().map(|id| (*id, From::Template)));
            }
            let (documents, others) = by_profile(read.documents);
            for (profile, documents) in others {
                let documents = documents.into_iter().map(|document| (name.clone(), file, document));
                profiles.entry(profile).or_default().extend(documents);
            }
            layers.push(Layer { name, file, documents, overridden: HashSet::default() });
        }
        let named = group.environment.and_then(|(kind, at)| {
            let entry = entries.get(at)?;
            let shown = match &entry.source {
                Source::File(path) => loader.sources.vfs().display(path),
                Source::Content(_) => entry.path.clone(),
            };
            Some(Environment::new(kind, format!("the file name `{shown}` says so")))
        });
        // `application-unit-test-postgres.yml` is no layer by its name, but it says what it is for.
        let named = named.or_else(|| {
            layers.iter().find_map(|layer| {
                let kind = layers::environment_of(&layer.name)?;
                Some(Environment::new(kind, format!("the file name `{}` says so", layer.name)))
            })
        });
        let chosen = profiles.keys().any(|profile| active.contains(profile));
        let production = |profile: &String| kind_of(profile) == Some(EnvironmentKind::Prod);
        let base_runs = !chosen && !profiles.keys().any(production);
        for (profile, documents) in &profiles {
            if chosen && !active.contains(profile) {
                continue;
            }
            let mut own: Vec<Layer> = layers.iter().map(Layer::again).collect();
            own.extend(documents.iter().map(|(name, file, document)| Layer {
                name: name.clone(),
                file: *file,
                documents: vec![document.clone()],
                overridden: HashSet::default(),
            }));
            let environment = kind_of(profile)
                .map(|kind| Environment::new(kind, format!("the profile `{profile}` says so")))
                .or_else(|| named.clone());
            let mut one = Configuration::new(service, environment, own, variables, &mut loader.origins);
            one.shown.clone_from(&shown);
            configurations.push(one);
        }
        if base_runs && !layers.is_empty() {
            let mut one = Configuration::new(service, named, layers, variables, &mut loader.origins);
            one.shown = shown;
            configurations.push(one);
        }
    }
    configurations
}

impl Layer {
    /// The same layer in another configuration.
    fn again(&self) -> Self {
        Self {
            name: self.name.clone(),
            file: self.file,
            documents: self.documents.clone(),
            overridden: HashSet::default(),
        }
    }
}

fn read_entry(
    loader: &mut Loader<'_>,
    entry: &Entry<'_>,
) -> Option<(String, Option<crate::origin::FileId>, tree::Read)> {
    match &entry.source {
        Source::Content(content) => {
            let name = content
                .source()
                .or_else(|| content.pieces().find_map(|(_, piece)| Some((piece.place?, piece.origin))))
                .and_then(|(place, _)| loader.sources.file(place.file))
                .map(|file| (file.name.clone(), file.id));
            if !spend(loader, content.as_str().len(), entry) {
                return None;
            }
            let read = tree::read_content(content, &entry.path, &mut loader.origins, &mut loader.problems);
            let (_, file) = name.unzip();
            Some((entry.path.clone(), file, read))
        }
        Source::File(path) => {
            let file = open(loader, path, entry.mounted)?;
            if loader.mounted.contains(&file.id) && !spend(loader, file.text.len(), entry) {
                return None;
            }
            // Problems of a file that several configurations share are told once.
            let mut problems = Vec::new();
            let read = if holds_variables(&entry.path) || holds_variables(&file.name) {
                tree::read_variables(&file, &mut problems)
            } else {
                tree::read(&file, &mut loader.origins, &mut problems)
            };
            if loader.mounted.insert(file.id) {
                loader.problems.extend(problems);
            }
            Some((file.name.clone(), Some(file.id), read))
        }
    }
}

/// Whether so many bytes may be read again. Where not, that is said once.
fn spend(loader: &mut Loader<'_>, bytes: usize, entry: &Entry<'_>) -> bool {
    match loader.repeats_left.checked_sub(bytes) {
        Some(left) => {
            loader.repeats_left = left;
            true
        }
        None => {
            if loader.repeats_left > 0 {
                loader.repeats_left = 0;
                let message = format!(
                    "the programs of the stack share more than {} MiB of configuration; from `{}` on it is left out",
                    REPEAT_BUDGET >> 20,
                    entry.path
                );
                let mut problem = Problem::new(ProblemKind::OverLimit, entry.mounted, "", message);
                problem.of_program = true;
                loader.problems.push(problem);
            }
            false
        }
    }
}

fn open(loader: &mut Loader<'_>, path: &Path, place: Option<Span>) -> Option<Arc<SourceFile>> {
    match loader.sources.open(path) {
        Ok(file) => {
            file.mark_judged();
            Some(file)
        }
        Err(error) => {
            let before = loader.problems.len();
            loader.unreadable(path, &error, place, "", ProblemKind::UnreadableFile);
            loader.problems.iter_mut().skip(before).for_each(|problem| problem.of_program = true);
            None
        }
    }
}

/// The ids of known settings in the template beside a file.
fn in_template(sources: &Sources, path: &Path) -> Vec<&'static str> {
    let Some(template) = template_of(path, sources.vfs()) else { return Vec::new() };
    let Ok(file) = sources.open(&template) else { return Vec::new() };
    let read = tree::read(&file, &mut Origins::default(), &mut Vec::new());
    let mut found = Vec::new();
    for document in &read.documents {
        each_leaf(document, &mut String::new(), 0, &mut |path, _| found.extend(names::known(path)));
    }
    found
}
