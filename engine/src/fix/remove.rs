//! Something taken out of a file: an entry of a mapping, an item of a list, and what would be left empty by it.

use stacklint_parsers::{Document, Format, NodeId, NodeKind, TextRange};

use crate::check::Context;
use crate::finding::{Edit, Fix, Safety};
use crate::origin::Span;
use crate::source::SourceFile;
use crate::stack::Certainty;
use crate::stack::value::Value;

/// In a larger collection nothing is removed: what goes together is looked for among all children.
const SIBLINGS: usize = 256;

/// A child of a mapping or a list, on the way from the top of a document to a place.
#[derive(Clone, Copy)]
struct Child {
    parent: NodeId,
    index: usize,
}

impl Context<'_> {
    /// Takes the entry `key` out of a mapping; if it is the only one, the mapping goes with it. `others` are keys of the
    /// same mapping that fixes of further findings take out: all of them together leave something that loads.
    ///
    /// Nothing where layers below say something of the same key, which would then be in force.
    #[must_use]
    pub fn fix_by_removing(
        &self,
        title: &str,
        safety: Safety,
        holder: &Value,
        key: &str,
        others: &[&str],
    ) -> Option<Fix> {
        let place = |key: &str| {
            let field = holder.as_mapping()?.get(key).filter(|field| field.earlier_keys.is_empty())?;
            field.key
        };
        let others: Vec<Span> = others.iter().take(SIBLINGS).filter_map(|other| place(other)).collect();
        self.removal(title, safety, place(key)?, &others)
    }

    /// Takes an item out of a list; if it is the only one, or all of them are among `others`, which fixes of further
    /// findings take out, the list goes with its key.
    ///
    /// Nothing for an item that a layer below has too: it would still be there. Where it is a guess that one lies on the
    /// other, each has a fix of its own.
    #[must_use]
    pub fn fix_by_removing_item(&self, title: &str, safety: Safety, item: &Value, others: &[&Value]) -> Option<Fix> {
        let certain = self.stack().is_none_or(|stack| stack.spec.certainty != Certainty::Guessed);
        if certain && self.origins().trail(item.origin).iter().any(|step| step.lost.is_some()) {
            return None;
        }
        let others: Vec<Span> = others.iter().take(SIBLINGS).filter_map(|other| other.place).collect();
        self.removal(title, safety, item.place?, &others)
    }

    /// Takes one of several options out of a text such as `/tmp:rw,exec`, with the comma or colon before or behind it.
    /// `place` is where the option stands.
    #[must_use]
    pub fn fix_by_removing_option(&self, title: &str, safety: Safety, option: &str, place: Span) -> Option<Fix> {
        let file = self.sources().file(place.file)?;
        let range = place.range;
        let (before, behind) = (file.text.get(..range.start as usize)?, file.text.get(range.end as usize..)?);
        let wider = if before.ends_with(',') {
            TextRange::new(range.start.checked_sub(1)?, range.end)
        } else if behind.starts_with(',') {
            TextRange::new(range.start, range.end.checked_add(1)?)
        } else if before.ends_with(':') {
            TextRange::new(range.start.checked_sub(1)?, range.end)
        } else {
            return None;
        };
        let edit = Edit { place: Span { range: wider, ..place }, replacement: String::new() };
        let fix = Fix { title: title.to_owned(), safety, edits: vec![edit] };
        (range.of(&file.text) == option).then_some(fix)
    }

    /// Takes the words from `first` to `last` out of a command, be it a string or a list; never its first word.
    #[must_use]
    pub fn fix_by_removing_words(&self, title: &str, safety: Safety, first: &Value, last: &Value) -> Option<Fix> {
        let (first, last) = (first.place?, last.place?);
        let file = self.sources().file(first.file).filter(|_| first.file == last.file)?;
        let parsed = file.parse(Format::Yaml);
        let document = parsed.document();
        let range = match (way_to(document, first.range), way_to(document, last.range)) {
            (Some(one), Some(other)) => {
                let (one, other) = (one.last()?, other.last()?);
                let parent = one.parent;
                if parent != other.parent || one.index == 0 || other.index < one.index {
                    return None;
                }
                if is_flow(document, parent) {
                    let run = Child { parent, index: other.index };
                    let (before, _) = extent(document, Child { parent, index: one.index.checked_sub(1)? });
                    let (end, _) = extent(document, run);
                    TextRange::new(before.end, end.end)
                } else {
                    of_block(document, &file, *one)?.cover(of_block(document, &file, *other)?)
                }
            }
            // Words of one string, with the blank before them.
            (None, None) => {
                let range = first.range.cover(last.range);
                let before = file.text.get(..range.start as usize)?;
                let start = range.start.checked_sub(1).filter(|_| before.ends_with(' '))?;
                TextRange::new(start, range.end)
            }
            _ => return None,
        };
        let text = range.of(&file.text);
        if text.contains(['#', '&', '*', '$', '\\', '|', ';']) {
            return None;
        }
        let edit = Edit { place: Span { range, ..first }, replacement: String::new() };
        Some(Fix { title: title.to_owned(), safety, edits: vec![edit] })
    }

    /// Writes `directive`, `!reset` or `!override`, before the value of the key that stands at `key`.
    #[must_use]
    pub fn fix_by_directive(&self, title: &str, safety: Safety, key: Span, directive: &str) -> Option<Fix> {
        let file = self.sources().file(key.file)?;
        let rest = file.text.get(key.range.end as usize..)?;
        let colon = rest.find(':').filter(|at| rest.get(..*at).is_some_and(|blanks| blanks.trim().is_empty()))?;
        let value = rest.get(colon + 1..)?.trim_start();
        // An alias takes no tag, and a tag no other one.
        if value.starts_with(['*', '!', '<']) {
            return None;
        }
        let at = key.range.end.checked_add(u32::try_from(colon).ok()?)?.checked_add(1)?;
        let edit = Edit { place: Span { range: TextRange::empty(at), ..key }, replacement: format!(" {directive}") };
        Some(Fix { title: title.to_owned(), safety, edits: vec![edit] })
    }

    fn removal(&self, title: &str, safety: Safety, place: Span, others: &[Span]) -> Option<Fix> {
        let file = self.sources().file(place.file)?;
        let parsed = file.parse(Format::Yaml);
        let document = parsed.document();
        let way = way_to(document, place.range)?;
        let mut left = way.as_slice();
        let mut child = *left.last()?;
        let goes = |index: usize| {
            let sibling = Child { parent: child.parent, index };
            let range = named(document, sibling);
            index == child.index || others.iter().any(|other| other.file == place.file && other.range == range)
        };
        let count = children(document, child.parent);
        if count > SIBLINGS {
            return None;
        }
        // One level up at most: what lies above is something else.
        let (range, taken) = if (0..count).all(&goes) {
            left = left.get(..left.len() - 1)?;
            child = *left.last().filter(|child| children(document, child.parent) > 1)?;
            (self.lines_or_flow(document, &file, child, &|index| index == child.index)?.0, count)
        } else {
            self.lines_or_flow(document, &file, child, &goes)?
        };
        // Another place may stand for what is anchored in there.
        let (_, inside) = extent(document, child);
        if has_anchor(document, inside) {
            return None;
        }
        let edit = Edit { place: Span { range, ..place }, replacement: String::new() };
        // Nobody is to lose by this fix what he only looked at another finding of.
        let more = if taken > 1 { ", with what else is reported beside it" } else { "" };
        Some(Fix { title: format!("{title}{more}"), safety, edits: vec![edit] })
    }

    /// The characters of a child, and how many children they are.
    fn lines_or_flow(
        &self,
        document: &Document,
        file: &SourceFile,
        child: Child,
        goes: &dyn Fn(usize) -> bool,
    ) -> Option<(TextRange, usize)> {
        if is_flow(document, child.parent) {
            of_flow(document, child, goes)
        } else {
            Some((of_block(document, file, child)?, 1))
        }
    }
}

/// Where the key of a child stands, or the child itself.
fn named(document: &Document, child: Child) -> TextRange {
    match document.entries(child.parent).get(child.index) {
        Some(entry) => document.node(entry.key).range,
        None => extent(document, child).0,
    }
}

/// The way from the top of a document to the key or the item at a place: of several nodes there the innermost.
fn way_to(document: &Document, place: TextRange) -> Option<Vec<Child>> {
    let start = |node: NodeId| document.node(node).range.start;
    let roots = document.roots();
    let root = roots.partition_point(|root| start(*root) <= place.start).checked_sub(1)?;
    let mut at = *roots.get(root)?;
    let (mut way, mut found) = (Vec::new(), 0);
    loop {
        let index = match &document.node(at).kind {
            NodeKind::Mapping(entries) => entries.partition_point(|entry| start(entry.key) <= place.start),
            NodeKind::Sequence(items) => items.partition_point(|item| start(*item) <= place.start),
            NodeKind::Scalar(_) | NodeKind::Alias(..) => break,
        };
        let Some(index) = index.checked_sub(1) else { break };
        way.push(Child { parent: at, index });
        let child = match &document.node(at).kind {
            NodeKind::Mapping(entries) => {
                let entry = entries.get(index)?;
                if document.node(entry.key).range == place {
                    return Some(way);
                }
                entry.value
            }
            NodeKind::Sequence(items) => *items.get(index)?,
            _ => break,
        };
        if document.node(child).range == place && matches!(document.node(at).kind, NodeKind::Sequence(_)) {
            found = way.len();
        }
        at = child;
    }
    way.truncate(found);
    (!way.is_empty()).then_some(way)
}

fn children(document: &Document, node: NodeId) -> usize {
    document.entries(node).len().max(document.items(node).len())
}

/// What a child covers, its key included, and its value.
fn extent(document: &Document, child: Child) -> (TextRange, NodeId) {
    match document.entries(child.parent).get(child.index) {
        Some(entry) => {
            let (key, value) = (document.node(entry.key).range, document.node(entry.value).range);
            (TextRange::new(key.start, key.end.max(value.end)), entry.value)
        }
        None => {
            let item = document.items(child.parent).get(child.index).copied().unwrap_or(child.parent);
            (document.node(item).range, item)
        }
    }
}

fn is_flow(document: &Document, node: NodeId) -> bool {
    document.node(node).range.of(document.text()).starts_with(['{', '['])
}

/// The characters of a child between brackets, with the comma that goes with it, and how many children they are. The last
/// children that go together go in one piece, and that is the same for each of them.
fn of_flow(document: &Document, child: Child, goes: &dyn Fn(usize) -> bool) -> Option<(TextRange, usize)> {
    let count = children(document, child.parent);
    let at = |index: usize| extent(document, Child { index, ..child }).0;
    let stays_behind = (child.index..count).any(|index| !goes(index));
    let (first, last) = if stays_behind {
        (child.index, child.index)
    } else {
        ((0..child.index).rev().take_while(|index| goes(*index)).last().unwrap_or(child.index), count.checked_sub(1)?)
    };
    let (range, between) = if stays_behind {
        let (own, next) = (at(first), at(last + 1));
        (TextRange::new(own.start, next.start), TextRange::new(own.end, next.start))
    } else {
        let (before, own) = (at(first.checked_sub(1)?), at(first));
        (TextRange::new(before.end, at(last).end), TextRange::new(before.end, own.start))
    };
    // What stands between two children is a comma and blanks; a comment, a tag or an anchor is somebody else's.
    (between.of(document.text()).trim() == ",").then_some((range, (last + 1).saturating_sub(first)))
}

/// The lines of a child of a block.
fn of_block(document: &Document, file: &SourceFile, child: Child) -> Option<TextRange> {
    let (own, value) = extent(document, child);
    let text = document.text();
    let start = file.lines().start(file.lines().line(own.start))?;
    let before = text.get(start as usize..own.start as usize)?;
    let lead = if matches!(document.node(child.parent).kind, NodeKind::Sequence(_)) {
        before.trim_end().strip_suffix('-')?
    } else {
        before
    };
    if !lead.bytes().all(|byte| byte == b' ') {
        return None;
    }
    let rest = text.get(own.end as usize..)?;
    let line = rest.get(..rest.find(['\n', '\r']).unwrap_or(rest.len()))?;
    let comment = line.trim_start();
    let is_clear = comment.is_empty() || comment.starts_with('#') && comment.len() < line.len();
    // What follows a block of text may be a part of it.
    let is_block_text = matches!(&document.node(value).kind, NodeKind::Scalar(_))
        && document.node(value).range.of(text).starts_with(['|', '>']);
    if !is_clear || is_block_text {
        return None;
    }
    let behind = rest.get(line.len()..)?;
    let line_break = ["\r\n", "\n", "\r"].into_iter().find(|line_break| behind.starts_with(line_break));
    let end = own.end.checked_add(u32::try_from(line.len() + line_break.map_or(0, str::len)).ok()?)?;
    Some(TextRange::new(start, end))
}

fn has_anchor(document: &Document, top: NodeId) -> bool {
    let mut pending = vec![top];
    while let Some(node) = pending.pop() {
        if document.node(node).anchor.is_some() {
            return true;
        }
        pending.extend(document.items(node));
        pending.extend(document.entries(node).iter().flat_map(|entry| [entry.key, entry.value]));
    }
    false
}
