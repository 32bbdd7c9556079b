//! `--changed` and `--stack`: whole stacks are judged, a part of the findings is told.

use std::fs;

use crate::support::{Directory, findings};

const DATABASE: &str =
    "services:\n  db:\n    image: postgres:17\n    ports: ['${BIND}:5432:5432']\n    env_file: [db.env]\n";

fn project() -> Directory {
    Directory::with(&[
        (".git/HEAD", ""),
        ("a/compose.yaml", DATABASE),
        ("a/.env", "BIND=0.0.0.0\n"),
        ("a/db.env", "POSTGRES_PASSWORD=kE9xTq2vLm4zRw8pYd3n\n"),
        ("b/compose.yaml", "services:\n  cache:\n    image: redis:8\n    ports: ['6379:6379']\n"),
        ("README.md", "nothing\n"),
    ])
}

#[test]
fn the_whole_stack_is_judged_and_what_touches_the_files_is_told() {
    let directory = project();
    let line = |more: &str| {
        format!("check --format json --exit-zero --select published-datastore-port,plaintext-secret {more}")
    };
    let told = |more: &str| findings(&directory.run(&line(more)).json());
    let port = "published-datastore-port a/.env";
    let secret = "plaintext-secret a/db.env";
    let cache = "published-datastore-port b/compose.yaml";
    assert_eq!(told(""), [port, secret, cache]);
    // The address stands in `.env`: without the Compose file there would be no finding.
    assert_eq!(told("--changed a/.env"), [port]);
    assert_eq!(told("--changed a/compose.yaml"), [port, secret], "both go through it");
    assert_eq!(told("--changed a/db.env b/compose.yaml"), [secret, cache]);
    assert_eq!(told("--changed b/compose.yaml --changed a/.env --no-baseline"), [port, cache]);
    let document = directory.run(&line("--changed b/compose.yaml")).json();
    assert_eq!(document["stacks"].as_array().unwrap().len(), 1);
    assert_eq!(document["stacks"][0]["name"], "b");
}

#[test]
fn what_matches_nothing_is_clean() {
    let directory = project();
    for changed in ["README.md", "no/such/file.yaml", "a"] {
        let answer = directory.run(&format!("check --changed {changed}"));
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{changed}: {}", answer.out);
    }
    assert_eq!(directory.run("check --changed").code, 2, "no file is a mistake of a script");
}

#[test]
fn a_file_that_is_gone_touches_the_stacks_that_had_it() {
    let directory = project();
    let line = "check --format json --exit-zero --select published-datastore-port,missing-stack-file";
    fs::remove_file(directory.path().join("a/db.env")).unwrap();
    let told = findings(&directory.run(&format!("{line} --changed a/db.env")).json());
    assert!(told.contains(&"published-datastore-port a/.env".to_owned()), "the stack lacks it: {told:?}");
    assert!(told.iter().all(|it| !it.contains(" b/")), "{told:?}");
    // No stack names its override, but each had one.
    let told = findings(&directory.run(&format!("{line} --changed b/compose.override.yaml")).json());
    assert_eq!(told, ["published-datastore-port b/compose.yaml"]);
    fs::remove_dir_all(directory.path().join("a")).unwrap();
    assert_eq!(directory.run(&format!("{line} --changed a/compose.yaml a/.env")).code, 0);
}

#[test]
fn files_are_meant_from_where_the_user_is() {
    let directory = project();
    let line = "check --format json --exit-zero --select published-datastore-port";
    let told = |more: &str| findings(&directory.run(&format!("{line} {more}")).json());
    assert_eq!(told("a --root a --changed a/.env"), ["published-datastore-port .env"]);
    assert_eq!(told("a --root a --changed ./a/../a/.env"), ["published-datastore-port .env"]);
    assert!(told("a --root a --changed .env").is_empty(), "there is no such file here");
    let absolute = directory.path().join("a/.env");
    assert_eq!(told(&format!("--changed {}", absolute.display())), ["published-datastore-port a/.env"]);
}

#[test]
fn one_stack_of_many() {
    let directory = project();
    let line = "check --format json --exit-zero --select published-datastore-port";
    let document = directory.run(&format!("{line} --stack b")).json();
    assert_eq!(findings(&document), ["published-datastore-port b/compose.yaml"]);
    assert_eq!(document["stacks"].as_array().unwrap().len(), 1);
    let answer = directory.run("check --stack bb");
    assert_eq!(answer.code, 2);
    assert!(answer.out.contains("there is no stack `bb`"), "{}{}", answer.out, answer.err);
    assert!(answer.out.contains("there are `a`, `b`") || answer.out.contains("did you mean `b`?"), "{}", answer.out);
    assert_eq!(directory.run("resolve --stack a").code, 0);
    assert_eq!(directory.run("resolve --stack nope").code, 2);
    assert_eq!(directory.run("check --stack a -f b/compose.yaml").code, 2);
}
