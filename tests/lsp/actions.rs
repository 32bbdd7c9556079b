//! What can be done about findings: fixes, ways to accept them, and all fixes at once.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::COMPOSE;
use super::editor::{Editor, rich};

const RULE: &str = "published-datastore-port";

/// Asks what can be done where a text stands in a file.
fn ask(editor: &mut Editor, name: &str, at: &str, context: Value) -> Vec<Value> {
    let text = editor.text(name).to_owned();
    let offset = text.find(at).unwrap();
    let line = text[..offset].matches('\n').count();
    let column = text[..offset].rsplit('\n').next().unwrap().encode_utf16().count();
    let end = column + at.encode_utf16().count();
    let range = json!({"start": {"line": line, "character": column}, "end": {"line": line, "character": end}});
    let params = json!({"textDocument": {"uri": editor.uri(name)}, "range": range, "context": context});
    editor.ask("textDocument/codeAction", params).unwrap().as_array().unwrap().clone()
}

fn titles(actions: &[Value]) -> Vec<&str> {
    actions.iter().map(|action| action["title"].as_str().unwrap()).collect()
}

fn named<'a>(actions: &'a [Value], part: &str) -> &'a Value {
    actions
        .iter()
        .find(|action| action["title"].as_str().unwrap().contains(part))
        .unwrap_or_else(|| panic!("{part}: {actions:?}"))
}

/// The files after an edit of the client's protocol, applied as a client does.
fn apply(editor: &Editor, edit: &Value) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let changes = edit["documentChanges"].as_array().unwrap();
    let base = editor.uri("");
    for change in changes {
        if change["kind"] == "create" {
            continue;
        }
        let name = change["textDocument"]["uri"].as_str().unwrap().strip_prefix(&base).unwrap().to_owned();
        let text = std::fs::read_to_string(editor.path(&name)).unwrap_or_default();
        let mut edits: Vec<(usize, usize, String)> = change["edits"]
            .as_array()
            .unwrap()
            .iter()
            .map(|edit| {
                let offset = |end: &str| {
                    let position = &edit["range"][end];
                    let (line, column) = (position["line"].as_u64().unwrap(), position["character"].as_u64().unwrap());
                    let start: usize = text.split_inclusive('\n').take(line as usize).map(str::len).sum();
                    let mut left = column as usize;
                    let inside = text[start..].char_indices().find(|(_, letter)| {
                        let done = left == 0;
                        left = left.saturating_sub(letter.len_utf16());
                        done
                    });
                    inside.map_or(text.len(), |(at, _)| start + at)
                };
                (offset("start"), offset("end"), edit["newText"].as_str().unwrap().to_owned())
            })
            .collect();
        edits.sort();
        let mut after = text.clone();
        for (start, end, put) in edits.into_iter().rev() {
            after.replace_range(start..end, &put);
        }
        files.insert(name, after);
    }
    files
}

fn editor(files: &[(&str, &str)], rules: &[&str]) -> Editor {
    let mut editor = Editor::with_options(files, rich(), json!({"select": rules, "minSeverity": "info"}));
    files.iter().for_each(|(name, _)| editor.open(name));
    editor
}

#[test]
fn a_safe_fix_is_preferred_and_carries_the_version() {
    let text = "# \u{1F600}\nversion: '3'\nservices:\n  web: {image: nginx}\n";
    let mut editor = editor(&[("compose.yaml", text)], &["obsolete-version-key"]);
    let actions = ask(&mut editor, "compose.yaml", "version", json!({"diagnostics": []}));
    let fix = &actions[0];
    assert_eq!((&fix["kind"], &fix["isPreferred"]), (&json!("quickfix"), &json!(true)), "{actions:?}");
    assert_eq!(fix["diagnostics"][0]["code"], json!("obsolete-version-key"), "it says what it is about");
    assert_eq!(fix["edit"]["documentChanges"][0]["textDocument"]["version"], json!(1));
    let after = apply(&editor, &fix["edit"]);
    assert_eq!(after["compose.yaml"], "# \u{1F600}\nservices:\n  web: {image: nginx}\n");
    assert!(
        ask(&mut editor, "compose.yaml", "web", json!({"diagnostics": []})).iter().all(|it| it["kind"] != "quickfix")
    );
}

#[test]
fn an_unsafe_fix_says_so_and_reaches_other_files() {
    let mut editor = editor(&[("compose.yaml", COMPOSE), (".env", "BIND=0.0.0.0\n")], &[RULE]);
    let actions = ask(&mut editor, ".env", "0.0.0.0", json!({"diagnostics": []}));
    let fix = named(&actions, "unsafe: it may change behaviour");
    assert!(fix.get("isPreferred").is_none());
    let after = apply(&editor, &fix["edit"]);
    assert_eq!(after.values().next().map(String::as_str), Some("BIND=127.0.0.1\n"));
}

#[test]
fn safe_fixes_come_first_and_each_edit_once() {
    let compose = COMPOSE.replace("${BIND:-127.0.0.1}", "${BIND}");
    let mut editor = editor(&[("compose.yaml", &compose)], &[RULE, "bind-address-fails-open"]);
    let actions = ask(&mut editor, "compose.yaml", "${BIND}", json!({"diagnostics": []}));
    let fixes: Vec<&Value> =
        actions.iter().take_while(|action| !titles(&[(*action).clone()])[0].contains("Accept")).collect();
    assert_eq!(fixes.len(), 1, "{actions:?}");
    assert_eq!((&fixes[0]["isPreferred"], fixes[0]["diagnostics"].as_array().unwrap().len()), (&json!(true), 2));
}

#[test]
fn accepting_with_a_comment_needs_a_reason() {
    let mut editor =
        editor(&[("compose.yaml", &COMPOSE.replace("127.0.0.1", "0.0.0.0"))], &[RULE, "suppression-without-reason"]);
    let actions = ask(&mut editor, "compose.yaml", "0.0.0.0", json!({"diagnostics": []}));
    let accept = named(&actions, "with a comment");
    let after = apply(&editor, &accept["edit"]).remove("compose.yaml").unwrap();
    assert!(after.contains("\n    # stacklint: ignore[published-datastore-port] -- \n    ports:"), "{after}");
    let all = editor.text("compose.yaml").len();
    editor.replace("compose.yaml", 0..all, &after);
    editor.settle();
    assert!(editor.rules("compose.yaml").contains(&"suppression-without-reason".to_owned()));
    editor.edit("compose.yaml", " -- ", " -- behind a firewall");
    editor.settle();
    assert!(editor.rules("compose.yaml").is_empty());
}

#[test]
fn accepting_in_the_configuration() {
    let compose = COMPOSE.replace("127.0.0.1", "0.0.0.0");
    // There is none: it is made, if the client can do that.
    let mut editor = Editor::new(&[("compose.yaml", &compose)], rich());
    editor.open("compose.yaml");
    let actions = ask(&mut editor, "compose.yaml", "0.0.0.0", json!({"diagnostics": []}));
    let accept = named(&actions, "Accept `published-datastore-port` for all of `ports` in stacklint.yaml");
    assert_eq!(accept["edit"]["documentChanges"][0]["kind"], json!("create"));
    let after = apply(&editor, &accept["edit"]).remove("stacklint.yaml").unwrap();
    assert_eq!(
        after,
        "ignores:\n  - rule: published-datastore-port\n    path: compose.yaml#/services/db/ports\n    reason: \"\"\n"
    );
    editor.settle();
    assert!(editor.rules("compose.yaml").contains(&RULE.to_owned()));
    // Without a reason it is broken, and nothing is forgotten.
    editor.open_as("stacklint.yaml", &after);
    editor.settle();
    assert_eq!(editor.rules("stacklint.yaml"), ["configuration"]);
    assert!(editor.rules("compose.yaml").contains(&RULE.to_owned()));
    editor.edit("stacklint.yaml", "\"\"", "\"a firewall\"");
    editor.settle();
    assert!(editor.rules("stacklint.yaml").is_empty());
    assert!(!editor.rules("compose.yaml").is_empty() && !editor.rules("compose.yaml").contains(&RULE.to_owned()));
    // There is one: it grows.
    let files = [
        ("deploy/compose.yaml", compose.as_str()),
        ("stacklint.yaml", "ignores:\n  - {rule: missing-healthcheck, path: x, reason: y}\n"),
    ];
    let mut editor = Editor::new(
        &files,
        json!({"textDocument": rich()["textDocument"], "workspace": {"workspaceEdit": {"documentChanges": true}}}),
    );
    editor.open("deploy/compose.yaml");
    let actions = ask(&mut editor, "deploy/compose.yaml", "0.0.0.0", json!({"diagnostics": []}));
    let accept = named(&actions, "Accept `published-datastore-port` for all of `ports` in stacklint.yaml");
    let after = apply(&editor, &accept["edit"]).remove("stacklint.yaml").unwrap();
    assert!(after.ends_with("reason: y}\n  - rule: published-datastore-port\n    path: deploy/compose.yaml#/services/db/ports\n    reason: \"\"\n"), "{after}");
}

#[test]
fn only_what_is_asked_for_is_offered() {
    let text = "version: '3'\nservices:\n  web: {image: nginx}\n";
    let mut editor = editor(&[("compose.yaml", text)], &["obsolete-version-key", "missing-no-new-privileges"]);
    let kinds = |actions: Vec<Value>| {
        let mut kinds: Vec<String> = actions.iter().map(|action| action["kind"].as_str().unwrap().to_owned()).collect();
        kinds.dedup();
        kinds
    };
    let mut of =
        |only: &[&str]| kinds(ask(&mut editor, "compose.yaml", "version", json!({"diagnostics": [], "only": only})));
    assert_eq!(of(&["quickfix"]), ["quickfix"]);
    assert_eq!(of(&["source.fixAll.stacklint"]), ["source.fixAll.stacklint"]);
    assert_eq!(of(&["source.fixAll"]), ["source.fixAll.stacklint"]);
    assert_eq!(of(&["source"]), ["source.fixAll.stacklint"]);
    assert!(of(&["refactor", "source.fixAll.eslint", "source.fix"]).is_empty());
    let all = kinds(ask(&mut editor, "compose.yaml", "version", json!({"diagnostics": []})));
    assert_eq!(all, ["quickfix", "source.fixAll.stacklint"]);
}

#[test]
fn all_safe_fixes_of_a_text_at_once() {
    let text = "version: '3'\nservices:\n  web:\n    image: nginx\n  db:\n    image: postgres:17\n    ports: [\"5432:5432\"]\n";
    let other = "version: '3'\nservices: {a: {image: a}}\n";
    let mut editor = editor(
        &[("compose.yaml", text), ("other/compose.yaml", other)],
        &["obsolete-version-key", RULE, "missing-no-new-privileges"],
    );
    editor.edit("compose.yaml", "nginx", "httpd");
    let actions = ask(&mut editor, "compose.yaml", "version", json!({"diagnostics": [], "only": ["source.fixAll"]}));
    let edit = &actions[0]["edit"];
    assert_eq!(edit["documentChanges"][0]["textDocument"]["version"], json!(2));
    editor.save("compose.yaml");
    let after = apply(&editor, edit);
    assert_eq!(after.keys().collect::<Vec<_>>(), ["compose.yaml"]);
    let after = &after["compose.yaml"];
    assert!(!after.contains("version") && after.contains("httpd"), "{after}");
    assert!(after.contains("\"5432:5432\""), "an unsafe one is none of them: {after}");
    // Everywhere, by the command.
    assert_eq!(editor.ask("workspace/executeCommand", json!({"command": "stacklint.fixAll"})), Ok(Value::Null));
    editor.settle();
    let applied = editor.heard_of("workspace/applyEdit");
    assert_eq!(apply(&editor, &applied[0]["edit"]).len(), 2);
    let nothing = editor.ask("workspace/executeCommand", json!({"command": "stacklint.unknown"}));
    assert_eq!(nothing, Err(-32602));
}

#[test]
fn a_client_without_versions_gets_plain_changes() {
    let mut capabilities = rich();
    capabilities["workspace"]["workspaceEdit"] = json!({});
    let options = json!({"select": ["obsolete-version-key"], "minSeverity": "info"});
    let mut editor = Editor::with_options(&[("compose.yaml", "version: '3'\nservices: {}\n")], capabilities, options);
    editor.open("compose.yaml");
    let actions = ask(&mut editor, "compose.yaml", "version", json!({"diagnostics": []}));
    let uri = editor.uri("compose.yaml");
    assert_eq!(actions[0]["edit"]["changes"][uri][0]["newText"], json!(""));
    assert!(titles(&actions).iter().any(|title| title.contains("with a comment")));
}

#[test]
fn a_stack_is_explained_without_its_secrets() {
    let secret = "kE9xTq2vLm4zRw8pYd3n";
    let compose = "services:\n  db:\n    image: postgres:17\n    environment: {POSTGRES_PASSWORD: \"${PW}\", MODE: \"${MODE:-x}\"}\n";
    let env = format!("PW={secret}\nMODE=live\n");
    let mut editor = Editor::new(&[("compose.yaml", compose), (".env", &env)], rich());
    editor.open(".env");
    editor.edit(".env", "live", "draft");
    let uri = editor.uri(".env");
    let params = json!({"command": "stacklint.explainStack", "arguments": [uri]});
    let text = editor.ask("workspace/executeCommand", params).unwrap();
    let text = text.as_str().unwrap();
    assert!(text.contains("services.db.environment.MODE = draft") && text.contains("***"), "{text}");
    assert!(!text.contains(secret));
    let params = json!({"command": "stacklint.explainStack", "arguments": [editor.uri("README.md")]});
    assert_eq!(editor.ask("workspace/executeCommand", params), Ok(json!("")));
    assert_eq!(editor.ask("workspace/executeCommand", json!({"command": "stacklint.explainStack"})), Err(-32602));
}

#[test]
fn a_fix_says_what_it_mends_where_several_rules_found_something() {
    let text = "services:\n  web: {image: 'nginx:1.27'}\n";
    let rules = ["missing-cap-drop-all", "unrotated-container-log"];
    let mut several = editor(&[("compose.yaml", text)], &rules);
    let actions = ask(&mut several, "compose.yaml", "web", json!({"diagnostics": []}));
    let titles: Vec<&str> = titles(&actions).into_iter().take(2).collect();
    assert!(titles[0].starts_with("`unrotated-container-log`: set `logging"), "{titles:?}");
    assert!(titles[1].starts_with("`missing-cap-drop-all`: add `ALL` to `cap_drop` (unsafe"), "{titles:?}");
    let mut one = editor(&[("compose.yaml", text)], &rules[..1]);
    let actions = ask(&mut one, "compose.yaml", "web", json!({"diagnostics": []}));
    assert!(self::titles(&actions)[0].starts_with("Add `ALL` to `cap_drop` (unsafe"), "{actions:?}");
}

#[test]
fn what_is_accepted_for_a_whole_list_says_so() {
    let text = "services:\n  db:\n    image: postgres:17\n    ports: ['5432:5432', '5433:5432']\n";
    let mut editor = editor(&[("compose.yaml", text)], &[RULE]);
    let actions = ask(&mut editor, "compose.yaml", "5433", json!({"diagnostics": []}));
    let accept = named(&actions, "in stacklint.yaml");
    let title = "Accept `published-datastore-port` for all of `ports` in stacklint.yaml: write the reason there";
    assert_eq!(accept["title"], json!(title));
    let after = apply(&editor, &accept["edit"]);
    assert!(after["stacklint.yaml"].contains("path: compose.yaml#/services/db/ports\n"), "{after:?}");
}
