//! What `.gitignore` files inside the boundary exclude.

use std::path::Path;
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::path::is_below;
use super::{FileKind, Vfs, inherited};

/// The `.gitignore` files that speak of the entries of a directory, the innermost first.
pub(super) type IgnoreFiles = Arc<[Arc<Gitignore>]>;

/// A larger `.gitignore` excludes nothing. Compiled, patterns take three hundred times their own size.
const IGNORE_FILE_LIMIT: u64 = 1 << 20;

impl Vfs {
    /// Whether a `.gitignore` inside the boundary excludes `path` or a directory above it.
    #[must_use]
    pub fn is_ignored(&self, path: &Path) -> bool {
        self.is_excluded(path, || self.kind(path) == Some(FileKind::Directory))
    }

    /// [`Self::is_ignored`] for what is no directory.
    #[must_use]
    pub fn is_file_ignored(&self, path: &Path) -> bool {
        self.is_excluded(path, || false)
    }

    fn is_excluded(&self, path: &Path, is_directory: impl Fn() -> bool) -> bool {
        let top = self.boundary.iter().find(|boundary| is_below(path, boundary));
        let Some((top, parent)) = top.filter(|top| *top != path).zip(path.parent()) else { return false };
        // git decides from the top down: what lies in an excluded directory cannot be brought back.
        self.is_directory_excluded(parent, top) || self.is_excluded_itself(path, is_directory(), top)
    }

    /// Whether a directory is excluded, or one above it. Each is decided once, for all the files in it.
    fn is_directory_excluded(&self, directory: &Path, top: &Path) -> bool {
        let is_top = |step: &Path| (step == top).then_some(false);
        inherited(&self.excluded_directories, directory, is_top, |excluded, step| {
            excluded || self.is_excluded_itself(step, true, top)
        })
    }

    /// Whether the `.gitignore` files from `top` down to the directory of `path` exclude `path` itself. Callers that walk
    /// from the top down need no more.
    fn is_excluded_itself(&self, path: &Path, directory: bool, top: &Path) -> bool {
        let Some(parent) = path.parent().filter(|parent| is_below(parent, top)) else { return false };
        for rules in self.ignore_files(parent, top).iter() {
            match rules.matched(path, directory) {
                ignore::Match::Ignore(_) => return true,
                ignore::Match::Whitelist(_) => return false,
                ignore::Match::None => {}
            }
        }
        false
    }

    /// [`Self::is_ignored`] for an entry of a directory that is not itself ignored.
    #[must_use]
    pub fn is_entry_ignored(&self, path: &Path, directory: bool) -> bool {
        let top = self.boundary.iter().find(|boundary| is_below(path, boundary));
        top.is_some_and(|top| self.is_excluded_itself(path, directory, top))
    }

    /// The `.gitignore` files that speak of the entries of a directory, the innermost first. Mostly there are none, or the
    /// ones of the directory above.
    fn ignore_files(&self, directory: &Path, top: &Path) -> IgnoreFiles {
        let is_outside = |step: &Path| (!is_below(step, top)).then(IgnoreFiles::default);
        inherited(&self.ignore_files, directory, is_outside, |above, step| match self.read_ignore_file(step) {
            Some(own) => std::iter::once(Arc::new(own)).chain(above.iter().cloned()).collect(),
            None => above,
        })
    }

    fn read_ignore_file(&self, directory: &Path) -> Option<Gitignore> {
        let path = directory.join(".gitignore");
        let bytes = match self.overlays.get(&path) {
            Some(bytes) => bytes.to_vec(),
            // Not through `read`: whether a file is ignored must not depend on whether it is ignored.
            None if self.disk => {
                let entry = self.look(&path)?.filter(|entry| entry.kind == FileKind::File)?;
                self.read_disk(&path, entry.size, IGNORE_FILE_LIMIT).ok()?
            }
            None => return None,
        };
        let mut builder = GitignoreBuilder::new(directory);
        for line in String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').lines() {
            // A pattern git would not understand either excludes nothing.
            let _ = builder.add_line(None, line);
        }
        builder.build().ok()
    }
}
