//! Files written anew: all of them or none, each as a whole, with the mode and the owner it had.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::Vfs;

/// A file to be written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    /// The file, by its absolute path. What a link leads to is written, and the link stays.
    pub path: PathBuf,
    /// What it must still hold.
    pub before: Arc<[u8]>,
    /// What it is to hold.
    pub after: Vec<u8>,
}

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// It lies outside the boundary.
    #[error("outside the project")]
    Outside,
    /// It is no longer what was read.
    #[error("it was changed since it was read")]
    Changed,
    /// It may not be written.
    #[error("it is read-only")]
    ReadOnly,
    /// The system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Files that could not be written, and what became of the others.
#[derive(Debug)]
pub struct WriteFailure {
    /// Those at fault.
    pub errors: Vec<(PathBuf, WriteError)>,
    /// Those that were written all the same.
    pub written: Vec<PathBuf>,
    /// Those that are as they were because of the ones at fault.
    pub held_back: Vec<PathBuf>,
}

/// A text beside the file whose place it will take.
#[derive(Debug)]
struct Staged<'r> {
    rewrite: &'r Rewrite,
    target: PathBuf,
    beside: PathBuf,
}

impl Vfs {
    /// Writes files anew. All texts are written to new files beside the old ones first; only when that went well for all of
    /// them, and every old one is still what was read, they take their places.
    ///
    /// # Errors
    /// If that is not so for one of them: then no file is changed. If a file cannot take its place after all, those before
    /// it are changed.
    pub fn write(&self, rewrites: &[Rewrite]) -> Result<(), WriteFailure> {
        let mut staged = Vec::with_capacity(rewrites.len());
        let mut errors = Vec::new();
        for rewrite in rewrites {
            match self.stage(rewrite) {
                Ok(one) => staged.push(one),
                Err(error) => errors.push((rewrite.path.clone(), error)),
            }
        }
        // As late as it can be.
        for Staged { rewrite, target, .. } in &staged {
            if let Err(error) = unchanged(target, &rewrite.before) {
                errors.push((rewrite.path.clone(), error));
            }
        }
        let mut written = Vec::new();
        let mut rest = staged.iter();
        if errors.is_empty() {
            for one in rest.by_ref() {
                match fs::rename(&one.beside, &one.target) {
                    Ok(()) => written.push(one.rewrite.path.clone()),
                    Err(error) => {
                        discard(one);
                        errors.push((one.rewrite.path.clone(), WriteError::Io(error)));
                        break;
                    }
                }
            }
            staged.iter().take(written.len()).for_each(|one| sync_directory(&one.target));
        }
        rest.for_each(discard);
        if errors.is_empty() {
            return Ok(());
        }
        let at_fault = |path: &PathBuf| errors.iter().any(|(faulty, _)| faulty == path);
        let others = rewrites.iter().map(|rewrite| rewrite.path.clone());
        let held_back = others.filter(|path| !at_fault(path) && !written.contains(path)).collect();
        Err(WriteFailure { errors, written, held_back })
    }

    fn stage<'r>(&self, rewrite: &'r Rewrite) -> Result<Staged<'r>, WriteError> {
        if !self.disk {
            return Err(WriteError::Io(io::Error::other("it is not on a disk")));
        }
        let target = rewrite.path.canonicalize()?;
        if !(self.allow_outside || self.boundary.iter().any(|boundary| target.starts_with(boundary))) {
            return Err(WriteError::Outside);
        }
        let metadata = target.metadata()?;
        if !metadata.is_file() {
            return Err(WriteError::Io(io::Error::other("not a regular file")));
        }
        if metadata.permissions().readonly() {
            return Err(WriteError::ReadOnly);
        }
        // A directory may let a file be replaced that may not be written.
        OpenOptions::new().write(true).open(&target)?;
        unchanged(&target, &rewrite.before)?;
        let (beside, file) = create_beside(&target)?;
        let staged = Staged { rewrite, target, beside };
        if let Err(error) = fill(&file, &rewrite.after, &metadata) {
            discard(&staged);
            return Err(WriteError::Io(error));
        }
        Ok(staged)
    }
}

fn unchanged(target: &Path, before: &[u8]) -> Result<(), WriteError> {
    let metadata = target.metadata()?;
    let same = metadata.len() == before.len() as u64 && fs::read(target)? == before;
    if same { Ok(()) } else { Err(WriteError::Changed) }
}

/// A new file in the directory of `target`, which nobody else can read: it may get secrets.
fn create_beside(target: &Path) -> io::Result<(PathBuf, File)> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    loop {
        // Not made of the name of the file, which may be as long as a name can be.
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = target.with_file_name(format!(".stacklint-{}-{count}.tmp", std::process::id()));
        match options.open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && count < u32::MAX / 2 => {}
            Err(error) => {
                let message = format!("no file can be created beside it: {error}");
                return Err(io::Error::new(error.kind(), message));
            }
        }
    }
}

fn fill(mut file: &File, text: &[u8], like: &Metadata) -> io::Result<()> {
    file.write_all(text)?;
    keep_owner(file, like);
    // Behind the owner: a change of that takes bits of the mode away.
    file.set_permissions(like.permissions())?;
    file.sync_all()
}

/// Gives a file the owner and the group of another where the system lets it.
#[cfg(unix)]
fn keep_owner(file: &File, like: &Metadata) {
    use std::os::unix::fs::{MetadataExt as _, fchown};

    if let Ok(own) = file.metadata() {
        let group = (own.gid() != like.gid()).then(|| like.gid());
        let owner = (own.uid() != like.uid()).then(|| like.uid());
        // One by one: a user may give a file to another group of theirs, and to nobody else.
        for (owner, group) in [(None, group), (owner, None)] {
            if owner.is_some() || group.is_some() {
                let _ = fchown(file, owner, group);
            }
        }
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) {}

/// A name in a directory lasts once the directory is on the disk. Not every system can be asked for that.
fn sync_directory(target: &Path) {
    if let Some(directory) = target.parent().and_then(|directory| File::open(directory).ok()) {
        let _ = directory.sync_all();
    }
}

fn discard(staged: &Staged<'_>) {
    // What went wrong first is what the user must hear of.
    let _ = fs::remove_file(&staged.beside);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory that is gone when it is dropped.
    struct Directory(PathBuf);

    impl Directory {
        fn with(files: &[(&str, &str)]) -> Self {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let name = format!("stacklint-write-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
            let path = std::env::temp_dir().join(name);
            fs::create_dir_all(&path).unwrap();
            let directory = Self(path.canonicalize().unwrap());
            for (name, text) in files {
                fs::create_dir_all(directory.at(name).parent().unwrap()).unwrap();
                fs::write(directory.at(name), text).unwrap();
            }
            directory
        }

        fn at(&self, name: &str) -> PathBuf {
            self.0.join(name)
        }

        fn rewrite(&self, name: &str, before: &str, after: &str) -> Rewrite {
            Rewrite { path: self.at(name), before: before.as_bytes().into(), after: after.as_bytes().to_vec() }
        }

        fn read(&self, name: &str) -> String {
            fs::read_to_string(self.at(name)).unwrap()
        }

        /// No file was left behind.
        fn has(&self, count: usize) -> bool {
            fs::read_dir(&self.0).unwrap().count() == count
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_file_that_changed_since_it_was_read_stays_and_so_do_the_others() {
        let directory = Directory::with(&[("a", "one"), ("b", "two"), ("c", "three")]);
        let vfs = Vfs::on_disk(&directory.0).unwrap();
        let rewrites = [
            directory.rewrite("a", "one", "1"),
            directory.rewrite("b", "two", "2"),
            directory.rewrite("c", "three", "3"),
        ];
        fs::write(directory.at("b"), "tow").unwrap();
        let failure = vfs.write(&rewrites).unwrap_err();
        assert!(matches!(failure.errors.as_slice(), [(path, WriteError::Changed)] if path.ends_with("b")));
        assert_eq!((failure.written.len(), failure.held_back), (0, vec![directory.at("a"), directory.at("c")]));
        assert_eq!([directory.read("a"), directory.read("b"), directory.read("c")], ["one", "tow", "three"]);
        assert!(directory.has(3));
        fs::write(directory.at("b"), "two").unwrap();
        vfs.write(&rewrites).unwrap();
        assert_eq!([directory.read("a"), directory.read("b"), directory.read("c")], ["1", "2", "3"]);
        assert!(directory.has(3));
    }

    #[test]
    fn what_is_gone_or_was_never_there_is_not_made() {
        let directory = Directory::with(&[("a", "one")]);
        let vfs = Vfs::on_disk(&directory.0).unwrap();
        let rewrites = [directory.rewrite("gone", "x", "y"), directory.rewrite("a", "one", "1")];
        let failure = vfs.write(&rewrites).unwrap_err();
        assert!(matches!(failure.errors.as_slice(), [(path, WriteError::Io(_))] if path.ends_with("gone")));
        assert!(directory.read("a") == "one" && directory.has(1));
        let memory = Vfs::in_memory([("a", b"one" as &[u8])]);
        let rewrite = Rewrite { path: memory.absolute(Path::new("a")), ..directory.rewrite("a", "one", "1") };
        assert!(memory.write(&[rewrite]).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn mode_and_links_are_kept() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};

        let directory = Directory::with(&[("deep/target", "one"), ("private", "two")]);
        symlink("deep/target", directory.at("link")).unwrap();
        let mode = |name: &str| directory.at(name).metadata().unwrap().permissions().mode() & 0o7777;
        fs::set_permissions(directory.at("deep/target"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(directory.at("private"), fs::Permissions::from_mode(0o600)).unwrap();
        let vfs = Vfs::on_disk(&directory.0).unwrap();
        vfs.write(&[directory.rewrite("link", "one", "1"), directory.rewrite("private", "two", "2")]).unwrap();
        assert!(directory.at("link").is_symlink());
        assert_eq!((directory.read("deep/target"), directory.read("private")), ("1".to_owned(), "2".to_owned()));
        assert_eq!((mode("deep/target"), mode("private")), (0o755, 0o600));
    }

    #[cfg(unix)]
    #[test]
    fn nothing_outside_and_nothing_read_only_is_written() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};

        let outside = Directory::with(&[("file", "one")]);
        let directory = Directory::with(&[("locked", "two"), ("open", "three")]);
        symlink(outside.at("file"), directory.at("link")).unwrap();
        fs::set_permissions(directory.at("locked"), fs::Permissions::from_mode(0o444)).unwrap();
        let mut vfs = Vfs::on_disk(&directory.0).unwrap();
        let rewrites = [
            directory.rewrite("link", "one", "1"),
            directory.rewrite("locked", "two", "2"),
            directory.rewrite("open", "three", "3"),
        ];
        let failure = vfs.write(&rewrites).unwrap_err();
        assert!(matches!(failure.errors.as_slice(), [(_, WriteError::Outside), (_, WriteError::ReadOnly)]));
        assert_eq!(failure.held_back, [directory.at("open")]);
        assert_eq!([outside.read("file"), directory.read("locked"), directory.read("open")], ["one", "two", "three"]);
        assert!(outside.has(1) && directory.has(3));
        vfs.allow_outside();
        vfs.write(&rewrites[..1]).unwrap();
        assert!(outside.read("file") == "1" && directory.at("link").is_symlink());
    }
}
