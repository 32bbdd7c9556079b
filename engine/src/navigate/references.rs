//! Where something is used: a variable, an anchor, a service or another part of a stack.

use stacklint_parsers::{Format, NodeKind};

use super::Navigator;
use super::index::{Part, value_at};
use super::syntax::{anchor_at, target_of, variables_in};
use super::targets::Name;
use super::variables::{Entry, evaluate, evaluated_in, scopes};
use crate::map::IndexSet;
use crate::origin::{FileId, Role, Span};
use crate::stack::{NamedTarget, Stack, Variables};
use crate::text::Text;

impl Navigator<'_> {
    /// Where what stands at a place, or what it names, is used; with where it is defined, if that is asked for.
    #[must_use]
    pub fn references(&self, file: FileId, offset: u32, with_definition: bool) -> Vec<Span> {
        let mut found = IndexSet::default();
        self.uses_of_anchor(file, offset, with_definition, &mut found);
        self.uses_of_variable(file, offset, with_definition, &mut found);
        self.uses_of_name(file, offset, with_definition, &mut found);
        let mut found: Vec<Span> = found.into_iter().collect();
        found.sort_unstable();
        found
    }

    fn uses_of_anchor(&self, file: FileId, offset: u32, with_definition: bool, found: &mut IndexSet<Span>) {
        if !self.stacks.iter().any(|(stack, _)| stack.scopes.iter().any(|(known, _)| *known == file)) {
            return;
        }
        let Some(parsed) = self.sources.file(file).map(|file| file.parse(Format::Yaml)) else { return };
        let document = parsed.document();
        let of_alias = || target_of(document, super::syntax::leaf_at(document, offset)?);
        let Some((target, anchor)) = anchor_at(document, offset).or_else(of_alias) else { return };
        if with_definition {
            found.insert(Span { file, range: anchor });
        }
        for (_, node) in document.nodes() {
            if matches!(&node.kind, NodeKind::Alias(_, known) if *known == Some(target)) {
                found.insert(Span { file, range: node.range });
            }
        }
    }

    fn uses_of_variable(&self, file: FileId, offset: u32, with_definition: bool, found: &mut IndexSet<Span>) {
        let mut entries: Vec<Entry> = Vec::new();
        let used_here = self.leaf(file, offset).and_then(|leaf| self.variable_in(file, offset, &leaf));
        if let Some((used, text)) = used_here {
            for (stack, _) in &self.stacks {
                for scope in scopes(stack, Some(file)) {
                    let definition = evaluate(&used, &text, scope).definition;
                    entries.extend(definition.and_then(|place| self.entry_around(place)));
                }
            }
        } else if let Some(entry) = self.entry_at(file, offset) {
            let inner = super::syntax::variable_at(&entry.text, file, offset).filter(|_| entry.expanded);
            match inner {
                Some(used) => {
                    for (stack, _) in &self.stacks {
                        for text in self.resolved_entry(stack, &scopes(stack, None), &entry) {
                            let found = evaluated_in(&used, text, &stack.origins);
                            let definition = found.and_then(|found| found.definition);
                            entries.extend(definition.and_then(|place| self.entry_around(place)));
                        }
                    }
                }
                None => entries.push(entry),
            }
        }
        let mut seen = IndexSet::default();
        for entry in entries.iter().filter(|entry| seen.insert(entry.key)) {
            if with_definition {
                found.insert(entry.key);
            }
            for (stack, _) in &self.stacks {
                found.extend(self.uses_of(stack, entry));
            }
        }
    }

    /// The uses of a variable of an env file in a stack.
    pub(super) fn uses_of(&self, stack: &Stack, entry: &Entry) -> IndexSet<Span> {
        let mut found = IndexSet::default();
        let Some(place) = entry.value else { return found };
        let defines = |scope: &Variables| scope.get(&entry.name).is_some_and(|known| known.place == Some(place));
        let mut files: IndexSet<FileId> = stack.scopes.iter().map(|(file, _)| *file).collect();
        files.retain(|file| scopes(stack, Some(*file)).into_iter().any(|scope| defines(scope)));
        for file in files.into_iter().filter_map(|file| self.sources.file(file)) {
            // Most files do not even have the name.
            if !file.text.contains(&*entry.name) {
                continue;
            }
            let parsed = file.parse(Format::Yaml);
            let document = parsed.document();
            for (node, _) in document.nodes() {
                if document.scalar(node).is_some_and(|text| text.contains('$')) {
                    let text = Text::from_scalar(document, file.id, node);
                    let uses = variables_in(&text).into_iter().filter(|used| used.name == entry.name);
                    found.extend(uses.map(|used| used.place));
                }
            }
        }
        for file in stack.env_files.keys().filter_map(|file| self.sources.file(*file)) {
            if !file.text.contains(&*entry.name) {
                continue;
            }
            let known = scopes(stack, None);
            for other in self.entries(&file).iter().filter(|other| other.expanded) {
                for used in variables_in(&other.text).into_iter().filter(|used| used.name == entry.name) {
                    let resolved = self.resolved_entry(stack, &known, other);
                    let is_it = |text: &Text| {
                        let definition = evaluated_in(&used, text, &stack.origins).and_then(|found| found.definition);
                        definition.is_some_and(|at| at.file == place.file && place.range.contains(at.range))
                    };
                    if resolved.into_iter().any(is_it) {
                        found.insert(used.place);
                    }
                }
            }
        }
        self.bare_names(stack, entry, &mut found);
        found
    }

    /// Containers and builds that take over a variable by its bare name.
    fn bare_names(&self, stack: &Stack, entry: &Entry, found: &mut IndexSet<Span>) {
        for service in stack.services() {
            let arguments = service.value().get("build").and_then(|build| build.get("args"));
            for section in [service.value().get("environment"), arguments].into_iter().flatten() {
                let Some(field) = section.as_mapping().and_then(|fields| fields.get(&*entry.name)) else { continue };
                let taken = stack
                    .origins
                    .trail(field.value.origin)
                    .into_iter()
                    .any(|step| step.role == Role::Interpolated && step.place.is_some() && step.place == field.key);
                if taken && field.value.place == entry.value {
                    found.extend(field.key);
                }
            }
        }
    }

    fn uses_of_name(&self, file: FileId, offset: u32, with_definition: bool, found: &mut IndexSet<Span>) {
        let Some(leaf) = self.leaf(file, offset) else { return };
        for (stack, index) in &self.stacks {
            let hits = self.hits(stack, index, file, offset, leaf.range).0;
            for hit in &hits {
                let name = Name::of(&hit.path, hit.value, stack).or_else(|| Name::defined(&hit.path));
                let Some(name) = name else { continue };
                let sites = name.sites(stack);
                for named in &stack.named {
                    let extends = matches!(named.target, NamedTarget::Service(key) if sites.contains(&key));
                    if extends && name.section == "services" {
                        found.insert(named.place);
                    }
                }
                if with_definition {
                    found.extend(sites);
                }
                each_value(stack, &mut |path, key, value| {
                    let path: Vec<&Part> = path.iter().collect();
                    if Name::of(&path, value, stack) == Some(name) {
                        // A name in a list is a key, a part of a short syntax a value.
                        found.extend(if matches!(path.len(), 4) { key.or(value.place) } else { value.place });
                    }
                });
            }
        }
    }
}

/// Calls `seen` with each value of the services of a stack that may name something.
fn each_value(stack: &Stack, seen: &mut impl FnMut(&[Part], Option<Span>, &crate::stack::value::Value)) {
    const ATTRIBUTES: [&str; 12] = [
        "depends_on",
        "networks",
        "models",
        "secrets",
        "configs",
        "volumes",
        "build",
        "network_mode",
        "ipc",
        "pid",
        "links",
        "volumes_from",
    ];
    for service in stack.services() {
        for attribute in ATTRIBUTES {
            let mut path =
                vec![Part::Key("services".into()), Part::Key(service.name.into()), Part::Key(attribute.into())];
            let parts: Vec<&Part> = path.iter().collect();
            let Some((field, value)) = value_at(stack, &parts) else { continue };
            let key = field.and_then(|field| field.key);
            walk(&mut path, key, value, 0, seen);
        }
    }
}

fn walk(
    path: &mut Vec<Part>,
    key: Option<Span>,
    value: &crate::stack::value::Value,
    depth: usize,
    seen: &mut impl FnMut(&[Part], Option<Span>, &crate::stack::value::Value),
) {
    seen(path, key, value);
    // Nothing that names something lies deeper.
    if depth >= 3 {
        return;
    }
    for (name, field) in value.fields() {
        path.push(Part::Key(name.into()));
        walk(path, field.key, &field.value, depth + 1, seen);
        path.pop();
    }
    for (number, item) in value.items().iter().enumerate() {
        path.push(Part::Item(number));
        walk(path, item.place, item, depth + 1, seen);
        path.pop();
    }
}
