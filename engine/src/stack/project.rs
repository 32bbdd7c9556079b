//! The model as `docker compose config --format json` prints it: what is active and used, with Compose's defaults.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value as Json};

use crate::stack::Stack;
use crate::stack::shape::clean_target;
use crate::stack::value::{Data, Field, Mapping, Scalar, ScalarKind, Value};
use crate::text::{PieceKind, Text};

/// Turns the strings of a model into what may be printed.
pub trait Printer {
    /// The text of the value under `key`, which may have to hide it.
    fn print(&self, key: &str, text: &Text) -> String;
}

/// Prints every string as it is.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl Printer for Plain {
    fn print(&self, _key: &str, text: &Text) -> String {
        escape(text)
    }
}

/// A text with its dollar signs doubled, as Docker Compose prints it, so that it can be read back. The use of a variable
/// that only the machine knows stays one.
#[must_use]
pub fn escape(text: &Text) -> String {
    let mut escaped = String::with_capacity(text.as_str().len());
    for (range, piece) in text.pieces() {
        let part = text.as_str().get(range).unwrap_or_default();
        match piece.kind {
            PieceKind::Unknown => escaped.push_str(part),
            _ => escaped.push_str(&part.replace('$', "$$")),
        }
    }
    escaped
}

/// Values that Docker Compose prints although they are `false` or zero: absent means something else there.
const MEANINGFUL_ZEROS: [&str; 11] = [
    "init",
    "required",
    "replicas",
    "scale",
    "retries",
    "enable_ipv4",
    "enable_ipv6",
    "soft",
    "hard",
    "pids",
    "disable",
];

/// Prints a stack.
#[must_use]
pub fn project(stack: &Stack, printer: &dyn Printer) -> Json {
    let projection = Projection { stack, printer };
    let mut model = Map::new();
    model.insert("name".into(), Json::String(stack.project.as_str().to_owned()));
    let mut used = Used::default();
    let mut services = Map::new();
    for service in stack.services().filter(|service| service.active) {
        used.note(service.value());
        services.insert(service.name.into(), projection.service(service.value()));
    }
    model.insert("services".into(), Json::Object(services));
    for (section, names) in
        [("networks", used.networks), ("volumes", used.volumes), ("secrets", used.secrets), ("configs", used.configs)]
    {
        let entries = projection.section(section, &names);
        if !entries.is_empty() {
            model.insert(section.into(), Json::Object(entries));
        }
    }
    for (key, field) in stack.model.fields().filter(|(key, _)| key.starts_with("x-")) {
        model.insert(key.into(), projection.extension(key, &field.value));
    }
    Json::Object(model)
}

/// Names that active services use.
#[derive(Debug, Default)]
struct Used {
    networks: BTreeSet<String>,
    volumes: BTreeSet<String>,
    secrets: BTreeSet<String>,
    configs: BTreeSet<String>,
}

impl Used {
    fn note(&mut self, service: &Value) {
        match service.get("networks").and_then(Value::as_mapping).filter(|networks| !networks.is_empty()) {
            Some(networks) => self.networks.extend(networks.keys().map(|name| name.to_string())),
            None if service.text_at("network_mode").is_none() => {
                self.networks.insert("default".to_owned());
            }
            None => {}
        }
        let sources = |key: &str| {
            let items = service.get(key).map(Value::items).unwrap_or_default();
            items.iter().filter_map(|item| Some(item.get("source")?.as_str()?.to_owned())).collect::<Vec<_>>()
        };
        self.secrets.extend(sources("secrets"));
        self.configs.extend(sources("configs"));
        let build_secrets = service.get("build").and_then(|build| build.get("secrets")).map(Value::items);
        for item in build_secrets.unwrap_or_default() {
            self.secrets.extend(item.text_at("source").map(|source| source.as_str().to_owned()));
        }
        for item in service.get("volumes").map(Value::items).unwrap_or_default() {
            if item.get("type").and_then(Value::as_str) == Some("volume") {
                self.volumes.extend(item.text_at("source").map(|source| source.as_str().to_owned()));
            }
        }
    }
}

struct Projection<'a> {
    stack: &'a Stack,
    printer: &'a dyn Printer,
}

impl Projection<'_> {
    fn service(&self, service: &Value) -> Json {
        let mut printed = match self.value("", service) {
            Some(Json::Object(printed)) => printed,
            _ => Map::new(),
        };
        printed.remove("env_file");
        for key in ["command", "entrypoint"] {
            let written = service.get(key).filter(|value| !value.is_null());
            let words = written.map(|value| self.value(key, value).unwrap_or_else(|| Json::Array(Vec::new())));
            printed.insert(key.into(), words.unwrap_or(Json::Null));
        }
        let networks = service.get("networks").and_then(Value::as_mapping).filter(|networks| !networks.is_empty());
        match networks {
            Some(networks) => {
                let entry = |(name, field): (&Box<str>, &Field)| {
                    (name.to_string(), self.value(name, &field.value).unwrap_or(Json::Null))
                };
                printed.insert("networks".into(), Json::Object(networks.iter().map(entry).collect()));
            }
            None if service.text_at("network_mode").is_none() => {
                let default = Map::from_iter([("default".to_owned(), Json::Null)]);
                printed.insert("networks".into(), Json::Object(default));
            }
            None => {}
        }
        if let Some(Json::Object(build)) = printed.get_mut("build")
            && !build.contains_key("dockerfile_inline")
        {
            build.entry("dockerfile").or_insert_with(|| Json::String("Dockerfile".to_owned()));
        }
        if let Some(Json::Object(deploy)) = printed.get_mut("deploy") {
            deploy.entry("placement").or_insert_with(|| Json::Object(Map::new()));
            deploy.entry("resources").or_insert_with(|| Json::Object(Map::new()));
        }
        Json::Object(printed)
    }

    /// A value, or nothing where Compose leaves it out.
    fn value(&self, key: &str, value: &Value) -> Option<Json> {
        match &value.data {
            Data::Null => None,
            Data::Scalar(scalar) => self.scalar(key, scalar),
            Data::Sequence(items) => {
                let items: Vec<Json> = items.iter().filter_map(|item| self.item(key, item)).collect();
                (!items.is_empty()).then_some(Json::Array(items))
            }
            Data::Mapping(mapping) => self.mapping(key, mapping),
        }
    }

    fn item(&self, key: &str, item: &Value) -> Option<Json> {
        match &item.data {
            Data::Scalar(scalar) => Some(self.typed(key, scalar)),
            Data::Mapping(mapping) => {
                let mut printed = match self.mapping(key, mapping) {
                    Some(Json::Object(printed)) => printed,
                    _ => Map::new(),
                };
                self.finish_item(key, item, &mut printed);
                Some(Json::Object(printed))
            }
            _ => self.value(key, item),
        }
    }

    /// What items of these lists have beside what is written.
    fn finish_item(&self, list: &str, item: &Value, printed: &mut Map<String, Json>) {
        match list {
            "volumes" => {
                let kind = item.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
                if let Some(Json::String(target)) = printed.get_mut("target") {
                    *target = clean_target(target);
                }
                if item.get(&kind).is_some_and(|options| options.as_mapping().is_some()) {
                    printed.entry(kind).or_insert_with(|| Json::Object(Map::new()));
                }
            }
            "secrets" if !printed.contains_key("target") => {
                if let Some(Json::String(source)) = printed.get("source") {
                    let target = format!("/run/secrets/{source}");
                    printed.insert("target".into(), Json::String(target));
                }
            }
            _ => {}
        }
        if matches!(list, "secrets" | "configs")
            && let Some(Json::Number(mode)) = printed.get("mode").cloned()
            && let Some(mode) = mode.as_u64()
        {
            printed.insert("mode".into(), Json::String(format!("0{mode:o}")));
        }
    }

    fn mapping(&self, key: &str, mapping: &Mapping) -> Option<Json> {
        // Of these every key counts, also one without a value.
        let keys_count = matches!(key, "environment" | "args" | "labels" | "annotations" | "sysctls" | "options");
        let mut printed = Map::new();
        for (name, field) in mapping {
            let inner = match &field.value.data {
                Data::Null if keys_count => Some(Json::Null),
                Data::Scalar(scalar) if keys_count => Some(Json::String(self.printer.print(name, &scalar.text))),
                _ if name.starts_with("x-") => Some(self.extension(name, &field.value)),
                _ => self.value(name, &field.value),
            };
            if let Some(inner) = inner {
                printed.insert(name.to_string(), inner);
            }
        }
        (!printed.is_empty()).then_some(Json::Object(printed))
    }

    fn scalar(&self, key: &str, scalar: &Scalar) -> Option<Json> {
        let text = scalar.text.as_str();
        let zero = match scalar.kind {
            ScalarKind::Bool => text == "false",
            ScalarKind::Int | ScalarKind::Float => text == "0",
            ScalarKind::String => text.is_empty(),
            ScalarKind::Timestamp => false,
        };
        (!zero || MEANINGFUL_ZEROS.contains(&key)).then(|| self.typed(key, scalar))
    }

    fn typed(&self, key: &str, scalar: &Scalar) -> Json {
        let text = scalar.text.as_str();
        let number = || text.parse::<i64>().ok().map(Number::from).or_else(|| Number::from_f64(text.parse().ok()?));
        match scalar.kind {
            ScalarKind::Bool => Json::Bool(text == "true"),
            ScalarKind::Int | ScalarKind::Float => number().map_or_else(|| Json::String(text.to_owned()), Json::Number),
            ScalarKind::String | ScalarKind::Timestamp => Json::String(self.printer.print(key, &scalar.text)),
        }
    }

    /// What is under `x-` is printed as it is.
    fn extension(&self, key: &str, value: &Value) -> Json {
        match &value.data {
            Data::Null => Json::Null,
            Data::Scalar(scalar) => self.typed(key, scalar),
            Data::Sequence(items) => items.iter().map(|item| self.extension(key, item)).collect(),
            Data::Mapping(mapping) => {
                let entry = |(name, field): (&Box<str>, &Field)| (name.to_string(), self.extension(name, &field.value));
                Json::Object(mapping.iter().map(entry).collect())
            }
        }
    }

    /// The used entries of a top-level section, with the names they have in the engine.
    fn section(&self, section: &str, names: &BTreeSet<String>) -> Map<String, Json> {
        let written = self.stack.model.get(section);
        let mut entries = Map::new();
        for name in names {
            let entry = written.and_then(|written| written.get(name));
            if entry.is_none() && !(section == "networks" && name == "default") {
                continue;
            }
            let mut printed = match entry.and_then(|entry| self.value(section, entry)) {
                Some(Json::Object(printed)) => printed,
                _ => Map::new(),
            };
            let external = printed.get("external") == Some(&Json::Bool(true));
            let full = if external { name.clone() } else { format!("{}_{name}", self.stack.project.as_str()) };
            printed.entry("name").or_insert_with(|| Json::String(full));
            if section == "networks" {
                printed.entry("ipam").or_insert_with(|| Json::Object(Map::new()));
            }
            entries.insert(name.clone(), Json::Object(printed));
        }
        entries
    }
}
