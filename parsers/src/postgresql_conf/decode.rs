//! The text of a value in single quotes (`DeescapeQuotedString` of src/backend/utils/misc/guc-file.l).

use crate::document::{ScalarValue, Segment};
use crate::range::TextRange;

/// Decodes a string with its quotes, which starts at `start` of the file.
pub(super) fn string(written: &str, start: u32) -> ScalarValue {
    let inside = written.get(1..written.len().saturating_sub(1)).unwrap_or_default();
    let mut decoder =
        Decoder { inside, start: start + 1, at: 0, verbatim: 0, value: String::new(), segments: Vec::new() };
    if !inside.contains(['\\', '\'']) {
        return ScalarValue::Verbatim(decoder.place(0, inside.len()));
    }
    decoder.run();
    ScalarValue::Decoded(decoder.value.into(), decoder.segments.into())
}

struct Decoder<'a> {
    inside: &'a str,
    start: u32,
    at: usize,
    /// Where the text that stands as it is starts.
    verbatim: usize,
    value: String,
    segments: Vec<Segment>,
}

impl Decoder<'_> {
    fn run(&mut self) {
        while let Some(found) = self.inside.get(self.at..).and_then(|rest| rest.find(['\\', '\''])) {
            self.at += found;
            let rest = self.inside.get(self.at..).unwrap_or_default();
            if rest.starts_with('\'') {
                // Only `''` is left inside.
                self.escape("'", 2);
                continue;
            }
            let bytes = octal_bytes(rest);
            if let Some((bytes, length)) = bytes {
                if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
                    // The server's strings end at a zero byte.
                    self.escape(&String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()), length);
                    return;
                }
                self.escape(&String::from_utf8_lossy(&bytes), length);
                continue;
            }
            let Some(character) = rest.get(1..).and_then(|rest| rest.chars().next()) else { break };
            let made = match character {
                'b' => '\x08',
                'f' => '\x0c',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            };
            self.escape(made.encode_utf8(&mut [0; 4]), 1 + character.len_utf8());
        }
        self.flush(self.inside.len());
    }

    /// What stands here, `length` bytes, gives `made`.
    fn escape(&mut self, made: &str, length: usize) {
        self.flush(self.at);
        let source = self.place(self.at, self.at + length);
        self.at += length;
        self.verbatim = self.at;
        if !made.is_empty() {
            self.value.push_str(made);
            self.segment(source, false);
        }
    }

    fn flush(&mut self, end: usize) {
        let part = self.inside.get(self.verbatim..end).unwrap_or_default();
        if !part.is_empty() {
            self.value.push_str(part);
            self.segment(self.place(self.verbatim, end), true);
        }
    }

    fn segment(&mut self, source: TextRange, verbatim: bool) {
        let end = u32::try_from(self.value.len()).unwrap_or(u32::MAX);
        self.segments.push(Segment { end, source, verbatim });
    }

    fn place(&self, start: usize, end: usize) -> TextRange {
        let range = TextRange::from_usize(start..end);
        TextRange::new(self.start.saturating_add(range.start), self.start.saturating_add(range.end))
    }
}

/// The bytes of the octal escapes at the start of a text, and how much of it they take. They are taken together, since
/// several make one character beyond ASCII.
fn octal_bytes(text: &str) -> Option<(Vec<u8>, usize)> {
    let mut bytes = Vec::new();
    let mut at = 0;
    while let Some(escape) = text.get(at..).and_then(|rest| rest.strip_prefix('\\')) {
        let digits = escape.bytes().take(3).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
        let Some(digits) = escape.get(..digits).filter(|digits| !digits.is_empty()) else { break };
        let code = u32::from_str_radix(digits, 8).unwrap_or_default();
        // A code above 255 loses its highest bit, as in C.
        bytes.push(u8::try_from(code & 0xff).unwrap_or_default());
        at += 1 + digits.len();
        if bytes.last().is_some_and(u8::is_ascii) {
            break;
        }
    }
    (!bytes.is_empty()).then_some((bytes, at))
}
