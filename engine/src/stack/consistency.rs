//! What Docker Compose refuses once a stack is complete: names that nothing defines, attributes that exclude each
//! other, lists that say a thing twice, services that wait for each other.
//!
//! Source: compose-go's `loader/validate.go` and `validation`, and the recorded answers in `fixtures/compose`. Services
//! that no active profile starts are not checked for what they refer to, as Docker Compose drops them first.

use std::borrow::Cow;

use crate::map::{HashMap, HashSet, IndexMap};
use crate::origin::Span;
use crate::stack::attributes::{Cast, Cursor, Shape};
use crate::stack::dependencies;
use crate::stack::interpolate::uncastable;
use crate::stack::path::Path;
use crate::stack::problem::{Problem, ProblemKind};
use crate::stack::shape::{clean_target, fault};
use crate::stack::value::{Data, Field, Mapping, ScalarKind, Value};

/// Checks a complete model. `active` says whether the service of a name runs.
pub(crate) fn check(model: &Value, active: impl Fn(&str) -> bool) -> Vec<Problem> {
    let none = Mapping::default();
    let services = model.get("services").and_then(Value::as_mapping).unwrap_or(&none);
    let running = services.iter().filter(|(name, _)| active(name));
    let running = running.map(|(name, field)| (&**name, field)).collect();
    let mut check = Check { model, services, running: &running, problems: Vec::new() };
    for (name, field) in entries(model, "volumes") {
        check.external_volume(name, field);
    }
    for (name, field) in entries(model, "secrets") {
        check.file_object("secrets", name, field, &["file", "environment"]);
    }
    for (name, field) in entries(model, "configs") {
        check.file_object("configs", name, field, &["file", "environment", "content"]);
    }
    check.values(model, Cursor::root(), &Path::default());
    for (name, field) in &running {
        Service { check: &mut check, name, field }.check();
    }
    check.container_names();
    check.cycles();
    check.problems
}

/// The entries of a section that are mappings: what is none is refused for that alone.
fn entries<'a>(model: &'a Value, section: &str) -> impl Iterator<Item = (&'a str, &'a Field)> + use<'a> {
    let entries = model.get(section).into_iter().flat_map(Value::fields);
    entries.filter(|(_, field)| field.value.as_mapping().is_some())
}

struct Check<'a> {
    model: &'a Value,
    services: &'a Mapping,
    running: &'a IndexMap<&'a str, &'a Field>,
    problems: Vec<Problem>,
}

impl<'a> Check<'a> {
    fn schema(&mut self, place: Option<Span>, subject: &str, message: String) {
        self.problems.push(Problem::new(ProblemKind::Schema, place, subject, message));
    }

    /// What exists already is not described.
    fn external_volume(&mut self, name: &str, field: &Field) {
        if !is_true(field.value.get("external")) {
            return;
        }
        let more = |key: &str| !matches!(key, "external" | "name") && !key.starts_with("x-");
        if let Some((key, described)) = field.value.fields().find(|(key, _)| more(key)) {
            let subject = format!("volumes.{name}");
            let message = format!("`{subject}` is external, so `{key}` cannot be set here");
            self.schema(described.key.or(field.key), &subject, message);
        }
    }

    /// A secret or config has exactly one source.
    fn file_object(&mut self, section: &str, name: &str, field: &Field, sources: &[&str]) {
        let value = &field.value;
        let mut named = sources.iter().filter(|source| value.get(source).is_some());
        let list = || sources.iter().map(|source| format!("`{source}`")).collect::<Vec<_>>().join(", ");
        let subject = || format!("{section}.{name}");
        let (first, second) = (named.next(), named.next());
        if second.is_some() {
            let subject = subject();
            self.schema(field.key, &subject, format!("`{subject}` may have only one of {}", list()));
        }
        let driven = value.get("driver").is_some();
        let secret = section == "secrets";
        let external = if secret { is_true(value.get("external")) } else { value.get("external").is_some() };
        if first.is_none() && !external && (secret || !driven) && !value.repaired {
            let subject = subject();
            let message = format!("`{subject}` needs one of {}, or `external: true`", list());
            self.schema(field.key, &subject, message);
        }
    }

    /// Amounts, durations and command lines that are none.
    fn values(&mut self, value: &Value, cursor: Cursor, path: &Path<'_>) {
        if !cursor.concerns().late {
            return;
        }
        match &value.data {
            Data::Null => {}
            Data::Scalar(scalar) => {
                let attribute = cursor.attribute();
                if let Some(cast) = attribute.cast.filter(|_| attribute.late && scalar.kind == ScalarKind::String)
                    && !scalar.text.is_unknown()
                {
                    self.problems.push(uncastable(scalar, cast, value.place, path));
                }
                let fault = match cursor.attribute().shape {
                    Some(Shape::Command) => Some("is no command line: a quote or a bracket in it is not closed"),
                    Some(shape) => fault(shape, &scalar.text),
                    None => None,
                };
                // Docker Compose reads these as `int64` or as a fraction.
                let processors = attribute.late && attribute.cast == Some(Cast::Float);
                if processors && scalar.kind == ScalarKind::Int && scalar.text.as_str().parse::<i64>().is_err() {
                    self.schema(value.place, &path.to_string(), format!("`{path}` is too large"));
                }
                // A duration that is a number is refused where it is read.
                let fraction = attribute.shape == Some(Shape::FileMode) && scalar.kind == ScalarKind::Float;
                let left = !value.repaired && (scalar.kind == ScalarKind::String || fraction);
                if let Some(fault) = fault.filter(|_| left) {
                    self.schema(value.place, &path.to_string(), format!("`{path}` {fault}"));
                }
            }
            Data::Sequence(items) => {
                let hosts = cursor.attribute().shape == Some(Shape::ExtraHosts);
                for (index, item) in items.iter().enumerate() {
                    let faulty = item.as_str().is_some_and(|host| !host.contains('=') || host.starts_with('='));
                    if hosts && faulty && !item.repaired {
                        let message = format!("`{path}` takes items of the form `host=address`");
                        self.schema(item.place, &path.to_string(), message);
                    }
                    self.values(item, cursor.item(), &path.index(index));
                }
            }
            Data::Mapping(fields) => {
                if cursor.attribute().shape == Some(Shape::Contexts) {
                    self.contexts(fields, path);
                }
                for (key, field) in fields {
                    self.values(&field.value, cursor.key(key), &path.key(key));
                }
            }
        }
    }

    /// Build contexts that no second layer made text of.
    fn contexts(&mut self, contexts: &Mapping, path: &Path<'_>) {
        for (name, field) in contexts.iter().filter(|(_, field)| !field.value.repaired) {
            let kind = match &field.value.data {
                Data::Scalar(scalar) if scalar.kind == ScalarKind::String => continue,
                Data::Null => "has no value",
                _ => "takes a string",
            };
            let path = path.key(name);
            let place = field.value.place.or(field.key);
            self.schema(place, &path.to_string(), format!("`{path}` {kind}"));
        }
    }

    fn container_names(&mut self) {
        let mut seen: HashMap<&str, Option<Span>> = HashMap::default();
        for (service, field) in self.running {
            let Some(value) = field.value.get("container_name") else { continue };
            let Some(name) = value.as_str().filter(|name| !name.is_empty()) else { continue };
            if let Some(first) = seen.insert(name, value.place) {
                let subject = format!("services.{service}.container_name");
                let message = format!("the container name `{name}` is given to two services");
                let problem = Problem::new(ProblemKind::Schema, value.place, &subject, message);
                self.problems.push(problem.related("the other service", first));
            }
        }
    }

    /// Services that wait for each other.
    fn cycles(&mut self) {
        let mut finished: HashSet<&str> = HashSet::default();
        for name in self.running.keys().copied() {
            let dependencies = self.dependencies_of(name);
            if dependencies.is_empty() || finished.contains(name) {
                continue;
            }
            // A depth-first walk with its own stack: each service with those it still has to visit.
            let mut walk = vec![(name, dependencies)];
            let mut on_way = HashMap::from_iter([(name, 0)]);
            while let Some((service, pending)) = walk.last_mut() {
                let service = *service;
                let Some((next, place)) = pending.pop() else {
                    finished.insert(service);
                    on_way.remove(service);
                    walk.pop();
                    continue;
                };
                if finished.contains(next) {
                    continue;
                }
                if let Some(start) = on_way.get(next).copied() {
                    let way: Vec<&str> = walk.iter().skip(start).map(|(name, _)| *name).chain([next]).collect();
                    let message = format!("services depend on each other: {}", way.join(" -> "));
                    let subject = format!("services.{service}.depends_on");
                    self.problems.push(Problem::new(ProblemKind::Cycle, place, &subject, message));
                    continue;
                }
                let dependencies = self.dependencies_of(next);
                on_way.insert(next, walk.len());
                walk.push((next, dependencies));
            }
        }
    }

    fn dependencies_of(&self, name: &str) -> Vec<(&'a str, Option<Span>)> {
        let Some(field) = self.running.get(name) else { return Vec::new() };
        let written = field.value.get("depends_on").into_iter().flat_map(Value::fields);
        let written = written.map(|(name, field)| (name, field.key));
        let implied = dependencies::implied(&field.value).into_iter();
        written.chain(implied.map(|dependency| (dependency.service, dependency.value.place))).collect()
    }
}

/// One running service.
struct Service<'a, 'b> {
    check: &'b mut Check<'a>,
    name: &'a str,
    field: &'a Field,
}

impl<'a> Service<'a, '_> {
    fn check(&mut self) {
        let service = &self.field.value;
        if service.as_mapping().is_none() || service.repaired {
            return;
        }
        let has = |key: &str| service.get(key).is_some_and(|value| value.as_str() != Some(""));
        if !has("image") && !has("build") && !has("provider") {
            let message = format!("the service `{}` has neither an `image` nor a `build`", self.name);
            let problem =
                Problem::new(ProblemKind::Schema, self.field.key, &format!("services.{}", self.name), message);
            self.check.problems.push(problem.help(
                "add one; if this file only adds to another one, it runs together with that: `docker compose -f FIRST -f THIS`",
            ));
        }
        let (build, deploy) = (service.get("build"), service.get("deploy"));
        self.networks();
        self.dependencies();
        self.contexts(build);
        self.mounts();
        for (key, section, what) in
            [("secrets", "secrets", "secret"), ("configs", "configs", "config"), ("models", "models", "model")]
        {
            self.references(service.get(key), section, what);
        }
        self.references(build.and_then(|build| build.get("secrets")), "secrets", "build secret");
        self.watches();
        self.health();
        self.scale(deploy);
        self.limits(deploy);
    }

    fn schema(&mut self, place: Option<Span>, attribute: &str, message: String) {
        let dot = if attribute.is_empty() { "" } else { "." };
        let subject = format!("services.{}{dot}{attribute}", self.name);
        self.check.schema(place, &subject, message);
    }

    fn undefined(&mut self, place: Option<Span>, attribute: &str, message: String) {
        let subject = format!("services.{}.{attribute}", self.name);
        let problem = Problem::new(ProblemKind::UndefinedReference, place, &subject, message);
        self.check
            .problems
            .push(problem.help("correct the name, or define it at the top level of a file of the stack"));
    }

    fn is_defined(&self, section: &str, name: &str) -> bool {
        self.check.model.get(section).and_then(|section| section.get(name)).is_some()
    }

    fn networks(&mut self) {
        let service = &self.field.value;
        let mut names = service.get("networks").into_iter().flat_map(Value::fields).peekable();
        if names.peek().is_some()
            && let Some(mode) = service.get("network_mode")
            && mode.as_str().is_some_and(|mode| !mode.is_empty())
        {
            let message = format!("the service `{}` has both `network_mode` and `networks`", self.name);
            self.schema(mode.place, "network_mode", message);
        }
        for (name, field) in names {
            if name != "default" && !self.is_defined("networks", name) {
                let message = format!("the service `{}` uses the network `{name}`, which nothing defines", self.name);
                self.undefined(field.key.or(field.value.place), "networks", message);
            }
        }
    }

    fn dependencies(&mut self) {
        let service = &self.field.value;
        let written = service.get("depends_on").into_iter().flat_map(Value::fields);
        for (name, field) in written {
            let running = self.check.running.contains_key(name);
            let dropped = self.check.services.contains_key(name) && is_false(field.value.get("required"));
            if !running && !dropped {
                self.undefined_service(name, "depends_on", field.key.or(field.value.place));
            }
        }
        for dependency in dependencies::implied(service) {
            if !self.check.running.contains_key(dependency.service) {
                self.undefined_service(dependency.service, dependency.attribute, dependency.value.place);
            }
        }
    }

    fn undefined_service(&mut self, name: &str, attribute: &str, place: Option<Span>) {
        let message = match self.check.services.contains_key(name) {
            true => format!("the service `{}` depends on `{name}`, which no active profile starts", self.name),
            false => format!("the service `{}` depends on `{name}`, which nothing defines", self.name),
        };
        self.undefined(place, attribute, message);
    }

    fn mounts(&mut self) {
        let items = |attribute| self.field.value.get(attribute).map(Value::items).unwrap_or_default();
        let volumes = items("volumes");
        for (items, attribute, what) in [(volumes, "volumes", "mount"), (items("devices"), "devices", "device")] {
            for item in items {
                if item.as_mapping().is_some() && item.get("target").is_none() && !item.repaired {
                    let message = format!("this {what} of the service `{}` has no `target`", self.name);
                    self.schema(item.place, attribute, message);
                }
            }
        }
        self.targets(volumes, items("tmpfs"));
        for item in volumes {
            let source = item.get("source");
            match (item.get("type").and_then(Value::as_str), source.and_then(Value::as_str)) {
                (Some("bind"), _) if source.is_none() && !item.repaired => {
                    let message = format!("this bind mount of the service `{}` has no `source`", self.name);
                    self.schema(item.place, "volumes", message);
                }
                (Some("volume"), Some(name)) if !name.is_empty() && !self.is_defined("volumes", name) => {
                    let message =
                        format!("the service `{}` uses the volume `{name}`, which nothing defines", self.name);
                    self.undefined(source.and_then(|source| source.place).or(item.place), "volumes", message);
                }
                _ => {}
            }
        }
    }

    /// Two mounts at one place.
    fn targets(&mut self, volumes: &[Value], tmpfs: &[Value]) {
        if volumes.len() + tmpfs.len() < 2 {
            return;
        }
        let volumes = volumes.iter();
        let volumes =
            volumes.filter_map(|item| Some((clean_target(item.get("target")?.as_str()?), item.place, "volumes")));
        let memory = tmpfs.iter().filter_map(|item| {
            let target = item.as_str()?.split(':').next().unwrap_or_default();
            Some((Cow::Borrowed(target), item.place, "tmpfs"))
        });
        let mut seen: HashMap<Cow<'_, str>, Option<Span>> = HashMap::default();
        for (target, place, attribute) in volumes.chain(memory) {
            if let Some(first) = seen.insert(target.clone(), place) {
                let subject = format!("services.{}.{attribute}", self.name);
                let message = format!("two mounts of the service `{}` have the target `{target}`", self.name);
                let problem = Problem::new(ProblemKind::Schema, place, &subject, message);
                self.check.problems.push(problem.related("the other mount", first));
            }
        }
    }

    /// Build contexts that are what another service builds.
    fn contexts(&mut self, build: Option<&Value>) {
        let contexts = build.and_then(|build| build.get("additional_contexts")).into_iter().flat_map(Value::fields);
        for (_, field) in contexts {
            let name = field.value.as_str().and_then(|text| text.strip_prefix("service:"));
            let Some(name) = name else { continue };
            let Some(service) = self.check.services.get(name) else {
                let message = format!("the service `{}` builds upon `{name}`, which nothing defines", self.name);
                self.undefined(field.value.place, "build.additional_contexts", message);
                continue;
            };
            if service.value.get("build").is_none() {
                let message = format!("the service `{}` builds upon `{name}`, which has no `build`", self.name);
                self.schema(field.value.place, "build.additional_contexts", message);
            }
        }
    }

    /// Secrets, configs and models by name.
    fn references(&mut self, list: Option<&'a Value>, section: &str, what: &str) {
        let Some(list) = list else { return };
        let source = |item: &'a Value| item.get("source").and_then(Value::as_str).unwrap_or_default();
        let items = list.items().iter().filter(|item| item.as_mapping().is_some() && !item.repaired);
        let sources = items.map(|item| (source(item), item.place));
        let keys = list.fields().map(|(name, field)| (name, field.key.or(field.value.place)));
        for (name, place) in sources.chain(keys) {
            if !self.is_defined(section, name) {
                let message = format!("the service `{}` uses the {what} `{name}`, which nothing defines", self.name);
                self.undefined(place, section, message);
            }
        }
    }

    fn watches(&mut self) {
        let watches = self.field.value.get("develop").and_then(|develop| develop.get("watch")).map(Value::items);
        for path in watches.unwrap_or_default().iter().filter_map(|watch| watch.get("path")) {
            if path.as_str() == Some("") && !path.repaired {
                self.schema(path.place, "develop.watch", "the `path` to watch is empty".to_owned());
            }
        }
    }

    fn health(&mut self) {
        let test = self.field.value.get("healthcheck").and_then(|check| check.get("test"));
        let Some(test) = test else { return };
        let first = test.items().first().and_then(Value::as_text);
        if first.is_some_and(|first| !first.is_unknown() && !matches!(first.as_str(), "CMD" | "CMD-SHELL" | "NONE")) {
            let message = "a list under `test` starts with `CMD`, `CMD-SHELL` or `NONE`".to_owned();
            self.schema(test.place, "healthcheck.test", message);
        }
    }

    /// A named container exists once, and a number of containers is said once.
    fn scale(&mut self, deploy: Option<&Value>) {
        let service = &self.field.value;
        let number = |value: Option<&Value>| value?.as_str()?.parse::<i64>().ok();
        let scale = service.get("scale");
        let replicas = deploy.and_then(|deploy| deploy.get("replicas"));
        let (scaled, replicated) = (number(scale), number(replicas));
        if let (Some(one), Some(other)) = (scaled, replicated)
            && one != other
        {
            let message = "`scale` and `deploy.replicas` say different numbers".to_owned();
            self.schema(scale.and_then(|scale| scale.place), "scale", message);
        }
        if scaled.or(replicated).is_some_and(|number| number > 1)
            && let Some(name) = service.get("container_name")
            && name.as_str().is_some_and(|name| !name.is_empty())
        {
            let message = "a service with a `container_name` cannot have more than one container".to_owned();
            self.schema(name.place, "container_name", message);
        }
    }

    /// Limits that may be said in two places.
    fn limits(&mut self, deploy: Option<&Value>) {
        const PAIRS: [(&str, &str, &str); 4] = [
            ("cpus", "limits", "cpus"),
            ("mem_limit", "limits", "memory"),
            ("mem_reservation", "reservations", "memory"),
            ("pids_limit", "limits", "pids"),
        ];
        let service = &self.field.value;
        let Some(resources) = deploy.and_then(|deploy| deploy.get("resources")) else { return };
        for (attribute, kind, name) in PAIRS {
            let number = |value: &Value| value.as_str()?.parse::<f64>().ok();
            let Some(value) = service.get(attribute) else { continue };
            let Some(limits) = resources.get(kind).filter(|limits| limits.as_mapping().is_some()) else { continue };
            // A limit that is not named there is none: that is another one, too.
            let other = limits.get(name).map_or(Some(0.0), number);
            if let (Some(one), Some(other)) = (number(value).filter(|one| *one != 0.0), other)
                && one.to_bits() != other.to_bits()
            {
                let message = format!("`{attribute}` and `deploy.resources.{kind}.{name}` say different things");
                self.schema(value.place, attribute, message);
            }
        }
    }
}

fn is_true(value: Option<&Value>) -> bool {
    value.and_then(Value::as_str) == Some("true")
}

fn is_false(value: Option<&Value>) -> bool {
    value.and_then(Value::as_str) == Some("false")
}
