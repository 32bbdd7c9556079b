//! Where a server finds its files, and one of them opened.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use stacklint_parsers::{Document, Format, NodeId, NodeKind, Parsed, ScalarValue, TextRange};

use crate::bytes::ByteProblemKind;
use crate::origin::{OriginId, Span};
use crate::source::{SourceFile, Sources};
use crate::text::{PieceKind, Text};
use crate::vfs::ReadError;

/// The files of a server, by the paths that the server itself knows them by: those of a container, or of the host.
pub trait Files {
    /// What is at a path.
    fn locate(&self, path: &str) -> Located<'_>;

    /// What is in a directory.
    fn list(&self, directory: &str) -> Listing;
}

/// What is at a path.
#[derive(Clone, Debug)]
pub enum Located<'a> {
    /// A file of the run, absolute and cleaned. Whether it is there, opening it tells.
    File(PathBuf),
    /// A text that a Compose file holds.
    Text(&'a Text),
    /// Something that nobody can read here: in a volume, in the image.
    Hidden,
    /// Nothing.
    Absent,
}

/// What is in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    /// The names in it that are no directories, in any order.
    Names(Vec<String>),
    /// Something that nobody can list here.
    Hidden,
    /// There is none.
    Absent,
    /// It lies outside the boundary.
    Outside,
    /// The system refused, with its reason.
    Refused(String),
}

/// The files of the machine we run on: a path means itself, a relative one starts at the root.
#[derive(Clone, Copy, Debug)]
pub struct HostFiles<'a>(pub &'a Sources);

impl Files for HostFiles<'_> {
    fn locate(&self, path: &str) -> Located<'_> {
        Located::File(self.0.vfs().absolute(Path::new(path)))
    }

    fn list(&self, directory: &str) -> Listing {
        list_host(self.0, &self.0.vfs().absolute(Path::new(directory)))
    }
}

/// What is in a directory of the machine we run on.
#[must_use]
pub fn list_host(sources: &Sources, directory: &Path) -> Listing {
    use crate::vfs::FileKind;
    let vfs = sources.vfs();
    if !vfs.inside(directory) {
        return Listing::Outside;
    }
    match vfs.kind(directory) {
        Some(FileKind::Directory) => {}
        Some(_) => return Listing::Refused("not a directory".to_owned()),
        None => {
            vfs.want(directory);
            return Listing::Absent;
        }
    }
    match vfs.list(directory) {
        Ok(entries) => {
            // A link to a directory is one, too.
            let files = entries.iter().filter(|entry| {
                !entry.directory && vfs.kind(&directory.join(&entry.name)) != Some(FileKind::Directory)
            });
            Listing::Names(files.map(|entry| entry.name.to_string_lossy().into_owned()).collect())
        }
        Err(error) => Listing::Refused(error.to_string()),
    }
}

/// The path of `location` as it is named in the file `from`: relative to its directory, without `.` and `..`
/// (`AbsoluteConfigLocation` of the server).
#[must_use]
pub fn relative_to(from: &str, location: &str) -> String {
    let path = match Path::new(from).parent() {
        Some(directory) if !location.starts_with('/') => directory.join(location),
        _ => PathBuf::from(location),
    };
    crate::vfs::clean(&path).to_string_lossy().into_owned()
}

/// The files of a directory that `include_dir` reads, in its order: byte by byte.
pub(crate) fn included(directory: &str, mut names: Vec<String>) -> Vec<String> {
    names.retain(|name| name.len() >= 6 && !name.starts_with('.') && name.ends_with(".conf"));
    names.sort();
    names.iter().map(|name| relative_to("", &format!("{directory}/{name}"))).collect()
}

/// A file that was opened.
#[derive(Clone, Debug)]
pub(super) struct Opened<'a> {
    /// The path that the server knows it by.
    pub(super) name: Arc<str>,
    /// What it holds.
    pub(super) parsed: Arc<Parsed>,
    body: Body<'a>,
}

#[derive(Clone, Debug)]
enum Body<'a> {
    File(Arc<SourceFile>),
    Text(&'a Text),
}

/// Why a file was not opened.
#[derive(Clone, Debug)]
pub(super) enum NotOpened {
    /// Nobody can read it here.
    Hidden,
    /// It is not there.
    Absent,
    /// It lies outside the project.
    Outside,
    /// It is larger than we read.
    TooLarge(String),
    /// It is a directory.
    Directory,
    /// The system refused.
    Refused(String),
}

/// Opens the file that the server knows as `name`.
pub(super) fn open<'a>(
    sources: &Sources,
    files: &'a dyn Files,
    name: &str,
    format: Format,
    read: &mut Vec<Arc<SourceFile>>,
) -> Result<Opened<'a>, NotOpened> {
    match files.locate(name) {
        Located::Hidden => Err(NotOpened::Hidden),
        Located::Absent => Err(NotOpened::Absent),
        Located::Text(text) => {
            let parsed = Arc::new(format.parse(Arc::from(text.as_str())));
            Ok(Opened { name: name.into(), parsed, body: Body::Text(text) })
        }
        Located::File(path) => {
            let file = sources.open(&path).map_err(|error| match &*error {
                ReadError::Missing => NotOpened::Absent,
                ReadError::Outside => NotOpened::Outside,
                ReadError::TooLarge(_) => NotOpened::TooLarge(error.to_string()),
                ReadError::Ignored => NotOpened::Hidden,
                ReadError::Directory => NotOpened::Directory,
                ReadError::Io(_) => NotOpened::Refused(error.to_string()),
            })?;
            file.mark_judged();
            let parsed = file.parse(format);
            if !read.iter().any(|known| known.id == file.id) {
                read.push(Arc::clone(&file));
            }
            let body = Body::File(file);
            Ok(Opened { name: name.into(), parsed, body })
        }
    }
}

impl Opened<'_> {
    /// The decoded text of a scalar, which came by `origin`.
    pub(super) fn text(&self, node: NodeId, origin: OriginId) -> Text {
        let document = self.parsed.document();
        let mut text = match &self.body {
            Body::File(file) => Text::from_scalar(document, file.id, node),
            Body::Text(content) => scalar_of_text(document, content, node),
        };
        if origin != OriginId::WRITTEN {
            text.travel(|_| origin);
        }
        text
    }

    /// Where a range stands; nowhere for a text that several places make.
    pub(super) fn place(&self, range: TextRange) -> Option<Span> {
        match &self.body {
            Body::File(file) => Some(Span { file: file.id, range }),
            Body::Text(content) => content.source_of(range.to_usize()).map(|(span, _)| span),
        }
    }

    /// Whether some bytes of a range are not UTF-8.
    pub(super) fn is_no_text(&self, range: TextRange) -> bool {
        let Body::File(file) = &self.body else { return false };
        let problems = &file.byte_problems;
        let first = problems.partition_point(|problem| problem.range.end <= range.start);
        let mut within = problems.iter().skip(first).take_while(|problem| problem.range.start < range.end);
        within.any(|problem| problem.kind == ByteProblemKind::InvalidUtf8)
    }

    /// Where a node stands.
    pub(super) fn node(&self, node: NodeId) -> Option<Span> {
        self.place(self.parsed.document().node(node).range)
    }
}

/// A scalar of a document whose text is itself made of pieces.
fn scalar_of_text(document: &Document, content: &Text, node: NodeId) -> Text {
    let mut text = Text::default();
    let NodeKind::Scalar(scalar) = &document.node(node).kind else { return text };
    match &scalar.value {
        ScalarValue::Verbatim(range) => text.append_slice(content, range.to_usize()),
        ScalarValue::Decoded(value, segments) => {
            let mut start = 0;
            for segment in segments {
                let end = segment.end as usize;
                let source = content.slice(segment.source.to_usize());
                if segment.verbatim {
                    text.append(&source);
                } else {
                    let (place, origin) = source.source().unzip();
                    let part = value.get(start..end).unwrap_or_default();
                    text.push(part, place, PieceKind::Derived, origin.unwrap_or(OriginId::WRITTEN));
                }
                start = end;
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_to_the_file_that_names_them() {
        for (from, location, path) in [
            ("/etc/pg/a.conf", "b.conf", "/etc/pg/b.conf"),
            ("/etc/pg/a.conf", "../x/./b.conf", "/etc/x/b.conf"),
            ("/etc/pg/a.conf", "/b.conf", "/b.conf"),
            ("a.conf", "d/b.conf", "d/b.conf"),
        ] {
            assert_eq!(relative_to(from, location), path);
        }
    }

    #[test]
    fn a_directory_is_read_in_the_order_of_bytes() {
        let names = ["a.conf", "9.conf", "10.conf", "A.conf", ".x.conf", "conf", ".conf", "x.conf~"];
        let read = included("/d", names.map(str::to_owned).to_vec());
        assert_eq!(read, ["/d/10.conf", "/d/9.conf", "/d/A.conf", "/d/a.conf"]);
    }
}
