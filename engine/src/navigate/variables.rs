//! What a variable comes to where it is used.

use std::sync::Arc;

use stacklint_parsers::Format;
use stacklint_parsers::interpolation::Operator;

use super::Navigator;
use super::facts::{VariableFact, VariableState};
use super::syntax::Used;
use crate::discover::{LooseKind, loose_kind};
use crate::map::HashSet;
use crate::origin::{FileId, Origins, Role, Span};
use crate::source::SourceFile;
use crate::stack::{Interpolator, Stack, Variables, takes_operand};
use crate::text::{Piece, PieceKind, Text};

/// What a variable comes to, before its secrets are masked.
pub(super) struct Evaluated {
    kind: Kind,
    text: Text,
    /// Where the value that counts is written.
    pub(super) definition: Option<Span>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Set,
    Default,
    Alternate,
    NoAlternate,
    Unset,
    Required,
    Unknown,
}

/// The text with its variables replaced, as [`Stack::resolve`] does. Its ways mean nothing.
pub(super) fn interpolated(text: &Text, variables: &Variables) -> Text {
    let (mut origins, mut problems, mut unset) = (Origins::default(), Vec::new(), Vec::new());
    let mut interpolator =
        Interpolator { variables, origins: &mut origins, problems: &mut problems, unset: &mut unset };
    interpolator.text(text, "")
}

/// What a use in a text of a Compose file comes to.
pub(super) fn evaluate(used: &Used, text: &Text, variables: &Variables) -> Evaluated {
    let known = variables.get(&used.name);
    let is_taken = takes_operand(used.operator, known);
    let operand = || interpolated(&text.slice(used.operand.clone()), variables);
    let written = || text.source_of(used.operand.clone()).map(|(place, _)| place);
    let of_operand = |kind| Evaluated { kind, text: operand(), definition: written() };
    let nothing = |kind| Evaluated { kind, text: Text::default(), definition: None };
    match used.operator {
        Some(Operator::DefaultIfUnsetOrEmpty | Operator::DefaultIfUnset) if is_taken => of_operand(Kind::Default),
        Some(Operator::RequiredNonEmpty | Operator::Required) if is_taken => nothing(Kind::Required),
        Some(Operator::AlternateIfNonEmpty | Operator::AlternateIfSet) if is_taken => of_operand(Kind::Alternate),
        Some(Operator::AlternateIfNonEmpty | Operator::AlternateIfSet) => nothing(Kind::NoAlternate),
        _ => match known {
            Some(known) => Evaluated {
                kind: if known.unknown { Kind::Unknown } else { Kind::Set },
                text: known.text.clone(),
                definition: known.place,
            },
            None => nothing(Kind::Unset),
        },
    }
}

/// The same of a use in a text that is replaced already, as the pieces of the result tell it.
pub(super) fn evaluated_in(used: &Used, resolved: &Text, origins: &Origins) -> Option<Evaluated> {
    let leads = |piece: &Piece| {
        let mut steps = origins.steps_back(piece.origin);
        steps.find(|step| step.place == Some(used.place)).map(|step| step.role)
    };
    let stands_for = |piece: &Piece| match piece.kind {
        PieceKind::Unset | PieceKind::Required | PieceKind::Unknown => piece.place == Some(used.place),
        PieceKind::Verbatim | PieceKind::Derived => leads(piece).is_some() || piece.place == Some(used.place),
    };
    let mut found: Option<(std::ops::Range<usize>, Piece)> = None;
    for (range, piece) in resolved.pieces().filter(|(_, piece)| stands_for(piece)) {
        match &mut found {
            Some((whole, _)) => whole.end = range.end,
            None => found = Some((range, *piece)),
        }
    }
    let (range, piece) = found?;
    let kind = match (piece.kind, leads(&piece)) {
        (PieceKind::Unset, _) => Kind::Unset,
        (PieceKind::Required, _) => Kind::Required,
        (PieceKind::Unknown, _) => Kind::Unknown,
        (_, Some(Role::Default)) if is_alternate(used.operator) => Kind::Alternate,
        (_, Some(Role::Default)) => Kind::Default,
        (_, Some(_)) => Kind::Set,
        (_, None) => Kind::NoAlternate,
    };
    let definition = piece.place.filter(|_| matches!(kind, Kind::Set | Kind::Default | Kind::Alternate));
    Some(Evaluated { kind, text: resolved.slice(range), definition })
}

fn is_alternate(operator: Option<Operator>) -> bool {
    matches!(operator, Some(Operator::AlternateIfNonEmpty | Operator::AlternateIfSet))
}

/// The different scopes that the Compose files of a stack are read in; of one file alone, if one is given.
pub(super) fn scopes(stack: &Stack, file: Option<FileId>) -> Vec<&Arc<Variables>> {
    let mut seen = HashSet::default();
    let mut scopes: Vec<&Arc<Variables>> = Vec::new();
    if file.is_none() {
        seen.insert(Arc::as_ptr(&stack.variables));
        scopes.push(&stack.variables);
    }
    for (known, scope) in &stack.scopes {
        if file.is_none_or(|file| file == *known) && seen.insert(Arc::as_ptr(scope)) {
            scopes.push(scope);
        }
    }
    scopes
}

/// A variable that an env file defines.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: Box<str>,
    pub(super) key: Span,
    /// Its value as a whole, quotes included; nothing for a bare name.
    pub(super) value: Option<Span>,
    /// Its value as it is written, before anything is replaced in it.
    pub(super) text: Text,
    /// Whether variables in it are replaced.
    pub(super) expanded: bool,
}

impl Entry {
    /// All of it.
    pub(super) fn whole(&self) -> Span {
        let range = self.value.map_or(self.key.range, |value| self.key.range.cover(value.range));
        Span { range, ..self.key }
    }
}

impl Navigator<'_> {
    /// The entries of a file that some stack reads as an env file, or that is one by its name.
    pub(super) fn entries(&self, file: &Arc<SourceFile>) -> Vec<Entry> {
        let format = self.stacks.iter().find_map(|(stack, _)| stack.env_files.get(&file.id)).copied();
        let name = file.file_name();
        let by_name = || (loose_kind(name) == Some(LooseKind::Env)).then_some(Format::Dotenv);
        let Some(parsed) = format.or_else(by_name).map(|format| file.parse(format)) else { return Vec::new() };
        let Some(dotenv) = parsed.as_dotenv() else { return Vec::new() };
        let document = parsed.document();
        let span = |node| Span { file: file.id, range: document.node(node).range };
        let entry = |entry: &stacklint_parsers::dotenv::Entry| Entry {
            name: entry.name.clone(),
            key: span(entry.key),
            value: entry.value.map(span),
            text: entry.value.map(|value| Text::from_scalar(document, file.id, value)).unwrap_or_default(),
            expanded: entry.expanded,
        };
        dotenv.entries.iter().map(entry).collect()
    }

    /// The variable of an env file whose value holds a place.
    pub(super) fn entry_around(&self, place: Span) -> Option<Entry> {
        if !self.stacks.iter().any(|(stack, _)| stack.env_files.contains_key(&place.file)) {
            return None;
        }
        let entries = self.entries(&self.sources.file(place.file)?);
        let behind = entries.partition_point(|entry| entry.key.range.start <= place.range.start);
        let entry = entries.into_iter().nth(behind.checked_sub(1)?)?;
        entry.value.is_some_and(|value| value.range.contains(place.range)).then_some(entry)
    }

    /// What a variable comes to, for reading.
    pub(super) fn variable_fact(&self, stack: &Stack, name: &str, found: Evaluated) -> VariableFact {
        let shown = || super::facts::clipped(&self.masker.text(name, &found.text));
        let state = match found.kind {
            Kind::Set => VariableState::Set(shown()),
            Kind::Default => VariableState::Default(shown()),
            Kind::Alternate => VariableState::Alternate(shown()),
            Kind::NoAlternate => VariableState::NoAlternate,
            Kind::Unset => VariableState::Unset,
            Kind::Required => VariableState::Required,
            Kind::Unknown => VariableState::Unknown,
        };
        VariableFact {
            stacks: vec![stack.spec.name.clone()],
            name: name.to_owned(),
            state,
            definition: self.defined_at(stack, name, &found),
            uses: None,
        }
    }

    /// Where the configuration declares a variable that no env file sets.
    fn declared(&self, stack: &Stack, name: &str, kind: Kind) -> Option<Span> {
        let is_set = matches!(kind, Kind::Set | Kind::Unknown);
        self.declared.get(&(stack.spec.name.clone(), name.to_owned())).copied().filter(|_| is_set)
    }

    /// Where the value is written that counts for a use in a stack.
    pub(super) fn defined_at(&self, stack: &Stack, name: &str, found: &Evaluated) -> Option<Span> {
        found.definition.or_else(|| self.declared(stack, name, found.kind))
    }

    /// What the value of an env file comes to in a stack: one text for each way in which it is read.
    pub(super) fn resolved_entry<'b>(
        &self,
        stack: &'b Stack,
        scopes: &[&'b Arc<Variables>],
        entry: &Entry,
    ) -> Vec<&'b Text> {
        let Some(place) = entry.value else { return Vec::new() };
        let mut texts: Vec<&Text> = Vec::new();
        for scope in scopes {
            texts.extend(scope.get(&entry.name).filter(|known| known.place == Some(place)).map(|known| &known.text));
        }
        for service in stack.services() {
            for section in ["environment", "labels"] {
                let value = service.value().get(section).and_then(|section| section.get(&entry.name));
                let text = value.filter(|value| value.place == Some(place)).and_then(|value| value.as_text());
                texts.extend(text);
            }
        }
        let mut distinct: Vec<&Text> = Vec::new();
        for text in texts {
            if !distinct.iter().any(|known| known.as_str() == text.as_str()) {
                distinct.push(text);
            }
        }
        distinct
    }
}
