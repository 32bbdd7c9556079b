//! Edits put into a text, and no other byte of it touched.

use std::ops::Range;
use std::sync::Arc;

use crate::finding::Edit;

/// A text with edits in it: what of it was kept, and what was put in. Further edits go into the edited text, and what was
/// kept is known for all of them together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spliced {
    before: Arc<[u8]>,
    pieces: Vec<Piece>,
}

/// A stretch of an edited text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// These bytes of the text as it was.
    Kept(Range<usize>),
    /// What an edit brought.
    Put(Vec<u8>),
}

/// Edits that cannot all go into one text: two of them change the same characters, or one lies outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the edits overlap or lie outside of the text")]
pub struct SpliceError;

impl Piece {
    /// How many bytes it has.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Kept(range) => range.len(),
            Self::Put(bytes) => bytes.len(),
        }
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The part of it from `start` to `end`.
    fn part(&self, start: usize, end: usize) -> Self {
        match self {
            Self::Kept(range) => Self::Kept(range.start + start..range.start + end),
            Self::Put(bytes) => Self::Put(bytes.get(start..end).unwrap_or_default().to_vec()),
        }
    }
}

impl Spliced {
    /// A text without edits.
    #[must_use]
    pub fn new(before: impl Into<Arc<[u8]>>) -> Self {
        let before = before.into();
        let mut spliced = Self { pieces: Vec::new(), before: Arc::clone(&before) };
        spliced.push(Piece::Kept(0..before.len()));
        spliced
    }

    /// The text as it was.
    #[must_use]
    pub fn before(&self) -> &Arc<[u8]> {
        &self.before
    }

    /// The edited text, in pieces.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The edited text.
    #[must_use]
    pub fn after(&self) -> Vec<u8> {
        let mut after = Vec::with_capacity(self.pieces.iter().map(Piece::len).sum());
        for piece in &self.pieces {
            after.extend_from_slice(match piece {
                Piece::Kept(range) => self.before.get(range.clone()).unwrap_or_default(),
                Piece::Put(bytes) => bytes,
            });
        }
        after
    }

    /// Puts edits, in any order, into the edited text; of equal ones one. Insertions come before what is replaced at the
    /// same place. The file that edits name is not looked at.
    ///
    /// # Errors
    /// If the edits do not go together; the text is then as it was.
    pub fn edit<'e>(&mut self, edits: impl IntoIterator<Item = &'e Edit>) -> Result<(), SpliceError> {
        let mut edits: Vec<&Edit> = edits.into_iter().collect();
        edits.sort_by_key(|edit| (edit.place.range.start, edit.place.range.end));
        edits.dedup_by(|one, other| one.place.range == other.place.range && one.replacement == other.replacement);
        let mut edited = Self { before: Arc::clone(&self.before), pieces: Vec::with_capacity(self.pieces.len()) };
        let mut rest = Rest { pieces: &self.pieces, at: 0, offset: 0 };
        for edit in edits {
            let range = edit.place.range.to_usize();
            rest.take_to(range.start, |piece| edited.push(piece))?;
            rest.take_to(range.end, drop)?;
            edited.push(Piece::Put(edit.replacement.clone().into_bytes()));
        }
        // It ends where the text does.
        let _ = rest.take_to(usize::MAX, |piece| edited.push(piece));
        *self = edited;
        Ok(())
    }

    fn push(&mut self, piece: Piece) {
        match (self.pieces.last_mut(), piece) {
            (_, piece) if piece.is_empty() => {}
            (Some(Piece::Kept(last)), Piece::Kept(next)) if last.end == next.start => last.end = next.end,
            (Some(Piece::Put(last)), Piece::Put(next)) => last.extend(next),
            (_, piece) => self.pieces.push(piece),
        }
    }
}

/// What of the pieces of a text is still to come.
struct Rest<'p> {
    pieces: &'p [Piece],
    /// How much of the first of them is gone.
    at: usize,
    /// Where in the text that is.
    offset: usize,
}

impl Rest<'_> {
    /// Hands on what comes before an offset of the text.
    fn take_to(&mut self, end: usize, mut to: impl FnMut(Piece)) -> Result<(), SpliceError> {
        let mut wanted = end.checked_sub(self.offset).ok_or(SpliceError)?;
        while wanted > 0 {
            let (first, others) = self.pieces.split_first().ok_or(SpliceError)?;
            let taken = wanted.min(first.len() - self.at);
            to(first.part(self.at, self.at + taken));
            self.at += taken;
            self.offset += taken;
            wanted -= taken;
            if self.at == first.len() {
                (self.pieces, self.at) = (others, 0);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use stacklint_parsers::TextRange;

    use super::*;
    use crate::origin::{FileId, Span};

    fn edit(range: Range<usize>, text: &str) -> Edit {
        Edit { place: Span { file: FileId::NONE, range: TextRange::from_usize(range) }, replacement: text.to_owned() }
    }

    fn after(text: &str, edits: &[Edit]) -> Result<String, SpliceError> {
        let mut spliced = Spliced::new(text.as_bytes());
        spliced.edit(edits)?;
        Ok(String::from_utf8(spliced.after()).unwrap())
    }

    #[test]
    fn edits_go_in_whatever_their_order() {
        let edits = [edit(4..7, "X"), edit(0..0, ">"), edit(7..7, "<"), edit(0..0, ">"), edit(1..3, "")];
        assert_eq!(after("abcdefg", &edits), Ok(">adX<".to_owned()));
        assert_eq!(after("", &[edit(0..0, "a"), edit(0..0, "a")]), Ok("a".to_owned()));
        assert_eq!(after("ab", &[]), Ok("ab".to_owned()));
    }

    #[test]
    fn what_does_not_go_together_changes_nothing() {
        for edits in
            [[edit(0..3, ""), edit(2..4, "")], [edit(0..3, ""), edit(2..2, "x")], [edit(0..1, ""), edit(6..9, "")]]
        {
            let mut spliced = Spliced::new("abcdefg".as_bytes());
            assert_eq!(spliced.edit(&edits), Err(SpliceError), "{edits:?}");
            assert_eq!(spliced, Spliced::new("abcdefg".as_bytes()));
        }
    }

    #[test]
    fn what_was_kept_is_known_over_several_rounds() {
        let mut spliced = Spliced::new("one: 1\r\ntwo: 2\r\n".as_bytes());
        spliced.edit(&[edit(5..6, "eins")]).unwrap();
        spliced.edit(&[edit(16..17, ""), edit(7..8, "x")]).unwrap();
        assert_eq!(String::from_utf8(spliced.after()).unwrap(), "one: eixs\r\ntwo: \r\n");
        let pieces = [Piece::Kept(0..5), Piece::Put(b"eixs".to_vec()), Piece::Kept(6..13), Piece::Kept(14..16)];
        assert_eq!(spliced.pieces(), pieces);
        spliced.edit(&[edit(0..0, ""), edit(5..9, "")]).unwrap();
        assert_eq!(spliced.pieces(), [Piece::Kept(0..5), Piece::Kept(6..13), Piece::Kept(14..16)]);
    }

    /// Any bytes, and edits whose places are drawn as gaps and lengths, so that they never overlap.
    fn bytes_and_edits() -> impl Strategy<Value = (Vec<u8>, Vec<Edit>)> {
        let cuts = proptest::collection::vec((1_usize..8, 0_usize..6, ".{0,5}"), 0..12);
        (proptest::collection::vec(any::<u8>(), 0..120), cuts).prop_map(|(bytes, cuts)| {
            let mut at = 0;
            let mut edits = Vec::new();
            for (gap, length, text) in cuts {
                let start = at + gap;
                at = start + length;
                if at <= bytes.len() {
                    edits.push(edit(start..at, &text));
                }
            }
            (bytes, edits)
        })
    }

    proptest! {
        #[test]
        fn every_other_byte_stays((bytes, edits) in bytes_and_edits(), seed in any::<prop::sample::Index>()) {
            let mut shuffled = edits.clone();
            if !shuffled.is_empty() {
                let middle = seed.index(shuffled.len());
                shuffled.rotate_left(middle);
            }
            let mut spliced = Spliced::new(bytes.as_slice());
            spliced.edit(&shuffled).unwrap();
            let mut expected = Vec::new();
            let mut kept = Vec::new();
            let mut at = 0;
            for edit in &edits {
                let range = edit.place.range.to_usize();
                expected.extend_from_slice(&bytes[at..range.start]);
                kept.extend_from_slice(&bytes[at..range.start]);
                expected.extend_from_slice(edit.replacement.as_bytes());
                at = range.end;
            }
            expected.extend_from_slice(&bytes[at..]);
            kept.extend_from_slice(&bytes[at..]);
            prop_assert_eq!(spliced.after(), expected);
            let pieces = spliced.pieces().iter().filter_map(|piece| match piece {
                Piece::Kept(range) => Some(&bytes[range.clone()]),
                Piece::Put(_) => None,
            });
            prop_assert_eq!(pieces.collect::<Vec<_>>().concat(), kept);
            // One by one from behind is the same as all at once.
            let mut stepwise = Spliced::new(bytes.as_slice());
            for edit in edits.iter().rev() {
                stepwise.edit([edit]).unwrap();
            }
            prop_assert_eq!(stepwise.after(), spliced.after());
        }
    }
}
