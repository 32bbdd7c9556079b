//! Lists and mappings that may be written either way.

use super::{Shaper, implied, text_value};
use crate::stack::lenient::go_text;
use crate::stack::value::{Data, Directive, Field, Mapping, Scalar, ScalarKind, Value};
use crate::text::{PieceKind, Text};

impl Shaper<'_> {
    /// `[KEY=value, KEY]` and `{KEY: value}` to a mapping of strings; a key without value stays null.
    pub(super) fn environment(&mut self, value: Value) -> Data {
        self.key_values(value, false)
    }

    /// The same, but every item has a value, and a value keeps its kind: a number is refused in the end, unless there is
    /// another layer, which makes text of it.
    pub(super) fn contexts(&mut self, value: Value) -> Data {
        let kinds: Vec<_> = value.fields().map(|(_, field)| kind(&field.value)).collect();
        for item in value.items().iter().filter(|item| item.as_str().is_some_and(|item| !item.contains('='))) {
            self.refuse(item, "takes items of the form `name=context`");
        }
        let mut data = self.key_values(value, false);
        if let Data::Mapping(fields) = &mut data {
            for (field, kind) in fields.values_mut().zip(kinds) {
                if let (Data::Scalar(scalar), Some(kind)) = (&mut field.value.data, kind) {
                    scalar.kind = kind;
                }
            }
        }
        data
    }

    /// The same, but a key without value is empty.
    pub(super) fn labels(&mut self, value: Value) -> Data {
        self.key_values(value, true)
    }

    fn key_values(&mut self, value: Value, empty: bool) -> Data {
        match value.data {
            Data::Sequence(items) => {
                let mut mapping = Mapping::with_capacity_and_hasher(items.len(), Default::default());
                for item in items {
                    let Some(text) = item.as_text() else { continue };
                    let (key, inner) = match text.as_str().split_once('=') {
                        Some((key, _)) => {
                            let mut value = self.key_value(&item, text.slice(key.len() + 1..text.as_str().len()));
                            if let (Data::Scalar(whole), Data::Scalar(part)) = (&item.data, &mut value.data) {
                                part.fallback = whole.fallback.as_deref().map(|text| Box::new(behind_equals(text)));
                            }
                            (key, value)
                        }
                        None => (text.as_str(), item.with(Data::Null)),
                    };
                    if key.ends_with(char::is_whitespace) && self.path.ends_with("environment") {
                        self.refuse(&item, "has a name with a blank at its end");
                    }
                    let place = text.source_of(0..key.len()).map(|(place, _)| place);
                    let field = Field::new(place, if empty { or_empty(inner) } else { inner });
                    // Within one layer, too, the later one wins in the place of the earlier.
                    mapping.insert(key.into(), field);
                }
                Data::Mapping(mapping)
            }
            Data::Mapping(mut fields) => {
                for field in fields.values_mut() {
                    match &mut field.value.data {
                        Data::Null if empty => field.value = or_empty(field.value.with(Data::Null)),
                        Data::Null => {}
                        Data::Scalar(scalar) => scalar.kind = ScalarKind::String,
                        Data::Sequence(_) | Data::Mapping(_) => {}
                    }
                }
                Data::Mapping(fields)
            }
            data @ (Data::Null | Data::Scalar(_)) => data,
        }
    }

    /// The value of an item `KEY=value`. Its place is the part behind the `=`, since that is what one edits.
    fn key_value(&self, item: &Value, text: Text) -> Value {
        if !text.is_empty() {
            return text_value(text, item);
        }
        let mut value = text_value(text, item);
        if let (Some(place), Some(whole)) = (value.place, item.as_text().and_then(Text::source)) {
            // Nothing stands behind the `=`: the place is the empty stretch there.
            let end = whole.0.range.end.min(place.range.end);
            value.place =
                Some(crate::origin::Span { file: place.file, range: stacklint_parsers::TextRange::empty(end) });
        }
        value
    }

    /// A single string to a list of it.
    pub(super) fn string_list(&mut self, value: Value) -> Data {
        match value.data {
            Data::Scalar(_) => Data::Sequence(vec![value]),
            data => data,
        }
    }

    /// A list of names to a mapping of names without a value.
    pub(super) fn named_list(&mut self, value: Value) -> Data {
        self.names(value, |item| item.with(Data::Null))
    }

    /// A list of services to a mapping with the condition that the short form means.
    pub(super) fn depends_on(&mut self, value: Value) -> Data {
        let short = |item: &Value| {
            let condition = implied("service_started", ScalarKind::String, item);
            item.with(Data::Mapping(Mapping::from_iter([
                ("condition".into(), Field::new(None, condition)),
                ("required".into(), Field::new(None, implied("true", ScalarKind::Bool, item))),
            ])))
        };
        // What a mapping leaves out is filled in later: a layer must not say it.
        self.names(value, short)
    }

    fn names(&mut self, value: Value, short: impl Fn(&Value) -> Value) -> Data {
        match value.data {
            Data::Sequence(items) => {
                let mut mapping = Mapping::default();
                for item in items {
                    if let Some(name) = item.as_text() {
                        let field = Field::new(item.place, short(&item));
                        mapping.insert(name.as_str().into(), field);
                    }
                }
                Data::Mapping(mapping)
            }
            data => data,
        }
    }

    /// A path, or a list of paths, to mappings with `path`.
    pub(super) fn paths(&mut self, value: Value) -> Data {
        let Data::Sequence(items) = self.string_list(value) else { return Data::Sequence(Vec::new()) };
        Data::Sequence(items.into_iter().map(|item| super::keyed(item, "path")).collect())
    }

    /// `[host:address]`, `[host=address]` and `{host: address}` to a list of `host=address`.
    pub(super) fn extra_hosts(&mut self, value: Value) -> Data {
        let mut hosts = Vec::new();
        match &value.data {
            Data::Sequence(items) => {
                for item in items {
                    let Some(text) = item.as_text() else { continue };
                    let mut host = text.clone();
                    if !text.as_str().contains('=')
                        && let Some(at) = text.as_str().find(':')
                    {
                        host = text.slice(0..at);
                        host.push("=", None, PieceKind::Derived, item.origin);
                        host.append_slice(text, at + 1..text.as_str().len());
                    }
                    hosts.push(item.with_text(without_brackets(host)));
                }
            }
            Data::Mapping(mapping) => {
                for (name, field) in mapping {
                    let host = |address: Option<&Value>| {
                        let mut host = Text::derived(&format!("{name}="), field.key, field.value.origin);
                        if let Some(address) = address {
                            host.append(&go_text(address));
                        }
                        let mut item = address.unwrap_or(&field.value).with_text(without_brackets(host));
                        item.directive = field.value.directive;
                        item
                    };
                    let addresses = match &field.value.data {
                        _ if field.value.directive == Some(Directive::Reset) => {
                            hosts.push(host(None));
                            continue;
                        }
                        Data::Sequence(items) => items.as_slice(),
                        _ => std::slice::from_ref(&field.value),
                    };
                    if field.value.is_null() {
                        hosts.push(field.value.with_text(Text::derived(name, field.key, field.value.origin)));
                        continue;
                    }
                    // A host without addresses is still one: what is printed then is an empty list.
                    if addresses.iter().all(Value::is_null) {
                        hosts.push(field.value.with(Data::Null));
                    }
                    hosts.extend(
                        addresses.iter().filter(|address| !address.is_null()).map(|address| host(Some(address))),
                    );
                }
            }
            _ => return value.data,
        }
        Data::Sequence(hosts)
    }

    /// Ports to strings.
    pub(super) fn expose(&mut self, value: Value) -> Data {
        self.each(value, |_, item, kept| kept.extend(item.as_text().map(|text| item.with_text(text.clone()))))
    }

    /// `[id=path, id]` or `{id: path}`. A list stays one for now: Docker Compose puts none over another layer.
    pub(super) fn ssh(&mut self, value: Value) -> Data {
        for item in value.items() {
            let text = item.as_str().unwrap_or("default");
            if text != "default" && !text.contains('=') {
                self.refuse(item, "takes `default`, or a key of the form `id=path`");
            }
        }
        value.data
    }
}

/// `[id=path, id]` to a mapping of ids to their paths; of two equal ids the later one.
pub(crate) fn ssh_keys(value: Value) -> Data {
    let Data::Sequence(items) = value.data else { return value.data };
    let mut keys = Mapping::default();
    for item in items {
        let Some(text) = item.as_text() else { continue };
        let (id, path) = match text.as_str().find('=') {
            Some(at) => (text.slice(0..at), text_value(text.slice(at + 1..text.as_str().len()), &item)),
            None => (text.clone(), item.with(Data::Null)),
        };
        let place = id.source().map(|(place, _)| place);
        keys.insert(id.as_str().into(), Field::new(place, path));
    }
    Data::Mapping(keys)
}

fn kind(value: &Value) -> Option<ScalarKind> {
    match &value.data {
        Data::Scalar(scalar) => Some(scalar.kind),
        _ => None,
    }
}

/// `host=[::1]` to `host=::1`.
fn without_brackets(host: Text) -> Text {
    let text = host.as_str();
    match text.find("=[") {
        Some(at) if text.ends_with(']') => {
            let mut bare = host.slice(0..at + 1);
            bare.append_slice(&host, at + 2..text.len() - 1);
            bare
        }
        _ => host,
    }
}

fn behind_equals(text: &Text) -> Text {
    let start = text.as_str().find('=').map_or(0, |at| at + 1);
    text.slice(start..text.as_str().len())
}

fn or_empty(value: Value) -> Value {
    match value.data {
        Data::Null => value.with(Data::Scalar(Scalar::new(Text::default(), ScalarKind::String))),
        _ => value,
    }
}
