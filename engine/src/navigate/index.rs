//! An index of a stack: which stretch of which file belongs to which of its values.

use crate::map::{HashMap, HashSet, IndexSet};
use crate::origin::{FileId, OriginId, Role, Span};
use crate::stack::Stack;
use crate::stack::value::{Data, Field, Value};
use crate::text::{PieceKind, Text};
use stacklint_parsers::TextRange;

/// Built once for a stack, it answers what stands at a place without walking the stack again.
#[derive(Debug, Default)]
pub struct Index {
    nodes: Vec<Node>,
    /// The sites in each file, in the order of their starts.
    sites: HashMap<FileId, Vec<Site>>,
}

/// A value of the model, by the way to it.
#[derive(Debug)]
struct Node {
    parent: Option<NodeId>,
    part: Part,
}

/// A value of the model of one stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NodeId(u32);

/// A step into the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// To the value under a key.
    Key(Box<str>),
    /// To an item of a list.
    Item(usize),
}

/// A stretch of a file that has to do with a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site {
    pub(super) range: TextRange,
    pub(super) node: NodeId,
    pub(super) kind: SiteKind,
}

/// What a site has to do with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SiteKind {
    /// Its key, in the layer that wins.
    Key,
    /// Its key, in a layer before.
    EarlierKey,
    /// The value as it is written.
    Value,
    /// A part of its text that stands elsewhere.
    Piece,
    /// The use of a variable, or an alias, that brought it.
    Use,
    /// A value that lost to it.
    Lost,
}

impl Index {
    /// The index of a stack.
    #[must_use]
    pub fn of(stack: &Stack) -> Self {
        let mut builder =
            Builder { stack, index: Self::default(), used: HashSet::default(), lost: IndexSet::default() };
        for (key, field) in stack.model.fields() {
            builder.field(None, key, field);
        }
        let mut index = builder.index;
        for sites in index.sites.values_mut() {
            sites.sort_by_key(|site| (site.range.start, site.range.end));
        }
        index
    }

    /// The sites in a file, in the order of their starts.
    pub(super) fn sites(&self, file: FileId) -> &[Site] {
        self.sites.get(&file).map(Vec::as_slice).unwrap_or_default()
    }

    /// The innermost sites at a place: those of one range. A place right behind a site counts where none holds it.
    pub(super) fn at(&self, file: FileId, offset: u32) -> Vec<Site> {
        let sites = self.sites(file);
        let before = sites.partition_point(|site| site.range.start <= offset);
        let before = sites.get(..before).unwrap_or_default();
        let innermost = |holds: fn(&Site, u32) -> bool| {
            before.iter().filter(|site| holds(site, offset)).min_by_key(|site| site.range.len())
        };
        let holding = innermost(|site, offset| offset < site.range.end);
        let Some(found) = holding.or_else(|| innermost(|site, offset| offset == site.range.end)) else {
            return Vec::new();
        };
        before.iter().filter(|site| site.range == found.range).copied().collect()
    }

    /// The way to a value, from the top.
    pub(super) fn path(&self, node: NodeId) -> Vec<&Part> {
        let step = |at: NodeId| self.nodes.get(at.0 as usize);
        let way = std::iter::successors(step(node), |node| node.parent.and_then(step));
        let mut path: Vec<&Part> = way.map(|node| &node.part).collect();
        path.reverse();
        path
    }

    /// Whether a value stands in another one.
    pub(super) fn is_inside(&self, node: NodeId, outer: NodeId) -> bool {
        let above = |at: &NodeId| self.nodes.get(at.0 as usize).and_then(|node| node.parent);
        std::iter::successors(above(&node), above).any(|node| node == outer)
    }
}

/// Goes down a model.
pub(super) fn value_at<'a>(stack: &'a Stack, path: &[&Part]) -> Option<(Option<&'a Field>, &'a Value)> {
    let mut at = (None, &stack.model);
    for part in path {
        at = match part {
            Part::Key(key) => {
                let field = at.1.as_mapping()?.get(key)?;
                (Some(field), &field.value)
            }
            Part::Item(index) => (None, at.1.items().get(*index)?),
        };
    }
    Some(at)
}

/// A path as reports write it: `services.db.ports[0]`.
pub(super) fn shown_path(path: &[&Part]) -> String {
    let mut shown = String::new();
    for part in path {
        match part {
            Part::Key(key) => {
                if !shown.is_empty() {
                    shown.push('.');
                }
                shown.push_str(key);
            }
            Part::Item(index) => shown.push_str(&format!("[{index}]")),
        }
    }
    shown
}

/// The key that says what a value is: that of the nearest mapping.
pub(super) fn key_of<'a>(path: &[&'a Part]) -> &'a str {
    let keys = path.iter().rev().filter_map(|part| match part {
        Part::Key(key) => Some(&**key),
        Part::Item(_) => None,
    });
    keys.into_iter().next().unwrap_or_default()
}

/// Whether the short syntax of `outer` implies a value in it, which nobody wrote.
pub fn is_implied(inner: &Value, outer: &Value) -> bool {
    outer.place.is_some() && inner.place == outer.place && inner.as_text().is_some_and(|text| is_said_by(text, outer))
}

fn is_said_by(text: &Text, outer: &Value) -> bool {
    text.pieces().all(|(_, piece)| piece.kind == PieceKind::Derived && piece.place == outer.place)
}

struct Builder<'a> {
    stack: &'a Stack,
    index: Index,
    /// The uses that were taken note of for the value at hand.
    used: HashSet<Span>,
    /// What lost to the value at hand, or to one that it is in: it lost as a whole, and is told once.
    lost: IndexSet<Span>,
}

impl Builder<'_> {
    fn field(&mut self, parent: Option<NodeId>, key: &str, field: &Field) {
        let node = self.node(parent, Part::Key(key.into()));
        self.site(field.key, node, SiteKind::Key);
        for key in &field.earlier_keys {
            self.site(Some(*key), node, SiteKind::EarlierKey);
        }
        self.value(node, &field.value);
    }

    fn node(&mut self, parent: Option<NodeId>, part: Part) -> NodeId {
        let id = NodeId(u32::try_from(self.index.nodes.len()).unwrap_or(u32::MAX));
        self.index.nodes.push(Node { parent, part });
        id
    }

    fn site(&mut self, place: Option<Span>, node: NodeId, kind: SiteKind) {
        if let Some(place) = place {
            self.index.sites.entry(place.file).or_default().push(Site { range: place.range, node, kind });
        }
    }

    fn value(&mut self, node: NodeId, value: &Value) {
        self.site(value.place, node, SiteKind::Value);
        self.used.clear();
        let lost = self.lost.len();
        let text = value.as_text();
        self.way(node, value.origin, text.is_some());
        for (_, piece) in text.into_iter().flat_map(Text::pieces) {
            if piece.place != value.place {
                self.site(piece.place, node, SiteKind::Piece);
            }
            if piece.origin != value.origin {
                self.way(node, piece.origin, true);
            }
        }
        match &value.data {
            Data::Null | Data::Scalar(_) => {}
            Data::Sequence(items) => {
                for (index, item) in items.iter().enumerate().filter(|(_, item)| !is_implied(item, value)) {
                    let node = self.node(Some(node), Part::Item(index));
                    self.value(node, item);
                }
            }
            Data::Mapping(fields) => {
                for (key, field) in fields {
                    if !is_implied(&field.value, value) {
                        self.field(Some(node), key, field);
                    }
                }
            }
        }
        self.lost.truncate(lost);
    }

    /// The places on a way that belong to the value alone, and not to all that came with it.
    fn way(&mut self, node: NodeId, origin: OriginId, single: bool) {
        for step in self.stack.origins.steps_back(origin) {
            let leads = matches!(step.role, Role::Interpolated | Role::Default | Role::AliasOf);
            if let Some(place) = step.place.filter(|place| leads && single && self.used.insert(*place)) {
                self.site(Some(place), node, SiteKind::Use);
            }
            if let Some(lost) = step.lost.filter(|lost| self.lost.insert(*lost)) {
                self.site(Some(lost), node, SiteKind::Lost);
            }
        }
    }
}
