//! Docker Compose's own reading of a `.env` file (compose-go `dotenv/parser.go`, as in Docker Compose 2.40).
//!
//! A hand scanner and not a grammar. Statements do not end with lines: a quoted value ends at its quote and the next
//! statement starts right behind it, a name is only known to be bare once a line break ends it, the same bare name at the
//! end of a file without line break is a value without name, and three definitions of "blank" take turns. That is a
//! machine with a position, which a grammar could only describe by repeating it; and every decoded byte needs its source.
//!
//! What Compose refuses costs one statement here: an error is recorded and reading goes on with the next line.

use std::sync::Arc;

use super::{Dotenv, Entry, Quote};
use crate::document::{
    self, Comment, Document, Node, NodeId, NodeKind, Scalar, ScalarStyle, ScalarValue, Segment, SyntaxError,
    SyntaxErrorKind,
};
use crate::range::TextRange;

/// Reads a file as Docker Compose reads `.env` and `env_file:`.
#[must_use]
pub fn parse(text: Arc<str>) -> Dotenv {
    let mut parser = Parser { text: &text, at: 0, builder: Builder::new(Arc::clone(&text)), after_quote: false };
    parser.file();
    parser.builder.finish()
}

/// How many entries of one file are read. No program has so many settings; each costs many times its bytes.
const MAX_ENTRIES: usize = 100_000;

/// Collects entries and the tree over them.
pub(super) struct Builder {
    document: Document,
    entries: Vec<Entry>,
    pairs: Vec<document::Entry>,
    range: Option<TextRange>,
    /// More entries were found than are read.
    cut: bool,
}

/// A value as it was read: node and what [`Entry`] says about it.
pub(super) struct Value {
    pub(super) range: TextRange,
    pub(super) scalar: Scalar,
    pub(super) quote: Option<Quote>,
    pub(super) raw: TextRange,
    pub(super) expanded: bool,
}

impl Builder {
    pub(super) fn new(text: Arc<str>) -> Self {
        Self { document: Document::new(text), entries: Vec::new(), pairs: Vec::new(), range: None, cut: false }
    }

    /// Adds an entry; without a value it is a bare name.
    pub(super) fn entry(&mut self, key: TextRange, value: Option<Value>, after_quote: bool) {
        if self.entries.len() >= MAX_ENTRIES {
            if !self.cut {
                self.cut = true;
                self.document.push_error(SyntaxError {
                    message: format!("more than {MAX_ENTRIES} variables in one file; the rest was not read"),
                    range: key,
                    skipped: None,
                    kind: SyntaxErrorKind::OverLimit,
                });
            }
            return;
        }
        let name: Box<str> = key.of(self.document.text()).into();
        let key_node = self.scalar(key, Scalar { style: ScalarStyle::Plain, value: ScalarValue::Verbatim(key) });
        let bare = TextRange::empty(key.end);
        let range = value.as_ref().map_or(bare, |value| value.range);
        let (scalar, quote, raw, expanded, present) = match value {
            Some(value) => (value.scalar, value.quote, value.raw, value.expanded, true),
            None => {
                let scalar = Scalar { style: ScalarStyle::Plain, value: ScalarValue::Verbatim(bare) };
                (scalar, None, bare, false, false)
            }
        };
        let value_node = self.scalar(range, scalar);
        self.pairs.push(document::Entry { key: key_node, value: value_node });
        self.range = Some(self.range.unwrap_or(key).cover(key).cover(range));
        let value = present.then_some(value_node);
        self.entries.push(Entry { name, key: key_node, value, quote, raw, expanded, after_quote });
    }

    fn scalar(&mut self, range: TextRange, scalar: Scalar) -> NodeId {
        self.document.push(Node::new(range, NodeKind::Scalar(scalar)))
    }

    pub(super) fn comment(&mut self, range: TextRange, own_line: bool) {
        self.document.push_comment(Comment { range, own_line });
    }

    pub(super) fn error(&mut self, message: &str, range: TextRange, skipped: TextRange) {
        let skipped = Some(skipped).filter(|skipped| !skipped.is_empty());
        let kind = SyntaxErrorKind::Malformed;
        self.document.push_error(SyntaxError { message: message.to_owned(), range, skipped, kind });
    }

    pub(super) fn finish(mut self) -> Dotenv {
        let range = self.range.unwrap_or_default();
        let root = self.document.push(Node::new(range, NodeKind::Mapping(self.pairs)));
        self.document.push_root(root);
        Dotenv { document: self.document, entries: self.entries }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    builder: Builder,
    /// The last value was quoted, and no line break has come since.
    after_quote: bool,
}

/// What stands before a value.
enum Name {
    /// A name and its separator.
    Assigned(TextRange),
    /// A name and a line break.
    Bare(TextRange),
    /// No separator up to the end of the file: compose-go takes it all as the value of a variable without name.
    Absent(TextRange),
    /// An error, already recorded.
    Refused,
}

impl<'a> Parser<'a> {
    fn file(&mut self) {
        if self.text.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
        while self.next_statement() {
            let start = self.at;
            match self.name() {
                Name::Assigned(key) => {
                    if let Some(value) = self.value(start) {
                        let after_quote = std::mem::replace(&mut self.after_quote, value.quote.is_some());
                        self.builder.entry(key, Some(value), after_quote);
                    }
                }
                Name::Absent(key) => {
                    if let Some(value) = self.value(start) {
                        self.builder.entry(key, Some(value), self.after_quote);
                    }
                }
                Name::Bare(key) => {
                    let after_quote = std::mem::take(&mut self.after_quote);
                    self.builder.entry(key, None, after_quote);
                }
                Name::Refused => self.after_quote = false,
            }
        }
    }

    /// Goes to the next statement, over blank text and comments.
    fn next_statement(&mut self) -> bool {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches(char::is_whitespace).len();
            if rest.as_bytes().iter().take(blank).any(|&byte| byte == b'\n') {
                self.after_quote = false;
            }
            self.at += blank;
            if !self.rest().starts_with('#') {
                return !self.rest().is_empty();
            }
            let end = self.line_end(self.at);
            self.comment(self.at, end, !self.after_quote);
            self.at = end;
        }
    }

    /// Reads a name up to and with its separator and the blanks behind it.
    fn name(&mut self) -> Name {
        let start = self.at;
        let export = "export";
        if self.rest().strip_prefix(export).is_some_and(|rest| rest.starts_with([' ', '\t', '\n', '\x0c', '\r'])) {
            self.at += export.len();
            self.skip_blanks();
            if self.rest().is_empty() {
                let range = TextRange::from_usize(start..start + export.len());
                self.builder.error("`export` is followed by no variable", range, range);
                return Name::Refused;
            }
        }
        let name_start = self.at;
        for (index, character) in self.rest().char_indices() {
            let end = name_start + index;
            let named = || name_start + self.text.get(name_start..end).unwrap_or_default().trim_end().len();
            match character {
                '=' | ':' => {
                    let key = name_start..named();
                    if self.refuse_space(start, key.clone(), end) {
                        return Name::Refused;
                    }
                    self.at = end + 1;
                    self.skip_blanks();
                    return Name::Assigned(TextRange::from_usize(key));
                }
                '\n' => {
                    let key = name_start..named();
                    if self.refuse_space(start, key.clone(), end) {
                        return Name::Refused;
                    }
                    self.at = end + 1;
                    return Name::Bare(TextRange::from_usize(key));
                }
                '_' | '.' | '-' | '[' | ']' => {}
                // Go's `IsLetter` has no vowel signs and circled letters, which this takes too.
                _ if is_blank(character) || character.is_alphabetic() || character.is_numeric() => {}
                _ => {
                    let range = TextRange::from_usize(end..end + character.len_utf8());
                    self.refuse(
                        start,
                        end,
                        "a variable's name has letters, digits and `_ . - [ ]` only; Docker Compose refuses the file",
                        range,
                    );
                    return Name::Refused;
                }
            }
        }
        Name::Absent(TextRange::from_usize(name_start..name_start))
    }

    /// Refuses a name with a space in it. Tabs and other blanks pass, as in compose-go.
    fn refuse_space(&mut self, start: usize, key: std::ops::Range<usize>, separator: usize) -> bool {
        let range = TextRange::from_usize(key);
        let refused = range.of(self.text).contains(' ');
        if refused {
            let message = "a variable's name cannot contain a space; Docker Compose refuses the file";
            self.refuse(start, separator, message, range);
        }
        refused
    }

    /// Records an error of the statement at `start` and goes to the end of its line; or, where a quoted value of several
    /// lines follows, of that value's last line, since its lines are no statements.
    fn refuse(&mut self, start: usize, from: usize, message: &str, range: TextRange) {
        let mut end = self.line_end(from);
        let line = self.text.get(from..end).unwrap_or_default();
        if let Some(separator) = line.find('=') {
            let value = from + separator + 1;
            let blanks = self.text.get(value..).unwrap_or_default();
            let value = value + (blanks.len() - blanks.trim_start_matches(is_blank).len());
            if let Some(close) = self.quote_at(value).and_then(|quote| self.closing_quote(value, quote)) {
                end = self.line_end(close);
            }
        }
        self.builder.error(message, range, TextRange::from_usize(start..self.trimmed(start, end)));
        self.at = end;
    }

    /// Reads the value at the current position. `start` is where its statement starts.
    fn value(&mut self, start: usize) -> Option<Value> {
        let at = self.at;
        let Some(quote) = self.quote_at(at) else {
            return Some(self.unquoted());
        };
        let Some(close) = self.closing_quote(at, quote) else {
            let end = self.line_end(at);
            self.builder.error(
                "this quote is never closed; Docker Compose refuses the file",
                TextRange::from_usize(at..at + 1),
                TextRange::from_usize(start..self.trimmed(start, end)),
            );
            self.at = end;
            self.after_quote = false;
            return None;
        };
        self.at = close + 1;
        let raw = TextRange::from_usize(at + 1..close);
        let style = match quote {
            Quote::Single => ScalarStyle::SingleQuoted,
            Quote::Double => ScalarStyle::DoubleQuoted,
        };
        let value = decode(self.text, raw, quote);
        Some(Value {
            range: TextRange::from_usize(at..close + 1),
            scalar: Scalar { style, value },
            quote: Some(quote),
            raw,
            expanded: quote == Quote::Double,
        })
    }

    /// The rest of the line without the comment, which starts at ` #`: not at `#` or a tab and `#`, and not where the
    /// value would, since the blanks before it are gone by then.
    fn unquoted(&mut self) -> Value {
        let end = self.line_end(self.at);
        let line = self.text.get(self.at..end).unwrap_or_default();
        let written = match line.find(" #") {
            Some(comment) => {
                self.comment(self.at + comment + 1, end, false);
                line.get(..comment).unwrap_or_default()
            }
            None => line,
        };
        let range = TextRange::from_usize(self.at..self.at + written.trim_end().len());
        self.at = end;
        Value {
            range,
            scalar: Scalar { style: ScalarStyle::Plain, value: ScalarValue::Verbatim(range) },
            quote: None,
            raw: range,
            expanded: true,
        }
    }

    fn comment(&mut self, start: usize, end: usize, own_line: bool) {
        let line = self.text.get(start..end).unwrap_or_default();
        let length = line.strip_suffix('\r').unwrap_or(line).len();
        self.builder.comment(TextRange::from_usize(start..start + length), own_line);
    }

    fn quote_at(&self, at: usize) -> Option<Quote> {
        match self.text.as_bytes().get(at) {
            Some(b'\'') => Some(Quote::Single),
            Some(b'"') => Some(Quote::Double),
            _ => None,
        }
    }

    /// Where the quote that opens at `at` closes. A backslash hides the character behind it, in single quotes too.
    fn closing_quote(&self, at: usize, quote: Quote) -> Option<usize> {
        let sign = quote.sign();
        let mut bytes = self.text.as_bytes().iter().enumerate().skip(at + 1);
        while let Some((index, &byte)) = bytes.next() {
            if byte == sign {
                return Some(index);
            }
            if byte == b'\\' {
                bytes.next();
            }
        }
        None
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(is_blank).len();
    }

    /// The line break behind `from`, or the end of the text.
    fn line_end(&self, from: usize) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        from + rest.find('\n').unwrap_or(rest.len())
    }

    /// `end` without the blanks before it.
    fn trimmed(&self, start: usize, end: usize) -> usize {
        start + self.text.get(start..end).unwrap_or_default().trim_end().len()
    }
}

impl Quote {
    /// The quote itself, an ASCII character.
    pub(super) fn sign(self) -> u8 {
        match self {
            Self::Single => b'\'',
            Self::Double => b'"',
        }
    }
}

/// Blank within a line, by compose-go's `isSpace`.
fn is_blank(character: char) -> bool {
    matches!(character, '\t' | '\x0b' | '\x0c' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

/// The text between quotes without its escapes. In double quotes `\$` becomes `$$`, which stays a `$` when the variables
/// are replaced.
fn decode(text: &str, raw: TextRange, quote: Quote) -> ScalarValue {
    let written = raw.of(text);
    let start = raw.to_usize().start;
    let mut decoded = String::new();
    let mut segments: Vec<Segment> = Vec::new();
    let mut verbatim = 0;
    let mut at = 0;
    while let Some(found) = written.get(at..).and_then(|rest| rest.find('\\')) {
        let backslash = at + found;
        let rest = written.get(backslash + 1..).unwrap_or_default();
        let Some((made, length)) = escape(rest, quote) else {
            // What is hidden behind a backslash hides nothing itself.
            at = backslash + 1 + rest.chars().next().map_or(0, char::len_utf8);
            continue;
        };
        push_verbatim(&mut decoded, &mut segments, written, start, verbatim..backslash);
        at = backslash + 1 + length;
        verbatim = at;
        decoded.push_str(&made);
        let source = TextRange::from_usize(start + backslash..start + at);
        segments.push(Segment { end: narrow(decoded.len()), source, verbatim: false });
    }
    if segments.is_empty() {
        return ScalarValue::Verbatim(raw);
    }
    push_verbatim(&mut decoded, &mut segments, written, start, verbatim..written.len());
    ScalarValue::Decoded(decoded.into(), segments.into())
}

fn push_verbatim(
    decoded: &mut String,
    segments: &mut Vec<Segment>,
    written: &str,
    start: usize,
    range: std::ops::Range<usize>,
) {
    if range.is_empty() {
        return;
    }
    decoded.push_str(written.get(range.clone()).unwrap_or_default());
    let source = TextRange::from_usize(start + range.start..start + range.end);
    segments.push(Segment { end: narrow(decoded.len()), source, verbatim: true });
}

/// What the escape with `rest` behind its backslash stands for and how much of `rest` it takes; none where backslash and
/// character stay.
fn escape(rest: &str, quote: Quote) -> Option<(String, usize)> {
    let sign = rest.bytes().next()?;
    if sign == quote.sign() {
        return Some((char::from(sign).to_string(), 1));
    }
    if quote == Quote::Single {
        return None;
    }
    let made = match sign {
        b'a' => "\x07",
        b'b' => "\x08",
        b'f' => "\x0c",
        b'n' => "\n",
        b'r' => "\r",
        b't' => "\t",
        b'v' => "\x0b",
        b'\\' => "\\",
        b'$' => "$$",
        b'0' => return Some(octal(rest)),
        _ => return None,
    };
    Some((made.to_owned(), 1))
}

/// `\0` and up to three digits: a code point below 256 in octal. Where it is none, the backslash and the digits behind the
/// `0` are left, as compose-go rewrites the escape to Go's before it looks whether Go knows it.
fn octal(rest: &str) -> (String, usize) {
    let digits = rest.bytes().skip(1).take(3).take_while(u8::is_ascii_digit).count();
    let length = 1 + digits;
    let digits = rest.get(1..length).unwrap_or_default();
    let code = if digits.len() == 3 { u8::from_str_radix(digits, 8).ok() } else { None };
    (code.map_or_else(|| format!("\\{digits}"), |code| char::from(code).to_string()), length)
}

fn narrow(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
