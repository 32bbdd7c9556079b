//! What stands at a place of a Compose file.

use std::sync::Arc;

use stacklint_parsers::{Format, NodeId, Parsed, TextRange};

use super::Navigator;
use super::facts::{self, Collector, Shown, Standing, ValueFact};
use super::index::{Index, Part, Site, SiteKind, is_implied, key_of, shown_path, value_at};
use super::syntax::{Used, leaf_at, variable_at};
use super::trail::trail;
use super::variables::{evaluate, scopes};
use crate::origin::{FileId, Role, Span, Step};
use crate::stack::Stack;
use crate::stack::value::{Data, Field, Value};
use crate::text::Text;

/// So many values at one place are looked at: a range of ports makes thousands of one line.
const VALUES: usize = 64;

/// So many values below another one are shown.
const BELOW: usize = 16;

/// A scalar or an alias of a Compose file.
pub(super) struct Leaf {
    pub(super) parsed: Arc<Parsed>,
    pub(super) node: NodeId,
    pub(super) range: TextRange,
}

/// A value at a place.
pub(super) struct Hit<'b> {
    /// The way to it.
    pub(super) path: Vec<&'b Part>,
    pub(super) field: Option<&'b Field>,
    pub(super) value: &'b Value,
    /// The stretches at the place that have to do with it.
    pub(super) sites: Vec<Site>,
}

impl Hit<'_> {
    /// The stretch of a scalar that says it; the scalar, where it lost as a part of something larger.
    pub(super) fn range(&self, file: FileId, offset: u32, leaf: TextRange) -> TextRange {
        let written = self.value.place.filter(|place| place.file == file && holds(place.range, offset));
        let site = self.sites.first().map(|site| site.range);
        let ranges = [written.map(|place| place.range), site];
        ranges.into_iter().flatten().find(|range| leaf.contains(*range)).unwrap_or(leaf)
    }
}

fn holds(range: TextRange, offset: u32) -> bool {
    range.start <= offset && offset < range.end
}

/// A place in a scalar: right behind it one still means the scalar, and not what is around it.
pub(super) fn inside(leaf: TextRange, offset: u32) -> u32 {
    offset.min(leaf.end.saturating_sub(1)).max(leaf.start)
}

impl Navigator<'_> {
    /// The scalar or alias at a place of a Compose file.
    pub(super) fn leaf(&self, file: FileId, offset: u32) -> Option<Leaf> {
        if !self.stacks.iter().any(|(stack, _)| stack.scopes.iter().any(|(known, _)| *known == file)) {
            return None;
        }
        let parsed = self.sources.file(file)?.parse(Format::Yaml);
        let node = leaf_at(parsed.document(), offset)?;
        let range = parsed.document().node(node).range;
        Some(Leaf { parsed, node, range })
    }

    /// The variable at a place in a scalar of a Compose file, and the scalar's text.
    pub(super) fn variable_in(&self, file: FileId, offset: u32, leaf: &Leaf) -> Option<(Used, Text)> {
        let text = Text::from_scalar(leaf.parsed.document(), file, leaf.node);
        Some((variable_at(&text, file, offset)?, text))
    }

    /// The values of a stack at a place in a scalar, and whether there are more.
    pub(super) fn hits<'b>(
        &self,
        stack: &'b Stack,
        index: &'b Index,
        file: FileId,
        offset: u32,
        leaf: TextRange,
    ) -> (Vec<Hit<'b>>, usize) {
        let mut sites = index.at(file, inside(leaf, offset));
        sites.retain(|site| leaf.contains(site.range) || site.kind == SiteKind::Lost);
        let mut nodes: Vec<_> = sites.iter().map(|site| site.node).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let more = nodes.len().saturating_sub(VALUES);
        nodes.truncate(VALUES);
        let innermost: Vec<_> =
            nodes.iter().filter(|node| !nodes.iter().any(|other| index.is_inside(*other, **node))).collect();
        let mut hits = Vec::new();
        for node in innermost {
            let path = index.path(*node);
            let Some((field, value)) = value_at(stack, &path) else { continue };
            let sites = sites.iter().filter(|site| site.node == *node).copied().collect();
            hits.push(Hit { path, field, value, sites });
        }
        // Of a section as a whole there is nothing to say.
        hits.retain(|hit| hit.path.len() > 1 || hit.value.as_text().is_some());
        // A template for others is of interest only where nothing uses it.
        let is_extension = |hit: &Hit<'_>| matches!(hit.path.first(), Some(Part::Key(key)) if key.starts_with("x-"));
        if !hits.iter().all(is_extension) {
            hits.retain(|hit| !is_extension(hit));
        }
        (hits, more)
    }

    pub(super) fn compose_facts(&self, file: FileId, offset: u32, facts: &mut Collector) {
        let Some(leaf) = self.leaf(file, offset) else { return };
        let variable = self.variable_in(file, offset, &leaf);
        if let Some((used, _)) = &variable {
            facts.about(used.place.range);
        }
        if let Some((used, text)) = &variable {
            for (stack, _) in self.readers(file) {
                for scope in scopes(stack, Some(file)) {
                    facts.variable(self.variable_fact(stack, &used.name, evaluate(used, text, scope)));
                }
            }
        }
        for (stack, index) in self.readers(file) {
            let (hits, more) = self.hits(stack, index, file, offset, leaf.range);
            for hit in &hits {
                if variable.is_none() {
                    facts.about(hit.range(file, inside(leaf.range, offset), leaf.range));
                }
                facts.value(self.value_fact(stack, hit));
            }
            facts.more(more);
        }
    }

    fn value_fact(&self, stack: &Stack, hit: &Hit<'_>) -> ValueFact {
        let trail = trail(hit.value, &stack.origins);
        let mut overrides = facts::overrides(&trail, self.masker);
        overrides.extend(self.settings_under(stack, &hit.path));
        ValueFact {
            stacks: vec![stack.spec.name.clone()],
            path: shown_path(&hit.path),
            value: self.shown(key_of(&hit.path), hit.value),
            standing: standing(hit, &trail),
            overrides,
            trail,
        }
    }

    /// A value as a hover shows it.
    pub(super) fn shown(&self, key: &str, value: &Value) -> Shown {
        match &value.data {
            Data::Null => Shown::Nothing,
            Data::Scalar(scalar) => facts::shown(&self.masker.text(key, &scalar.text)),
            Data::Sequence(_) | Data::Mapping(_) => {
                let mut below = Below { navigator: self, shown: Vec::new(), more: 0, path: String::new() };
                below.value(key, value);
                Shown::Several(below.shown, below.more)
            }
        }
    }
}

/// Collects the values below another one.
struct Below<'n, 'a> {
    navigator: &'n Navigator<'a>,
    shown: Vec<(String, String)>,
    more: usize,
    path: String,
}

impl Below<'_, '_> {
    fn value(&mut self, key: &str, value: &Value) {
        let length = self.path.len();
        match &value.data {
            Data::Null => self.add(String::new()),
            Data::Scalar(scalar) if self.shown.len() < BELOW => {
                let text = self.navigator.masker.text(key, &scalar.text);
                self.add(facts::brief(&text));
            }
            Data::Scalar(_) => self.more += 1,
            Data::Sequence(items) => {
                for (number, item) in items.iter().enumerate().filter(|(_, item)| !is_implied(item, value)) {
                    self.path.push_str(&format!("[{number}]"));
                    self.value(key, item);
                    self.path.truncate(length);
                }
            }
            Data::Mapping(fields) => {
                for (key, field) in fields {
                    if is_implied(&field.value, value) {
                        continue;
                    }
                    if length > 0 {
                        self.path.push('.');
                    }
                    self.path.push_str(key);
                    self.value(key, &field.value);
                    self.path.truncate(length);
                }
            }
        }
    }

    fn add(&mut self, text: String) {
        if self.shown.len() < BELOW {
            self.shown.push((self.path.clone(), text));
        } else {
            self.more += 1;
        }
    }
}

/// Whether what stands at a place is what counts of a value.
fn standing(hit: &Hit<'_>, trail: &[Step]) -> Standing {
    let has = |kind: SiteKind| hit.sites.iter().any(|site| site.kind == kind);
    if has(SiteKind::Value) || has(SiteKind::Piece) || has(SiteKind::Use) || has(SiteKind::Key) {
        return Standing::Counts;
    }
    // Layers of a mapping add up, and so do those of most lists: only a value that took the place of another one won.
    let is_single = matches!(hit.value.data, Data::Scalar(_) | Data::Null);
    let won = trail.iter().any(|step| step.role == Role::Overrides);
    if has(SiteKind::Lost) || (is_single && won) {
        return Standing::Overridden(written(hit, trail));
    }
    Standing::Counts
}

/// Where the value that counts stands.
fn written(hit: &Hit<'_>, trail: &[Step]) -> Option<Span> {
    let first = || trail.iter().find(|step| step.role == Role::Written).and_then(|step| step.place);
    hit.value.place.or_else(|| hit.field.and_then(|field| field.key)).or_else(first)
}
