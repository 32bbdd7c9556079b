//! The effective tree of a stack: what Docker Compose would load, with the place and the way of every value.

use compact_str::CompactString;

use crate::map::{HashMap, IndexMap};
use crate::origin::{OriginId, Origins, Role, Span, Step};
use crate::text::Text;

/// A value of the effective tree.
#[derive(Clone, Debug)]
pub struct Value {
    /// What it is.
    pub data: Data,
    /// Where it is written; nowhere if no file says it.
    pub place: Option<Span>,
    /// The way it took from there.
    pub origin: OriginId,
    /// `!reset` or `!override` before it, until the layers are merged.
    pub directive: Option<Directive>,
    /// Recovery from a syntax error left something out of it.
    pub repaired: bool,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Data {
    /// Nothing (`key:`, `~`, `null`).
    Null,
    /// A single value.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Value>),
    /// Keys and values.
    Mapping(Mapping),
}

/// A single value: its text, and what the loader takes it for.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The text in the loader's own spelling (`1.10` reads `1.1`), with its sources.
    pub text: Text,
    /// What it is taken for.
    pub kind: ScalarKind,
    /// What the text would be if no variable were set, where that takes a default that is not used now.
    pub fallback: Option<Box<Text>>,
}

impl Scalar {
    /// A scalar.
    #[must_use]
    pub fn new(text: Text, kind: ScalarKind) -> Self {
        Self { text, kind, fallback: None }
    }
}

/// What the loader takes a scalar for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScalarKind {
    /// A string.
    String,
    /// `true` or `false`.
    Bool,
    /// An integer.
    Int,
    /// A floating-point number.
    Float,
    /// A date or a time, which Docker Compose refuses almost everywhere.
    Timestamp,
}

/// A key of a mapping, or a name. Nearly all are short, and need no allocation.
pub type Key = CompactString;

/// A mapping in the order of the first layer that names a key.
pub type Mapping = IndexMap<Key, Field>;

/// A key of a mapping with its value.
#[derive(Clone, Debug)]
pub struct Field {
    /// Where the key stands in the layer that wins; nowhere if no file writes it.
    pub key: Option<Span>,
    /// Where it stands in the layers before, first layer first.
    pub earlier_keys: Vec<Span>,
    /// The value.
    pub value: Value,
}

/// What a layer asks to do with the layers below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directive {
    /// `!reset`: take the value away.
    Reset,
    /// `!override`: put this value in its place instead of merging.
    Override,
}

impl Value {
    /// A value that stands at `place`.
    #[must_use]
    pub fn new(data: Data, place: Option<Span>, origin: OriginId) -> Self {
        Self { data, place, origin, directive: None, repaired: false }
    }

    /// The same value with other data.
    #[must_use]
    pub fn with(&self, data: Data) -> Self {
        Self { data, place: self.place, origin: self.origin, directive: self.directive, repaired: self.repaired }
    }

    /// A string scalar in the place of this value.
    #[must_use]
    pub fn with_text(&self, text: Text) -> Self {
        self.with(Data::Scalar(Scalar::new(text, ScalarKind::String)))
    }

    /// The mapping, if it is one.
    #[must_use]
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match &self.data {
            Data::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The list, if it is one.
    #[must_use]
    pub fn as_sequence(&self) -> Option<&[Value]> {
        match &self.data {
            Data::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The text, if it is a scalar.
    #[must_use]
    pub fn as_text(&self) -> Option<&Text> {
        match &self.data {
            Data::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// The string, if it is a scalar.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.as_text().map(Text::as_str)
    }

    /// Whether a text stands within what is written as this value, and does not come from elsewhere.
    #[must_use]
    pub fn holds(&self, part: &Text) -> bool {
        let within = |own: Span, place: Span| own.file == place.file && own.range.contains(place.range);
        self.place.zip(part.source()).is_some_and(|(own, (place, _))| within(own, place))
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// The value under `key`, if it is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_mapping()?.get(key).map(|field| &field.value)
    }

    /// The text under `key`.
    #[must_use]
    pub fn text_at(&self, key: &str) -> Option<&Text> {
        self.get(key)?.as_text()
    }

    /// The items of a list; none for anything else.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        self.as_sequence().unwrap_or_default()
    }

    /// The fields of a mapping; none for anything else.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Field)> {
        self.as_mapping().into_iter().flatten().map(|(key, field)| (&**key, field))
    }

    /// Adds a step to the way of this value and of all values in it.
    pub fn travel(&mut self, origins: &mut Origins, role: Role, place: Option<Span>) {
        self.take_step(origins, Step { role, place, lost: None });
    }

    /// The same, with a step that also names what lost.
    pub fn take_step(&mut self, origins: &mut Origins, step: Step) {
        Journey { origins, step, last: None, known: HashMap::default() }.take(self);
    }
}

/// One step for a whole subtree. Values that came the same way go on together, so that the arena grows with the ways,
/// not with the values.
struct Journey<'a> {
    origins: &'a mut Origins,
    step: Step,
    /// The way taken last: mostly the next value came the same one.
    last: Option<(OriginId, OriginId)>,
    /// The ways before that: in most subtrees there is but one, and nothing to remember.
    known: HashMap<OriginId, OriginId>,
}

impl Journey<'_> {
    fn take(&mut self, value: &mut Value) {
        value.origin = self.next(value.origin);
        match &mut value.data {
            Data::Null => {}
            Data::Scalar(scalar) => {
                scalar.text.travel(|origin| self.next(origin));
                if let Some(fallback) = &mut scalar.fallback {
                    fallback.travel(|origin| self.next(origin));
                }
            }
            Data::Sequence(items) => items.iter_mut().for_each(|item| self.take(item)),
            Data::Mapping(mapping) => mapping.values_mut().for_each(|field| self.take(&mut field.value)),
        }
    }

    fn next(&mut self, origin: OriginId) -> OriginId {
        if let Some((_, next)) = self.last.filter(|(known, _)| *known == origin) {
            return next;
        }
        let next = self.known.get(&origin).copied().unwrap_or_else(|| self.origins.push(origin, self.step));
        if let Some((before, after)) = self.last.replace((origin, next)) {
            self.known.insert(before, after);
        }
        next
    }
}

impl Field {
    /// A field whose key stands at `key`.
    #[must_use]
    pub fn new(key: Option<Span>, value: Value) -> Self {
        Self { key, earlier_keys: Vec::new(), value }
    }
}
