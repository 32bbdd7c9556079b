//! Diagnostics for clients that ask for them.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};

use gen_lsp_types::Diagnostic;
use lsp_server::RequestId;
use serde_json::{Map, Value, json};

use super::diagnostics::document_at;
use super::outbox::Outbox;
use super::session::{Session, settled};
use super::uri;

/// Questions that wait until all is judged.
#[derive(Debug, Default)]
pub(crate) struct Pulls {
    waiting: Vec<(RequestId, Question)>,
    /// Makes results known by a short name.
    names: RandomState,
}

/// What is asked for.
#[derive(Debug)]
enum Question {
    /// What is wrong with one file, and the name of the answer that the client has.
    Document(String, Option<String>),
    /// What is wrong with any file, and the names of the answers that the client has.
    Workspace(HashMap<String, String>),
}

impl Pulls {
    /// Takes `textDocument/diagnostic`; whether it is understood.
    pub(crate) fn ask_document(&mut self, id: RequestId, params: &Value) -> bool {
        let Some(uri) = params.pointer("/textDocument/uri").and_then(Value::as_str) else { return false };
        let previous = params.get("previousResultId").and_then(Value::as_str).map(str::to_owned);
        self.waiting.push((id, Question::Document(uri.to_owned(), previous)));
        true
    }

    /// Takes `workspace/diagnostic`.
    pub(crate) fn ask_workspace(&mut self, id: RequestId, params: &Value) {
        let known = params.get("previousResultIds").and_then(Value::as_array).into_iter().flatten();
        let known = known.filter_map(|known| {
            Some((known.get("uri")?.as_str()?.to_owned(), known.get("value")?.as_str()?.to_owned()))
        });
        self.waiting.push((id, Question::Workspace(known.collect())));
    }

    /// Forgets a question; whether it was waiting.
    pub(crate) fn cancel(&mut self, id: &RequestId) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|(waiting, _)| waiting != id);
        self.waiting.len() < before
    }

    /// Answers what can be answered once all is judged. The files whose diagnostics the client then has.
    pub(crate) fn answer(&mut self, session: &Session, out: &Outbox) -> BTreeSet<PathBuf> {
        let mut told = BTreeSet::new();
        if self.waiting.is_empty() || !session.is_settled() {
            return told;
        }
        for (id, question) in std::mem::take(&mut self.waiting) {
            match question {
                Question::Document(uri, previous) => {
                    let answer = self.document(&uri, previous.as_deref(), session, &mut told);
                    out.answer(id, answer);
                }
                Question::Workspace(known) => {
                    let answer = self.workspace(&known, session, &mut told);
                    out.answer(id, answer);
                }
            }
        }
        told
    }

    fn document(&self, uri: &str, previous: Option<&str>, session: &Session, told: &mut BTreeSet<PathBuf>) -> Value {
        let Some(path) = path_of(uri, session) else { return self.report(&[], previous) };
        let mut report = self.report(&session.diagnostics(&path), previous);
        if session.client.related_documents {
            let mut related = Map::new();
            for other in session.roots.iter().flat_map(|root| root.related(&path)).filter(|other| **other != path) {
                related.insert(session.uri_of(other), self.report(&session.diagnostics(other), None));
                told.insert(other.clone());
            }
            if let Some(report) = report.as_object_mut().filter(|_| !related.is_empty()) {
                report.insert("relatedDocuments".to_owned(), Value::Object(related));
            }
        }
        told.insert(path);
        report
    }

    fn workspace(&self, known: &HashMap<String, String>, session: &Session, told: &mut BTreeSet<PathBuf>) -> Value {
        let mut items = Vec::new();
        let mut named = BTreeSet::new();
        let reported: BTreeSet<&PathBuf> = session.roots.iter().flat_map(|root| root.reported()).collect();
        for path in reported {
            let uri = session.uri_of(path);
            let version = document_at(&session.documents, path).map(|document| document.version);
            let previous = known.get(&uri).map(String::as_str);
            items.push(with_place(self.report(&session.diagnostics(path), previous), &uri, version));
            named.insert(uri);
            told.insert(path.clone());
        }
        // What the client has of files that nothing is wrong with any more.
        for (uri, previous) in known.iter().filter(|(uri, _)| !named.contains(*uri)) {
            let version = session.documents.iter().find(|document| document.uri == *uri).map(|known| known.version);
            items.push(with_place(self.report(&[], Some(previous)), uri, version));
        }
        json!({"items": items})
    }

    fn report(&self, diagnostics: &[Diagnostic], previous: Option<&str>) -> Value {
        let text = serde_json::to_string(diagnostics).unwrap_or_default();
        let name = format!("{:016x}", self.names.hash_one(&text));
        if previous == Some(name.as_str()) {
            json!({"kind": "unchanged", "resultId": name})
        } else {
            json!({"kind": "full", "resultId": name, "items": diagnostics})
        }
    }

    #[cfg(test)]
    pub(crate) fn entries(&self) -> usize {
        self.waiting.len()
    }
}

fn with_place(mut report: Value, uri: &str, version: Option<i32>) -> Value {
    if let Some(report) = report.as_object_mut() {
        report.insert("uri".to_owned(), uri.into());
        report.insert("version".to_owned(), version.map_or(Value::Null, Value::from));
    }
    report
}

/// The file that a client names.
pub(crate) fn path_of(uri: &str, session: &Session) -> Option<PathBuf> {
    let open = session.documents.iter().find(|document| document.uri == uri);
    match open {
        Some(document) => document.path.clone(),
        None => uri::to_path(uri).as_deref().map(|path: &Path| settled(path)),
    }
}
