//! What a rule points at.

use crate::origin::{OriginId, Span};
use crate::setting::Secret;
use crate::stack::Service;
use crate::stack::value::{Data, Value};
use crate::text::Text;

/// What a rule points at: a place, and the way the value took from there. Rules hand it on and never look inside.
#[derive(Clone, Copy, Debug)]
pub struct Anchor {
    pub(crate) place: Option<Span>,
    pub(crate) origin: OriginId,
    /// Only the characters count, even where they are all of a scalar.
    pub(crate) bare: bool,
}

impl Anchor {
    /// The characters of a text and nothing else, as a secret is pointed at.
    #[must_use]
    pub fn characters(text: &Text) -> Self {
        Self { bare: true, ..Self::from(text) }
    }
}

impl From<Span> for Anchor {
    /// A place that a value of the engine handed out.
    fn from(place: Span) -> Self {
        Self { place: Some(place), origin: OriginId::WRITTEN, bare: false }
    }
}

impl From<&Value> for Anchor {
    /// The value as a whole, with its quotes; or, if it is a single text that stands elsewhere, that text there.
    fn from(value: &Value) -> Self {
        if let Data::Scalar(scalar) = &value.data
            && let Some((place, origin)) = scalar.text.source()
            // A part of a short syntax stands where its text does, and only that knows the way from there.
            && value.place.is_none_or(|own| own == place || own.file != place.file || !own.range.contains(place.range))
        {
            return Self { place: Some(place), origin, bare: false };
        }
        Self { place: value.place, origin: value.origin, bare: false }
    }
}

impl From<&Text> for Anchor {
    /// The characters of the text: where they stand if one place says them, else where most of them do.
    fn from(text: &Text) -> Self {
        if let Some((place, origin)) = text.source() {
            return Self { place: Some(place), origin, bare: false };
        }
        let longest = text.pieces().filter(|(_, piece)| piece.place.is_some()).max_by_key(|(range, _)| range.len());
        longest.map_or(Self { place: None, origin: OriginId::WRITTEN, bare: false }, |(_, piece)| Self {
            place: piece.place,
            origin: piece.origin,
            bare: false,
        })
    }
}

impl From<&Secret> for Anchor {
    /// The characters of the secret and nothing else.
    fn from(secret: &Secret) -> Self {
        Self::characters(&secret.text)
    }
}

impl From<&Service<'_>> for Anchor {
    /// The name of the service, in the layer that says most of it: the first one.
    fn from(service: &Service<'_>) -> Self {
        let place = service.earlier_keys().first().copied().or(service.key());
        Self { place, origin: service.value().origin, bare: false }
    }
}
