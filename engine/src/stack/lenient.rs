//! What Docker Compose makes of a value of the wrong kind where there is one to merge it with.
//!
//! Some attributes may be written in two ways. To merge two layers, Docker Compose first brings both to one way, and in
//! doing so never refuses: a string becomes an item, a mapping items `key=value`, anything else nothing (compose-go's
//! `override/merge.go`; held against 2.40.3 by `tests/oracles/sweep.py --layers`). What is refused by itself may thus be
//! accepted above another layer.

use crate::stack::attributes::{Attribute, Merge, Shape};
use crate::stack::value::{Data, Directive, Field, Key, Mapping, Scalar, ScalarKind, Value};
use crate::text::{PieceKind, Text};

/// Brings `layer`, which has a value below it, to the kind that it is merged as. Returns the keys in it whose values were
/// of the wrong kind, and whether it was so itself.
pub(crate) fn accept(attribute: &Attribute, layer: &mut Value) -> (bool, Vec<Key>) {
    if layer.is_null() || layer.repaired {
        return (false, Vec::new());
    }
    if attribute.merge == Merge::KeyValue {
        return accept_pairs(layer, attribute.shape == Some(Shape::Labels));
    }
    let none = || Data::Mapping(Mapping::default());
    let accepted = match attribute.shape {
        Some(Shape::Items | Shape::StringList | Shape::NonEmptyList | Shape::EnvFile) => accepted_list(layer),
        Some(Shape::ExtraHosts) => {
            let hosts = layer.items().iter().filter_map(host_of_mapping).map(Into::into).collect();
            return match accepted_list(layer) {
                Some(data) if layer.as_sequence().is_none() => {
                    layer.data = data;
                    (true, hosts)
                }
                _ => (false, hosts),
            };
        }
        Some(Shape::NamedList | Shape::DependsOn) => matches!(layer.data, Data::Scalar(_)).then(none),
        Some(Shape::Build) => {
            let number = layer.get("context").is_some_and(|context| is_other_than_string(context, layer));
            (number || layer.as_sequence().is_some()).then(none)
        }
        _ => None,
    };
    let whole = accepted.is_some();
    layer.data = accepted.unwrap_or_else(|| std::mem::replace(&mut layer.data, Data::Null));
    (whole, Vec::new())
}

/// The host of an item of `extra_hosts` that was written as a key.
pub(crate) fn host_of_mapping(item: &Value) -> Option<&str> {
    let (range, piece) = item.as_text()?.pieces().next()?;
    let key = item.as_str()?.get(range)?;
    key.strip_suffix('=').filter(|_| piece.kind == PieceKind::Derived)
}

/// `KEY=value` items, which are kept as a mapping. A key without a value may mean the empty one.
fn accept_pairs(layer: &mut Value, empty: bool) -> (bool, Vec<Key>) {
    match &mut layer.data {
        Data::Scalar(scalar) => {
            let mut pairs = Mapping::default();
            if scalar.kind == ScalarKind::String {
                let text = scalar.text.clone();
                let (key, value) = match text.as_str().find('=') {
                    Some(at) => (text.slice(0..at), Some(text.slice(at + 1..text.as_str().len()))),
                    None => (text, None),
                };
                let place = key.source().map(|(place, _)| place);
                let value = match value {
                    Some(value) => layer.with_text(value),
                    None if empty => layer.with_text(Text::default()),
                    None => layer.with(Data::Null),
                };
                pairs.insert(key.as_str().into(), Field::new(place, value));
            }
            layer.data = Data::Mapping(pairs);
            (true, Vec::new())
        }
        Data::Mapping(fields) => {
            let mut accepted = Vec::new();
            for (key, field) in fields.iter_mut().filter(|(_, field)| field.value.directive != Some(Directive::Reset)) {
                let text = match &field.value.data {
                    // An item for each, of which the last one stays.
                    Data::Sequence(items) => items.last().map(go_text),
                    Data::Mapping(_) => Some(go_text(&field.value)),
                    Data::Null | Data::Scalar(_) => continue,
                };
                accepted.push(key.clone());
                field.value = field
                    .value
                    .with(text.map_or(Data::Null, |text| Data::Scalar(Scalar::new(text, ScalarKind::String))));
            }
            fields.retain(|key, field| !(field.value.is_null() && accepted.contains(key)));
            (false, accepted)
        }
        Data::Null | Data::Sequence(_) => (false, Vec::new()),
    }
}

/// A list of strings: a number is no item, a mapping one for each key.
fn accepted_list(layer: &Value) -> Option<Data> {
    let items = match &layer.data {
        Data::Sequence(items) => {
            let single = |item: &Value| match item.get("path") {
                Some(path) => is_other_than_string(path, layer),
                None => is_other_than_string(item, layer),
            };
            items.first().is_some_and(single).then(Vec::new)?
        }
        Data::Scalar(scalar) if scalar.kind == ScalarKind::String => vec![layer.clone()],
        Data::Scalar(_) => Vec::new(),
        Data::Mapping(fields) => fields.iter().flat_map(|(key, field)| pair_items(key, field)).collect(),
        Data::Null => return None,
    };
    Some(Data::Sequence(items))
}

/// `key=value` for every value of a key.
fn pair_items(key: &str, field: &Field) -> Vec<Value> {
    let values = match &field.value.data {
        Data::Sequence(items) => items.as_slice(),
        _ => std::slice::from_ref(&field.value),
    };
    let item = |value: &Value| {
        let mut text = Text::derived(key, field.key, value.origin);
        if !value.is_null() {
            text.push("=", None, PieceKind::Derived, value.origin);
            text.append(&go_text(value));
        }
        value.with_text(text)
    };
    values.iter().map(item).collect()
}

/// Whether the short syntax `outer` is one scalar, and no string.
fn is_other_than_string(inner: &Value, outer: &Value) -> bool {
    let other = matches!(&inner.data, Data::Scalar(Scalar { kind, .. }) if *kind != ScalarKind::String);
    other && inner.place == outer.place
}

/// A value as Go's `%v` prints it.
pub(crate) fn go_text(value: &Value) -> Text {
    let mut text = Text::default();
    push_go_text(&mut text, value);
    text
}

fn push_go_text(text: &mut Text, value: &Value) {
    let push = |text: &mut Text, part: &str| text.push(part, value.place, PieceKind::Derived, value.origin);
    match &value.data {
        Data::Null => push(text, "<nil>"),
        Data::Scalar(scalar) => text.append(&scalar.text),
        Data::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                push(text, if index == 0 { "[" } else { " " });
                push_go_text(text, item);
            }
            push(text, if items.is_empty() { "[]" } else { "]" });
        }
        Data::Mapping(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            push(text, "map[");
            for (index, (key, field)) in fields.into_iter().enumerate() {
                push(text, if index == 0 { "" } else { " " });
                push(text, key);
                push(text, ":");
                push_go_text(text, &field.value);
            }
            push(text, "]");
        }
    }
}
