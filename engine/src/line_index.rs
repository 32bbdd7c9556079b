//! Lines and columns, computed only at the edge: one index for every unit a reader may count in.

/// Where the lines of a text start. A line ends with `\n`, `\r\n` or a lone `\r`, as in YAML and in the language server
/// protocol.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

/// A line and a column, both counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 0.
    pub line: u32,
    /// The column, from 0, in the unit that was asked for.
    pub column: u32,
}

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnUnit {
    /// Bytes of UTF-8 (rdjson, editors that negotiate it).
    Utf8,
    /// UTF-16 code units (SARIF, editors by default).
    Utf16,
    /// Unicode code points (text, JSON, annotations).
    CodePoint,
}

impl LineIndex {
    /// The lines of `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            let opens_crlf = bytes.get(at) == Some(&b'\r') && bytes.get(at + 1) == Some(&b'\n');
            if !opens_crlf {
                starts.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
            }
        }
        Self { starts }
    }

    /// How many lines there are; a text that ends with a line break has an empty last line.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Never: even an empty text has one line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The line that holds the byte `offset`, from 0.
    #[must_use]
    pub fn line(&self, offset: u32) -> u32 {
        let line = self.starts.partition_point(|&start| start <= offset).saturating_sub(1);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// The offset of the first byte of `line`; the length of the text for the line behind the last.
    #[must_use]
    pub fn start(&self, line: u32) -> Option<u32> {
        self.starts.get(line as usize).copied()
    }

    /// The position of the byte `offset` of `text`, which must be the text of this index.
    #[must_use]
    pub fn position(&self, text: &str, offset: u32, unit: ColumnUnit) -> Position {
        let offset = floor_char_boundary(text, offset as usize);
        let line = self.line(u32::try_from(offset).unwrap_or(u32::MAX));
        let start = self.start(line).unwrap_or_default() as usize;
        let before = text.get(start..offset).unwrap_or_default();
        let column = match unit {
            ColumnUnit::Utf8 => before.len(),
            ColumnUnit::Utf16 => before.chars().map(char::len_utf16).sum(),
            ColumnUnit::CodePoint => before.chars().count(),
        };
        Position { line, column: u32::try_from(column).unwrap_or(u32::MAX) }
    }

    /// The byte at a position; the end of the line where the column lies behind it, the end of the text where the line
    /// does.
    #[must_use]
    pub fn offset(&self, text: &str, position: Position, unit: ColumnUnit) -> u32 {
        let Some(start) = self.start(position.line) else {
            return u32::try_from(text.len()).unwrap_or(u32::MAX);
        };
        let end = self.start(position.line.saturating_add(1)).map_or(text.len(), |end| end as usize);
        let line = text.get(start as usize..end).unwrap_or_default().trim_end_matches(['\r', '\n']);
        let mut left = position.column as usize;
        let mut offset = start;
        for character in line.chars() {
            let width = match unit {
                ColumnUnit::Utf8 => character.len_utf8(),
                ColumnUnit::Utf16 => character.len_utf16(),
                ColumnUnit::CodePoint => 1,
            };
            if left < width {
                break;
            }
            left -= width;
            offset += u32::try_from(character.len_utf8()).unwrap_or_default();
        }
        offset
    }
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_in_every_unit() {
        let text = "a\r\n\u{1F600}\u{e9}x\rlast";
        let index = LineIndex::new(text);
        assert_eq!(index.len(), 3);
        let x = u32::try_from(text.find('x').unwrap()).unwrap();
        let at = |unit| index.position(text, x, unit);
        assert_eq!(at(ColumnUnit::Utf8), Position { line: 1, column: 6 });
        assert_eq!(at(ColumnUnit::Utf16), Position { line: 1, column: 3 });
        assert_eq!(at(ColumnUnit::CodePoint), Position { line: 1, column: 2 });
        for unit in [ColumnUnit::Utf8, ColumnUnit::Utf16, ColumnUnit::CodePoint] {
            assert_eq!(index.offset(text, at(unit), unit), x);
        }
        assert_eq!(index.position(text, x + 2, ColumnUnit::Utf8), Position { line: 2, column: 0 });
    }

    #[test]
    fn clamps_what_lies_outside() {
        let text = "ab\ncd";
        let index = LineIndex::new(text);
        assert_eq!(index.offset(text, Position { line: 0, column: 99 }, ColumnUnit::CodePoint), 2);
        assert_eq!(index.offset(text, Position { line: 9, column: 0 }, ColumnUnit::CodePoint), 5);
        assert_eq!(index.position(text, 99, ColumnUnit::CodePoint), Position { line: 1, column: 2 });
    }
}
