//! Where a text must not be shown: every stretch that may be a secret, found twice.
//!
//! Once by lines, which also works in comments and in text that no parser could read, and once by the tree, which knows
//! where quoted, folded and multi-line values end. Whatever either finds is masked: when in doubt, mask.

use std::ops::Range;

use stacklint_parsers::{Document, TextRange};

use super::key::{self, KeyClass};
use super::token::{self, FoundKind};
use super::{literal, reference, shape};

mod lines;
mod tree;

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
        let inner = inner.or_else(|| trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')));
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

/// A hash can be guessed at once it is known.
fn names_password_hash(key: &str) -> bool {
    key::names_hashed_secret(key)
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
        || shape::is_path(text)
        || shape::is_plain_url(text)
        || reference::is_managed(text)
        || reference::is_expression(text)
        || matches!(text, "{" | "[" | "{}" | "[]" | "|" | ">" | "|-" | ">-")
        || (text.starts_with('{') && !text.starts_with("{{") && text.contains(':'))
        || (class == KeyClass::Ambiguous && !shape::looks_random(text))
}

#[cfg(test)]
mod tests;
