//! How a conversation begins and ends, and what is said out of turn.

use serde_json::{Value, json};

use super::COMPOSE;
use super::editor::{Editor, rich};
use crate::lsp::server::Ended;

#[test]
fn ends_as_the_protocol_wants_it() {
    assert_eq!(Editor::new(&[], rich()).leave(), Ended::Orderly);
    assert_eq!(Editor::new(&[], rich()).vanish(), Ended::Abruptly);
    assert_eq!(Editor::new(&[], rich()).exit(), Ended::Abruptly);
    assert_eq!(Editor::unconnected(&[]).exit(), Ended::Abruptly);
}

#[test]
fn requests_out_of_turn_are_refused() {
    let mut editor = Editor::unconnected(&[]);
    assert_eq!(editor.ask("textDocument/hover", json!({})), Err(-32002));
    assert_eq!(editor.ask("shutdown", Value::Null), Err(-32002));
    editor.tell("textDocument/didOpen", json!({"textDocument": 7}));
    editor.initialize(json!({"capabilities": {}}));
    assert_eq!(editor.ask("initialize", json!({})), Err(-32600));
    assert_eq!(editor.ask("textDocument/prepareTypeHierarchy", json!({})), Err(-32601));
    assert_eq!(editor.ask("textDocument/diagnostic", json!({})), Err(-32602));
    assert_eq!(editor.ask("shutdown", Value::Null), Ok(Value::Null));
    assert_eq!(editor.ask("textDocument/hover", json!({})), Err(-32600));
    assert_eq!(editor.exit(), Ended::Orderly);
}

#[test]
fn what_cannot_be_read_is_logged_and_the_next_is() {
    let mut editor = Editor::new(&[("compose.yaml", COMPOSE)], rich());
    for params in [json!(null), json!([]), json!({"textDocument": {"uri": 3}}), json!({"textDocument": {}})] {
        for method in ["didOpen", "didChange", "didClose"] {
            editor.tell(&format!("textDocument/{method}"), params.clone());
        }
        editor.tell("workspace/didChangeWatchedFiles", params.clone());
        editor.tell("workspace/didChangeWorkspaceFolders", params.clone());
        editor.tell("workspace/didRenameFiles", params.clone());
        editor.tell("$/cancelRequest", params.clone());
        editor.tell("$/unknown", params.clone());
        editor.tell("unknown", params);
    }
    let nowhere = json!({"textDocument": {"uri": "untitled:1", "version": 1}, "contentChanges": []});
    editor.tell("textDocument/didChange", nowhere);
    editor.settle();
    assert!(editor.logged().iter().any(|line| line.contains("`textDocument/didOpen` cannot be read")));
    assert!(editor.logged().iter().any(|line| line.contains("changed without being open")));
    assert_eq!(editor.leave(), Ended::Orderly);
}

#[test]
fn edits_that_make_no_sense_are_logged_and_the_text_stays_one() {
    let mut editor = Editor::new(&[("compose.yaml", COMPOSE)], rich());
    editor.open("compose.yaml");
    let uri = editor.uri("compose.yaml");
    let mut change = |version: i32, start: [u32; 2], end: [u32; 2], text: &str| {
        let at = |[line, character]: [u32; 2]| json!({"line": line, "character": character});
        let change = json!({"range": {"start": at(start), "end": at(end)}, "text": text});
        let document = json!({"uri": uri, "version": version});
        editor.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": [change]}));
    };
    change(2, [99, 0], [u32::MAX, u32::MAX], "# behind\n");
    change(3, [0, 5], [0, 2], "");
    change(1, [0, 0], [99, 0], "late");
    change(4, [0, u32::MAX], [1, u32::MAX], "");
    editor.settle();
    let logged = editor.logged();
    for part in ["lies behind the end", "ends before it starts", "was passed over: version 1 after 3"] {
        assert!(logged.iter().any(|line| line.contains(part)), "{part}: {logged:?}");
    }
    assert_eq!(editor.leave(), Ended::Orderly);
}

#[test]
fn a_client_that_declares_nothing_is_asked_nothing() {
    let mut editor = Editor::new(&[("compose.yaml", COMPOSE), (".env", "BIND=0.0.0.0\n")], json!({}));
    editor.settle();
    assert!(editor.rules(".env").contains(&"published-datastore-port".to_owned()));
    assert!(editor.heard.iter().all(|(method, _)| method == "window/logMessage"), "{:?}", editor.heard);
    assert!(editor.capabilities.get("diagnosticProvider").is_none());
}

#[test]
fn a_client_that_refuses_everything_is_served_all_the_same() {
    let mut editor = Editor::unconnected(&[("compose.yaml", COMPOSE), (".env", "BIND=0.0.0.0\n")]);
    editor.refuses = true;
    let uri = editor.uri("");
    editor.initialize(json!({"rootUri": uri, "capabilities": rich()}));
    editor.settle();
    assert!(editor.rules(".env").contains(&"published-datastore-port".to_owned()));
    assert!(editor.logged().iter().any(|line| line.contains("refused `client/registerCapability`")));
}

#[test]
fn the_first_scan_is_reported() {
    let mut editor = Editor::new(&[("compose.yaml", COMPOSE)], rich());
    editor.settle();
    let kinds: Vec<Value> =
        editor.heard_of("$/progress").iter().map(|params| params["value"]["kind"].clone()).collect();
    assert_eq!((kinds.first(), kinds.last()), (Some(&json!("begin")), Some(&json!("end"))), "{kinds:?}");
    editor.open("compose.yaml");
    editor.edit("compose.yaml", "17", "16");
    editor.settle();
    assert_eq!(editor.heard_of("$/progress").len(), kinds.len(), "an edit is none");
    assert_eq!(editor.heard_of("client/registerCapability").len(), 1);
}

#[test]
fn roots_are_found_in_every_form_they_are_sent_in() {
    let files = [("compose.yaml", COMPOSE), (".env", "BIND=0.0.0.0\n")];
    for form in 0..4 {
        let mut editor = Editor::unconnected(&files);
        let (uri, path) = (editor.uri(""), editor.path(""));
        editor.initialize(match form {
            0 => json!({"rootUri": uri, "capabilities": {}}),
            1 => json!({"rootPath": path.to_str(), "capabilities": {}}),
            2 => json!({"rootUri": null, "workspaceFolders": [{"uri": uri, "name": "x"}], "capabilities": {}}),
            _ => json!({"rootUri": null, "workspaceFolders": null, "capabilities": {}}),
        });
        if form == 3 {
            editor.settle();
            assert!(editor.all().is_empty(), "nothing is open");
            editor.open("compose.yaml");
        }
        editor.settle();
        assert!(editor.rules(".env").contains(&"published-datastore-port".to_owned()), "{form}");
        if form == 3 {
            editor.close("compose.yaml");
            editor.settle();
            assert!(editor.all().is_empty(), "nobody works there any more");
        }
    }
}

#[test]
fn folders_come_and_go() {
    let files = [
        ("a/compose.yaml", COMPOSE),
        ("a/.env", "BIND=0.0.0.0\n"),
        ("b/compose.yaml", COMPOSE),
        ("b/.env", "BIND=0.0.0.0\n"),
    ];
    let mut editor = Editor::unconnected(&files);
    let folder = |editor: &Editor, name: &str| json!({"uri": editor.uri(name), "name": name});
    let folders = json!([folder(&editor, "a")]);
    editor.initialize(json!({"workspaceFolders": folders, "capabilities": rich()}));
    editor.settle();
    assert!(!editor.rules("a/.env").is_empty() && editor.rules("b/.env").is_empty());
    let event = json!({"added": [folder(&editor, "b")], "removed": [folder(&editor, "a")]});
    editor.tell("workspace/didChangeWorkspaceFolders", json!({"event": event}));
    editor.settle();
    assert!(editor.rules("a/.env").is_empty() && !editor.rules("b/.env").is_empty());
}

#[test]
fn everything_there_is_is_not_looked_through() {
    let files = [
        ("compose.yaml", COMPOSE),
        (".env", "BIND=0.0.0.0\n"),
        ("deep/a/compose.yaml", &COMPOSE.replace("127.0.0.1", "0.0.0.0")),
    ];
    let mut editor = Editor::unconnected(&files);
    editor.initialize(json!({"rootUri": "file:///", "capabilities": rich(), "initializationOptions": {"select": ["published-datastore-port"]}}));
    editor.open("compose.yaml");
    editor.settle();
    // The repository that the file lies in is.
    assert_eq!(editor.all().keys().collect::<Vec<_>>(), [".env", "deep/a/compose.yaml"]);
    assert!(editor.logged().iter().any(|line| line.contains("is not looked through")));
}

#[test]
fn an_open_file_does_not_wait_for_all_others() {
    let many: Vec<(String, String)> =
        (0..600).map(|number| (format!("s{number}/compose.yaml"), COMPOSE.replace("127.0.0.1", "0.0.0.0"))).collect();
    let mut files: Vec<(&str, &str)> = many.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    files.extend([("compose.yaml", COMPOSE), (".env", "BIND=0.0.0.0\n")]);
    let mut editor = Editor::new(&files, rich());
    editor.open(".env");
    let params = json!({"textDocument": {"uri": editor.uri(".env")}});
    let first = editor.ask("textDocument/diagnostic", params).unwrap();
    assert!(first["items"].as_array().unwrap().iter().any(|one| one["code"] == "published-datastore-port"), "{first}");
    assert!(editor.rules("s7/compose.yaml").is_empty(), "the others come later");
    editor.edit(".env", "0.0.0.0", "127.0.0.1");
    let params = json!({"textDocument": {"uri": editor.uri(".env")}});
    let second = editor.ask("textDocument/diagnostic", params).unwrap();
    assert!(second["items"].as_array().unwrap().is_empty(), "{second}");
    editor.settle();
    assert_eq!(editor.all().len(), 601);
    assert!(editor.rules(".env").is_empty());
}
