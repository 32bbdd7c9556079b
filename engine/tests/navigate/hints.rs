//! Hints beside texts with variables.

use crate::session::Session;

const SECRET: &str = "kE9xTq2vLm4zRw8pYd3n";

#[test]
fn a_text_with_variables_shows_what_it_comes_to() {
    let compose = "services:\r\n  db:\r\n    image: \"postgres:${TAG:-17}\" # why\r\n    ports: ['${BIND}:5432:5432', \"80:80\"]\r\n    environment:\r\n      - POSTGRES_PASSWORD=${PASSWORD}\r\n      - URL=postgres://app:${PASSWORD}@db/$NAME\r\n      - PRICE=5$$\r\n    labels:\r\n      note: >-\r\n        one ${BIND}\r\n        two\r\n";
    let env = format!("BIND='10.0.0.7'\r\nPASSWORD={SECRET}\r\nLONG=${{PASSWORD}}-${{BIND}}\r\n");
    let session = Session::open(&[("compose.yaml", compose), (".env", &env)]);
    assert_eq!(
        session.hinted("compose.yaml"),
        [
            "image: \"postgres:${TAG:-17}\" => postgres:17",
            "ports: ['${BIND}:5432:5432' => 10.0.0.7:5432:5432",
            "- POSTGRES_PASSWORD=${PASSWORD} => ***",
            "- URL=postgres://app:${PASSWORD}@db/$NAME => *** unset",
            "two => one 10.0.0.7 two",
        ]
    );
    assert_eq!(session.hinted(".env"), ["LONG=${PASSWORD}-${BIND} => ***"]);
}

#[test]
fn only_the_stretch_that_is_asked_for_is_looked_at() {
    let session = Session::open(&[("compose.yaml", "services:\n  a: {image: $A}\n  b: {image: $B}\n")]);
    let file = session.file("compose.yaml");
    let ask = |start, end| {
        session.ask(|navigator| navigator.hints(file, stacklint_parsers::TextRange::new(start, end)).len())
    };
    assert_eq!((ask(0, 5), ask(0, 30), ask(0, 60)), (0, 1, 2));
    assert_eq!(ask(1000, 2000), 0);
}

#[test]
fn stacks_that_differ_are_marked() {
    let session = Session::open(&[
        ("compose.yaml", "include:\n  - {path: sub/app.yaml, env_file: a.env}\n"),
        ("other/compose.yaml", "include:\n  - {path: ../sub/app.yaml, env_file: ../b.env}\n"),
        ("more/compose.yaml", "include:\n  - {path: ../sub/app.yaml, env_file: ../b.env}\n"),
        ("sub/app.yaml", "services:\n  app:\n    image: x:$TAG\n"),
        ("a.env", "TAG=1\n"),
        ("b.env", "TAG=2\n"),
    ]);
    assert_eq!(session.hinted("sub/app.yaml"), ["image: x:$TAG => x:2 differs"]);
}

#[test]
fn a_part_is_read_where_the_whole_is() {
    let session = Session::open(&[
        ("compose.yaml", "include: [sub/compose.yaml]\nservices:\n  web: {image: x}\n"),
        ("sub/compose.yaml", "services:\n  app:\n    image: ${TAG}\n"),
        (".env", "TAG=x:1\n"),
    ]);
    // By itself `sub` would have no tag.
    assert_eq!(session.hinted("sub/compose.yaml"), ["image: ${TAG} => x:1"]);
}

#[test]
fn a_long_value_is_cut() {
    let env = format!("A={}\n", "é".repeat(500));
    let session = Session::open(&[("compose.yaml", "services:\n  a: {image: $A}\n"), (".env", &env)]);
    assert_eq!(session.hinted("compose.yaml"), [format!("a: {{image: $A => {}…", "é".repeat(60))]);
}

#[test]
fn of_a_long_text_the_part_is_shown_that_its_variables_make() {
    let head = "run consumer --storage errors --group consumers --offset-reset latest --strict";
    let compose = format!(
        "services:\n  a:\n    command: {head} --max-poll-ms ${{POLL:-300000}}\n  b:\n    command: run --jobs=$JOBS {head}\n  \
         c:\n    command: {head} \u{e9}$JOBS {head}\n  d:\n    command: {head} ${{NONE:-}}\n  e:\n    command: {}$JOBS\n",
        "\u{e9}".repeat(70)
    );
    let session = Session::open(&[("compose.yaml", &compose), (".env", "JOBS=4\n")]);
    let shown: Vec<String> = session.hinted("compose.yaml");
    let shown: Vec<&str> = shown.iter().filter_map(|hint| Some(hint.split_once(" => ")?.1)).collect();
    assert_eq!(
        shown,
        [
            "…--max-poll-ms 300000",
            "run --jobs=4 run consumer --storage errors --group consumers…",
            "…\u{e9}4 run consumer --storage errors --group consumers --offset-…",
            "…--strict ",
            "…4",
        ]
    );
}
