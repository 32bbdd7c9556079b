//! Physical lines to logical lines: what a backslash at the end of a line joins, and where each part of it stands.

use std::borrow::Cow;

use crate::range::TextRange;

/// Whether a line may go on in the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continuation {
    /// It may not: PostgreSQL 12 and 13.
    None,
    /// It does where its last byte is a backslash, in comments and quotes too: from PostgreSQL 14 on.
    Backslash,
}

/// A logical line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogicalLine<'a> {
    /// The first of its physical lines, from 1.
    pub number: u32,
    /// All its physical lines, without the last line break.
    pub range: TextRange,
    /// Its text, without the backslashes and line breaks that joined it.
    pub text: Cow<'a, str>,
    /// Where each part of the text starts, in the text and in the file. The first is at 0; there are more than one only
    /// where lines were joined.
    parts: Vec<(usize, usize)>,
}

impl LogicalLine<'_> {
    /// Where a stretch of the text stands in the file. A stretch that was joined covers what joined it.
    #[must_use]
    pub fn place(&self, start: usize, end: usize) -> TextRange {
        let from = self.offset(start);
        // The end of one part is not the start of the next: it is behind its last byte.
        let to = if end > start { self.offset(end - 1) + 1 } else { from };
        TextRange::from_usize(from..to)
    }

    /// The pieces of a stretch that stand in the file as they are: each where it starts and ends in the text.
    pub fn pieces(&self, start: usize, end: usize) -> impl Iterator<Item = (usize, usize)> {
        let first = self.parts.partition_point(|(at, _)| *at <= start);
        let cuts = self.parts.iter().skip(first).map(|(at, _)| *at).take_while(move |at| *at < end);
        let mut from = start;
        cuts.chain(std::iter::once(end)).map(move |cut| (std::mem::replace(&mut from, cut), cut)).filter(|(a, b)| a < b)
    }

    fn offset(&self, at: usize) -> usize {
        let part = self.parts.partition_point(|(start, _)| *start <= at).saturating_sub(1);
        self.parts.get(part).map_or(at, |(start, place)| place + (at - start))
    }
}

/// The logical lines of a text, empty ones too.
///
/// A zero byte ends what is seen of its physical line; from 14 on its line break is then not seen either, so that the next
/// line is a part of the same one (`pg_get_line_append` and `pg_strip_crlf` of src/common/pg_get_line.c and string.c).
pub fn logical_lines(text: &str, continuation: Continuation) -> impl Iterator<Item = LogicalLine<'_>> {
    let mut physical = Physical { text, at: 0, number: 0 };
    std::iter::from_fn(move || {
        let first = physical.next()?;
        let number = physical.number;
        let mut range = first.range();
        let mut joined = Joined { text: Cow::Borrowed(first.seen), parts: vec![(0, first.start)] };
        let mut last = first;
        if continuation == Continuation::Backslash {
            // A backslash counts once: `\\` and an empty line behind it are no second continuation.
            let mut last_backslash = 0;
            loop {
                if !last.cut {
                    joined.trim_line_end();
                    if joined.text.len() <= last_backslash || !joined.text.ends_with('\\') {
                        break;
                    }
                    joined.truncate(joined.text.len() - 1);
                    last_backslash = joined.text.len();
                }
                let Some(next) = physical.next() else { break };
                joined.append(next.start, next.seen);
                range = range.cover(next.range());
                last = next;
            }
        } else {
            joined.trim_line_end();
        }
        Some(LogicalLine { number, range, text: joined.text, parts: joined.parts })
    })
}

/// A physical line.
struct PhysicalLine<'a> {
    start: usize,
    /// Up to its line break or, before that, a zero byte.
    seen: &'a str,
    /// All of it, without its line break.
    length: usize,
    /// A zero byte hides its end.
    cut: bool,
}

impl PhysicalLine<'_> {
    fn range(&self) -> TextRange {
        TextRange::from_usize(self.start..self.start + self.length)
    }
}

struct Physical<'a> {
    text: &'a str,
    at: usize,
    number: u32,
}

impl<'a> Iterator for Physical<'a> {
    type Item = PhysicalLine<'a>;

    fn next(&mut self) -> Option<PhysicalLine<'a>> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = rest.find('\n').unwrap_or(rest.len());
        let whole = rest.get(..length).unwrap_or_default();
        let start = self.at;
        self.at += length + 1;
        self.number = self.number.saturating_add(1);
        let seen = whole.split('\0').next().unwrap_or_default();
        let without_break = whole.strip_suffix('\r').unwrap_or(whole).len();
        Some(PhysicalLine { start, seen, length: without_break, cut: seen.len() < whole.len() })
    }
}

struct Joined<'a> {
    text: Cow<'a, str>,
    parts: Vec<(usize, usize)>,
}

impl<'a> Joined<'a> {
    /// Takes carriage returns off the end: the server does so to all that it has joined so far.
    fn trim_line_end(&mut self) {
        let length = self.text.trim_end_matches('\r').len();
        if length < self.text.len() {
            self.truncate(length);
        }
    }

    fn truncate(&mut self, length: usize) {
        match &mut self.text {
            Cow::Borrowed(text) => *text = text.get(..length).unwrap_or_default(),
            Cow::Owned(text) => text.truncate(length),
        }
    }

    fn append(&mut self, start: usize, part: &'a str) {
        let length = self.text.len();
        // A part of which nothing is left is none.
        while self.parts.last().is_some_and(|(at, _)| *at >= length) {
            self.parts.pop();
        }
        self.parts.push((length, start));
        self.text.to_mut().push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str) -> Vec<(u32, String)> {
        logical_lines(text, Continuation::Backslash).map(|line| (line.number, line.text.into_owned())).collect()
    }

    #[test]
    fn a_last_backslash_joins() {
        assert_eq!(joined("a \\\nb\nc"), [(1, "a b".into()), (3, "c".into())]);
        assert_eq!(joined("# a\\\r\nb\\ \nc\\"), [(1, "# ab\\ ".into()), (3, "c".into())]);
        assert_eq!(joined("\\\n\\\n\\\na"), [(1, "a".into())]);
        assert_eq!(joined("a\\\\\n\nb"), [(1, "a\\".into()), (3, "b".into())]);
        assert_eq!(joined("a\\\\\n\\\nb"), [(1, "a\\b".into())]);
        assert_eq!(joined("a\0x\\\nb\nc"), [(1, "ab".into()), (3, "c".into())]);
        let plain: Vec<_> = logical_lines("a\\\nb\0c\nd", Continuation::None).map(|line| line.text).collect();
        assert_eq!(plain, ["a\\", "b", "d"]);
    }

    #[test]
    fn every_stretch_knows_its_place() {
        let text = "ab\\\n\\\ncd \\\r\nef";
        let line = logical_lines(text, Continuation::Backslash).next().unwrap();
        assert_eq!(line.text, "abcd ef");
        assert_eq!(line.range.to_usize(), 0..text.len());
        assert_eq!(line.place(0, 2).of(text), "ab");
        assert_eq!(line.place(2, 4).of(text), "cd");
        assert_eq!(line.place(1, 3).of(text), "b\\\n\\\nc");
        assert_eq!(line.place(5, 7).of(text), "ef");
        assert_eq!(line.pieces(1, 4).collect::<Vec<_>>(), [(1, 2), (2, 4)]);
        assert_eq!(line.pieces(0, 7).collect::<Vec<_>>(), [(0, 2), (2, 5), (5, 7)]);
    }
}
