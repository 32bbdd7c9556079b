//! What an editor asks about a place: hover, definition, references, links, hints.
//!
//! A question waits until its text is judged, and is answered on a thread of its own: the stacks that have the file are
//! put together again for it, at most once for each run.

mod answer;
mod hover;
mod inquiry;
mod stacks;

use std::collections::{BTreeMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use lsp_server::{ErrorCode, RequestId};
use serde_json::Value;

use super::client::Client;
use super::diagnostics::document_at;
use super::document::Document;
use super::judge::Snapshot;
use super::outbox::{Asked, Level, Outbox};
use super::root::Place;
use super::session::Session;
pub(crate) use inquiry::Inquiry;
use inquiry::Kind;
pub(crate) use stacks::Stacks;

/// Asks the client to ask for hints again.
const REFRESH: &str = "workspace/inlayHint/refresh";

/// The questions of an editor about places.
#[derive(Debug)]
pub(crate) struct Navigation {
    /// Those whose text is not judged yet.
    waiting: Vec<(RequestId, Inquiry)>,
    /// Those that are being answered.
    asked: HashSet<RequestId>,
    /// The hints that the client has of open texts, by URI, with the question they answer.
    hinted: BTreeMap<String, (Inquiry, Value)>,
    jobs: Sender<Job>,
    answers: Receiver<Answer>,
}

/// A question, and all that its answer takes.
#[derive(Debug)]
struct Job {
    /// Who asked; nobody where it is only to be seen whether the answer is still the same.
    id: Option<RequestId>,
    inquiry: Inquiry,
    path: PathBuf,
    snapshot: Arc<Snapshot>,
    place: Arc<Place>,
    documents: Vec<Document>,
    client: Client,
    /// The rules whose diagnostics are at the place, with their pages.
    rules: Vec<(String, String)>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    id: Option<RequestId>,
    inquiry: Inquiry,
    /// Nothing if a defect of ours was in the way.
    result: Option<Value>,
}

impl Navigation {
    /// Starts the thread that answers; it ends with this.
    ///
    /// # Errors
    /// If the system has no thread to give.
    pub(crate) fn start() -> std::io::Result<Self> {
        let (jobs, todo) = unbounded::<Job>();
        let (done, answers) = unbounded();
        thread::Builder::new().name("navigate".to_owned()).spawn(move || {
            for job in todo {
                let result = catch_unwind(AssertUnwindSafe(|| answer::answer(&job))).ok();
                let Job { id, inquiry, .. } = job;
                if done.send(Answer { id, inquiry, result }).is_err() {
                    break;
                }
            }
        })?;
        let (waiting, asked, hinted) = (Vec::new(), HashSet::new(), BTreeMap::new());
        Ok(Self { waiting, asked, hinted, jobs, answers })
    }

    /// Where answers come from.
    pub(crate) fn answers(&self) -> &Receiver<Answer> {
        &self.answers
    }

    /// Takes a question.
    pub(crate) fn ask(&mut self, id: RequestId, inquiry: Inquiry) {
        self.waiting.push((id, inquiry));
    }

    /// Forgets a question; whether it was known.
    pub(crate) fn cancel(&mut self, id: &RequestId) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|(waiting, _)| waiting != id);
        self.waiting.len() < before || self.asked.remove(id)
    }

    /// Hands on the questions whose texts are judged.
    pub(crate) fn hand_on(&mut self, session: &Session, out: &Outbox) {
        for (id, inquiry) in std::mem::take(&mut self.waiting) {
            let page = match inquiry.kind {
                Kind::Hover(position) => {
                    let mut open = session.documents.iter().filter(|document| document.uri == inquiry.uri);
                    open.next().and_then(|document| answer::page_at(document, position, session.client))
                }
                _ => None,
            };
            if let Some(page) = page {
                out.answer(id, page);
                continue;
            }
            match Ready::of(&inquiry, session) {
                Ready::Later => self.waiting.push((id, inquiry)),
                Ready::Never => out.answer(id, Value::Null),
                Ready::Now(parts) => {
                    self.asked.insert(id.clone());
                    self.give(Some(id), inquiry, *parts, session);
                }
            }
        }
    }

    /// Takes an answer.
    pub(crate) fn take(&mut self, answer: Answer, session: &Session, out: &mut Outbox) {
        let Answer { id, inquiry, result } = answer;
        let Some(id) = id else {
            if let Some((_, known)) = self.hinted.get_mut(&inquiry.uri)
                && let Some(result) = result
                && *known != result
            {
                *known = result;
                out.ask(REFRESH, Value::Null, Asked::Other(REFRESH));
            }
            return;
        };
        if !self.asked.remove(&id) {
            return;
        }
        let Some(result) = result else {
            out.log(Level::Error, &format!("`{}` failed: a defect of stacklint", inquiry.kind.method()));
            return out.refuse(id, ErrorCode::InternalError, "a defect of stacklint");
        };
        let is_open = session.documents.iter().any(|document| document.uri == inquiry.uri);
        if matches!(inquiry.kind, Kind::Hints(_)) && session.client.hint_refresh && is_open {
            self.hinted.insert(inquiry.uri.clone(), (inquiry, result.clone()));
        }
        out.answer(id, result);
    }

    /// A run ended: hints may be others now, also those of texts that nobody edited.
    pub(crate) fn look_again(&mut self, session: &Session) {
        self.hinted.retain(|uri, _| session.documents.iter().any(|document| document.uri == *uri));
        let inquiries: Vec<Inquiry> = self.hinted.values().map(|(inquiry, _)| inquiry.clone()).collect();
        for inquiry in inquiries {
            if let Ready::Now(parts) = Ready::of(&inquiry, session) {
                self.give(None, inquiry, *parts, session);
            }
        }
    }

    fn give(&self, id: Option<RequestId>, inquiry: Inquiry, parts: Parts, session: &Session) {
        let Parts { path, snapshot, place } = parts;
        let documents = session.documents.iter().filter(|document| document.path.is_some()).cloned().collect();
        let rules = match inquiry.kind {
            Kind::Hover(position) => answer::rules_at(&session.diagnostics(&path), position),
            _ => Vec::new(),
        };
        let job = Job { id, inquiry, path, snapshot, place, documents, client: session.client, rules };
        // Who does not listen any more has ended.
        let _ = self.jobs.send(job);
    }

    /// How much is remembered, for a test that nothing piles up.
    #[cfg(test)]
    pub(crate) fn entries(&self) -> usize {
        self.waiting.len() + self.asked.len() + self.hinted.len()
    }
}

/// Whether a question can be answered.
enum Ready {
    /// With these.
    Now(Box<Parts>),
    /// Once its text is judged.
    Later,
    /// Its file is no business of ours.
    Never,
}

struct Parts {
    path: PathBuf,
    snapshot: Arc<Snapshot>,
    place: Arc<Place>,
}

impl Ready {
    fn of(inquiry: &Inquiry, session: &Session) -> Self {
        let later = || if session.is_settled() { Self::Never } else { Self::Later };
        let Some(path) = super::pull::path_of(&inquiry.uri, session) else { return Self::Never };
        let found = session.roots.iter().find_map(|root| Some((root, root.snapshot(&path)?)));
        let Some((root, snapshot)) = found else { return later() };
        // What cannot be read as it is now is answered from what it last said.
        let is_newest = document_at(&session.documents, &path).is_none_or(|document| {
            let file = snapshot.files.get(&path).and_then(|id| snapshot.sources.file(*id));
            file.is_none_or(|file| file.text == document.text)
        });
        if !is_newest && !session.is_settled() {
            return Self::Later;
        }
        let (snapshot, place) = (Arc::clone(snapshot), Arc::clone(&root.place));
        Self::Now(Box::new(Parts { path, snapshot, place }))
    }
}

/// The URI of a place in a file, for a link: editors go to the line behind the `#`.
fn uri_of_line(uri: &str, line: u32) -> String {
    format!("{uri}#L{line}")
}
