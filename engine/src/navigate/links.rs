//! Paths in a file that lead to files.

use std::path::PathBuf;
use std::sync::Arc;

use stacklint_parsers::{Format, TextRange, pg_hba};

use super::Navigator;
use super::index::{Part, shown_path};
use super::targets::{file_of, is_readable};
use crate::discover::{LooseKind, loose_kind};
use crate::map::HashSet;
use crate::origin::{FileId, Role, Span};
use crate::postgres::files::{Files, HostFiles, Listing, Located, included, relative_to};
use crate::postgres::server::{ASSUMED_MAJOR, InContainer, LiveConfig, LiveHba, Server};
use crate::source::SourceFile;
use crate::stack::container::ContainerFiles;
use crate::stack::value::{Data, Value};
use crate::stack::{NamedTarget, Stack};

/// The directive that reads all files of a directory.
const DIRECTORY: &str = "include_dir";

/// So many files of one server are followed.
const FILES: usize = 1_000;

/// A path that leads to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where the path stands.
    pub range: TextRange,
    /// The file; absolute.
    pub path: PathBuf,
    /// What the file is there: `services.db.env_file[0].path`, `include`.
    pub subject: String,
}

impl Navigator<'_> {
    /// The paths in a file that lead to files which may be read, in their order.
    #[must_use]
    pub fn links(&self, file: FileId) -> Vec<Link> {
        let mut links = self.server_links(file);
        // A link leads to one file.
        links.retain(|link| link.subject != DIRECTORY);
        for (stack, _) in &self.stacks {
            for named in stack.named.iter().filter(|named| named.place.file == file) {
                if let NamedTarget::File(path) = &named.target {
                    let subject = self.subject_in(file, named.place.range);
                    links.push(Link { range: named.place.range, path: path.clone(), subject });
                }
            }
            self.model_links(stack, file, &mut links);
        }
        let mut seen = HashSet::default();
        links.retain(|link| seen.insert((link.range, link.path.clone())));
        links.retain(|link| is_readable(&link.path, self.sources.vfs()));
        links.sort_by_key(|link| (link.range.start, link.range.end));
        links
    }

    /// What stands at a place of a Compose file, by the keys above it.
    fn subject_in(&self, file: FileId, range: TextRange) -> String {
        let Some(parsed) = self.sources.file(file).map(|file| file.parse(Format::Yaml)) else { return String::new() };
        let parts: Vec<Part> = parsed
            .document()
            .path_to(range)
            .iter()
            .map(|segment| match segment {
                stacklint_parsers::PathSegment::Key(key) => Part::Key((*key).into()),
                stacklint_parsers::PathSegment::Index(index) => Part::Item(*index),
            })
            .collect();
        shown_path(&parts.iter().collect::<Vec<_>>())
    }

    /// The paths that the model of a stack has.
    fn model_links(&self, stack: &Stack, file: FileId, links: &mut Vec<Link>) {
        for (section, field) in stack.model.fields() {
            if matches!(section, "services" | "secrets" | "configs" | "volumes") {
                let mut walk = Walk { stack, file, path: vec![Part::Key(section.into())], links };
                walk.below(&field.value);
            }
        }
    }

    /// The paths in the configuration files of PostgreSQL servers.
    pub(super) fn server_links(&self, file: FileId) -> Vec<Link> {
        let mut links = Vec::new();
        let mut is_read = false;
        for (stack, _) in &self.stacks {
            for server in &stack.servers {
                is_read |= self.links_of_server(stack, server, file, &mut links);
            }
        }
        if !is_read && let Some(source) = self.sources.file(file) {
            let format = match loose_kind(source.file_name()) {
                Some(LooseKind::PostgresqlConf) => Format::PostgresqlConf,
                Some(LooseKind::PgHba) => Format::pg_hba(ASSUMED_MAJOR),
                _ => return links,
            };
            // What nothing reads names files beside it.
            let root = source.path.to_string_lossy().into_owned();
            self.follow(&HostFiles(self.sources), root, format, file, &mut links);
        }
        links
    }

    /// Those of one server; whether it reads the file at all.
    fn links_of_server(&self, stack: &Stack, server: &Server, file: FileId, links: &mut Vec<Link>) -> bool {
        let is_in = |files: &[Arc<SourceFile>]| files.iter().any(|known| known.id == file);
        let root = match (&server.config, &server.hba) {
            (LiveConfig::Read { path, conf, .. }, _) if is_in(&conf.files) => (path, Format::PostgresqlConf),
            (_, LiveHba::Read { path, hba, .. }) if is_in(&hba.files) => {
                (path, Format::pg_hba(server.major().map_or(ASSUMED_MAJOR, |major| major.number)))
            }
            _ => return false,
        };
        if let Some(service) = server.service_in(Some(stack)) {
            let mounts = ContainerFiles::of(&service, stack);
            let files = InContainer { files: &mounts, sources: self.sources };
            self.follow(&files, root.0.clone(), root.1, file, links);
        }
        true
    }

    /// Follows all that a file names, and what that names: each name is relative to the file that says it, as the server
    /// knows that one.
    fn follow(&self, files: &dyn Files, root: String, format: Format, file: FileId, links: &mut Vec<Link>) {
        let mut known: HashSet<String> = HashSet::default();
        let mut left = vec![root];
        while let Some(name) = left.pop() {
            let Located::File(path) = files.locate(&name) else { continue };
            if !known.insert(name.clone()) || known.len() > FILES {
                continue;
            }
            let Ok(source) = self.sources.open(&path) else { continue };
            for (range, named, subject) in named_in(&source, format) {
                let named = relative_to(&name, &named);
                let all = match (subject, files.list(&named)) {
                    (DIRECTORY, Listing::Names(names)) => included(&named, names),
                    (DIRECTORY, _) => Vec::new(),
                    _ => vec![named],
                };
                for named in all {
                    if let Located::File(path) = files.locate(&named) {
                        if source.id == file {
                            links.push(Link { range, path, subject: subject.to_owned() });
                        }
                        left.push(named);
                    }
                }
            }
        }
    }
}

/// The files that a configuration file of a server names: where, by which name, and how.
fn named_in(source: &SourceFile, format: Format) -> Vec<(TextRange, String, &'static str)> {
    use stacklint_parsers::postgresql_conf::EntryKind;
    let parsed = source.parse(format);
    let document = parsed.document();
    let mut named = Vec::new();
    for entry in parsed.as_postgresql_conf().into_iter().flat_map(|conf| &conf.entries) {
        let subject = match entry.kind {
            EntryKind::Include => "include",
            EntryKind::IncludeIfExists => "include_if_exists",
            EntryKind::IncludeDir => DIRECTORY,
            EntryKind::Parameter => continue,
        };
        let name = document.scalar(entry.value).unwrap_or_default();
        named.push((document.node(entry.value).range, name.to_owned(), subject));
    }
    for (hba, line) in parsed.as_pg_hba().into_iter().flat_map(|hba| hba.lines.iter().map(move |line| (hba, line))) {
        let tokens = line.fields.iter().flat_map(|field| &field.tokens);
        for token in tokens.filter(|token| !token.quoted) {
            if let Some(name) = hba.text(token).strip_prefix('@').filter(|name| !name.is_empty()) {
                named.push((document.node(token.node).range, name.to_owned(), "@"));
            }
        }
        let first = line.fields.first().and_then(|field| field.tokens.first()).map(|token| hba.text(token));
        let subject = match first {
            Some("include") => "include",
            Some("include_if_exists") => "include_if_exists",
            Some(DIRECTORY) => DIRECTORY,
            _ => continue,
        };
        let is_include = matches!(pg_hba::interpret(&hba.view(line), 16), Ok(pg_hba::Entry::Include(_)));
        if let Some(token) = line.fields.get(1).and_then(|field| field.tokens.first()).filter(|_| is_include) {
            named.push((document.node(token.node).range, hba.text(token).to_owned(), subject));
        }
    }
    named
}

/// Looks for paths in a model.
struct Walk<'w> {
    stack: &'w Stack,
    file: FileId,
    path: Vec<Part>,
    links: &'w mut Vec<Link>,
}

impl Walk<'_> {
    fn below(&mut self, value: &Value) {
        match &value.data {
            Data::Null => {}
            Data::Scalar(_) => self.scalar(value),
            Data::Sequence(items) => {
                for (number, item) in items.iter().enumerate() {
                    self.path.push(Part::Item(number));
                    self.below(item);
                    self.path.pop();
                }
            }
            Data::Mapping(fields) => {
                for (key, field) in fields {
                    self.path.push(Part::Key(key.clone()));
                    self.below(&field.value);
                    self.path.pop();
                }
            }
        }
    }

    fn scalar(&mut self, value: &Value) {
        let Some(place) = self.place(value) else { return };
        let path: Vec<&Part> = self.path.iter().collect();
        if let Some(found) = file_of(&path, value, self.stack) {
            self.links.push(Link { range: place.range, path: found, subject: shown_path(&path) });
        }
    }

    /// Where the file at hand says the value: as a whole, or by a variable that it uses.
    fn place(&self, value: &Value) -> Option<Span> {
        let is_here = |place: &Span| place.file == self.file;
        let text = value.as_text()?;
        let used = || {
            let mut steps = text.pieces().flat_map(|(_, piece)| self.stack.origins.steps_back(piece.origin));
            steps.find_map(|step| step.place.filter(|place| step.role == Role::Interpolated && is_here(place)))
        };
        let said = text.source().map(|(place, _)| place).filter(is_here);
        value.place.filter(is_here).or(said).or_else(used)
    }
}
