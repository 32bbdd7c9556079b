//! A variable made required, so that nothing runs with its default.

use stacklint_parsers::TextRange;
use stacklint_parsers::interpolation::Operator;

use crate::check::Context;
use crate::finding::{Edit, Fix, Safety};
use crate::origin::{Role, Span};
use crate::text::Text;

impl Context<'_> {
    /// Makes the variable required whose default a text is: `${NAME:-default}` becomes `${NAME:?set NAME}`.
    ///
    /// Nothing for a default inside another one: Docker Compose looks at it even where the outer variable is set.
    #[must_use]
    pub fn fix_by_requiring(&self, default: &Text) -> Option<Fix> {
        let mut places = default.pieces().filter(|(range, _)| !range.is_empty()).map(|(_, piece)| {
            let trail = self.origins().trail(piece.origin);
            let mut defaults = trail.iter().filter(|step| step.role == Role::Default).map(|step| step.place);
            let place = defaults.next().flatten();
            if defaults.next().is_some() { None } else { place }
        });
        let place = places.next()??;
        if places.any(|other| other != Some(place)) {
            return None;
        }
        let written = self.sources().text(place);
        let variable = self.variable_at(place)?;
        let required = match variable.operator {
            Some(Operator::DefaultIfUnsetOrEmpty) => ":?",
            Some(Operator::DefaultIfUnset) => "?",
            _ => return None,
        };
        let name = written.get(variable.name.start as usize..variable.name.end as usize)?;
        let offset = |at: u32| place.range.start.saturating_add(at);
        let range = TextRange::new(offset(variable.name.end), offset(variable.operand_range.end));
        let edit = Edit { place: Span { range, ..place }, replacement: format!("{required}set {name}") };
        Some(Fix { title: format!("require `{name}` to be set"), safety: Safety::Safe, edits: vec![edit] })
    }
}
