//! Where a text must not be shown: every stretch that may be a secret, found twice.
//!
//! Once by lines, which also works in comments and in text that no parser could read, and once by the tree, which knows
//! where quoted, folded and multi-line values end. Whatever either finds is masked: when in doubt, mask.

use std::ops::Range;

use stacklint_parsers::{Document, NodeId, NodeKind, Scalar, ScalarValue, TextRange};

use super::judge::{Candidate, Verdict, judge};
use super::key::{self, KeyClass, key_class};
use super::token::{self, FoundKind};
use super::{command, literal, reference, url};

/// The ranges of `text` that may be secret, sorted, without overlaps, on character boundaries, none across a line break.
///
/// `document` is the tree of the text where there is one. References stay visible (`${VAR}`; of `${VAR:-lit}` only `lit`
/// is masked), and so do switches, small numbers and paths.
#[must_use]
pub fn mask_ranges(text: &str, document: Option<&Document>) -> Vec<TextRange> {
    let mut mask = Mask { text, ranges: Vec::new() };
    mask.tokens();
    mask.lines();
    if let Some(document) = document {
        mask.tree(document);
    }
    mask.finish()
}

struct Mask<'a> {
    text: &'a str,
    ranges: Vec<Range<usize>>,
}

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
    fn slice(&self, range: &Range<usize>) -> &'a str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    fn push(&mut self, range: Range<usize>) {
        if range.start < range.end {
            self.ranges.push(range);
        }
    }

    /// What shows by itself what it is, anywhere in the text.
    fn tokens(&mut self) {
        for found in token::find("", self.text) {
            if let FoundKind::PrivateKey { .. } = found.kind {
                let body = token::private_key_body(self.slice(&found.range));
                self.push(found.range.start + body.start..found.range.start + body.end);
            } else {
                self.push(found.range);
            }
        }
    }

    /// Masks the value of a secret key, except for references and what is plainly no secret.
    fn value(&mut self, key: &str, class: KeyClass, range: Range<usize>) {
        self.value_at(key, class, range, 0);
    }

    fn value_at(&mut self, key: &str, class: KeyClass, range: Range<usize>, depth: u8) {
        let raw = self.slice(&range);
        let trimmed = raw.trim();
        let start = range.start + (raw.len() - raw.trim_start().len());
        let inner = ['"', '\''].iter().find_map(|quote| trimmed.strip_prefix(*quote)?.strip_suffix(*quote));
        // A quote that closes in another line stays visible as well.
        let inner = inner.or_else(|| {
            let quote = trimmed.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            trimmed.strip_prefix(quote).filter(|rest| !rest.contains(quote))
        });
        let (start, text) = inner.map_or((start, trimmed), |inner| (start + 1, inner));
        if is_plainly_visible(key, class, text) {
            return;
        }
        let mut at = start;
        for found in reference::scan(text) {
            self.push(at..start + found.range.start);
            at = start + found.range.end;
            if let Some(fallback) = found.fallback {
                let fallback = start + fallback.start..start + fallback.end;
                if depth < 4 {
                    self.value_at(key, class, fallback, depth + 1);
                } else {
                    self.push(fallback);
                }
            }
        }
        self.push(at..start + text.len());
    }

    fn lines(&mut self) {
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
            if length < 2 || key_class(name) != KeyClass::Secret {
                continue;
            }
            let rest = line.get(colon + 1..).unwrap_or_default();
            let skipped = rest.len() - rest.trim_start_matches([' ', '\t']).len();
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
            self.value(name, KeyClass::Secret, range.start + start..range.start + start + end);
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
                let name = if key_class(&name) == KeyClass::Secret { name } else { "password".to_owned() };
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

    /// The values of the tree, with the keys above them.
    fn tree(&mut self, document: &Document) {
        let mut stack: Vec<(NodeId, String)> = document.roots().iter().map(|root| (*root, String::new())).collect();
        while let Some((id, path)) = stack.pop() {
            match &document.node(id).kind {
                NodeKind::Scalar(scalar) => self.scalar(document, id, scalar, &path),
                NodeKind::Sequence(items) => {
                    self.arguments(document, items);
                    stack.extend(items.iter().map(|item| (*item, path.clone())));
                }
                NodeKind::Mapping(entries) => {
                    let own = |name: &str| {
                        entries
                            .iter()
                            .find(|entry| document.scalar(entry.key).is_some_and(|key| key.eq_ignore_ascii_case(name)))
                    };
                    let named = own("name").or_else(|| own("key")).and_then(|entry| document.scalar(entry.value));
                    for entry in entries {
                        let key = document.scalar(entry.key).unwrap_or_default();
                        let is_value = matches!(key, "value" | "default" | "Value" | "content");
                        // Two words of the path: `api_token: {value: x}`, and `name: API_TOKEN, value: x`.
                        let parent = path.rsplit('.').next().unwrap_or_default();
                        let path = match named.filter(|_| is_value) {
                            Some(name) => name.to_owned(),
                            None if parent.is_empty() || !is_value => key.to_owned(),
                            None => format!("{parent}.{key}"),
                        };
                        stack.push((entry.value, path));
                    }
                }
                NodeKind::Alias(..) => {}
            }
        }
    }

    fn scalar(&mut self, document: &Document, id: NodeId, scalar: &Scalar, path: &str) {
        let Some(value) = document.scalar(id) else { return };
        if value.is_empty() {
            return;
        }
        // A list item `KEY=value` has its key inside.
        let assigned = value.split_once('=').filter(|(name, _)| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        });
        let (key, offset) = match assigned {
            Some((name, _)) if key_class(path) != KeyClass::Secret => (name, name.len() + 1),
            _ => (path, 0),
        };
        let part = value.get(offset..).unwrap_or_default();
        let class = key_class(key);
        let is_secret = class == KeyClass::Secret || names_password_hash(key);
        if (is_secret || class == KeyClass::Ambiguous) && !is_plainly_visible(key, class, part) {
            if let Some(source) = source(scalar, offset..value.len()) {
                self.push_around_references(source);
            }
            return;
        }
        for judgement in judge(&Candidate { key, value: part, neighbours: &[] }) {
            if judgement.verdict.is_exposed() || judgement.verdict == Verdict::Hash {
                let range = offset + judgement.range.start..offset + judgement.range.end;
                if let Some(source) = source(scalar, range) {
                    self.push(source);
                }
            }
        }
    }

    fn push_around_references(&mut self, range: Range<usize>) {
        let raw = self.slice(&range);
        let mut at = range.start;
        for found in reference::scan(raw) {
            self.push(at..range.start + found.range.start);
            at = range.start + found.range.end;
            if let Some(fallback) = found.fallback {
                self.value("password", KeyClass::Secret, range.start + fallback.start..range.start + fallback.end);
            }
        }
        self.push(at..range.end);
    }

    /// A sequence that is a command.
    fn arguments(&mut self, document: &Document, items: &[NodeId]) {
        let texts: Vec<&str> = items.iter().map(|item| document.scalar(*item).unwrap_or_default()).collect();
        for secret in command::command_arguments(&texts) {
            let Some(&item) = items.get(secret.argument) else { continue };
            let NodeKind::Scalar(scalar) = &document.node(item).kind else { continue };
            let value = texts.get(secret.argument).and_then(|text| text.get(secret.range.clone())).unwrap_or_default();
            let name = if key_class(&secret.name) == KeyClass::Secret { secret.name.as_str() } else { "password" };
            let source = source(scalar, secret.range).filter(|_| !is_plainly_visible(name, KeyClass::Secret, value));
            if let Some(source) = source {
                self.push_around_references(source);
            }
        }
    }

    /// Sorts, joins, cuts at line breaks.
    fn finish(mut self) -> Vec<TextRange> {
        self.ranges.sort_unstable_by_key(|range| (range.start, range.end));
        let mut joined: Vec<Range<usize>> = Vec::new();
        for range in self.ranges {
            let start =
                (0..=range.start.min(self.text.len())).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0);
            let end = (range.end.min(self.text.len())..=self.text.len()).find(|at| self.text.is_char_boundary(*at));
            let end = end.unwrap_or(self.text.len());
            match joined.last_mut().filter(|last| start <= last.end) {
                Some(last) => last.end = last.end.max(end),
                None => joined.push(start..end),
            }
        }
        let mut lines = Vec::new();
        for range in joined {
            let mut at = range.start;
            for line in self.text.get(range).unwrap_or_default().split_inclusive('\n') {
                let shown = line.trim_end_matches(['\n', '\r', ' ', '\t']);
                let indentation = shown.len() - shown.trim_start_matches([' ', '\t']).len();
                if indentation < shown.len() {
                    lines.push(TextRange::from_usize(at + indentation..at + shown.len()));
                }
                at += line.len();
            }
        }
        lines
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

/// A hash can be guessed at once it is known.
fn names_password_hash(key: &str) -> bool {
    key::names_hash(key) && key::is_about_secret(key)
}

/// Whether a value under a secret key is so plainly no secret that it may be shown. Prose is not: a passphrase looks
/// the same.
fn is_plainly_visible(key: &str, class: KeyClass, text: &str) -> bool {
    if text.is_empty()
        || text.starts_with('*')
            && text.len() < 32
            && text.bytes().skip(1).all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    {
        return true;
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    literal::is_plain_word(text)
        || (is_number && text.len() < 5 && !key::is_password(key))
        || (is_number && text.len() < 2)
        || literal::is_path(text)
        || literal::is_plain_url(text)
        || reference::is_managed(text)
        || reference::is_expression(text)
        || matches!(text, "{" | "[" | "{}" | "[]" | "|" | ">" | "|-" | ">-")
        || (text.starts_with('{') && !text.starts_with("{{") && text.contains(':'))
        || (class == KeyClass::Ambiguous && !literal::looks_random(text))
}

/// Where a range of a scalar's decoded text stands in the file. What lies between two parts of it (an escape's
/// backslash, a fold's indentation) belongs to it.
fn source(scalar: &Scalar, range: Range<usize>) -> Option<Range<usize>> {
    match &scalar.value {
        ScalarValue::Verbatim(source) => {
            let source = source.to_usize();
            Some(source.start + range.start..(source.start + range.end).min(source.end))
        }
        ScalarValue::Decoded(_, segments) => {
            let mut found: Option<Range<usize>> = None;
            let mut start = 0;
            for segment in segments {
                let end = segment.end as usize;
                let (from, to) = (range.start.max(start), range.end.min(end));
                if from < to {
                    let source = segment.source.to_usize();
                    let part =
                        if segment.verbatim { source.start + from - start..source.start + to - start } else { source };
                    found = match found {
                        Some(before) => Some(before.start.min(part.start)..before.end.max(part.end)),
                        None => Some(part),
                    };
                }
                start = end;
            }
            found
        }
    }
}

#[cfg(test)]
#[path = "mask_tests.rs"]
mod tests;
