//! The text that the event parser is given: the file's, byte for byte as long, but for what it must see differently.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::range::TextRange;
use crate::{Document, NodeKind, ScalarValue, Segment, SyntaxError};

/// A text to parse in place of another one. Each byte stands where it stands there; only blanks, line breaks and a
/// control character take the place of others.
pub(super) struct Reading<'t> {
    text: Cow<'t, str>,
    /// Where it differs, in order, without overlaps.
    changed: Vec<TextRange>,
    /// Quoted scalars of several lines that stand on one line here, in order: they are decoded as written.
    joined: Vec<TextRange>,
}

impl<'t> Reading<'t> {
    /// A reading of `text`, with two differences:
    ///
    /// - go-yaml ends lines, comments too, at the line breaks that YAML 1.1 knew (U+0085, U+2028, U+2029); YAML 1.2 and
    ///   the event parser do not. Read as text, they would hide the rest of the line from us but not from Compose.
    /// - For the event parser a NUL is the end of the text. It gets another control character, which is an error.
    pub(super) fn new(text: &'t str) -> Self {
        if !text.bytes().any(|byte| matches!(byte, 0 | 0xc2 | 0xe2)) {
            return Self { text: Cow::Borrowed(text), changed: Vec::new(), joined: Vec::new() };
        }
        let mut reading = Self { text: Cow::Borrowed(text), changed: Vec::new(), joined: Vec::new() };
        for (at, character) in text.char_indices() {
            let replacement = match character {
                '\0' => "\u{1}",
                '\u{85}' => "\r\n",
                '\u{2028}' | '\u{2029}' => " \r\n",
                _ => continue,
            };
            reading.replace(at..at + character.len_utf8(), replacement);
            reading.changed.push(TextRange::from_usize(at..at + character.len_utf8()));
        }
        reading
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Puts spaces in place of a part of the text for good.
    pub(super) fn blank(&mut self, range: TextRange) {
        self.try_blank(range);
        self.changed.retain(|other| !range.contains(*other));
        let index = self.changed.partition_point(|other| other.start < range.start);
        self.changed.insert(index, range);
    }

    /// Puts spaces in place of a part of the text until [`Self::restore`] gives it back.
    pub(super) fn try_blank(&mut self, range: TextRange) -> String {
        let before = range.of(&self.text).to_owned();
        self.replace(range.to_usize(), &" ".repeat(before.len()));
        before
    }

    /// Takes back what [`Self::try_blank`] did.
    pub(super) fn restore(&mut self, range: TextRange, before: &str) {
        self.replace(range.to_usize(), before);
    }

    /// A reading with spaces in place of the line breaks of a quoted scalar.
    #[must_use]
    pub(super) fn join(&self, scalar: Range<usize>) -> Self {
        let mut joined = Self { text: self.text.clone(), changed: self.changed.clone(), joined: self.joined.clone() };
        let line = self.text.get(scalar.clone()).unwrap_or_default().replace(['\n', '\r'], " ");
        joined.replace(scalar.clone(), &line);
        let range = TextRange::from_usize(scalar);
        let index = joined.joined.partition_point(|other| other.start < range.start);
        joined.joined.insert(index, range);
        joined
    }

    /// Whether [`Self::join`] changed the scalar.
    pub(super) fn is_joined(&self, scalar: TextRange) -> bool {
        !self.joined.is_empty() && self.joined.binary_search(&scalar).is_ok()
    }

    fn replace(&mut self, range: Range<usize>, by: &str) {
        if range.len() == by.len() && self.text.get(range.clone()).is_some() {
            self.text.to_mut().replace_range(range, by);
        }
    }

    /// Makes what was read of this text true of the file: what is verbatim here may not be so there, and what starts or
    /// ends within a replaced character can only do so in front of it.
    pub(super) fn mend(&self, document: &mut Document, errors: &mut [SyntaxError]) {
        if self.changed.is_empty() {
            return;
        }
        let text = Arc::clone(document.text());
        let floor =
            |range: &mut TextRange| *range = TextRange::new(boundary(&text, range.start), boundary(&text, range.end));
        for error in errors {
            floor(&mut error.range);
            error.skipped.iter_mut().for_each(floor);
        }
        document.comments_mut().for_each(|comment| floor(&mut comment.range));
        for node in document.nodes_mut() {
            floor(&mut node.range);
            let NodeKind::Scalar(scalar) = &mut node.kind else { continue };
            match &mut scalar.value {
                ScalarValue::Verbatim(range) if range.is_empty() => floor(range),
                ScalarValue::Verbatim(range) if self.differs(*range) => {
                    let mut segment = Segment { end: range.len(), source: *range, verbatim: false };
                    floor(&mut segment.source);
                    scalar.value = ScalarValue::Decoded(range.of(&self.text).into(), [segment].into());
                }
                ScalarValue::Verbatim(_) => {}
                ScalarValue::Decoded(_, segments) => {
                    for segment in segments.iter_mut().filter(|segment| self.differs(segment.source)) {
                        segment.verbatim = false;
                        floor(&mut segment.source);
                    }
                }
            }
        }
    }

    fn differs(&self, range: TextRange) -> bool {
        let index = self.changed.partition_point(|changed| changed.end <= range.start);
        self.changed.get(index).is_some_and(|changed| changed.start < range.end)
    }
}

/// The character boundary at or before `at`.
fn boundary(text: &str, at: u32) -> u32 {
    (0..4).map(|back| at.saturating_sub(back)).find(|at| text.is_char_boundary(*at as usize)).unwrap_or_default()
}
