//! Secrets found in the tree, which knows where values end and which keys stand above them.

use std::ops::Range;

use stacklint_parsers::{Document, NodeId, NodeKind, Scalar, ScalarValue};

use super::super::judge::{Candidate, Verdict, judge};
use super::super::key::{KeyClass, key_class};
use super::super::{command, reference};
use super::{Mask, is_plainly_visible, names_password_hash};

impl Mask<'_> {
    /// The values of the tree, with the keys above them.
    pub(super) fn tree(&mut self, document: &Document) {
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
                        // Two words of the path: `api_token: {value: x}`, `basic_auth: {users: [...]}`; and pairs
                        // `name: API_TOKEN, value: x`.
                        let needs_parent = is_value || key == "users";
                        let parent = path.rsplit('.').next().unwrap_or_default();
                        let path = match named.filter(|_| is_value) {
                            Some(name) => name.to_owned(),
                            None if parent.is_empty() || !needs_parent => key.to_owned(),
                            None => format!("{parent}.{key}"),
                        };
                        stack.push((entry.value, path));
                    }
                }
                // What an alias under a secret key stands for is secret where it is written.
                NodeKind::Alias(_, Some(target)) if key_class(&path) == KeyClass::Secret => {
                    if let NodeKind::Scalar(scalar) = &document.node(*target).kind {
                        self.scalar(document, *target, scalar, &path);
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
            let visible = is_plainly_visible(&secret.name, KeyClass::Secret, value);
            let source = source(scalar, secret.range).filter(|_| !visible);
            if let Some(source) = source {
                self.push_around_references(source);
            }
        }
    }
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
