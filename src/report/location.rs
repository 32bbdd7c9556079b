//! Places as a reader counts them: path, line and column.

use std::cell::RefCell;

use serde::Serialize;
use stacklint_engine::line_index::ColumnUnit;
use stacklint_engine::map::HashMap;
use stacklint_engine::origin::{FileId, Span};
use stacklint_engine::source::{SourceFile, Sources};
use stacklint_parsers::TextRange;

/// A place in a file. The end is exclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Location {
    /// The file, relative to the root, with `/`.
    pub(crate) path: String,
    /// Its first character.
    pub(crate) start: Position,
    /// The character behind its last one.
    pub(crate) end: Position,
}

/// A character in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Position {
    /// The line, from 1.
    pub(crate) line: u32,
    /// The column, from 1, in code points unless the locator counts in another unit.
    pub(crate) column: u32,
    /// The byte, from 0.
    pub(crate) offset: u32,
}

/// Finds out where spans are.
#[derive(Debug)]
pub(crate) struct Locator<'a> {
    sources: &'a Sources,
    /// What columns count.
    unit: ColumnUnit,
    /// The last position asked for in each file. Findings come in the order of the file, so counting goes on from there:
    /// all columns of a line of megabytes cost one pass over it.
    last: RefCell<HashMap<FileId, Position>>,
}

impl<'a> Locator<'a> {
    /// For the files of one run.
    pub(crate) fn new(sources: &'a Sources) -> Self {
        Self::counting(sources, ColumnUnit::CodePoint)
    }

    /// The same, but columns count in another unit.
    pub(crate) fn counting(sources: &'a Sources, unit: ColumnUnit) -> Self {
        Self { sources, unit, last: RefCell::default() }
    }

    /// Where a span is; nowhere if its file is not one of this run.
    pub(crate) fn locate(&self, span: Span) -> Option<Location> {
        let file = self.sources.file(span.file)?;
        let (start, end) = self.ends(&file, span.range);
        Some(Location { path: file.name.clone(), start, end })
    }

    /// Where the ends of a range of a file are.
    pub(crate) fn ends(&self, file: &SourceFile, range: TextRange) -> (Position, Position) {
        let start = self.position(file, range.start);
        let end = self.position(file, range.end);
        // An end is no good place to go on from: the next span often starts before it.
        self.last.borrow_mut().insert(file.id, start);
        (start, end)
    }

    fn position(&self, file: &SourceFile, offset: u32) -> Position {
        let offset = offset.min(u32::try_from(file.text.len()).unwrap_or(u32::MAX));
        let line = file.lines().line(offset).saturating_add(1);
        let mut last = self.last.borrow_mut();
        let near = last.get(&file.id).filter(|last| last.line == line && last.offset <= offset);
        let column = near.and_then(|last| {
            let between = file.text.get(last.offset as usize..offset as usize)?;
            let width = match self.unit {
                ColumnUnit::Utf8 => between.len(),
                ColumnUnit::Utf16 => between.chars().map(char::len_utf16).sum(),
                ColumnUnit::CodePoint => between.chars().count(),
            };
            Some(last.column.saturating_add(u32::try_from(width).ok()?))
        });
        let column =
            column.unwrap_or_else(|| file.lines().position(&file.text, offset, self.unit).column.saturating_add(1));
        let position = Position { line, column, offset };
        last.insert(file.id, position);
        position
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_support::{sources, span_of};

    #[test]
    fn counts_lines_from_one_and_columns_in_code_points() {
        let (sources, files) = sources(&[("a/b.yaml", "x: 1\r\n\u{1f600}\u{e9}: two\rthree: 3\n")]);
        let locator = Locator::new(&sources);
        let two = locator.locate(span_of(&files[0], "two")).unwrap();
        assert_eq!(two.path, "a/b.yaml");
        assert_eq!((two.start.line, two.start.column), (2, 5));
        assert_eq!((two.end.line, two.end.column), (2, 8));
        assert_eq!(two.end.offset - two.start.offset, 3);
        let three = locator.locate(span_of(&files[0], "three")).unwrap();
        assert_eq!((three.start.line, three.start.column), (3, 1));
        // Backwards, so that nothing can be counted on.
        assert_eq!(locator.locate(span_of(&files[0], "two")).unwrap(), two);
    }
}
