//! The files of one run: each read and parsed once, however many stacks share it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use stacklint_parsers::{Format, Parsed};

use crate::bytes::{self, ByteProblem};
use crate::line_index::LineIndex;
use crate::map::PathMap;
use crate::origin::{FileId, Span};
use crate::vfs::{ReadError, Vfs};

/// A file that was read.
#[derive(Debug)]
pub struct SourceFile {
    /// Its number in this run.
    pub id: FileId,
    /// Its absolute path, cleaned but not resolved.
    pub path: PathBuf,
    /// Its path in reports.
    pub name: String,
    /// Its text, byte for byte as long as the file.
    pub text: Arc<str>,
    /// What in it is no text.
    pub byte_problems: Vec<ByteProblem>,
    /// Its bytes, if they are not those of the text.
    original: Option<Box<[u8]>>,
    /// `.gitignore` excludes it.
    pub ignored: bool,
    lines: OnceLock<LineIndex>,
    tree: Mutex<Tree>,
    judged: AtomicBool,
}

/// How a file is read.
#[derive(Debug, Default)]
struct Tree {
    /// As it was parsed last, unless that was released.
    parsed: Option<Arc<Parsed>>,
    /// What it was parsed as; of several formats the first in the list of them, so that no order of stacks matters.
    format: Option<Format>,
}

impl SourceFile {
    /// Its name in its directory.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }

    /// The lines of the text.
    #[must_use]
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }

    /// The file read as `format`. Parsed at the first call, and again only if it was released in between or is wanted
    /// as another format.
    #[must_use]
    pub fn parse(&self, format: Format) -> Arc<Parsed> {
        let mut tree = self.tree();
        let rank = |format: Format| Format::ALL.iter().position(|known| *known == format);
        if tree.format.is_none_or(|known| rank(format) < rank(known)) {
            tree.format = Some(format);
        }
        match &tree.parsed {
            Some(parsed) if parsed.format() == format => Arc::clone(parsed),
            _ => Arc::clone(tree.parsed.insert(Arc::new(format.parse(Arc::clone(&self.text))))),
        }
    }

    /// Its bytes, those included that are no text.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.original.as_deref().unwrap_or(self.text.as_bytes())
    }

    /// The file as it was parsed last, unless that was released.
    #[must_use]
    pub fn parsed(&self) -> Option<Arc<Parsed>> {
        self.tree().parsed.clone()
    }

    /// The format that the file was parsed as; none if nothing ever parsed it. Of several it is the first in
    /// [`Format::ALL`].
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        self.tree().format
    }

    /// Gives the tree back; the text stays, and so does what it was parsed as.
    pub fn release(&self) {
        self.tree().parsed = None;
    }

    fn tree(&self) -> MutexGuard<'_, Tree> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether some stack read this file as a part of itself.
    #[must_use]
    pub fn is_judged(&self) -> bool {
        self.judged.load(Ordering::Relaxed)
    }

    pub(crate) fn mark_judged(&self) {
        self.judged.store(true, Ordering::Relaxed);
    }

    /// The span of the whole file.
    #[must_use]
    pub fn span(&self) -> Span {
        Span { file: self.id, range: stacklint_parsers::TextRange::from_usize(0..self.text.len()) }
    }
}

/// All files of one run.
#[derive(Debug)]
pub struct Sources {
    vfs: Vfs,
    files: RwLock<Vec<Arc<SourceFile>>>,
    by_path: Mutex<PathMap<Slot>>,
}

type Slot = Arc<OnceLock<Result<Arc<SourceFile>, Arc<ReadError>>>>;

impl Sources {
    /// No file read yet.
    #[must_use]
    pub fn new(vfs: Vfs) -> Self {
        Self { vfs, files: RwLock::default(), by_path: Mutex::default() }
    }

    /// The file system behind it.
    #[must_use]
    pub fn vfs(&self) -> &Vfs {
        &self.vfs
    }

    /// The file system behind it, nothing of it read.
    #[must_use]
    pub fn into_vfs(self) -> Vfs {
        self.vfs
    }

    /// The file at an absolute, cleaned path.
    ///
    /// # Errors
    /// If it cannot be read; the same error at every call.
    pub fn open(&self, path: &Path) -> Result<Arc<SourceFile>, Arc<ReadError>> {
        let slot = {
            let mut by_path = self.by_path.lock().unwrap_or_else(PoisonError::into_inner);
            match by_path.get(path.as_os_str()) {
                Some(slot) => Arc::clone(slot),
                None => Arc::clone(by_path.entry(path.as_os_str().to_owned()).or_default()),
            }
        };
        // The lock is per file, so that others can be read meanwhile.
        slot.get_or_init(|| self.read(path).map_err(Arc::new)).clone()
    }

    fn read(&self, path: &Path) -> Result<Arc<SourceFile>, ReadError> {
        let decoded = bytes::decode(self.vfs.read(path)?);
        let ignored = self.vfs.is_file_ignored(path);
        let mut files = self.files.write().unwrap_or_else(PoisonError::into_inner);
        let file = Arc::new(SourceFile {
            id: FileId(u32::try_from(files.len()).unwrap_or(u32::MAX)),
            path: path.to_owned(),
            name: self.vfs.display(path),
            text: decoded.text.into(),
            byte_problems: decoded.problems,
            original: decoded.original.map(Vec::into_boxed_slice),
            ignored,
            lines: OnceLock::new(),
            tree: Mutex::default(),
            judged: AtomicBool::new(false),
        });
        files.push(Arc::clone(&file));
        Ok(file)
    }

    /// The file behind a span.
    #[must_use]
    pub fn file(&self, id: FileId) -> Option<Arc<SourceFile>> {
        self.files.read().unwrap_or_else(PoisonError::into_inner).get(id.0 as usize).cloned()
    }

    /// All files read so far, in the order they were read.
    #[must_use]
    pub fn files(&self) -> Vec<Arc<SourceFile>> {
        self.files.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many files were read so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.files.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// What a span holds.
    #[must_use]
    pub fn text(&self, span: Span) -> String {
        self.file(span.file).map(|file| span.range.of(&file.text).to_owned()).unwrap_or_default()
    }
}
