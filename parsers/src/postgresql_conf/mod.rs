//! `postgresql.conf`: parameters of a server, and files to read more of them from.
//!
//! The grammar is `conf.pest`. A line that breaks it costs itself only, as in the server; unlike the server, which gives
//! up after 100 of them, all are told.

mod decode;
mod diagnose;

use std::sync::Arc;

use pest::Parser as _;
use pest::iterators::Pair;

use crate::document::{
    self, Comment, Document, Node, NodeId, NodeKind, Scalar, ScalarStyle, ScalarValue, SyntaxError, SyntaxErrorKind,
};
use crate::range::TextRange;

#[derive(pest_derive::Parser)]
#[grammar = "postgresql_conf/conf.pest"]
struct Grammar;

/// A longer line is not read.
const MAX_LINE: usize = 1 << 20;

/// So many entries and broken lines are read of one file.
const MAX_LINES: usize = 500_000;

/// A parsed `postgresql.conf`.
#[derive(Clone, Debug)]
pub struct PostgresqlConf {
    /// The file as a tree: one mapping with the entries. Its errors are the lines that the server cannot read.
    pub document: Document,
    /// The entries in the order of the file, duplicates kept.
    pub entries: Vec<Entry>,
}

/// One `name = value`.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The name as written; case does not matter to the server.
    pub name: Box<str>,
    /// The name in the tree.
    pub key: NodeId,
    /// The value in the tree.
    pub value: NodeId,
    /// What the entry says.
    pub kind: EntryKind,
    /// The value stands in single quotes.
    pub quoted: bool,
    /// Its line, from 1.
    pub line: u32,
}

/// What an [`Entry`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A parameter has a value.
    Parameter,
    /// `include`: read a file.
    Include,
    /// `include_if_exists`: read a file if there is one.
    IncludeIfExists,
    /// `include_dir`: read the `.conf` files of a directory.
    IncludeDir,
}

impl EntryKind {
    /// What an entry of this name says.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let is = |directive: &str| name.eq_ignore_ascii_case(directive);
        if is("include") {
            Self::Include
        } else if is("include_if_exists") {
            Self::IncludeIfExists
        } else if is("include_dir") {
            Self::IncludeDir
        } else {
            Self::Parameter
        }
    }
}

impl PostgresqlConf {
    /// The decoded value of an entry.
    #[must_use]
    pub fn value(&self, entry: &Entry) -> &str {
        self.document.scalar(entry.value).unwrap_or_default()
    }
}

/// Reads a file.
#[must_use]
pub fn parse(text: Arc<str>) -> PostgresqlConf {
    let mut builder =
        Builder { document: Document::new(Arc::clone(&text)), entries: Vec::new(), pairs: Vec::new(), repaired: false };
    let mut start = 0;
    // Only a line feed ends a line.
    for (line, number) in text.split('\n').zip(1u32..) {
        if line.len() > MAX_LINE {
            let message = format!("this line is longer than {} MiB and was not read", MAX_LINE >> 20);
            builder.over_limit(message, start..start + line.len());
        } else if builder.entries.len() + builder.document.errors().len() >= MAX_LINES {
            let message = format!("the file has more than {MAX_LINES} settings, and what follows was not read");
            builder.over_limit(message, start..text.len());
            break;
        } else {
            builder.line(line, start, number);
        }
        start += line.len() + 1;
    }
    builder.finish()
}

struct Builder {
    document: Document,
    entries: Vec<Entry>,
    pairs: Vec<document::Entry>,
    repaired: bool,
}

impl Builder {
    fn line(&mut self, line: &str, start: usize, number: u32) {
        let Some(parsed) = Grammar::parse(Rule::line, line).ok().and_then(|mut lines| lines.next()) else {
            self.broken(line, start);
            return;
        };
        let mut own_line = true;
        for part in parsed.into_inner() {
            match part.as_rule() {
                Rule::setting => {
                    own_line = false;
                    self.setting(part, start, number);
                }
                Rule::comment => self.comment(&part, start, own_line),
                _ => {}
            }
        }
    }

    fn over_limit(&mut self, message: String, skipped: std::ops::Range<usize>) {
        self.repaired = true;
        let skipped = TextRange::from_usize(skipped);
        let range = TextRange::empty(skipped.start);
        let kind = SyntaxErrorKind::OverLimit;
        self.document.push_error(SyntaxError { message, range, skipped: Some(skipped), kind });
    }

    fn setting(&mut self, setting: Pair<'_, Rule>, start: usize, number: u32) {
        let mut parts = setting.into_inner().filter(|part| part.as_rule() != Rule::equals);
        let (Some(name), Some(value)) = (parts.next(), parts.next()) else { return };
        let quoted = value.as_str().starts_with('\'');
        let range = place(&value, start);
        let (style, decoded) = if quoted {
            (ScalarStyle::SingleQuoted, decode::string(value.as_str(), range.start))
        } else {
            (ScalarStyle::Plain, ScalarValue::Verbatim(range))
        };
        let key_range = place(&name, start);
        let key = self.scalar(key_range, Scalar { style: ScalarStyle::Plain, value: ScalarValue::Verbatim(key_range) });
        let value = self.scalar(range, Scalar { style, value: decoded });
        self.pairs.push(document::Entry { key, value });
        let kind = EntryKind::of(name.as_str());
        self.entries.push(Entry { name: name.as_str().into(), key, value, kind, quoted, line: number });
    }

    /// Says what is wrong with a line.
    fn broken(&mut self, line: &str, start: usize) {
        let tokens = Grammar::parse(Rule::tokens, line).ok().and_then(|mut lines| lines.next());
        let tokens: Vec<Pair<'_, Rule>> = tokens.map(|tokens| tokens.into_inner().collect()).unwrap_or_default();
        if let Some(comment) = tokens.iter().find(|token| token.as_rule() == Rule::comment) {
            self.comment(comment, start, false);
        }
        let found = diagnose::line(line, &tokens);
        let written = line.trim_matches([' ', '\t', '\r']);
        let blanks = line.len() - line.trim_start_matches([' ', '\t', '\r']).len();
        self.repaired = true;
        self.document.push_error(SyntaxError {
            message: found.message,
            range: TextRange::from_usize(start + found.range.start..start + found.range.end),
            skipped: Some(TextRange::from_usize(start + blanks..start + blanks + written.len())),
            kind: SyntaxErrorKind::Malformed,
        });
    }

    fn comment(&mut self, comment: &Pair<'_, Rule>, start: usize, own_line: bool) {
        let from = start + comment.as_span().start();
        let range = TextRange::from_usize(from..from + comment.as_str().trim_end_matches('\r').len());
        self.document.push_comment(Comment { range, own_line });
    }

    fn scalar(&mut self, range: TextRange, scalar: Scalar) -> NodeId {
        self.document.push(Node::new(range, NodeKind::Scalar(scalar)))
    }

    fn finish(mut self) -> PostgresqlConf {
        let range = |pair: Option<&document::Entry>, key: bool| {
            pair.map(|pair| self.document.node(if key { pair.key } else { pair.value }).range)
        };
        let range = match (range(self.pairs.first(), true), range(self.pairs.last(), false)) {
            (Some(first), Some(last)) => first.cover(last),
            _ => TextRange::default(),
        };
        let mut node = Node::new(range, NodeKind::Mapping(self.pairs));
        node.repaired = self.repaired;
        let root = self.document.push(node);
        self.document.push_root(root);
        PostgresqlConf { document: self.document, entries: self.entries }
    }
}

fn place(pair: &Pair<'_, Rule>, start: usize) -> TextRange {
    let span = pair.as_span();
    TextRange::from_usize(start + span.start()..start + span.end())
}
