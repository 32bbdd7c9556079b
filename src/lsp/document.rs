//! The texts of an editor: what is open, in which version, and how edits get into it.

use std::path::PathBuf;
use std::sync::Arc;

use gen_lsp_types::{Position, Range, TextDocumentContentChangeEvent};
use stacklint_engine::line_index::{self, ColumnUnit, LineIndex};
use stacklint_parsers::TextRange;

/// A text that is open in the editor.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// As the client spells it.
    pub(crate) uri: String,
    /// Its file; nothing if it has none, as a text that was never saved.
    pub(crate) path: Option<PathBuf>,
    /// Counted by the client.
    pub(crate) version: i32,
    /// What it says now.
    pub(crate) text: Arc<str>,
    /// What it said when it could last be read.
    pub(crate) good: Option<Arc<str>>,
}

/// Why a change did not go in as it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Odd {
    /// Its end comes before its start.
    Backwards,
    /// It starts or ends behind the text.
    Outside,
}

impl Document {
    /// Puts changes into the text, one after the other. What cannot be meant as it is sent is put where it comes closest.
    pub(crate) fn change(&mut self, changes: Vec<TextDocumentContentChangeEvent>, unit: ColumnUnit) -> Vec<Odd> {
        let mut odd = Vec::new();
        let mut text = self.text.to_string();
        let mut lines = LineIndex::new(&text);
        // The lines before this one are where the index says. Who replaces all there is of a word sends the last place
        // first, so that thousands of changes need one index.
        let mut intact = u32::MAX;
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => {
                    (text, intact) = (whole.text, 0);
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    let Range { start, end } = part.range;
                    if start.line.max(end.line) >= intact {
                        lines = LineIndex::new(&text);
                    }
                    intact = start.line.min(end.line);
                    let last = lines.len();
                    if [start, end].iter().any(|position| position.line as usize > last) {
                        odd.push(Odd::Outside);
                    }
                    let range = Lines { text: &text, lines: &lines, unit }.bytes(part.range);
                    let range = if range.start <= range.end {
                        range
                    } else {
                        odd.push(Odd::Backwards);
                        TextRange::new(range.end, range.start)
                    };
                    text.replace_range(range.to_usize(), &part.text);
                }
            }
        }
        self.text = text.into();
        odd
    }
}

/// A text, by its lines as the client counts them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines<'a> {
    pub(crate) text: &'a str,
    pub(crate) lines: &'a LineIndex,
    pub(crate) unit: ColumnUnit,
}

impl Lines<'_> {
    /// Where a byte is.
    pub(crate) fn position(&self, offset: u32) -> Position {
        let line_index::Position { line, column } = self.lines.position(self.text, offset, self.unit);
        Position { line, character: column }
    }

    /// Where a range is.
    pub(crate) fn range(&self, range: TextRange) -> Range {
        Range { start: self.position(range.start), end: self.position(range.end) }
    }

    /// The byte at a position; the nearest one where there is none.
    pub(crate) fn offset(&self, position: Position) -> u32 {
        let position = line_index::Position { line: position.line, column: position.character };
        self.lines.offset(self.text, position, self.unit)
    }

    /// The bytes of a range, its ends in the order they were given in.
    pub(crate) fn bytes(&self, range: Range) -> TextRange {
        TextRange { start: self.offset(range.start), end: self.offset(range.end) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        Document { uri: String::new(), path: None, version: 1, text: text.into(), good: None }
    }

    fn change(from: (u32, u32), to: (u32, u32), text: &str) -> TextDocumentContentChangeEvent {
        let position = |(line, character)| Position { line, character };
        let range = serde_json::json!({"start": position(from), "end": position(to)});
        serde_json::from_value(serde_json::json!({"range": range, "text": text})).unwrap()
    }

    #[test]
    fn changes_go_in_one_after_the_other() {
        let mut document = document("a\u{1F600}b\r\nc\n");
        let odd = document.change(vec![change((0, 3), (0, 4), "X"), change((1, 0), (1, 1), "")], ColumnUnit::Utf16);
        assert_eq!((&*document.text, odd), ("a\u{1F600}X\r\n\n", Vec::new()));
        document.change(vec![change((0, 1), (0, 5), "")], ColumnUnit::Utf8);
        assert_eq!(&*document.text, "aX\r\n\n");
    }

    #[test]
    fn changes_go_in_from_the_end_as_well() {
        let text = "aa\r\n\u{1F600}aa\n\naa\raa";
        let places = [(4, 1), (4, 0), (3, 1), (3, 0), (1, 3), (1, 2), (0, 1), (0, 0)];
        let changes =
            |with: &str| -> Vec<_> { places.map(|(line, at)| change((line, at), (line, at + 1), with)).into() };
        for (with, expected) in [
            ("bc", "bcbc\r\n\u{1F600}bcbc\n\nbcbc\rbcbc"),
            ("\n", "\n\n\r\n\u{1F600}\n\n\n\n\n\n\r\n\n"),
            ("", "\r\n\u{1F600}\n\n\r"),
        ] {
            let mut document = document(text);
            assert_eq!(document.change(changes(with), ColumnUnit::Utf16), []);
            assert_eq!(&*document.text, expected);
            // One by one it comes to the same.
            let mut other = self::document(text);
            changes(with).into_iter().for_each(|one| drop(other.change(vec![one], ColumnUnit::Utf16)));
            assert_eq!(other.text, document.text);
        }
        // A line that is joined with the one before is another one from there on.
        let mut document = document("ab\ncd\nef");
        document.change(
            vec![change((1, 0), (2, 0), ""), change((0, 2), (1, 0), ""), change((0, 2), (0, 4), "X")],
            ColumnUnit::Utf8,
        );
        assert_eq!(&*document.text, "abX");
    }

    #[test]
    fn what_cannot_be_meant_goes_where_it_comes_closest() {
        let mut document = document("ab\ncd");
        let odd = document.change(vec![change((9, 0), (9, 9), "!")], ColumnUnit::Utf8);
        assert_eq!((&*document.text, odd), ("ab\ncd!", vec![Odd::Outside]));
        let odd = document.change(vec![change((0, 2), (0, 1), "X")], ColumnUnit::Utf8);
        assert_eq!((&*document.text, odd), ("aX\ncd!", vec![Odd::Backwards]));
        document.change(vec![change((0, 0), (0, 0), "\u{1F600}")], ColumnUnit::Utf16);
        document.change(vec![change((0, 1), (0, 1), "x")], ColumnUnit::Utf16);
        assert_eq!(&*document.text, "x\u{1F600}aX\ncd!", "half a character is before it");
    }

    #[test]
    fn a_whole_text_takes_the_place_of_the_old() {
        let mut document = document("old");
        let whole = serde_json::from_value(serde_json::json!({"text": "new"})).unwrap();
        document.change(vec![whole], ColumnUnit::Utf16);
        assert_eq!(&*document.text, "new");
    }
}
