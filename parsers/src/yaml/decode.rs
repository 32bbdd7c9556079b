//! Scalars to their text, with the source of each part of it.
//!
//! The event parser gives the text but not where its parts stand, so scalars that don't read as they are written are
//! decoded once more here, with a segment for each part. Its text decides: where this decoder would differ, the scalar
//! becomes one part that stands for the whole (a test shows that it never happens).

use crate::range::TextRange;
use crate::{ScalarStyle, ScalarValue, Segment};

use super::gap;

/// A decoded text under construction.
#[derive(Default)]
struct Pieces {
    value: String,
    segments: Vec<Segment>,
}

impl Pieces {
    /// Adds bytes of the source as they are.
    fn verbatim(&mut self, text: &str, start: usize, end: usize) {
        let Some(part) = text.get(start..end).filter(|part| !part.is_empty()) else { return };
        self.value.push_str(part);
        let source = TextRange::from_usize(start..end);
        let value_end = offset(self.value.len());
        match self.segments.last_mut() {
            Some(last) if last.verbatim && last.source.end == source.start => {
                last.end = value_end;
                last.source.end = source.end;
            }
            _ => self.segments.push(Segment { end: value_end, source, verbatim: true }),
        }
    }

    /// Adds text that was made from a part of the source.
    fn made(&mut self, part: &str, start: usize, end: usize) {
        if part.is_empty() {
            return;
        }
        self.value.push_str(part);
        let source = TextRange::from_usize(start..end);
        self.segments.push(Segment { end: offset(self.value.len()), source, verbatim: false });
    }

    /// Adds the line feed that a line break of the source counts as.
    fn line_feed(&mut self, text: &str, (start, end): (usize, usize)) {
        if text.get(start..end) == Some("\n") {
            self.verbatim(text, start, end);
        } else {
            self.made("\n", start, end);
        }
    }

    /// The value, if it is the one the event parser read; otherwise that one, as a whole made from `whole`.
    fn finish(self, expected: Option<&str>, whole: TextRange) -> ScalarValue {
        let Some(expected) = expected.filter(|expected| *expected != self.value) else {
            return ScalarValue::Decoded(self.value.into(), self.segments.into());
        };
        let segment = Segment { end: offset(expected.len()), source: whole, verbatim: false };
        let segments = if expected.is_empty() { Vec::new() } else { vec![segment] };
        ScalarValue::Decoded(expected.into(), segments.into())
    }
}

/// The value of a plain or quoted scalar at `range`, which the event parser read as `expected` if it read it as written.
pub(super) fn flow_scalar(text: &str, range: TextRange, style: ScalarStyle, expected: Option<&str>) -> ScalarValue {
    let inner = match style {
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
            TextRange::new(range.start + 1, range.end.saturating_sub(1))
        }
        _ => range,
    };
    if Some(inner.of(text)) == expected {
        return ScalarValue::Verbatim(inner);
    }
    let mut pieces = Pieces::default();
    let bytes = text.as_bytes();
    let end = inner.end as usize;
    let mut at = inner.start as usize;
    let mut run = at;
    while at < end {
        match bytes.get(at) {
            Some(b' ' | b'\t' | b'\n' | b'\r') => {
                let fold = Fold::read(bytes, at, end);
                if fold.breaks > 0 {
                    pieces.verbatim(text, run, at);
                    fold.write(&mut pieces, at);
                    run = fold.end;
                }
                at = fold.end;
            }
            Some(b'\'') if style == ScalarStyle::SingleQuoted => {
                pieces.verbatim(text, run, at);
                pieces.made("'", at, at + 2);
                at += 2;
                run = at;
            }
            Some(b'\\') if style == ScalarStyle::DoubleQuoted => {
                pieces.verbatim(text, run, at);
                at = escape(text, at, end, &mut pieces);
                run = at;
            }
            _ => at += 1,
        }
    }
    pieces.verbatim(text, run, end);
    pieces.finish(expected, range)
}

/// A run of blanks and line breaks inside a plain or quoted scalar.
struct Fold {
    breaks: usize,
    end: usize,
}

impl Fold {
    fn read(bytes: &[u8], from: usize, limit: usize) -> Self {
        let mut fold = Self { breaks: 0, end: from };
        while fold.end < limit {
            match bytes.get(fold.end) {
                Some(b' ' | b'\t') => fold.end += 1,
                Some(b'\n' | b'\r') => {
                    fold.breaks += 1;
                    fold.end += gap::line_break(bytes, fold.end);
                }
                _ => break,
            }
        }
        fold
    }

    /// One line break is a space, more are one line feed less than they are (YAML 1.2.2, 6.5).
    fn write(&self, pieces: &mut Pieces, from: usize) {
        if self.breaks == 1 {
            pieces.made(" ", from, self.end);
        } else {
            pieces.made(&"\n".repeat(self.breaks.saturating_sub(1)), from, self.end);
        }
    }
}

/// Reads the escape at `at` and returns where the text goes on (YAML 1.2.2, 5.7).
fn escape(text: &str, at: usize, limit: usize, pieces: &mut Pieces) -> usize {
    let bytes = text.as_bytes();
    let Some(code) = text.get(at + 1..limit).and_then(|rest| rest.chars().next()) else { return limit };
    let short = |character: char| (character, at + 1 + code.len_utf8());
    let (character, end) = match code {
        '0' => short('\0'),
        'a' => short('\x07'),
        'b' => short('\x08'),
        't' | '\t' => short('\t'),
        'n' => short('\n'),
        'v' => short('\x0b'),
        'f' => short('\x0c'),
        'r' => short('\r'),
        'e' => short('\x1b'),
        'N' => short('\u{85}'),
        '_' => short('\u{a0}'),
        'L' => short('\u{2028}'),
        'P' => short('\u{2029}'),
        'x' => code_point(text, at + 2, 2),
        'u' => code_point(text, at + 2, 4),
        'U' => code_point(text, at + 2, 8),
        '\n' | '\r' => {
            // An escaped line break is nothing; the empty lines behind it are line feeds.
            let fold = Fold::read(bytes, at + 1, limit);
            pieces.made(&"\n".repeat(fold.breaks.saturating_sub(1)), at, fold.end);
            return fold.end;
        }
        other => short(other),
    };
    pieces.made(character.encode_utf8(&mut [0; 4]), at, end);
    end
}

/// The character that hexadecimal digits name, with the low surrogate that JSON writes behind a high one.
fn code_point(text: &str, at: usize, digits: usize) -> (char, usize) {
    let read = |at: usize, digits: usize| {
        text.get(at..at + digits).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or_default()
    };
    let first = read(at, digits);
    let mut end = at + digits;
    let mut code = first;
    if (0xd800..0xdc00).contains(&first) {
        let second = read(end + 2, 4);
        code = 0x10000 + ((first - 0xd800) << 10) + (second.wrapping_sub(0xdc00) & 0x3ff);
        end += 6;
    }
    (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), end)
}

/// Where a block scalar stands, as far as the event parser tells.
pub(super) struct BlockScalar {
    /// Of its `|` or `>`.
    pub(super) header: usize,
    /// Of its first character, where it has one.
    pub(super) content: usize,
    /// The column of that character, in bytes: the indentation of the scalar.
    pub(super) indent: usize,
    /// Of the next token.
    pub(super) limit: usize,
    pub(super) folded: bool,
}

/// The range and the value of a block scalar, which the event parser read as `expected`.
pub(super) fn block_scalar(text: &str, scalar: &BlockScalar, expected: &str) -> (TextRange, ScalarValue) {
    let bytes = text.as_bytes();
    let indicators = text
        .get(scalar.header + 1..)
        .map_or(0, |rest| rest.bytes().take_while(|byte| matches!(byte, b'+' | b'-' | b'0'..=b'9')).count());
    let header_end = scalar.header + 1 + indicators;
    let chomping = Chomping::of(text.get(scalar.header..header_end).unwrap_or_default());
    let mut lines = BlockLines { text, pieces: Pieces::default(), breaks: Vec::new(), after_blank: false };
    let mut at = gap::line_end(bytes, header_end);
    at += gap::line_break(bytes, at);
    let mut has_content = false;
    // Before the first character every line is empty, however far its blanks reach.
    let empty = expected.bytes().all(|byte| byte == b'\n');
    let indent_of = |at: usize| if empty || at < scalar.content { usize::MAX } else { scalar.indent };
    while at < scalar.limit {
        let line_end = gap::line_end(bytes, at);
        let content = at + blanks(bytes, at, line_end, indent_of(line_end));
        let width = gap::line_break(bytes, line_end);
        if content < line_end {
            if content >= scalar.limit {
                break;
            }
            lines.content(content, line_end, has_content, scalar.folded);
            has_content = true;
        }
        if width == 0 {
            break;
        }
        lines.breaks.push((line_end, line_end + width));
        at = line_end + width;
    }
    lines.chomp(chomping, has_content);
    let pieces = lines.pieces;
    // The event parser ends the last line of a file that has no line break with one; go-yaml does not.
    let expected = match expected.strip_suffix('\n') {
        Some(shorter) if scalar.limit == bytes.len() && pieces.value == shorter => shorter,
        _ => expected,
    };
    let end = pieces.segments.last().map_or(header_end, |last| {
        let end = last.source.end as usize;
        end - trailing_break(bytes, end)
    });
    let range = TextRange::from_usize(scalar.header..end.max(header_end));
    (range, pieces.finish(Some(expected), range))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

impl Chomping {
    fn of(header: &str) -> Self {
        if header.contains('-') {
            Self::Strip
        } else if header.contains('+') {
            Self::Keep
        } else {
            Self::Clip
        }
    }
}

struct BlockLines<'t> {
    text: &'t str,
    pieces: Pieces,
    /// The line breaks since the last line with text.
    breaks: Vec<(usize, usize)>,
    /// The last line with text starts with a blank, so that the break behind it is not folded.
    after_blank: bool,
}

impl BlockLines<'_> {
    /// Adds a line with text, after the breaks in front of it (YAML 1.2.2, 8.1.3: lines that start with a blank keep
    /// the breaks around them).
    fn content(&mut self, start: usize, end: usize, behind_content: bool, folded: bool) {
        let starts_blank = matches!(self.text.as_bytes().get(start), Some(b' ' | b'\t'));
        let folds = folded && behind_content && !self.after_blank && !starts_blank;
        match self.breaks.as_slice() {
            [only] if folds => self.pieces.made(" ", only.0, only.1),
            [_, rest @ ..] if folds => rest.iter().for_each(|line| self.pieces.line_feed(self.text, *line)),
            all => all.iter().for_each(|line| self.pieces.line_feed(self.text, *line)),
        }
        self.breaks.clear();
        self.after_blank = starts_blank;
        self.pieces.verbatim(self.text, start, end);
    }

    fn chomp(&mut self, chomping: Chomping, has_content: bool) {
        let kept = match chomping {
            Chomping::Strip => 0,
            Chomping::Clip => usize::from(has_content),
            Chomping::Keep => self.breaks.len(),
        };
        self.breaks.iter().take(kept).for_each(|line| self.pieces.line_feed(self.text, *line));
    }
}

/// The number of spaces at `at`, at most `most` and not beyond `end`.
fn blanks(bytes: &[u8], at: usize, end: usize, most: usize) -> usize {
    bytes.get(at..end).map_or(0, |line| line.iter().take(most).take_while(|byte| **byte == b' ').count())
}

/// The length of the line break that ends at `end`.
fn trailing_break(bytes: &[u8], end: usize) -> usize {
    match (end.checked_sub(2).and_then(|at| bytes.get(at)), end.checked_sub(1).and_then(|at| bytes.get(at))) {
        (Some(b'\r'), Some(b'\n')) => 2,
        (_, Some(b'\r' | b'\n')) => 1,
        _ => 0,
    }
}

fn offset(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
