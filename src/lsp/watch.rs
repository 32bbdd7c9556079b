//! Files that change on disk: what the client is asked to watch, and what is looked at where it cannot.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::{Value, json};

use super::root::Root;

/// The endings of files that may matter.
const ENDINGS: [&str; 10] = ["yaml", "yml", "json", "conf", "cnf", "cfg", "ini", "toml", "properties", "env"];

/// Other names of such files.
const PATTERNS: [&str; 4] = ["**/.env*", "**/*.env.*", "**/env.*", "**/.gitignore"];

/// What the client is asked to watch.
pub(crate) fn registration() -> Value {
    let endings = format!("**/*.{{{}}}", ENDINGS.join(","));
    let patterns = std::iter::once(endings.as_str()).chain(PATTERNS);
    let watchers: Vec<Value> = patterns.map(|pattern| json!({"globPattern": pattern})).collect();
    json!({
        "id": "stacklint-watch",
        "method": "workspace/didChangeWatchedFiles",
        "registerOptions": {"watchers": watchers},
    })
}

/// Whether the client was asked to watch a file. What stacks mount can have any name.
fn is_watched(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    ENDINGS.contains(&ending)
        || name.starts_with(".env")
        || name.contains(".env.")
        || name.starts_with("env.")
        || name == ".gitignore"
}

/// When files were last changed, and whether they are there.
#[derive(Debug, Default)]
pub(crate) struct Stamps {
    known: HashMap<PathBuf, Stamp>,
}

type Stamp = Option<(SystemTime, u64)>;

/// What became of files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// They say something else.
    pub(crate) edited: Vec<PathBuf>,
    /// They came or went; or, of a directory, something in it did.
    pub(crate) moved: Vec<PathBuf>,
}

impl Stamps {
    /// What changed on disk since this was last asked, of all that was read or wanted; or, beside a client that watches, of
    /// what that does not.
    pub(crate) fn look(&mut self, roots: &[Root], client_watches: bool) -> Changes {
        let mut changes = Changes::default();
        let mut now = HashMap::new();
        let files = roots.iter().flat_map(Root::files).filter(|path| !client_watches || !is_watched(path));
        let directories = roots.iter().flat_map(Root::directories).filter(|_| !client_watches);
        for path in files.chain(directories) {
            if now.contains_key(path) {
                continue;
            }
            let stamp = stamp(path);
            match self.known.get(path) {
                Some(known) if *known == stamp => {}
                Some(Some(_)) if stamp.is_some() && !path.is_dir() => changes.edited.push(path.clone()),
                Some(_) => changes.moved.push(path.clone()),
                None => {}
            }
            now.insert(path.clone(), stamp);
        }
        self.known = now;
        changes
    }

    #[cfg(test)]
    pub(crate) fn entries(&self) -> usize {
        self.known.len()
    }
}

fn stamp(path: &Path) -> Stamp {
    let metadata = path.metadata().ok()?;
    Some((metadata.modified().ok()?, if metadata.is_dir() { 0 } else { metadata.len() }))
}
