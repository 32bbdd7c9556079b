//! What the server says that it can do.

use serde_json::{Value, json};

use super::actions::{FIX_ALL_KIND, QUICK_FIX};
use super::client::Client;
use super::commands::{EXPLAIN_STACK, FIX_ALL};
use super::diagnostics::SOURCE;

/// The answer to `initialize`.
pub(crate) fn answer(client: &Client) -> Value {
    // Every file may matter to some stack, and so may every directory.
    let files = json!({"filters": [{"scheme": "file", "pattern": {"glob": "**"}}]});
    let mut capabilities = json!({
        "positionEncoding": client.encoding(),
        "hoverProvider": true,
        "definitionProvider": true,
        "referencesProvider": true,
        "documentLinkProvider": {"resolveProvider": false},
        "inlayHintProvider": {"resolveProvider": false},
        "textDocumentSync": {"openClose": true, "change": 2, "save": {"includeText": false}},
        "codeActionProvider": {"codeActionKinds": [QUICK_FIX, FIX_ALL_KIND]},
        "executeCommandProvider": {"commands": [FIX_ALL, EXPLAIN_STACK]},
        "workspace": {
            "workspaceFolders": {"supported": true, "changeNotifications": true},
            "fileOperations": {"didCreate": files, "didRename": files, "didDelete": files},
        },
    });
    if client.pulls
        && let Some(capabilities) = capabilities.as_object_mut()
    {
        let provider = json!({"identifier": SOURCE, "interFileDependencies": true, "workspaceDiagnostics": true});
        capabilities.insert("diagnosticProvider".to_owned(), provider);
    }
    json!({
        "capabilities": capabilities,
        "serverInfo": {"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")},
    })
}
