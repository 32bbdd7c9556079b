//! `.env` files as Docker Compose reads them.
//!
//! [`parse`] is the reading of `.env` beside a Compose file and of `env_file:`; [`parse_raw`] that of an `env_file:` with
//! `format: raw` and of `docker run --env-file`. Both give entries over one [`Document`], a mapping; [`load`] makes
//! variables of them. Values are decoded but not expanded in the tree: [`crate::interpolation`] says where the variables
//! of a decoded value are, so that a caller can follow each piece to its origin.

mod compose;
pub mod loaders;
mod raw;

use std::collections::BTreeMap;
use std::fmt;

pub use compose::parse;
pub use raw::parse as parse_raw;

use crate::document::{Document, NodeId};
use crate::interpolation::{self, Refusal};
use crate::range::TextRange;

/// How many bytes of values a file may make when it is loaded: `B=$A$A`, `C=$B$B` and so on double with each line.
pub const MAX_VALUES: usize = 1 << 24;

/// A parsed `.env` file.
#[derive(Clone, Debug)]
pub struct Dotenv {
    /// The file as a tree: one mapping with the entries. Its errors are what Compose refuses to parse; the lines without
    /// an error are read nevertheless. A bare name has an empty value in the tree.
    pub document: Document,
    /// The entries in the order of the file, duplicates kept.
    pub entries: Vec<Entry>,
}

/// One `NAME=value` or bare `NAME`.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The name; empty where the line has none (`=b`, or a bare `NAME` that ends the file without a line break), which
    /// Compose accepts.
    pub name: Box<str>,
    /// The name in the tree.
    pub key: NodeId,
    /// The value in the tree; none for a bare `NAME`, which takes the variable's value of the environment, if it has one.
    pub value: Option<NodeId>,
    /// The quotes around the value.
    pub quote: Option<Quote>,
    /// The value as written: the text between the quotes, or without quotes what is left of the line after blanks and
    /// comment are taken away. Empty behind a bare `NAME`.
    pub raw: TextRange,
    /// Whether `$NAME` and `${NAME}` in the decoded value are replaced.
    pub expanded: bool,
    /// The entry stands on the line of the one before it, behind the quote that closed its value: `A="b"c` makes `c` a
    /// bare name, which is seldom meant.
    pub after_quote: bool,
}

/// The quotes around a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quote {
    /// `'...'`: nothing is replaced, and only `\'` is an escape.
    Single,
    /// `"..."`: escapes, then variables.
    Double,
}

/// Why Compose refuses a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// A line breaks the grammar: the first error of the document.
    Syntax {
        /// What is wrong.
        message: String,
        /// Where, in the file.
        range: TextRange,
    },
    /// A value cannot be expanded.
    Value {
        /// The key of the entry.
        key: NodeId,
        /// Why. Ranges in it are of the decoded value.
        refusal: Refusal,
    },
    /// The values together are longer than [`MAX_VALUES`]. Compose would read them.
    OverLimit,
}

impl Dotenv {
    /// The decoded value of an entry, before variables in it are replaced; none for a bare name.
    #[must_use]
    pub fn value(&self, entry: &Entry) -> Option<&str> {
        self.document.scalar(entry.value?)
    }

    /// Whether Compose refuses the file whatever the environment is: for its syntax, or for a value that is no valid
    /// template. A missing required variable can refuse it too; that takes [`load`] to know.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        let invalid = |entry: &Entry| {
            entry.expanded && self.value(entry).is_some_and(|value| !interpolation::parse(value).errors.is_empty())
        };
        !self.document.errors().is_empty() || self.entries.iter().any(invalid)
    }
}

/// The variables that the file sets. A later entry wins over an earlier one; in values, `lookup` (the environment) wins
/// over the entries before. A bare name that `lookup` does not know changes nothing.
///
/// # Errors
///
/// Where Compose refuses the file.
pub fn load(dotenv: &Dotenv, lookup: &dyn Fn(&str) -> Option<String>) -> Result<BTreeMap<String, String>, LoadError> {
    let mut variables = BTreeMap::new();
    for (name, value) in assignments(dotenv, lookup)? {
        variables.insert(name, value);
    }
    Ok(variables)
}

/// What [`load`] assigns, one after the other: `docker run --env-file` hands on duplicates.
pub(crate) fn assignments(
    dotenv: &Dotenv,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<(String, String)>, LoadError> {
    if let Some(error) = dotenv.document.errors().first() {
        return Err(LoadError::Syntax { message: error.message.clone(), range: error.range });
    }
    let mut assigned = Vec::new();
    let mut left = MAX_VALUES;
    let mut known: BTreeMap<&str, String> = BTreeMap::new();
    for entry in &dotenv.entries {
        let value = match dotenv.value(entry) {
            None => lookup(&entry.name),
            Some(value) if entry.expanded => {
                let template = interpolation::parse(value);
                let lookup = |name: &str| lookup(name).or_else(|| known.get(name).cloned());
                let expanded = template.resolve(value, &lookup);
                Some(expanded.map_err(|refusal| LoadError::Value { key: entry.key, refusal })?)
            }
            Some(value) => Some(value.to_owned()),
        };
        if let Some(value) = value {
            left = left.checked_sub(value.len()).ok_or(LoadError::OverLimit)?;
            known.insert(&entry.name, value.clone());
            assigned.push((entry.name.to_string(), value));
        }
    }
    Ok(assigned)
}

impl fmt::Display for LoadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { message, .. } => formatter.write_str(message),
            Self::Value { refusal, .. } => refusal.fmt(formatter),
            Self::OverLimit => formatter.write_str("the values grow too long"),
        }
    }
}

impl std::error::Error for LoadError {}
