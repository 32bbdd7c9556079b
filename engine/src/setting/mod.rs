//! Settings: the named values of a stack, an env file or a program's configuration file that hold a secret, each with what
//! the classifier of secrets says of it.

mod files;
mod keys;
mod naming;

use std::borrow::Cow;
use std::sync::Arc;

use stacklint_parsers::Format;

use crate::application::Configuration;
use crate::map::{HashMap, IndexMap};
use crate::origin::{FileId, OriginId, Origins, Role, Span};
use crate::secrets::{self, Candidate, Neighbour, NeighbourKind, Reason, Verdict};
use crate::source::{SourceFile, Sources};
use crate::stack::container::ContainerFiles;
use crate::stack::value::{Data, Scalar, Value};
use crate::stack::{Exposure, Service, Stack};
use crate::text::Text;
use naming::{Name, Path};

/// A named value that holds a secret, or should.
#[derive(Debug)]
pub struct Setting<'a> {
    /// The service that gets it; none for a definition that no service may use.
    pub service: Option<Service<'a>>,
    /// Its name: the key of a mapping, a variable, a command's flag.
    pub name: Cow<'a, str>,
    /// Where it stands.
    pub site: Site,
    /// Its effective text.
    pub text: Cow<'a, Text>,
    /// The logical path: `services.db.environment.POSTGRES_PASSWORD`, `.env:DB_PASSWORD`.
    pub subject: String,
    /// The secrets in it: at least one.
    pub secrets: Vec<Secret>,
}

/// Where a setting stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// In the environment of a container.
    Environment,
    /// On a command line.
    Command,
    /// Somewhere else in a service.
    Service,
    /// Elsewhere in a Compose file.
    Stack,
    /// In an env file, as a definition.
    EnvFile,
    /// In a configuration file that a program reads.
    File,
}

impl Setting<'_> {
    /// Whether a secret is all that the setting holds.
    #[must_use]
    pub fn is_only(&self, secret: &Secret) -> bool {
        is_whole(self.text.as_str(), secret.text.as_str())
    }
}

/// A secret in a setting.
#[derive(Clone, Debug)]
pub struct Secret {
    /// What it is.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// Its characters, with their sources.
    pub text: Text,
    /// It is a default inside `${NAME:-default}`.
    pub fallback: Option<Fallback>,
    /// `.gitignore` excludes the file it stands in, so that it is where secrets belong.
    pub ignored: bool,
    /// The file it stands in is a template for others to fill in, and the stack does not load it.
    pub template: bool,
    /// The service that gets it publishes a port beyond the host.
    pub published: bool,
    /// Where an env file defines it; nothing if it stands where it is used.
    pub definition: Option<Definition>,
    /// Where it stands: what makes two secrets the same one.
    place: Option<Span>,
}

/// A variable of an env file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The file, as reports name it.
    pub file: String,
    /// The variable.
    pub name: String,
    /// The secret is all of its value.
    pub is_whole: bool,
}

/// Whether a default is what the stack runs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// Its variable is not set.
    Used,
    /// Its variable is set; without it the default would be used.
    Unused,
    /// A shell inside of the container looks for its variable, which the container is not given.
    InContainer,
}

/// All settings of a stack, whose services are given these files.
#[must_use]
pub fn of_stack<'a>(stack: &'a Stack, files: &[ContainerFiles<'_>], sources: &Sources) -> Vec<Setting<'a>> {
    let mut collector = Collector {
        sources,
        origins: &stack.origins,
        env_files: &stack.env_files,
        mounted: &stack.mounted,
        templates: HashMap::default(),
        name: String::new(),
        settings: Vec::new(),
    };
    for service in stack.services() {
        collector.service(service);
    }
    let services: HashMap<&str, Service<'_>> = match stack.configurations.first() {
        Some(_) => stack.services().map(|service| (service.name, service)).collect(),
        None => HashMap::default(),
    };
    for configuration in &stack.configurations {
        let service = configuration.service.as_deref().and_then(|name| services.get(name).copied());
        collector.configuration(configuration, service);
    }
    for (section, field) in stack.model.fields() {
        if section != "services" && !section.starts_with("x-") {
            let around = Surroundings::none(Site::Stack);
            collector.tree(&field.value, Name::of(section), Path::Section(section), &around);
        }
    }
    for (id, format) in &stack.env_files {
        let Some(file) = sources.file(*id) else { continue };
        let used = stack.interpolation_files.contains(id);
        collector.env_file(&file, *format, used.then_some(stack));
    }
    collector.key_files(files);
    agree(&mut collector.settings);
    collector.settings
}

/// The settings of an env file outside any stack.
#[must_use]
pub fn of_env_file(file: &Arc<SourceFile>, sources: &Sources) -> Vec<Setting<'static>> {
    let origins = Origins::default();
    let env_files = IndexMap::from_iter([(file.id, Format::Dotenv)]);
    let mut collector = Collector {
        sources,
        origins: &origins,
        env_files: &env_files,
        mounted: &[],
        templates: HashMap::default(),
        name: String::new(),
        settings: Vec::new(),
    };
    collector.env_file(file, Format::Dotenv, None);
    collector.settings
}

/// The settings of configuration files outside any stack.
#[must_use]
pub fn of_configuration<'a>(
    configuration: &'a Configuration,
    origins: &Origins,
    sources: &Sources,
) -> Vec<Setting<'a>> {
    let env_files = IndexMap::default();
    let mut collector = Collector {
        sources,
        origins,
        env_files: &env_files,
        mounted: &[],
        templates: HashMap::default(),
        name: String::new(),
        settings: Vec::new(),
    };
    collector.configuration(configuration, None);
    agree(&mut collector.settings);
    collector.settings
}

/// One place has one verdict. A default is often only seen for what it is where it is used, beside the user's name.
fn agree(settings: &mut [Setting<'_>]) {
    let rank = |verdict: Verdict| match verdict {
        Verdict::Placeholder => 3,
        Verdict::Default => 2,
        Verdict::Plaintext => 1,
        _ => 0,
    };
    let mut best: HashMap<Span, (Verdict, Reason)> = HashMap::default();
    for secret in settings.iter().flat_map(|setting| &setting.secrets) {
        let Some(place) = secret.place else { continue };
        let slot = best.entry(place).or_insert((secret.verdict, secret.reason));
        if rank(secret.verdict) > rank(slot.0) {
            *slot = (secret.verdict, secret.reason);
        }
    }
    for secret in settings.iter_mut().flat_map(|setting| &mut setting.secrets) {
        if let Some((verdict, reason)) = secret.place.and_then(|place| best.get(&place)).copied()
            && rank(verdict) > rank(secret.verdict)
            && rank(secret.verdict) > 0
        {
            (secret.verdict, secret.reason) = (verdict, reason);
        }
    }
}

struct Collector<'a, 'b> {
    sources: &'b Sources,
    origins: &'b Origins,
    env_files: &'b IndexMap<FileId, Format>,
    /// Files that programs in containers read, whatever their names say.
    mounted: &'b [FileId],
    /// The values of the template beside each file that has one, by their names.
    templates: HashMap<FileId, Arc<Template>>,
    /// Where names are put together: nearly all are forgotten at once.
    name: String,
    settings: Vec<Setting<'a>>,
}

/// The values of a template, by their names.
type Template = HashMap<Box<str>, String>;

/// What stands around a value: the same for all values of a service.
struct Surroundings<'a> {
    service: Option<Service<'a>>,
    neighbours: Vec<Neighbour<'a>>,
    published: bool,
    site: Site,
    /// They are in a section that is switched off.
    off: bool,
}

impl<'a> Surroundings<'a> {
    /// Those of a value that belongs to no service.
    fn none(site: Site) -> Self {
        Self { service: None, neighbours: Vec::new(), published: false, site, off: false }
    }

    fn of(service: Service<'a>) -> Self {
        let mut neighbours = vec![Neighbour { kind: NeighbourKind::Service, text: service.name }];
        neighbours.extend(service.image_name().map(|text| Neighbour { kind: NeighbourKind::Image, text }));
        let has = |name: &str| service.variable(name).is_some();
        for (name, field) in service.value().get("environment").into_iter().flat_map(Value::fields) {
            let kind = match name.rsplit('_').next().unwrap_or_default() {
                "USER" | "USERNAME" => NeighbourKind::User,
                "DB" | "DATABASE" | "DBNAME" => NeighbourKind::Database,
                "KEY" if is_public_half(name, has) => NeighbourKind::User,
                _ => continue,
            };
            neighbours.extend(field.value.as_str().map(|text| Neighbour { kind, text }));
        }
        // What repeats several of them is said to repeat the user's name first.
        neighbours.sort_by_key(|neighbour| match neighbour.kind {
            NeighbourKind::User => 0,
            NeighbourKind::Database => 1,
            _ => 2,
        });
        let published =
            service.ports().any(|port| matches!(port.exposure(), Exposure::AllInterfaces | Exposure::PublicAddress));
        Self { service: Some(service), neighbours, published, site: Site::Service, off: false }
    }
}

impl<'a> Collector<'a, '_> {
    fn service(&mut self, service: Service<'a>) {
        let mut around = Surroundings::of(service);
        let services = Path::Section("services");
        let own = Path::Key(&services, service.name);
        for (key, field) in service.value().fields() {
            let (value, path) = (&field.value, Path::Key(&own, key));
            around.site = match key {
                "command" | "entrypoint" | "healthcheck" => Site::Command,
                "environment" => Site::Environment,
                _ => Site::Service,
            };
            match key {
                "command" | "entrypoint" => self.command(value, path, &around),
                "healthcheck" => {
                    if let Some(test) = value.get("test") {
                        self.command(test, Path::Key(&path, "test"), &around);
                    }
                }
                // Names of other things, never secrets themselves.
                "image" | "ports" | "depends_on" | "profiles" | "networks" | "extends" | "env_file" => {}
                _ => self.tree(value, Name::of(key), path, &around),
            }
        }
    }

    /// All scalars of a tree; `name` is that of the tree.
    fn tree(&mut self, value: &'a Value, name: Name<'a>, path: Path<'_>, around: &Surroundings<'a>) {
        match &value.data {
            Data::Null => {}
            Data::Scalar(scalar) => self.scalar(scalar, name, path, around),
            Data::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.tree(item, name, Path::Item(&path, index), around);
                }
            }
            Data::Mapping(mapping) => {
                for (key, field) in mapping {
                    let inner = if around.site == Site::Environment { Name::of(key) } else { name.inner(key) };
                    self.tree(&field.value, inner, Path::Key(&path, key), around);
                }
            }
        }
    }

    fn scalar(&mut self, scalar: &'a Scalar, name: Name<'a>, path: Path<'_>, around: &Surroundings<'a>) {
        let mut buffer = std::mem::take(&mut self.name);
        let name = name.put(&mut buffer);
        let has = |name: &str| around.service.is_some_and(|service| service.variable(name).is_some());
        let is_public = around.site == Site::Environment && is_public_half(name, has);
        let key = if is_public { "" } else { name };
        let mut secrets = self.judge(key, &scalar.text, around, None);
        if let Some(fallback) = scalar.fallback.as_ref().filter(|_| !is_public) {
            let unused = self.judge(key, fallback, around, None).into_iter().filter(|secret| secret.fallback.is_some());
            secrets.extend(unused.map(|secret| Secret { fallback: Some(Fallback::Unused), ..secret }));
        }
        if !secrets.is_empty() {
            let (name, text) = (Cow::Owned(name.to_owned()), Cow::Borrowed(&scalar.text));
            self.push(around, name, text, path.to_string(), secrets);
        }
        self.name = buffer;
    }

    fn push(
        &mut self,
        around: &Surroundings<'a>,
        name: Cow<'a, str>,
        text: Cow<'a, Text>,
        subject: String,
        secrets: Vec<Secret>,
    ) {
        self.settings.push(Setting { service: around.service, name, site: around.site, text, subject, secrets });
    }

    fn command(&mut self, value: &'a Value, path: Path<'_>, around: &Surroundings<'a>) {
        let words: Vec<&'a Text> = match &value.data {
            Data::Sequence(items) => items.iter().filter_map(Value::as_text).collect(),
            _ => value.as_text().into_iter().collect(),
        };
        let arguments: Vec<&str> = words.iter().map(|word| word.as_str()).collect();
        for found in secrets::command_arguments(&arguments) {
            let Some(word) = words.get(found.argument) else { continue };
            let text = word.slice(found.range.clone());
            let secrets = self.judge(&found.name, &text, around, None);
            if !secrets.is_empty() {
                let subject = Path::Key(&path, &found.name).to_string();
                self.push(around, Cow::Owned(found.name), Cow::Owned(text), subject, secrets);
            }
        }
        // URLs and tokens need no flag.
        for (index, word) in words.iter().enumerate() {
            let secrets = self.judge("", word, around, None);
            if !secrets.is_empty() {
                self.push(
                    around,
                    Cow::Borrowed(""),
                    Cow::Borrowed(word),
                    Path::Item(&path, index).to_string(),
                    secrets,
                );
            }
        }
    }

    fn judge(&self, key: &str, text: &Text, around: &Surroundings<'a>, template: Option<&str>) -> Vec<Secret> {
        let mut own;
        let mut neighbours: &[Neighbour<'_>] = &around.neighbours;
        if let Some(text) = template {
            own = around.neighbours.clone();
            own.push(Neighbour { kind: NeighbourKind::Template, text });
            neighbours = &own;
        }
        let judged = secrets::judge(&Candidate { key, value: text.as_str(), neighbours });
        if judged.is_empty() {
            return Vec::new();
        }
        judged
            .into_iter()
            .map(|judgement| {
                let part = text.slice(judgement.range.clone());
                let place = part.source().map(|(place, _)| place);
                let file = place.and_then(|place| self.sources.file(place.file));
                let fallback = if part.pieces().any(|(_, piece)| self.is_default(piece.origin)) {
                    Some(Fallback::Used)
                } else {
                    judgement.fallback.then(|| match around.service {
                        // What Docker Compose left as it stands: `$${NAME:-default}`.
                        Some(service) if around.site != Site::File => match has_variable_of(&service, text, &part) {
                            true => Fallback::Unused,
                            false => Fallback::InContainer,
                        },
                        _ => Fallback::Used,
                    })
                };
                Secret {
                    verdict: judgement.verdict,
                    reason: judgement.reason,
                    fallback,
                    ignored: file.as_ref().is_some_and(|file| file.ignored),
                    template: file.as_ref().is_some_and(|file| self.is_only_template(file)),
                    published: around.published,
                    definition: file.zip(place).and_then(|(file, place)| self.definition(&file, place)),
                    place,
                    text: part,
                }
            })
            .collect()
    }

    fn is_default(&self, origin: OriginId) -> bool {
        self.origins.steps_back(origin).any(|step| step.role == Role::Default)
    }
}

/// Whether a key names the public half of a pair: `S3_ACCESS_KEY` beside `S3_SECRET_KEY` is the name that a client of an
/// S3-compatible store gives, and alone it is the whole secret.
fn is_public_half(name: &str, has: impl Fn(&str) -> bool) -> bool {
    let secret_halves = ["SECRET_KEY", "SECRET_ACCESS_KEY", "ACCESS_KEY_SECRET"];
    name.strip_suffix("ACCESS_KEY")
        .filter(|stem| !stem.ends_with("SECRET_"))
        .is_some_and(|stem| secret_halves.iter().any(|half| has(&format!("{stem}{half}"))))
}

/// Whether the container is given the variable whose default a part of a text is.
fn has_variable_of(service: &Service<'_>, text: &Text, default: &Text) -> bool {
    let whole = text.as_str();
    let Some(at) = whole.find(default.as_str()) else { return false };
    let before = whole.get(..at).unwrap_or_default();
    let of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let name =
        before.rfind("${").and_then(|open| before.get(open + 2..)).map(|rest| rest.split(|letter| !of_name(letter)));
    name.and_then(|mut parts| parts.next()).is_some_and(|name| service.variable(name).is_some())
}

/// Whether a part is all that a text holds, but for blanks and quotes.
fn is_whole(text: &str, part: &str) -> bool {
    let bare = text.trim().trim_matches(['"', '\'']);
    part.len() >= bare.len()
}
