//! Secrets found line by line, in any format and in text that is none.

use std::ops::Range;

use super::super::key::{KeyClass, key_class};
use super::super::{command, reference, url};
use super::{Mask, names_password_hash};

/// What the lines before say about the one at hand.
#[derive(Default)]
struct Pending<'a> {
    /// A secret key whose value goes on in the lines below that are indented deeper.
    block: Option<Block<'a>>,
    /// The quote that a secret value opened and did not close.
    quote: Option<u8>,
    /// A `name: DB_PASSWORD` whose `value:` may follow, and how many more lines it is waited for.
    name: Option<(&'a str, u8)>,
    /// A list item that is a secret flag: the next item is its value.
    flag: Option<&'a str>,
    /// A secret value that ended in a backslash.
    continued: bool,
}

struct Block<'a> {
    key: &'a str,
    indentation: usize,
    /// `|` or `>`: every line of it is the value. Otherwise only what looks like no key of its own.
    scalar: bool,
}

impl<'a> Mask<'a> {
    pub(super) fn lines(&mut self) {
        let mut pending = Pending::default();
        let mut start = 0;
        for line in self.text.split_inclusive('\n') {
            let end = start + line.trim_end_matches(['\n', '\r']).len();
            self.line(start..end, &mut pending);
            start += line.len();
        }
    }

    fn line(&mut self, range: Range<usize>, pending: &mut Pending<'a>) {
        let line = self.slice(&range);
        let start = range.start;
        let content = line.trim_start();
        let indentation = line.len() - content.len();
        if content.is_empty() {
            return;
        }
        // What the value of a line above still covers.
        if let Some(quote) = pending.quote {
            let close = memchr::memchr(quote, line.as_bytes());
            self.push(start..start + close.unwrap_or(line.len()));
            if close.is_some() {
                pending.quote = None;
            }
            return;
        }
        if std::mem::take(&mut pending.continued) {
            pending.continued = line.ends_with('\\');
            self.push(start + indentation..range.end);
            return;
        }
        if let Some(block) = &pending.block {
            let is_item = content.starts_with("- ");
            let inside =
                indentation > block.indentation || (is_item && indentation == block.indentation && !block.scalar);
            let has_own_key = opening_key(line).is_some();
            if inside && block.scalar {
                self.push(start + indentation..range.end);
                return;
            }
            if inside && !has_own_key && !content.starts_with('#') {
                let skipped = if is_item { 2 } else { 0 };
                let item = start + indentation + skipped..range.end;
                let key = block.key;
                self.value(key, KeyClass::Secret, item);
                return;
            }
            if !inside || has_own_key {
                pending.block = None;
            }
        }
        if let Some(flag) = pending.flag.take() {
            let item = content.trim_start_matches(['-', ' ']);
            let item_start = range.end - item.len();
            self.value(flag, KeyClass::Secret, item_start..range.end);
        }
        self.urls(&range);
        let judged = self.opening(&range, indentation, pending);
        self.assignments(&range, judged);
        self.flags(&range, pending);
    }

    fn urls(&mut self, range: &Range<usize>) {
        for info in url::user_infos(self.slice(range)) {
            let password = range.start + info.password.start..range.start + info.password.end;
            self.value("password", KeyClass::Secret, password);
        }
    }

    /// The key that opens a line, whatever the format: `key: value`, `- KEY=value`, `# key = value`, `requirepass x`.
    /// Up to where in the line it has settled what is masked.
    fn opening(&mut self, range: &Range<usize>, indentation: usize, pending: &mut Pending<'a>) -> usize {
        let line = self.slice(range);
        let name_waits = pending.name.take();
        let Some(opening) = opening_key(line) else { return 0 };
        let key = line.get(opening.key.clone()).unwrap_or_default();
        let value = value_in(line, &opening);
        let value_text = line.get(value.clone()).unwrap_or_default().trim();
        // `name: DB_PASSWORD` and `value: x` (Kubernetes, Actions and others).
        if matches!(key, "name" | "key" | "variable" | "Name" | "Key") {
            let name = value_text.trim_matches(['"', '\'']);
            pending.name = Some((name, 3));
            return 0;
        }
        let mut class = key_class(key);
        let mut effective = key;
        if let Some((name, lines)) = name_waits {
            if matches!(key, "value" | "default" | "Value" | "content") {
                class = key_class(name);
                effective = name;
            } else if lines > 0 {
                pending.name = Some((name, lines - 1));
            }
        }
        if class == KeyClass::Secret && opening.block_may_follow {
            let header = value_text.split([' ', '#']).next().unwrap_or_default();
            let is_block_header = header.starts_with(['|', '>']) && header.len() <= 3;
            if is_block_header || value_text.is_empty() || value_text.starts_with('#') {
                pending.block = Some(Block {
                    key: effective,
                    indentation: opening.indentation(indentation),
                    scalar: is_block_header,
                });
                return line.len();
            }
        }
        let masks = class == KeyClass::Secret || class == KeyClass::Ambiguous || names_password_hash(effective);
        if !masks {
            return 0;
        }
        let raw = line.get(value.start..).unwrap_or_default();
        let quote = raw.trim_start().bytes().next().filter(|byte| matches!(byte, b'"' | b'\''));
        let closes =
            |quote: u8| memchr::memchr(quote, raw.trim_start().as_bytes().get(1..).unwrap_or_default()).is_some();
        pending.quote = quote.filter(|quote| class == KeyClass::Secret && !opening.is_comment && !closes(*quote));
        pending.continued = class == KeyClass::Secret && value_text.ends_with('\\');
        // A value that goes on in the deeper lines below, without quotes.
        if class == KeyClass::Secret && opening.block_may_follow && quote.is_none() && !opening.is_comment {
            pending.block =
                Some(Block { key: effective, indentation: opening.indentation(indentation), scalar: false });
        }
        self.value(effective, class, range.start + value.start..range.start + value.end);
        value.end
    }

    /// Assignments further inside a line: commands, connection strings, JSON and flow mappings.
    fn assignments(&mut self, range: &Range<usize>, judged: usize) {
        let line = self.slice(range);
        for parameter in url::parameters(line) {
            let name = line.get(parameter.name).unwrap_or_default();
            if url::is_secret_name(name) {
                let value = range.start + parameter.value.start..range.start + parameter.value.end;
                self.value(name, KeyClass::Secret, value);
            }
        }
        for password in url::sql_passwords(line) {
            self.value("password", KeyClass::Secret, range.start + password.start..range.start + password.end);
        }
        // `{user: a, password: b}`, `username: admin password:admin`.
        let bytes = line.as_bytes();
        let mut from = judged;
        for colon in memchr::memchr_iter(b':', bytes) {
            if colon < from || matches!(bytes.get(colon + 1), None | Some(b'/' | b':')) {
                continue;
            }
            let head = line.get(..colon).unwrap_or_default().trim_end_matches([' ', '"', '\'']);
            let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
            let length = head.bytes().rev().take(129).take_while(|byte| is_name(byte)).count();
            let name = head.get(head.len() - length..).unwrap_or_default();
            let class = key_class(name);
            if length < 2 || !matches!(class, KeyClass::Secret | KeyClass::Ambiguous) {
                continue;
            }
            let rest = line.get(colon + 1..).unwrap_or_default();
            let in_reference = head.get(..head.len() - length).is_some_and(|before| before.ends_with("${"));
            let skipped = match rest.bytes().next().filter(|_| in_reference) {
                // `${NAME:?message}` says what to do; the signs of the others are no part of the secret.
                Some(b'?') => continue,
                Some(b'-' | b'+' | b'=') => 1,
                _ => rest.len() - rest.trim_start_matches([' ', '\t']).len(),
            };
            let start = colon + 1 + skipped;
            let value = line.get(start..).unwrap_or_default();
            let quote = value.bytes().next().filter(|byte| matches!(byte, b'"' | b'\''));
            let end = match quote {
                Some(quote) => closing_quote(value, quote).unwrap_or(value.len()),
                None => {
                    let reference = reference::scan(value)
                        .first()
                        .filter(|found| found.range.start == 0)
                        .map(|found| found.range.end);
                    let behind = reference.unwrap_or(0);
                    value
                        .get(behind..)
                        .and_then(|rest| rest.find([',', '}', ']']))
                        .map_or(value.len(), |end| behind + end)
                }
            };
            from = start + end;
            self.value(name, class, range.start + start..range.start + start + end);
        }
    }

    fn flags(&mut self, range: &Range<usize>, pending: &mut Pending<'a>) {
        let line = self.slice(range);
        if !command::may_hold_secret(line) && memchr::memchr(b'-', line.as_bytes()).is_none() {
            return;
        }
        // Brackets, commas and quotes of `["--requirepass", "x"]` are blanks here; the bytes keep their places.
        let flat: String = line
            .chars()
            .map(|character| if matches!(character, '[' | ']' | ',' | '"' | '\'') { ' ' } else { character })
            .collect();
        for text in [line, flat.as_str()] {
            for (found, name) in command::flags_in(text) {
                self.value(&name, KeyClass::Secret, range.start + found.start..range.start + found.end);
            }
        }
        // A flag alone in its line: the next item is its value.
        if let Some(item) = line.trim_start().strip_prefix("- ") {
            let item = item.trim().trim_matches(['"', '\'']);
            let is_flag = item.starts_with('-') && !item.contains(['=', ' ']);
            if is_flag && (key_class(item) == KeyClass::Secret || item == "-a") {
                pending.flag = Some("password");
            }
        }
    }
}

/// The key that opens a line.
struct Opening {
    key: Range<usize>,
    /// Where what follows the separator starts.
    value: usize,
    /// A quote opened before the key and closes behind the value: `- "KEY=value"`.
    outer_quote: Option<u8>,
    /// The separator is a colon, so that the lines below may hold the value.
    block_may_follow: bool,
    /// How many bytes of list dashes stand before the key.
    dashes: usize,
    is_comment: bool,
}

impl Opening {
    /// What lines below must be indented deeper than to belong to the value.
    fn indentation(&self, line: usize) -> usize {
        line + self.dashes
    }
}

/// Finds the key that opens a line, behind list dashes, comment signs and `export`.
fn opening_key(line: &str) -> Option<Opening> {
    let content = line.trim_start();
    let mut at = line.len() - content.len();
    let mut dashes = 0;
    let mut is_comment = false;
    loop {
        let rest = line.get(at..)?;
        let skipped = if let Some(after) = rest.strip_prefix("- ") {
            let length = rest.len() - after.trim_start().len();
            dashes += length;
            length
        } else if rest.starts_with(['#', ';']) || rest.starts_with("//") || rest.starts_with("-- ") {
            is_comment = true;
            rest.len() - rest.trim_start_matches(['#', ';', '/', '!', '-', ' ', '\t']).len()
        } else {
            ["export ", "set ", "ENV ", "ARG ", "{ ", "{"]
                .iter()
                .find(|prefix| rest.starts_with(*prefix))
                .map_or(0, |prefix| prefix.len())
        };
        if skipped == 0 {
            break;
        }
        at += skipped;
    }
    let rest = line.get(at..)?;
    let quote = rest.bytes().next().filter(|byte| matches!(byte, b'"' | b'\''));
    let start = at + usize::from(quote.is_some());
    let is_name =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']' | b'/' | b'$');
    let length = line.get(start..)?.bytes().take(160).take_while(is_name).count();
    // Two words are no key, unless they are a comment's ("Default password: x") or ODBC's.
    let mut end = start + length;
    if length == 0 {
        return None;
    }
    let mut behind = line.get(end..)?;
    let mut outer_quote = quote;
    if let Some(after) = quote.and_then(|quote| behind.strip_prefix(char::from(quote))) {
        behind = after;
        outer_quote = None;
    }
    let mut trimmed = behind.trim_start_matches([' ', '\t']);
    let spaced = trimmed.len() != behind.len();
    if is_comment && spaced && !trimmed.starts_with(['=', ':']) {
        // The words before the first colon of a comment, if they are few.
        let colon = trimmed.find(':').filter(|colon| *colon < 40)?;
        end = line.len() - trimmed.len() + colon;
        trimmed = trimmed.get(colon..)?;
        if !line.get(start..end)?.split(' ').count().le(&4) {
            return None;
        }
    }
    let value = line.len() - trimmed.len();
    let key = start..end;
    let opening = |value: usize, block_may_follow: bool| {
        Some(Opening { key: key.clone(), value, outer_quote, block_may_follow, dashes, is_comment })
    };
    let bytes = trimmed.as_bytes();
    match bytes.first() {
        Some(b'=') => opening(value + 1 + usize::from(bytes.get(1) == Some(&b'>')), false),
        Some(b':') if bytes.get(1) == Some(&b'=') => opening(value + 2, false),
        Some(b':') if bytes.get(1) != Some(&b'/') => opening(value + 1, !is_comment && outer_quote.is_none()),
        // `requirepass x`: two words, no more.
        Some(_) if spaced && !is_comment && trimmed.split_whitespace().count() == 1 => {
            (key_class(line.get(key.clone())?) == KeyClass::Secret).then(|| opening(value, false)).flatten()
        }
        _ => None,
    }
}

/// The value behind an opening key, quotes included, comment and flow brackets left out.
fn value_in(line: &str, opening: &Opening) -> Range<usize> {
    let rest = line.get(opening.value..).unwrap_or_default();
    let mut start = opening.value + (rest.len() - rest.trim_start().len());
    // Anchors and tags stand before the value.
    while let Some(word) = line.get(start..).filter(|rest| opening.block_may_follow && rest.starts_with(['&', '!'])) {
        let length = word.find(' ').unwrap_or(word.len());
        if word.starts_with("!vault") {
            break;
        }
        start += length;
        let rest = line.get(start..).unwrap_or_default();
        start += rest.len() - rest.trim_start().len();
    }
    let value = line.get(start..).unwrap_or_default();
    let quote = value.bytes().next().filter(|byte| matches!(byte, b'"' | b'\''));
    let end = if let Some(outer) = opening.outer_quote {
        memchr::memrchr(outer, value.as_bytes()).unwrap_or(value.len())
    } else if let Some(quote) = quote {
        closing_quote(value, quote).map_or(value.len(), |end| end + 1)
    } else {
        value.find(" #").or_else(|| value.find("\t#")).unwrap_or(value.len())
    };
    start..start + end
}

/// Where the quote that opens `value` closes again.
fn closing_quote(value: &str, quote: u8) -> Option<usize> {
    let bytes = value.as_bytes();
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'\\' && quote == b'"' {
            at += 2;
            continue;
        }
        if byte == quote {
            if quote == b'\'' && bytes.get(at + 1) == Some(&quote) {
                at += 2;
                continue;
            }
            return Some(at);
        }
        at += 1;
    }
    None
}
