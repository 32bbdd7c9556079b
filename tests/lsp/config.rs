//! What is said about how files are judged: by stacklint.yaml, and by the editor's settings.

use serde_json::json;

use super::COMPOSE;
use super::editor::{Editor, rich};

const RULE: &str = "published-datastore-port";

fn files(configuration: &str) -> [(&str, &str); 3] {
    [("compose.yaml", COMPOSE), (".env", "BIND=0.0.0.0\n"), ("stacklint.yaml", configuration)]
}

#[test]
fn an_unsaved_configuration_counts() {
    let mut editor = Editor::new(&files("select: [published-datastore-port]\n"), rich());
    editor.settle();
    assert_eq!(editor.rules(".env"), [RULE]);
    assert!(editor.rules("compose.yaml").is_empty());
    editor.open("stacklint.yaml");
    editor.edit("stacklint.yaml", RULE, "missing-no-new-privileges");
    editor.settle();
    assert!(editor.rules(".env").is_empty());
    assert_eq!(editor.rules("compose.yaml"), ["missing-no-new-privileges"]);
}

#[test]
fn a_broken_configuration_is_shown_there_and_the_last_good_one_counts() {
    let mut editor = Editor::new(&files("select: [published-datastore-port]\n"), rich());
    editor.open("stacklint.yaml");
    editor.settle();
    editor.edit("stacklint.yaml", RULE, "published-datastore-prt");
    editor.settle();
    assert_eq!(editor.shown("stacklint.yaml"), ["configuration 0:9-0:32"]);
    let message = editor.raw("stacklint.yaml")[0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("did you mean `published-datastore-port`?"), "{message}");
    assert_eq!(editor.rules(".env"), [RULE]);
    assert!(editor.rules("compose.yaml").is_empty());
    // An edit elsewhere does not lose it.
    editor.open(".env");
    editor.edit(".env", "0.0.0.0", "[::]");
    editor.settle();
    assert_eq!(editor.rules("stacklint.yaml"), ["configuration"]);
    assert_eq!(editor.rules(".env"), [RULE]);
    editor.edit("stacklint.yaml", "prt", "port");
    editor.settle();
    assert!(editor.rules("stacklint.yaml").is_empty());
    // Half a line of it is no reason to forget it either.
    editor.edit("stacklint.yaml", "select: [", "select: [[");
    editor.settle();
    assert_eq!(editor.rules("stacklint.yaml").len(), 1);
    assert_eq!(editor.rules(".env"), [RULE]);
}

#[test]
fn a_configuration_that_is_broken_from_the_start() {
    let mut editor = Editor::new(&files("selekt: []\n"), rich());
    editor.settle();
    assert_eq!(editor.rules("stacklint.yaml"), ["configuration"]);
    assert!(editor.rules(".env").is_empty(), "nobody knows how it is to be judged");
    editor.directory.write("stacklint.yaml", "select: [published-datastore-port]\n");
    editor.watched(&[("stacklint.yaml", 2)]);
    editor.settle();
    assert!(editor.rules("stacklint.yaml").is_empty());
    assert_eq!(editor.rules(".env"), [RULE]);
}

#[test]
fn settings_that_the_editor_pushes() {
    let mut capabilities = rich();
    capabilities["workspace"]["configuration"] = json!(false);
    let files = [("compose.yaml", COMPOSE), (".env", "BIND=0.0.0.0\n")];
    let mut editor = Editor::with_options(&files, capabilities, json!({"select": [RULE], "selct": 1}));
    editor.settle();
    assert_eq!(editor.rules(".env"), [RULE]);
    assert!(editor.logged().iter().any(|line| line.contains("did you mean `select`?")));
    let change = |editor: &mut Editor, settings| {
        editor.tell("workspace/didChangeConfiguration", json!({"settings": {"stacklint": settings}}));
        editor.settle();
    };
    change(&mut editor, json!({"select": [RULE], "environment": "dev"}));
    assert_eq!(editor.raw(".env")[0]["severity"], json!(2), "lower in development");
    change(&mut editor, json!({"enable": false}));
    assert!(editor.all().is_empty());
    editor.open("compose.yaml");
    editor.settle();
    assert!(editor.all().is_empty());
    change(&mut editor, json!({"select": [RULE]}));
    assert_eq!(editor.rules(".env"), [RULE]);
    change(&mut editor, json!({"minSeverity": "critical", "select": [RULE]}));
    assert!(editor.all().is_empty());
}

#[test]
fn settings_that_the_editor_is_asked_for() {
    let files = [("compose.yaml", COMPOSE), (".env", "BIND=0.0.0.0\n")];
    let mut editor = Editor::unconnected(&files);
    editor.settings = json!({"ignore": ["compose", "postgres", "hygiene", "supply-chain", "secrets"]});
    let uri = editor.uri("");
    editor.initialize(json!({"rootUri": uri, "capabilities": rich()}));
    editor.settle();
    assert!(!editor.rules(".env").contains(&RULE.to_owned()));
    editor.settings = json!({"select": [RULE]});
    editor.tell("workspace/didChangeConfiguration", json!({"settings": null}));
    editor.settle();
    assert_eq!(editor.rules(".env"), [RULE]);
}

#[test]
fn a_file_that_the_configuration_names_in_vain_is_a_problem_there() {
    let named = "stacks:\n  - {name: p, files: [compose.yaml, gone.yaml]}\n";
    let mut editor = Editor::new(&files(named), rich());
    editor.settle();
    assert_eq!(editor.shown("stacklint.yaml"), ["missing-stack-file 1:36-1:45"]);
    editor.open("stacklint.yaml");
    editor.edit("stacklint.yaml", ", gone.yaml", "");
    editor.settle();
    assert!(editor.rules("stacklint.yaml").is_empty());
}
