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

use crate::origin::{FileId, Span};
use crate::source::Sources;
use crate::stack::Stack;
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
    masker: &'a dyn Masker,
}

impl<'a> Navigator<'a> {
    /// About these stacks, each with its index.
    #[must_use]
    pub fn new(
        sources: &'a Sources,
        stacks: impl IntoIterator<Item = (&'a Stack, &'a Index)>,
        masker: &'a dyn Masker,
    ) -> Self {
        Self { sources, stacks: stacks.into_iter().collect(), masker }
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
