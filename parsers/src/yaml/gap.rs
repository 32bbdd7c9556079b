//! What stands between two tokens: blanks, comments, node properties and indicators.
//!
//! The event parser gives no place for a missing value and starts a block scalar behind its header. Both stand in the
//! gap behind the last token, so they are found by reading on from there; no byte is read twice.

use std::ops::Range;

/// The first significant byte at or behind `from`, and where it stands: blanks, line breaks and comments are passed.
pub(super) fn next_significant(text: &str, from: usize) -> Option<(usize, u8)> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        match bytes.get(at).copied()? {
            b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            b'#' => at = line_end(bytes, at),
            // A byte order mark, which may start each document.
            0xef if bytes.get(at..at + 3) == Some(b"\xef\xbb\xbf") => at += 3,
            // The marker of a document's end.
            b'.' if bytes.get(at..at + 3) == Some(b"...") && starts_line(bytes, at) => at += 3,
            byte => return Some((at, byte)),
        }
    }
}

/// Whether a line starts at `at`, not counting a byte order mark.
fn starts_line(bytes: &[u8], at: usize) -> bool {
    at.checked_sub(1).and_then(|before| bytes.get(before)).is_none_or(|before| matches!(before, b'\n' | b'\r' | 0xbf))
}

/// Whether an indicator (`-`, `?`, `:`) at `at` stands alone, as one must in block style.
pub(super) fn stands_alone(text: &str, at: usize) -> bool {
    text.as_bytes().get(at + 1).is_none_or(|next| matches!(next, b' ' | b'\t' | b'\n' | b'\r'))
}

/// Where the `|` or `>` of a block scalar stands, given the end of the token before it.
pub(super) fn block_header(text: &str, from: usize) -> Option<usize> {
    let (at, _) = behind_properties(text, from, |byte| matches!(byte, b':' | b'-' | b'?'))?;
    matches!(text.as_bytes().get(at), Some(b'|' | b'>')).then_some(at)
}

/// Where the first `-` of a block sequence stands, given the end of the key before it.
pub(super) fn sequence_dash(text: &str, from: usize) -> Option<usize> {
    let (at, byte) = behind_properties(text, from, |byte| matches!(byte, b':' | b'?'))?;
    (byte == b'-').then_some(at)
}

/// The range of a quoted scalar of a block collection, given the end of the token before it.
pub(super) fn quoted_scalar(text: &str, from: usize) -> Option<Range<usize>> {
    let (start, quote) = behind_properties(text, from, |byte| matches!(byte, b':' | b'-' | b'?'))?;
    let bytes = text.as_bytes();
    let mut at = start + 1;
    loop {
        match bytes.get(at).copied()? {
            b'\\' if quote == b'"' => at += 2,
            b'\'' if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 2,
            byte if byte == quote && matches!(quote, b'"' | b'\'') => return Some(start..at + 1),
            _ => at += 1,
        }
    }
}

/// The first significant byte that is none of the indicators to pass, and starts no tag or anchor.
fn behind_properties(text: &str, from: usize, pass: impl Fn(u8) -> bool) -> Option<(usize, u8)> {
    let mut from = from;
    loop {
        match next_significant(text, from)? {
            (at, b'!' | b'&') => from = word_end(text.as_bytes(), at),
            (at, byte) if pass(byte) => from = at + 1,
            found => return Some(found),
        }
    }
}

/// The end of the line that `at` is on, in front of its line break.
pub(super) fn line_end(bytes: &[u8], at: usize) -> usize {
    find(bytes, at, |byte| matches!(byte, b'\n' | b'\r'))
}

/// The start of the line that `at` is on.
pub(super) fn line_start(bytes: &[u8], at: usize) -> usize {
    bytes
        .get(..at)
        .and_then(|before| before.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')))
        .map_or(0, |position| position + 1)
}

/// The length of the line break at `at`; 0 where there is none.
pub(super) fn line_break(bytes: &[u8], at: usize) -> usize {
    match (bytes.get(at), bytes.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => 2,
        (Some(b'\r' | b'\n'), _) => 1,
        _ => 0,
    }
}

fn word_end(bytes: &[u8], at: usize) -> usize {
    find(bytes, at, |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}

fn find(bytes: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> usize {
    bytes
        .get(from..)
        .and_then(|rest| rest.iter().position(|byte| wanted(*byte)))
        .map_or(bytes.len(), |position| from + position)
}
