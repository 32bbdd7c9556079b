//! Diagnostics that the client asks for.

use serde_json::{Value, json};

use super::COMPOSE;
use super::editor::{Editor, brief, pulling};

fn codes(report: &Value) -> Vec<String> {
    report["items"].as_array().unwrap().iter().map(brief).collect()
}

fn editor() -> Editor {
    let options = json!({"select": ["published-datastore-port"]});
    Editor::with_options(&[("compose.yaml", COMPOSE), (".env", "BIND=0.0.0.0\n")], pulling(), options)
}

#[test]
fn who_asks_is_told_nothing_unasked() {
    let mut editor = editor();
    assert_eq!(editor.capabilities["diagnosticProvider"]["interFileDependencies"], json!(true));
    assert_eq!(editor.capabilities["diagnosticProvider"]["workspaceDiagnostics"], json!(true));
    editor.open(".env");
    editor.settle();
    assert_eq!(editor.published, 0);
}

#[test]
fn an_answer_is_of_the_newest_text_and_names_what_is_unchanged() {
    let mut editor = editor();
    editor.open(".env");
    editor.open("compose.yaml");
    let of = |editor: &Editor, name: &str, known: &Value| json!({"textDocument": {"uri": editor.uri(name)}, "previousResultId": known});
    let params = of(&editor, ".env", &Value::Null);
    let first = editor.ask("textDocument/diagnostic", params).unwrap();
    assert_eq!((&first["kind"], codes(&first)), (&json!("full"), vec!["published-datastore-port 0:5-0:12".to_owned()]));
    let params = of(&editor, ".env", &first["resultId"]);
    let second = editor.ask("textDocument/diagnostic", params).unwrap();
    assert_eq!(second["kind"], json!("unchanged"));
    assert_eq!(second["resultId"], first["resultId"]);
    editor.edit(".env", "BIND=0.0.0.0", "# nothing");
    editor.edit("compose.yaml", "127.0.0.1", "0.0.0.0");
    let params = of(&editor, ".env", &first["resultId"]);
    let third = editor.ask("textDocument/diagnostic", params).unwrap();
    assert_eq!((&third["kind"], codes(&third).len()), (&json!("full"), 0));
    let related = &third["relatedDocuments"][editor.uri("compose.yaml")];
    assert_eq!(codes(related), ["published-datastore-port 3:21-3:28"]);
}

#[test]
fn the_whole_workspace() {
    let mut editor = editor();
    let all = editor.ask("workspace/diagnostic", json!({"previousResultIds": []})).unwrap();
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
    let item = all["items"][0].clone();
    assert_eq!((item["uri"].as_str(), &item["version"]), (Some(editor.uri(".env").as_str()), &Value::Null));
    let known = json!([{"uri": item["uri"], "value": item["resultId"]}]);
    let again = editor.ask("workspace/diagnostic", json!({"previousResultIds": known})).unwrap();
    assert_eq!(again["items"][0]["kind"], json!("unchanged"));
    editor.open_as(".env", "BIND=127.0.0.1\n");
    let cleared = editor.ask("workspace/diagnostic", json!({"previousResultIds": known})).unwrap();
    let item = &cleared["items"][0];
    assert_eq!((&item["kind"], &item["items"], &item["version"]), (&json!("full"), &json!([]), &json!(1)));
}

#[test]
fn a_client_is_asked_to_ask_again_when_others_changed() {
    let mut editor = editor();
    editor.settle();
    let before = editor.heard_of("workspace/diagnostic/refresh").len();
    editor.open("compose.yaml");
    editor.open(".env");
    editor.settle();
    editor.edit(".env", "0.0.0.0", "127.0.0.1");
    editor.settle();
    assert!(editor.heard_of("workspace/diagnostic/refresh").len() > before.saturating_sub(1));
}

#[test]
fn a_cancelled_question_is_answered_so() {
    let mut editor = editor();
    editor.open(".env");
    for _ in 0..20 {
        editor.edit(".env", "BIND=0.0.0.0\n", "BIND=0.0.0.0\n ");
        let params = json!({"textDocument": {"uri": editor.uri(".env")}});
        let id = editor.start("textDocument/diagnostic", params);
        let number: i32 = id.to_string().parse().unwrap();
        editor.tell("$/cancelRequest", json!({"id": number}));
        let answer = editor.wait(&id);
        editor.edit(".env", "BIND=0.0.0.0\n ", "BIND=0.0.0.0\n");
        if answer == Err(-32800) {
            return;
        }
    }
    panic!("no question waited long enough");
}
