//! YAML, as Docker Compose reads it, to a [`Document`].
//!
//! ```text
//! prepare   the text with the few bytes changed that the event parser must see differently   (same length)
//! build     events to nodes; `gap` and `decode` find what events don't tell
//! recover   on an error: which line is at fault, what is read without it, which nodes that touches
//! message   errors in plain words
//! ```
//!
//! Events come from granit-parser, whose types stay in this folder. What counts is what Compose makes of a file, and it
//! reads with go-yaml v3 (a port of libyaml, YAML 1.1 with parts of 1.2). Held against Docker Compose 2.40.3, we read as
//! go-yaml does where the event parser would not:
//!
//! - U+0085, U+2028 and U+2029 end lines and comments. (A lone U+2028 or U+2029 inside a scalar is a line break here; in
//!   go-yaml it also stays in the text.)
//! - A quoted text may go on at less indentation than its key.
//! - A block scalar whose last line has no line break has none in its text.
//! - Anchors outlive their document.
//! - A value that contains itself through an alias is an error.
//!
//! Known to differ, all rare: go-yaml refuses and we read
//!
//! - a tab behind `-`, and a tab as the first character of a block scalar;
//! - `\/` and surrogate pairs in double quotes, anchor names with other characters than letters, digits, `_`, `-`;
//! - a key of a flow mapping that is parted from its `:` by a line break;
//! - duplicate keys: they stay in the tree, the engine reports them with both places;
//! - `%YAML 1.2`.
//!
//! go-yaml reads and we refuse (as a syntax error; the rest of the file is read)
//!
//! - a comment without a blank before it, behind a closing quote or a block scalar's header;
//! - `\'` in double quotes;
//! - an alias or anchor that ends at a `:` without a blank (`*a: b`): here the `:` belongs to its name.
//!
//! Limits: nesting beyond 128 levels is cut, beyond 10,000 (go-yaml's limit too) it is an error; keys have at most 1,024
//! characters; at most 8 lines are blanked in one file, and it is read at most 64 times, in all at most 16 MiB (but a
//! third time even if it is larger).

use std::sync::Arc;

use crate::Document;

mod build;
mod decode;
mod gap;
mod message;
mod prepare;
mod recover;

/// Reads a YAML file of any content. It never fails: what could not be read is in the document's errors.
///
/// A text without any node has no root; a document with nothing but its `---` has an empty scalar.
#[must_use]
pub fn parse(text: Arc<str>) -> Document {
    recover::read(&text)
}
