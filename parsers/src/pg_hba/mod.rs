//! `pg_hba.conf`: who may connect to a PostgreSQL server, from where, and how they prove who they are.
//!
//! Three stages, as in the server. [`lines`] joins physical lines to logical ones; a grammar (`hba.pest`) cuts a logical
//! line into fields and tokens; [`interpret`] makes a typed [`record`] of the fields of a line. The first two never fail
//! and make the tree; the third works on any fields, since those of `@file` come from other files.

mod address;
mod fields;
mod interpret;
pub mod lines;
mod options;
pub mod record;
mod regex;
pub mod shown;

use std::sync::Arc;

pub use interpret::{Entry, Include, IncludeKind, RecordError, RecordErrorKind, TokenView, interpret};

use crate::document::{Document, NodeId};
use crate::range::TextRange;
use lines::Continuation;

/// A parsed `pg_hba.conf`.
#[derive(Clone, Debug)]
pub struct PgHba {
    /// The file as a tree: a sequence of lines, each a sequence of fields, each a sequence of tokens. No text breaks the
    /// grammar: its errors are what is beyond a limit of ours.
    pub document: Document,
    /// The logical lines that have a field, in the order of the file.
    pub lines: Vec<Line>,
}

/// A logical line with at least one field.
#[derive(Clone, Debug)]
pub struct Line {
    /// The first of its physical lines, from 1: the number that the server names.
    pub number: u32,
    /// All its physical lines, without the last line break.
    pub range: TextRange,
    /// Its fields in the tree.
    pub node: NodeId,
    /// Its fields; at least one.
    pub fields: Vec<Field>,
    /// The comment that ends it, from its `#`. A comment that a backslash continues covers several physical lines.
    pub comment: Option<TextRange>,
}

/// A field: what stands between blanks. Commas make a list of it.
#[derive(Clone, Debug)]
pub struct Field {
    /// The field in the tree.
    pub node: NodeId,
    /// Its tokens; at least one.
    pub tokens: Vec<Token>,
}

/// A token: an element of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// The token in the tree, a scalar: its decoded text, and where each part of it stands.
    pub node: NodeId,
    /// Its first character is a quote, so that it is a name and never a keyword.
    pub quoted: bool,
}

impl PgHba {
    /// The decoded text of a token.
    #[must_use]
    pub fn text(&self, token: &Token) -> &str {
        self.document.scalar(token.node).unwrap_or_default()
    }

    /// The fields of a line, as [`interpret`] takes them.
    #[must_use]
    pub fn view(&self, line: &Line) -> Vec<Vec<TokenView<'_>>> {
        let view = |token: &Token| TokenView { text: self.text(token), quoted: token.quoted };
        line.fields.iter().map(|field| field.tokens.iter().map(view).collect()).collect()
    }
}

/// Reads a file as PostgreSQL 14 and later do.
#[must_use]
pub fn parse(text: Arc<str>) -> PgHba {
    fields::parse(text, Continuation::Backslash)
}

/// Reads a file as PostgreSQL 12 and 13 do, where a backslash at the end of a line means nothing.
#[must_use]
pub fn parse_13(text: Arc<str>) -> PgHba {
    fields::parse(text, Continuation::None)
}
