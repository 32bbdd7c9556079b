//! What texts with variables come to, to be shown beside them.

use std::sync::Arc;

use stacklint_parsers::{Document, Format, NodeId, PathSegment, TextRange};

use super::Navigator;
use super::facts::cut;
use super::syntax::{keys_above, variables_in};
use super::variables::{interpolated, scopes};
use crate::map::IndexMap;
use crate::origin::FileId;
use crate::source::SourceFile;
use crate::text::Text;

/// So long a hint may be.
const LENGTH: usize = 60;

/// So many bytes of what stands before a variable are said again.
const WORD: usize = 32;

/// What a text with variables comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Where it belongs: right behind the text.
    pub offset: u32,
    /// What the text comes to, secrets masked; of a long one the part that its variables make, which can be read in a line.
    pub text: String,
    /// A variable in it is set nowhere, and has no default.
    pub unset: bool,
    /// Other stacks make something else of it: this is what most of them say.
    pub differs: bool,
}

impl Navigator<'_> {
    /// The hints of a stretch of a file, in their order.
    #[must_use]
    pub fn hints(&self, file: FileId, range: TextRange) -> Vec<Hint> {
        let Some(source) = self.sources.file(file) else { return Vec::new() };
        let mut hints = self.compose_hints(&source, range);
        hints.extend(self.env_hints(&source, range));
        hints.sort_by_key(|hint| hint.offset);
        hints.dedup_by_key(|hint| hint.offset);
        hints
    }

    fn compose_hints(&self, file: &Arc<SourceFile>, range: TextRange) -> Vec<Hint> {
        let scopes: Vec<_> =
            self.readers(file.id).into_iter().flat_map(|(stack, _)| scopes(stack, Some(file.id))).collect();
        if scopes.is_empty() {
            return Vec::new();
        }
        let parsed = file.parse(Format::Yaml);
        let document = parsed.document();
        let mut hints = Vec::new();
        for node in values_in(document, range) {
            let written = Text::from_scalar(document, file.id, node);
            if variables_in(&written).is_empty() {
                continue;
            }
            let place = document.node(node).range;
            let is_item = matches!(document.path_to(place).last(), Some(PathSegment::Index(_)));
            // The name stands there already.
            let (key, start) = match name_of(&written).filter(|_| is_item) {
                Some((name, start)) => (name.to_owned(), start),
                None => (keys_above(document, place), 0),
            };
            let value = written.slice(start..written.as_str().len());
            let texts = scopes.iter().map(|scope| interpolated(&value, scope));
            hints.extend(self.hint(place.end, &key, value.as_str(), texts));
        }
        hints
    }

    fn env_hints(&self, file: &Arc<SourceFile>, range: TextRange) -> Vec<Hint> {
        let is_read = |text: &TextRange| text.start <= range.end && range.start <= text.end;
        let mut hints = Vec::new();
        let scopes: Vec<_> = self.stacks.iter().map(|(stack, _)| (*stack, scopes(stack, None))).collect();
        for entry in self.entries(file).iter().filter(|entry| entry.expanded) {
            let Some(place) = entry.value.map(|value| value.range).filter(is_read) else { continue };
            if variables_in(&entry.text).is_empty() {
                continue;
            }
            let texts = scopes.iter().flat_map(|(stack, scopes)| self.resolved_entry(stack, scopes, entry));
            hints.extend(self.hint(place.end, &entry.name, entry.text.as_str(), texts.cloned()));
        }
        hints
    }

    /// The hint for what stacks make of a text as it is written; nothing if none of them reads it.
    fn hint(&self, offset: u32, key: &str, written: &str, texts: impl Iterator<Item = Text>) -> Option<Hint> {
        let mut found: IndexMap<String, (usize, Text)> = IndexMap::default();
        for text in texts {
            found.entry(text.as_str().to_owned()).or_insert((0, text)).0 += 1;
        }
        let differs = found.len() > 1;
        // Of two that are as frequent the first stack's.
        let mut most: Option<(usize, Text)> = None;
        for (_, (count, text)) in found {
            if most.as_ref().is_none_or(|(known, _)| count > *known) {
                most = Some((count, text));
            }
        }
        let (_, text) = most?;
        let unset = text.unset().next().is_some();
        let text = telling(written, &self.masker.text(key, &text));
        Some(Hint { offset, text, unset, differs })
    }
}

/// As much of a text as a hint shows. What stands before it is there to be read: where that leaves no room for what differs
/// from it, such as the last argument of a long command, only its last word is kept.
fn telling(written: &str, resolved: &str) -> String {
    let before = |number: usize| resolved.get(..number).unwrap_or_default();
    let same = written.char_indices().zip(resolved.chars()).find(|((_, one), other)| one != other);
    let start = same.map_or(written.len().min(resolved.len()), |((at, _), _)| at);
    let (rest, left) = (written.get(start..).unwrap_or_default(), resolved.get(start..).unwrap_or_default());
    let tail = rest.chars().rev().zip(left.chars().rev()).take_while(|(one, other)| one == other);
    let end = resolved.len() - tail.map(|(letter, _)| letter.len_utf8()).sum::<usize>();
    if before(end).chars().count() <= LENGTH {
        return cut(resolved, LENGTH);
    }
    let word = before(start).trim_end().rfind(char::is_whitespace).map_or(start, |at| at + 1);
    let from = if before(start).len() - word <= WORD { word } else { start };
    let from = (0..=from).rev().find(|at| resolved.is_char_boundary(*at)).unwrap_or_default();
    let mark = if from > 0 { "…" } else { "" };
    format!("{mark}{}", cut(resolved.get(from..).unwrap_or_default(), LENGTH))
}

/// The name before the `=` of an item `NAME=value` of a list, if that is how it is written; how long it is with its `=`.
fn name_of(written: &Text) -> Option<(&str, usize)> {
    let (name, _) = written.as_str().split_once('=')?;
    let is_name =
        !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter));
    is_name.then_some((name, name.len() + 1))
}

/// The scalars with a dollar sign that touch a stretch and are no keys, which stay as they are written.
fn values_in(document: &Document, range: TextRange) -> Vec<NodeId> {
    use stacklint_parsers::NodeKind;
    let mut values = Vec::new();
    let mut left: Vec<NodeId> = document.roots().iter().rev().copied().collect();
    while let Some(node) = left.pop() {
        let place = document.node(node).range;
        if place.start > range.end || place.end < range.start {
            continue;
        }
        match &document.node(node).kind {
            NodeKind::Scalar(_) => {
                if document.scalar(node).is_some_and(|text| text.contains('$')) {
                    values.push(node);
                }
            }
            NodeKind::Sequence(items) => left.extend(items.iter().rev()),
            NodeKind::Mapping(entries) => left.extend(entries.iter().rev().map(|entry| entry.value)),
            NodeKind::Alias(..) => {}
        }
    }
    values
}
