//! The variables a stack may use, and where each is defined.

use std::sync::Arc;

use crate::map::HashMap;
use crate::origin::{OriginId, Span};
use crate::stack::value::Key;
use crate::text::Text;

/// The value of a variable.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its text, with its sources.
    pub text: Text,
    /// Where it is defined as a whole, quotes included; nowhere if no file defines it.
    pub place: Option<Span>,
    /// Set, but to what only the machine knows (`HOME`, `USER`).
    pub unknown: bool,
}

/// Variables by name, in scopes: an included project adds its own to those of its parent, an env file to those before.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    own: HashMap<Key, Variable>,
    /// They win over the own ones.
    winning: Option<Arc<Variables>>,
    /// The own ones win over them.
    losing: Option<Arc<Variables>>,
}

impl Variables {
    /// A scope whose own variables lose to those of `winning`.
    #[must_use]
    pub fn below(winning: Arc<Variables>) -> Self {
        Self { winning: Some(winning), ..Self::default() }
    }

    /// A scope whose own variables win over those of `losing`.
    #[must_use]
    pub fn above(losing: Arc<Variables>) -> Self {
        Self { losing: Some(losing), ..Self::default() }
    }

    /// The variable of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Variable> {
        let winning = self.winning.as_ref().and_then(|scope| scope.get(name));
        winning.or_else(|| self.own.get(name)).or_else(|| self.losing.as_ref().and_then(|scope| scope.get(name)))
    }

    /// Makes room for so many more own variables.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.own.reserve(more);
    }

    /// Defines a variable, in place of an earlier own definition.
    pub fn define(&mut self, name: &str, variable: Variable) {
        self.own.insert(name.into(), variable);
    }

    /// Defines a variable that no file defines.
    pub fn supply(&mut self, name: &str, value: &str, origin: OriginId) {
        let text = Text::from_nowhere(value, origin);
        self.define(name, Variable { text, place: None, unknown: false });
    }
}
