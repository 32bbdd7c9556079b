//! Answers to what the client asks, once what it is about is judged.

use std::path::PathBuf;

use lsp_server::{ErrorCode, RequestId};
use serde_json::{Value, json};

use super::actions::{FIX_ALL_KIND, FIX_ALL_TITLE, actions};
use super::commands::{EXPLAIN_STACK, FIX_ALL, Found, Purpose, Worked, explain, repairs, work_out};
use super::judge::Job;
use super::outbox::Asked;
use super::pull::path_of;
use super::questions::{Question, Told};
use super::server::Server;

impl Server {
    /// Answers what can be answered once all is judged. The files whose diagnostics the client then has.
    pub(super) fn answer(&mut self) -> Told {
        let mut told = Told::new();
        for (id, question) in self.questions.take(&self.session) {
            match question {
                Question::Document(uri, previous) => {
                    let results = &self.questions.results;
                    let answer = results.document(&uri, previous.as_deref(), &self.session, &mut told);
                    self.out.answer(id, answer);
                }
                Question::Workspace(known) => {
                    let answer = self.questions.results.workspace(&known, &self.session, &mut told);
                    self.out.answer(id, answer);
                }
                Question::Actions(wanted) if wanted.names(FIX_ALL_KIND) => {
                    self.fix_all(id, Some(wanted.path), Purpose::Offer);
                }
                Question::Actions(wanted) => self.out.answer(id, actions(&wanted, &self.session)),
                Question::FixAll(path) => self.fix_all(id, path, Purpose::Apply),
                Question::Explain(path) => {
                    match self.session.roots.iter().find_map(|root| root.snapshot(&path)).cloned() {
                        Some(snapshot) => self.work_out(id, move || Some(Found::Text(explain(&snapshot, &path)))),
                        None => self.out.answer(id, ""),
                    }
                }
            }
        }
        told
    }

    /// Has worked out what the safe fixes come to, of one file or of everything.
    fn fix_all(&mut self, id: RequestId, path: Option<PathBuf>, purpose: Purpose) {
        let roots = self.session.roots.iter();
        let jobs = roots.filter_map(|root| self.session.job_for(root, path.as_deref()));
        // Of a file that several directories see one is enough.
        let jobs: Vec<Job> = jobs.take(if path.is_some() { 1 } else { usize::MAX }).collect();
        if jobs.is_empty() {
            return self.out.answer(id, if purpose == Purpose::Offer { json!([]) } else { Value::Null });
        }
        let changed: Vec<PathBuf> = path.into_iter().collect();
        self.work_out(id, move || repairs(purpose, jobs, &changed));
    }

    fn work_out(&mut self, id: RequestId, work: impl FnOnce() -> Option<Found> + Send + 'static) {
        match work_out(id.clone(), work, self.worked.0.clone()) {
            Ok(()) => drop(self.working.insert(id)),
            Err(error) => self.out.refuse(id, ErrorCode::RequestFailed, error.to_string()),
        }
    }

    /// Hands on what was worked out, unless nobody waits for it any more.
    pub(super) fn take_worked(&mut self, worked: Worked) {
        if !self.working.remove(&worked.id) {
            return;
        }
        let id = worked.id;
        let repairs = match worked.found {
            Some(Found::Repairs(repairs)) => repairs,
            Some(Found::Text(text)) => return self.out.answer(id, text),
            None => return self.out.refuse(id, ErrorCode::RequestFailed, "this could not be worked out"),
        };
        let Some(edits) = repairs.edits(&self.session) else {
            return self.out.refuse(id, ErrorCode::ContentModified, "the text is another one by now");
        };
        let edit = edits.workspace_edit(&self.session);
        match repairs.purpose {
            Purpose::Offer if edits.is_empty() => self.out.answer(id, json!([])),
            Purpose::Offer => {
                self.out.answer(id, json!([{"title": FIX_ALL_TITLE, "kind": FIX_ALL_KIND, "edit": edit}]));
            }
            Purpose::Apply => {
                self.out.answer(id, Value::Null);
                if !edits.is_empty() {
                    let params = json!({"label": FIX_ALL_TITLE, "edit": edit});
                    self.out.ask("workspace/applyEdit", params, Asked::Other("workspace/applyEdit"));
                }
            }
        }
    }

    /// Takes `workspace/executeCommand`.
    pub(super) fn execute(&mut self, id: RequestId, params: &Value) {
        let argument = params.pointer("/arguments/0");
        let uri = argument.and_then(|argument| argument.as_str().or_else(|| argument.get("uri")?.as_str()));
        let path = uri.and_then(|uri| path_of(uri, &self.session));
        match (params.get("command").and_then(Value::as_str), path) {
            (Some(FIX_ALL), path) => self.questions.ask(id, Question::FixAll(path)),
            (Some(EXPLAIN_STACK), Some(path)) => self.questions.ask(id, Question::Explain(path)),
            (Some(EXPLAIN_STACK), None) => {
                self.out.refuse(id, ErrorCode::InvalidParams, "the first argument is the URI of a file");
            }
            _ => self.out.refuse(id, ErrorCode::InvalidParams, "there is no such command"),
        }
    }
}
