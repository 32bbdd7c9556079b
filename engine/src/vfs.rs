//! All access to files: reading, writing, listing, metadata, symbolic links and `.gitignore`, inside a boundary.

mod ignored;
mod listing;
mod path;
mod write;

use crate::map::{HashSet, PathMap};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::Metadata;
use std::io::{self, Read as _};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ignored::IgnoreFiles;
pub use listing::DirectoryEntry;
pub use path::clean;
use path::{display_from, is_below, real};
pub use write::{Rewrite, WriteError, WriteFailure};

/// Files larger than this are not read: no configuration file is, and a parser would only burn time on it.
pub const DEFAULT_SIZE_LIMIT: u64 = 16 << 20;

/// The files of one run, on disk or in memory.
///
/// Overlays (an editor's unsaved buffers, a test's files) win over the disk. Nothing outside the boundary is read.
#[derive(Debug)]
pub struct Vfs {
    root: PathBuf,
    boundary: Vec<PathBuf>,
    disk: bool,
    allow_outside: bool,
    read_ignored: bool,
    size_limit: u64,
    overlays: BTreeMap<PathBuf, Arc<[u8]>>,
    absent: Mutex<HashSet<OsString>>,
    ignore_files: RwLock<PathMap<IgnoreFiles>>,
    entries: RwLock<PathMap<Option<Entry>>>,
    lists: RwLock<PathMap<Arc<[DirectoryEntry]>>>,
    inside_directories: RwLock<PathMap<bool>>,
    excluded_directories: RwLock<PathMap<bool>>,
}

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file, or a link to one.
    File,
    /// A directory, or a link to one.
    Directory,
    /// A device, a socket or a pipe: never read.
    Other,
}

/// What the disk says of a path itself, or of where it leads.
#[derive(Clone, Copy, Debug)]
struct Entry {
    kind: FileKind,
    is_link: bool,
    /// In bytes.
    size: u64,
}

impl From<Metadata> for Entry {
    fn from(metadata: Metadata) -> Self {
        let kind = match &metadata {
            file if file.is_file() => FileKind::File,
            directory if directory.is_dir() => FileKind::Directory,
            _ => FileKind::Other,
        };
        Self { kind, is_link: metadata.is_symlink(), size: metadata.len() }
    }
}

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is none.
    #[error("no such file")]
    Missing,
    /// It lies outside the boundary; nothing of it was read.
    #[error("outside the project")]
    Outside,
    /// It is a directory.
    #[error("is a directory")]
    Directory,
    /// `.gitignore` excludes it, and this run does not read such files.
    #[error("ignored by git and not read")]
    Ignored,
    /// It is larger than the limit, in bytes.
    #[error("larger than {} MiB", .0 >> 20)]
    TooLarge(u64),
    /// The system refused.
    #[error("{0}")]
    Io(io::Error),
}

impl ReadError {
    /// The file was left out on purpose, to stay inside the project or a limit.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        matches!(self, Self::Outside | Self::TooLarge(_))
    }
}

impl Vfs {
    /// The files below `root`, an existing directory. The boundary is the git top that holds it, or `root` itself.
    ///
    /// # Errors
    /// If `root` cannot be resolved.
    pub fn on_disk(root: &Path) -> io::Result<Self> {
        let root = root.canonicalize()?;
        let top = root.ancestors().find(|directory| directory.join(".git").exists()).unwrap_or(&root).to_owned();
        Ok(Self { disk: true, ..Self::new(root, top) })
    }

    /// Files in memory, named relative to the root.
    pub fn in_memory<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let root = PathBuf::from("/stack");
        let mut vfs = Self::new(root.clone(), root.clone());
        for (name, bytes) in files {
            vfs.overlays.insert(clean(&root.join(name)), bytes.into());
        }
        vfs
    }

    fn new(root: PathBuf, top: PathBuf) -> Self {
        Self {
            root,
            boundary: vec![top],
            disk: false,
            allow_outside: false,
            read_ignored: true,
            size_limit: DEFAULT_SIZE_LIMIT,
            overlays: BTreeMap::new(),
            absent: Mutex::default(),
            ignore_files: RwLock::default(),
            entries: RwLock::default(),
            lists: RwLock::default(),
            inside_directories: RwLock::default(),
            excluded_directories: RwLock::default(),
        }
    }

    /// Adds a path the user named to the boundary.
    pub fn admit(&mut self, path: &Path) {
        let path = self.absolute(path);
        let path = path.canonicalize().unwrap_or(path);
        self.boundary.push(path);
    }

    /// Reads beyond the boundary too.
    pub fn allow_outside(&mut self) {
        self.allow_outside = true;
    }

    /// Does not read what `.gitignore` excludes.
    pub fn skip_ignored(&mut self) {
        self.read_ignored = false;
    }

    /// Sets the largest size of a file that is read, in bytes.
    pub fn limit_size(&mut self, bytes: u64) {
        self.size_limit = bytes;
    }

    /// Puts a text in front of what the disk holds at `path`.
    pub fn overlay(&mut self, path: &Path, bytes: &[u8]) {
        let path = self.absolute(path);
        self.overlays.insert(path, bytes.into());
        self.lists = RwLock::default();
    }

    /// The same files, with other texts in front of some of them, by their absolute paths.
    #[must_use]
    pub fn over(&self, texts: impl IntoIterator<Item = (PathBuf, Arc<[u8]>)>) -> Self {
        let mut overlays = self.overlays.clone();
        overlays.extend(texts);
        Self {
            boundary: self.boundary.clone(),
            disk: self.disk,
            allow_outside: self.allow_outside,
            read_ignored: self.read_ignored,
            size_limit: self.size_limit,
            overlays,
            ..Self::new(self.root.clone(), PathBuf::new())
        }
    }

    /// Where `path` leads once all links are followed; itself if that is nowhere.
    #[must_use]
    pub fn real(&self, path: &Path) -> PathBuf {
        let real = if self.disk { path.canonicalize().ok() } else { None };
        real.unwrap_or_else(|| path.to_owned())
    }

    /// The directory that reported paths are relative to.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The top of the boundary: the git top, or the root where there is none.
    #[must_use]
    pub fn top(&self) -> &Path {
        self.boundary.first().unwrap_or(&self.root)
    }

    /// `path` from the root, without `.` and `..`.
    #[must_use]
    pub fn absolute(&self, path: &Path) -> PathBuf {
        clean(&self.root.join(path))
    }

    /// How reports name `path`: relative to the root, with `/`.
    #[must_use]
    pub fn display(&self, path: &Path) -> String {
        display_from(&self.root, path)
    }

    /// How fingerprints name `path`: relative to the git top, with `/`.
    #[must_use]
    pub fn display_from_top(&self, path: &Path) -> String {
        display_from(self.top(), path)
    }

    /// Whether `path` lies inside the boundary, links followed.
    #[must_use]
    pub fn inside(&self, path: &Path) -> bool {
        self.allow_outside || self.look(path).is_some()
    }

    /// Whether `path` as it is spelled lies inside the boundary.
    fn is_within(&self, path: &Path) -> bool {
        self.boundary.iter().any(|boundary| is_below(path, boundary))
    }

    /// What the disk says of `path`; nothing if it lies outside. What does not exist gives `Some(None)`.
    ///
    /// The system is asked once for all that is no link: of a stack of a hundred files its answers were a fifth of the work.
    fn look(&self, path: &Path) -> Option<Option<Entry>> {
        if !self.allow_outside && !self.is_within(path) {
            return None;
        }
        if !self.disk {
            return Some(None);
        }
        self.follow(path, self.entry(path))
    }

    /// What the disk says of a path itself. It is asked once: services mount the same directories, and stacks look for the
    /// same files.
    fn entry(&self, path: &Path) -> Option<Entry> {
        if let Some(known) = self.entries.read().unwrap_or_else(PoisonError::into_inner).get(path.as_os_str()) {
            return *known;
        }
        if self.is_not_listed(path) {
            return None;
        }
        let entry = path.symlink_metadata().ok().map(Entry::from);
        let mut known = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        *known.entry(path.as_os_str().to_owned()).or_insert(entry)
    }

    /// What is at the end of a path that is spelled inside the boundary, given what the disk says of the path itself.
    fn follow(&self, path: &Path, own: Option<Entry>) -> Option<Option<Entry>> {
        let is_link = own.is_some_and(|own| own.is_link);
        if !self.allow_outside && !self.leads_inside(path, is_link) {
            return None;
        }
        Some(if is_link { path.metadata().ok().map(Entry::from) } else { own })
    }

    /// Whether a path that is spelled inside the boundary leads inside it.
    fn leads_inside(&self, path: &Path, is_link: bool) -> bool {
        let is_boundary = || self.boundary.iter().any(|boundary| boundary == path);
        // Links are rare: of a file that is none only its directory has to be followed, and that once.
        match path.parent() {
            Some(directory) if !is_link => self.is_directory_inside(directory) || is_boundary(),
            _ => is_boundary() || real(path).is_some_and(|real| self.is_within(&real)),
        }
    }

    /// Whether a directory that is spelled inside the boundary leads inside it: no link on the way up leads elsewhere.
    fn is_directory_inside(&self, directory: &Path) -> bool {
        let is_boundary = |step: &Path| self.boundary.iter().any(|boundary| boundary == step).then_some(true);
        inherited(&self.inside_directories, directory, is_boundary, |inside, step| match self.entry(step) {
            Some(entry) if !entry.is_link => inside,
            _ => real(step).is_some_and(|real| self.is_within(&real)),
        })
    }

    /// What `path` is; nothing if it does not exist or lies outside.
    #[must_use]
    pub fn kind(&self, path: &Path) -> Option<FileKind> {
        if let Some(kind) = self.overlay_kind(path) {
            return Some(kind);
        }
        if !self.disk || !(self.allow_outside || self.is_within(path)) {
            return None;
        }
        // What is not there need not be followed: most files that are looked for are not.
        let own = self.entry(path)?;
        self.follow(path, Some(own))?.map(|entry| entry.kind)
    }

    /// What `path` is among the overlays.
    fn overlay_kind(&self, path: &Path) -> Option<FileKind> {
        let (first, _) = self.overlays.range::<Path, _>((Bound::Included(path), Bound::Unbounded)).next()?;
        if first == path {
            return Some(FileKind::File);
        }
        first.starts_with(path).then_some(FileKind::Directory)
    }

    /// Whether there is a file at `path` that may be read.
    #[must_use]
    pub fn is_file(&self, path: &Path) -> bool {
        self.kind(path) == Some(FileKind::File) && (self.read_ignored || !self.is_file_ignored(path))
    }

    /// Whether a program that looks for `path` finds something there. What lies outside, or cannot be read, is found too,
    /// so that reading it says why not.
    #[must_use]
    pub fn is_present(&self, path: &Path) -> bool {
        let present = self.overlays.contains_key(path) || (self.disk && self.is_on_disk(path));
        present && (self.read_ignored || !self.is_ignored(path))
    }

    /// Whether the disk has something other than a directory at `path`.
    fn is_on_disk(&self, path: &Path) -> bool {
        let Some(own) = self.entry(path) else { return false };
        let spelled_inside = self.allow_outside || self.is_within(path);
        let found = || self.follow(path, Some(own))?.map(|entry| entry.kind);
        let kind = self.overlay_kind(path).or_else(|| if spelled_inside { found() } else { None });
        kind != Some(FileKind::Directory)
    }

    /// The bytes of a file. A missing one is remembered as wanted.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        let found = self.look(path).ok_or(ReadError::Outside)?;
        // Opening a file in an editor moves neither the boundary nor a limit: all is said as without it.
        if let Some(bytes) = self.overlays.get(path) {
            let is_too_large = bytes.len() as u64 > self.size_limit;
            return if is_too_large { Err(ReadError::TooLarge(self.size_limit)) } else { Ok(bytes.to_vec()) };
        }
        if !self.read_ignored && self.is_ignored(path) {
            return Err(ReadError::Ignored);
        }
        match self.overlay_kind(path).or_else(|| found.map(|entry| entry.kind)) {
            None => {
                self.want(path);
                Err(ReadError::Missing)
            }
            Some(FileKind::Directory) => Err(ReadError::Directory),
            Some(FileKind::Other) => Err(ReadError::Io(io::Error::other("not a regular file"))),
            Some(FileKind::File) => self.read_disk(path, found.map_or(0, |entry| entry.size), self.size_limit),
        }
    }

    /// The bytes of a file that is likely to have this size.
    fn read_disk(&self, path: &Path, size: u64, limit: u64) -> Result<Vec<u8>, ReadError> {
        let file = std::fs::File::open(path).map_err(ReadError::Io)?;
        // With room for one byte more, the end is found without another buffer.
        let mut bytes = Vec::with_capacity(usize::try_from(size.min(limit)).unwrap_or(0) + 1);
        // One byte more than the limit tells a file that grew since its size was looked at.
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(ReadError::Io)?;
        if bytes.len() as u64 > limit { Err(ReadError::TooLarge(limit)) } else { Ok(bytes) }
    }

    /// Remembers that `path` was wanted and is absent.
    pub fn want(&self, path: &Path) {
        self.absent.lock().unwrap_or_else(PoisonError::into_inner).insert(path.as_os_str().to_owned());
    }

    /// All paths that were wanted and are absent, sorted: an editor watches them.
    #[must_use]
    pub fn absent(&self) -> Vec<PathBuf> {
        let absent = self.absent.lock().unwrap_or_else(PoisonError::into_inner);
        let mut paths: Vec<PathBuf> = absent.iter().map(PathBuf::from).collect();
        paths.sort();
        paths
    }
}

/// What holds for a directory, following from what holds for the one above it. `top` says it of the highest that is asked;
/// each below is decided once.
fn inherited<V: Clone + Default>(
    known: &RwLock<PathMap<V>>,
    directory: &Path,
    top: impl Fn(&Path) -> Option<V>,
    below: impl Fn(V, &Path) -> V,
) -> V {
    let mut undecided = Vec::new();
    let mut value = V::default();
    for step in directory.ancestors() {
        let decided = known.read().unwrap_or_else(PoisonError::into_inner).get(step.as_os_str()).cloned();
        if let Some(decided) = decided.or_else(|| top(step)) {
            value = decided;
            break;
        }
        undecided.push(step);
    }
    for step in undecided.into_iter().rev() {
        value = below(value, step);
        known.write().unwrap_or_else(PoisonError::into_inner).insert(step.as_os_str().to_owned(), value.clone());
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gitignore_counts_from_the_top_down() {
        let vfs = Vfs::in_memory([
            (".gitignore", b"secret/\n.env\n!deploy/.env\n" as &[u8]),
            ("deploy/.gitignore", b"local.env\n"),
            ("secret/.gitignore", b"!kept\n"),
        ]);
        let ignored = |path: &str| vfs.is_ignored(&vfs.absolute(Path::new(path)));
        assert!(ignored(".env") && ignored("api/.env") && ignored("deploy/local.env"));
        assert!(ignored("secret/kept"), "an excluded directory is not entered");
        assert!(!ignored("deploy/.env") && !ignored("local.env"));
    }

    #[test]
    fn lists_and_reads_overlays() {
        let vfs = Vfs::in_memory([("a/b.txt", b"x" as &[u8]), ("a/c/d.txt", b"y")]);
        let names = vfs.list(&vfs.absolute(Path::new("a"))).unwrap();
        assert_eq!(names.len(), 2);
        assert!(!names[0].directory && names[1].directory);
        assert!(matches!(vfs.read(&vfs.absolute(Path::new("nope"))), Err(ReadError::Missing)));
        assert_eq!(vfs.absent(), [PathBuf::from("/stack/nope")]);
        assert!(matches!(vfs.read(Path::new("/etc/passwd")), Err(ReadError::Outside)));
    }
}
