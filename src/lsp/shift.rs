//! Where the characters of a text are in a later one: what is known of a file moves with the edits that came since.

use std::ops::Range;

use similar::{Algorithm, DiffOp};
use stacklint_parsers::TextRange;

/// Beyond so many lines that differ nobody wants to wait for the best way to match them.
const LINES_COMPARED: usize = 5_000;

/// How one text became another: the stretches that are in both, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shift {
    kept: Vec<Kept>,
}

/// A stretch that is in both texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kept {
    before: u32,
    after: u32,
    len: u32,
}

impl Shift {
    /// How `before` became `after`.
    pub(crate) fn between(before: &str, after: &str) -> Self {
        let mut shift = Self { kept: Vec::new() };
        let head = common_prefix(before, after);
        let (left, right) = (before.get(head..).unwrap_or_default(), after.get(head..).unwrap_or_default());
        let tail = common_suffix(left, right);
        shift.keep(0, 0, head);
        let middle = |text: &'_ str| text.len() - tail;
        let (left, right) =
            (left.get(..middle(left)).unwrap_or_default(), right.get(..middle(right)).unwrap_or_default());
        shift.match_lines(head, left, head, right);
        shift.keep(before.len() - tail, after.len() - tail, tail);
        shift
    }

    /// Where a range is now; nowhere if nothing of it is left.
    pub(crate) fn of(&self, range: TextRange) -> Option<TextRange> {
        if range.is_empty() {
            // A place between characters stays where the one before it is, or the one behind.
            return self.point(range.start).map(TextRange::empty);
        }
        let first = self.kept.partition_point(|kept| kept.before + kept.len <= range.start);
        let mut found: Option<TextRange> = None;
        for kept in self.kept.iter().skip(first).take_while(|kept| kept.before < range.end) {
            let from = kept.before.max(range.start) - kept.before + kept.after;
            let to = (kept.before + kept.len).min(range.end) - kept.before + kept.after;
            let part = TextRange { start: from, end: to };
            found = Some(found.map_or(part, |found| found.cover(part)));
        }
        found
    }

    fn point(&self, offset: u32) -> Option<u32> {
        let at = self.kept.iter().find(|kept| kept.before <= offset && offset <= kept.before + kept.len)?;
        Some(offset - at.before + at.after)
    }

    fn keep(&mut self, before: usize, after: usize, len: usize) {
        let narrow = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        if len > 0 {
            self.kept.push(Kept { before: narrow(before), after: narrow(after), len: narrow(len) });
        }
    }

    /// Matches what is between what both texts start and end with, by lines, and lines that changed by their ends.
    fn match_lines(&mut self, before_at: usize, before: &str, after_at: usize, after: &str) {
        let (left, right) = (lines(before), lines(after));
        if left.len().max(right.len()) > LINES_COMPARED || left.is_empty() || right.is_empty() {
            return;
        }
        let text = |all: &[Range<usize>], text: &str| {
            all.iter().map(|line| text.get(line.clone()).unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        let ops = similar::capture_diff_slices(Algorithm::Myers, &text(&left, before), &text(&right, after));
        for op in ops {
            let (old_at, new_at, lines) = match op {
                DiffOp::Equal { old_index, new_index, len } => (old_index, new_index, len),
                DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                    (old_index, new_index, old_len.min(new_len))
                }
                DiffOp::Delete { .. } | DiffOp::Insert { .. } => continue,
            };
            for line in 0..lines {
                let Some((old, new)) = left.get(old_at + line).zip(right.get(new_at + line)) else { continue };
                let (one, other) =
                    (before.get(old.clone()).unwrap_or_default(), after.get(new.clone()).unwrap_or_default());
                let head = common_prefix(one, other);
                let tail = common_suffix(one.get(head..).unwrap_or_default(), other.get(head..).unwrap_or_default());
                self.keep(before_at + old.start, after_at + new.start, head);
                self.keep(before_at + old.end - tail, after_at + new.end - tail, tail);
            }
        }
    }
}

fn lines(text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n') {
        // The last one may have no end of its own here, which makes it no other line.
        lines.push(at..at + line.trim_end_matches(['\r', '\n']).len());
        at += line.len();
    }
    lines
}

/// How many bytes two texts start with alike, whole characters only.
fn common_prefix(one: &str, other: &str) -> usize {
    let mut same = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    while !one.is_char_boundary(same) {
        same -= 1;
    }
    same
}

/// How many bytes two texts end with alike, whole characters only.
fn common_suffix(one: &str, other: &str) -> usize {
    let mut same = one.bytes().rev().zip(other.bytes().rev()).take_while(|(one, other)| one == other).count();
    while !one.is_char_boundary(one.len() - same) {
        same -= 1;
    }
    same
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(before: &str, after: &str, what: &str) -> Option<String> {
        let at = before.find(what).unwrap();
        let range = TextRange::from_usize(at..at + what.len());
        Shift::between(before, after).of(range).map(|range| range.of(after).to_owned())
    }

    #[test]
    fn what_is_before_and_behind_an_edit_moves_with_it() {
        let (before, after) = ("a: 1\nb: 2\nc: 3\n", "a: 1\nnew\u{1F600}: [\nb: 2\nc: 3\n");
        for what in ["a: 1", "b: 2", "3"] {
            assert_eq!(moved(before, after, what).as_deref(), Some(what));
        }
    }

    #[test]
    fn several_edits_at_once() {
        let before = "one: 1\ntwo: 2\nthree: 3\nfour: 4\n";
        let after = "zero\none: 1\ntwo: 22\nfour: 4\nfive\n";
        assert_eq!(moved(before, after, "one: 1").as_deref(), Some("one: 1"));
        assert_eq!(moved(before, after, "two").as_deref(), Some("two"));
        assert_eq!(moved(before, after, "four: 4").as_deref(), Some("four: 4"));
        assert_eq!(moved(before, after, "three"), None, "it is gone");
    }

    #[test]
    fn a_range_around_an_edit_grows_and_one_that_is_gone_is_nowhere() {
        assert_eq!(moved("key: value", "key: vaXlue", "value").as_deref(), Some("vaXlue"));
        assert_eq!(moved("key: value", "key: ", "value"), None);
        assert_eq!(moved("key: \u{e9}", "key: \u{ea}", "\u{e9}"), None, "half a character is none");
        assert_eq!(Shift::between("ab", "abc").of(TextRange::empty(2)), Some(TextRange::empty(2)));
        assert_eq!(Shift::between("", "").of(TextRange::new(0, 0)), None);
    }

    #[test]
    fn it_always_stays_inside_and_on_characters() {
        let texts = ["", "a", "\u{1F600}\n\u{e9}b\n", "a\nb\nc\n", "b\u{e9}\n\nc", "\r\n\r\n\u{1F600}", "c\nb\na\n"];
        for before in texts {
            for after in texts {
                let shift = Shift::between(before, after);
                for start in 0..=before.len() {
                    for end in start..=before.len() {
                        if let Some(range) = shift.of(TextRange::from_usize(start..end)) {
                            assert!(range.start <= range.end && range.end as usize <= after.len());
                        }
                    }
                }
            }
        }
    }
}
