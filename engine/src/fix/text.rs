//! Edits of a text where it stands.

use stacklint_parsers::TextRange;

use super::insertion;
use crate::finding::{Edit, Fix, Safety};
use crate::origin::Span;
use crate::text::{PieceKind, Text};

impl Fix {
    /// Puts `text` before what `value` says, inside its quotes.
    ///
    /// Nothing if the value does not stand in one piece, so that there is no one place to edit.
    #[must_use]
    pub fn insert_before(title: &str, safety: Safety, value: &Text, text: &str) -> Option<Self> {
        let (_, first) = value.pieces().find(|(range, _)| !range.is_empty())?;
        let place = first.place.filter(|_| !matches!(first.kind, PieceKind::Unset | PieceKind::Required))?;
        let at = Span { range: TextRange::empty(place.range.start), ..place };
        let edit = insertion(at, text.to_owned());
        Some(Self { title: title.to_owned(), safety, edits: vec![edit] })
    }

    /// Puts `text` in the place of what `value` says, inside its quotes.
    #[must_use]
    pub fn replace(title: &str, safety: Safety, value: &Text, text: &str) -> Option<Self> {
        let (place, _) = value.source()?;
        let edit = Edit { place, replacement: text.to_owned() };
        Some(Self { title: title.to_owned(), safety, edits: vec![edit] })
    }
}
