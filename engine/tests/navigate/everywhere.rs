//! All questions at every place of some files: nothing panics, and no secret is told.

use std::fs;
use std::path::Path;

use stacklint_parsers::TextRange;

use crate::session::Session;

const SECRET: &str = "kE9xTq2vLm4zRw8pYd3n";

/// Asks everything everywhere, and returns all answers.
fn ask_everywhere(files: &[(&str, &str)]) -> String {
    let session = Session::open(files);
    let mut answers = String::new();
    session.ask(|navigator| {
        for (name, text) in files {
            let file = session.file(name);
            for offset in 0..=u32::try_from(text.len()).unwrap() + 2 {
                answers.push_str(&format!("{:?}", navigator.hover(file, offset)));
                answers.push_str(&format!("{:?}", navigator.definition(file, offset)));
                answers.push_str(&format!("{:?}", navigator.references(file, offset, true)));
                answers.push_str(&format!("{:?}", navigator.hints(file, TextRange::new(0, offset))));
            }
            answers.push_str(&format!("{:?}", navigator.links(file)));
        }
    });
    answers
}

fn stack() -> Vec<(&'static str, String)> {
    let compose = format!(
        "x-env: &env\n  API_TOKEN: {SECRET}\nservices:\n  db:\n    image: postgres:17\n    command: [postgres, -c, config_file=/etc/pg.conf]\n    environment:\n      <<: *env\n      POSTGRES_PASSWORD: ${{DB_PASSWORD:-{SECRET}2}}\n      URL: postgres://app:${{DB_PASSWORD}}@db/app?a=é\n      QUIET: ${{PLAIN}}\n    env_file: [secret.env]\n    volumes: ['./pg.conf:/etc/pg.conf', './conf:/app/conf']\n    ports: ['${{BIND:-127.0.0.1}}:5432:5432']\n    depends_on: [web]\n  web: {{extends: db, command: redis-server --requirepass {SECRET}3}}\n"
    );
    let layer =
        format!("services:\n  db:\n    environment: {{POSTGRES_PASSWORD: {SECRET}4, API_TOKEN: !reset null}}\n");
    let env = format!("DB_PASSWORD='{SECRET}5'\r\nPLAIN=${{DB_PASSWORD}}\r\nBIND=\r\n=x\r\n");
    vec![
        ("compose.yaml", compose),
        ("compose.override.yaml", layer),
        (".env", env),
        ("secret.env", format!("SESSION_SECRET={SECRET}6\nPOSTGRES_PASSWORD={SECRET}7\n")),
        ("pg.conf", format!("primary_conninfo = 'host=x password={SECRET}8'\nwork_mem = 1MB\ninclude 'x\n")),
        ("conf/config.yaml", format!("database:\n  password: {SECRET}9\nserver: {{mode: debug}}\n")),
    ]
}

#[test]
fn no_answer_holds_a_secret_and_nothing_panics() {
    let files = stack();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let answers = ask_everywhere(&files);
    assert!(answers.contains("services.db.environment.POSTGRES_PASSWORD"));
    let told = answers.find(SECRET).map(|at| &answers[at.saturating_sub(300)..at + 30]);
    assert_eq!(told, None);
}

#[test]
fn half_written_files_are_answered_as_well() {
    let files = stack();
    let (name, text) = (files[0].0, files[0].1.as_str());
    let others: Vec<(&str, &str)> = files[1..].iter().map(|(name, text)| (*name, text.as_str())).collect();
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)).step_by(7) {
        let mut files = vec![(name, &text[..end])];
        files.extend(&others);
        let session = Session::open(&files);
        session.ask(|navigator| {
            let file = session.file(name);
            for offset in [end / 3, end / 2, end.saturating_sub(3), end].map(|at| u32::try_from(at).unwrap()) {
                let _ = navigator.hover(file, offset);
                let _ = navigator.definition(file, offset);
                let _ = navigator.references(file, offset, false);
            }
            let _ = (navigator.links(file), navigator.hints(file, TextRange::new(0, u32::MAX)));
        });
    }
}

#[test]
fn hostile_files_are_answered() {
    for text in [
        "a: &a [*a]\nb: *a\n",
        "services: {a: {image: ${${${A}}}}, b: {image: \"$\"}}",
        "services: {a: {ports: ['1-65535:1-65535'], image: x}}",
        "services: {a: &a {<<: *a}}\n",
        "? [a, b]\n: {c: *x}\n",
        "services:\n  a:\n    image: 'x\n",
        "\u{feff}services:\r  a: {image: é$A}\r",
    ] {
        ask_everywhere(&[("compose.yaml", text), (".env", "A='${A}'\nA=\"${B\n")]);
    }
}

#[test]
fn the_fixtures_are_answered_everywhere() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/stacks");
    let (mut hovers, mut definitions) = (0, 0);
    for directory in fs::read_dir(fixtures).unwrap().map(|entry| entry.unwrap().path()) {
        let session = Session::on_disk(&directory);
        session.ask(|navigator| {
            for file in session.sources.files() {
                // Each third place is one in every word.
                for offset in (0..=u32::try_from(file.text.len().min(3_000)).unwrap()).step_by(3) {
                    hovers += usize::from(navigator.hover(file.id, offset).is_some());
                    definitions += usize::from(navigator.definition(file.id, offset).is_some());
                    if offset % 21 == 0 {
                        let found = navigator.references(file.id, offset, true);
                        assert!(found.iter().all(|place| session.sources.file(place.file).is_some()));
                    }
                }
                let links = navigator.links(file.id);
                assert!(links.iter().all(|link| session.sources.vfs().is_file(&link.path)));
                for hint in navigator.hints(file.id, file.span().range) {
                    assert!(file.text.is_char_boundary(hint.offset as usize));
                }
            }
        });
    }
    assert!(hovers > 1_000 && definitions > 100, "{hovers} {definitions}");
}
