//! Passwords inside longer texts: the userinfo of URLs, the parameters of connection strings, assignments.

use std::ops::Range;

use super::key::{KeyClass, key_class};
use super::reference;

/// A `user:password@host` inside a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UserInfo {
    pub(super) user: Range<usize>,
    pub(super) password: Range<usize>,
    /// The host's name, without its port.
    pub(super) host: Range<usize>,
}

/// A `name=value` inside a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameter {
    pub(super) name: Range<usize>,
    /// Without its quotes.
    pub(super) value: Range<usize>,
}

/// The end of the reference that opens at `at`, if one does: what stands in it is no delimiter.
fn skip_reference(references: &[reference::Reference], at: usize) -> Option<usize> {
    let index = references.binary_search_by_key(&at, |reference| reference.range.start).ok()?;
    references.get(index).map(|reference| reference.range.end)
}

/// The longest userinfo, parameter or host that is looked at: what keeps the search linear on hostile text.
const LONGEST: usize = 1024;

/// The end of the stretch from `from` up to the first byte that `ends` it, references skipped.
fn run(text: &str, references: &[reference::Reference], from: usize, ends: impl Fn(u8) -> bool) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        if at - from > LONGEST && text.is_char_boundary(at) {
            break;
        }
        if let Some(end) = skip_reference(references, at) {
            at = end;
            continue;
        }
        if ends(byte) {
            break;
        }
        at += 1;
    }
    at
}

/// All URLs with a user and a password, in order. References (`${USER}`) count as text.
pub(super) fn user_infos(text: &str) -> Vec<UserInfo> {
    let mut found = Vec::new();
    if !text.contains('@') {
        return found;
    }
    let bytes = text.as_bytes();
    let references = reference::scan(text);
    let blank = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b'\\');
    for (colon, _) in text.match_indices("://") {
        let has_scheme =
            colon.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(u8::is_ascii_alphanumeric);
        if !has_scheme {
            continue;
        }
        let start = colon + 3;
        // RFC 3986: the authority ends at `/`, `?` or `#`.
        let strict = run(text, &references, start, |byte| {
            blank(byte) || matches!(byte, b'/' | b'?' | b'#' | b',' | b'>' | b'<' | b')' | b'|')
        });
        let angle = run(text, &references, start, |byte| blank(byte) || matches!(byte, b'/' | b'?' | b'#' | b','));
        let at = last_at(text, &references, start..strict).or_else(|| last_at(text, &references, start..angle));
        let at = at.or_else(|| {
            // People forget to encode `#`, `/` and `?` in a password; a port is all digits.
            let user_end = run(text, &references, start, |byte| byte == b':' || byte == b'/' || blank(byte));
            let tail = text.get(user_end + 1..strict).unwrap_or_default();
            let is_port = tail.is_empty() || tail.bytes().all(|byte| byte.is_ascii_digit());
            if bytes.get(user_end) != Some(&b':') || is_port || user_end > strict {
                return None;
            }
            let at = run(text, &references, start, |byte| blank(byte) || byte == b',' || byte == b'@');
            (bytes.get(at) == Some(&b'@')).then_some(at)
        });
        let Some(at) = at else { continue };
        if let Some(info) = split(text, &references, start..at) {
            found.push(info);
        }
    }
    // Go's MySQL driver, `user:password@tcp(host:3306)/db`, and Oracle's thin driver, `jdbc:oracle:thin:user/pw@`.
    for marker in ["@tcp(", "@unix(", "@("] {
        // None reaches into the one before it, so that hostile text is read once.
        let mut before = 0;
        for (at, marker) in text.match_indices(marker) {
            let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(*byte, b'"' | b'\'' | b'=');
            let head = bytes.get(before..at).unwrap_or_default().iter().rev().take(LONGEST);
            before = at + marker.len();
            let start = at - head.take_while(|byte| !ends(byte)).count();
            if !text.get(start..at).unwrap_or_default().contains("://") {
                found.extend(split(text, &references, start..at));
            }
        }
    }
    if let Some(start) = text.find("jdbc:oracle:thin:").map(|at| at + "jdbc:oracle:thin:".len()) {
        let at = run(text, &references, start, |byte| byte == b'@' || blank(byte));
        let slash = run(text, &references, start, |byte| byte == b'/');
        if bytes.get(at) == Some(&b'@') && slash + 1 < at {
            found.push(UserInfo { user: start..slash, password: slash + 1..at, host: at..at });
        }
    }
    found
}

fn last_at(text: &str, references: &[reference::Reference], range: Range<usize>) -> Option<usize> {
    let mut last = None;
    let mut at = range.start;
    while at < range.end {
        at = run(text, references, at, |byte| byte == b'@');
        if at < range.end {
            last = Some(at);
        }
        at += 1;
    }
    last
}

/// Splits `user:password` and finds the host behind it.
fn split(text: &str, references: &[reference::Reference], userinfo: Range<usize>) -> Option<UserInfo> {
    let colon = run(text, references, userinfo.start, |byte| byte == b':');
    if colon + 1 >= userinfo.end {
        return None;
    }
    let host_start = (userinfo.end + 1).min(text.len());
    let host_end =
        run(text, references, host_start, |byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')));
    Some(UserInfo { user: userinfo.start..colon, password: colon + 1..userinfo.end, host: host_start..host_end })
}

/// Whether a parameter's name says that its value is a secret. `sig` is the signature of an Azure SAS URL.
pub(super) fn is_secret_name(name: &str) -> bool {
    key_class(name) == KeyClass::Secret || name.eq_ignore_ascii_case("SharedAccessSignature")
}

/// The assignments `name=value`, JSON pairs `"name": "value"` and, in a text of several lines, lines `name: value`,
/// whose names speak of a secret or of the user or database that it belongs to, in order.
pub(super) fn parameters(text: &str) -> Vec<Parameter> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    if memchr::memchr2(b'=', b':', bytes).is_none() {
        return found;
    }
    let references = reference::scan(text);
    let several_lines = text.contains('\n');
    let mut inside = 0;
    let mut line_start = 0;
    let mut looked_at = 0;
    for sign in memchr::memchr2_iter(b'=', b':', bytes) {
        if let Some(newline) = memchr::memrchr(b'\n', bytes.get(looked_at..sign).unwrap_or_default()) {
            line_start = looked_at + newline + 1;
        }
        looked_at = sign;
        if sign < inside {
            continue;
        }
        let before = sign.checked_sub(1).and_then(|before| bytes.get(before)).copied().unwrap_or(b' ');
        let after = bytes.get(sign + 1).copied().unwrap_or(b' ');
        let is_colon = bytes.get(sign) == Some(&b':');
        let comparison = matches!(after, b'=' | b'~' | b'>') || matches!(before, b'=' | b'!' | b'<' | b'>');
        if comparison && !is_colon {
            continue;
        }
        let Some((name, quoted, spaced)) = name_before(text, sign) else { continue };
        let is_secret = is_secret_name(text.get(name.clone()).unwrap_or_default());
        let opens_line = name.start - line_start.min(name.start) < 128
            && text.get(line_start.min(name.start)..name.start).is_some_and(opens_line);
        let allowed = if is_colon {
            (quoted || (several_lines && opens_line && after.is_ascii_whitespace())) && after != b'\n'
        } else {
            !spaced || opens_line
        };
        // Of the others only the ones that a password may repeat are of use.
        if !allowed || !(is_secret || is_name_of_owner(text.get(name.clone()).unwrap_or_default())) {
            continue;
        }
        let mut start = sign + 1;
        if is_colon || spaced {
            start +=
                bytes.get(start..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        }
        let value = value_at(text, &references, start, is_colon && !quoted || spaced);
        // Where a value was nothing we understand, an assignment inside it may still be one.
        if !value.is_empty() {
            if is_secret {
                inside = value.end;
            }
            found.push(Parameter { name, value });
        }
    }
    found
}

fn is_name_of_owner(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["user", "username", "uid", "dbname", "database", "db"].iter().any(|ending| name.ends_with(ending))
}

/// Whether only indentation, a list dash, a comment sign or `export` stands between the line's start and here.
fn opens_line(before: &str) -> bool {
    let line = before.trim_start_matches(|character: char| {
        character.is_whitespace() || matches!(character, '#' | ';' | '-' | '"' | '\'')
    });
    line.is_empty() || matches!(line.trim_end(), "export" | "set" | "ENV" | "ARG")
}

/// The name that ends before `sign`: its range, whether it is quoted, whether blanks stand between.
fn name_before(text: &str, sign: usize) -> Option<(Range<usize>, bool, bool)> {
    let head = text.get(..sign)?;
    let trimmed = head.trim_end_matches([' ', '\t']);
    let spaced = trimmed.len() != head.len();
    let unquoted = trimmed.strip_suffix('"').or_else(|| trimmed.strip_suffix('\''));
    let quoted = unquoted.is_some();
    let end_text = unquoted.unwrap_or(trimmed);
    // Inside a JSON text inside a JSON text the quote is escaped.
    let end_text = if quoted { end_text.strip_suffix('\\').unwrap_or(end_text) } else { end_text };
    let length = end_text
        .bytes()
        .rev()
        .take(129)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']'))
        .count();
    let start = end_text.len() - length;
    (2..=128).contains(&length).then_some((start..end_text.len(), quoted, spaced))
}

/// The value that starts at `start`, without its quotes. `to_line_end`: nothing but the line's end ends it.
fn value_at(text: &str, references: &[reference::Reference], start: usize, to_line_end: bool) -> Range<usize> {
    let rest = text.get(start..).unwrap_or_default();
    for quote in ["\\\"", "\"", "'"] {
        if let Some(inner) = rest.strip_prefix(quote) {
            let line = inner.split('\n').next().unwrap_or(inner);
            let length = line.find(quote).unwrap_or(line.len());
            let start = start + quote.len();
            return start..start + length;
        }
    }
    if to_line_end {
        let line = rest.split('\n').next().unwrap_or(rest);
        let line =
            line.split(" #").next().unwrap_or(line).trim_end_matches([' ', '\t', '\r', ',', ';', '"', '\'', '}', ']']);
        return start..start + line.len();
    }
    let end = run(text, references, start, |byte| {
        byte.is_ascii_whitespace() || matches!(byte, b';' | b'&' | b'"' | b'\'' | b'`' | b'}' | b')' | b'|' | b'>')
    });
    // `host:6379,password=x,ssl=true` (StackExchange.Redis): a comma ends the value when another name follows.
    let value = text.get(start..end).unwrap_or_default();
    let comma = value.match_indices(',').find(|(at, _)| {
        let after = value.get(at + 1..).unwrap_or_default();
        let name = after.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        after.is_empty() || after.as_bytes().get(name) == Some(&b'=')
    });
    start..comma.map_or(end, |(at, _)| start + at)
}

/// The literals of SQL that sets a password: `IDENTIFIED BY 'x'`, `WITH PASSWORD 'x'`.
pub(super) fn sql_passwords(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if memchr::memchr2(b'\'', b'"', text.as_bytes()).is_none() {
        return found;
    }
    for marker in ["IDENTIFIED BY ", "identified by ", " PASSWORD ", " password "] {
        for (at, _) in text.match_indices(marker) {
            let start = at + marker.len();
            let rest = text.get(start..).unwrap_or_default();
            let Some(quote) = rest.chars().next().filter(|quote| matches!(quote, '\'' | '"')) else { continue };
            let inner = rest.get(1..).unwrap_or_default();
            if let Some(length) = inner.find([quote, '\n']).filter(|length| *length > 0) {
                found.push(start + 1..start + 1 + length);
            }
        }
    }
    found
}
