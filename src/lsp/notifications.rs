//! What the client tells: texts that are opened, edited and closed, files and settings that change.

use std::path::PathBuf;

use gen_lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, FileChangeType,
};
use lsp_server::{ErrorCode, Notification, RequestId};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::diagnostics::document_at;
use super::document::{Document, Odd};
use super::outbox::Level;
use super::pull::path_of;
use super::server::Server;
use super::session::settled;
use super::uri;

impl Server {
    pub(super) fn notification(&mut self, notification: Notification) {
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
            // What exactly is wrong would quote what was sent: perhaps a text with its secrets.
            Err(_) => self.out.log(Level::Warning, &format!("`{method}` cannot be read")),
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
                    let is_open = document_at(&self.session.documents, &path).is_some();
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
        if self.questions.cancel(&id) || self.working.remove(&id) || self.navigation.cancel(&id) {
            self.out.refuse(id, ErrorCode::RequestCanceled, "cancelled");
        }
    }

    /// Looks at the files on disk that the client does not watch.
    fn look_at_disk(&mut self) {
        let mut stamps = std::mem::take(&mut self.session.stamps);
        let changes = stamps.look(&self.session.roots, self.session.client.watches);
        self.session.stamps = stamps;
        changes.edited.iter().for_each(|path| self.session.touch(path));
        changes.moved.iter().for_each(|path| self.session.touch_existence(path));
    }
}
