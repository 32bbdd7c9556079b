//! What directories hold. Each is listed once, and what its list shows to be absent is not asked for.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path};
use std::sync::{Arc, PoisonError};

use super::Vfs;

/// Lists of more entries are not kept: few directories are that large, and what is looked for is mostly not in them.
const KEPT: usize = 256;

/// An entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirectoryEntry {
    /// Its name.
    pub name: OsString,
    /// Whether it is a directory and no link.
    pub directory: bool,
}

impl Vfs {
    /// The entries of a directory, by name. Empty if it cannot be listed.
    ///
    /// # Errors
    /// If the system refuses to list a directory that exists.
    pub fn list(&self, directory: &Path) -> io::Result<Arc<[DirectoryEntry]>> {
        if let Some(known) = self.lists.read().unwrap_or_else(PoisonError::into_inner).get(directory.as_os_str()) {
            return Ok(Arc::clone(known));
        }
        let entries: Arc<[DirectoryEntry]> = self.entries_of(directory)?.into_iter().collect();
        if entries.len() <= KEPT {
            let mut lists = self.lists.write().unwrap_or_else(PoisonError::into_inner);
            lists.insert(directory.as_os_str().to_owned(), Arc::clone(&entries));
        }
        Ok(entries)
    }

    fn entries_of(&self, directory: &Path) -> io::Result<BTreeSet<DirectoryEntry>> {
        let mut entries = BTreeSet::new();
        for path in self.overlays.range(directory.to_owned()..).map(|(path, _)| path) {
            let Ok(inner) = path.strip_prefix(directory) else { break };
            let mut components = inner.components();
            if let Some(Component::Normal(name)) = components.next() {
                let directory = components.next().is_some();
                entries.insert(DirectoryEntry { name: name.to_owned(), directory });
            }
        }
        if self.disk {
            let listed = match std::fs::read_dir(directory) {
                // What is not saved yet may stand where there is no directory yet.
                Err(error) if error.kind() == io::ErrorKind::NotFound && !entries.is_empty() => None,
                listed => Some(listed?),
            };
            for entry in listed.into_iter().flatten() {
                let entry = entry?;
                // Of a link this is the link's own type: links to directories are not followed.
                let directory = entry.file_type()?.is_dir();
                entries.insert(DirectoryEntry { name: entry.file_name(), directory });
            }
        }
        Ok(entries)
    }

    /// Whether the list of its directory shows that the disk has nothing at `path`. Two of three files that a stack may
    /// have, such as `.env` and what `.env` is made from, are not there.
    ///
    /// Where the system takes other spellings for the same name (other cases or normal forms of letters, the short names and
    /// dropped ends of Windows), a list shows nothing.
    pub(super) fn is_not_listed(&self, path: &Path) -> bool {
        let Some((directory, name)) = path.parent().zip(path.file_name()) else { return false };
        let Some(name) = name.to_str().filter(|name| has_one_spelling(name)) else { return false };
        let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
        let Some(entries) = lists.get(directory.as_os_str()) else { return false };
        let is_other = |listed: &str| listed.is_ascii() && !listed.eq_ignore_ascii_case(name);
        entries.iter().all(|entry| entry.name.to_str().is_some_and(is_other))
    }
}

fn has_one_spelling(name: &str) -> bool {
    name.is_ascii() && !name.contains(['~', ':']) && !name.ends_with(['.', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_shows_what_is_absent() {
        let vfs = Vfs::in_memory([("a/Compose.yaml", b"x" as &[u8]), ("b/h\u{e9}.env", b"y")]);
        let lacks = |path: &str| vfs.is_not_listed(&vfs.absolute(Path::new(path)));
        assert!(!lacks("a/.env"), "nobody has listed it yet");
        for directory in ["a", "b"] {
            vfs.list(&vfs.absolute(Path::new(directory))).unwrap();
        }
        assert!(lacks("a/.env") && lacks("a/compose.yml"));
        for present in ["a/Compose.yaml", "a/compose.yaml", "a/COMPOS~1.YAM", "a/compose.yaml.", "a/compos\u{e9}.yaml"]
        {
            assert!(!lacks(present), "{present}");
        }
        assert!(!lacks("b/he.env"), "some letters have more than one form");
    }
}
