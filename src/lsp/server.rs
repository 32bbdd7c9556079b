//! The main loop: takes one message after another, and never waits for a run.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, never, select, unbounded};
use lsp_server::{Connection, ErrorCode, Message, Request, RequestId, Response};
use serde_json::{Value, json};

use super::actions::Wanted;
use super::client::Client;
use super::commands::Worked;
use super::navigate::{Inquiry, Navigation};
use super::outbox::{Asked, Level, Outbox};
use super::questions::{Question, Questions};
use super::root::Lane;
use super::session::{News, Session};
use super::settings::{SECTION, Settings};
use super::uri;
use super::watch;
use super::work::Work;
use super::worker::{Outcome, Worker};

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
    pub(super) out: Outbox,
    /// For all of a root.
    scanner: Worker,
    /// For what an edit can have changed.
    worker: Worker,
    pub(super) session: Session,
    pub(super) questions: Questions,
    pub(super) navigation: Navigation,
    pub(super) work: Work,
    /// Questions that are worked out beside the loop.
    pub(super) working: HashSet<RequestId>,
    pub(super) worked: (Sender<Worked>, Receiver<Worked>),
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
            navigation: Navigation::start()?,
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
                recv(self.worker.results()) -> outcome => match outcome {
                    Ok(outcome) => self.take_judged(Lane::Edits, outcome),
                    Err(_) => return Ended::Abruptly,
                },
                recv(self.scanner.results()) -> outcome => match outcome {
                    Ok(outcome) => self.take_judged(Lane::All, outcome),
                    Err(_) => return Ended::Abruptly,
                },
                recv(self.navigation.answers()) -> answer => {
                    let Ok(answer) = answer else { return Ended::Abruptly };
                    self.navigation.take(answer, &self.session, &mut self.out);
                }
                recv(self.worked.1) -> worked => {
                    if let Ok(worked) = worked {
                        self.take_worked(worked);
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
        self.navigation.hand_on(&self.session, &self.out);
        due
    }

    /// Takes in how a run ended.
    fn take_judged(&mut self, lane: Lane, outcome: Outcome) {
        let news = self.session.take(lane, outcome, &self.out);
        self.tell(&news);
        self.navigation.look_again(&self.session);
    }

    /// Tells the client what a run brought.
    pub(super) fn tell(&mut self, news: &News) {
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
    pub(super) fn tell_changed(&mut self, changed: BTreeSet<PathBuf>) {
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
            (Phase::Running, method) if Inquiry::is_asked_by(method) => match Inquiry::read(method, &params) {
                Some(inquiry) => self.navigation.ask(id, inquiry),
                None => {
                    self.out.refuse(id, ErrorCode::InvalidParams, format!("`{method}` lacks its text or its place"))
                }
            },
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

    pub(super) fn initialized(&mut self) {
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
    pub(super) fn ask_settings(&mut self) {
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
                for (path, value) in paths.iter().zip(&all) {
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
    pub(super) fn set(&mut self, value: &Value, path: Option<&PathBuf>) {
        let (settings, odd) = match value {
            // Nobody said anything: what held at the start holds.
            Value::Null => (self.session.settings.clone(), Vec::new()),
            said => Settings::read(said),
        };
        odd.iter().for_each(|line| self.out.log(Level::Warning, line));
        let cleared = self.session.set(&settings, path.map(PathBuf::as_path));
        self.tell_changed(cleared);
    }

    /// How much is remembered, for a test that nothing piles up.
    #[cfg(test)]
    pub(crate) fn entries(&self) -> usize {
        let questions = self.questions.entries() + self.working.len() + self.navigation.entries();
        self.session.entries() + self.out.entries() + questions
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
