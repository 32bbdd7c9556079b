//! What stands at a place of a file, as its tree says it.

use std::ops::Range;

use stacklint_parsers::interpolation::{self, Operator};
use stacklint_parsers::{Document, NodeId, NodeKind, TextRange};

use crate::origin::{FileId, Span};
use crate::text::Text;

/// Whether a place is in a stretch, or right behind it: that is where a cursor stands that has just passed a word.
pub(super) fn touches(range: TextRange, offset: u32) -> bool {
    range.start <= offset && offset <= range.end
}

/// The scalar or alias at a place, be it a key or a value.
pub(super) fn leaf_at(document: &Document, offset: u32) -> Option<NodeId> {
    let start = |node: NodeId| document.node(node).range.start;
    let is_leaf = |node: NodeId| matches!(document.node(node).kind, NodeKind::Scalar(_) | NodeKind::Alias(..));
    let mut at = last_before(document.roots(), |root| start(*root), offset).copied()?;
    loop {
        match &document.node(at).kind {
            NodeKind::Scalar(_) | NodeKind::Alias(..) => {
                return touches(document.node(at).range, offset).then_some(at);
            }
            NodeKind::Sequence(items) => at = *last_before(items, |item| start(*item), offset)?,
            NodeKind::Mapping(entries) => {
                let entry = last_before(entries, |entry| start(entry.key), offset)?;
                // The value of a key without one stands right behind the colon, or nowhere.
                let is_key = touches(document.node(entry.key).range, offset) && is_leaf(entry.key);
                at = if is_key || offset < start(entry.value) { entry.key } else { entry.value };
            }
        }
    }
}

fn last_before<T>(nodes: &[T], start: impl Fn(&T) -> u32, offset: u32) -> Option<&T> {
    nodes.get(nodes.partition_point(|node| start(node) <= offset).checked_sub(1)?)
}

/// The anchor at a place, with the node it names.
pub(super) fn anchor_at(document: &Document, offset: u32) -> Option<(NodeId, TextRange)> {
    document.nodes().find_map(|(id, node)| {
        let anchor = node.anchor.as_ref().filter(|anchor| touches(anchor.range, offset))?;
        Some((id, anchor.range))
    })
}

/// The node that an alias stands for, and its anchor.
pub(super) fn target_of(document: &Document, alias: NodeId) -> Option<(NodeId, TextRange)> {
    let NodeKind::Alias(_, Some(target)) = document.node(alias).kind else { return None };
    Some((target, document.node(target).anchor.as_ref()?.range))
}

/// The nearest key above a node: what its value is called. Of an item of a list it is that of the list.
pub(super) fn keys_above(document: &Document, range: TextRange) -> String {
    let path = document.path_to(range);
    let key = path.iter().rev().find_map(|segment| match segment {
        stacklint_parsers::PathSegment::Key(key) => Some((*key).to_owned()),
        stacklint_parsers::PathSegment::Index(_) => None,
    });
    key.unwrap_or_default()
}

/// A variable in a text, and where it is used.
#[derive(Clone, Debug)]
pub(super) struct Used {
    pub(super) name: Box<str>,
    pub(super) operator: Option<Operator>,
    /// Where all of `${NAME...}` stands.
    pub(super) place: Span,
    /// The default, the alternative or the message, in the text.
    pub(super) operand: Range<usize>,
}

/// All variables of a text, those in operands too, outer ones first.
pub(super) fn variables_in(text: &Text) -> Vec<Used> {
    let written = text.as_str();
    let mut found = Vec::new();
    if !written.contains('$') {
        return found;
    }
    let parsed = interpolation::parse(written);
    for variable in parsed.variables() {
        let range = variable.range.start as usize..variable.range.end as usize;
        let name = written.get(variable.name.start as usize..variable.name.end as usize).unwrap_or_default();
        if let Some((place, _)) = text.source_of(range) {
            let operand = variable.operand_range.start as usize..variable.operand_range.end as usize;
            found.push(Used { name: name.into(), operator: variable.operator, place, operand });
        }
    }
    found
}

/// The innermost variable at a place.
pub(super) fn variable_at(text: &Text, file: FileId, offset: u32) -> Option<Used> {
    let inside = |used: &Used| used.place.file == file && used.place.range.start <= offset;
    let all = variables_in(text);
    let length = |used: &&Used| used.place.range.len();
    let holding = all.iter().filter(|used| inside(used) && offset < used.place.range.end).min_by_key(length);
    let behind = || all.iter().filter(|used| inside(used) && offset == used.place.range.end).min_by_key(length);
    holding.or_else(behind).cloned()
}
