//! YAML, as Docker Compose reads it, to a [`Document`].

use std::sync::Arc;

use crate::Document;

mod build;
mod decode;
mod gap;
mod message;

/// Reads a YAML file. It never fails: what could not be read is in the document's errors.
#[must_use]
pub fn parse(text: Arc<str>) -> Document {
    let build::Attempt { mut document, error } = build::build(&text, &text);
    if let Some(error) = error {
        document.push_error(message::syntax_error(&error, &text));
    }
    document
}
