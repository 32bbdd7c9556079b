//! The main loop: takes one message after another, and never waits for a run.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, never, select, unbounded};
use gen_lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, FileChangeType,
};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::actions::{FIX_ALL_KIND, FIX_ALL_TITLE, Wanted, actions};
use super::client::Client;
use super::commands::{EXPLAIN_STACK, FIX_ALL, Purpose, Worked, explain, work_out};
use super::document::{Document, Odd};
use super::outbox::{Asked, Level, Outbox};
use super::pull::path_of;
use super::questions::{Question, Questions, Told};
use super::root::Lane;
use super::session::{News, Session, settled};
use super::settings::{SECTION, Settings};
use super::uri;
use super::watch;
use super::work::Work;
use super::worker::Worker;

/// How a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// As the protocol wants it: `shutdown`, then `exit`.
    Orderly,
    /// The client went away without a word.
    Abruptly,
}

/// Serves one client until it goes away.
///
/// # Errors
/// If the system has no thread to give.
pub(crate) fn serve(connection: &Connection) -> std::io::Result<Ended> {
    let mut server = Server::new(Outbox::new(connection.sender.clone()))?;
    Ok(server.run(&connection.receiver))
}

/// How far the conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Before,
    Running,
    ShutDown,
}

#[derive(Debug)]
pub(crate) struct Server {
    phase: Phase,
    out: Outbox,
    /// For all of a root.
    scanner: Worker,
    /// For what an edit can have changed.
    worker: Worker,
    session: Session,
    questions: Questions,
    work: Work,
    /// Questions that are worked out beside the loop.
    working: HashSet<RequestId>,
    worked: (Sender<Worked>, Receiver<Worked>),
}

impl Server {
    pub(crate) fn new(out: Outbox) -> std::io::Result<Self> {
        Ok(Self {
            phase: Phase::Before,
            out,
            scanner: Worker::start("scan")?,
            worker: Worker::start("judge")?,
            session: Session::new(Client::of(&Value::Null), Settings::default()),
            questions: Questions::default(),
            work: Work::default(),
            working: HashSet::new(),
            worked: unbounded(),
        })
    }

    fn run(&mut self, incoming: &Receiver<Message>) -> Ended {
        loop {
            // Whatever has arrived counts before anything is judged.
            while let Ok(message) = incoming.try_recv() {
                if let Some(ended) = self.take(message) {
                    return ended;
                }
            }
            let due = self.judge_next();
            let due = [due, self.work.due()].into_iter().flatten().min();
            let alarm = due.map_or_else(never, crossbeam_channel::at);
            select! {
                recv(incoming) -> message => match message {
                    Ok(message) => if let Some(ended) = self.take(message) {
                        return ended;
                    },
                    Err(_) => return Ended::Abruptly,
                },
                recv(self.worker.results()) -> outcome => {
                    let Ok(outcome) = outcome else { return Ended::Abruptly };
                    let news = self.session.take(Lane::Edits, outcome, &self.out);
                    self.tell(&news);
                }
                recv(self.scanner.results()) -> outcome => {
                    let Ok(outcome) = outcome else { return Ended::Abruptly };
                    let news = self.session.take(Lane::All, outcome, &self.out);
                    self.tell(&news);
                }
                recv(self.worked.1) -> worked => {
                    if let Ok(worked) = worked {
                        self.take_worked(&worked);
                    }
                }
                recv(alarm) -> _ => {
                    if self.work.due().is_some_and(|due| due <= Instant::now()) {
                        self.work.tell(self.session.scan().as_ref(), &self.out);
                    }
                }
            }
        }
    }

    /// Has judged what is to be judged next; says when there is more.
    fn judge_next(&mut self) -> Option<Instant> {
        if self.phase != Phase::Running {
            return None;
        }
        let all = self.session.run_next(Lane::All, &self.scanner);
        let edits = self.session.run_next(Lane::Edits, &self.worker);
        let due = [all, edits].into_iter().flatten().min();
        if self.work.due().is_some() && self.session.is_settled() {
            let reported = self.session.roots.iter().flat_map(|root| root.reported());
            let counts = reported.map(|path| self.session.diagnostics(path).len()).filter(|count| *count > 0);
            let (files, findings) = counts.fold((0, 0), |(files, findings), count| (files + 1, findings + count));
            self.work.end(findings, files, &self.out);
        }
        self.answer();
        due
    }

    /// Answers what can be answered once all is judged. The files whose diagnostics the client then has.
    fn answer(&mut self) -> Told {
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
                    let snapshot = self.session.roots.iter().find_map(|root| root.snapshot(&path));
                    let text = snapshot.map(|snapshot| explain(snapshot, &path)).unwrap_or_default();
                    self.out.answer(id, text);
                }
            }
        }
        told
    }

    /// Has worked out what the safe fixes come to, of one file or of everything.
    fn fix_all(&mut self, id: RequestId, path: Option<PathBuf>, purpose: Purpose) {
        let roots = self.session.roots.iter();
        let job = roots.filter_map(|root| self.session.job_for(root, path.as_deref())).next();
        let Some(job) = job else {
            return self.out.answer(id, if purpose == Purpose::Offer { json!([]) } else { Value::Null });
        };
        let changed = path.into_iter().collect();
        match work_out(id.clone(), purpose, job, changed, self.worked.0.clone()) {
            Ok(()) => drop(self.working.insert(id)),
            Err(error) => self.out.refuse(id, ErrorCode::RequestFailed, error.to_string()),
        }
    }

    /// Hands on what was worked out, unless nobody waits for it any more.
    fn take_worked(&mut self, worked: &Worked) {
        if !self.working.remove(&worked.id) {
            return;
        }
        let id = worked.id.clone();
        let Some(edits) = worked.edits(&self.session) else {
            return self.out.refuse(id, ErrorCode::ContentModified, "the text is another one by now");
        };
        let edit = edits.workspace_edit(&self.session);
        match worked.purpose {
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
    fn execute(&mut self, id: RequestId, params: &Value) {
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

    /// Tells the client what a run brought.
    fn tell(&mut self, news: &News) {
        if !self.session.client.pulls {
            let all = news.changed.union(&news.judged).cloned().collect();
            return self.session.publish(&all, &self.out);
        }
        let told = self.answer();
        if news.changed.iter().any(|path| !told.contains(path)) {
            self.out.ask("workspace/diagnostic/refresh", Value::Null, Asked::Other("workspace/diagnostic/refresh"));
        }
    }

    /// Tells the client that something else is to be shown of files.
    fn tell_changed(&mut self, changed: BTreeSet<PathBuf>) {
        self.tell(&News { changed, ..News::default() });
    }

    /// Takes a message; how it ends if it does.
    fn take(&mut self, message: Message) -> Option<Ended> {
        match message {
            Message::Request(request) => self.request(request),
            Message::Notification(notification) if notification.method == "exit" => {
                return Some(if self.phase == Phase::ShutDown { Ended::Orderly } else { Ended::Abruptly });
            }
            Message::Notification(notification) => {
                // Nothing counts before it was said who speaks, nor after the farewell.
                if self.phase == Phase::Running {
                    self.notification(notification);
                }
            }
            Message::Response(response) => self.response(response),
        }
        None
    }

    fn request(&mut self, request: Request) {
        let Request { id, method, params } = request;
        match (self.phase, method.as_str()) {
            (Phase::Before, "initialize") => self.initialize(id, &params),
            (Phase::Before, _) => {
                self.out.refuse(id, ErrorCode::ServerNotInitialized, "the first request is `initialize`");
            }
            (_, "initialize") => self.out.refuse(id, ErrorCode::InvalidRequest, "`initialize` comes once"),
            (Phase::ShutDown, _) => self.out.refuse(id, ErrorCode::InvalidRequest, "this server was shut down"),
            (Phase::Running, "shutdown") => {
                self.phase = Phase::ShutDown;
                self.session.touch_all();
                self.out.answer(id, Value::Null);
            }
            (Phase::Running, "textDocument/diagnostic") => {
                self.ask(id, Question::document(&params));
            }
            (Phase::Running, "workspace/diagnostic") => self.ask(id, Some(Question::workspace(&params))),
            (Phase::Running, "textDocument/codeAction") => {
                let wanted = Wanted::read(&params, &self.session);
                self.ask(id, wanted.map(Question::Actions));
            }
            (Phase::Running, "workspace/executeCommand") => self.execute(id, &params),
            #[cfg(test)]
            (Phase::Running, "test/entries") => {
                let entries = self.entries();
                self.out.answer(id, entries);
            }
            (Phase::Running, _) => {
                let message = format!("`{method}` is nothing that this server does");
                self.out.refuse(id, ErrorCode::MethodNotFound, message);
            }
        }
    }

    /// Has a question wait for its answer, if it could be read.
    fn ask(&mut self, id: RequestId, question: Option<Question>) {
        match question {
            Some(question) => self.questions.ask(id, question),
            None => self.out.refuse(id, ErrorCode::InvalidParams, "what is asked for cannot be read"),
        }
    }

    fn initialize(&mut self, id: RequestId, params: &Value) {
        let client = Client::of(params);
        let options = params.get("initializationOptions").unwrap_or(&Value::Null);
        let (settings, odd) = Settings::read(options);
        self.session = Session::new(client, settings);
        self.phase = Phase::Running;
        self.out.answer(id, super::capabilities::answer(&client));
        odd.iter().for_each(|line| self.out.log(Level::Warning, line));
        for uri in workspace(params) {
            self.session.add_root(&uri, &self.out);
        }
    }

    fn initialized(&mut self) {
        let client = self.session.client;
        let mut registrations = Vec::new();
        if client.watches {
            registrations.push(watch::registration());
        }
        if client.registers_configuration {
            registrations.push(json!({
                "id": "stacklint-settings",
                "method": "workspace/didChangeConfiguration",
                "registerOptions": {"section": SECTION},
            }));
        }
        if !registrations.is_empty() {
            let params = json!({"registrations": registrations});
            self.out.ask("client/registerCapability", params, Asked::Other("client/registerCapability"));
        }
        if client.configuration {
            self.ask_settings();
        }
        if client.progress && !self.session.roots.is_empty() {
            self.work.offer(&mut self.out);
        }
    }

    /// Asks the client for the settings of each root.
    fn ask_settings(&mut self) {
        let roots = self.session.roots.iter();
        let roots: Vec<(PathBuf, String)> =
            roots.map(|root| (root.place.path.clone(), root.place.uri.clone())).collect();
        if roots.is_empty() {
            return;
        }
        let items: Vec<Value> = roots.iter().map(|(_, uri)| json!({"scopeUri": uri, "section": SECTION})).collect();
        let paths = roots.into_iter().map(|(path, _)| path).collect();
        self.out.ask("workspace/configuration", json!({"items": items}), Asked::Settings(paths));
    }

    fn response(&mut self, response: Response) {
        let Some(asked) = self.out.asked(&response.id) else { return };
        match (asked, response.response_result) {
            (Asked::Settings(paths), Ok(Value::Array(all))) => {
                for (path, value) in paths.iter().zip(&all).filter(|(_, value)| !value.is_null()) {
                    self.set(value, Some(path));
                }
            }
            (Asked::Progress, result) => self.work.agreed(result.is_ok(), &self.out),
            (Asked::Other(what), Err(error)) => {
                self.out.log(Level::Info, &format!("the client refused `{what}`: {}", error.message));
            }
            (Asked::Settings(_) | Asked::Other(_), _) => {}
        }
    }

    /// Takes settings, of one root or of all.
    fn set(&mut self, value: &Value, path: Option<&PathBuf>) {
        let (settings, odd) = Settings::read(value);
        odd.iter().for_each(|line| self.out.log(Level::Warning, line));
        let cleared = self.session.set(&settings, path.map(PathBuf::as_path));
        self.tell_changed(cleared);
    }

    fn notification(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        match method.as_str() {
            "initialized" => self.initialized(),
            "textDocument/didOpen" => self.with(&method, params, Self::did_open),
            "textDocument/didChange" => self.with(&method, params, Self::did_change),
            "textDocument/didClose" => self.with(&method, params, Self::did_close),
            "textDocument/didSave" => self.look_at_disk(),
            "workspace/didChangeWatchedFiles" => self.with(&method, params, Self::did_change_watched),
            "workspace/didChangeWorkspaceFolders" => self.with(&method, params, Self::did_change_folders),
            "workspace/didChangeConfiguration" => self.did_change_configuration(&params),
            "workspace/didCreateFiles" | "workspace/didDeleteFiles" | "workspace/didRenameFiles" => {
                self.did_move(&params);
            }
            "$/cancelRequest" => self.cancel(&params),
            // What begins with `$/` may be passed over, and so may what was not asked for.
            _ => {}
        }
    }

    /// Does what a notification says, if it can be read.
    fn with<P: DeserializeOwned>(&mut self, method: &str, params: Value, act: fn(&mut Self, P)) {
        match serde_json::from_value(params) {
            Ok(params) => act(self, params),
            Err(error) => self.out.log(Level::Warning, &format!("`{method}` cannot be read: {error}")),
        }
    }

    fn did_open(&mut self, params: DidOpenTextDocumentParams) {
        let opened = params.text_document;
        let uri = opened.uri.0;
        let path = uri::to_path(&uri).map(|path| settled(&path));
        self.session.documents.retain(|document| document.uri != uri);
        let is_new = path.as_ref().is_some_and(|path| !path.is_file());
        let document =
            Document { uri, path: path.clone(), version: opened.version, text: opened.text.into(), good: None };
        self.session.documents.push(document);
        let cleared = self.session.visit();
        self.tell_changed(cleared);
        self.look_at_disk();
        if let Some(path) = path {
            self.session.touch(&path);
            if is_new {
                self.session.touch_existence(&path);
            }
        }
    }

    fn did_change(&mut self, params: DidChangeTextDocumentParams) {
        let uri = params.text_document.text_document_identifier.uri.0;
        let version = params.text_document.version;
        let unit = self.session.client.unit;
        let Some(document) = self.session.documents.iter_mut().find(|document| document.uri == uri) else {
            return self.out.log(Level::Warning, &format!("`{uri}` changed without being open"));
        };
        if version < document.version {
            let message = format!("an edit of `{uri}` was passed over: version {version} after {}", document.version);
            return self.out.log(Level::Warning, &message);
        }
        let odd = document.change(params.content_changes, unit);
        document.version = version;
        let path = document.path.clone();
        for odd in odd {
            let what = match odd {
                Odd::Backwards => "ends before it starts",
                Odd::Outside => "lies behind the end of the text",
            };
            self.out.log(Level::Warning, &format!("an edit of `{uri}`, version {version}, {what}"));
        }
        if let Some(path) = path {
            self.session.touch(&path);
        }
    }

    fn did_close(&mut self, params: DidCloseTextDocumentParams) {
        let uri = params.text_document.uri.0;
        let Some(path) = path_of(&uri, &self.session) else {
            return self.session.documents.retain(|document| document.uri != uri);
        };
        self.session.documents.retain(|document| document.uri != uri);
        let cleared = self.session.visit();
        self.tell_changed(cleared);
        self.look_at_disk();
        self.session.touch(&path);
        if !path.is_file() {
            self.session.touch_existence(&path);
        }
        // From now on it is named as the others are.
        self.tell_changed([path].into());
    }

    fn did_change_watched(&mut self, params: DidChangeWatchedFilesParams) {
        for change in params.changes {
            let Some(path) = uri::to_path(&change.uri.0).map(|path| settled(&path)) else { continue };
            match change.kind {
                FileChangeType::Changed => {
                    let is_open = super::diagnostics::document_at(&self.session.documents, &path).is_some();
                    if !is_open {
                        self.session.touch(&path);
                    }
                }
                _ => self.session.touch_existence(&path),
            }
        }
    }

    /// Files or directories were created, renamed or deleted in the editor.
    fn did_move(&mut self, params: &Value) {
        let files = params.get("files").and_then(Value::as_array).into_iter().flatten();
        let uris = files.flat_map(|file| ["uri", "oldUri", "newUri"].into_iter().filter_map(|key| file.get(key)));
        let paths: Vec<PathBuf> = uris.filter_map(Value::as_str).filter_map(uri::to_path).collect();
        for path in paths {
            self.session.touch_existence(&settled(&path));
        }
    }

    fn did_change_folders(&mut self, params: DidChangeWorkspaceFoldersParams) {
        for folder in params.event.removed {
            let path = uri::to_path(&folder.uri.0).map(|path| path.canonicalize().unwrap_or_else(|_| settled(&path)));
            if let Some(path) = path {
                let cleared = self.session.remove_root(&path);
                self.tell_changed(cleared);
            }
        }
        for folder in params.event.added {
            self.session.add_root(&folder.uri.0, &self.out);
        }
        let cleared = self.session.visit();
        self.tell_changed(cleared);
        if self.session.client.configuration {
            self.ask_settings();
        }
    }

    fn did_change_configuration(&mut self, params: &Value) {
        if self.session.client.configuration {
            // What was sent along may be that of another directory, or nothing.
            return self.ask_settings();
        }
        if let Some(settings) = params.get("settings").filter(|settings| !settings.is_null()) {
            self.set(settings, None);
        }
    }

    fn cancel(&mut self, params: &Value) {
        let Some(id) = params.get("id").cloned().and_then(|id| serde_json::from_value::<RequestId>(id).ok()) else {
            return;
        };
        if self.questions.cancel(&id) || self.working.remove(&id) {
            self.out.refuse(id, ErrorCode::RequestCanceled, "cancelled");
        }
    }

    /// Looks at the files on disk, for a client that cannot watch them.
    fn look_at_disk(&mut self) {
        if self.session.client.watches {
            return;
        }
        let mut stamps = std::mem::take(&mut self.session.stamps);
        let changes = stamps.look(&self.session.roots);
        self.session.stamps = stamps;
        changes.edited.iter().for_each(|path| self.session.touch(path));
        changes.moved.iter().for_each(|path| self.session.touch_existence(path));
    }

    /// How much is remembered, for a test that nothing piles up.
    #[cfg(test)]
    pub(crate) fn entries(&self) -> usize {
        self.session.entries() + self.out.entries() + self.questions.entries() + self.working.len()
    }
}

/// The directories that the client works in.
fn workspace(params: &Value) -> Vec<String> {
    let folders = params.get("workspaceFolders").and_then(Value::as_array).into_iter().flatten();
    let folders: Vec<String> = folders.filter_map(|folder| Some(folder.get("uri")?.as_str()?.to_owned())).collect();
    if !folders.is_empty() {
        return folders;
    }
    let root = params.get("rootUri").and_then(Value::as_str).map(str::to_owned);
    let root = root.or_else(|| {
        let path = params.get("rootPath").and_then(Value::as_str).filter(|path| !path.is_empty())?;
        Some(uri::from_path(std::path::Path::new(path)))
    });
    root.into_iter().collect()
}
