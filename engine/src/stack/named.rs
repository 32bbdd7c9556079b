//! What `include` and `extends` name: once a stack is put together, its model does not have them any more.

use std::path::PathBuf;

use crate::origin::Span;

/// Something that a text in a Compose file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The text.
    pub place: Span,
    /// What it names.
    pub target: NamedTarget,
}

/// What a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedTarget {
    /// A file; absolute. It need not exist.
    File(PathBuf),
    /// A service that another one extends, by the place of its name.
    Service(Span),
}
