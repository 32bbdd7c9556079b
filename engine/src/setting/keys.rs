//! Files of keys that a stack hands to its containers: a mounted `tls.key`, a Compose secret that is a file of the
//! repository, a directory of certificates.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use stacklint_parsers::TextRange;

use super::{Collector, Site, Surroundings};
use crate::map::HashSet;
use crate::origin::{OriginId, Span};
use crate::secrets::Verdict;
use crate::stack::container::{ContainerFiles, MountSource};
use crate::text::{PieceKind, Text};
use crate::vfs::{FileKind, Vfs};

/// No file of keys is larger.
const LONGEST: usize = 256 << 10;

/// So many entries of a mounted directory are looked at.
const ENTRIES: usize = 1_000;

/// Endings of files that hold keys, and of certificates that are kept in one file with theirs.
const ENDINGS: [&str; 8] = ["key", "pem", "p8", "ppk", "age", "asc", "crt", "cert"];

/// Other names of such files. Source: ssh-keygen(1), certbot and Docker's own documentation.
const NAMES: [&str; 7] = ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk", "identity"];

impl Collector<'_, '_> {
    /// The private keys in files that services get. Each file is looked at once, whoever gets it.
    pub(super) fn key_files(&mut self, files: &[ContainerFiles<'_>]) {
        let (mut mounted, mut seen) = (HashSet::default(), HashSet::default());
        for mount in files.iter().flat_map(ContainerFiles::mounts) {
            let MountSource::Host(host) = mount.source else { continue };
            // What somebody calls a secret may have any name.
            let is_secret = mount.entry.get("type").is_none();
            // Many services get the same directory.
            if host.is_unknown() || !mounted.insert((host.as_str(), is_secret)) {
                continue;
            }
            for path in candidates(Path::new(host.as_str()), is_secret, self.sources.vfs()) {
                if seen.insert(path.clone()) {
                    self.key_file(&path);
                }
            }
        }
    }

    fn key_file(&mut self, path: &Path) {
        // What cannot be read, or lies outside, is not this rule's affair: loading the stack has said so.
        let Ok(file) = self.sources.open(path) else { return };
        if file.text.len() > LONGEST {
            return;
        }
        let mut text = Text::default();
        let whole = Span { file: file.id, range: TextRange::from_usize(0..file.text.len()) };
        text.push(&file.text, Some(whole), PieceKind::Verbatim, OriginId::WRITTEN);
        file.mark_judged();
        let around = Surroundings::none(Site::File);
        let keys = self.judge("", &text, &around, None);
        for mut key in keys.into_iter().filter(|key| key.verdict == Verdict::PrivateKey) {
            // The line that opens the key stands for it.
            let first = key.text.as_str().lines().next().map_or(0, str::len);
            key.text = key.text.slice(0..first);
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            self.push(&around, Cow::Owned(name), Cow::Owned(key.text.clone()), file.name.clone(), vec![key]);
        }
    }
}

/// The files at a mounted path that may hold a key.
fn candidates(path: &Path, is_secret: bool, vfs: &Vfs) -> Vec<PathBuf> {
    let is_key = |path: &Path| path.file_name().is_some_and(|name| names_key(&name.to_string_lossy()));
    match vfs.kind(path) {
        Some(FileKind::File) if is_secret || is_key(path) => vec![path.to_owned()],
        Some(FileKind::Directory) => {
            let entries = vfs.list(path).unwrap_or_default();
            let files = entries.iter().take(ENTRIES).filter(|entry| !entry.directory);
            let files = files.map(|entry| path.join(&entry.name));
            files.filter(|path| is_key(path)).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a file of this name may hold a private key.
fn names_key(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    NAMES.contains(&name.as_str())
        || ending.is_some_and(|ending| ENDINGS.contains(&ending))
        || (name.starts_with("privkey") || name.ends_with("_key") || name.ends_with("-key"))
}

#[cfg(test)]
mod tests {
    use super::names_key;

    #[test]
    fn files_of_keys_are_known_by_their_names() {
        for (name, expected) in [
            ("tls.key", true),
            ("server.PEM", true),
            ("id_ed25519", true),
            ("id_ed25519.pub", false),
            ("ssh_host_rsa_key", true),
            ("privkey1.pem", true),
            ("fullchain.txt", false),
            ("nginx.conf", false),
        ] {
            assert_eq!(names_key(name), expected, "{name}");
        }
    }
}
