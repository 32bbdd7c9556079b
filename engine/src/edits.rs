//! Edits that need no rule to ask for them.

use stacklint_parsers::TextRange;

use crate::finding::{Edit, Fix, Safety};
use crate::origin::Span;
use crate::source::Sources;

/// Takes a stretch away that has its lines for itself, the lines with it; nothing where something else stands there.
///
/// `lead` may stand before it in its first line: the dash of a list item.
pub(crate) fn without_lines(sources: &Sources, place: Span, lead: &str, title: &str) -> Option<Fix> {
    let file = sources.file(place.file)?;
    let range = place.range.to_usize();
    let start = file.text.get(..range.start)?.rfind('\n').map_or(0, |at| at + 1);
    let rest = file.text.get(range.end..)?;
    let end = range.end + rest.find('\n').map_or(rest.len(), |at| at + 1);
    let before = file.text.get(start..range.start)?;
    let behind = file.text.get(range.end..end)?.trim();
    if before.trim() != lead || !(behind.is_empty() || behind.starts_with('#')) {
        return None;
    }
    let lines = TextRange::new(u32::try_from(start).ok()?, u32::try_from(end).ok()?);
    let edit = Edit { place: Span { range: lines, ..place }, replacement: String::new() };
    Some(Fix { title: title.to_owned(), safety: Safety::Safe, edits: vec![edit] })
}
