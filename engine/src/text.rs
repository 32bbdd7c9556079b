//! A resolved string that knows, for each of its characters, which file wrote it and how it came here.

use std::ops::Range;

use compact_str::CompactString;
use smallvec::SmallVec;
use stacklint_parsers::{Document, NodeId, NodeKind, ScalarValue, TextRange};

use crate::origin::{FileId, OriginId, Span};

/// A string made of pieces. The pieces cover it without gaps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// Most are a word or two, for which nothing is allocated.
    value: CompactString,
    /// Nearly every text has a single one.
    pieces: SmallVec<[Piece; 1]>,
}

/// A part of a [`Text`] with one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    end: u32,
    /// Where it is written; nowhere if no file says it. Of a variable without a value, where it is used.
    pub place: Option<Span>,
    /// How the piece follows from `place`.
    pub kind: PieceKind,
    /// How it came from there.
    pub origin: OriginId,
}

/// How a piece follows from the place it is written at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceKind {
    /// Each byte of the piece is the byte at the same offset of the place.
    Verbatim,
    /// The place as a whole gives the piece: a character for an escape, a space for a folded line break.
    Derived,
    /// An empty piece for a variable that nothing sets.
    Unset,
    /// The same for one that must be set (`${NAME:?}`): Docker Compose refuses the stack.
    Required,
    /// The use of a variable whose value only the machine knows; the piece spells the use.
    Unknown,
}

impl Text {
    /// The decoded text of a scalar of a document; empty for other nodes.
    #[must_use]
    pub fn from_scalar(document: &Document, file: FileId, node: NodeId) -> Self {
        let NodeKind::Scalar(scalar) = &document.node(node).kind else {
            return Self::default();
        };
        let mut text = Self::default();
        match &scalar.value {
            ScalarValue::Verbatim(range) => {
                let place = Span { file, range: *range };
                text.push(range.of(document.text()), Some(place), PieceKind::Verbatim, OriginId::WRITTEN);
            }
            ScalarValue::Decoded(value, segments) => {
                let mut start = 0;
                for segment in segments {
                    let part = value.get(start..segment.end as usize).unwrap_or_default();
                    let place = Span { file, range: segment.source };
                    let kind = if segment.verbatim { PieceKind::Verbatim } else { PieceKind::Derived };
                    text.push(part, Some(place), kind, OriginId::WRITTEN);
                    start = segment.end as usize;
                }
            }
        }
        text
    }

    /// A text that no file says.
    #[must_use]
    pub fn from_nowhere(value: &str, origin: OriginId) -> Self {
        let mut text = Self::default();
        text.push(value, None, PieceKind::Derived, origin);
        text
    }

    /// A text that `place` as a whole gives.
    #[must_use]
    pub fn derived(value: &str, place: Option<Span>, origin: OriginId) -> Self {
        let mut text = Self::default();
        text.push(value, place, PieceKind::Derived, origin);
        text
    }

    /// The string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.value
    }

    /// Whether the string is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    /// The pieces, each with the range of the string it gives.
    pub fn pieces(&self) -> impl Iterator<Item = (Range<usize>, &Piece)> {
        let mut start = 0;
        self.pieces.iter().map(move |piece| {
            let range = start..piece.end as usize;
            start = range.end;
            (range, piece)
        })
    }

    /// Appends a part with one source. An empty part is kept too: that a variable gives nothing has a source as well.
    pub fn push(&mut self, part: &str, place: Option<Span>, kind: PieceKind, origin: OriginId) {
        // Nearly every text has a single piece, and needs no room to grow.
        match self.value.is_empty() {
            true => self.value = part.into(),
            false => self.value.push_str(part),
        }
        let end = u32::try_from(self.value.len()).unwrap_or(u32::MAX);
        let as_long = place.is_some_and(|place| place.range.len() as usize == part.len());
        let kind = if kind == PieceKind::Verbatim && !as_long { PieceKind::Derived } else { kind };
        self.pieces.push(Piece { end, place, kind, origin });
    }

    /// Appends a part of `piece`, and lets the last piece grow if the part goes on where that one ends.
    pub(crate) fn push_joined(&mut self, part: &str, piece: &Piece) {
        if let Some(last) = self.pieces.last_mut()
            && last.kind == piece.kind
            && last.origin == piece.origin
            && match (last.kind, last.place, piece.place) {
                (PieceKind::Verbatim, Some(left), Some(right)) => {
                    left.file == right.file && left.range.end == right.range.start
                }
                (PieceKind::Derived | PieceKind::Unknown, left, right) => left == right,
                _ => false,
            }
        {
            self.value.push_str(part);
            last.end = u32::try_from(self.value.len()).unwrap_or(u32::MAX);
            if let (PieceKind::Verbatim, Some(left), Some(right)) = (last.kind, last.place.as_mut(), piece.place) {
                left.range.end = right.range.end;
            }
            return;
        }
        self.push(part, piece.place, piece.kind, piece.origin);
    }

    /// Appends another text.
    pub fn append(&mut self, other: &Self) {
        for (range, piece) in other.pieces() {
            self.push(other.value.get(range).unwrap_or_default(), piece.place, piece.kind, piece.origin);
        }
    }

    /// Appends the part `range` of another text.
    pub fn append_slice(&mut self, other: &Self, range: Range<usize>) {
        if let Some((part, piece)) = other.cut_single(&range) {
            return self.push(part, piece.place, piece.kind, piece.origin);
        }
        for (part, piece) in other.cut(range) {
            self.push(part, piece.place, piece.kind, piece.origin);
        }
    }

    /// The part `range` of the string with its sources; what lies outside is left out.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let mut part = Self::default();
        part.append_slice(self, range);
        part
    }

    /// The pieces of the part `range`, each with what it gives of it.
    pub(crate) fn cut(&self, range: Range<usize>) -> impl Iterator<Item = (&str, Piece)> {
        // A text may have as many pieces as bytes, and be cut at each: only those in the range are looked at.
        let first = self.pieces.partition_point(|piece| (piece.end as usize) < range.start);
        let mut end = first.checked_sub(1).and_then(|before| self.pieces.get(before)).map_or(0, |before| before.end);
        let within = self.pieces.get(first..).unwrap_or_default().iter().map_while(move |piece| {
            let at = end as usize..piece.end as usize;
            end = piece.end;
            (at.start <= range.end).then(|| (at.start.max(range.start)..at.end.min(range.end), at, piece))
        });
        // An empty piece belongs to both of its neighbours.
        let kept = within.filter(|(part, at, _)| part.start < part.end || (part.start == part.end && at.is_empty()));
        kept.map(|(part, at, piece)| {
            let within = part.start - at.start..part.end - at.start;
            (self.value.get(part).unwrap_or_default(), piece.cut(within))
        })
    }

    /// The same where the text has one piece, and the part something in it: mostly it is so.
    fn cut_single(&self, range: &Range<usize>) -> Option<(&str, Piece)> {
        let [piece] = self.pieces.as_slice() else { return None };
        let part = self.value.get(range.clone()).filter(|part| !part.is_empty())?;
        Some((part, piece.cut(range.clone())))
    }

    /// The same text after one more step of its way: `step` gives each piece's new way for its old one.
    pub fn travel(&mut self, mut step: impl FnMut(OriginId) -> OriginId) {
        for piece in &mut self.pieces {
            piece.origin = step(piece.origin);
        }
    }

    /// Appends another text after one more step of its way.
    pub(crate) fn append_after(&mut self, other: &Self, mut step: impl FnMut(OriginId) -> OriginId) {
        for (range, piece) in other.pieces() {
            self.push(other.value.get(range).unwrap_or_default(), piece.place, piece.kind, step(piece.origin));
        }
    }

    /// The variables in it that nothing sets: where each is used.
    pub fn unset(&self) -> impl Iterator<Item = Span> {
        let unset = self.pieces.iter().filter(|piece| matches!(piece.kind, PieceKind::Unset | PieceKind::Required));
        unset.filter_map(|piece| piece.place)
    }

    /// Whether a part of it depends on a variable whose value only the machine knows.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.pieces.iter().any(|piece| piece.kind == PieceKind::Unknown)
    }

    /// The one stretch of one file that says the whole text, and the way it took; nothing where several do, or none.
    ///
    /// Pieces that stand side by side in one file and took the same way count as one stretch.
    #[must_use]
    pub fn source(&self) -> Option<(Span, OriginId)> {
        joined(self.pieces().filter(|(range, _)| !range.is_empty()).map(|(_, piece)| *piece))
    }

    /// The same for the part `range`.
    pub(crate) fn source_of(&self, range: Range<usize>) -> Option<(Span, OriginId)> {
        if let Some((_, piece)) = self.cut_single(&range) {
            return Some((piece.place?, piece.origin));
        }
        joined(self.cut(range).filter(|(part, _)| !part.is_empty()).map(|(_, piece)| piece))
    }
}

impl Piece {
    /// The part of the piece that `range` of its string is.
    fn cut(mut self, range: Range<usize>) -> Self {
        if self.kind == PieceKind::Verbatim {
            let offset = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
            self.place = self.place.map(|place| place.slice(offset(range.start), offset(range.end)));
        }
        self
    }
}

/// The one stretch that pieces with text make.
fn joined(mut pieces: impl Iterator<Item = Piece>) -> Option<(Span, OriginId)> {
    let first = pieces.next()?;
    let mut span = first.place?;
    for piece in pieces {
        let place = piece.place?;
        // Escapes and folded breaks may leave a quote or an indent between two pieces, never another value.
        let follows = place.file == span.file && place.range.start >= span.range.end;
        if !follows || piece.origin != first.origin {
            return None;
        }
        span.range = TextRange::new(span.range.start, place.range.end);
    }
    Some((span, first.origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: u32, end: u32) -> Span {
        Span { file: FileId(0), range: TextRange::new(start, end) }
    }

    #[test]
    fn a_slice_keeps_the_source_of_every_character() {
        let mut text = Text::default();
        text.push("ab", Some(span(10, 12)), PieceKind::Verbatim, OriginId::WRITTEN);
        text.push("\n", Some(span(12, 14)), PieceKind::Derived, OriginId::WRITTEN);
        text.push("cd", Some(span(14, 16)), PieceKind::Verbatim, OriginId::WRITTEN);
        let part = text.slice(1..4);
        assert_eq!(part.as_str(), "b\nc");
        let places: Vec<_> = part.pieces().map(|(_, piece)| piece.place.unwrap().range.to_usize()).collect();
        assert_eq!(places, [11..12, 12..14, 14..15]);
        assert_eq!(part.source().unwrap().0.range.to_usize(), 11..15);
        assert_eq!(text.slice(9..12).as_str(), "");
    }

    #[test]
    fn a_text_of_two_files_has_no_single_source() {
        let mut text = Text::default();
        text.push("a", Some(span(0, 1)), PieceKind::Verbatim, OriginId::WRITTEN);
        text.push(
            "b",
            Some(Span { file: FileId(1), range: TextRange::new(5, 6) }),
            PieceKind::Verbatim,
            OriginId::WRITTEN,
        );
        assert_eq!(text.source(), None);
    }
}
