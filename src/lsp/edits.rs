//! Edits as a client applies them: to the versions of texts that they were made for, and across files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gen_lsp_types::{Range, TextEdit};
use serde_json::{Value, json};
use stacklint_engine::finding::Edit;
use stacklint_engine::fix::apply::{Piece, Spliced};
use stacklint_engine::line_index::{ColumnUnit, LineIndex};
use stacklint_engine::source::Sources;
use stacklint_parsers::TextRange;

use super::diagnostics::document_at;
use super::document::Lines;
use super::session::Session;

/// Edits of several files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edits {
    /// Files that are there only once they are created.
    created: Vec<PathBuf>,
    by_file: BTreeMap<PathBuf, Vec<TextEdit>>,
}

impl Edits {
    /// Edits of files as a run read them; nothing if a text in the editor is another one by now.
    pub(crate) fn of<'e>(
        edits: impl IntoIterator<Item = &'e Edit>,
        sources: &Sources,
        session: &Session,
    ) -> Option<Self> {
        let unit = session.client.unit;
        let mut all = Self::default();
        for edit in edits {
            let file = sources.file(edit.place.file)?;
            let is_other = |text: &str| *text != *file.text;
            if document_at(&session.documents, &file.path).is_some_and(|document| is_other(&document.text)) {
                return None;
            }
            let lines = Lines { text: &file.text, lines: file.lines(), unit };
            let edit = TextEdit { range: lines.range(edit.place.range), new_text: edit.replacement.clone() };
            all.by_file.entry(file.path.clone()).or_default().push(edit);
        }
        Some(all)
    }

    /// The text of a file that is to be created.
    pub(crate) fn creating(path: PathBuf, text: String) -> Self {
        let edit = TextEdit { range: Range::default(), new_text: text };
        Self { created: vec![path.clone()], by_file: BTreeMap::from([(path, vec![edit])]) }
    }

    /// Adds what makes of a text another one.
    pub(crate) fn add(&mut self, path: &Path, text: &Spliced, unit: ColumnUnit) {
        let before = String::from_utf8_lossy(text.before());
        let lines = LineIndex::new(&before);
        let lines = Lines { text: &before, lines: &lines, unit };
        let mut edits = Vec::new();
        let mut at = 0;
        let mut put: Vec<u8> = Vec::new();
        let mut replace = |at: usize, to: usize, put: &mut Vec<u8>| {
            if at < to || !put.is_empty() {
                let new_text = String::from_utf8_lossy(put).into_owned();
                edits.push(TextEdit { range: lines.range(TextRange::from_usize(at..to)), new_text });
                put.clear();
            }
        };
        for piece in text.pieces() {
            match piece {
                Piece::Put(bytes) => put.extend(bytes),
                Piece::Kept(range) => {
                    replace(at, range.start, &mut put);
                    at = range.end;
                }
            }
        }
        replace(at, before.len(), &mut put);
        self.by_file.entry(path.to_owned()).or_default().extend(edits);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_file.values().all(Vec::is_empty)
    }

    /// As the client takes them.
    pub(crate) fn workspace_edit(&self, session: &Session) -> Value {
        if !session.client.document_changes {
            let changes: BTreeMap<String, &Vec<TextEdit>> =
                self.by_file.iter().map(|(path, edits)| (session.uri_of(path), edits)).collect();
            return json!({"changes": changes});
        }
        let created = self
            .created
            .iter()
            .map(|path| json!({"kind": "create", "uri": session.uri_of(path), "options": {"ignoreIfExists": true}}));
        let edited = self.by_file.iter().map(|(path, edits)| {
            let version = document_at(&session.documents, path).map(|document| document.version);
            json!({"textDocument": {"uri": session.uri_of(path), "version": version}, "edits": edits})
        });
        json!({"documentChanges": created.chain(edited).collect::<Vec<Value>>()})
    }
}
