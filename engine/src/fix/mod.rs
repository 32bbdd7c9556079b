//! Edits that rules ask for by what they mean, so that no rule builds a span.
//!
//! Every one answers nothing where it does not know for certain what the edited file would say.

mod across;
mod lines;
mod list;
mod loopback;
mod remove;
mod require;
mod shares;

pub(crate) use across::drop_clashing;
pub(crate) use shares::Shares;

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
}

fn insertion(at: Span, text: String) -> Edit {
    Edit { place: at, replacement: text }
}
