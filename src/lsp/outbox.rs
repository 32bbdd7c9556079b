//! What the server says to the client.

use std::collections::HashMap;
use std::path::PathBuf;

use crossbeam_channel::Sender;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

/// How loud something is said.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Level {
    Error = 1,
    Warning = 2,
    Info = 3,
}

/// What an answer of the client is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The settings of these roots, in this order.
    Settings(Vec<PathBuf>),
    /// To show how far the first scan has come.
    Progress,
    /// Something whose answer is only logged if it is a refusal.
    Other(&'static str),
}

/// What goes to the client.
#[derive(Debug)]
pub(crate) struct Outbox {
    sender: Sender<Message>,
    next: i32,
    asked: HashMap<RequestId, Asked>,
}

impl Outbox {
    pub(crate) fn new(sender: Sender<Message>) -> Self {
        Self { sender, next: 0, asked: HashMap::new() }
    }

    fn send(&self, message: impl Into<Message>) {
        // Who does not listen any more will not speak either, and that ends the server.
        let _ = self.sender.send(message.into());
    }

    // What is said is made once: to hand a value to a serializer is to copy all of it.
    pub(crate) fn notify(&self, method: &str, params: Value) {
        self.send(Notification { method: method.to_owned(), params });
    }

    /// Asks the client for something.
    pub(crate) fn ask(&mut self, method: &str, params: Value, asked: Asked) {
        self.next = self.next.wrapping_add(1);
        let id = RequestId::from(format!("stacklint-{}", self.next));
        self.asked.insert(id.clone(), asked);
        self.send(Request { id, method: method.to_owned(), params });
    }

    /// What an answer is about; nothing if nobody asked.
    pub(crate) fn asked(&mut self, id: &RequestId) -> Option<Asked> {
        self.asked.remove(id)
    }

    pub(crate) fn answer(&self, id: RequestId, result: impl Into<Value>) {
        self.send(Response { id, response_result: Ok(result.into()) });
    }

    pub(crate) fn refuse(&self, id: RequestId, code: ErrorCode, message: impl Into<String>) {
        self.send(Response::new_err(id, code as i32, message.into()));
    }

    pub(crate) fn log(&self, level: Level, message: &str) {
        self.notify("window/logMessage", json!({"type": level as i32, "message": message}));
    }

    /// How many answers are waited for.
    #[cfg(test)]
    pub(crate) fn entries(&self) -> usize {
        self.asked.len()
    }
}
