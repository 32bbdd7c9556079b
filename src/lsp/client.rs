//! What the client can do, out of what it says of itself. What it does not say it cannot.

use serde_json::Value;
use stacklint_engine::line_index::ColumnUnit;

/// What a client can do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    /// What columns count.
    pub(crate) unit: ColumnUnit,
    /// It asks for diagnostics, and can be told to ask again.
    pub(crate) pulls: bool,
    /// It takes diagnostics of other files with those that it asks for.
    pub(crate) related_documents: bool,
    /// It shows places in other files with a diagnostic.
    pub(crate) related_information: bool,
    /// It draws what has no effect in its own way.
    pub(crate) tags: bool,
    /// It links the rule of a diagnostic.
    pub(crate) code_description: bool,
    /// It can be asked for its settings.
    pub(crate) configuration: bool,
    /// It can be asked to tell of changed settings.
    pub(crate) registers_configuration: bool,
    /// It can be asked to watch files.
    pub(crate) watches: bool,
    /// It shows how far work has come.
    pub(crate) progress: bool,
    /// Edits can name the version of the text that they are for.
    pub(crate) document_changes: bool,
    /// Edits can create files.
    pub(crate) creates_files: bool,
    /// It takes code actions that are more than commands.
    pub(crate) code_action_literals: bool,
    /// It knows which of several code actions is preferred.
    pub(crate) preferred_actions: bool,
    /// It applies edits that it did not ask for.
    pub(crate) applies_edits: bool,
    /// It would rather have hovers in Markdown than in plain text.
    pub(crate) hover_markdown: bool,
    /// It takes links to definitions, which say what they lead from.
    pub(crate) definition_links: bool,
    /// It shows what a link is about.
    pub(crate) link_tooltips: bool,
    /// It can be told to ask for hints again.
    pub(crate) hint_refresh: bool,
}

impl Client {
    /// Reads the parameters of `initialize`.
    pub(crate) fn of(params: &Value) -> Self {
        let capabilities = params.get("capabilities").unwrap_or(&Value::Null);
        let at = |pointer: &str| capabilities.pointer(pointer).unwrap_or(&Value::Null);
        let can = |pointer: &str| at(pointer) == &Value::Bool(true);
        // A client that only asks would never hear that an edit in one file moved what is wrong with another.
        let pulls = at("/textDocument/diagnostic").is_object() && can("/workspace/diagnostics/refreshSupport");
        // Each way of getting diagnostics has its own words for what it takes.
        let takes = |name: &str| at(&format!("/textDocument/publishDiagnostics/{name}"));
        let has = |list: &Value, wanted: &str| {
            list.as_array().is_some_and(|names| names.iter().any(|name| name.as_str() == Some(wanted)))
        };
        let encodings = at("/general/positionEncodings");
        let unit = if has(encodings, "utf-8") {
            ColumnUnit::Utf8
        } else if has(encodings, "utf-32") {
            ColumnUnit::CodePoint
        } else {
            ColumnUnit::Utf16
        };
        Self {
            unit,
            pulls,
            related_documents: can("/textDocument/diagnostic/relatedDocumentSupport"),
            related_information: takes("relatedInformation") == &Value::Bool(true),
            tags: takes("tagSupport").is_object() || takes("tagSupport") == &Value::Bool(true),
            code_description: takes("codeDescriptionSupport") == &Value::Bool(true),
            configuration: can("/workspace/configuration"),
            registers_configuration: can("/workspace/didChangeConfiguration/dynamicRegistration"),
            watches: can("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            progress: can("/window/workDoneProgress"),
            document_changes: can("/workspace/workspaceEdit/documentChanges"),
            creates_files: can("/workspace/workspaceEdit/documentChanges")
                && has(at("/workspace/workspaceEdit/resourceOperations"), "create"),
            code_action_literals: at("/textDocument/codeAction/codeActionLiteralSupport").is_object(),
            preferred_actions: can("/textDocument/codeAction/isPreferredSupport"),
            applies_edits: can("/workspace/applyEdit"),
            // What it names first it likes best; who names nothing reads plain text.
            hover_markdown: at("/textDocument/hover/contentFormat/0") == &Value::from("markdown"),
            definition_links: can("/textDocument/definition/linkSupport"),
            link_tooltips: can("/textDocument/documentLink/tooltipSupport"),
            hint_refresh: can("/workspace/inlayHint/refreshSupport"),
        }
    }

    /// The name of its unit of columns.
    pub(crate) fn encoding(&self) -> &'static str {
        match self.unit {
            ColumnUnit::Utf8 => "utf-8",
            ColumnUnit::Utf16 => "utf-16",
            ColumnUnit::CodePoint => "utf-32",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn client(capabilities: Value) -> Client {
        Client::of(&json!({"capabilities": capabilities}))
    }

    #[test]
    fn what_is_not_said_is_not_there() {
        for params in [json!(null), json!({}), json!([]), json!({"capabilities": 7})] {
            let client = Client::of(&params);
            assert_eq!(client.encoding(), "utf-16");
            assert!(!client.pulls && !client.watches && !client.progress && !client.document_changes);
        }
    }

    #[test]
    fn encodings_by_preference() {
        let of = |names: &[&str]| client(json!({"general": {"positionEncodings": names}})).encoding();
        assert_eq!(of(&["utf-16", "utf-32", "utf-8"]), "utf-8");
        assert_eq!(of(&["utf-16", "utf-32"]), "utf-32");
        assert_eq!(of(&["utf-7"]), "utf-16");
    }

    #[test]
    fn who_cannot_be_told_to_ask_again_is_told_itself() {
        let diagnostic = json!({"dynamicRegistration": false});
        assert!(!client(json!({"textDocument": {"diagnostic": diagnostic}})).pulls);
        let both =
            json!({"textDocument": {"diagnostic": diagnostic}, "workspace": {"diagnostics": {"refreshSupport": true}}});
        assert!(client(both).pulls);
    }
}
