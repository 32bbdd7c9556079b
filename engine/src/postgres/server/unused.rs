//! Files that are brought to a server as its configuration, and that it does not read.

use std::path::{Path, PathBuf};

use crate::discover::{LooseKind, loose_kind};
use crate::finding::Confidence;
use crate::origin::Span;
use crate::postgres::arguments::Start;
use crate::postgres::server::{LiveConfig, LiveHba, Server};
use crate::source::Sources;
use crate::stack::container::{ContainerFiles, Mount, MountSource};
use crate::text::Text;
use crate::vfs::{self, FileKind};

/// A file that is mounted into the container of a server without being read.
#[derive(Clone, Debug)]
pub struct UnusedFile {
    /// What it is by its name.
    pub kind: UnusedKind,
    /// Its path in the container.
    pub path: String,
    /// Its path in the project; none for a text that a Compose file holds.
    pub host: Option<PathBuf>,
    /// The path in the entry that mounts it, inside of the container.
    pub target: Option<Text>,
    /// The entry as a whole.
    pub entry: Option<Span>,
    /// How sure it is that nothing else reads it.
    pub confidence: Confidence,
    /// The servers that run without it, in words; none where a mount brings the file into the container of this one.
    pub instead: Option<String>,
}

/// What a file is by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnusedKind {
    /// A pg_hba.conf.
    Hba,
    /// A postgresql.conf.
    Conf,
}

/// Where the official image looks for scripts that its first start runs.
const SCRIPTS: &str = "/docker-entrypoint-initdb.d";

/// The files that a server does not read.
pub(super) fn of(server: &Server, files: &ContainerFiles<'_>, sources: &Sources) -> Vec<UnusedFile> {
    // A script may copy a file, or name it in an argument that only the machine knows.
    if !matches!(server.command.start, Start::Image | Start::Direct) {
        return Vec::new();
    }
    let scripts = Scripts::of(files, sources);
    let official = server.image.as_ref().is_some_and(|image| image.official);
    let mut unused = Vec::new();
    for mount in files.mounts() {
        for (path, host) in candidates(mount, sources) {
            let Some(kind) = kind_of(&path, host.as_deref()) else { continue };
            let is_live = match kind {
                UnusedKind::Hba => server.hba.is_known_as(&path, host.as_deref()),
                UnusedKind::Conf => server.config.is_known_as(&path, host.as_deref()),
            };
            if is_live != Some(false) || scripts.name(&path) {
                continue;
            }
            let confidence = if official && !scripts.unread { Confidence::High } else { Confidence::Medium };
            let target = mount.entry.text_at("target").cloned();
            unused.push(UnusedFile { kind, path, host, target, entry: mount.entry.place, confidence, instead: None });
        }
    }
    unused
}

/// The files that a mount brings: itself, or those right in its directory.
fn candidates(mount: &Mount<'_>, sources: &Sources) -> Vec<(String, Option<PathBuf>)> {
    match &mount.source {
        MountSource::Content(_) => vec![(mount.target.clone().into_owned(), None)],
        MountSource::Host(host) if !host.is_unknown() => {
            let host = vfs::clean(Path::new(host.as_str()));
            match sources.vfs().kind(&host) {
                Some(FileKind::File) => vec![(mount.target.clone().into_owned(), Some(host))],
                Some(FileKind::Directory) => {
                    let entries = sources.vfs().list(&host).unwrap_or_default();
                    let names = entries.iter().filter(|entry| !entry.directory).filter_map(|entry| entry.name.to_str());
                    let inside =
                        |name: &str| (format!("{}/{name}", mount.target.trim_end_matches('/')), Some(host.join(name)));
                    names.filter(|name| named(name).is_some()).map(inside).collect()
                }
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

/// What a file is by the name it has in the container, or in the project.
fn kind_of(path: &str, host: Option<&Path>) -> Option<UnusedKind> {
    let name = path.rsplit('/').next().unwrap_or_default();
    // The first start makes the server's own file of the sample.
    if name.ends_with(".sample") || path.starts_with(SCRIPTS) {
        return None;
    }
    let own = host.and_then(|host| host.file_name()?.to_str());
    named(name).or_else(|| own.and_then(named).filter(|_| name.ends_with(".conf")))
}

fn named(name: &str) -> Option<UnusedKind> {
    match loose_kind(name)? {
        // Nobody but the server writes it, and the server reads it.
        _ if name.eq_ignore_ascii_case("postgresql.auto.conf") => None,
        LooseKind::PgHba => Some(UnusedKind::Hba),
        LooseKind::PostgresqlConf => Some(UnusedKind::Conf),
        _ => None,
    }
}

impl LiveHba {
    /// Whether the server reads a file among its records; nothing if nobody knows what it reads.
    fn is_known_as(&self, path: &str, host: Option<&Path>) -> Option<bool> {
        match self {
            Self::Read { path: live, hba, .. } => {
                let read = live == path || hba.files.iter().any(|file| Some(file.path.as_path()) == host);
                let hidden = hba.problems.iter().any(crate::postgres::hba::HbaProblem::is_unread);
                if read { Some(true) } else { (!hidden).then_some(false) }
            }
            Self::FirstStart(_) => Some(false),
            Self::Unknown => None,
        }
    }
}

impl LiveConfig {
    /// Whether the server reads a file among its settings; nothing if nobody knows what it reads.
    fn is_known_as(&self, path: &str, host: Option<&Path>) -> Option<bool> {
        match self {
            Self::Read { path: live, conf, .. } => {
                let read = live == path || conf.files.iter().any(|file| Some(file.path.as_path()) == host);
                let hidden = conf.problems.iter().any(crate::postgres::conf::ConfProblem::is_unread);
                if read { Some(true) } else { (!hidden).then_some(false) }
            }
            Self::FirstStart => Some(false),
            Self::Unknown => None,
        }
    }
}

/// The scripts of the first start, which may copy a file to where the server reads it.
struct Scripts {
    text: String,
    /// There are some that nobody can read here.
    unread: bool,
}

/// So much of all scripts is looked at.
const SCRIPT_LIMIT: usize = 1 << 20;

impl Scripts {
    fn of(files: &ContainerFiles<'_>, sources: &Sources) -> Self {
        let mut scripts = Self { text: String::new(), unread: false };
        for mount in files.mounts().iter().filter(|mount| mount.target.starts_with(SCRIPTS)) {
            match &mount.source {
                MountSource::Host(host) if !host.is_unknown() => {
                    let host = vfs::clean(Path::new(host.as_str()));
                    if sources.vfs().kind(&host) == Some(FileKind::Directory) {
                        for entry in &*sources.vfs().list(&host).unwrap_or_default() {
                            scripts.add(&host.join(&entry.name), sources);
                        }
                    } else {
                        scripts.add(&host, sources);
                    }
                }
                MountSource::Content(text) => scripts.text.push_str(text.as_str()),
                _ => scripts.unread = true,
            }
        }
        scripts
    }

    fn add(&mut self, path: &Path, sources: &Sources) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !name.ends_with(".sh") && !name.ends_with(".sql") {
            self.unread |= name.contains(".sql.");
            return;
        }
        match sources.open(path) {
            Ok(file) if self.text.len() + file.text.len() <= SCRIPT_LIMIT => self.text.push_str(&file.text),
            _ => self.unread = true,
        }
    }

    /// Whether one of them names the file.
    fn name(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or_default();
        self.text.contains(name)
    }
}
