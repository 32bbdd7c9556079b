//! What an editor asks about a place: hover, definition, references, links, hints.
//!
//! A question waits until its text is judged, and is answered on a thread of its own: the stacks that have the file are
//! put together again for it, at most once for each run.

mod answer;
mod hover;
mod inquiry;
mod stacks;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use lsp_server::{ErrorCode, RequestId};
use serde_json::Value;

use super::client::Client;
use super::document::Document;
use super::judge::Snapshot;
use super::outbox::{Asked, Level, Outbox};
use super::place::Place;
use super::session::Session;
pub(crate) use inquiry::Inquiry;
use inquiry::Kind;
pub(crate) use stacks::Stacks;

/// Asks the client to ask for hints again.
const REFRESH: &str = "workspace/inlayHint/refresh";

/// The questions of an editor about places.
#[derive(Debug)]
pub(crate) struct Navigation {
    /// Those that nobody answers yet, the first one first.
    waiting: Vec<(RequestId, Inquiry)>,
    /// What is being answered. One at a time: whoever waits behind it holds no files.
    current: Option<Current>,
    /// The hints that the client has of open texts, by URI, with the question they answer.
    hinted: BTreeMap<String, (Inquiry, Value)>,
    /// Those of them that may be others by now.
    stale: BTreeSet<String>,
    jobs: Sender<Job>,
    answers: Receiver<Answer>,
}

/// Who waits for the answer at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Current {
    /// The client.
    Asked(RequestId),
    /// Nobody any more.
    Cancelled,
    /// Only we: whether the hints of a text are still the same.
    LookedAt,
}

/// A question, and all that its answer takes.
#[derive(Debug)]
struct Job {
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
                let answer = Answer { inquiry: job.inquiry.clone(), result };
                // The files of the run are given back before anybody hears of it.
                drop(job);
                if done.send(answer).is_err() {
                    break;
                }
            }
        })?;
        let (waiting, hinted, stale) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        Ok(Self { waiting, current: None, hinted, stale, jobs, answers })
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
        if self.current.as_ref() == Some(&Current::Asked(id.clone())) {
            self.current = Some(Current::Cancelled);
            return true;
        }
        self.waiting.len() < before
    }

    /// Hands on what can be answered once its file is judged.
    pub(crate) fn hand_on(&mut self, session: &Session, out: &Outbox) {
        self.waiting.retain(|(id, inquiry)| match page(inquiry, session) {
            Some(page) => {
                out.answer(id.clone(), page);
                false
            }
            None => true,
        });
        for (id, inquiry) in std::mem::take(&mut self.waiting) {
            match Ready::of(&inquiry, session) {
                Ready::Never => out.answer(id, Value::Null),
                Ready::Now(parts) if self.current.is_none() => {
                    self.current = Some(Current::Asked(id));
                    self.give(inquiry, *parts, session);
                }
                Ready::Now(_) | Ready::Later => self.waiting.push((id, inquiry)),
            }
        }
        for uri in std::mem::take(&mut self.stale) {
            let Some((inquiry, _)) = self.hinted.get(&uri) else { continue };
            match Ready::of(inquiry, session) {
                Ready::Never => {}
                Ready::Now(parts) if self.current.is_none() => {
                    let inquiry = inquiry.clone();
                    self.current = Some(Current::LookedAt);
                    self.give(inquiry, *parts, session);
                }
                Ready::Now(_) | Ready::Later => drop(self.stale.insert(uri)),
            }
        }
    }

    /// Takes an answer.
    pub(crate) fn take(&mut self, answer: Answer, session: &Session, out: &mut Outbox) {
        let Answer { inquiry, result } = answer;
        match self.current.take() {
            Some(Current::Asked(id)) => match result {
                Some(result) => {
                    self.remember(inquiry, &result, session);
                    out.answer(id, result);
                }
                None => {
                    out.log(Level::Error, &format!("`{}` failed: a defect of stacklint", inquiry.kind.method()));
                    out.refuse(id, ErrorCode::InternalError, "a defect of stacklint");
                }
            },
            Some(Current::LookedAt) => {
                if let Some((_, known)) = self.hinted.get_mut(&inquiry.uri)
                    && let Some(result) = result
                    && *known != result
                {
                    *known = result;
                    out.ask(REFRESH, Value::Null, Asked::Other(REFRESH));
                }
            }
            Some(Current::Cancelled) | None => {}
        }
    }

    /// Remembers hints, to see when they are others.
    fn remember(&mut self, inquiry: Inquiry, hints: &Value, session: &Session) {
        let is_open = session.documents.iter().any(|document| document.uri == inquiry.uri);
        if matches!(inquiry.kind, Kind::Hints(_)) && session.client.hint_refresh && is_open {
            self.stale.remove(&inquiry.uri);
            self.hinted.insert(inquiry.uri.clone(), (inquiry, hints.clone()));
        }
    }

    /// A run ended: hints may be others now, also those of texts that nobody edited.
    pub(crate) fn look_again(&mut self, session: &Session) {
        self.hinted.retain(|uri, _| session.documents.iter().any(|document| document.uri == *uri));
        self.stale = self.hinted.keys().cloned().collect();
    }

    fn give(&self, inquiry: Inquiry, parts: Parts, session: &Session) {
        let Parts { path, snapshot, place } = parts;
        let documents = session.documents.iter().filter(|document| document.path.is_some()).cloned().collect();
        let rules = match inquiry.kind {
            Kind::Hover(position) => answer::rules_at(&session.diagnostics(&path), position),
            _ => Vec::new(),
        };
        let job = Job { inquiry, path, snapshot, place, documents, client: session.client, rules };
        // Who does not listen any more has ended.
        let _ = self.jobs.send(job);
    }

    /// How much is remembered, for a test that nothing piles up.
    #[cfg(test)]
    pub(crate) fn entries(&self) -> usize {
        self.waiting.len() + usize::from(self.current.is_some()) + self.hinted.len() + self.stale.len()
    }
}

/// The page of the rule that is named at the place of a question: no run has anything to say about that.
fn page(inquiry: &Inquiry, session: &Session) -> Option<Value> {
    let Kind::Hover(position) = inquiry.kind else { return None };
    let document = session.documents.iter().find(|document| document.uri == inquiry.uri)?;
    answer::page_at(document, position, session.client)
}

/// Whether a question can be answered.
enum Ready {
    /// With these.
    Now(Box<Parts>),
    /// Once its file is judged.
    Later,
    /// Its file is no business of ours.
    Never,
}

/// What answers a question: the run that its file was judged in.
struct Parts {
    path: PathBuf,
    snapshot: Arc<Snapshot>,
    place: Arc<Place>,
}

impl Ready {
    fn of(inquiry: &Inquiry, session: &Session) -> Self {
        let Some(path) = super::pull::path_of(&inquiry.uri, session) else { return Self::Never };
        if !session.knows(&path) {
            return Self::Later;
        }
        let found = session.roots.iter().find_map(|root| Some((root, root.snapshot(&path)?)));
        let Some((root, snapshot)) = found else { return Self::Never };
        let (snapshot, place) = (Arc::clone(snapshot), Arc::clone(&root.place));
        Self::Now(Box::new(Parts { path, snapshot, place }))
    }
}

/// The URI of a place in a file, for a link: editors go to the line behind the `#`.
fn uri_of_line(uri: &str, line: u32) -> String {
    format!("{uri}#L{line}")
}
