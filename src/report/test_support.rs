//! Hand-made runs for the tests of the formats.

use std::path::Path;
use std::sync::Arc;

use stacklint_engine::finding::{Confidence, Finding, Severity};
use stacklint_engine::origin::Span;
use stacklint_engine::source::{SourceFile, Sources};
use stacklint_engine::vfs::Vfs;
use stacklint_parsers::TextRange;

/// Files in memory, read.
pub(crate) fn sources(files: &[(&str, &str)]) -> (Sources, Vec<Arc<SourceFile>>) {
    let sources = Sources::new(Vfs::in_memory(files.iter().map(|(name, text)| (*name, text.as_bytes()))));
    let read = files.iter().map(|(name, _)| sources.open(&sources.vfs().absolute(Path::new(name))).unwrap()).collect();
    (sources, read)
}

/// Where `text` stands first.
pub(crate) fn span_of(file: &SourceFile, text: &str) -> Span {
    let start = file.text.find(text).unwrap();
    Span { file: file.id, range: TextRange::from_usize(start..start + text.len()) }
}

/// The fingerprint of each finding that is made here.
pub(crate) const FINGERPRINT: &str = "29121eb995c534e18fab9de8ee9ce6b2";

/// A finding of the family `compose` that says little.
pub(crate) fn finding(rule: &'static str, primary: Option<Span>) -> Finding {
    Finding {
        rule,
        family: "compose",
        severity: Severity::High,
        confidence: Confidence::High,
        message: "it is wrong".to_owned(),
        help: None,
        primary,
        trail: Vec::new(),
        related: Vec::new(),
        fixes: Vec::new(),
        stacks: Vec::new(),
        subject: "services.db".to_owned(),
        fingerprint: FINGERPRINT.to_owned(),
    }
}
