//! Places as SARIF writes them: files by URIs, regions in UTF-16.

use std::fmt::Write as _;

use serde_sarif::sarif;
use stacklint_engine::line_index::ColumnUnit;
use stacklint_engine::origin::Span;
use stacklint_engine::source::{SourceFile, Sources};
use stacklint_parsers::Format;

use crate::formats;
use crate::report::location::{Locator, Position};

/// The name of the directory that all URIs are relative to.
pub(super) const ROOT: &str = "%SRCROOT%";

/// Finds out where spans are.
#[derive(Debug)]
pub(super) struct Places<'a> {
    sources: &'a Sources,
    locator: Locator<'a>,
}

impl<'a> Places<'a> {
    /// For the files of one run.
    pub(super) fn new(sources: &'a Sources) -> Self {
        Self { sources, locator: Locator::counting(sources, ColumnUnit::Utf16) }
    }

    /// The files of the run.
    pub(super) fn sources(&self) -> &'a Sources {
        self.sources
    }

    /// Whether a place is in an env file.
    pub(super) fn is_env_file(&self, place: Span) -> bool {
        let format = self.sources.file(place.file).and_then(|file| formats::guess(&file.path));
        format == Some(Format::Dotenv)
    }

    /// A place in words: `deploy/.env:2`.
    pub(super) fn words(&self, place: Span) -> String {
        let line = self.locator.locate(place).map_or(1, |location| location.start.line);
        let path = self.sources.file(place.file).map(|file| self.sources.vfs().display_from_top(&file.path));
        format!("{}:{line}", path.unwrap_or_default())
    }

    /// A place as a location.
    pub(super) fn location(&self, place: Span) -> Option<sarif::Location> {
        let file = self.sources.file(place.file)?;
        let region = self.region(place)?;
        Some(location(self.artifact(&file), region))
    }

    /// The first line of a file that reports know by its name.
    pub(super) fn start_of(&self, name: &str) -> sarif::Location {
        let vfs = self.sources.vfs();
        let path = vfs.display_from_top(&vfs.absolute(std::path::Path::new(name)));
        let start = sarif::Region {
            start_line: Some(1),
            start_column: Some(1),
            end_line: Some(1),
            end_column: Some(1),
            ..sarif::Region::default()
        };
        location(artifact(&path), start)
    }

    /// The file of a place.
    pub(super) fn artifact_of(&self, place: Span) -> Option<sarif::ArtifactLocation> {
        Some(self.artifact(&*self.sources.file(place.file)?))
    }

    fn artifact(&self, file: &SourceFile) -> sarif::ArtifactLocation {
        artifact(&self.sources.vfs().display_from_top(&file.path))
    }

    /// The lines, columns and bytes of a place. GitHub wants all four coordinates; bytes let an editor apply a fix.
    pub(super) fn region(&self, place: Span) -> Option<sarif::Region> {
        let file = self.sources.file(place.file)?;
        let location = self.locator.locate(place)?;
        let (start, end) = (location.start, location.end);
        Some(sarif::Region {
            start_line: Some(start.line.into()),
            start_column: Some(column(start, &file)),
            end_line: Some(end.line.into()),
            end_column: Some(column(end, &file)),
            byte_offset: Some(start.offset.into()),
            byte_length: Some(end.offset.saturating_sub(start.offset).into()),
            ..sarif::Region::default()
        })
    }
}

/// A byte order mark is no character of the first line, though a byte of the file (SARIF 2.1.0, 3.30.2).
fn column(position: Position, file: &SourceFile) -> i64 {
    let marked = position.line == 1 && file.text.starts_with('\u{feff}');
    i64::from(position.column.saturating_sub(u32::from(marked)).max(1))
}

fn location(artifact: sarif::ArtifactLocation, region: sarif::Region) -> sarif::Location {
    let physical = sarif::PhysicalLocation {
        artifact_location: Some(artifact),
        region: Some(region),
        ..sarif::PhysicalLocation::default()
    };
    sarif::Location { physical_location: Some(physical), ..sarif::Location::default() }
}

/// A file by its path from the git top. GitHub takes the URI itself for a path in the repository: it resolves no base,
/// and a leading `./` breaks the link.
fn artifact(path: &str) -> sarif::ArtifactLocation {
    sarif::ArtifactLocation {
        uri: Some(encode(path)),
        uri_base_id: Some(ROOT.to_owned()),
        ..sarif::ArtifactLocation::default()
    }
}

/// A path as a relative URI: what RFC 3986 does not call unreserved is percent-encoded, `/` aside.
pub(super) fn encode(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            uri.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
