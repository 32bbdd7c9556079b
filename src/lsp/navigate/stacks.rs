//! The stacks of a run that have a file, put together again when somebody asks about it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use stacklint_engine::navigate::Index;
use stacklint_engine::origin::Span;
use stacklint_engine::source::Sources;
use stacklint_engine::stack::{Stack, StackSpec};

use crate::commands::masking::secret_places;
use crate::lsp::judge::Snapshot;

/// The stacks of a run, each put together when it is first asked for.
#[derive(Debug, Default)]
pub(crate) struct Stacks(Mutex<HashMap<String, Arc<Known>>>);

/// A stack, ready for questions.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) stack: Stack,
    pub(crate) index: Index,
    /// Where its secrets are written.
    pub(crate) secrets: Vec<Span>,
}

impl Stacks {
    fn get(&self, spec: &StackSpec, sources: &Sources) -> Arc<Known> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.entry(spec.name.clone()).or_insert_with(|| {
            let stack = Stack::resolve(spec.clone(), sources);
            let index = Index::of(&stack);
            let secrets = secret_places(&stack, sources);
            Arc::new(Known { stack, index, secrets })
        });
        Arc::clone(known)
    }
}

/// The stacks that have a file; of a file that none has, those of the nearest directory above it: they may have it and
/// not read it.
pub(super) fn of_file(snapshot: &Snapshot, path: &Path) -> Vec<Arc<Known>> {
    let sources = &snapshot.sources;
    let name = sources.vfs().display(path);
    let readers = snapshot.outcome.stacks.iter().filter(|stack| stack.files.contains(&name));
    let readers: Vec<&str> = readers.map(|stack| stack.name.as_str()).collect();
    let folders = || snapshot.grouped.folders.iter().filter(|folder| !folder.stacks.is_empty());
    let nearest = folders().filter(|folder| path.starts_with(&folder.path)).map(|folder| &folder.path);
    let nearest = nearest.max_by_key(|folder| folder.components().count());
    let mut known = Vec::new();
    for folder in folders() {
        for spec in &folder.stacks {
            let is_wanted = match readers.is_empty() {
                true => Some(&folder.path) == nearest,
                false => readers.contains(&spec.name.as_str()),
            };
            if is_wanted {
                known.push(snapshot.stacks.get(spec, sources));
            }
        }
    }
    known
}
