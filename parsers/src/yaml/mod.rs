//! YAML, as Docker Compose reads it, to a [`Document`].

use std::sync::Arc;

use crate::Document;

mod build;
mod decode;
mod gap;
mod message;
mod prepare;
mod recover;

/// Reads a YAML file. It never fails: what could not be read is in the document's errors.
#[must_use]
pub fn parse(text: Arc<str>) -> Document {
    recover::read(&text)
}
