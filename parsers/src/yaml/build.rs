//! Events to the tree.

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{Event, Options, Parser, ScanError, Span, StrInput, StructureStyle, options};

use crate::range::TextRange;
use crate::{
    Anchor, Comment, Document, Entry, Node, NodeId, NodeKind, Scalar, ScalarStyle, ScalarValue, SyntaxError,
    SyntaxErrorKind, Tag,
};

use super::prepare::Reading;
use super::{decode, gap, message};

/// How deep collections may nest before their content is left out. Compose files nest some ten levels.
pub(super) const MAX_DEPTH: usize = 128;

/// The parser of the events of `text`.
pub(super) fn events(text: &str) -> Parser<'_, StrInput<'_>> {
    Parser::new_from_str_with_options(text, settings())
}

fn settings() -> Options {
    options! {
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        // A comment is never given up: they are at most as many as the text has bytes.
        max_buffered_comment_events: usize::MAX,
        // go-yaml, which Docker Compose reads with, refuses more.
        flow_nesting_limit: 10_000,
        block_nesting_limit: 10_000,
    }
}

/// What could be read of a text.
pub(super) struct Attempt {
    /// The tree, with its comments but without errors.
    pub(super) document: Document,
    /// What is wrong with it although it could be read.
    pub(super) errors: Vec<SyntaxError>,
    /// The error that ended it.
    pub(super) stop: Option<ScanError>,
    /// The end of the last token that was read.
    pub(super) cursor: u32,
}

/// Reads a reading of `text` into a document of `text`.
pub(super) fn build(text: &Arc<str>, reading: &Reading<'_>) -> Attempt {
    let mut builder = Builder {
        text: reading.text(),
        reading,
        document: Document::new(Arc::clone(text)),
        errors: Vec::new(),
        open: Vec::new(),
        children: Vec::new(),
        anchors: Vec::new(),
        named: HashMap::new(),
        anchored: None,
        cursor: 0,
        cut: 0,
    };
    let mut parser = events(reading.text());
    let mut stop = None;
    while let Some(event) = parser.next_event() {
        match event {
            Ok((event, span)) => builder.event(event, &span),
            Err(found) => {
                stop = Some(found);
                break;
            }
        }
    }
    builder.close_all();
    Attempt { document: builder.document, errors: builder.errors, stop, cursor: builder.cursor }
}

/// A collection whose end has not been read.
struct Open {
    node: NodeId,
    mapping: bool,
    flow: bool,
    /// Where its children start in [`Builder::children`].
    first_child: usize,
}

struct Builder<'t> {
    text: &'t str,
    reading: &'t Reading<'t>,
    document: Document,
    errors: Vec<SyntaxError>,
    open: Vec<Open>,
    /// The children of all open collections, the innermost ones last.
    children: Vec<NodeId>,
    /// The node behind each anchor number of the event parser, less one.
    anchors: Vec<Option<NodeId>>,
    /// The last node behind each anchor name: go-yaml keeps them from one document of a file to the next.
    named: HashMap<Box<str>, NodeId>,
    /// The node that an anchor event would be for.
    anchored: Option<NodeId>,
    /// The end of the last token.
    cursor: u32,
    /// How many collections are open at and inside the one whose content is being left out.
    cut: usize,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: &Span) {
        let range = span.byte_range().map(TextRange::from_usize).unwrap_or_default();
        match event {
            Event::Comment(..) => return self.comment(range),
            Event::Anchor(id, name) => return self.anchor(id, &name, range),
            _ => {}
        }
        self.anchored = None;
        match event {
            // A document that starts or ends without a marker does so at the next token.
            Event::DocumentStart(..) | Event::DocumentEnd if matches!(range.of(self.text), "---" | "...") => {
                self.advance(range.end);
            }
            Event::Scalar(value, style, _, _) => self.scalar(&value, style.into(), range, span),
            Event::SequenceStart(style, _, _) => self.start(false, style, range, span),
            Event::MappingStart(style, _, _) => self.start(true, style, range, span),
            Event::SequenceEnd | Event::MappingEnd => self.end(range),
            Event::Alias(id) => {
                let target = id.checked_sub(1).and_then(|index| self.anchors.get(index)).copied().flatten();
                self.alias(range, target.ok_or(message::CUT_ALIAS));
            }
            Event::UnresolvedAlias(name) => {
                let target = self.named.get(&*name).copied();
                self.alias(range, target.ok_or(message::UNKNOWN_ANCHOR));
            }
            _ => {}
        }
    }

    fn advance(&mut self, end: u32) {
        self.cursor = self.cursor.max(end);
    }

    fn comment(&mut self, range: TextRange) {
        let start = range.start as usize;
        let before = self.text.get(gap::line_start(self.text.as_bytes(), start)..start).unwrap_or_default();
        let own_line = before.chars().all(|character| matches!(character, ' ' | '\t' | '\u{feff}'));
        self.document.push_comment(Comment { range, own_line });
    }

    fn anchor(&mut self, number: usize, name: &str, range: TextRange) {
        let index = number.saturating_sub(1);
        if self.anchors.len() <= index {
            self.anchors.resize(index + 1, None);
        }
        let node = self.anchored.take();
        if let Some(slot) = self.anchors.get_mut(index) {
            *slot = node;
        }
        self.advance(range.end);
        let Some(node) = node else { return };
        self.named.insert(name.into(), node);
        let node = self.document.node_mut(node);
        node.anchor = Some(Anchor { name: name.into(), range });
        if node.range.is_empty() && matches!(node.kind, NodeKind::Scalar(_)) {
            set_empty(node, node.range.start.max(range.end));
        }
    }

    fn tag(&self, span: &Span) -> Option<Tag> {
        let range = TextRange::from_usize(span.tag_span()?.byte_range()?);
        Some(Tag { name: range.of(self.text).into(), range })
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, range: TextRange, span: &Span) {
        if self.cut > 0 {
            return self.advance(trimmed_end(self.text, range));
        }
        let tag = self.tag(span);
        let (range, value) = match style {
            ScalarStyle::Plain if range.is_empty() => {
                let place = tag.as_ref().map_or(0, |tag| tag.range.end).max(self.empty_place());
                let range = TextRange::empty(place);
                (range, ScalarValue::Verbatim(range))
            }
            ScalarStyle::Literal | ScalarStyle::Folded => self.block_scalar(value, style, range, span),
            _ if self.reading.is_joined(range) => {
                (range, decode::flow_scalar(self.document.text(), range, style, None))
            }
            _ => (range, decode::flow_scalar(self.text, range, style, Some(value))),
        };
        let mut node = Node::new(range, NodeKind::Scalar(Scalar { style, value }));
        node.tag = tag;
        self.advance(range.end);
        self.push(node);
    }

    fn block_scalar(&self, value: &str, style: ScalarStyle, range: TextRange, span: &Span) -> (TextRange, ScalarValue) {
        let content = range.start as usize;
        let header = gap::block_header(self.text, self.cursor as usize).unwrap_or(content);
        let scalar = decode::BlockScalar {
            header,
            content,
            indent: span.start.col(),
            limit: range.end as usize,
            folded: style == ScalarStyle::Folded,
        };
        decode::block_scalar(self.text, &scalar, value)
    }

    /// Where a missing node would be written: behind the indicator that asks for it.
    fn empty_place(&self) -> u32 {
        let Some(open) = self.open.last() else { return self.cursor };
        // The first item of a list stands behind the colon of the list's key.
        let cursor = self.cursor.max(self.document.node(open.node).range.start) as usize;
        let Some((at, byte)) = gap::next_significant(self.text, cursor) else { return self.cursor };
        let value_next = (self.children.len() - open.first_child) % 2 == 1;
        let place = match byte {
            b':' if open.mapping && value_next => at + 1,
            b'-' if !open.mapping && !open.flow && gap::stands_alone(self.text, at) => at + 1,
            b'?' if open.mapping && !value_next && gap::stands_alone(self.text, at) => at + 1,
            b':' if open.mapping => at,
            _ => cursor,
        };
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    fn start(&mut self, mapping: bool, style: StructureStyle, range: TextRange, span: &Span) {
        if style == StructureStyle::Flow {
            self.advance(range.end);
        }
        if self.cut > 0 {
            self.cut += 1;
            return;
        }
        let kind = if mapping { NodeKind::Mapping(Vec::new()) } else { NodeKind::Sequence(Vec::new()) };
        let range = match self.open.last() {
            Some(parent) if parent.mapping && !mapping && style == StructureStyle::Block => {
                // The event of a list that is not indented (`key:` above `- item`) comes behind its first dash.
                let from = self.cursor.max(self.document.node(parent.node).range.start);
                let dash = gap::sequence_dash(self.text, from as usize);
                dash.map_or(range, |dash| TextRange::from_usize(dash..dash))
            }
            _ => range,
        };
        let mut node = Node::new(range, kind);
        node.tag = self.tag(span);
        let node = self.push(node);
        if self.open.len() >= MAX_DEPTH {
            self.cut = 1;
        }
        self.open.push(Open { node, mapping, flow: style == StructureStyle::Flow, first_child: self.children.len() });
    }

    fn end(&mut self, range: TextRange) {
        // The end of a flow collection is its bracket, that of a block collection lies at the next token.
        if self.text.get(range.to_usize()).is_some_and(|end| matches!(end, "]" | "}")) {
            self.advance(range.end);
        }
        if self.cut > 1 {
            self.cut -= 1;
            return;
        }
        let cut = std::mem::take(&mut self.cut) == 1;
        let Some(open) = self.open.pop() else { return };
        self.close(&open, self.cursor);
        if cut {
            self.over_depth(open.node);
        }
    }

    /// Gives a collection its children.
    fn close(&mut self, open: &Open, end: u32) {
        let children = self.children.get(open.first_child..).unwrap_or_default();
        let kind = if open.mapping {
            let pair = |pair: &[NodeId]| match pair {
                [key, value] => Some(Entry { key: *key, value: *value }),
                _ => None,
            };
            NodeKind::Mapping(children.chunks_exact(2).filter_map(pair).collect())
        } else {
            NodeKind::Sequence(children.to_vec())
        };
        let first = children.first().map(|child| self.document.node(*child).range);
        // An error can end a collection behind its first dash, which no cursor has come to.
        let last = children.last().map(|child| self.document.node(*child).range);
        self.children.truncate(open.first_child);
        let node = self.document.node_mut(open.node);
        let start = first.map_or(node.range.start, |first| first.start.min(node.range.start));
        node.range = TextRange::new(start, last.map_or(end, |last| last.end.max(end)));
        node.kind = kind;
    }

    /// Closes what an error left open. A key without its value is left out with what it announced.
    fn close_all(&mut self) {
        while let Some(open) = self.open.pop() {
            self.document.node_mut(open.node).repaired = true;
            self.close(&open, self.cursor);
        }
    }

    fn over_depth(&mut self, node: NodeId) {
        let range = self.document.node(node).range;
        for node in self.open.iter().map(|open| open.node).chain([node]) {
            self.document.node_mut(node).repaired = true;
        }
        self.errors.push(SyntaxError {
            message: format!("nested deeper than {MAX_DEPTH} levels: what stands here is not read"),
            range,
            skipped: Some(range),
            kind: SyntaxErrorKind::OverLimit,
        });
    }

    fn alias(&mut self, range: TextRange, target: Result<NodeId, &'static str>) {
        self.advance(range.end);
        if self.cut > 0 {
            return;
        }
        let target = match target {
            Ok(target) if self.open.iter().any(|open| open.node == target) => Err(message::CYCLIC_ALIAS),
            other => other,
        };
        if let Err(words) = target {
            let kind =
                if words == message::CUT_ALIAS { SyntaxErrorKind::OverLimit } else { SyntaxErrorKind::Malformed };
            self.errors.push(SyntaxError { message: words.to_owned(), range, skipped: None, kind });
        }
        let source = range.of(self.text);
        let name = source.strip_prefix('*').unwrap_or(source).into();
        self.push(Node::new(range, NodeKind::Alias(name, target.ok())));
    }

    fn push(&mut self, node: Node) -> NodeId {
        let id = self.document.push(node);
        if self.open.is_empty() {
            self.document.push_root(id);
        } else {
            self.children.push(id);
        }
        self.anchored = Some(id);
        id
    }
}

fn set_empty(node: &mut Node, place: u32) {
    node.range = TextRange::empty(place);
    if let NodeKind::Scalar(scalar) = &mut node.kind {
        scalar.value = ScalarValue::Verbatim(node.range);
    }
}

/// The end of a range without the blanks and line breaks before it.
fn trimmed_end(text: &str, range: TextRange) -> u32 {
    let kept = range.of(text).trim_end_matches([' ', '\t', '\n', '\r']).len();
    range.start.saturating_add(u32::try_from(kept).unwrap_or(u32::MAX))
}

impl From<granit_parser::ScalarStyle> for ScalarStyle {
    fn from(style: granit_parser::ScalarStyle) -> Self {
        match style {
            granit_parser::ScalarStyle::Plain => Self::Plain,
            granit_parser::ScalarStyle::SingleQuoted => Self::SingleQuoted,
            granit_parser::ScalarStyle::DoubleQuoted => Self::DoubleQuoted,
            granit_parser::ScalarStyle::Literal => Self::Literal,
            granit_parser::ScalarStyle::Folded => Self::Folded,
        }
    }
}
