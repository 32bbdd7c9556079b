//! Serde over a parsed YAML document: what is wrong with it is said with its place, and with what may have been meant.

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};

use serde::de::value::{StrDeserializer, U32Deserializer};
use serde::de::{self, DeserializeSeed, Deserializer, Expected, IntoDeserializer as _, Unexpected, Visitor};
use stacklint_parsers::{Document, Entry, NodeId, NodeKind, ScalarStyle, TextRange};

use crate::config::spanned;
use crate::map::HashSet;
use crate::similar::similar;

/// What is wrong with a value of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// What, in words; never quotes a value.
    pub(super) message: String,
    /// What may have been meant.
    pub(super) help: Option<String>,
    /// Where. Filled in by the innermost value or key that is being read when it shows.
    pub(super) range: Option<TextRange>,
}

impl Wrong {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, range: None }
    }

    fn at(mut self, range: TextRange) -> Self {
        self.range.get_or_insert(range);
        self
    }
}

impl Display for Wrong {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {}, found {}", words(&expected.to_string()), kind(found)))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {}", words(&expected.to_string())))
    }

    fn unknown_variant(name: &str, known: &'static [&'static str]) -> Self {
        let help = similar(name, known.iter().copied()).map(|known| format!("did you mean `{known}`?"));
        let list = known.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ");
        Self { help, ..Self::new(format!("`{name}` is none of {list}")) }
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        let help = match similar(name, known.iter().copied()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("known here: {}", known.join(", ")),
        };
        Self { help: Some(help), ..Self::new(format!("unknown key `{name}`")) }
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new(format!("`{name}` is missing"))
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::new(format!("`{name}` is said twice"))
    }
}

/// Serde's words for shapes as YAML users say them.
fn words(expected: &str) -> Cow<'_, str> {
    match expected {
        "a sequence" => "a list".into(),
        "a map" => "a mapping".into(),
        "a string" | "a borrowed string" => "text".into(),
        "a boolean" => "`true` or `false`".into(),
        // What takes keys of its own is called by the name that it has in this program.
        other if other.starts_with("struct ") => "a mapping".into(),
        other => other.into(),
    }
}

fn kind(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "`true` or `false`",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "a number",
        Unexpected::Float(_) => "a number with a fraction",
        Unexpected::Unit | Unexpected::Option => "nothing",
        Unexpected::Seq => "a list",
        Unexpected::Map => "a mapping",
        _ => "text",
    }
}

/// A value of a document, to be read into a type.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    document: &'a Document,
    node: NodeId,
}

impl<'a> Value<'a> {
    pub(super) fn new(document: &'a Document, node: NodeId) -> Self {
        Self { document, node }
    }

    fn range(self) -> TextRange {
        self.document.node(self.node).range
    }

    /// Where to point when the value as a whole is wrong: a mapping is pointed at by its first key, since it may be long.
    fn short_range(self) -> TextRange {
        match self.document.entries(self.node).first() {
            Some(entry) => self.document.node(entry.key).range,
            None => self.range(),
        }
    }

    /// The value behind aliases.
    fn target(self) -> Result<Self, Wrong> {
        match &self.document.node(self.node).kind {
            // An alias is always of an earlier node: the way ends.
            NodeKind::Alias(_, Some(target)) => Self { node: *target, ..self }.target(),
            NodeKind::Alias(name, None) => Err(Wrong::new(format!("there is no anchor `&{name}`")).at(self.range())),
            _ => Ok(self),
        }
    }

    fn plain(self) -> Option<&'a str> {
        match &self.document.node(self.node).kind {
            NodeKind::Scalar(scalar) if scalar.style == ScalarStyle::Plain => Some(scalar.value(self.document.text())),
            _ => None,
        }
    }

    fn is_null(self) -> bool {
        self.plain().is_some_and(|text| matches!(text, "" | "~" | "null" | "Null" | "NULL"))
    }

    /// Reads it. What a type finds wrong once it has the value, such as an unknown name, is wrong here.
    fn read<'de, T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Wrong> {
        seed.deserialize(self).map_err(|wrong| wrong.at(self.short_range()))
    }

    fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match &self.document.node(self.node).kind {
            NodeKind::Mapping(entries) => visitor.visit_map(Entries {
                document: self.document,
                entries: entries.iter(),
                value: None,
                seen: HashSet::default(),
            }),
            NodeKind::Sequence(items) => visitor.visit_seq(Items { document: self.document, items: items.iter() }),
            NodeKind::Scalar(_) | NodeKind::Alias(..) => match self.plain() {
                Some("true" | "True" | "TRUE") => visitor.visit_bool(true),
                Some("false" | "False" | "FALSE") => visitor.visit_bool(false),
                Some(_) if self.is_null() => visitor.visit_unit(),
                Some(text) => match text.parse::<i64>() {
                    Ok(number) => visitor.visit_i64(number),
                    Err(_) => visitor.visit_str(text),
                },
                None => visitor.visit_str(self.document.scalar(self.node).unwrap_or_default()),
            },
        }
    }
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        let target = self.target()?;
        target.visit(visitor).map_err(|wrong| wrong.at(self.short_range()))
    }

    /// Any scalar is a text: `until: 2027-01-31` and `PORT: 5432` need no quotes.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        let target = self.target()?;
        match self.document.scalar(target.node) {
            Some(text) if !target.is_null() => visitor.visit_str(text).map_err(|wrong: Wrong| wrong.at(self.range())),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if self.target()?.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    /// A key without a value says nothing: as good as not there, for mappings and lists.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if self.target()?.is_null() {
            return visitor.visit_seq(Items { document: self.document, items: [].iter() });
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if self.target()?.is_null() {
            let document = self.document;
            return visitor.visit_map(Entries { document, entries: [].iter(), value: None, seen: HashSet::default() });
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        if name == spanned::NAME {
            return visitor.visit_map(Parts { value: self, next: 0 });
        }
        // Serde would take a list, too, field by field.
        if let NodeKind::Sequence(_) = &self.document.node(self.target()?.node).kind {
            return Err(Wrong::new("expected a mapping, found a list").at(self.range()));
        }
        self.deserialize_map(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct
        enum ignored_any
    }
}

/// The items of a list.
struct Items<'a> {
    document: &'a Document,
    items: std::slice::Iter<'a, NodeId>,
}

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        self.items.next().map(|item| Value::new(self.document, *item).read(seed)).transpose()
    }
}

/// The entries of a mapping.
struct Entries<'a> {
    document: &'a Document,
    entries: std::slice::Iter<'a, Entry>,
    value: Option<NodeId>,
    seen: HashSet<&'a str>,
}

impl<'de> de::MapAccess<'de> for Entries<'_> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        let key = Value::new(self.document, entry.key);
        let name = self.document.scalar(entry.key).ok_or_else(|| Wrong::new("a key is text").at(key.range()))?;
        if !self.seen.insert(name) {
            return Err(Wrong::new(format!("`{name}` is said twice")).at(key.range()));
        }
        self.value = Some(entry.value);
        seed.deserialize(key).map(Some).map_err(|wrong| wrong.at(key.range()))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        // Serde asks for a value only after its key.
        let node = self.value.take().ok_or_else(|| Wrong::new("a value without a key"))?;
        Value::new(self.document, node).read(seed)
    }
}

/// A value together with its place, as [`spanned::Spanned`] reads it.
struct Parts<'a> {
    value: Value<'a>,
    next: usize,
}

impl<'de> de::MapAccess<'de> for Parts<'_> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        let Some(field) = spanned::FIELDS.get(self.next) else { return Ok(None) };
        seed.deserialize(StrDeserializer::<Wrong>::new(field)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        let range = self.value.range();
        self.next += 1;
        match self.next {
            1 => seed.deserialize::<U32Deserializer<Wrong>>(range.start.into_deserializer()),
            2 => seed.deserialize::<U32Deserializer<Wrong>>(range.end.into_deserializer()),
            _ => self.value.read(seed),
        }
    }
}
