//! Where in a file something can be put: the entry behind a key, and what stands around a place in its line.

use stacklint_parsers::{Document, NodeId, NodeKind, ScalarStyle, TextRange};

use crate::source::SourceFile;

/// The value of the key that stands at `key`. It goes down the tree, so that a large file costs no more than a small one.
pub(super) fn value_of(document: &Document, key: TextRange) -> Option<NodeId> {
    let start = |node: NodeId| document.node(node).range.start;
    let before = |nodes: &[NodeId]| {
        let index = nodes.partition_point(|node| start(*node) <= key.start).checked_sub(1)?;
        nodes.get(index).copied()
    };
    let mut at = before(document.roots())?;
    loop {
        match &document.node(at).kind {
            NodeKind::Mapping(entries) => {
                let index = entries.partition_point(|entry| start(entry.key) <= key.start).checked_sub(1)?;
                let entry = entries.get(index)?;
                if document.node(entry.key).range == key {
                    return Some(entry.value);
                }
                at = entry.value;
            }
            NodeKind::Sequence(items) => at = before(items)?,
            NodeKind::Scalar(_) | NodeKind::Alias(..) => return None,
        }
    }
}

/// What a line holds before an offset.
pub(super) fn before(file: &SourceFile, offset: u32) -> &str {
    let start = file.lines().start(file.lines().line(offset)).unwrap_or(offset);
    TextRange::new(start, offset).of(&file.text)
}

/// The end of the line that holds an offset, before its line break; nothing if more than blanks and a comment comes
/// between, so that what is put there would not start a line of its own.
pub(super) fn end_of_line(file: &SourceFile, offset: u32) -> Option<u32> {
    let rest = file.text.get(offset as usize..)?;
    let rest = rest.get(..rest.find(['\n', '\r']).unwrap_or(rest.len()))?;
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let comment = rest.get(blanks..)?;
    // Without a blank before it `#` starts no comment.
    if !(comment.is_empty() || comment.starts_with('#') && blanks > 0) {
        return None;
    }
    offset.checked_add(u32::try_from(rest.len()).ok()?)
}

/// The line break of a file, as it stands behind an offset; `\n` where no other follows.
pub(super) fn line_break(file: &SourceFile, offset: u32) -> &'static str {
    let rest = file.text.get(offset as usize..).unwrap_or_default();
    let at = rest.find('\n').or_else(|| file.text.find('\n'));
    let text = if rest.contains('\n') { rest } else { &file.text };
    if at.is_some_and(|at| text.get(..at).is_some_and(|before| before.ends_with('\r'))) { "\r\n" } else { "\n" }
}

/// Whether a text is the indentation of a block: blanks alone, since YAML takes no tab there.
pub(super) fn is_indent(text: &str) -> bool {
    text.bytes().all(|byte| byte == b' ')
}

/// Whether a node ends with a block of text: what comes behind it may be a part of that.
pub(super) fn ends_with_block(document: &Document, node: NodeId) -> bool {
    let mut at = node;
    loop {
        let last = match &document.node(at).kind {
            NodeKind::Mapping(entries) => entries.last().map(|entry| entry.value),
            NodeKind::Sequence(items) => items.last().copied(),
            NodeKind::Alias(..) => None,
            NodeKind::Scalar(scalar) => return matches!(scalar.style, ScalarStyle::Literal | ScalarStyle::Folded),
        };
        match last {
            Some(last) => at = last,
            None => return false,
        }
    }
}
