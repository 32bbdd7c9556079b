//! Short syntaxes brought into their canonical form, one layer at a time, so that merging knows a single form.

mod gpus;
mod lists;
mod mounts;
mod ports;
mod quantity;
mod words;

use crate::origin::{OriginId, Span};
use crate::stack::attributes::{Cursor, Shape};
use crate::stack::path::Path;
use crate::stack::problem::{Problem, ProblemKind};
use crate::stack::value::{Data, Field, Mapping, Scalar, ScalarKind, Value};
use crate::text::Text;

pub(crate) use lists::ssh_keys;
pub(crate) use mounts::clean_target;
pub(crate) use quantity::fault;

/// How many mappings the port ranges of one stack may become. `1-65535` is one range, and an RTP server publishes
/// 10,000 ports; a short line that becomes 65,535 values must not be worth repeating.
pub(crate) const PORT_BUDGET: u32 = 70_000;

/// Brings a tree into its canonical form, except for what layers merge as it is written. `ports_left` is what is left of
/// the [`PORT_BUDGET`].
pub(crate) fn shape(
    value: &mut Value,
    cursor: Cursor,
    path: &Path<'_>,
    problems: &mut Vec<Problem>,
    ports_left: &mut u32,
) {
    if !cursor.concerns().shape {
        return;
    }
    if let Some(shape) = cursor.attribute().shape.filter(|_| !cursor.attribute().late) {
        let mut shaper = Shaper { path, problems, ports_left };
        let old = std::mem::replace(&mut value.data, Data::Null);
        let old = value.with(old);
        value.data = shaper.apply(shape, old);
    }
    match &mut value.data {
        _ if cursor.is_leaf() => {}
        Data::Null | Data::Scalar(_) => {}
        Data::Sequence(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                self::shape(item, cursor.item(), &path.index(index), problems, ports_left);
            }
        }
        Data::Mapping(mapping) => {
            for (key, field) in mapping {
                self::shape(&mut field.value, cursor.key(key), &path.key(key), problems, ports_left);
            }
        }
    }
}

/// Brings what layers merge as it is written into its canonical form, once they are merged: the labels of secrets and
/// configs, and the keys of builds.
pub(crate) fn shape_late(model: &mut Value, problems: &mut Vec<Problem>, ports_left: &mut u32) {
    let Data::Mapping(sections) = &mut model.data else { return };
    if let Some(Data::Mapping(services)) = sections.get_mut("services").map(|field| &mut field.value.data) {
        services.values_mut().for_each(|service| shape_service_late(&mut service.value));
    }
    for section in ["secrets", "configs"] {
        let Some(Data::Mapping(entries)) = sections.get_mut(section).map(|field| &mut field.value.data) else {
            continue;
        };
        for entry in entries.values_mut() {
            let Data::Mapping(entry) = &mut entry.value.data else { continue };
            let Some(labels) = entry.get_mut("labels").map(|field| &mut field.value) else { continue };
            let old = std::mem::replace(&mut labels.data, Data::Null);
            let old = labels.with(old);
            labels.data = Shaper { path: &Path::default(), problems, ports_left }.apply(Shape::Labels, old);
        }
    }
}

/// The same for a service alone.
pub(crate) fn shape_service_late(service: &mut Value) {
    if let Data::Mapping(service) = &mut service.data
        && let Some(Data::Mapping(build)) = service.get_mut("build").map(|field| &mut field.value.data)
        && let Some(ssh) = build.get_mut("ssh").map(|field| &mut field.value)
    {
        let old = std::mem::replace(&mut ssh.data, Data::Null);
        ssh.data = ssh_keys(ssh.with(old));
    }
}

struct Shaper<'a> {
    path: &'a Path<'a>,
    problems: &'a mut Vec<Problem>,
    ports_left: &'a mut u32,
}

impl Shaper<'_> {
    fn apply(&mut self, shape: Shape, value: Value) -> Data {
        if value.is_null() {
            return Data::Null;
        }
        match shape {
            Shape::Environment => self.environment(value),
            Shape::Contexts => self.contexts(value),
            Shape::Labels => self.labels(value),
            Shape::Items | Shape::WholeNumber => value.data,
            Shape::StringList => self.string_list(value),
            Shape::NonEmptyList => match self.string_list(value) {
                Data::Sequence(mut items) => {
                    items.retain(|item| item.as_str() != Some(""));
                    Data::Sequence(items)
                }
                data => data,
            },
            Shape::NamedList => self.named_list(value),
            Shape::DependsOn => self.depends_on(value),
            Shape::Build => single_key(value, "context"),
            Shape::Extends => single_key(value, "service"),
            Shape::Command => words::command(value),
            Shape::HealthcheckTest => healthcheck_test(value),
            Shape::Ports => self.each(value, Self::port),
            Shape::Volumes => self.each(value, Self::volume),
            Shape::Devices => self.each(value, Self::device),
            Shape::FileReference => self.each(value, |_, item, kept| kept.push(keyed(item, "source"))),
            Shape::EnvFile => self.paths(value),
            Shape::Include => match value.data {
                Data::Sequence(_) => self.paths(value),
                data => data,
            },
            Shape::ExtraHosts => self.extra_hosts(value),
            Shape::Expose => self.expose(value),
            Shape::External => self.external(value),
            Shape::Bytes => quantity::amount(value),
            Shape::BytesText => quantity::amount(value),
            Shape::FileMode => quantity::file_mode(value),
            Shape::Duration => quantity::duration(value),
            Shape::Ssh => self.ssh(value),
            Shape::Gpus => self.gpus(value),
            Shape::DeviceCount => self.device_count(value),
        }
    }

    /// Says that Docker Compose refuses `value`.
    fn refuse(&mut self, value: &Value, message: &str) {
        self.refuse_at(value.place, value.repaired, message);
    }

    fn refuse_at(&mut self, place: Option<Span>, repaired: bool, message: &str) {
        // What recovery left of a value may have any shape.
        if !repaired {
            let message = format!("`{}` {message}", self.path);
            self.problems.push(Problem::new(ProblemKind::Schema, place, &self.path.to_string(), message));
        }
    }

    /// Each item of a list on its own, which adds what becomes of it to those before; what is no list is refused as such,
    /// and kept.
    fn each(&mut self, value: Value, mut item: impl FnMut(&mut Self, Value, &mut Vec<Value>)) -> Data {
        match value.data {
            Data::Sequence(items) => {
                let mut kept = Vec::with_capacity(items.len());
                items.into_iter().for_each(|value| item(self, value, &mut kept));
                Data::Sequence(kept)
            }
            data => data,
        }
    }

    /// The old form `external: {name: x}` to `external: true` and `name: x`.
    fn external(&mut self, value: Value) -> Data {
        let Data::Mapping(mut mapping) = value.data else { return value.data };
        let named = mapping.get("external").and_then(|field| field.value.as_mapping()).cloned();
        if let Some(named) = named
            && let Some(field) = mapping.get_mut("external")
        {
            field.value = implied("true", ScalarKind::Bool, &field.value);
            if let Some(name) = named.get("name") {
                let message = format!("`{}.external.name` is deprecated", self.path);
                let place = name.key.or(name.value.place);
                let problem = Problem::new(ProblemKind::DeprecatedForm, place, &self.path.to_string(), message);
                self.problems.push(problem.help("write `external: true`, and the `name` beside it"));
                let own = mapping.get("name").and_then(|own| own.value.as_str());
                if name.value.is_null() && name.value.directive.is_none() {
                    self.refuse_at(place, name.value.repaired, "has no value as `external.name`");
                } else if own.is_some_and(|own| name.value.as_str().is_some_and(|name| name != own)) {
                    self.refuse_at(place, name.value.repaired, "has another `name` than its `external.name`");
                }
                if !name.value.is_null() {
                    mapping.entry("name".into()).or_insert_with(|| name.clone());
                }
            }
        }
        Data::Mapping(mapping)
    }
}

/// The field `key: text`, standing where the text stands.
fn text_field(mapping: &mut Mapping, key: &str, text: Text, outer: &Value) {
    let value = text_value(text, outer);
    mapping.insert(key.into(), Field::new(None, value));
}

/// A string value that stands where its text stands, or else where `outer` does.
fn text_value(text: Text, outer: &Value) -> Value {
    typed_value(text, ScalarKind::String, outer)
}

fn typed_value(text: Text, kind: ScalarKind, outer: &Value) -> Value {
    let place = text.source().map(|(place, _)| place).or(outer.place);
    Value::new(Data::Scalar(Scalar::new(text, kind)), place, outer.origin)
}

/// A value that only the loader says: a default it fills in.
fn implied(text: &str, kind: ScalarKind, outer: &Value) -> Value {
    let text = Text::derived(text, outer.place, OriginId::WRITTEN);
    Value::new(Data::Scalar(Scalar::new(text, kind)), outer.place, outer.origin)
}

/// A scalar to a mapping with it under `key`; other forms stay.
fn single_key(value: Value, key: &str) -> Data {
    match value.data {
        Data::Scalar(_) => Data::Mapping(Mapping::from_iter([(key.into(), Field::new(None, value))])),
        data => data,
    }
}

/// The same in the place of the value.
fn keyed(mut value: Value, key: &str) -> Value {
    let data = std::mem::replace(&mut value.data, Data::Null);
    value.data = single_key(value.with(data), key);
    value
}

/// `["CMD-SHELL", test]` for a test that is a string.
fn healthcheck_test(value: Value) -> Data {
    match &value.data {
        Data::Scalar(_) => {
            let shell = implied("CMD-SHELL", ScalarKind::String, &value);
            Data::Sequence(vec![shell, value])
        }
        _ => value.data,
    }
}
