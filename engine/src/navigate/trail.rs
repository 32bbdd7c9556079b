//! The way of a value as a list of steps: where it is written, and what happened to it since.

use crate::map::IndexSet;
use crate::origin::{OriginId, Origins, Role, Span, Step};
use crate::stack::value::Value;
use crate::text::Text;

/// The steps of a value's way, the place where it is written first; then the same for those parts of it that stand
/// elsewhere. No step twice.
#[must_use]
pub fn trail(value: &Value, origins: &Origins) -> Vec<Step> {
    let mut trail = IndexSet::default();
    let text = value.as_text();
    if let Some((place, origin)) = text.and_then(Text::source) {
        // The text may stand elsewhere (an env file): first how it came to be used, then the way of the value that uses
        // it, which may have been merged before, and won over others since.
        let mut way = IndexSet::default();
        follow(None, value.origin, origins, &mut way);
        follow(Some(place), origin, origins, &mut trail);
        trail.retain(|step| !way.contains(step));
        trail.extend(way);
        return trail.into_iter().collect();
    }
    follow(value.place, value.origin, origins, &mut trail);
    let inside = |place: Span| value.place.is_some_and(|own| own.file == place.file && own.range.contains(place.range));
    for (_, piece) in text.into_iter().flat_map(Text::pieces) {
        if let Some(place) = piece.place.filter(|place| !inside(*place)) {
            follow(Some(place), piece.origin, origins, &mut trail);
        }
    }
    trail.into_iter().collect()
}

/// The same of a text by itself.
#[must_use]
pub fn trail_of_text(text: &Text, origins: &Origins) -> Vec<Step> {
    let mut trail = IndexSet::default();
    match text.source() {
        Some((place, origin)) => follow(Some(place), origin, origins, &mut trail),
        None => {
            for (_, piece) in text.pieces() {
                follow(piece.place, piece.origin, origins, &mut trail);
            }
        }
    }
    trail.into_iter().collect()
}

fn follow(written: Option<Span>, origin: OriginId, origins: &Origins, trail: &mut IndexSet<Step>) {
    trail.extend(written.map(|place| Step { role: Role::Written, place: Some(place), lost: None }));
    trail.extend(origins.trail(origin));
}
