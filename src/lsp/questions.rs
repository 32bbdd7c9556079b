//! Questions that wait until what they are about is judged: an answer about an older text would be wrong.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use lsp_server::RequestId;
use serde_json::Value;

use super::actions::Wanted;
use super::pull::{Results, path_of};
use super::session::Session;

/// What is asked.
#[derive(Debug)]
pub(crate) enum Question {
    /// What is wrong with one file, and the name of the answer that the client has.
    Document(String, Option<String>),
    /// What is wrong with any file, and the names of the answers that the client has.
    Workspace(HashMap<String, String>),
    /// What can be done about the findings of a place.
    Actions(Wanted),
    /// To mend all that can be mended safely, in a file or everywhere.
    FixAll(Option<PathBuf>),
    /// What the stack of a file really is.
    Explain(PathBuf),
}

/// Questions that wait.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    waiting: Vec<(RequestId, Question)>,
    pub(crate) results: Results,
}

impl Questions {
    pub(crate) fn ask(&mut self, id: RequestId, question: Question) {
        self.waiting.push((id, question));
    }

    /// Forgets a question; whether it was waiting.
    pub(crate) fn cancel(&mut self, id: &RequestId) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|(waiting, _)| waiting != id);
        self.waiting.len() < before
    }

    /// Those that can be answered.
    pub(crate) fn take(&mut self, session: &Session) -> Vec<(RequestId, Question)> {
        let can_be_answered = |question: &Question| match question {
            Question::Document(uri, _) => path_of(uri, session).is_none_or(|path| session.knows(&path)),
            Question::Actions(wanted) => session.knows(&wanted.path),
            Question::Explain(path) | Question::FixAll(Some(path)) => session.knows(path),
            Question::Workspace(_) | Question::FixAll(None) => session.is_settled(),
        };
        self.waiting.extract_if(.., |(_, question)| can_be_answered(question)).collect()
    }

    /// How many wait.
    #[cfg(test)]
    pub(crate) fn entries(&self) -> usize {
        self.waiting.len()
    }
}

impl Question {
    /// Reads `textDocument/diagnostic`.
    pub(crate) fn document(params: &Value) -> Option<Self> {
        let uri = params.pointer("/textDocument/uri").and_then(Value::as_str)?;
        let previous = params.get("previousResultId").and_then(Value::as_str).map(str::to_owned);
        Some(Self::Document(uri.to_owned(), previous))
    }

    /// Reads `workspace/diagnostic`.
    pub(crate) fn workspace(params: &Value) -> Self {
        let known = params.get("previousResultIds").and_then(Value::as_array).into_iter().flatten();
        let known = known.filter_map(|known| {
            Some((known.get("uri")?.as_str()?.to_owned(), known.get("value")?.as_str()?.to_owned()))
        });
        Self::Workspace(known.collect())
    }
}

/// The files whose diagnostics a client has been told of.
pub(crate) type Told = BTreeSet<PathBuf>;
