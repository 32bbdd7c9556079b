//! An editor as the server sees one: it opens, edits and closes texts, answers what it is asked, and remembers what it is told.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

use crate::lsp::server::{Ended, serve};

/// Longer than any answer takes on the slowest of machines.
const PATIENCE: Duration = Duration::from_secs(60);

/// What an editor like VS Code says of itself, without asking for diagnostics.
pub(super) fn rich() -> Value {
    json!({
        "general": {"positionEncodings": ["utf-16"]},
        "textDocument": {
            "publishDiagnostics": {
                "relatedInformation": true, "tagSupport": {"valueSet": [1]}, "codeDescriptionSupport": true,
                "versionSupport": true, "dataSupport": true,
            },
            "codeAction": {
                "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "source.fixAll"]}},
                "isPreferredSupport": true, "dataSupport": true,
            },
        },
        "window": {"workDoneProgress": true},
        "workspace": {
            "configuration": true,
            "applyEdit": true,
            "didChangeConfiguration": {"dynamicRegistration": true},
            "didChangeWatchedFiles": {"dynamicRegistration": true},
            "workspaceEdit": {"documentChanges": true, "resourceOperations": ["create", "rename", "delete"]},
        },
    })
}

/// The same, and it asks for diagnostics.
pub(super) fn pulling() -> Value {
    let mut capabilities = rich();
    capabilities["textDocument"]["diagnostic"] = json!({"relatedDocumentSupport": true});
    capabilities["workspace"]["diagnostics"] = json!({"refreshSupport": true});
    capabilities
}

/// A directory with files, gone when it is dropped.
pub(super) struct Directory(pub(super) PathBuf);

impl Directory {
    pub(super) fn with(files: &[(&str, &str)]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("stacklint lsp-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().canonicalize().unwrap().join(name);
        // A repository of its own, wherever it lies.
        fs::create_dir_all(path.join(".git")).unwrap();
        let directory = Self(path);
        files.iter().for_each(|(name, text)| directory.write(name, text));
        directory
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An editor.
pub(super) struct Editor {
    pub(super) directory: Directory,
    connection: Option<Connection>,
    server: Option<JoinHandle<Ended>>,
    next: i32,
    /// The open texts, with their versions, by name.
    open: BTreeMap<String, (i32, String)>,
    /// What it was last told is wrong with a file, by URI.
    shown: BTreeMap<String, Value>,
    /// Everything it was told or asked, but for diagnostics.
    pub(super) heard: Vec<(String, Value)>,
    /// How often it was told what is wrong with a file.
    pub(super) published: usize,
    /// Each time it was told so: the URI, the version, and how many things are wrong.
    pub(super) history: Vec<(String, Value, usize)>,
    /// The settings it answers with.
    pub(super) settings: Value,
    /// It refuses whatever it is asked.
    pub(super) refuses: bool,
    /// What the server said that it can do.
    pub(super) capabilities: Value,
    answers: BTreeMap<String, Response>,
}

impl Editor {
    /// Works in a directory with these files.
    pub(super) fn new(files: &[(&str, &str)], capabilities: Value) -> Self {
        Self::with_options(files, capabilities, Value::Null)
    }

    pub(super) fn with_options(files: &[(&str, &str)], capabilities: Value, options: Value) -> Self {
        let mut editor = Self::unconnected(files);
        let uri = editor.uri("");
        let folders = json!([{"uri": uri.trim_end_matches('/'), "name": "work"}]);
        let params = json!({
            "processId": null, "rootUri": uri, "capabilities": capabilities,
            "workspaceFolders": folders, "initializationOptions": options,
        });
        editor.initialize(params);
        editor
    }

    /// Has not said a word yet.
    pub(super) fn unconnected(files: &[(&str, &str)]) -> Self {
        let (own, others) = Connection::memory();
        let server = thread::spawn(move || serve(&others).unwrap());
        Self {
            directory: Directory::with(files),
            connection: Some(own),
            server: Some(server),
            next: 0,
            open: BTreeMap::new(),
            shown: BTreeMap::new(),
            heard: Vec::new(),
            published: 0,
            history: Vec::new(),
            settings: Value::Null,
            refuses: false,
            capabilities: Value::Null,
            answers: BTreeMap::new(),
        }
    }

    pub(super) fn initialize(&mut self, params: Value) {
        let answer = self.ask("initialize", params).unwrap();
        self.capabilities = answer["capabilities"].clone();
        self.tell("initialized", json!({}));
    }

    /// The URI of a file, spelled as Visual Studio Code does.
    pub(super) fn uri(&self, name: &str) -> String {
        let path = self.directory.0.join(name);
        format!("file://{}", path.to_str().unwrap().replace(' ', "%20"))
    }

    fn send(&self, message: impl Into<Message>) {
        self.connection.as_ref().unwrap().sender.send(message.into()).unwrap();
    }

    pub(super) fn tell(&mut self, method: &str, params: Value) {
        self.send(Notification { method: method.to_owned(), params });
    }

    /// Asks without waiting.
    pub(super) fn start(&mut self, method: &str, params: Value) -> RequestId {
        self.next += 1;
        let id = RequestId::from(self.next);
        self.send(Request { id: id.clone(), method: method.to_owned(), params });
        id
    }

    /// Asks, and waits for the answer, or for the code of the refusal.
    pub(super) fn ask(&mut self, method: &str, params: Value) -> Result<Value, i32> {
        let id = self.start(method, params);
        self.wait(&id)
    }

    pub(super) fn wait(&mut self, id: &RequestId) -> Result<Value, i32> {
        loop {
            if let Some(response) = self.answers.remove(&id.to_string()) {
                return response.response_result.map_err(|error| error.code);
            }
            let message = self.connection.as_ref().unwrap().receiver.recv_timeout(PATIENCE);
            self.take(message.expect("an answer"));
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Response(response) => drop(self.answers.insert(response.id.to_string(), response)),
            Message::Notification(Notification { method, params }) if method == "textDocument/publishDiagnostics" => {
                self.published += 1;
                let uri = params["uri"].as_str().unwrap().to_owned();
                let wrong = params["diagnostics"].as_array().unwrap().len();
                self.history.push((uri.clone(), params["version"].clone(), wrong));
                self.shown.insert(uri, params);
            }
            Message::Notification(Notification { method, params }) => self.heard.push((method, params)),
            Message::Request(Request { id, method, params }) => {
                let result = match method.as_str() {
                    "workspace/configuration" => {
                        json!(params["items"].as_array().unwrap().iter().map(|_| &self.settings).collect::<Vec<_>>())
                    }
                    "workspace/applyEdit" => json!({"applied": true}),
                    _ => Value::Null,
                };
                self.heard.push((method, params));
                let response = match self.refuses {
                    true => Response::new_err(id, -32601, "no".to_owned()),
                    false => Response::new_ok(id, result),
                };
                self.send(response);
            }
        }
    }

    /// Waits until the server has nothing left to judge, and has said all about it.
    pub(super) fn settle(&mut self) {
        // What it asked is answered before the question that waits for the runs is.
        drop(self.ask("workspace/diagnostic", json!({"previousResultIds": []})));
        drop(self.ask("workspace/diagnostic", json!({"previousResultIds": []})));
    }

    /// Opens a file as it is on disk.
    pub(super) fn open(&mut self, name: &str) {
        let text = self.directory.read(name);
        self.open_as(name, &text);
    }

    pub(super) fn open_as(&mut self, name: &str, text: &str) {
        self.open.insert(name.to_owned(), (1, text.to_owned()));
        let document = json!({"uri": self.uri(name), "languageId": "yaml", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
    }

    pub(super) fn text(&self, name: &str) -> &str {
        &self.open[name].1
    }

    /// Replaces what stands in an open text once.
    pub(super) fn edit(&mut self, name: &str, from: &str, to: &str) {
        let text = self.text(name);
        assert_eq!(text.matches(from).count(), 1, "{from:?} in {text}");
        let at = text.find(from).unwrap();
        self.replace(name, at..at + from.len(), to);
    }

    /// Replaces bytes of an open text, and says so in UTF-16.
    pub(super) fn replace(&mut self, name: &str, range: std::ops::Range<usize>, to: &str) {
        let uri = self.uri(name);
        let (version, text) = self.open.get_mut(name).unwrap();
        let position = |at: usize| {
            let before = &text[..at];
            let line = before.matches('\n').count();
            let start = before.rfind('\n').map_or(0, |end| end + 1);
            json!({"line": line, "character": before[start..].encode_utf16().count()})
        };
        let change = json!({"range": {"start": position(range.start), "end": position(range.end)}, "text": to});
        *version += 1;
        text.replace_range(range, to);
        let document = json!({"uri": uri, "version": *version});
        self.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": [change]}));
    }

    pub(super) fn close(&mut self, name: &str) {
        self.open.remove(name);
        let uri = self.uri(name);
        self.tell("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    }

    /// Writes what is open to disk, and says so.
    pub(super) fn save(&mut self, name: &str) {
        self.directory.write(name, &self.open[name].1.clone());
        let uri = self.uri(name);
        self.tell("textDocument/didSave", json!({"textDocument": {"uri": uri}}));
    }

    /// Tells of files that changed (2), came (1) or went (3) on disk.
    pub(super) fn watched(&mut self, changes: &[(&str, u32)]) {
        let changes: Vec<Value> =
            changes.iter().map(|(name, kind)| json!({"uri": self.uri(name), "type": kind})).collect();
        self.tell("workspace/didChangeWatchedFiles", json!({"changes": changes}));
    }

    /// What is shown of a file: `rule line:column-line:column`, counted from 0, in order.
    pub(super) fn shown(&self, name: &str) -> Vec<String> {
        self.raw(name).iter().map(brief).collect()
    }

    /// The rules shown of a file.
    pub(super) fn rules(&self, name: &str) -> Vec<String> {
        let code = |diagnostic: &Value| diagnostic["code"].as_str().unwrap_or_default().to_owned();
        let mut rules: Vec<String> = self.raw(name).iter().map(code).collect();
        rules.sort();
        rules
    }

    /// The diagnostics shown of a file.
    pub(super) fn raw(&self, name: &str) -> Vec<Value> {
        let shown = self.shown.get(&self.uri(name));
        shown.map(|params| params["diagnostics"].as_array().unwrap().clone()).unwrap_or_default()
    }

    /// The version that was last told of with a file's diagnostics.
    pub(super) fn shown_version(&self, name: &str) -> Value {
        self.shown.get(&self.uri(name)).map(|params| params["version"].clone()).unwrap_or_default()
    }

    /// Everything that is shown, by name.
    pub(super) fn all(&self) -> BTreeMap<String, Vec<Value>> {
        let base = self.uri("");
        let shown = self.shown.iter().map(|(uri, params)| {
            let name = uri.strip_prefix(base.as_str()).unwrap_or(uri).to_owned();
            (name, params["diagnostics"].as_array().unwrap().clone())
        });
        shown.filter(|(_, diagnostics)| !diagnostics.is_empty()).collect()
    }

    /// Everything that is shown, by URI.
    pub(super) fn all_by_uri(&self) -> BTreeMap<String, Vec<Value>> {
        let shown =
            self.shown.iter().map(|(uri, params)| (uri.clone(), params["diagnostics"].as_array().unwrap().clone()));
        shown.filter(|(_, diagnostics)| !diagnostics.is_empty()).collect()
    }

    /// What was logged.
    pub(super) fn logged(&self) -> Vec<String> {
        let logged = self.heard.iter().filter(|(method, _)| method == "window/logMessage");
        logged.map(|(_, params)| params["message"].as_str().unwrap().to_owned()).collect()
    }

    pub(super) fn heard_of(&self, method: &str) -> Vec<Value> {
        self.heard.iter().filter(|(heard, _)| heard == method).map(|(_, params)| params.clone()).collect()
    }

    /// Leaves as the protocol wants it; how the server takes it.
    pub(super) fn leave(mut self) -> Ended {
        self.ask("shutdown", Value::Null).unwrap();
        self.tell("exit", Value::Null);
        self.server.take().unwrap().join().unwrap()
    }

    /// Goes away; how the server takes it.
    pub(super) fn vanish(mut self) -> Ended {
        drop(self.connection.take());
        self.server.take().unwrap().join().unwrap()
    }

    pub(super) fn exit(mut self) -> Ended {
        self.tell("exit", Value::Null);
        self.server.take().unwrap().join().unwrap()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        Path::new(&self.directory.0).join(name)
    }
}

/// `rule line:column-line:column`.
pub(super) fn brief(diagnostic: &Value) -> String {
    let position = |end: &str| {
        let position = &diagnostic["range"][end];
        format!("{}:{}", position["line"], position["character"])
    };
    format!("{} {}-{}", diagnostic["code"].as_str().unwrap_or_default(), position("start"), position("end"))
}
