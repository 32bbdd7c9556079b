//! The property that every report stands on: a string is the concatenation of what its pieces say, and every place of
//! every way is text that exists and says what its step claims.

use stacklint_engine::origin::{OriginId, Role, Span};
use stacklint_engine::source::Sources;
use stacklint_engine::stack::Stack;
use stacklint_engine::stack::value::{Data, Value};
use stacklint_engine::text::{PieceKind, Text};

/// Checks a stack as a whole, its problems too. Returns how many pieces are what their file says.
pub(crate) fn check(stack: &Stack, sources: &Sources, name: &str) -> usize {
    let mut walk = Walk { stack, sources, name, verbatim: 0 };
    walk.value(&stack.model);
    walk.text(&stack.project);
    for problem in &stack.problems {
        walk.place(problem.place);
        problem.related.iter().for_each(|(_, place)| walk.place(Some(*place)));
        for edit in problem.fix.iter().flat_map(|fix| &fix.edits) {
            walk.place(Some(edit.place));
        }
    }
    for (variable, place) in &stack.unset {
        walk.place(Some(*place));
        assert!(walk.says(*place).contains(&**variable), "{name}: {variable} at {place:?}");
    }
    walk.verbatim
}

struct Walk<'a> {
    stack: &'a Stack,
    sources: &'a Sources,
    name: &'a str,
    verbatim: usize,
}

impl Walk<'_> {
    fn value(&mut self, value: &Value) {
        self.place(value.place);
        self.origin(value.origin);
        match &value.data {
            Data::Null => {}
            Data::Scalar(scalar) => {
                self.text(&scalar.text);
                if let Some(fallback) = &scalar.fallback {
                    self.text(fallback);
                }
            }
            Data::Sequence(items) => items.iter().for_each(|item| self.value(item)),
            Data::Mapping(mapping) => {
                for field in mapping.values() {
                    self.place(field.key);
                    field.earlier_keys.iter().for_each(|key| self.place(Some(*key)));
                    self.value(&field.value);
                }
            }
        }
    }

    fn text(&mut self, text: &Text) {
        let mut end = 0;
        let mut whole = String::new();
        for (range, piece) in text.pieces() {
            assert_eq!(range.start, end, "{}: a gap in {text:?}", self.name);
            end = range.end;
            let part = text.as_str().get(range).unwrap_or_else(|| panic!("{}: {text:?} is cut", self.name));
            whole.push_str(part);
            self.place(piece.place);
            self.origin(piece.origin);
            match (piece.kind, piece.place) {
                (PieceKind::Verbatim, Some(place)) => {
                    assert_eq!(part, self.says(place), "{}: {text:?}", self.name);
                    self.verbatim += 1;
                }
                (PieceKind::Verbatim, None) => panic!("{}: {text:?} has no place", self.name),
                // Nothing, and that because of a variable that is used there.
                (PieceKind::Unset | PieceKind::Required, place) => {
                    assert_eq!(part, "", "{}: {text:?}", self.name);
                    let used = place.unwrap_or_else(|| panic!("{}: {text:?} misses a variable nowhere", self.name));
                    assert!(self.says(used).starts_with('$'), "{}: {text:?}", self.name);
                }
                (PieceKind::Unknown, _) => assert!(part.starts_with("${"), "{}: {text:?}", self.name),
                (PieceKind::Derived, _) => {}
            }
        }
        assert_eq!(whole, text.as_str(), "{}: {text:?} goes on behind its pieces", self.name);
    }

    fn origin(&self, origin: OriginId) {
        for step in self.stack.origins.trail(origin) {
            self.place(step.place);
            self.place(step.lost);
            let says = step.place.map(|place| self.says(place));
            let holds = match (step.role, says.as_deref()) {
                (Role::AliasOf, Some(text)) => text.starts_with('*'),
                // The alias, a mapping that stands there itself, or a block mapping.
                (Role::MergedFrom | Role::IncludedBy, Some(text)) => !text.is_empty(),
                (Role::ExtendedFrom | Role::FromEnvFile, Some(text)) => !text.trim().is_empty(),
                (Role::Default, Some(text)) => text.starts_with('$'),
                _ => true,
            };
            assert!(holds, "{}: {step:?} says {says:?}", self.name);
        }
    }

    fn says(&self, place: Span) -> String {
        self.sources.text(place).to_string()
    }

    fn place(&self, place: Option<Span>) {
        let Some(place) = place else { return };
        let file = self.sources.file(place.file).unwrap_or_else(|| panic!("{}: {place:?} in no file", self.name));
        let range = place.range.to_usize();
        assert!(
            file.text.get(range).is_some(),
            "{}: {place:?} outside {}, or within a character",
            self.name,
            file.name
        );
    }
}
