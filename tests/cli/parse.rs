//! `parse`: how files are read.

use crate::support::Directory;

#[test]
fn parse_writes_the_tree_of_a_yaml_file() {
    let text = "a: &x [1, 'two']\nb: !t\n  - *x\n  - |\n    three\n\u{1f600}: ~\n---\nlast\n";
    let directory = Directory::with(&[("a.yaml", text), ("broken.yml", "a: [1\nb: 2\n"), ("noname", "A=1\n")]);
    let parsed = directory.run("parse a.yaml").json();
    assert_eq!(parsed["format"], "yaml");
    assert_eq!(parsed["errors"], serde_json::json!([]));
    assert_eq!(parsed["documents"].as_array().unwrap().len(), 2);
    let entries = parsed["documents"][0]["entries"].as_array().unwrap();
    let first = &entries[0]["value"];
    assert_eq!((&first["kind"], &first["anchor"]), (&"sequence".into(), &"x".into()));
    assert_eq!(first["items"][1]["value"], "two");
    assert_eq!(first["items"][1]["style"], "single_quoted");
    let second = &entries[1]["value"];
    assert_eq!(second["tag"], "!t");
    assert_eq!((&second["items"][0]["kind"], &second["items"][0]["value"]), (&"alias".into(), &"x".into()));
    assert_eq!(second["items"][1]["value"], "three\n");
    let span = &entries[2]["value"]["span"];
    assert_eq!(span["start"], serde_json::json!({"line": 6, "column": 4, "offset": 52}));
    let broken = directory.run("parse broken.yml");
    assert_eq!(broken.code, 0, "it could be read");
    assert!(!broken.json()["errors"].as_array().unwrap().is_empty());
    assert_eq!(directory.run("parse noname").code, 2);
    assert_eq!(directory.run("parse noname --as dotenv").json()["entries"][0]["key"], "A");
}

#[test]
fn deeply_nested_yaml_is_written_without_harm() {
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let directory = Directory::with(&[("deep.yaml", &deep)]);
    let answer = directory.run("parse deep.yaml");
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(answer.out.contains("Nested deeper"), "{}", answer.out.len());
}

#[test]
fn parse_writes_what_loaders_make_of_an_env_file() {
    let directory = Directory::with(&[(".env", "A=1\nB=${A}${X}\nC\n# c\nD='x'\n")]);
    let parsed = directory.run("parse .env --env X=2").json();
    assert_eq!(parsed["format"], "dotenv");
    let lines: Vec<(&str, u64)> = parsed["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["key"].as_str().unwrap(), entry["line"].as_u64().unwrap()))
        .collect();
    assert_eq!(lines, [("A", 1), ("B", 2), ("C", 3), ("D", 5)]);
    assert_eq!(parsed["loaders"]["compose"], serde_json::json!({"A": "1", "B": "12", "D": "x"}));
    assert_eq!(parsed["loaders"]["docker-env-file"][0], "A=1");
    assert_eq!(parsed["loaders"].as_object().unwrap().len(), 7);
    let broken = Directory::with(&[(".env", "A=\"1\n")]);
    let parsed = broken.run("parse .env").json();
    assert!(parsed["loaders"]["compose"].as_str().unwrap().starts_with("ERR "), "{parsed}");
}
