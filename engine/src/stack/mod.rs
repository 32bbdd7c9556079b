//! The stack that will really run: Compose layers merged, variables resolved, every value with its origin.

mod attributes;
mod build;
mod complete;
mod consistency;
pub mod container;
mod context;
mod dependencies;
mod env_files;
mod extends;
mod include;
mod interpolate;
mod lenient;
mod load;
mod merge;
mod name;
mod named;
mod path;
pub(crate) mod paths;
mod problem;
pub mod project;
mod scalar;
mod schema;
mod service;
mod shape;
pub mod value;
mod variables;

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

pub(crate) use build::Builder;
pub use context::{Environment, EnvironmentKind, environment_named};
pub(crate) use context::{kind_of, of_configuration, of_env_file};
pub use dependencies::Implied;
pub(crate) use interpolate::{Interpolator, takes_operand};
pub(crate) use load::Loader;
pub use load::file_problems;
pub(crate) use load::{byte_problems, document_problems};
pub use merge::{Ignored, IgnoredKind};
pub use named::{Named, NamedTarget};
pub(crate) use paths::file_path;
pub use problem::{Problem, ProblemKind};
pub(crate) use schema::is_distinct_list;
pub use service::{Capability, EnvironmentVariable, Exposure, Image, Port, SecurityOption, Service, image_name};
pub use variables::{Variable, Variables};

use stacklint_parsers::{Format, TextRange};

use crate::application::{self, Configuration};
use crate::map::{HashSet, IndexMap};
use crate::origin::{FileId, OriginId, Origins, Span};
use crate::postgres::server::{self, Server};
use crate::source::{SourceFile, Sources};
use crate::text::Text;
use load::Project;
use value::{Data, Key, Mapping, Value};

/// What a stack is made of: the answer to "which files, in which order, with which variables".
#[derive(Clone, Debug)]
pub struct StackSpec {
    /// Its unique name in reports.
    pub name: String,
    /// The Compose files, first layer first; absolute.
    pub files: Vec<PathBuf>,
    /// The project directory; absolute.
    pub directory: PathBuf,
    /// The env files that define variables; nothing for the `.env` of the project directory, if there is one.
    pub env_files: Option<Vec<PathBuf>>,
    /// Variables declared from outside, which win over env files.
    pub variables: Vec<(String, String)>,
    /// Active profiles; `*` is all.
    pub profiles: Vec<String>,
    /// What it runs for, if somebody said so.
    pub environment: Option<Environment>,
    /// How sure it is that somebody runs these files together.
    pub certainty: Certainty,
    /// Files with default names that Docker Compose passes over, since it found another one first.
    pub shadowed: Vec<PathBuf>,
    /// Where a configuration names its Compose files and env files.
    pub named_at: Vec<(PathBuf, Span)>,
}

/// How sure it is that the files of a stack are run together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// Docker Compose would load just these files, or somebody said so.
    Certain,
    /// One of two readings of a file: as a layer on the default file, or alone.
    Guessed,
    /// By itself it may be only a part: another stack includes or extends it, or its services lack an image.
    Part,
}

/// A resolved stack.
#[derive(Debug)]
pub struct Stack {
    /// What it was made of.
    pub spec: StackSpec,
    /// The project name.
    pub project: Text,
    /// The merged model, its paths absolute. Keys are those of a Compose file in canonical form.
    pub model: Value,
    /// The ways of all its values.
    pub origins: Origins,
    /// What is wrong with its input.
    pub problems: Vec<Problem>,
    /// What a layer writes to take away what is below it, and Docker Compose passes over.
    pub ignored: Vec<Ignored>,
    /// Variables without a value and without a default, with the places of their use.
    pub unset: Vec<(Key, Span)>,
    /// All files read for it, in the order they were read.
    pub files: Vec<FileId>,
    /// The files among them that define variables, with the format that they are read as.
    pub env_files: IndexMap<FileId, Format>,
    /// The env files that define variables for interpolation.
    pub interpolation_files: Vec<FileId>,
    /// The files that programs in its containers read, in the order they were read.
    pub mounted: Vec<FileId>,
    /// What `include` and `extends` name.
    pub named: Vec<Named>,
    /// The variables in scope in each of its Compose files; of a file that is read twice, each time.
    pub scopes: Vec<(FileId, Arc<Variables>)>,
    /// What its programs read from configuration files.
    pub configurations: Vec<Configuration>,
    /// Files that were wanted and are absent.
    pub missing: Vec<PathBuf>,
    /// What it runs for.
    pub environment: Environment,
    /// The variables in scope.
    pub variables: Arc<Variables>,
    /// The PostgreSQL servers that its services run, in their order.
    pub servers: Vec<Server>,
    /// The services that no active profile starts.
    inactive: HashSet<Key>,
}

impl Stack {
    /// Loads a stack. It never fails: what Docker Compose refuses is in `problems`, and the rest is there.
    #[must_use]
    pub fn resolve(spec: StackSpec, sources: &Sources) -> Self {
        let mut loader = Loader::new(sources);
        loader.named_at.clone_from(&spec.named_at);
        let (variables, interpolation_files) = project_variables(&mut loader, &spec);
        let project = name::of_project(&mut loader, &spec, &variables);
        let mut shell = Variables::above(Arc::new(variables));
        shell.supply("COMPOSE_PROJECT_NAME", project.as_str(), OriginId::WRITTEN);
        let variables = Arc::new(shell);

        let mut model = loader.project(&Project {
            files: spec.files.clone(),
            directory: spec.directory.clone(),
            variables: Arc::clone(&variables),
            including: Vec::new(),
            named_at: None,
        });
        let active = active_profiles(&spec.profiles, &variables);
        let mut inactive = HashSet::default();
        if let Data::Mapping(fields) = &mut model.data
            && let Some(services) = fields.get_mut("services")
            && let Data::Mapping(services) = &mut services.value.data
        {
            for (name, field) in services {
                let active = is_active(&field.value, &active);
                if !active {
                    inactive.insert(name.clone());
                }
                env_files::fold(&mut loader, name, &mut field.value, &variables, active);
            }
        }
        complete::arguments(&mut loader, &mut model, &variables);
        let inconsistent = consistency::check(&model, |name| !inactive.contains(name));
        loader.problems.extend(inconsistent);
        if model.as_mapping().is_some_and(Mapping::is_empty) && loader.problems.is_empty() {
            let place = spec.files.first().and_then(|path| loader.open(path).ok()).map(|file| file.span());
            loader.problems.push(Problem::new(ProblemKind::Schema, place, "", "the Compose file is empty"));
        }
        let configurations = application::of_stack(&mut loader, &model, project.as_str());
        let mut stack = Self {
            environment: Environment::unknown(),
            project,
            model,
            origins: loader.origins,
            problems: loader.problems,
            ignored: loader.ignored,
            unset: loader.unset,
            files: loader.files.into_iter().collect(),
            env_files: loader.env_files,
            interpolation_files,
            mounted: loader.mounted.into_iter().collect(),
            named: loader.named,
            scopes: loader.scopes,
            configurations,
            missing: loader.missing.into_iter().collect(),
            variables,
            servers: Vec::new(),
            inactive,
            spec,
        };
        stack.environment = context::infer(&stack, sources);
        stack.name_shadowed_files(sources);
        stack.blame_unset_variables();
        stack.collect_file_problems(sources);
        stack.forgive_what_was_not_read();
        stack.find_servers(sources);
        stack
    }

    /// Works out the PostgreSQL servers, and takes the files they read among those of the stack.
    fn find_servers(&mut self, sources: &Sources) {
        let mut origins = std::mem::take(&mut self.origins);
        let (servers, read) = server::of_stack(self, &mut origins, sources);
        self.origins = origins;
        self.servers = servers;
        // What is mounted and not read is told, and not judged by itself.
        for host in self.servers.iter().flat_map(|server| &server.unused).filter_map(|unused| unused.host.as_ref()) {
            if let Ok(file) = sources.open(host) {
                file.mark_judged();
            }
        }
        for file in read.files {
            if !self.mounted.contains(&file.id) {
                self.mounted.push(file.id);
                self.problems.extend(load::byte_problems(&file));
            }
        }
        for path in read.missing {
            if !self.missing.contains(&path) {
                self.missing.push(path);
            }
        }
        self.problems.extend(read.problems);
    }

    /// A value that Docker Compose refuses is mostly one whose variable is not set: then that is what to do. As long as
    /// no env file sets any variable, its author may simply keep it elsewhere.
    fn blame_unset_variables(&mut self) {
        let may_be_elsewhere = self.interpolation_files.is_empty();
        for problem in &mut self.problems {
            let unset = match (problem.kind, problem.place) {
                (ProblemKind::RequiredVariable, _) => true,
                (ProblemKind::Schema, Some(place)) => {
                    let inside = |used: &Span| used.file == place.file && place.range.contains(used.range);
                    let unset = self.unset.iter().find(|(_, used)| inside(used));
                    if let Some((name, _)) = unset {
                        let help = format!("the variable `{name}` is not set: set it in `.env`, or give it a default");
                        problem.help = Some(help.into());
                    }
                    unset.is_some()
                }
                _ => false,
            };
            if unset && may_be_elsewhere {
                problem.severity = Some(crate::finding::Severity::Info);
            }
        }
    }

    /// Of several files with default names Docker Compose loads the first, and warns.
    fn name_shadowed_files(&mut self, sources: &Sources) {
        // Whoever names the files in `COMPOSE_FILE` says which one is meant.
        if self.variables.get("COMPOSE_FILE").is_some_and(|files| !files.text.is_empty()) {
            return;
        }
        let Some(loaded) = self.spec.files.first().map(|path| sources.vfs().display(path)) else { return };
        for file in self.spec.shadowed.iter().filter_map(|path| sources.open(path).ok()) {
            let message = format!("Docker Compose loads `{loaded}` and passes over this file");
            let problem = Problem::new(ProblemKind::ShadowedFile, Some(first_key(&file)), &file.name, message);
            self.problems.push(
                problem
                    .help("remove one of the two, or give this one a name that is no default, and name it with `-f`"),
            );
        }
    }

    /// A name that nothing defines may be defined in what could not be read.
    fn forgive_what_was_not_read(&mut self) {
        use ProblemKind::{Cycle, MissingFile, OutsideRoot, OverLimit, Syntax, UndefinedReference, UnreadableFile};
        let unread = |problem: &Problem| {
            matches!(problem.kind, Cycle | MissingFile | OutsideRoot | OverLimit | Syntax | UnreadableFile)
        };
        if self.problems.iter().any(unread) {
            self.problems.retain(|problem| problem.kind != UndefinedReference);
        }
    }

    /// Adds the problems that the files have by themselves.
    fn collect_file_problems(&mut self, sources: &Sources) {
        for id in &self.files {
            let Some(file) = sources.file(*id) else { continue };
            let format = self.env_files.get(id).copied().unwrap_or(Format::Yaml);
            self.problems.extend(file_problems(&file, format));
        }
        // A file that is read twice (as base of two services, say) has each of its problems once.
        let mut seen = HashSet::default();
        self.problems.retain(|problem| seen.insert((problem.kind, problem.place, problem.message.clone())));
    }

    /// The services, in the order of the model.
    pub fn services(&self) -> impl Iterator<Item = Service<'_>> {
        let services = self.model.get("services").into_iter().flat_map(Value::fields);
        services.map(|(name, field)| Service::new(name, field, !self.inactive.contains(name)))
    }

    /// The names of the services that others wait for with a condition such as `service_healthy`.
    pub fn dependencies(&self, condition: &str) -> impl Iterator<Item = &str> {
        let all = self.services().flat_map(|service| service.value().get("depends_on"));
        let all = all.flat_map(Value::fields);
        all.filter(move |(_, field)| field.value.text_at("condition").is_some_and(|text| text.as_str() == condition))
            .map(|(name, _)| name)
    }

    /// The service of that name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<Service<'_>> {
        let (name, field) = self.model.get("services")?.as_mapping()?.get_key_value(name)?;
        Some(Service::new(name, field, !self.inactive.contains(name)))
    }

    /// The problems of one kind.
    pub fn problems(&self, kind: ProblemKind) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(move |problem| problem.kind == kind)
    }

    /// Whether Docker Compose would refuse to load it.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.problems.iter().any(Problem::refused_by_compose)
    }
}

/// The first key of a file; its beginning, if it has none.
fn first_key(file: &SourceFile) -> Span {
    let parsed = file.parse(Format::Yaml);
    let document = parsed.document();
    let first = document.roots().first().and_then(|root| document.entries(*root).first());
    let range = first.map_or(TextRange::empty(0), |entry| document.node(entry.key).range);
    Span { file: file.id, range }
}

/// The declared profiles, or those that `COMPOSE_PROFILES` names.
fn active_profiles<'a>(declared: &'a [String], variables: &'a Variables) -> Vec<&'a str> {
    if !declared.is_empty() {
        return declared.iter().map(String::as_str).collect();
    }
    let variable = variables.get("COMPOSE_PROFILES").map(|variable| variable.text.as_str()).unwrap_or_default();
    variable.split(',').map(str::trim).filter(|profile| !profile.is_empty()).collect()
}

/// Whether a service has no profiles, or an active one.
fn is_active(service: &Value, active: &[&str]) -> bool {
    let profiles = service.get("profiles").map(Value::items).unwrap_or_default();
    // Without any, Docker Compose takes the empty one for active.
    let named = |profile: &Value| {
        profile.as_str().is_some_and(|name| active.contains(&name) || (active.is_empty() && name.is_empty()))
    };
    profiles.is_empty() || active.contains(&"*") || profiles.iter().any(named)
}

/// The variables of a stack, and the files they come from.
fn project_variables(loader: &mut Loader<'_>, spec: &StackSpec) -> (Variables, Vec<FileId>) {
    let mut shell = load::implied_variables(&spec.directory);
    let origin = loader.shell_origin();
    for (name, value) in &spec.variables {
        shell.supply(name, value, origin);
    }
    let shell = Arc::new(shell);
    let mut variables = Variables::below(shell);
    let default = [spec.directory.join(".env")];
    let named = spec.env_files.is_some();
    for path in spec.env_files.as_deref().unwrap_or(&default) {
        if !named && !loader.sources.vfs().is_present(path) {
            loader.sources.vfs().want(path);
            loader.missing.insert(path.clone());
            continue;
        }
        match loader.open(path) {
            Ok(file) => loader.variables_from(&file, &mut variables),
            Err(error) => {
                let place = loader.place_of_name(path);
                loader.unreadable(path, &error, place, "env_file", ProblemKind::MissingFile);
                loader.missing.insert(path.clone());
            }
        }
    }
    (variables, loader.env_files.keys().copied().collect())
}

/// The directory that holds `path`.
#[must_use]
pub fn directory_of(path: &FilePath) -> PathBuf {
    path.parent().unwrap_or(path).to_owned()
}
