//! From the tree of one YAML document to values: aliases followed, merge keys applied, scalars resolved.

use indexmap::map::Entry as MapEntry;
use stacklint_parsers::{Document, NodeId, NodeKind, ScalarStyle, ScalarValue, TextRange};

use crate::origin::{FileId, OriginId, Origins, Role, Span};
use crate::stack::problem::{Problem, ProblemKind};
use crate::stack::scalar::{self, Plain};
use crate::stack::value::{Data, Directive, Field, Key, Mapping, Scalar, ScalarKind, Value};
use crate::text::{PieceKind, Text};

/// How many nodes of one file may be reached through aliases. Docker Compose 2.40.3 still loads a file that goes a little
/// beyond, and has not loaded one with ten times as many after a minute (measured with `config -q`).
const ALIAS_BUDGET: u32 = 100_000;

/// Builds values from the documents of one file.
#[derive(Debug)]
pub(crate) struct Builder<'a> {
    document: &'a Document,
    file: FileId,
    origins: &'a mut Origins,
    problems: &'a mut Vec<Problem>,
    /// The anchored nodes whose alias is being followed.
    following: Vec<NodeId>,
    budget: u32,
    /// Lists with an item that is to be reset, and the first such item of each.
    reset_items: Vec<(Span, Span)>,
    has_directives: bool,
}

impl<'a> Builder<'a> {
    /// A builder for the documents of one file.
    pub(crate) fn new(
        document: &'a Document,
        file: FileId,
        origins: &'a mut Origins,
        problems: &'a mut Vec<Problem>,
    ) -> Self {
        Self {
            document,
            file,
            origins,
            problems,
            following: Vec::new(),
            budget: ALIAS_BUDGET,
            reset_items: Vec::new(),
            has_directives: false,
        }
    }

    /// Whether it has met a `!reset` or `!override`.
    pub(crate) fn has_directives(&self) -> bool {
        self.has_directives
    }

    /// Lists with an item that is to be reset, which is not in them any more: it takes nothing away from the layers below,
    /// and is not there itself. With each list its first such item.
    pub(crate) fn into_reset_items(self) -> Vec<(Span, Span)> {
        self.reset_items
    }

    /// The value of a node.
    pub(crate) fn value(&mut self, id: NodeId) -> Value {
        let node = self.document.node(id);
        let place = self.span(node.range);
        if !self.following.is_empty() {
            self.budget = self.budget.saturating_sub(1);
            if self.budget == 0 {
                return Self::over_budget(place);
            }
        }
        let data = match &node.kind {
            NodeKind::Scalar(_) => self.scalar(id),
            NodeKind::Sequence(items) => {
                let mut kept = Vec::with_capacity(items.len());
                let mut reset = None;
                for id in items {
                    let mut item = self.value(*id);
                    match item.directive {
                        Some(Directive::Reset) => reset = reset.or(Some(self.with_tag(*id))),
                        _ => {
                            // The items of layers are not matched by their place.
                            self.forget_resets(&mut item);
                            kept.push(item);
                        }
                    }
                }
                self.reset_items.extend(reset.map(|reset| (place, reset)));
                Data::Sequence(kept)
            }
            NodeKind::Mapping(_) => Data::Mapping(self.mapping(id)),
            NodeKind::Alias(name, target) => return self.alias(name, *target, place),
        };
        let mut value = Value::new(data, Some(place), OriginId::WRITTEN);
        value.repaired = node.repaired;
        value.directive = node.tag.as_ref().and_then(|tag| match &*tag.name {
            "!reset" => Some(Directive::Reset),
            "!override" => Some(Directive::Override),
            _ => None,
        });
        self.has_directives |= value.directive.is_some();
        value
    }

    /// The place of a node from its tag on.
    fn with_tag(&self, id: NodeId) -> Span {
        let node = self.document.node(id);
        let start = node.tag.as_ref().map_or(node.range.start, |tag| tag.range.start.min(node.range.start));
        self.span(TextRange::new(start, node.range.end))
    }

    fn over_budget(place: Span) -> Value {
        let mut value = Value::new(Data::Null, Some(place), OriginId::WRITTEN);
        value.repaired = true;
        value
    }

    /// Says that following the alias at `place` used the budget up.
    fn report_budget(&mut self, place: Span) {
        let known =
            self.problems.iter().any(|problem| problem.kind == ProblemKind::OverLimit && problem.place.is_some());
        if !known {
            let message = format!("aliases of this file lead to more than {ALIAS_BUDGET} values; the rest is left out");
            let problem = Problem::new(ProblemKind::OverLimit, Some(place), "", message);
            self.problems.push(problem.help("write the values out instead of building them from aliases"));
        }
    }

    fn span(&self, range: TextRange) -> Span {
        Span { file: self.file, range }
    }

    fn scalar(&self, id: NodeId) -> Data {
        let node = self.document.node(id);
        let NodeKind::Scalar(scalar) = &node.kind else { return Data::Null };
        let tag = node.tag.as_ref().map(|tag| &*tag.name);
        let text = Text::from_scalar(self.document, self.file, id);
        if tag == Some("!!binary")
            && let Some(decoded) = base64(text.as_str())
        {
            let decoded = Text::derived(&decoded, Some(self.span(node.range)), OriginId::WRITTEN);
            return Data::Scalar(Scalar::new(decoded, ScalarKind::String));
        }
        if scalar.style != ScalarStyle::Plain || matches!(tag, Some("!!str" | "!")) {
            // A quoted number is a number only if its tag says so.
            if !matches!(tag, Some("!!int" | "!!float" | "!!bool" | "!!null")) {
                return Data::Scalar(Scalar::new(text, ScalarKind::String));
            }
        }
        match scalar::resolve(text.as_str()) {
            Plain::Null => Data::Null,
            Plain::AsWritten(kind) => Data::Scalar(Scalar::new(text, kind)),
            Plain::Respelled(kind, spelling) => {
                let mut respelled = Text::default();
                let range = match &scalar.value {
                    ScalarValue::Verbatim(range) => *range,
                    ScalarValue::Decoded(..) => node.range,
                };
                respelled.push(&spelling, Some(self.span(range)), PieceKind::Derived, OriginId::WRITTEN);
                Data::Scalar(Scalar::new(respelled, kind))
            }
        }
    }

    fn alias(&mut self, name: &str, target: Option<NodeId>, place: Span) -> Value {
        let Some(target) = target else {
            // The parser has reported it.
            let mut value = Value::new(Data::Null, Some(place), OriginId::WRITTEN);
            value.repaired = true;
            return value;
        };
        let range = self.document.node(target).range;
        let contains_itself = range.contains(place.range) || self.following.contains(&target);
        if contains_itself {
            let message = format!("the value of the anchor `{name}` contains itself");
            self.problems.push(Problem::new(ProblemKind::Cycle, Some(place), "", message));
            return Value::new(Data::Null, Some(place), OriginId::WRITTEN);
        }
        let mut value = self.follow(target, place);
        value.travel(self.origins, Role::AliasOf, Some(place));
        value
    }

    /// The value of an anchored node. Docker Compose takes every `!reset` out of the tree where it meets it first, at the
    /// anchor: below an alias there is none left, unless the anchored node itself is the one that resets.
    fn follow(&mut self, target: NodeId, place: Span) -> Value {
        self.following.push(target);
        let mut value = self.value(target);
        self.following.pop();
        if self.budget == 0 && self.following.is_empty() {
            self.report_budget(place);
        }
        self.forget_resets(&mut value);
        value
    }

    /// Takes away what below `value` asks to be reset.
    fn forget_resets(&self, value: &mut Value) {
        if self.has_directives {
            forget_resets(value);
        }
    }

    fn mapping(&mut self, id: NodeId) -> Mapping {
        let entries = self.document.entries(id);
        let mut mapping = Mapping::with_capacity_and_hasher(entries.len(), Default::default());
        let mut merged = Vec::new();
        for entry in entries {
            let key_node = self.document.node(entry.key);
            let key_span = self.span(key_node.range);
            let key = self.key(entry.key);
            let plain = matches!(&key_node.kind, NodeKind::Scalar(scalar) if scalar.style == ScalarStyle::Plain);
            if &*key == "<<" && plain {
                if !merged.is_empty() {
                    let message = "the merge key `<<` stands twice in this mapping";
                    let problem = Problem::new(ProblemKind::DuplicateKey, Some(key_span), "<<", message)
                        .help("write one merge key with a list: `<<: [*a, *b]`; Docker Compose refuses the file");
                    self.problems.push(problem);
                }
                merged.push(entry.value);
                continue;
            }
            if plain && !is_string(&key) {
                let message = format!("the key `{key}` is no string");
                let problem = Problem::new(ProblemKind::Schema, Some(key_span), &key, message);
                self.problems.push(problem.help("quote it; Docker Compose refuses the file"));
            }
            let field = Field::new(Some(key_span), self.value(entry.value));
            match mapping.entry(key) {
                MapEntry::Vacant(slot) => {
                    slot.insert(field);
                }
                MapEntry::Occupied(mut slot) => {
                    let message = format!("the key `{}` stands twice in this mapping", slot.key());
                    let first = slot.get().key;
                    let problem = Problem::new(ProblemKind::DuplicateKey, Some(key_span), slot.key(), message)
                        .help("remove one of the two; Docker Compose refuses the file")
                        .related("it stands here first", first);
                    self.problems.push(problem);
                    slot.insert(field);
                }
            }
        }
        for source in merged {
            self.merge_key(&mut mapping, source);
        }
        mapping
    }

    fn key(&self, id: NodeId) -> Key {
        let node = self.document.node(id);
        match &node.kind {
            NodeKind::Scalar(scalar) => scalar.value(self.document.text()).into(),
            NodeKind::Alias(_, Some(target)) => self.document.scalar(*target).unwrap_or_default().into(),
            _ => node.range.of(self.document.text()).into(),
        }
    }

    /// What `<<` brings: keys that the mapping itself does not have; of several mappings the first one that has a key.
    fn merge_key(&mut self, mapping: &mut Mapping, source: NodeId) {
        let node = self.document.node(source);
        if let NodeKind::Sequence(items) = &node.kind {
            for item in items {
                self.merge_key(mapping, *item);
            }
            return;
        }
        let place = self.span(node.range);
        // The step of the alias is the step of the merge: one place, one step.
        let source = match &node.kind {
            NodeKind::Alias(name, target) => match target {
                Some(target) if !self.following.contains(target) => self.follow(*target, place),
                target => self.alias(name, *target, place),
            },
            _ => self.value(source),
        };
        let repaired = source.repaired;
        let Data::Mapping(fields) = source.data else {
            if !repaired {
                let message = "a merge key takes a mapping, or a list of mappings";
                self.problems.push(Problem::new(ProblemKind::Schema, Some(place), "<<", message));
            }
            return;
        };
        for (key, mut field) in fields {
            if let MapEntry::Vacant(slot) = mapping.entry(key) {
                field.value.travel(self.origins, Role::MergedFrom, Some(place));
                slot.insert(field);
            }
        }
    }
}

/// The text that base64 stands for, blanks passed over; nothing where it is none.
fn base64(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for letter in text.trim_end().trim_end_matches('=').bytes().filter(|letter| !letter.is_ascii_whitespace()) {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap_or_default());
        }
    }
    String::from_utf8(bytes).ok()
}

/// Whether the loader takes a plain scalar for a string.
fn is_string(text: &str) -> bool {
    matches!(scalar::resolve(text), Plain::AsWritten(ScalarKind::String))
}

fn forget_resets(value: &mut Value) {
    match &mut value.data {
        Data::Null | Data::Scalar(_) => {}
        Data::Sequence(items) => items.iter_mut().for_each(forget_resets),
        Data::Mapping(fields) => {
            fields.retain(|_, field| field.value.directive != Some(Directive::Reset));
            fields.values_mut().for_each(|field| forget_resets(&mut field.value));
        }
    }
}
