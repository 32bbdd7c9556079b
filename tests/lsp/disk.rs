//! Files that come, go and change beside the editor.

use std::fs;

use serde_json::{Value, json};

use super::COMPOSE;
use super::editor::{Editor, rich};

const RULE: &str = "published-datastore-port";

fn editor(files: &[(&str, &str)], capabilities: Value) -> Editor {
    Editor::with_options(files, capabilities, json!({"select": [RULE, "unreadable-file", "missing-stack-file"]}))
}

#[test]
fn a_closed_file_counts_as_it_is_on_disk() {
    let mut editor = editor(&[("compose.yaml", COMPOSE), (".env", "BIND=127.0.0.1\n")], rich());
    editor.open_as(".env", "BIND=0.0.0.0\n");
    editor.settle();
    assert_eq!(editor.rules(".env"), [RULE]);
    editor.close(".env");
    editor.settle();
    assert!(editor.rules(".env").is_empty());
    assert_eq!(editor.shown_version(".env"), Value::Null);
    // What is wrong with it on disk stays.
    editor.directory.write(".env", "BIND=0.0.0.0\n");
    editor.watched(&[(".env", 2)]);
    editor.open(".env");
    editor.close(".env");
    editor.settle();
    assert_eq!(editor.rules(".env"), [RULE]);
}

#[test]
fn a_file_that_was_never_saved_goes_with_its_text() {
    let mut editor = editor(&[("compose.yaml", COMPOSE)], rich());
    editor.open_as(".env", "BIND=0.0.0.0\n");
    editor.settle();
    assert_eq!(editor.rules(".env"), [RULE]);
    editor.close(".env");
    editor.settle();
    assert!(editor.all().is_empty());
}

#[test]
fn files_that_are_deleted_and_created() {
    let mut editor = editor(&[("compose.yaml", COMPOSE), (".env", "BIND=0.0.0.0\n")], rich());
    editor.settle();
    assert_eq!(editor.rules(".env"), [RULE]);
    fs::remove_file(editor.path(".env")).unwrap();
    editor.watched(&[(".env", 3)]);
    editor.settle();
    assert!(editor.all().is_empty());
    editor.directory.write("sub/compose.yaml", &COMPOSE.replace("127.0.0.1", "0.0.0.0"));
    editor.watched(&[("sub/compose.yaml", 1)]);
    editor.settle();
    assert_eq!(editor.rules("sub/compose.yaml"), [RULE]);
    fs::rename(editor.path("sub"), editor.path("other")).unwrap();
    let files = json!([{"oldUri": editor.uri("sub"), "newUri": editor.uri("other")}]);
    editor.tell("workspace/didRenameFiles", json!({"files": files}));
    editor.settle();
    assert!(editor.rules("sub/compose.yaml").is_empty());
    assert_eq!(editor.rules("other/compose.yaml"), [RULE]);
}

#[test]
fn a_file_that_is_deleted_while_it_is_open_stays_until_it_is_closed() {
    let mut editor = editor(&[("compose.yaml", COMPOSE), (".env", "BIND=0.0.0.0\n")], rich());
    editor.open(".env");
    editor.settle();
    fs::remove_file(editor.path(".env")).unwrap();
    editor.watched(&[(".env", 3)]);
    editor.settle();
    assert_eq!(editor.rules(".env"), [RULE]);
    editor.close(".env");
    editor.settle();
    assert!(editor.all().is_empty());
}

#[test]
fn a_client_that_cannot_watch_is_served_by_looking() {
    let mut editor =
        editor(&[("compose.yaml", COMPOSE), ("b/compose.yaml", COMPOSE), (".env", "BIND=127.0.0.1\n")], json!({}));
    editor.open("compose.yaml");
    editor.settle();
    editor.save("compose.yaml");
    editor.settle();
    editor.directory.write(".env", "BIND=0.0.0.0\n");
    editor.directory.write("b/compose.yaml", &COMPOSE.replace("127.0.0.1", "0.0.0.0"));
    editor.directory.write("c/compose.yaml", &COMPOSE.replace("127.0.0.1", "0.0.0.0"));
    editor.save("compose.yaml");
    editor.settle();
    for name in [".env", "b/compose.yaml", "c/compose.yaml"] {
        assert_eq!(editor.rules(name), [RULE], "{name}");
    }
}

#[test]
fn a_mounted_file_of_any_name_is_looked_at() {
    let compose = "services:\n  db:\n    image: postgres:17\n    command: -c hba_file=/etc/rules\n    volumes: [\"./rules:/etc/rules\"]\n";
    let options = json!({"select": ["hba-trust-remote"]});
    let files = [("compose.yaml", compose), ("rules", "local all all peer\n")];
    let mut editor = Editor::with_options(&files, rich(), options);
    editor.open("compose.yaml");
    editor.settle();
    editor.save("compose.yaml");
    editor.settle();
    assert!(editor.all().is_empty());
    editor.directory.write("rules", "local all all peer\nhost all all 0.0.0.0/0 trust\n");
    editor.save("compose.yaml");
    editor.settle();
    assert_eq!(editor.rules("rules"), ["hba-trust-remote"]);
}

#[test]
fn a_text_outside_of_any_directory_is_judged_while_it_is_open() {
    let mut editor = Editor::unconnected(&[
        ("work/compose.yaml", COMPOSE),
        ("else/.git/HEAD", ""),
        ("else/compose.yaml", COMPOSE),
        ("else/.env", "BIND=0.0.0.0\n"),
        ("else/deep/compose.yaml", &COMPOSE.replace("127.0.0.1", "0.0.0.0")),
    ]);
    let folders = json!([{"uri": editor.uri("work"), "name": "work"}]);
    let options = json!({"select": [RULE]});
    editor.initialize(json!({"workspaceFolders": folders, "capabilities": rich(), "initializationOptions": options}));
    editor.settle();
    assert!(editor.all().is_empty());
    editor.open("else/compose.yaml");
    editor.settle();
    assert_eq!(editor.all().keys().collect::<Vec<_>>(), ["else/.env"], "only what has to do with it");
    editor.close("else/compose.yaml");
    editor.settle();
    assert!(editor.all().is_empty());
}

#[cfg(unix)]
#[test]
fn opening_a_file_moves_no_boundary() {
    let compose =
        "services:\n  db:\n    image: postgres:17\n    env_file:\n      - ../else/db.env\n      - linked.env\n";
    let mut editor =
        Editor::unconnected(&[("work/.git/HEAD", ""), ("work/compose.yaml", compose), ("else/db.env", "A=1\n")]);
    std::os::unix::fs::symlink(editor.path("else/db.env"), editor.path("work/linked.env")).unwrap();
    let folders = json!([{"uri": editor.uri("work"), "name": "work"}]);
    let options = json!({"select": ["path-outside-root"]});
    editor.initialize(json!({"workspaceFolders": folders, "capabilities": rich(), "initializationOptions": options}));
    editor.settle();
    let outside = editor.shown("work/compose.yaml");
    let found = outside.iter().filter(|shown| shown.starts_with("path-outside-root "));
    assert_eq!(found.count(), 2, "{outside:?} {:?}", editor.raw("work/compose.yaml"));
    assert_eq!(outside.len(), 2, "what was left unjudged is said once: {outside:?}");
    for name in ["else/db.env", "work/linked.env"] {
        editor.open(name);
        editor.settle();
        assert_eq!(editor.shown("work/compose.yaml"), outside, "{name}");
    }
}

#[test]
fn texts_that_are_no_files_are_left_alone() {
    let mut editor = editor(&[("compose.yaml", COMPOSE)], rich());
    for uri in ["untitled:Untitled-1", "git:/x/compose.yaml", "file://server/x.yaml", ""] {
        let document = json!({"uri": uri, "languageId": "yaml", "version": 1, "text": "services: ["});
        editor.tell("textDocument/didOpen", json!({"textDocument": document}));
        editor.tell("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    }
    editor.settle();
    assert!(editor.all().is_empty());
}
