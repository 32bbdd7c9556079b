//! Where something is defined: a variable, an anchor, a service or another part of a stack, a file.

use std::path::PathBuf;

use stacklint_parsers::TextRange;

use super::Navigator;
use super::compose::inside;
use super::syntax::{target_of, touches, variable_at};
use super::targets::{Name, file_of, is_readable};
use super::variables::{evaluate, evaluated_in, scopes};
use crate::origin::{FileId, Span};
use crate::stack::NamedTarget;

/// Where something is defined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The stretch that names it.
    pub range: TextRange,
    /// What it names, the likeliest first.
    pub targets: Vec<Target>,
}

/// A place to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A stretch of a file.
    Place {
        /// All of the definition.
        whole: Span,
        /// Its name.
        name: Span,
    },
    /// A file as a whole, which nothing may have read so far.
    File(PathBuf),
}

/// Collects targets, each once.
#[derive(Debug, Default)]
struct Collector {
    range: Option<TextRange>,
    targets: Vec<Target>,
}

impl Collector {
    fn add(&mut self, range: TextRange, target: Target) {
        if self.range.is_none_or(|known| range.len() < known.len()) {
            self.range = Some(range);
        }
        if !self.targets.contains(&target) {
            self.targets.push(target);
        }
    }

    fn finish(self) -> Option<Definition> {
        let range = self.range?;
        Some(Definition { range, targets: self.targets })
    }
}

impl Navigator<'_> {
    /// Where what stands at a place is defined; nothing where it names nothing that is known.
    #[must_use]
    pub fn definition(&self, file: FileId, offset: u32) -> Option<Definition> {
        let mut found = Collector::default();
        self.in_compose(file, offset, &mut found);
        self.in_env_file(file, offset, &mut found);
        for link in self.server_links(file) {
            if touches(link.range, offset) && is_readable(&link.path, self.sources.vfs()) {
                found.add(link.range, Target::File(link.path));
            }
        }
        found.finish()
    }

    fn in_compose(&self, file: FileId, offset: u32, found: &mut Collector) {
        let Some(leaf) = self.leaf(file, offset) else { return };
        let document = leaf.parsed.document();
        if let Some((node, anchor)) = target_of(document, leaf.node) {
            let span = |range| Span { file, range };
            let whole = span(anchor.cover(document.node(node).range));
            found.add(leaf.range, Target::Place { whole, name: span(anchor) });
            return;
        }
        if let Some((used, text)) = self.variable_in(file, offset, &leaf) {
            for (stack, _) in self.readers(file) {
                for scope in scopes(stack, Some(file)) {
                    if let Some(place) = self.defined_at(stack, &used.name, &evaluate(&used, &text, scope)) {
                        found.add(used.place.range, self.definition_around(place));
                    }
                }
            }
            // The path that a variable is a part of is not what one asks for.
            return;
        }
        for (stack, index) in &self.stacks {
            let named =
                stack.named.iter().filter(|named| named.place.file == file && touches(named.place.range, offset));
            for named in named {
                match &named.target {
                    NamedTarget::File(path) if is_readable(path, self.sources.vfs()) => {
                        found.add(named.place.range, Target::File(path.clone()));
                    }
                    NamedTarget::File(_) => {}
                    NamedTarget::Service(key) => {
                        found.add(named.place.range, Target::Place { whole: *key, name: *key });
                    }
                }
            }
            for hit in self.hits(stack, index, file, offset, leaf.range).0 {
                let range = hit.range(file, inside(leaf.range, offset), leaf.range);
                let name = Name::of(&hit.path, hit.value, stack).or_else(|| Name::defined(&hit.path));
                for site in name.map(|name| name.sites(stack)).unwrap_or_default() {
                    found.add(range, Target::Place { whole: site, name: site });
                }
                let path = file_of(&hit.path, hit.value, stack);
                if let Some(path) = path.filter(|path| is_readable(path, self.sources.vfs())) {
                    found.add(range, Target::File(path));
                }
            }
        }
    }

    fn in_env_file(&self, file: FileId, offset: u32, found: &mut Collector) {
        let Some(entry) = self.entry_at(file, offset).filter(|entry| entry.expanded) else { return };
        let Some(used) = variable_at(&entry.text, file, offset) else { return };
        for (stack, _) in &self.stacks {
            for text in self.resolved_entry(stack, &scopes(stack, None), &entry) {
                let place = evaluated_in(&used, text, &stack.origins).and_then(|found| found.definition);
                if let Some(place) = place {
                    found.add(used.place.range, self.definition_around(place));
                }
            }
        }
    }

    /// The definition that a value stands in: the whole line of an env file, or the value itself.
    pub(super) fn definition_around(&self, place: Span) -> Target {
        match self.entry_around(place) {
            Some(entry) => Target::Place { whole: entry.whole(), name: entry.key },
            None => Target::Place { whole: place, name: place },
        }
    }
}
