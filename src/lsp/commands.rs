//! The commands of the server, and what is worked out for them beside the main loop.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use crossbeam_channel::Sender;
use lsp_server::RequestId;
use stacklint_engine::finding::Safety;
use stacklint_engine::fix::apply::{Repair, repair};
use stacklint_engine::stack::Stack;

use super::diagnostics::document_at;
use super::document::Document;
use super::edits::Edits;
use super::judge::{Job, Snapshot, files};
use super::session::Session;
use crate::commands::resolve;

/// Mends all that can be mended safely in a file, or everywhere.
pub(crate) const FIX_ALL: &str = "stacklint.fixAll";

/// Tells what a stack really is.
pub(crate) const EXPLAIN_STACK: &str = "stacklint.explainStack";

/// What is done with fixes once they are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// They are offered as a code action.
    Offer,
    /// The client is asked to apply them.
    Apply,
}

/// What was worked out for a question.
#[derive(Debug)]
pub(crate) struct Worked {
    pub(crate) id: RequestId,
    /// Nothing if that failed.
    pub(crate) found: Option<Found>,
}

/// What is worked out beside the main loop, which no stack, however large, and no defect of ours may hold up.
#[derive(Debug)]
pub(crate) enum Found {
    /// The safe fixes.
    Repairs(Repairs),
    /// What a stack really is.
    Text(String),
}

/// The fixes of each root, and the texts they are for.
#[derive(Debug)]
pub(crate) struct Repairs {
    pub(crate) purpose: Purpose,
    all: Vec<(Repair, Job)>,
}

/// Works something out in a thread of its own; whether there is one.
///
/// # Errors
/// If the system has no thread to give.
pub(crate) fn work_out(
    id: RequestId,
    work: impl FnOnce() -> Option<Found> + Send + 'static,
    done: Sender<Worked>,
) -> std::io::Result<()> {
    thread::Builder::new().name("command".to_owned()).spawn(move || {
        let found = catch_unwind(AssertUnwindSafe(work)).ok().flatten();
        // Who has gone does not need it.
        let _ = done.send(Worked { id, found });
    })?;
    Ok(())
}

/// What the safe fixes come to.
pub(crate) fn repairs(purpose: Purpose, jobs: Vec<Job>, changed: &[PathBuf]) -> Option<Found> {
    let all = jobs.into_iter().map(|job| Some((repaired(&job, changed)?, job))).collect::<Option<_>>()?;
    Some(Found::Repairs(Repairs { purpose, all }))
}

fn repaired(job: &Job, changed: &[PathBuf]) -> Option<Repair> {
    let (sources, mut options) = files(job).ok()?;
    options.changed = changed.to_vec();
    Some(repair(sources.into_vfs(), &options, Safety::Safe))
}

impl Repairs {
    /// The edits; nothing if a text in the editor is another one by now.
    pub(crate) fn edits(&self, session: &Session) -> Option<Edits> {
        let mut edits = Edits::default();
        for (repair, job) in &self.all {
            for change in &repair.changes {
                let text =
                    |documents| document_at(documents, &change.read_as).map(|document: &Document| &document.text);
                if text(&job.documents) != text(&session.documents) {
                    return None;
                }
                edits.add(&change.read_as, &change.text, session.client.unit);
            }
        }
        Some(edits)
    }
}

/// What the stacks of a file really are, secrets masked; empty if it is in none.
pub(crate) fn explain(snapshot: &Arc<Snapshot>, path: &Path) -> String {
    let sources = &snapshot.sources;
    let name = sources.vfs().display(path);
    let read = snapshot.outcome.stacks.iter().filter(|stack| stack.files.contains(&name));
    let specs = snapshot.grouped.folders.iter().flat_map(|folder| &folder.stacks);
    let texts: Vec<String> = read
        .filter_map(|stack| {
            let spec = specs.clone().find(|spec| spec.name == stack.name)?;
            let text = resolve::text_of(&Stack::resolve(spec.clone(), sources), sources);
            Some(format!("# stack {}\n{text}", stack.name))
        })
        .collect();
    texts.join("\n")
}
