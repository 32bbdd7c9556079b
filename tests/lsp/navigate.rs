//! What an editor asks about places.

use serde_json::{Value, json};

use super::editor::{Editor, rich};

const SECRET: &str = "kE9xTq2vLm4zRw8pYd3n";

/// An editor that takes all that there is.
fn modern() -> Value {
    let mut capabilities = rich();
    capabilities["textDocument"]["hover"] = json!({"contentFormat": ["markdown", "plaintext"]});
    capabilities["textDocument"]["definition"] = json!({"linkSupport": true});
    capabilities["textDocument"]["documentLink"] = json!({"tooltipSupport": true});
    capabilities["workspace"]["inlayHint"] = json!({"refreshSupport": true});
    capabilities
}

/// The place of a word in a text, in UTF-16.
fn position(text: &str, word: &str) -> Value {
    let at = text.find(word).unwrap_or_else(|| panic!("no {word:?} in {text}"));
    let before = text.get(..at).unwrap();
    let line = before.rsplit('\n').next().unwrap();
    json!({"line": before.matches('\n').count(), "character": line.encode_utf16().count()})
}

fn at(editor: &Editor, name: &str, word: &str) -> Value {
    json!({"textDocument": {"uri": editor.uri(name)}, "position": position(editor.text(name), word)})
}

fn hover(editor: &mut Editor, name: &str, word: &str) -> Value {
    let params = at(editor, name, word);
    editor.ask("textDocument/hover", params).unwrap()
}

fn text(hover: &Value) -> &str {
    hover["contents"]["value"].as_str().unwrap_or_default()
}

/// The labels of all hints of a text, with their places.
fn hints(editor: &mut Editor, name: &str) -> Vec<String> {
    let end = json!({"line": 1000, "character": 0});
    let range = json!({"start": {"line": 0, "character": 0}, "end": end});
    let params = json!({"textDocument": {"uri": editor.uri(name)}, "range": range});
    let hints = editor.ask("textDocument/inlayHint", params).unwrap();
    let brief = |hint: &Value| {
        let position = &hint["position"];
        format!("{}:{} {}", position["line"], position["character"], hint["label"].as_str().unwrap())
    };
    hints.as_array().unwrap().iter().map(brief).collect()
}

const COMPOSE: &str = "\
services:
  db:
    image: postgres:17
    environment:
      POSTGRES_PASSWORD: \"\u{1f600}${DB_PASSWORD}\" # why
    ports: [\"${BIND:-127.0.0.1}:5432:5432\"]
    env_file: db.env
";

fn editor(capabilities: Value) -> Editor {
    let env = format!("DB_PASSWORD={SECRET}\n");
    let mut editor = Editor::new(&[("compose.yaml", COMPOSE), (".env", &env), ("db.env", "A=1\n")], capabilities);
    editor.open("compose.yaml");
    editor
}

#[test]
fn a_hover_tells_the_value_masked_and_its_way_with_links() {
    let mut editor = editor(modern());
    let hover = hover(&mut editor, "compose.yaml", "DB_PASSWORD}");
    assert_eq!(hover["contents"]["kind"], json!("markdown"));
    let (compose, env) = (editor.uri("compose.yaml"), editor.uri(".env"));
    let expected = format!(
        "`DB_PASSWORD` is `***`, set in [.env:1]({env}#L1)\n\n\
         **services.db.environment.POSTGRES\\_PASSWORD** is `***`\n\n\
         - written in [compose.yaml:5]({compose}#L5)\n- written in [.env:1]({env}#L1)\n\
         - used in [compose.yaml:5]({compose}#L5)"
    );
    assert_eq!(text(&hover).split("\n\nFound here").next(), Some(expected.as_str()));
    // Two units for the face before it.
    assert_eq!(hover["range"], json!({"start": {"line": 4, "character": 28}, "end": {"line": 4, "character": 42}}));
}

#[test]
fn who_says_nothing_of_markdown_reads_plain_text() {
    let mut editor = editor(json!({}));
    let hover = hover(&mut editor, "compose.yaml", "5432:5432");
    let expected = "services.db.ports[0].published is `5432`\n- written in compose.yaml:6";
    assert_eq!(hover["contents"]["kind"], json!("plaintext"));
    assert_eq!(text(&hover), expected);
}

#[test]
fn a_hover_is_of_the_newest_text_also_of_other_files() {
    let mut editor = editor(modern());
    editor.open(".env");
    editor.edit(".env", "DB_PASSWORD", "BIND=0.0.0.0\nDB_PASSWORD");
    editor.edit("compose.yaml", "image:", "# a comment\n    image:");
    let hover = hover(&mut editor, "compose.yaml", "BIND:");
    assert!(text(&hover).starts_with("`BIND` is `0.0.0.0`, set in [.env:1]"), "{}", text(&hover));
    let hover = self::hover(&mut editor, ".env", "0.0.0.0");
    assert!(text(&hover).contains("`BIND` is `0.0.0.0`"), "{}", text(&hover));
    assert!(text(&hover).contains("Found here: [published-datastore-port](https://"), "{}", text(&hover));
}

#[test]
fn a_half_typed_file_is_answered_from_what_it_last_said() {
    let mut editor = editor(modern());
    editor.settle();
    editor.edit("compose.yaml", "services:\n", "services:\n  web: \"\n");
    let hover = hover(&mut editor, "compose.yaml", "postgres:17");
    assert!(text(&hover).starts_with("**services.db.image** is `postgres:17`"), "{}", text(&hover));
    assert_eq!(hover["range"]["start"], json!({"line": 3, "character": 11}));
}

#[test]
fn the_page_of_a_rule_is_a_hover_away() {
    let mut editor = editor(modern());
    editor.edit("compose.yaml", "# why", "# stacklint: ignore[plaintext-secret] -- a test");
    let hover = hover(&mut editor, "compose.yaml", "plaintext-secret");
    assert!(text(&hover).starts_with("**plaintext-secret** (secrets, "), "{}", text(&hover));
    assert!(text(&hover).contains("Bad, `"), "{}", text(&hover));
    editor.open_as("stacklint.yaml", "ignore: [port-conflict]\n");
    let page = self::hover(&mut editor, "stacklint.yaml", "port-conflict");
    assert!(text(&page).starts_with("**port-conflict** (compose, "), "{}", text(&page));
    assert_eq!(page["range"]["end"], json!({"line": 0, "character": 22}));
}

#[test]
fn a_definition_is_a_link_or_a_place() {
    let line = json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 32}});
    let name = json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 11}});
    let mut editor = editor(modern());
    let params = at(&editor, "compose.yaml", "DB_PASSWORD}");
    let links = editor.ask("textDocument/definition", params).unwrap();
    let origin = json!({"start": {"line": 4, "character": 28}, "end": {"line": 4, "character": 42}});
    let link = json!({
        "originSelectionRange": origin, "targetUri": editor.uri(".env"), "targetRange": line,
        "targetSelectionRange": name,
    });
    assert_eq!(links, json!([link]));
    let mut editor = self::editor(json!({}));
    let params = at(&editor, "compose.yaml", "DB_PASSWORD}");
    let places = editor.ask("textDocument/definition", params).unwrap();
    assert_eq!(places, json!([{"uri": editor.uri(".env"), "range": name}]));
    let params = at(&editor, "compose.yaml", "db.env");
    let file = editor.ask("textDocument/definition", params).unwrap();
    assert_eq!(file[0]["uri"], json!(editor.uri("db.env")));
}

#[test]
fn references_lead_from_the_env_file_to_its_uses() {
    let mut editor = editor(json!({}));
    editor.open(".env");
    let mut params = at(&editor, ".env", "DB_PASSWORD");
    params["context"] = json!({"includeDeclaration": true});
    let found = editor.ask("textDocument/references", params).unwrap();
    let uris: Vec<&Value> = found.as_array().unwrap().iter().map(|place| &place["uri"]).collect();
    assert_eq!(uris.len(), 2);
    assert!(uris.contains(&&json!(editor.uri("compose.yaml"))) && uris.contains(&&json!(editor.uri(".env"))));
}

#[test]
fn paths_are_links() {
    let mut editor = editor(modern());
    let params = json!({"textDocument": {"uri": editor.uri("compose.yaml")}});
    let links = editor.ask("textDocument/documentLink", params).unwrap();
    let range = json!({"start": {"line": 6, "character": 14}, "end": {"line": 6, "character": 20}});
    let tooltip = "db.env (services.db.env_file[0].path)";
    assert_eq!(links, json!([{"range": range, "target": editor.uri("db.env"), "tooltip": tooltip}]));
}

#[test]
fn hints_are_asked_for_again_where_another_file_changes_them() {
    let mut editor = editor(modern());
    editor.open(".env");
    assert_eq!(hints(&mut editor, "compose.yaml"), ["5:42 = 127.0.0.1:5432:5432"]);
    let refreshed = |editor: &Editor| editor.heard_of("workspace/inlayHint/refresh").len();
    // What changes nothing is not worth a word.
    editor.edit(".env", "DB_PASSWORD", "OTHER=1\nDB_PASSWORD");
    editor.settle();
    drop(hover(&mut editor, "compose.yaml", "image"));
    assert_eq!(refreshed(&editor), 0);
    editor.edit(".env", "OTHER=1", "BIND=10.0.0.7");
    editor.settle();
    drop(hover(&mut editor, "compose.yaml", "image"));
    assert_eq!(refreshed(&editor), 1);
    assert_eq!(hints(&mut editor, "compose.yaml")[0], "5:42 = 10.0.0.7:5432:5432");
}

#[test]
fn a_hint_that_would_only_say_that_there_is_a_secret_is_none() {
    let mut editor = editor(modern());
    let more = "$DB_PASSWORD$MORE\"\n      URL: postgres://a:$DB_PASSWORD@db";
    editor.edit("compose.yaml", "\u{1f600}${DB_PASSWORD}\" # why", more);
    // That a part is missing is worth a word.
    let port = "6:42 = 127.0.0.1:5432:5432";
    let url = "5:39 = postgres://a:***@db";
    assert_eq!(hints(&mut editor, "compose.yaml"), ["4:44 = *** (not all of it is set)", url, port]);
    editor.edit("compose.yaml", "$MORE", "");
    assert_eq!(hints(&mut editor, "compose.yaml"), [url, port]);
}

#[test]
fn questions_that_make_no_sense_are_refused_and_others_have_no_answer() {
    let mut editor = editor(modern());
    assert_eq!(editor.ask("textDocument/hover", json!({"textDocument": 7})), Err(-32602));
    assert_eq!(editor.ask("textDocument/inlayHint", at(&editor, "compose.yaml", "db")), Err(-32602));
    let nowhere = json!({"line": 9999, "character": 9999});
    for uri in ["untitled:1", "file:///nowhere/at/all.yaml", "file:///%zz"] {
        let params = json!({"textDocument": {"uri": uri}, "position": nowhere});
        assert_eq!(editor.ask("textDocument/hover", params), Ok(Value::Null), "{uri}");
    }
    let params = json!({"textDocument": {"uri": editor.uri("compose.yaml")}, "position": nowhere});
    assert_eq!(editor.ask("textDocument/definition", params), Ok(Value::Null));
    let id = editor.start("textDocument/hover", at(&editor, "compose.yaml", "db"));
    editor.tell("$/cancelRequest", json!({"id": 4711}));
    assert!(editor.wait(&id).is_ok());
}

#[test]
fn a_cancelled_question_has_one_answer_all_the_same() {
    let mut editor = editor(modern());
    let params = at(&editor, "compose.yaml", "BIND:");
    let ids: Vec<_> = (0..20).map(|_| editor.start("textDocument/hover", params.clone())).collect();
    ids.iter()
        .skip(1)
        .for_each(|id| editor.tell("$/cancelRequest", json!({"id": id.to_string().parse::<i32>().unwrap()})));
    for id in &ids {
        let answer = editor.wait(id);
        assert!(answer.as_ref().is_ok_and(|hover| !hover.is_null()) || answer == Err(-32800), "{answer:?}");
    }
    assert!(!hover(&mut editor, "compose.yaml", "BIND:").is_null());
}

#[test]
fn no_answer_holds_a_secret() {
    let compose = format!(
        "x-env: &env {{API_TOKEN: {SECRET}1}}\nservices:\n  db:\n    image: postgres:17\n    command: redis-server --requirepass {SECRET}2\n    environment:\n      <<: *env\n      POSTGRES_PASSWORD: ${{DB_PASSWORD:-{SECRET}3}}\n      URL: postgres://app:${{DB_PASSWORD}}@db/app\n      QUIET: ${{PLAIN}}\n    env_file: db.env\n    volumes: ['./config.yaml:/app/config.yaml']\n"
    );
    let layer = format!("services:\n  db:\n    environment: {{POSTGRES_PASSWORD: {SECRET}4}}\n");
    let env = format!("DB_PASSWORD='{SECRET}5'\nPLAIN=${{DB_PASSWORD}}\n");
    let files = [
        ("compose.yaml", compose.as_str()),
        ("compose.override.yaml", &layer),
        (".env", &env),
        ("db.env", &format!("SESSION_SECRET={SECRET}6\nPOSTGRES_PASSWORD={SECRET}7\n")),
        ("config.yaml", &format!("database:\n  password: {SECRET}8\n")),
    ];
    let mut editor = Editor::new(&files, modern());
    let mut answered = 0;
    for (name, _) in files {
        editor.open(name);
        let lines: Vec<String> = editor.text(name).lines().map(str::to_owned).collect();
        for (line, text) in lines.iter().enumerate() {
            for character in 0..=text.len() {
                let position = json!({"line": line, "character": character});
                let params = json!({"textDocument": {"uri": editor.uri(name)}, "position": position});
                let answer = editor.ask("textDocument/hover", params).unwrap();
                assert!(!answer.to_string().contains(SECRET), "{name}:{line}:{character} {answer}");
                answered += usize::from(!answer.is_null());
            }
        }
        let hints = hints(&mut editor, name).join("\n");
        assert!(!hints.contains(SECRET), "{hints}");
    }
    assert!(answered > 300, "{answered}");
}

#[test]
fn what_many_services_read_is_told_once() {
    let compose =
        "services:\n  web: &web\n    image: a\n    env_file: app.env\n  worker:\n    <<: *web\n  cron: *web\n";
    let mut editor = Editor::new(&[("compose.yaml", compose), ("app.env", "HOST=db\n")], modern());
    editor.open("app.env");
    let hover = hover(&mut editor, "app.env", "HOST");
    let expected = "**services.web.environment.HOST**, **services.worker.environment.HOST**, \
                    **services.cron.environment.HOST** are `db`\n\n- written in [app.env:1]";
    assert!(text(&hover).starts_with(expected), "{}", text(&hover));
    assert_eq!(text(&hover).matches("written in").count(), 1);
}

#[test]
fn a_record_is_told_with_its_number_and_what_comes_before_it() {
    let compose = "services:\n  db:\n    image: postgres:17\n    volumes: ['./hba.conf:/hba.conf']\n    command: -c hba_file=/hba.conf\n";
    let records = "host all all 10.0.0.0/8 reject\nhost app app 10.1.0.0/16 scram-sha-256\n";
    let mut editor = Editor::new(&[("compose.yaml", compose), ("hba.conf", records)], json!({}));
    editor.open("hba.conf");
    let hover = hover(&mut editor, "hba.conf", "app");
    let expected = "services.db.hba.conf rule 2 is `host app app 10.1.0.0/16 scram-sha-256`: \
                    no connection gets to this record, hba.conf:1 comes first\n";
    assert!(text(&hover).starts_with(expected), "{}", text(&hover));
}
