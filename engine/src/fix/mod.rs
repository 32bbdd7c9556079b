//! Edits that rules ask for by what they mean, so that no rule builds a span.
//!
//! Every one answers nothing where it does not know for certain what the edited file would say. How fixes get into files
//! is [`apply`].

mod across;
pub mod apply;
mod argument;
mod lines;
mod list;
mod loopback;
mod remove;
mod require;
mod shares;
mod text;

pub(crate) use across::drop_clashing;
pub(crate) use list::Body;
pub(crate) use shares::Shares;

use stacklint_parsers::TextRange;
use stacklint_parsers::interpolation::{self, Part};

use crate::check::Context;
use crate::finding::Edit;
use crate::origin::Span;

impl Context<'_> {
    /// The variable whose use is all that stands at a place.
    fn variable_at(&self, place: Span) -> Option<interpolation::Variable> {
        let written = self.sources().text(place);
        let mut parts = interpolation::parse(&written).parts.into_iter();
        match (parts.next(), parts.next()) {
            (Some(Part::Variable(variable)), None) => Some(variable),
            _ => None,
        }
    }

    /// An entry before the first key of a mapping, on a line of its own where the others have one.
    fn new_key(&self, mapping: Span, first_key: Span, entry: &str) -> Option<Edit> {
        let file = self.sources().file(mapping.file)?;
        let separator = if mapping.range.of(&file.text).starts_with('{') {
            ", ".to_owned()
        } else {
            let before = lines::before(&file, first_key.range.start);
            // What the other keys of the mapping are indented by; behind a tab nobody knows.
            let indent: String = before.chars().map(|character| if character == '\t' { '\t' } else { ' ' }).collect();
            let line_break = lines::line_break(&file, first_key.range.start);
            (!indent.contains('\t')).then(|| format!("{line_break}{indent}"))?
        };
        let at = Span { range: TextRange::empty(first_key.range.start), ..mapping };
        Some(insertion(at, format!("{entry}{separator}")))
    }
}

fn insertion(at: Span, text: String) -> Edit {
    Edit { place: at, replacement: text }
}
