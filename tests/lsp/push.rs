//! Diagnostics that the server sends by itself.

use serde_json::{Value, json};

use super::COMPOSE;
use super::editor::{Editor, rich};

const RULE: &str = "published-datastore-port";

fn only(rules: &[&str]) -> Value {
    json!({"select": rules, "minSeverity": "info"})
}

#[test]
fn every_file_of_a_stack_is_told_of_open_or_not() {
    let mut editor =
        Editor::with_options(&[("compose.yaml", COMPOSE), (".env", "BIND=0.0.0.0\n")], rich(), only(&[RULE]));
    editor.settle();
    assert_eq!(editor.shown(".env"), ["published-datastore-port 0:5-0:12"]);
    assert!(editor.shown("compose.yaml").is_empty());
    let diagnostic = &editor.raw(".env")[0];
    assert_eq!((&diagnostic["severity"], &diagnostic["source"]), (&json!(1), &json!("stacklint")));
    assert!(diagnostic["codeDescription"]["href"].as_str().unwrap().contains("published_datastore_port"));
    assert!(diagnostic["data"]["fingerprint"].as_str().is_some_and(|it| !it.is_empty()));
    let related = &diagnostic["relatedInformation"][0];
    assert_eq!(related["location"]["uri"], json!(editor.uri("compose.yaml")));
    assert_eq!(editor.shown_version(".env"), Value::Null);
}

#[test]
fn an_unsaved_edit_in_one_file_moves_what_is_shown_in_another() {
    let files = [("compose.yaml", COMPOSE), (".env", "BIND=127.0.0.1\n")];
    let mut editor = Editor::with_options(&files, rich(), only(&[RULE]));
    editor.open("compose.yaml");
    editor.open(".env");
    editor.settle();
    assert!(editor.all().is_empty());
    editor.edit(".env", "127.0.0.1", "0.0.0.0");
    editor.settle();
    assert_eq!(editor.shown(".env"), ["published-datastore-port 0:5-0:12"]);
    assert_eq!(editor.shown_version(".env"), json!(2));
    editor.edit(".env", "BIND=0.0.0.0", "OTHER=1");
    editor.edit("compose.yaml", "127.0.0.1", "0.0.0.0");
    editor.settle();
    assert!(editor.shown(".env").is_empty(), "an empty list clears it");
    assert_eq!(editor.shown("compose.yaml"), ["published-datastore-port 3:21-3:28"]);
    assert_eq!(editor.shown_version("compose.yaml"), json!(2));
    assert_eq!(editor.directory.read(".env"), "BIND=127.0.0.1\n", "nothing was saved");
}

#[test]
fn columns_count_what_was_agreed_on() {
    let text = "services:\n  db: {image: \"postgres:17\", labels: {a: \"\u{e9}\u{1F600}\"}, ports: [\"5432:5432\"]}\n";
    let line = text.lines().nth(1).unwrap();
    let at = line.find("\"5432").unwrap();
    let before = &line[..at];
    for (encoding, column, width) in [
        ("utf-8", before.len(), 11),
        ("utf-16", before.encode_utf16().count(), 11),
        ("utf-32", before.chars().count(), 11),
    ] {
        let mut capabilities = rich();
        capabilities["general"]["positionEncodings"] = json!([encoding, "utf-16"]);
        if encoding == "utf-32" {
            capabilities["general"]["positionEncodings"] = json!(["utf-16", "utf-32"]);
        }
        let mut editor = Editor::with_options(&[("compose.yaml", text)], capabilities, only(&[RULE]));
        editor.settle();
        assert_eq!(editor.capabilities["positionEncoding"], json!(encoding));
        assert_eq!(editor.shown("compose.yaml"), [format!("{RULE} 1:{column}-1:{}", column + width)]);
    }
}

#[test]
fn severities_tags_and_related_places_are_those_of_the_editor() {
    let text = "version: '3'\nservices:\n  web:\n    image: nginx:1.27.3\n";
    let mut editor = Editor::with_options(&[("compose.yaml", text)], rich(), only(&["obsolete-version-key"]));
    editor.settle();
    let diagnostic = &editor.raw("compose.yaml")[0];
    assert_eq!((&diagnostic["tags"], &diagnostic["severity"]), (&json!([1]), &json!(4)));
    // Who does not say that it takes them gets none.
    let mut editor =
        Editor::with_options(&[("compose.yaml", COMPOSE), (".env", "BIND=0.0.0.0\n")], json!({}), only(&[RULE]));
    editor.settle();
    let diagnostic = &editor.raw(".env")[0];
    for field in ["tags", "relatedInformation", "codeDescription"] {
        assert!(diagnostic.get(field).is_none(), "{field}");
    }
}

#[test]
fn no_secret_leaves_in_any_message() {
    let secret = "kE9xTq2vLm4zRw8pYd3n";
    let compose = "services:\n  app:\n    image: app:1\n    environment:\n      DB_PASSWORD: ${DB_PASSWORD}\n      URL: \"postgres://app:${DB_PASSWORD}@db/app\"\n  db:\n    image: postgres:17\n    environment: {POSTGRES_PASSWORD: other}\n";
    let env = format!("DB_PASSWORD={secret}\n");
    let mut editor = Editor::new(&[("compose.yaml", compose), (".env", &env)], rich());
    editor.open("compose.yaml");
    editor.open(".env");
    editor.edit("compose.yaml", "other", secret);
    editor.settle();
    assert!(editor.rules(".env").contains(&"plaintext-secret".to_owned()));
    let all = format!("{:?}{:?}", editor.all(), editor.heard);
    assert!(!all.contains(secret));
}

#[test]
fn a_half_typed_file_keeps_what_is_known() {
    let files = [("compose.yaml", COMPOSE), (".env", "BIND=0.0.0.0\n")];
    let rules = [RULE, "syntax-error", "missing-no-new-privileges"];
    let mut editor = Editor::with_options(&files, rich(), only(&rules));
    editor.open("compose.yaml");
    editor.settle();
    assert_eq!(editor.shown("compose.yaml"), ["missing-no-new-privileges 1:2-1:4"]);
    editor.edit("compose.yaml", "services:\n", "# \u{1F600}\nx-a: [\nservices:\n");
    editor.settle();
    let shown = editor.shown("compose.yaml");
    assert!(shown.contains(&"missing-no-new-privileges 3:2-3:4".to_owned()), "moved with the edit: {shown:?}");
    assert!(shown.iter().any(|line| line.starts_with("syntax-error")), "{shown:?}");
    assert_eq!(editor.shown(".env"), ["published-datastore-port 0:5-0:12"], "other files stay as they were");
    // Another file is edited meanwhile: it is judged with the last good text.
    editor.open(".env");
    editor.edit(".env", "0.0.0.0", "127.0.0.1");
    editor.settle();
    assert!(editor.shown(".env").is_empty());
    assert!(editor.rules("compose.yaml").contains(&"syntax-error".to_owned()));
    editor.edit("compose.yaml", "x-a: [", "x-a: []");
    editor.settle();
    assert_eq!(editor.shown("compose.yaml"), ["missing-no-new-privileges 3:2-3:4"]);
}

#[test]
fn a_file_that_never_could_be_read_is_judged_as_it_is() {
    let text = "services:\n  db: {image: postgres:17, ports: [\"5432:5432\"]}\n  x: [\n";
    let mut editor = Editor::with_options(&[("compose.yaml", text)], rich(), only(&[RULE, "syntax-error"]));
    editor.open("compose.yaml");
    editor.settle();
    let rules = editor.rules("compose.yaml");
    assert!(rules.contains(&RULE.to_owned()) && rules.contains(&"syntax-error".to_owned()), "{rules:?}");
}

#[test]
fn a_finding_whose_place_is_deleted_is_not_shown_elsewhere() {
    let text = "services:\n  db:\n    image: postgres:17\n    ports: [\"5432:5432\"]\n  x: {}\n";
    let mut editor = Editor::with_options(&[("compose.yaml", text)], rich(), only(&[RULE, "syntax-error"]));
    editor.open("compose.yaml");
    editor.settle();
    assert_eq!(editor.rules("compose.yaml"), [RULE]);
    editor.edit("compose.yaml", "    ports: [\"5432:5432\"]\n  x: {}", "  x: {");
    editor.settle();
    assert_eq!(editor.rules("compose.yaml"), ["syntax-error"]);
}

#[test]
fn what_is_told_of_a_version_is_about_that_version() {
    let files = [("compose.yaml", COMPOSE), (".env", "BIND=0.0.0.0\n")];
    let mut editor = Editor::with_options(&files, rich(), only(&[RULE]));
    editor.open(".env");
    editor.settle();
    for round in 0..150 {
        editor.edit(".env", "0.0.0.0", "127.0.0.1");
        editor.edit(".env", "127.0.0.1", "0.0.0.0");
        if round % 10 == 0 {
            editor.settle();
        }
    }
    editor.settle();
    let uri = editor.uri(".env");
    let told: Vec<(i64, usize)> = editor
        .history
        .iter()
        .filter(|(of, _, _)| *of == uri)
        .filter_map(|(_, version, wrong)| Some((version.as_i64()?, *wrong)))
        .collect();
    // Odd versions have the mistake, even ones do not.
    assert!(told.iter().all(|(version, wrong)| *wrong == usize::from(version % 2 == 1)), "{told:?}");
    assert!(told.is_sorted_by_key(|(version, _)| *version), "{told:?}");
    assert_eq!(told.last(), Some(&(301, 1)));
}
