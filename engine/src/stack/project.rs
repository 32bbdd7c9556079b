//! The model as `docker compose config --format json` prints it: what is active and used, with Compose's defaults.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value as Json};

use crate::stack::Stack;
use crate::stack::attributes::{Cast, Cursor, Merge, Print, Shape, Unique};
use crate::stack::dependencies;
use crate::stack::lenient::go_text;
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
            None if joins_default_network(service) => {
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
        let mut printed = match self.value("", service, Cursor::service()) {
            Some(Json::Object(printed)) => printed,
            _ => Map::new(),
        };
        for key in ["command", "entrypoint"] {
            let written = service.get(key).filter(|value| !value.is_null());
            let words = |value| self.value(key, value, Cursor::service().key(key)).unwrap_or(Json::Array(Vec::new()));
            printed.insert(key.into(), written.map_or(Json::Null, words));
        }
        for key in ["networks", "models"] {
            if let Some(names) = service.get(key).and_then(Value::as_mapping).filter(|names| !names.is_empty()) {
                let entries = names.iter().map(|(name, field)| {
                    let cursor = Cursor::service().key(key).key(name);
                    (spelled(name), self.value(name, &field.value, cursor).unwrap_or(Json::Null))
                });
                printed.insert(key.into(), Json::Object(entries.collect()));
            }
        }
        // Deprecated, but the same.
        if printed.get("pull_policy").is_some_and(|policy| policy == "if_not_present") {
            printed.insert("pull_policy".into(), "missing".into());
        }
        if joins_default_network(service) {
            let default = Map::from_iter([("default".to_owned(), Json::Null)]);
            printed.insert("networks".into(), Json::Object(default));
        }
        let says = |key| service.get("build").and_then(|build| build.get(key)).is_some_and(|value| !value.is_null());
        if let Some(Json::Object(build)) = printed.get_mut("build")
            && !says("dockerfile_inline")
            && !says("dockerfile")
        {
            build.entry("dockerfile").or_insert_with(|| Json::String("Dockerfile".to_owned()));
        }
        let scale = printed.get("scale").cloned();
        if let Some(Json::Object(deploy)) = printed.get_mut("deploy") {
            deploy.entry("placement").or_insert_with(|| Json::Object(Map::new()));
            deploy.entry("resources").or_insert_with(|| Json::Object(Map::new()));
            if let Some(scale) = scale {
                deploy.entry("replicas").or_insert(scale);
            }
        }
        let implied = dependencies::implied(service);
        if !implied.is_empty()
            && let Json::Object(printed) = printed.entry("depends_on").or_insert_with(|| Json::Object(Map::new()))
        {
            for dependency in implied {
                let restart = dependency.restart.then(|| ("restart".to_owned(), Json::Bool(true)));
                let entry = [
                    ("condition".to_owned(), Json::String("service_started".to_owned())),
                    ("required".to_owned(), Json::Bool(true)),
                ];
                let entry = entry.into_iter().chain(restart);
                printed.entry(dependency.service).or_insert_with(|| Json::Object(entry.collect()));
            }
        }
        Json::Object(printed)
    }

    /// A value, or nothing where Compose leaves it out.
    fn value(&self, key: &str, value: &Value, cursor: Cursor) -> Option<Json> {
        let print = cursor.attribute().print;
        match &value.data {
            _ if print == Print::Never => None,
            Data::Null => None,
            Data::Scalar(scalar) if print == Print::AsList => {
                Some(Json::Array(vec![self.typed(key, scalar, Print::AsText, None)]))
            }
            // A limit of zero is a limit without numbers.
            Data::Scalar(scalar) if print == Print::EvenEmpty && is_zero(scalar, cursor) => {
                Some(Json::Object(Map::new()))
            }
            Data::Scalar(scalar) => {
                let attribute = cursor.attribute();
                let printed = || self.typed(key, scalar, print, attribute.cast);
                let printed = (prints_zero(print, scalar.kind) || !is_zero(scalar, cursor)).then(printed);
                let cut = matches!(print, Print::Short | Print::Word);
                printed.filter(|printed| !cut || printed.as_u64() != Some(0))
            }
            Data::Sequence(items) => {
                let mut printed: Vec<Json> = items.iter().filter_map(|item| self.item(key, item, cursor)).collect();
                if print == Print::Sorted {
                    printed.sort_by(|left, right| left.as_str().cmp(&right.as_str()));
                }
                let even_empty = print == Print::EvenEmpty || (print == Print::Sorted && !items.is_empty());
                (even_empty || !printed.is_empty()).then_some(Json::Array(printed))
            }
            Data::Mapping(mapping) => {
                let mut printed = match print {
                    Print::Keys => return self.keys(key, mapping),
                    Print::Variables | Print::Options | Print::Arguments | Print::Contexts => {
                        self.strings(mapping, print)
                    }
                    _ => self.structure(mapping, cursor),
                };
                if print == Print::Limits {
                    // A limit of a name that nobody knows may say anything.
                    let limits = printed.values_mut().filter_map(Json::as_object_mut);
                    limits.for_each(|limit| limit.retain(|key, _| matches!(key.as_str(), "hard" | "soft")));
                }
                if matches!(print, Print::Limits | Print::Lists)
                    && let Some(extensions) = self.extensions(mapping, print)
                {
                    let gathered = match print {
                        Print::Lists => Json::Array(vec![Json::String(extensions)]),
                        _ => Json::Object(Map::new()),
                    };
                    printed.insert("#extensions".into(), gathered);
                }
                (!printed.is_empty() || print == Print::EvenEmpty).then_some(Json::Object(printed))
            }
        }
    }

    fn item(&self, list: &str, item: &Value, cursor: Cursor) -> Option<Json> {
        match &item.data {
            Data::Scalar(scalar) => {
                let attribute = cursor.item().attribute();
                Some(self.typed(list, scalar, attribute.print, attribute.cast))
            }
            Data::Mapping(mapping) => {
                let mut printed = self.structure(mapping, cursor.item());
                finish_item(list, cursor, mapping, &mut printed);
                Some(Json::Object(printed))
            }
            // A pool that is none is printed as such.
            Data::Null if cursor.attribute().merge == Merge::Pools => Some(Json::Null),
            _ => self.value(list, item, cursor.item()),
        }
    }

    /// Keys and their texts.
    fn strings(&self, mapping: &Mapping, print: Print) -> Map<String, Json> {
        let entry = |name: &str, field: &Field| {
            let text = match (&field.value.data, print) {
                (Data::Scalar(scalar), _) => Json::String(self.printer.print(name, &scalar.text)),
                (_, Print::Arguments) => return None,
                (_, Print::Options) => Json::String(String::new()),
                _ => Json::Null,
            };
            Some((spelled(name), text))
        };
        let mut printed: Map<String, Json> = mapping.iter().filter_map(|(name, field)| entry(name, field)).collect();
        if let Some(extensions) = self.extensions(mapping, print) {
            printed.retain(|name, _| {
                !mapping.iter().any(|(key, field)| spelled(key) == *name && is_extension(key, field, print))
            });
            printed.insert("#extensions".into(), Json::String(extensions));
        }
        printed
    }

    /// Keys with their values as YAML; written as JSON, Docker Compose fails here.
    fn keys(&self, list: &str, mapping: &Mapping) -> Option<Json> {
        let entry = |name: &str, field: &Field| match field.value.as_text() {
            Some(text) => format!("{}: {}", spelled(name), self.printer.print(list, text)),
            None => spelled(name),
        };
        let entries = mapping.iter().filter(|(name, field)| !is_extension(name, field, Print::Keys));
        let entries = entries.map(|(name, field)| entry(name, field));
        let extensions = self.extensions(mapping, Print::Keys).map(|words| format!("#extensions: {words}"));
        let printed: Vec<Json> = entries.chain(extensions).map(Json::String).collect();
        (!printed.is_empty()).then_some(Json::Array(printed))
    }

    /// Docker Compose takes `x-` keys for extensions also where every key is a name, and gathers them under a key of its
    /// own: as text, what Go prints of a mapping.
    fn extensions(&self, mapping: &Mapping, print: Print) -> Option<String> {
        let mut extensions: Vec<_> = mapping.iter().filter(|(name, field)| is_extension(name, field, print)).collect();
        extensions.sort_by_key(|(name, _)| *name);
        if extensions.is_empty() {
            return None;
        }
        let words = extensions
            .into_iter()
            .map(|(name, field)| format!("{}:{}", spelled(name), self.printer.print(name, &go_text(&field.value))));
        Some(format!("map[{}]", words.collect::<Vec<_>>().join(" ")))
    }

    /// Attributes; what stands under `x-` is known to be nobody's.
    fn structure(&self, mapping: &Mapping, cursor: Cursor) -> Map<String, Json> {
        let mut printed = Map::new();
        let names = cursor.attribute().print == Print::Names;
        for (name, field) in mapping.iter().filter(|(name, _)| names || !name.starts_with("x-")) {
            if let Some(inner) = self.value(name, &field.value, cursor.key(name)) {
                printed.insert(spelled(name), inner);
            }
        }
        printed
    }

    /// A scalar as the type that its attribute has in Docker Compose's structures.
    fn typed(&self, key: &str, scalar: &Scalar, print: Print, cast: Option<Cast>) -> Json {
        let text = scalar.text.as_str();
        let number = || {
            let whole = text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from));
            whole.ok().or_else(|| Number::from_f64(text.parse().ok()?))
        };
        let string = || Json::String(self.printer.print(key, &scalar.text));
        let is_number = matches!(scalar.kind, ScalarKind::Int | ScalarKind::Float);
        match (print, cast) {
            (Print::AsText | Print::Amount, _) => string(),
            (Print::Short, _) if is_number => Json::Number((go_unsigned(text) as u16).into()),
            (Print::Word, _) if is_number => Json::Number((go_unsigned(text) as u32).into()),
            (Print::Single, _) if is_number => {
                let single = text.parse::<f32>().ok().and_then(|number| number.to_string().parse::<f64>().ok());
                let whole = single.filter(|number| number.fract() == 0.0 && number.abs() < 9e15);
                whole
                    .map(|number| Number::from(number as i64))
                    .or(single.and_then(Number::from_f64))
                    .map_or_else(|| Json::String(text.to_owned()), Json::Number)
            }
            (_, Some(Cast::Unsigned)) if is_number => Json::Number(go_unsigned(text).into()),
            (Print::Whole, _) | (_, Some(Cast::Int)) if is_number => Json::Number(go_signed(text).into()),
            _ => match scalar.kind {
                ScalarKind::Bool => Json::Bool(text == "true"),
                ScalarKind::Int | ScalarKind::Float => {
                    number().map_or_else(|| Json::String(text.to_owned()), Json::Number)
                }
                ScalarKind::String => string(),
                // A date alone is midnight in Greenwich.
                ScalarKind::Timestamp if text.len() == "2001-12-14".len() => Json::String(format!("{text}T00:00:00Z")),
                ScalarKind::Timestamp => string(),
            },
        }
    }

    /// What is under `x-` at the top is printed as it is.
    fn extension(&self, key: &str, value: &Value) -> Json {
        match &value.data {
            Data::Null => Json::Null,
            Data::Scalar(scalar) => self.typed(key, scalar, Print::ByType, None),
            Data::Sequence(items) => items.iter().map(|item| self.extension(key, item)).collect(),
            Data::Mapping(mapping) => {
                let entries = mapping.iter().map(|(name, field)| (spelled(name), self.extension(name, &field.value)));
                Json::Object(entries.collect())
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
            let cursor = Cursor::root().key(section).key(name);
            let mut printed = match entry.and_then(|entry| self.value(section, entry, cursor)) {
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

/// Whether a service is in the default network because it says nothing else.
fn joins_default_network(service: &Value) -> bool {
    let named = service.get("networks").and_then(Value::as_mapping).is_some_and(|networks| !networks.is_empty());
    !named && service.text_at("network_mode").is_none() && service.get("provider").is_none()
}

/// Whether a key is an extension: it starts with `x-`, and stands in a mapping of a single layer. Lists, and what layers
/// were merged into, mostly have none.
fn is_extension(name: &str, field: &Field, print: Print) -> bool {
    if matches!(print, Print::Contexts | Print::Keys) {
        return name.starts_with("x-");
    }
    let in_list = match (field.key, field.value.place) {
        (Some(key), Some(value)) => key.file == value.file && key.range.end + 1 == value.range.start,
        _ => false,
    };
    name.starts_with("x-") && field.earlier_keys.is_empty() && !in_list
}

/// A key with its dollar signs doubled, as all text is.
fn spelled(key: &str) -> String {
    key.replace('$', "$$")
}

/// A number as Go's `int64`: an integer that is too large wraps around, any other number becomes the least there is (the
/// answer of an amd64 processor).
fn go_signed(text: &str) -> i64 {
    if let Ok(number) = text.parse::<i128>() {
        return number as i64;
    }
    let number = text.parse::<f64>().unwrap_or_default();
    let limit = -(i64::MIN as f64);
    if (-limit..limit).contains(&number) { number as i64 } else { i64::MIN }
}

/// The same as Go's `uint64`.
fn go_unsigned(text: &str) -> u64 {
    if let Ok(number) = text.parse::<i128>() {
        return number as u64;
    }
    let number = text.parse::<f64>().unwrap_or_default();
    let limit = -2.0 * (i64::MIN as f64);
    if (0.0..limit).contains(&number) { number as u64 } else { i64::MIN as u64 }
}

/// Whether what is taken for nothing is printed all the same.
fn prints_zero(print: Print, kind: ScalarKind) -> bool {
    print == Print::EvenZero || (print == Print::AsText && kind != ScalarKind::String)
}

/// Whether Compose takes a scalar for nothing.
fn is_zero(scalar: &Scalar, cursor: Cursor) -> bool {
    let text = scalar.text.as_str();
    match scalar.kind {
        ScalarKind::Bool => text == "false",
        ScalarKind::Int | ScalarKind::Float => text == "0",
        ScalarKind::String => match cursor.attribute().shape {
            Some(Shape::Bytes | Shape::BytesText) => text == "0",
            Some(Shape::Duration) => text == "0s",
            _ => text.is_empty(),
        },
        ScalarKind::Timestamp => false,
    }
}

/// What items of these lists have beside what is written.
fn finish_item(list: &str, cursor: Cursor, item: &Mapping, printed: &mut Map<String, Json>) {
    match list {
        "volumes" => {
            if let Some(Json::String(target)) = printed.get_mut("target") {
                *target = clean_target(target).into_owned();
            }
        }
        "secrets" | "configs" => {
            if let Some(Unique::Target(directory)) = cursor.attribute().unique
                && !directory.is_empty()
                && item.get("target").is_none_or(|target| target.value.is_null())
                && let Some(Json::String(source)) = printed.get("source")
            {
                let target = format!("{directory}/{source}");
                printed.entry("target").or_insert(Json::String(target));
            }
            if let Some(mode) = printed.get("mode").and_then(Json::as_i64) {
                let sign = if mode < 0 { "-" } else { "" };
                printed.insert("mode".into(), Json::String(format!("0{sign}{:o}", mode.unsigned_abs())));
            }
        }
        "watch" => {
            if let Json::Object(exec) = printed.entry("exec").or_insert_with(|| Json::Object(Map::new())) {
                exec.entry("command").or_insert(Json::Null);
            }
        }
        "gpus" => printed
            .retain(|key, _| matches!(key.as_str(), "capabilities" | "count" | "device_ids" | "driver" | "options")),
        "generic_resources" => {
            if let Some(Json::Object(spec)) = printed.get_mut("discrete_resource_spec") {
                spec.entry("kind").or_insert_with(|| Json::String(String::new()));
                spec.entry("value").or_insert_with(|| Json::Number(0.into()));
            }
        }
        "post_start" | "pre_stop" => {
            printed.entry("command").or_insert(Json::Null);
        }
        "weight_device" | "device_read_bps" | "device_read_iops" | "device_write_bps" | "device_write_iops" => {
            let zero = if list == "weight_device" { ("weight", Json::Number(0.into())) } else { ("rate", "0".into()) };
            for (name, zero) in [("path", "".into()), zero] {
                printed.entry(name).or_insert(zero);
            }
            // These structures have no JSON names of their own.
            let fields = [("path", "Path"), ("weight", "Weight"), ("rate", "Rate")];
            for (name, field) in fields {
                if let Some(value) = printed.remove(name) {
                    printed.insert(field.into(), value);
                }
            }
        }
        _ => {}
    }
}
