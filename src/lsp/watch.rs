//! Files that change on disk: what the client is asked to watch, and what is looked at where it cannot.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::{Value, json};

use super::root::Root;

/// The names of files that may matter. What stacks mount can have any name: it is looked at when something else changes.
const PATTERNS: [&str; 6] = [
    "**/*.{yaml,yml,json,conf,cnf,cfg,ini,toml,properties,env}",
    "**/.env*",
    "**/*.env.*",
    "**/env.*",
    "**/.gitignore",
    "**/Dockerfile*",
];

/// What the client is asked to watch.
pub(crate) fn registration() -> Value {
    let watchers: Vec<Value> = PATTERNS.iter().map(|pattern| json!({"globPattern": pattern})).collect();
    json!({
        "id": "stacklint-watch",
        "method": "workspace/didChangeWatchedFiles",
        "registerOptions": {"watchers": watchers},
    })
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
    /// What changed on disk since this was last asked, of all that was read or wanted.
    pub(crate) fn look(&mut self, roots: &[Root]) -> Changes {
        let mut changes = Changes::default();
        let mut now = HashMap::new();
        for path in roots.iter().flat_map(Root::watched) {
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
