//! The lines of files that a drawing needs, as codespan-reporting wants them: already showable, and never too long.
//!
//! An excerpt holds only the lines with labels and those beside them; codespan-reporting asks for no other. A line
//! longer than [`LINE_LIMIT`] is cut to a window around its first label, with `…` where something is left out: a terminal
//! does not survive a line of a megabyte, and nobody reads it. A label that covers more than [`LABEL_LINES`] lines is
//! drawn on its first one. Line and column of a label are those in the file in any case.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use codespan_reporting::diagnostic::{Label, LabelStyle};
use codespan_reporting::files::{Error, Files};
use stacklint_engine::origin::{FileId, Span};
use stacklint_engine::source::{SourceFile, Sources};

use crate::report::location::Locator;
use crate::report::printable::one_line;
use crate::report::source_text::SourceTexts;

/// How many bytes of a line are shown.
const LINE_LIMIT: usize = 240;

/// How many of them stand before the label where a line is cut.
const BEFORE_LABEL: usize = 60;

/// How many lines a label may cover.
const LABEL_LINES: u32 = 12;

const CUT: &str = "…";

/// A place to draw a label at.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    /// Where.
    pub(crate) place: Span,
    /// What stands beside it.
    pub(crate) message: String,
    /// It is what the drawing is about.
    pub(crate) primary: bool,
}

/// The excerpts of one drawing; an excerpt is known by its index.
#[derive(Debug, Default)]
pub(crate) struct Excerpts {
    files: Vec<Excerpt>,
}

#[derive(Debug)]
struct Excerpt {
    name: String,
    text: String,
    /// By their number in the file, from 0.
    lines: BTreeMap<usize, Line>,
    /// The columns of the starts of labels, by their offset in the excerpt.
    columns: BTreeMap<usize, usize>,
}

/// A line of an excerpt.
#[derive(Debug)]
struct Line {
    /// Where it stands in the excerpt, with its line feed.
    range: Range<usize>,
    /// Which bytes of the file are shown.
    shown: Range<usize>,
    /// Where they start in the excerpt.
    start: usize,
}

/// A mark in the lines of its file.
struct Placed<'m> {
    mark: &'m Mark,
    range: Range<usize>,
    lines: Range<u32>,
}

impl Excerpts {
    /// Cuts the excerpts for some marks out of their files, and gives the labels to draw. A mark in a file that is not of
    /// this run is left out.
    pub(crate) fn cut(
        marks: &[Mark],
        sources: &Sources,
        texts: &SourceTexts<'_>,
        locator: &Locator<'_>,
    ) -> (Self, Vec<Label<usize>>) {
        let mut excerpts = Self::default();
        let mut labels: Vec<(usize, Label<usize>)> = Vec::new();
        let mut order: Vec<FileId> = Vec::new();
        for mark in marks {
            if !order.contains(&mark.place.file) {
                order.push(mark.place.file);
            }
        }
        for id in order {
            let Some(file) = sources.file(id) else { continue };
            let placed: Vec<(usize, Placed<'_>)> = marks
                .iter()
                .enumerate()
                .filter(|(_, mark)| mark.place.file == id)
                .map(|(index, mark)| (index, place(mark, &file)))
                .collect();
            let index = excerpts.files.len();
            let mut excerpt = Excerpt::cut(&file, placed.iter().map(|(_, placed)| placed), texts);
            for (order, placed) in &placed {
                let range = excerpt.offset(placed.lines.start, placed.range.start)
                    ..excerpt.offset(placed.lines.end, placed.range.end);
                let column = locator.locate(placed.mark.place).map_or(1, |location| location.start.column as usize);
                excerpt.columns.insert(range.start, column);
                let style = if placed.mark.primary { LabelStyle::Primary } else { LabelStyle::Secondary };
                labels.push((*order, Label::new(style, index, range).with_message(&placed.mark.message)));
            }
            excerpts.files.push(excerpt);
        }
        labels.sort_by_key(|(order, _)| *order);
        (excerpts, labels.into_iter().map(|(_, label)| label).collect())
    }

    fn get(&self, id: usize) -> Result<&Excerpt, Error> {
        self.files.get(id).ok_or(Error::FileMissing)
    }
}

/// Where a mark is drawn: inside the text, on character boundaries, not behind the end of its last line.
fn place<'m>(mark: &'m Mark, file: &Arc<SourceFile>) -> Placed<'m> {
    let text = &file.text;
    let start = floor_boundary(text, mark.place.range.start as usize);
    let mut end = floor_boundary(text, mark.place.range.end as usize).max(start);
    let line = |offset: usize| file.lines().line(u32::try_from(offset).unwrap_or(u32::MAX));
    let first = line(start);
    let mut last = line(end);
    // What ends behind a line break ends in the line before.
    if last > first && content(file, last).start == end {
        last -= 1;
    }
    if last - first >= LABEL_LINES {
        last = first;
    }
    end = end.min(content(file, last).end).max(start);
    Placed { mark, range: start..end, lines: first..last }
}

/// The bytes of a line without its line break.
fn content(file: &SourceFile, line: u32) -> Range<usize> {
    let start = file.lines().start(line).map_or(file.text.len(), |start| start as usize);
    let end = file.lines().start(line.saturating_add(1)).map_or(file.text.len(), |end| end as usize);
    let content = file.text.get(start..end).unwrap_or_default();
    let content = content.strip_suffix('\n').unwrap_or(content);
    start..start + content.strip_suffix('\r').unwrap_or(content).len()
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

impl Excerpt {
    fn cut<'m>(file: &Arc<SourceFile>, placed: impl Iterator<Item = &'m Placed<'m>>, texts: &SourceTexts<'_>) -> Self {
        let mut wanted = BTreeSet::new();
        let mut focus: BTreeMap<u32, usize> = BTreeMap::new();
        for placed in placed {
            // With the lines beside it: codespan-reporting fills a gap of one line.
            wanted.extend(placed.lines.start.saturating_sub(1)..=placed.lines.end.saturating_add(1));
            focus.entry(placed.lines.start).or_insert(placed.range.start);
            focus.entry(placed.lines.end).or_insert(placed.range.end);
        }
        let mut excerpt = Self {
            name: one_line(&file.name).into_owned(),
            text: String::new(),
            lines: BTreeMap::new(),
            columns: BTreeMap::new(),
        };
        let count = u32::try_from(file.lines().len()).unwrap_or(u32::MAX);
        for line in wanted.into_iter().filter(|line| *line < count) {
            excerpt.push(file, line, focus.get(&line).copied(), texts);
        }
        excerpt
    }

    fn push(&mut self, file: &SourceFile, line: u32, focus: Option<usize>, texts: &SourceTexts<'_>) {
        let content = content(file, line);
        let shown = if content.len() <= LINE_LIMIT {
            content.clone()
        } else {
            let focus = focus.unwrap_or(content.start);
            let start = floor_boundary(&file.text, focus.saturating_sub(BEFORE_LABEL).max(content.start));
            start..floor_boundary(&file.text, (start + LINE_LIMIT).min(content.end))
        };
        let from = self.text.len();
        if shown.start > content.start {
            self.text.push_str(CUT);
        }
        let start = self.text.len();
        self.text.push_str(&texts.show(file, shown.clone()));
        if shown.end < content.end {
            self.text.push_str(CUT);
        }
        self.text.push('\n');
        self.lines.insert(line as usize, Line { range: from..self.text.len(), shown, start });
    }

    /// Where a byte of the file, in a line that was cut out, stands in the excerpt.
    fn offset(&self, line: u32, offset: usize) -> usize {
        self.lines.get(&(line as usize)).map_or(self.text.len(), |line| {
            line.start + offset.clamp(line.shown.start, line.shown.end.max(line.shown.start)) - line.shown.start
        })
    }
}

impl<'a> Files<'a> for Excerpts {
    type FileId = usize;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: usize) -> Result<&'a str, Error> {
        Ok(&self.get(id)?.name)
    }

    fn source(&'a self, id: usize) -> Result<&'a str, Error> {
        Ok(&self.get(id)?.text)
    }

    fn line_index(&'a self, id: usize, byte_index: usize) -> Result<usize, Error> {
        let lines = &self.get(id)?.lines;
        let line = lines.iter().take_while(|(_, line)| line.range.start <= byte_index).last();
        Ok(line.map_or(0, |(number, _)| *number))
    }

    fn column_number(&'a self, id: usize, _line_index: usize, byte_index: usize) -> Result<usize, Error> {
        Ok(self.get(id)?.columns.get(&byte_index).copied().unwrap_or(1))
    }

    fn line_range(&'a self, id: usize, line_index: usize) -> Result<Range<usize>, Error> {
        let excerpt = self.get(id)?;
        // A line that no label is near is never drawn.
        let end = excerpt.text.len();
        Ok(excerpt.lines.get(&line_index).map_or(end..end, |line| line.range.clone()))
    }
}
