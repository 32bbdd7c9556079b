//! The tree that every format is parsed into: one way to point, to suppress and to walk.
//!
//! Nodes live in an arena and name each other by [`NodeId`]; scalars that read as they are written are slices of the
//! text. Aliases and merge keys stay as they are written: a tree is never larger than its file.

use std::sync::Arc;

use crate::range::TextRange;

/// A node of one [`Document`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) u32);

/// A parsed file.
#[derive(Clone, Debug)]
pub struct Document {
    text: Arc<str>,
    nodes: Vec<Node>,
    roots: Vec<NodeId>,
    comments: Vec<Comment>,
    errors: Vec<SyntaxError>,
}

/// One node of the tree.
#[derive(Clone, Debug)]
pub struct Node {
    /// The node as written, without its tag and anchor: a scalar with its quotes, a block scalar from its `|` or `>` to
    /// the end of its last line (without the line break), a collection from its first to its last child (a flow
    /// collection with its brackets), an alias with its `*`. An absent value is an empty range where it would stand.
    pub range: TextRange,
    /// What the node holds.
    pub kind: NodeKind,
    /// The tag before it, if any.
    pub tag: Option<Tag>,
    /// The anchor before it, if any.
    pub anchor: Option<Anchor>,
    /// Recovery from a syntax error, or a limit, left out text in this node, so that what is absent here may only be
    /// unread.
    pub repaired: bool,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub enum NodeKind {
    /// A single value.
    Scalar(Scalar),
    /// A list of nodes.
    Sequence(Vec<NodeId>),
    /// Keys and values in the order of the file, duplicates and merge keys kept.
    Mapping(Vec<Entry>),
    /// A reference to an anchor: its name and, unless it is undefined, the node it stands for (always an earlier one).
    Alias(Box<str>, Option<NodeId>),
}

/// A key and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: NodeId,
    /// The value.
    pub value: NodeId,
}

/// One step of a way into a document, written as in a JSON pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathSegment<'a> {
    /// To the entry of a mapping with this key.
    Key(&'a str),
    /// To the item of a sequence with this index.
    Index(usize),
}

impl std::fmt::Display for PathSegment<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(key) => formatter.write_str(key),
            Self::Index(index) => index.fmt(formatter),
        }
    }
}

/// A scalar: how it is written, and what its text is once quotes, escapes and folding are taken away.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// How it is written.
    pub style: ScalarStyle,
    /// Its decoded text.
    pub value: ScalarValue,
}

/// How a scalar is written. Formats other than YAML use the ones they have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes. The value of a key without one (`key:`) is a plain scalar with an empty range.
    Plain,
    /// `'...'`.
    SingleQuoted,
    /// `"..."`.
    DoubleQuoted,
    /// YAML's `|`.
    Literal,
    /// YAML's `>`.
    Folded,
}

/// The decoded text of a scalar.
#[derive(Clone, Debug)]
pub enum ScalarValue {
    /// It stands in the file as it is.
    Verbatim(TextRange),
    /// It was decoded from the file: the text, and where each part of it stands. The segments cover the text.
    Decoded(Box<str>, Box<[Segment]>),
}

/// A part of a decoded scalar and the source it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where the part ends in the decoded text. It starts where the one before it ends.
    pub end: u32,
    /// Where it stands in the file.
    pub source: TextRange,
    /// Each byte of the part is the byte at the same offset of `source`. Otherwise the part as a whole (a character
    /// from an escape, a space from a folded line break) was made from `source` as a whole.
    pub verbatim: bool,
}

/// A tag such as `!reset`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The tag as written, with its `!`.
    pub name: Box<str>,
    /// Where.
    pub range: TextRange,
}

/// An anchor such as `&base`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Its name without the `&`.
    pub name: Box<str>,
    /// Where, with the `&`.
    pub range: TextRange,
}

/// A comment, without its line break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From the comment sign to the end of the line.
    pub range: TextRange,
    /// The comment has its line to itself; otherwise it ends a line that holds something else.
    pub own_line: bool,
}

/// Why a part of a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong and, where it helps, what would be right; no value of the file in it.
    pub message: String,
    /// Where.
    pub range: TextRange,
    /// The text that recovery left out because of it, if any.
    pub skipped: Option<TextRange>,
    /// Whether the text is wrong, or only beyond a limit of ours.
    pub kind: SyntaxErrorKind,
}

/// Kinds of [`SyntaxError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// The text breaks the grammar of its format.
    Malformed,
    /// The text is nested deeper, or has more of something, than we read.
    OverLimit,
}

impl Document {
    /// A document of `text` without any node.
    #[must_use]
    pub fn new(text: Arc<str>) -> Self {
        Self { text, nodes: Vec::new(), roots: Vec::new(), comments: Vec::new(), errors: Vec::new() }
    }

    /// The text it was parsed from.
    #[must_use]
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The top node of each document of the file (YAML files may hold several).
    #[must_use]
    pub fn roots(&self) -> &[NodeId] {
        &self.roots
    }

    /// The comments, in the order of the file.
    #[must_use]
    pub fn comments(&self) -> &[Comment] {
        &self.comments
    }

    /// What could not be read, in the order of the file.
    #[must_use]
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }

    /// The node behind an id of this document.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        // An id is only made by `push`, of the document it is for.
        &self.nodes[id.0 as usize]
    }

    /// All nodes, in the order they were read.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        (0u32..).map(NodeId).zip(&self.nodes)
    }

    /// The decoded text of a scalar node; nothing for the other kinds.
    #[must_use]
    pub fn scalar(&self, id: NodeId) -> Option<&str> {
        match &self.node(id).kind {
            NodeKind::Scalar(scalar) => Some(scalar.value(&self.text)),
            _ => None,
        }
    }

    /// The entries of a mapping node; none for the other kinds.
    #[must_use]
    pub fn entries(&self, id: NodeId) -> &[Entry] {
        match &self.node(id).kind {
            NodeKind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a sequence node; none for the other kinds.
    #[must_use]
    pub fn items(&self, id: NodeId) -> &[NodeId] {
        match &self.node(id).kind {
            NodeKind::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The scalar that stands at just this range. It goes down the tree, so that a large file costs no more than a small
    /// one.
    #[must_use]
    pub fn scalar_at(&self, range: TextRange) -> Option<NodeId> {
        let start = |node: NodeId| self.node(node).range.start;
        let before = |nodes: &[NodeId]| {
            let index = nodes.partition_point(|node| start(*node) <= range.start).checked_sub(1)?;
            nodes.get(index).copied()
        };
        let mut at = before(&self.roots)?;
        loop {
            match &self.node(at).kind {
                NodeKind::Scalar(_) => return (self.node(at).range == range).then_some(at),
                NodeKind::Alias(..) => return None,
                NodeKind::Sequence(items) => at = before(items)?,
                NodeKind::Mapping(entries) => {
                    let index = entries.partition_point(|entry| start(entry.key) <= range.start).checked_sub(1)?;
                    let entry = entries.get(index)?;
                    at = if start(entry.value) <= range.start { entry.value } else { entry.key };
                }
            }
        }
    }

    /// The way from the top of a document to the innermost entry or item that holds all of `range`. It goes down the tree,
    /// as [`Self::scalar_at`] does.
    #[must_use]
    pub fn path_to(&self, range: TextRange) -> Vec<PathSegment<'_>> {
        let start = |node: NodeId| self.node(node).range.start;
        let mut path = Vec::new();
        let root = self.roots.partition_point(|node| start(*node) <= range.start).checked_sub(1);
        let mut at = root.and_then(|index| self.roots.get(index)).copied();
        while let Some(node) = at.take() {
            match &self.node(node).kind {
                NodeKind::Scalar(_) | NodeKind::Alias(..) => {}
                NodeKind::Sequence(items) => {
                    let index = items.partition_point(|item| start(*item) <= range.start).checked_sub(1);
                    if let Some((index, item)) = index.and_then(|index| Some((index, *items.get(index)?)))
                        && self.node(item).range.contains(range)
                    {
                        path.push(PathSegment::Index(index));
                        at = Some(item);
                    }
                }
                NodeKind::Mapping(entries) => {
                    let index = entries.partition_point(|entry| start(entry.key) <= range.start).checked_sub(1);
                    if let Some(entry) = index.and_then(|index| entries.get(index))
                        && TextRange::new(start(entry.key), self.node(entry.value).range.end.max(start(entry.key)))
                            .contains(range)
                        && let Some(key) = self.scalar(entry.key)
                    {
                        path.push(PathSegment::Key(key));
                        at = (start(entry.value) <= range.start).then_some(entry.value);
                    }
                }
            }
        }
        path
    }

    pub(crate) fn push(&mut self, node: Node) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        id
    }

    pub(crate) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }

    pub(crate) fn nodes_mut(&mut self) -> impl Iterator<Item = &mut Node> {
        self.nodes.iter_mut()
    }

    pub(crate) fn push_root(&mut self, id: NodeId) {
        self.roots.push(id);
    }

    pub(crate) fn comments_mut(&mut self) -> impl Iterator<Item = &mut Comment> {
        self.comments.iter_mut()
    }

    pub(crate) fn push_comment(&mut self, comment: Comment) {
        self.comments.push(comment);
    }

    pub(crate) fn push_error(&mut self, error: SyntaxError) {
        self.errors.push(error);
    }
}

impl Scalar {
    /// The decoded text, given the text of the document.
    #[must_use]
    pub fn value<'a>(&'a self, text: &'a str) -> &'a str {
        match &self.value {
            ScalarValue::Verbatim(range) => range.of(text),
            ScalarValue::Decoded(value, _) => value,
        }
    }
}

impl Node {
    /// A node without tag and anchor.
    #[must_use]
    pub(crate) fn new(range: TextRange, kind: NodeKind) -> Self {
        Self { range, kind, tag: None, anchor: None, repaired: false }
    }
}
