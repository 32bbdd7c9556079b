//! Layers merged into one: a single function, driven by the table of attributes.

use std::borrow::Cow;

use indexmap::map::Entry;

use crate::map::HashMap;
use crate::origin::{Origins, Role, Span, Step};
use crate::stack::attributes::{Attribute, Cursor, Merge, Shape, Unique};
use crate::stack::lenient::{self, host_of_mapping};
use crate::stack::path::Path;
use crate::stack::problem::{Problem, ProblemKind};
use crate::stack::shape::{clean_target, ssh_keys};
use crate::stack::value::{Data, Directive, Field, Key, Mapping, ScalarKind, Value};

/// Merges one layer over another.
#[derive(Debug)]
pub(crate) struct Merger<'a> {
    /// Where the ways of the values are kept.
    pub(crate) origins: &'a mut Origins,
    /// What Docker Compose refuses.
    pub(crate) problems: &'a mut Vec<Problem>,
    /// Keep `!reset` and `!override` in the result: a service that extends another is itself still a layer over the
    /// files before it.
    pub(crate) keep_directives: bool,
    /// What a layer writes in vain.
    pub(crate) ignored: &'a mut Vec<Ignored>,
    /// Lists with an item that was to be reset, and that item.
    pub(crate) reset_items: &'a HashMap<Span, Span>,
    /// Whether any file of the stack has a `!reset` or `!override`.
    pub(crate) has_directives: bool,
}

/// Something a layer writes to take away what is below it, which Docker Compose passes over.
#[derive(Clone, Debug)]
pub struct Ignored {
    /// The service.
    pub service: Key,
    /// What it is about: `ports`, `deploy.resources.limits`.
    pub attribute: String,
    /// The key in the layer.
    pub key: Span,
    /// What the layer writes.
    pub kind: IgnoredKind,
    /// Where that stands.
    pub place: Option<Span>,
    /// The value below that stays.
    pub base: Option<Span>,
}

/// The kinds of [`Ignored`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IgnoredKind {
    /// Nothing, `null` or `~`.
    Null,
    /// `[]` or `{}`.
    Empty,
    /// `!reset` or `!override` before an item of a list: they only count before the value of a key.
    ItemDirective,
}

/// So many ignored values of one stack are kept: nobody reads more.
const IGNORED_LIMIT: usize = 1_000;

/// A pool of the base or one of the layer, by position.
#[derive(Clone, Copy)]
enum Pool {
    Base(usize),
    Layer(usize),
}

impl Merger<'_> {
    /// `layer` over `base`. Both are in canonical form.
    pub(crate) fn merge(&mut self, mut base: Value, mut layer: Value, cursor: Cursor, path: &Path<'_>) -> Value {
        if layer.directive == Some(Directive::Override) {
            self.overrides(&mut layer, base.place);
            self.settle(&mut layer, cursor);
            return layer;
        }
        let attribute = cursor.attribute();
        if attribute.merge == Merge::Replace {
            if !layer.is_null() {
                self.overrides(&mut layer, base.place);
            }
            return layer;
        }
        match attribute.shape {
            Some(Shape::External) => self.compare_names(&base, &layer, path),
            // A service that extends another one of its file is put over what that one says, not over what it means.
            Some(Shape::Ssh) if !self.keep_directives => {
                let old = std::mem::replace(&mut base.data, Data::Null);
                base.data = ssh_keys(base.with(old));
            }
            _ => {}
        }
        let (whole, keys) = lenient::accept(attribute, &mut layer);
        if whole {
            self.forgive(path, layer.place);
        }
        keys.iter().for_each(|key| self.forgive(&path.key(key), layer.place));
        let (place, repaired) = (layer.place, layer.repaired || base.repaired);
        let mut merged = match (base.data, layer.data) {
            // Null never takes anything away (compose-go override/merge.go), and is replaced by anything.
            (data, Data::Null) => Value { data, ..Value::new(Data::Null, base.place, base.origin) },
            (Data::Null, data) => {
                let mut value = Value::new(data, place, layer.origin);
                self.settle(&mut value, cursor);
                value
            }
            (Data::Mapping(base_fields), Data::Mapping(fields)) => {
                let replaced = attribute.merge == Merge::Logging && !same_driver(&base_fields, &fields);
                if replaced {
                    let mut value = Value::new(Data::Mapping(fields), place, layer.origin);
                    self.overrides(&mut value, base.place);
                    value
                } else {
                    let data = self.mappings(base_fields, fields, cursor, path);
                    Value::new(Data::Mapping(data), base.place, base.origin)
                }
            }
            (Data::Sequence(items), Data::Sequence(more)) if attribute.merge == Merge::Pools => {
                let more = self.as_pools(&items, more, place, path);
                Value::new(Data::Sequence(self.pools(items, more, cursor.item(), path)), base.place, base.origin)
            }
            // `all` is a word, which cannot be added to a list.
            (Data::Sequence(items), Data::Sequence(more))
                if attribute.shape == Some(Shape::Gpus) && more.iter().any(|item| item.place == place) && !repaired =>
            {
                self.clash(place, base.place, path);
                Value::new(Data::Sequence(items), base.place, base.origin)
            }
            (Data::Sequence(mut items), Data::Sequence(mut more)) => {
                if attribute.shape == Some(Shape::ExtraHosts) {
                    reset_hosts(&mut items, &mut more);
                }
                items.extend(more);
                Value::new(Data::Sequence(self.unique(items, attribute)), base.place, base.origin)
            }
            // A single value is replaced by anything; that it is of the right kind is looked at elsewhere.
            (Data::Scalar(_), data) => {
                let mut value = Value::new(data, place, layer.origin);
                self.overrides(&mut value, base.place);
                value
            }
            (_, data) => {
                if !repaired {
                    self.clash(place, base.place, path);
                }
                Value::new(data, place, layer.origin)
            }
        };
        merged.repaired = repaired;
        if attribute.shape == Some(Shape::Contexts) {
            self.contexts(&mut merged, path);
        }
        merged
    }

    /// Build contexts of two layers, which Docker Compose adds up as items `name=context`: a number becomes text, and a
    /// name without a context is none.
    fn contexts(&mut self, merged: &mut Value, path: &Path<'_>) {
        let Data::Mapping(fields) = &mut merged.data else { return };
        for (name, field) in fields.iter_mut().filter(|(_, field)| field.value.directive != Some(Directive::Reset)) {
            match &mut field.value.data {
                Data::Scalar(scalar) => scalar.kind = ScalarKind::String,
                Data::Null if !field.value.repaired => {
                    let path = path.key(name).to_string();
                    let message = format!("`{path}` has no value");
                    self.problems.push(Problem::new(ProblemKind::Schema, field.key, &path, message));
                }
                Data::Null | Data::Sequence(_) | Data::Mapping(_) => {}
            }
        }
    }

    /// The old form `external: {name: x}` may not say another name than the layers below.
    fn compare_names(&mut self, base: &Value, layer: &Value, path: &Path<'_>) {
        let (Some(name), Some(external)) = (layer.get("name"), layer.get("external")) else { return };
        let (Some(text), Some(below)) = (name.as_text(), base.get("name")) else { return };
        if external.holds(text) && below.as_str().is_some_and(|below| below != text.as_str()) && !layer.repaired {
            let message = format!("`{path}` has another `external.name` here than its `name` in the layer below");
            let problem = Problem::new(ProblemKind::Schema, name.place, &path.to_string(), message);
            self.problems.push(problem.related("the layer below", below.place));
        }
    }

    /// Takes back that the layer's value at a path is of the wrong kind.
    fn forgive(&mut self, path: &Path<'_>, place: Option<Span>) {
        let path = path.to_string();
        let file = place.map(|place| place.file);
        let below = |subject: &str| {
            subject.strip_prefix(&path).is_some_and(|rest| matches!(rest.chars().next(), None | Some('.' | '[')))
        };
        self.problems.retain(|problem| {
            let kind = matches!(problem.kind, ProblemKind::Schema | ProblemKind::UnknownAttribute);
            let known = kind && problem.place.map(|place| place.file) == file;
            !(known && below(&problem.subject))
        });
    }

    fn clash(&mut self, place: Option<Span>, below: Option<Span>, path: &Path<'_>) {
        let message = format!("`{path}` has another type here than in the layer below, and cannot override it");
        let problem = Problem::new(ProblemKind::Schema, place, &path.to_string(), message);
        self.problems.push(problem.related("the layer below", below));
    }

    fn mappings(&mut self, mut base: Mapping, layer: Mapping, cursor: Cursor, path: &Path<'_>) -> Mapping {
        let inherits = cursor.attribute().merge == Merge::KeyValue;
        // These are added up as lists, in which Docker Compose allows no item twice.
        let distinct = inherits && cursor.attribute().unique.is_none();
        for (key, mut field) in layer {
            if field.value.directive == Some(Directive::Reset) {
                if self.keep_directives {
                    base.insert(key, field);
                } else {
                    base.shift_remove(&key);
                }
                continue;
            }
            let below = cursor.key(&key);
            match base.entry(key) {
                Entry::Vacant(slot) => {
                    self.settle(&mut field.value, below);
                    slot.insert(field);
                }
                Entry::Occupied(mut slot) => {
                    let old = std::mem::replace(
                        slot.get_mut(),
                        Field::new(None, Value::new(Data::Null, None, field.value.origin)),
                    );
                    if distinct && old.value.as_str() == field.value.as_str() && !field.value.repaired {
                        let path = path.key(slot.key()).to_string();
                        let message = format!("`{path}` says the same here as in the layer below");
                        let problem = Problem::new(ProblemKind::DuplicateItem, field.key, &path, message);
                        let help = "Docker Compose adds the layers up as a list here, and refuses it: remove this one";
                        self.problems.push(problem.help(help).related("the layer below", old.key));
                    }
                    let mut earlier_keys = old.earlier_keys;
                    earlier_keys.extend(old.key);
                    let directive = field.value.directive;
                    let mut value = if inherits {
                        let mut value = field.value;
                        self.overrides(&mut value, old.value.place.or(old.key));
                        value
                    } else {
                        let key = slot.key().clone();
                        self.note_ignored(&old.value, &field, below, &path.key(&key));
                        self.merge(old.value, field.value, below, &path.key(&key))
                    };
                    value.directive = directive.filter(|_| self.keep_directives);
                    slot.insert(Field { key: field.key, earlier_keys, value });
                }
            }
        }
        base
    }

    /// Takes note of a value that looks as if it took the one below away, and does not.
    fn note_ignored(&mut self, base: &Value, layer: &Field, cursor: Cursor, path: &Path<'_>) {
        let is_empty = |value: &Value| match &value.data {
            Data::Null => true,
            Data::Scalar(_) => false,
            Data::Sequence(items) => items.is_empty(),
            Data::Mapping(fields) => fields.is_empty(),
        };
        let value = &layer.value;
        let whole = match &value.data {
            Data::Null => Some(IgnoredKind::Null),
            _ => is_empty(value).then_some(IgnoredKind::Empty),
        };
        // An item that was to be reset is not in the list any more, which may be empty without it.
        let reset = value.place.and_then(|list| self.reset_items.get(&list)).copied();
        let item = value.items().iter().find(|item| item.directive.is_some() && host_of_mapping(item).is_none());
        let item = item.and_then(|item| item.place);
        let item = reset.or(item).map(|item| (IgnoredKind::ItemDirective, Some(item)));
        let Some((kind, place)) = item.or(whole.map(|kind| (kind, value.place))) else { return };
        let (Some(key), Some((service, attribute))) = (layer.key, path.in_service()) else { return };
        let settled = value.directive.is_some()
            || cursor.attribute().merge == Merge::Replace
            || self.ignored.len() >= IGNORED_LIMIT;
        if settled
            || is_empty(base)
            || value.repaired
            || base.repaired
            || self.ignored.iter().any(|known| known.key == key)
        {
            return;
        }
        let service = service.into();
        self.ignored.push(Ignored { service, attribute, key, kind, place, base: base.place });
    }

    /// Takes a value over for which there is nothing to merge with: its directives have nothing left to do.
    fn settle(&mut self, value: &mut Value, cursor: Cursor) {
        let drop_directives = self.has_directives && !self.keep_directives;
        if !drop_directives && !cursor.concerns().unique {
            return;
        }
        if drop_directives {
            value.directive = None;
        }
        match &mut value.data {
            Data::Null | Data::Scalar(_) => {}
            Data::Sequence(items) => {
                if drop_directives {
                    items.retain(|item| item.directive != Some(Directive::Reset));
                }
                items.iter_mut().for_each(|item| self.settle(item, cursor.item()));
                if cursor.attribute().unique.is_some_and(|unique| unique != Unique::Layered) {
                    let taken = std::mem::take(items);
                    *items = self.unique(taken, cursor.attribute());
                }
            }
            Data::Mapping(fields) => {
                if drop_directives {
                    fields.retain(|_, field| field.value.directive != Some(Directive::Reset));
                }
                for (key, field) in fields {
                    self.settle(&mut field.value, cursor.key(key));
                }
            }
        }
    }

    /// Of the items that mean the same thing the last one, in the place of the first.
    fn unique(&mut self, items: Vec<Value>, attribute: &Attribute) -> Vec<Value> {
        let Some(unique) = attribute.unique.filter(|_| items.len() > 1) else { return items };
        let mut known: HashMap<Identity<'_>, usize> = HashMap::default();
        let first = |(index, item)| match identity(item, unique) {
            Some(identity) => *known.entry(identity).or_insert(index),
            // What has no identity is kept: it is reported elsewhere.
            None => index,
        };
        let firsts: Vec<usize> = items.iter().enumerate().map(first).collect();
        if firsts.iter().enumerate().all(|(index, first)| index == *first) {
            return items;
        }
        let mut kept: Vec<Option<Value>> = Vec::with_capacity(items.len());
        for (mut item, first) in items.into_iter().zip(firsts) {
            let Some(Some(earlier)) = kept.get_mut(first) else {
                kept.push(Some(item));
                continue;
            };
            if !matches!(unique, Unique::Whole | Unique::Layered) {
                self.overrides(&mut item, earlier.place);
            }
            *earlier = item;
            kept.push(None);
        }
        kept.into_iter().flatten().collect()
    }

    /// What a layer has for pools: what is none counts as one without anything in it, and over an empty list nothing counts.
    fn as_pools(&mut self, base: &[Value], layer: Vec<Value>, place: Option<Span>, path: &Path<'_>) -> Vec<Value> {
        if base.is_empty() {
            self.forgive(path, place);
            return Vec::new();
        }
        let mut pools = layer;
        for (index, pool) in pools.iter_mut().enumerate() {
            if pool.as_mapping().is_none() && pool.items().is_empty() {
                self.forgive(&path.index(index), place);
                pool.data = match pool.data {
                    Data::Sequence(_) => Data::Mapping(Mapping::default()),
                    _ => Data::Null,
                };
            }
        }
        pools
    }

    /// Address pools as compose-go's `mergeIPAMConfig` pairs them: each pool of the base with each of the layer. A pool of
    /// the base with a subnet that the layer does not have is lost, and what is merged once is merged further.
    fn pools(&mut self, mut base: Vec<Value>, layer: Vec<Value>, cursor: Cursor, path: &Path<'_>) -> Vec<Value> {
        let subnet =
            |pool: Option<&Value>| pool.and_then(|pool| pool.text_at("subnet")).map(|text| text.as_str().to_owned());
        let mut kept: Vec<Pool> = Vec::new();
        for index in 0..base.len() {
            for (number, pool) in layer.iter().enumerate() {
                let position = |base: &[Value], kept: &[Pool], wanted: &Option<String>| {
                    kept.iter().position(|pool| match pool {
                        Pool::Base(index) => subnet(base.get(*index)) == *wanted,
                        Pool::Layer(index) => subnet(layer.get(*index)) == *wanted,
                    })
                };
                let wanted = subnet(Some(pool));
                if wanted != subnet(base.get(index)) && position(&base, &kept, &wanted).is_none() {
                    kept.push(Pool::Layer(number));
                    continue;
                }
                if let Some(slot) = base.get_mut(index) {
                    let below = std::mem::replace(slot, Value::new(Data::Null, None, pool.origin));
                    *slot = self.merge(below, pool.clone(), cursor, path);
                }
                match position(&base, &kept, &wanted).and_then(|position| kept.get_mut(position)) {
                    Some(same) => *same = Pool::Base(index),
                    None => kept.push(Pool::Base(index)),
                }
            }
        }
        let pool = |pool| match pool {
            Pool::Base(index) => base.get(index).cloned(),
            Pool::Layer(index) => layer.get(index).cloned(),
        };
        kept.into_iter().filter_map(pool).collect()
    }

    fn overrides(&mut self, value: &mut Value, lost: Option<Span>) {
        let step = Step { role: Role::Overrides, place: value.place, lost };
        value.take_step(self.origins, step);
    }
}

/// Hosts of a mapping are items by now; those that the layer resets or overrides are the ones of its key. Of a host
/// without addresses nothing is left once there is another layer.
fn reset_hosts(base: &mut Vec<Value>, layer: &mut Vec<Value>) {
    let taken: Vec<_> = layer.iter().filter(|item| item.directive.is_some()).filter_map(host_of_mapping).collect();
    base.retain(|item| !item.is_null() && host_of_mapping(item).is_none_or(|host| !taken.contains(&host)));
    layer.retain(|item| !item.is_null() && item.directive != Some(Directive::Reset));
}

fn same_driver(base: &Mapping, layer: &Mapping) -> bool {
    let driver = |mapping: &Mapping| mapping.get("driver").and_then(|field| field.value.as_str()).map(str::to_owned);
    match (driver(base), driver(layer)) {
        (Some(base), Some(layer)) => base == layer,
        _ => true,
    }
}

/// What an item is the same by.
#[derive(PartialEq, Eq, Hash)]
enum Identity<'a> {
    Text(Cow<'a, str>),
    Host { by_colon: bool, text: &'a str },
    Port { address: &'a str, published: &'a str, is_number: bool, target: &'a str, protocol: &'a str },
}

fn identity(item: &Value, unique: Unique) -> Option<Identity<'_>> {
    let text = |key: &str| item.get(key).and_then(Value::as_str);
    let text_of = |text| Identity::Text(Cow::Borrowed(text));
    match unique {
        Unique::Whole => item.as_str().map(text_of),
        Unique::Layered => {
            // Docker Compose compares what is written: `a:1.1.1.1` is not `a=1.1.1.1`.
            let text = item.as_text()?;
            let by_colon = text.pieces().any(|(_, piece)| piece.place.is_none());
            Some(Identity::Host { by_colon, text: text.as_str() })
        }
        Unique::Port => {
            let address = text("host_ip").filter(|address| !address.is_empty()).unwrap_or("0.0.0.0");
            let (published, protocol) = (text("published").unwrap_or_default(), text("protocol").unwrap_or("tcp"));
            // A published port that is written as a number is not the same as one that is written as a string.
            let is_number = matches!(item.get("published").map(|published| &published.data),
                Some(Data::Scalar(scalar)) if scalar.kind == ScalarKind::Int);
            Some(Identity::Port { address, published, is_number, target: text("target")?, protocol })
        }
        Unique::Target(default) => match text("target") {
            Some(target) => Some(Identity::Text(clean_target(target))),
            None => text("source").map(|source| Identity::Text(Cow::Owned(format!("{default}/{source}")))),
        },
        Unique::Path => text("path").map(text_of),
        Unique::Key => item.as_str()?.split('=').next().map(text_of),
    }
}
