//! npm's `dotenv` (18.0, `parse`). Its parser is one regular expression tried at each line; this reads the same by hand,
//! in linear time: blanks, `export`, a name, `=` or `:` and a blank, then a quoted value if nothing but a comment follows
//! it on its line, else text up to `#` or the end of the line.

use super::{Ordered, Pairs, is_js_space};

pub(super) fn parse(text: &str) -> Pairs {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut set = Ordered::default();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let blank = rest.len() - rest.trim_start_matches(is_js_space).len();
        let statement = rest.get(blank..).unwrap_or_default();
        match assignment(statement) {
            Some((name, written, length)) => {
                set.insert(name, decode(written));
                at += blank + length;
            }
            // The name of a line that does not fit may stand before a separator on the next one.
            None => at += blank + statement.find('\n').map_or(statement.len(), |end| end + 1),
        }
        // A statement starts a line.
        if at > 0 && text.as_bytes().get(at - 1) != Some(&b'\n') {
            let rest = text.get(at..).unwrap_or_default();
            at += rest.find('\n').map_or(rest.len(), |end| end + 1);
        }
    }
    set.pairs
}

/// The assignment at the start of `text`: the name, the value as written, and the length of all.
fn assignment(text: &str) -> Option<(&str, &str, usize)> {
    let exported = text.strip_prefix("export").filter(|rest| rest.starts_with(is_js_space));
    let exported = exported.map(|rest| rest.trim_start_matches(is_js_space));
    // `export` itself can be the name.
    let (name, separated) = exported.and_then(name_and_separator).or_else(|| name_and_separator(text))?;
    let start = text.len() - separated.len();
    if let Some(length) = quoted(separated) {
        return Some((name, separated.get(..length)?, start + length));
    }
    // The blanks behind the separator can hold line breaks, but the expression prefers to take none of them: an unquoted
    // value starts on the same line, and where that is empty there is no value.
    let end = separated.find(['#', '\n']).unwrap_or(separated.len());
    Some((name, separated.get(..end)?, start + end))
}

/// A name, and what stands behind its `=` or its `:` with a blank.
fn name_and_separator(text: &str) -> Option<(&str, &str)> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let length = text.bytes().take_while(|&byte| fits(byte)).count();
    let (name, behind) = text.split_at_checked(length).filter(|(name, _)| !name.is_empty())?;
    if let Some(value) = behind.strip_prefix(':') {
        let blank = value.chars().next().filter(|&character| is_js_space(character))?;
        return Some((name, value.get(blank.len_utf8()..)?));
    }
    Some((name, behind.trim_start_matches(is_js_space).strip_prefix('=')?))
}

/// The length of a quoted value at the start of `text` with the blanks before it, if only a comment follows on its line.
fn quoted(text: &str) -> Option<usize> {
    let inner = text.trim_start_matches(is_js_space);
    let quote = inner.bytes().next().filter(|byte| matches!(byte, b'"' | b'\'' | b'`'))?;
    let start = text.len() - inner.len();
    let mut found = None;
    for (at, &byte) in inner.as_bytes().iter().enumerate().skip(1) {
        if byte != quote {
            continue;
        }
        let behind = inner.get(at + 1..)?;
        let left = behind.trim_start_matches(|character| is_js_space(character) && character != '\n');
        if left.is_empty() || left.starts_with(['\n', '#']) {
            found = Some(start + at + 1);
        }
        // A quote with a backslash before it may be an escape or the end: the expression takes it as an escape if it can.
        if inner.as_bytes().get(at - 1) != Some(&b'\\') {
            break;
        }
    }
    found
}

/// Takes away blanks and quotes; in double quotes `\n` and `\r` are the only escapes.
fn decode(written: &str) -> String {
    let trimmed = written.trim_matches(is_js_space);
    let value = without_quotes(trimmed);
    if trimmed.starts_with('"') { value.replace("\\n", "\n").replace("\\r", "\r") } else { value }
}

/// Takes quotes away by lines: one that starts a line and the last of its kind that ends one, wherever they are.
fn without_quotes(text: &str) -> String {
    let mut value = String::new();
    let mut rest = text;
    while let Some(quote) = rest.chars().next() {
        let inner = rest.get(quote.len_utf8()..).unwrap_or_default();
        let end = matches!(quote, '"' | '\'' | '`')
            .then(|| {
                let ends_line = |&(at, _): &(usize, &str)| {
                    inner.get(at + 1..).is_some_and(|behind| behind.is_empty() || behind.starts_with('\n'))
                };
                inner.rmatch_indices(quote).find(ends_line)
            })
            .flatten();
        let line = match end {
            Some((end, _)) => {
                value.push_str(inner.get(..end).unwrap_or_default());
                inner.get(end + 1..).unwrap_or_default()
            }
            None => rest,
        };
        let next = line.find('\n').map_or(line.len(), |at| at + 1);
        value.push_str(line.get(..next).unwrap_or_default());
        rest = line.get(next..).unwrap_or_default();
    }
    value
}
