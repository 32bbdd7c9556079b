//! What stands at a place of a configuration file that a program in a container reads.

use super::Navigator;
use super::facts::{self, Collector, Lost, Standing, ValueFact};
use super::index::Part;
use super::syntax::touches;
use super::trail::trail;
use crate::application::Configuration;
use crate::origin::{FileId, Span};
use crate::stack::Stack;
use crate::stack::value::{Data, Field, Value};

/// So deep the settings of a file are looked at.
const DEPTH: usize = 64;

impl Navigator<'_> {
    pub(super) fn program_facts(&self, file: FileId, offset: u32, facts: &mut Collector) {
        for (stack, _) in &self.stacks {
            for configuration in &stack.configurations {
                for layer in configuration.layers.iter().filter(|layer| layer.file == Some(file)) {
                    for document in &layer.documents {
                        let mut path = String::new();
                        if let Some((field, range)) = setting_at(document, file, offset, &mut path, 0) {
                            facts.about(range);
                            let is_overridden = layer.is_overridden(&path);
                            self.setting_fact(stack, configuration, (&path, field), is_overridden, facts);
                        }
                    }
                }
            }
        }
    }

    /// The settings of configuration files that a variable of a container takes the place of.
    pub(super) fn settings_under(&self, stack: &Stack, path: &[&Part]) -> Vec<Lost> {
        let [Part::Key(section), Part::Key(service), Part::Key(attribute), Part::Key(name)] = path else {
            return Vec::new();
        };
        if (&**section, &**attribute) != ("services", "environment") {
            return Vec::new();
        }
        let own = stack.configurations.iter().filter(|one| one.service() == Some(service));
        let overridden = own.flat_map(|one| &one.overrides).filter(|one| one.name == *name);
        let lost = overridden.filter_map(|one| {
            let place = one.file.value.place?;
            let text = one.file.value.as_text().map(|text| self.masker.text(&one.path, text)).unwrap_or_default();
            Some(Lost { place, text: facts::brief(&text) })
        });
        lost.collect()
    }

    fn setting_fact(
        &self,
        stack: &Stack,
        configuration: &Configuration,
        (path, field): (&str, &Field),
        is_overridden: bool,
        facts: &mut Collector,
    ) {
        // Lists take each other's place as a whole.
        let whole = path.split('[').next().unwrap_or(path);
        let by = configuration.overrides.iter().find(|one| one.path == path || one.path == whole);
        let above = || if is_overridden { value_at(&configuration.tree, whole) } else { None };
        let variable = by.map(|by| &by.variable.value);
        let winner = variable.or_else(above).unwrap_or(&field.value);
        let counts = by.is_none() && !is_overridden;
        let key = by.map_or(path, |by| &*by.name);
        let key = key.rsplit(['.', ']']).next().unwrap_or(key);
        let trail = trail(winner, &stack.origins);
        let mut overrides = facts::overrides(&trail, self.masker);
        overrides.retain(|lost: &Lost| counts || Some(lost.place) != field.value.place);
        let owner = configuration.service().map_or_else(String::new, |service| format!("services.{service}: "));
        facts.value(ValueFact {
            stacks: vec![stack.spec.name.clone()],
            path: format!("{owner}{path}"),
            value: self.shown(key, winner),
            standing: if counts { Standing::Counts } else { Standing::Overridden(place_of(winner)) },
            overrides,
            trail,
        });
    }
}

fn place_of(value: &Value) -> Option<Span> {
    value.as_text().and_then(|text| text.source()).map(|(place, _)| place).or(value.place)
}

/// The value of a tree at a dotted path.
fn value_at<'v>(tree: &'v Value, path: &str) -> Option<&'v Value> {
    // A key may have dots itself.
    if let Some(value) = tree.get(path) {
        return Some(value);
    }
    path.match_indices('.').find_map(|(dot, _)| value_at(tree.get(path.get(..dot)?)?, path.get(dot + 1..)?))
}

/// The innermost single value at a place, with the path to it, and the stretch that says it.
fn setting_at<'v>(
    value: &'v Value,
    file: FileId,
    offset: u32,
    path: &mut String,
    depth: usize,
) -> Option<(&'v Field, stacklint_parsers::TextRange)> {
    if depth > DEPTH {
        return None;
    }
    for (key, field) in value.fields() {
        let length = path.len();
        if length > 0 {
            path.push('.');
        }
        path.push_str(key);
        let here = |place: Option<Span>| {
            place.filter(|place| place.file == file && touches(place.range, offset)).map(|place| place.range)
        };
        match &field.value.data {
            Data::Mapping(_) => {
                // What an alias brings stands elsewhere: each mapping has to be looked into.
                if let Some(found) = setting_at(&field.value, file, offset, path, depth + 1) {
                    return Some(found);
                }
            }
            _ => {
                if let Some(range) = here(field.key).or_else(|| here(field.value.place)) {
                    return Some((field, range));
                }
            }
        }
        path.truncate(length);
    }
    None
}
