//! What is known of a place, as data.

use stacklint_parsers::TextRange;

use super::Masker;
use crate::origin::{Role, Span, Step};

/// So many facts are told of a place: nobody reads more.
const FACTS: usize = 10;

/// A longer text is cut.
const LENGTH: usize = 240;

/// A longer text beside others is cut.
const SHORT: usize = 80;

/// What is known of a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hover {
    /// The stretch it is about.
    pub range: TextRange,
    /// The variables that are used or defined there.
    pub variables: Vec<VariableFact>,
    /// The values that stand there.
    pub values: Vec<ValueFact>,
    /// How many more facts there are.
    pub more: usize,
}

/// A variable that is used or defined at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableFact {
    /// The stacks in which it is so.
    pub stacks: Vec<String>,
    /// Its name.
    pub name: String,
    /// What it comes to.
    pub state: VariableState,
    /// Where the value that counts is written; nowhere if no file says it.
    pub definition: Option<Span>,
    /// How often the stacks use it; nothing if the place is itself a use.
    pub uses: Option<usize>,
}

/// What a variable comes to. Secrets in the texts are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableState {
    /// It has this value.
    Set(String),
    /// It is not set, or empty, and the default in its place counts.
    Default(String),
    /// It is set, and the text behind `:+` counts.
    Alternate(String),
    /// The text behind `:+` does not count: it is not set.
    NoAlternate,
    /// Nothing sets it, and it has no default.
    Unset,
    /// It has to be set and is not: Docker Compose refuses the stack.
    Required,
    /// It is set, to what only the machine knows.
    Unknown,
    /// Another definition, which stands elsewhere or comes from outside, counts instead: its value.
    Overridden(String),
}

/// A value at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueFact {
    /// The stacks in which it is so; none for a file outside any stack.
    pub stacks: Vec<String>,
    /// What it is: `services.db.environment.POSTGRES_PASSWORD`.
    pub path: String,
    /// What it comes to in the end; the winner's value where this place loses.
    pub value: Shown,
    /// Whether what stands at the place counts.
    pub standing: Standing,
    /// The way of the value that counts: where it is written, and how it came to its place.
    pub trail: Vec<Step>,
    /// What it overrides.
    pub overrides: Vec<Lost>,
}

/// A value as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A text, its secrets masked; cut where it is long.
    Text(String),
    /// Nothing: null.
    Nothing,
    /// A list or a mapping, as the values in it by their paths below it.
    Several(Vec<(String, String)>, usize),
}

/// Whether what stands at a place counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Counts,
    /// Something overrides it, there; nowhere if no file says it.
    Overridden(Option<Span>),
    /// The program refuses it, and why.
    Refused(String),
    /// Nothing reads the file that it stands in; what counts instead, in words.
    Unread(Option<String>),
    /// No connection gets to this record; the records before it that take them.
    Unreachable(Vec<Span>),
}

/// A value that lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Where it stands.
    pub place: Span,
    /// What stands there, its secrets masked; cut where it is long.
    pub text: String,
}

/// As much of a text as is shown of it.
pub(super) fn cut(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A text as it is shown by itself.
pub(super) fn clipped(text: &str) -> String {
    cut(text, LENGTH)
}

/// A text as it is shown beside others.
pub(super) fn brief(text: &str) -> String {
    cut(text, SHORT)
}

/// A text as a hover shows it.
pub(super) fn shown(text: &str) -> Shown {
    Shown::Text(clipped(text))
}

/// What the steps of a way override.
pub(super) fn overrides(trail: &[Step], masker: &dyn Masker) -> Vec<Lost> {
    let lost = trail.iter().filter(|step| step.role == Role::Overrides).filter_map(|step| step.lost);
    lost.map(|place| Lost { place, text: clipped(&masker.written(place)) }).collect()
}

/// Puts facts together: what is the same in several stacks is one.
#[derive(Debug, Default)]
pub(super) struct Collector {
    hover: Hover,
    range: Option<TextRange>,
}

impl Collector {
    /// Says what the facts are about; the narrowest stretch counts.
    pub(super) fn about(&mut self, range: TextRange) {
        if self.range.is_none_or(|known| range.len() < known.len()) {
            self.range = Some(range);
        }
    }

    pub(super) fn variable(&mut self, mut fact: VariableFact) {
        let stacks = std::mem::take(&mut fact.stacks);
        let same = |known: &VariableFact| {
            (&known.name, &known.state, known.definition, known.uses)
                == (&fact.name, &fact.state, fact.definition, fact.uses)
        };
        let known = self.hover.variables.iter().position(same);
        let full = self.is_full();
        match known.and_then(|at| self.hover.variables.get_mut(at)) {
            Some(known) => join(&mut known.stacks, stacks),
            None if !full => self.hover.variables.push(VariableFact { stacks, ..fact }),
            None => self.hover.more += 1,
        }
    }

    pub(super) fn value(&mut self, mut fact: ValueFact) {
        let stacks = std::mem::take(&mut fact.stacks);
        let same = |known: &ValueFact| {
            known.path == fact.path
                && known.value == fact.value
                && known.standing == fact.standing
                && known.trail == fact.trail
        };
        let known = self.hover.values.iter().position(same);
        let full = self.is_full();
        match known.and_then(|at| self.hover.values.get_mut(at)) {
            Some(known) => join(&mut known.stacks, stacks),
            None if !full => self.hover.values.push(ValueFact { stacks, ..fact }),
            None => self.hover.more += 1,
        }
    }

    /// Whether there is nothing to tell so far.
    pub(super) fn is_empty(&self) -> bool {
        self.hover.variables.is_empty() && self.hover.values.is_empty()
    }

    fn is_full(&self) -> bool {
        self.hover.variables.len() + self.hover.values.len() >= FACTS
    }

    /// Says that there are more facts than were looked at.
    pub(super) fn more(&mut self, more: usize) {
        self.hover.more += more;
    }

    pub(super) fn finish(mut self) -> Option<Hover> {
        self.hover.range = self.range?;
        (!self.is_empty()).then_some(self.hover)
    }
}

fn join(stacks: &mut Vec<String>, more: Vec<String>) {
    for stack in more {
        if !stacks.contains(&stack) {
            stacks.push(stack);
        }
    }
}
