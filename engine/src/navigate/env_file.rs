//! What stands at a place of an env file: a variable, what it comes to, and who gets it.

use std::path::Path;
use std::sync::Arc;

use super::Navigator;
use super::facts::{self, Collector, Standing, ValueFact, VariableFact, VariableState};
use super::index::{Part, shown_path};
use super::syntax::{touches, variable_at};
use super::trail::trail;
use super::variables::{Entry, evaluated_in, scopes};
use crate::origin::FileId;
use crate::source::SourceFile;
use crate::stack::value::Value;
use crate::stack::{Stack, file_path};

impl Navigator<'_> {
    /// The variable of an env file at a place: its name or its value.
    pub(super) fn entry_at(&self, file: FileId, offset: u32) -> Option<Entry> {
        let source = self.sources.file(file)?;
        let entries = self.entries(&source);
        let behind = entries.partition_point(|entry| entry.key.range.start <= offset);
        let entry = entries.into_iter().nth(behind.checked_sub(1)?)?;
        touches(entry.whole().range, offset).then_some(entry)
    }

    pub(super) fn env_facts(&self, file: FileId, offset: u32, facts: &mut Collector) {
        let Some(entry) = self.entry_at(file, offset) else { return };
        let Some(source) = self.sources.file(file) else { return };
        facts.about(entry.whole().range);
        let used = variable_at(&entry.text, file, offset).filter(|_| entry.expanded);
        for (stack, _) in self.stacks.iter().filter(|(stack, _)| stack.env_files.contains_key(&file)) {
            if let Some(used) = &used {
                facts.about(used.place.range);
                for text in self.resolved_entry(stack, &scopes(stack, None), &entry) {
                    if let Some(found) = evaluated_in(used, text, &stack.origins) {
                        facts.variable(self.variable_fact(stack, &used.name, found));
                    }
                }
            }
            self.definition_facts(stack, file, &entry, facts);
            self.container_facts(stack, &source, &entry, facts);
        }
        if !self.is_env_file(file) {
            self.repeated_fact(&source, &entry, facts);
        }
    }

    /// What counts of an entry in a file that no stack reads, where the file has it again.
    fn repeated_fact(&self, source: &Arc<SourceFile>, entry: &Entry, facts: &mut Collector) {
        let last = self.entries(source).into_iter().rfind(|other| other.name == entry.name && other.value.is_some());
        let Some(last) = last.filter(|last| last.key != entry.key && entry.value.is_some()) else { return };
        let value = self.masker.text(&entry.name, &last.text);
        facts.variable(VariableFact {
            stacks: Vec::new(),
            name: entry.name.to_string(),
            state: VariableState::Overridden(facts::clipped(&value)),
            definition: last.value,
            uses: None,
        });
    }

    fn is_env_file(&self, file: FileId) -> bool {
        self.stacks.iter().any(|(stack, _)| stack.env_files.contains_key(&file))
    }

    /// What an entry is to the Compose files of a stack.
    fn definition_facts(&self, stack: &Stack, file: FileId, entry: &Entry, facts: &mut Collector) {
        let is_of_stack = stack.interpolation_files.contains(&file);
        let mut others = None;
        let declared = self.declared.get(&(stack.spec.name.clone(), entry.name.to_string())).copied();
        for scope in scopes(stack, None) {
            let Some(known) = scope.get(&entry.name) else { continue };
            let shown = || facts::clipped(&self.masker.text(&entry.name, &known.text));
            if known.place == entry.value && entry.value.is_some() {
                facts.variable(VariableFact {
                    stacks: vec![stack.spec.name.clone()],
                    name: entry.name.to_string(),
                    state: if known.unknown { VariableState::Unknown } else { VariableState::Set(shown()) },
                    definition: known.place,
                    uses: Some(self.uses_of(stack, entry).len()),
                });
                return;
            }
            if is_of_stack && others.is_none() {
                others = Some((shown(), known.place.or(declared)));
            }
        }
        if let Some((value, definition)) = others.filter(|_| entry.value.is_some()) {
            facts.variable(VariableFact {
                stacks: vec![stack.spec.name.clone()],
                name: entry.name.to_string(),
                state: VariableState::Overridden(value),
                definition,
                uses: None,
            });
        }
    }

    /// What an entry is to the containers that get the file.
    fn container_facts(&self, stack: &Stack, source: &SourceFile, entry: &Entry, facts: &mut Collector) {
        for service in stack.services() {
            for (list, section) in [("env_file", "environment"), ("label_file", "labels")] {
                if !service.items(list).iter().any(|item| names(item, &source.path)) {
                    continue;
                }
                let Some(value) = service.value().get(section).and_then(|section| section.get(&entry.name)) else {
                    continue;
                };
                let key = |key: &str| Part::Key(key.into());
                let path = ["services", service.name, section, &entry.name].map(key);
                let trail = trail(value, &stack.origins);
                // A bare name has no value of its own, and takes the one that counts.
                let counts = entry.value.is_none() || value.place == entry.value;
                let standing = if counts { Standing::Counts } else { Standing::Overridden(value.place) };
                facts.value(ValueFact {
                    stacks: vec![stack.spec.name.clone()],
                    path: shown_path(&path.iter().collect::<Vec<_>>()),
                    value: self.shown(&entry.name, value),
                    standing,
                    overrides: facts::overrides(&trail, self.masker),
                    trail,
                });
            }
        }
    }
}

/// Whether an entry of `env_file` or `label_file` names a file.
fn names(item: &Value, path: &Path) -> bool {
    let text = item.text_at("path").or(item.as_text());
    text.and_then(file_path).is_some_and(|named| named == path)
}
