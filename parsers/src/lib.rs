//! Configuration files to syntax trees with exact byte spans.
//!
//! This crate knows no rule, no stack and no report. Every format gives a [`Document`]; where the tree is too poor to
//! be the meaning, a format keeps a typed view beside it. A syntax error never costs more than its own part of the file.

mod document;
pub mod dotenv;
mod format;
pub mod interpolation;
mod invisible;
pub mod pg_hba;
pub mod postgresql_conf;
mod range;
pub mod yaml;

pub use document::{
    Anchor, Comment, Document, Entry, Node, NodeId, NodeKind, PathSegment, Scalar, ScalarStyle, ScalarValue, Segment,
    SyntaxError, SyntaxErrorKind, Tag,
};
pub use format::{Format, Parsed};
pub use invisible::invisible;
pub use range::TextRange;
