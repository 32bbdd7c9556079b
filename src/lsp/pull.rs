//! Diagnostics for clients that ask for them.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};

use gen_lsp_types::Diagnostic;
use serde_json::{Map, Value, json};

use super::diagnostics::document_at;
use super::questions::Told;
use super::session::{Session, settled};
use super::uri;

/// Answers about diagnostics, each known by a short name.
#[derive(Debug, Default)]
pub(crate) struct Results {
    names: RandomState,
}

impl Results {
    /// What is wrong with one file.
    pub(crate) fn document(&self, uri: &str, previous: Option<&str>, session: &Session, told: &mut Told) -> Value {
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

    /// What is wrong with any file.
    pub(crate) fn workspace(&self, known: &HashMap<String, String>, session: &Session, told: &mut Told) -> Value {
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
