//! An item added to a list of a service, or the list with it.
//!
//! Lists of layers and of `extends` add up, and of most of them Docker Compose refuses one that says a thing twice. So
//! the item goes where the service itself is written and nobody else draws on it, and into the lowest layer that counts.

use std::cell::OnceCell;
use std::sync::Arc;

use stacklint_parsers::{Document, Entry, Format, Node, NodeId, NodeKind, Parsed, ScalarStyle, TextRange};

use super::lines::{before, end_of_line, ends_with_block, is_indent, line_break, value_of};
use super::{insertion, shares};
use crate::check::Context;
use crate::finding::{Edit, Fix, Safety};
use crate::origin::Span;
use crate::source::SourceFile;
use crate::stack::Service;
use crate::stack::value::Value;
use crate::text::Text;

/// Where a layer writes a service.
#[derive(Debug)]
pub(crate) struct Body {
    file: Arc<SourceFile>,
    parsed: Arc<Parsed>,
    /// The name of the service.
    name: TextRange,
    node: NodeId,
    /// Where a further entry goes, once a fix has asked for it: half a dozen rules offer one to each service.
    slot: OnceCell<Option<Slot>>,
}

/// Where a further entry of a mapping goes.
#[derive(Debug)]
enum Slot {
    /// Between brackets, behind the last entry: with what separates it from that, and in the quotes of the keys.
    Flow { at: u32, separator: String, quote: &'static str },
    /// On lines of its own: indented as the keys are, and what belongs to it by a step more. Before the first entry or
    /// behind the last one.
    Block { at: u32, line_break: &'static str, indent: String, step: String, is_first: bool },
}

impl Context<'_> {
    /// Adds `item` to the list `key` of a service, which does not have it; a service without that list gets one.
    ///
    /// Nothing for a service that others extend, as the item would reach them too. Of other stacks that read the file
    /// [`super::drop_clashing`] takes care.
    #[must_use]
    pub fn fix_by_adding(&self, service: &Service<'_>, key: &str, item: &str) -> Option<Fix> {
        if !is_plain(item) {
            return None;
        }
        let number = self.number(service)?;
        let bodies = self.bodies(service, number)?;
        let list = service.value().get(key);
        if bodies.iter().any(|body| self.shares().is_drawn_on(body.span(body.node()), number)) {
            return None;
        }
        let edit = match list {
            Some(list) if list.as_sequence().is_some() => {
                match bodies.iter().find_map(|body| Some((body, body.list_in_force(key, list)?))) {
                    Some((body, entry)) if !self.shares().is_list_of_several(body.span(body.list(entry))) => {
                        body.append(entry, item)?
                    }
                    // It is a base's: a list of the service's own is added to it.
                    None if shares::is_extended(list, self.origins()) => self.add_list(bodies, key, item)?,
                    _ => return None,
                }
            }
            Some(_) => return None,
            None => self.add_list(bodies, key, item)?,
        };
        let title = ["add `", item, "` to `", key, "`", &shared_by(bodies)].concat();
        Some(Fix { title, safety: Safety::Unsafe, edits: vec![edit] })
    }

    /// Gives a service an attribute that it has in no layer: `key: value`, in one line.
    ///
    /// Nothing for a service that others extend, as they would get it too.
    #[must_use]
    pub fn fix_by_setting(&self, service: &Service<'_>, key: &str, value: &str, safety: Safety) -> Option<Fix> {
        let number = self.number(service)?;
        let bodies = self.bodies(service, number)?;
        let said = |body: &Body| body.entry(key).is_some();
        let drawn_on = |body: &Body| self.shares().is_drawn_on(body.span(body.node()), number);
        if service.value().get(key).is_some() || bodies.iter().any(|body| said(body) || drawn_on(body)) {
            return None;
        }
        let edit = bodies.first()?.add_entry(
            key,
            |text, _, _, _| text.extend([" ", value]),
            |text, _| text.push_str(value),
        )?;
        let title = ["set `", key, ": ", value, "`", &shared_by(bodies)].concat();
        Some(Fix { title, safety, edits: vec![edit] })
    }

    /// Puts `text` in the place of a part of an item of the list `key`.
    ///
    /// Nothing if the list would then say a thing twice, or if other services draw on it.
    #[must_use]
    pub fn fix_item(&self, service: &Service<'_>, key: &str, item: &Value, part: &Text, text: &str) -> Option<Fix> {
        let written = item.as_str()?;
        let at = written.rfind(part.as_str()).filter(|at| at + part.as_str().len() == written.len())?;
        let becomes = format!("{}{text}", written.get(..at)?);
        let items = service.value().get(key)?.items();
        let number = self.number(service)?;
        if items.iter().any(|other| other.as_str() == Some(&becomes))
            || item.place.is_some_and(|place| self.shares().is_drawn_on(place, number))
            || self
                .bodies(service, number)?
                .iter()
                .any(|body| self.shares().is_drawn_on(body.span(body.node()), number))
        {
            return None;
        }
        Fix::replace(&format!("make it `{becomes}`"), Safety::Unsafe, part, text)
    }

    /// Where the layers write a service, lowest first, without those that a later one replaces. Nothing if one of them
    /// cannot be edited: an alias.
    fn bodies(&self, service: &Service<'_>, number: usize) -> Option<&[Body]> {
        self.bodies_of(number, || self.find_bodies(service))
    }

    fn find_bodies(&self, service: &Service<'_>) -> Option<Vec<Body>> {
        let mut bodies: Vec<Body> = Vec::new();
        for key in service.earlier_keys().iter().copied().chain(service.key()) {
            let file = self.sources().file(key.file)?;
            let parsed = file.parse(Format::Yaml);
            let node = value_of(parsed.document(), key.range)?;
            let body = Body { file, parsed, name: key.range, node, slot: OnceCell::new() };
            match &body.node().kind {
                NodeKind::Mapping(_) => {}
                // A layer that says nothing.
                NodeKind::Scalar(_) => continue,
                _ => return None,
            }
            if body.node().tag.as_ref().is_some_and(|tag| &*tag.name == "!override") {
                bodies.clear();
            }
            bodies.push(body);
        }
        Some(bodies)
    }

    /// A list `key` with one item, in the lowest layer; nothing if any layer says something about it, as it does with
    /// `!reset`.
    fn add_list(&self, bodies: &[Body], key: &str, item: &str) -> Option<Edit> {
        if bodies.iter().any(|body| body.entry(key).is_some()) {
            return None;
        }
        bodies.first()?.add_list(key, item)
    }
}

/// Who else gets what is added, as the end of a title: `<<: *app` takes over all that `app: &app` says.
fn shared_by(bodies: &[Body]) -> String {
    let anchor = bodies.iter().find_map(|body| body.node().anchor.as_ref());
    anchor.map(|anchor| format!(", also where `*{}` is merged in", anchor.name)).unwrap_or_default()
}

impl Body {
    fn document(&self) -> &Document {
        self.parsed.document()
    }

    fn node(&self) -> &Node {
        self.document().node(self.node)
    }

    fn list(&self, entry: Entry) -> &Node {
        self.document().node(entry.value)
    }

    fn span(&self, node: &Node) -> Span {
        Span { file: self.file.id, range: node.range }
    }

    /// What the service's own mapping has under a key.
    fn entry(&self, key: &str) -> Option<Entry> {
        let mut entries = self.document().entries(self.node).iter();
        entries.find(|entry| self.document().scalar(entry.key) == Some(key)).copied()
    }

    /// The list that this layer writes, if it is a part of the effective one.
    fn list_in_force(&self, key: &str, list: &Value) -> Option<Entry> {
        let entry = self.entry(key)?;
        let node = self.document().node(entry.value);
        let NodeKind::Sequence(_) = node.kind else { return None };
        let own = self.span(node);
        let inside = |place: Span| place.file == own.file && own.range.contains(place.range);
        let counts = list.place == Some(own) || list.items().iter().any(|item| item.place.is_some_and(inside));
        counts.then_some(entry)
    }

    fn at(&self, offset: u32, text: String) -> Edit {
        insertion(Span { file: self.file.id, range: TextRange::empty(offset) }, text)
    }

    fn is_flow(&self, node: &Node) -> bool {
        node.range.of(&self.file.text).starts_with(['{', '['])
    }

    /// An item behind the last one of a list.
    fn append(&self, entry: Entry, item: &str) -> Option<Edit> {
        let list = self.list(entry);
        let NodeKind::Sequence(items) = &list.kind else { return None };
        let Some(last) = items.last().map(|last| self.document().node(*last)) else {
            // Only a list in brackets can be empty.
            let item = quoted_as(self.document().node(entry.key), item)?;
            return self.is_flow(list).then(|| self.at(list.range.start.saturating_add(1), item));
        };
        let item = quoted_as(last, item)?;
        if self.is_flow(list) {
            return Some(self.at(last.range.end, format!("{}{item}", self.separator(last.range.start))));
        }
        let before = before(&self.file, last.range.start);
        let (indent, _) = before.split_once('-').filter(|(_, blanks)| is_indent(blanks))?;
        let end = end_of_line(&self.file, last.range.end).filter(|_| is_indent(indent))?;
        Some(self.at(end, format!("{}{before}{item}", line_break(&self.file, end))))
    }

    /// A list of one item behind the last entry of the service.
    fn add_list(&self, key: &str, item: &str) -> Option<Edit> {
        let block = |text: &mut String, line_break: &str, indent: &str, step: &str| {
            text.extend([line_break, indent, step, "- ", item]);
        };
        self.add_entry(key, block, |text, quote| text.extend(["[", quote, item, quote, "]"]))
    }

    /// A further entry of the service. `block` writes what stands behind `key:` for the line break, the indent of the keys
    /// and the step to the next one; `flow` writes the value between brackets for the quotes of the keys.
    fn add_entry(
        &self,
        key: &str,
        block: impl Fn(&mut String, &str, &str, &str),
        flow: impl Fn(&mut String, &str),
    ) -> Option<Edit> {
        let mut text = String::with_capacity(64);
        let at = match self.slot.get_or_init(|| self.find_slot()).as_ref()? {
            Slot::Flow { at, separator, quote } => {
                text.extend([separator, *quote, key, quote, ": "]);
                flow(&mut text, quote);
                at
            }
            Slot::Block { at, line_break, indent, step, is_first } => {
                if !is_first {
                    text.extend([line_break, indent.as_str()]);
                }
                text.extend([key, ":"]);
                block(&mut text, line_break, indent, step);
                if *is_first {
                    text.extend([line_break, indent.as_str()]);
                }
                at
            }
        };
        Some(self.at(*at, text))
    }

    /// Behind the last entry of the service. Where that ends with a block of text, to which the lines behind it may belong,
    /// before the first one.
    fn find_slot(&self) -> Option<Slot> {
        let document = self.document();
        let entries = document.entries(self.node);
        let (first, last) = (document.node(entries.first()?.key), entries.last()?);
        if self.is_flow(self.node()) {
            let (last_key, value) = (document.node(last.key), document.node(last.value));
            let slot = Slot::Flow {
                at: value.range.end,
                separator: self.separator(last_key.range.start),
                quote: quote_of(first)?,
            };
            // A comma right behind `key:` would become a part of the key.
            return (!value.range.is_empty()).then_some(slot);
        }
        let indent = before(&self.file, first.range.start);
        if !is_indent(indent) {
            return None;
        }
        // As far as the service's keys stand behind its name.
        let outer = before(&self.file, self.name.start);
        let step = indent.strip_prefix(outer).filter(|step| !step.is_empty()).unwrap_or("  ");
        let is_first = ends_with_block(document, self.node);
        Some(Slot::Block {
            at: if is_first { first.range.start } else { end_of_line(&self.file, self.node().range.end)? },
            line_break: line_break(&self.file, first.range.start),
            indent: indent.to_owned(),
            step: step.to_owned(),
            is_first,
        })
    }

    /// What comes before a further entry in brackets: a line where the last one has a line of its own.
    fn separator(&self, last: u32) -> String {
        let before = before(&self.file, last);
        if !before.is_empty() && is_indent(before) {
            format!(",{}{before}", line_break(&self.file, last))
        } else {
            ", ".to_owned()
        }
    }
}

/// Whether a text is a string in YAML, as it is, in a block and in brackets.
fn is_plain(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'=' | b':');
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && text.bytes().all(inner)
        && !text.ends_with(':')
        && !["true", "false", "null", "yes", "no", "on", "off"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// The quotes that a scalar has; nothing for what is no scalar of one line.
fn quote_of(node: &Node) -> Option<&'static str> {
    let NodeKind::Scalar(scalar) = &node.kind else { return None };
    match scalar.style {
        ScalarStyle::Plain => Some(""),
        ScalarStyle::SingleQuoted => Some("'"),
        ScalarStyle::DoubleQuoted => Some("\""),
        ScalarStyle::Literal | ScalarStyle::Folded => None,
    }
}

/// A text with the quotes of another item.
fn quoted_as(other: &Node, text: &str) -> Option<String> {
    let quote = quote_of(other)?;
    Some(format!("{quote}{text}{quote}"))
}
