//! What an editor asks about a place: what stands there, what it comes to in the stacks that have it, where it is defined,
//! and what it leads to.
//!
//! All answers are data: spans, and strings in which secrets are masked. Whoever asks puts them into words.

mod compose;
mod definition;
mod env_file;
mod facts;
mod hints;
mod index;
mod links;
mod program;
mod references;
mod rule_word;
mod server;
mod syntax;
mod targets;
mod trail;
mod variables;

use crate::config::{By, Policy};
use crate::map::HashMap;
use crate::origin::{FileId, Span};
use crate::source::Sources;
use crate::stack::{Certainty, Stack};
use crate::text::Text;

pub use definition::{Definition, Target};
pub use facts::{Hover, Lost, Shown, Standing, ValueFact, VariableFact, VariableState};
pub use hints::Hint;
pub use index::{Index, is_implied};
pub use links::Link;
pub use rule_word::{RuleWord, rule_word};
pub use trail::{trail, trail_of_text};

/// Turns what files say into what may be shown.
pub trait Masker {
    /// A resolved text under its key, with its secrets masked.
    fn text(&self, key: &str, text: &Text) -> String;

    /// What a file says at a place, with its secrets masked.
    fn written(&self, place: Span) -> String;
}

/// Answers questions about the files of stacks.
#[derive(Clone)]
pub struct Navigator<'a> {
    sources: &'a Sources,
    stacks: Vec<(&'a Stack, &'a Index)>,
    /// Where a configuration declares a variable of a stack.
    declared: HashMap<(String, String), Span>,
    masker: &'a dyn Masker,
}

/// How surely a stack runs, the surest first.
fn rank(stack: &Stack) -> u8 {
    match stack.spec.certainty {
        Certainty::Certain => 0,
        Certainty::Guessed => 1,
        Certainty::Part => 2,
    }
}

impl<'a> Navigator<'a> {
    /// About these stacks, each with its index.
    #[must_use]
    pub fn new(
        sources: &'a Sources,
        stacks: impl IntoIterator<Item = (&'a Stack, &'a Index)>,
        masker: &'a dyn Masker,
    ) -> Self {
        let mut stacks: Vec<(&Stack, &Index)> = stacks.into_iter().collect();
        // What surely runs is told first.
        stacks.sort_by_key(|(stack, _)| rank(stack));
        Self { sources, stacks, declared: HashMap::default(), masker }
    }

    /// Takes the variables into account that a configuration declares for its stacks.
    #[must_use]
    pub fn with_policy(mut self, policy: &Policy) -> Self {
        for stack in policy.stacks.iter().flat_map(|(_, stacks)| stacks) {
            let By::File(place) = stack.by else { continue };
            for (name, _) in &stack.value.variables.0 {
                let place = Span { file: place.file, range: name.range };
                self.declared.insert((stack.value.name.value.clone(), name.value.clone()), place);
            }
        }
        self
    }

    /// The stacks that read a Compose file; those that it is only a part of just where it is in no whole one.
    fn readers(&self, file: FileId) -> Vec<(&'a Stack, &'a Index)> {
        let reads = |stack: &Stack| stack.scopes.iter().any(|(known, _)| *known == file);
        let mut readers: Vec<_> = self.stacks.iter().copied().filter(|(stack, _)| reads(stack)).collect();
        if readers.iter().any(|(stack, _)| stack.spec.certainty != Certainty::Part) {
            readers.retain(|(stack, _)| stack.spec.certainty != Certainty::Part);
        }
        readers
    }

    /// What is known of a place; nothing where there is nothing to say.
    #[must_use]
    pub fn hover(&self, file: FileId, offset: u32) -> Option<Hover> {
        let mut facts = facts::Collector::default();
        self.compose_facts(file, offset, &mut facts);
        self.env_facts(file, offset, &mut facts);
        self.server_facts(file, offset, &mut facts);
        self.program_facts(file, offset, &mut facts);
        facts.finish()
    }
}

impl std::fmt::Debug for Navigator<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.stacks.iter().map(|(stack, _)| &stack.spec.name);
        formatter.debug_struct("Navigator").field("stacks", &names.collect::<Vec<_>>()).finish_non_exhaustive()
    }
}
