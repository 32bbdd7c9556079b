//! `init`: what it writes, and that this changes nothing.

use serde_json::Value;

use crate::support::{Directory, findings};

fn stacks() -> Directory {
    let compose =
        "services:\n  db:\n    image: postgres:17\n    ports: ['5432:5432']\n    environment: {A: '${WHO}'}\n";
    Directory::with(&[
        (".git/HEAD", ""),
        ("compose.yaml", compose),
        ("compose.prod.yaml", "services:\n  db:\n    environment: {B: c}\n"),
        (".env", "WHO=me\n"),
        (".env.production", "WHO=you\n"),
        ("lab/compose.yaml", compose),
        ("lab/compose.a: b'$\"#x, [y].yaml", "services:\n  db:\n    image: postgres:16\n"),
    ])
}

/// What stands behind `#` without being text, as if somebody took the `#` away: one YAML text a key.
fn examples(text: &str) -> Vec<String> {
    let is_yaml = |line: &str| line.starts_with('#') && !line.starts_with("# ") && line.len() > 1;
    let is_yaml = |line: &str| is_yaml(line) || line.starts_with("#  ");
    let mut examples: Vec<String> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if is_yaml(line) {
            if !inside {
                examples.push(String::new());
            }
            let example = examples.last_mut().unwrap();
            example.push_str(&line[1..]);
            example.push('\n');
        }
        inside = is_yaml(line);
    }
    examples
}

#[test]
fn the_file_changes_no_verdict_and_explains_every_key() {
    let directory = stacks();
    let report = || directory.run("check --format json --exit-zero --min-severity info").json();
    let before = report();
    let answer = directory.run("init");
    assert_eq!((answer.code, answer.out.as_str()), (0, ""), "{}", answer.err);
    assert_eq!(report(), before);

    let text = directory.read("stacklint.yaml");
    assert!(text.starts_with("# yaml-language-server: $schema=https://raw.githubusercontent.com/"), "{text}");
    assert!(text.lines().all(|line| line.is_empty() || line.starts_with('#')), "nothing is said yet: {text}");
    assert!(text.contains("\n# - the stack `.:compose.prod.yaml` (environment: prod, since the file name "), "{text}");
    let count = before["findings"].as_array().unwrap().iter().filter(|it| it["family"] == "compose").count();
    let shown = directory.run("check --format json --exit-zero --select compose").json();
    assert!(shown["findings"].as_array().unwrap().len() <= count);
    assert!(
        text.contains(&format!(
            "\n# - {} findings of the family `compose` (",
            shown["findings"].as_array().unwrap().len()
        )),
        "{text}"
    );
    let schema: Value = directory.run("config schema").json();
    let keys: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    let examples = examples(&text);
    assert_eq!(examples.len(), keys.len(), "{examples:#?}");
    for key in keys {
        assert_eq!(examples.iter().filter(|example| example.starts_with(&format!("{key}:"))).count(), 1, "{key}");
    }
}

#[test]
fn every_example_can_be_taken_as_it_is() {
    let directory = stacks();
    directory.write("base.yaml", "");
    let text = directory.run("init --stdout").out;
    for example in examples(&text) {
        let example = example.replace("../stacklint.yaml", "base.yaml");
        directory.write("stacklint.yaml", &example);
        let answer = directory.run("config show");
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{example}");
        let key = example.split(':').next().unwrap();
        assert!(key == "extends" || answer.out.contains("stacklint.yaml:"), "{key} has an effect: {}", answer.out);
    }
}

#[test]
fn the_proposed_stacks_are_those_that_are_there() {
    let directory = stacks();
    let text = directory.run("init --stdout").out;
    let stacks = examples(&text).into_iter().find(|example| example.starts_with("stacks:")).unwrap();
    directory.write("stacklint.yaml", &stacks);
    let document = directory.run("check --format json --exit-zero").json();
    let named: Vec<(&str, String)> = document["stacks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stack| (stack["name"].as_str().unwrap(), stack["files"].to_string()))
        .collect();
    let named: Vec<(&str, &str)> = named.iter().map(|(name, files)| (*name, files.as_str())).collect();
    assert_eq!(
        named,
        [
            ("default", "[\".env\",\"compose.yaml\"]"),
            ("lab", "[\"lab/compose.yaml\"]"),
            ("lab-a: b'$\"#x, [y]", "[\"lab/compose.yaml\",\"lab/compose.a: b'$\\\"#x, [y].yaml\"]"),
            ("prod", "[\".env\",\".env.production\",\"compose.yaml\",\"compose.prod.yaml\"]"),
        ]
    );
    assert_eq!(document["errors"], Value::Array(vec![]));
}

#[test]
fn what_is_there_stays_unless_it_is_forced() {
    let directory = stacks();
    directory.write(".stacklint.yml", "fail_on: low\n");
    let answer = directory.run("init");
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("there is a configuration already: `.stacklint.yml`"), "{}", answer.err);
    assert!(answer.err.contains("help: `--force` overwrites it"), "{}", answer.err);
    assert_eq!(directory.read(".stacklint.yml"), "fail_on: low\n");
    for line in ["init --stdout", "init -"] {
        let answer = directory.run(line);
        assert!(answer.code == 0 && answer.err.is_empty() && answer.out.contains("#fail_on: high\n"), "{line}");
    }
    assert_eq!(directory.run("init --force -q").err, "");
    assert!(directory.read(".stacklint.yml").contains("#fail_on: high\n"));
    assert!(!directory.path().join("stacklint.yaml").exists(), "two would be one too many");
    assert_eq!(directory.run("init no/such/directory").code, 2);
    let answer = directory.run("init compose.yaml");
    assert!(answer.code == 2 && answer.err.contains("not a directory"), "{}", answer.err);
}

#[test]
fn a_configuration_above_goes_on_to_hold() {
    let directory = stacks();
    directory.write("stacklint.yaml", "severity: {published-datastore-port: critical}\n");
    let report = || findings(&directory.run("check --format json --exit-zero").json());
    let before = report();
    let answer = directory.run("init lab");
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(answer.err.contains("`lab/stacklint.yaml`"), "{}", answer.err);
    assert!(directory.read("lab/stacklint.yaml").contains("\nextends:\n- ../stacklint.yaml\n"));
    assert_eq!(report(), before);
    let severity = directory.run("check lab --select published-datastore-port --format concise").out;
    assert!(severity.contains("critical[published-datastore-port]"), "{severity}");
}

#[test]
fn a_configuration_below_one_that_names_stacks_doubles_none() {
    let directory = stacks();
    directory.write(
        "stacklint.yaml",
        "stacks: [{name: all, files: [compose.yaml]}, {name: lab, files: [lab/compose.yaml]}]\n",
    );
    let stacks = || directory.run("check --format json --exit-zero").json()["stacks"].clone();
    let before = stacks();
    assert_eq!(before.as_array().unwrap().len(), 2);
    assert_eq!(directory.run("init lab").code, 0);
    assert_eq!(stacks(), before);
}

#[test]
fn an_empty_directory_gets_a_file_too() {
    let directory = Directory::with(&[]);
    let answer = directory.run("init");
    assert!(answer.code == 0 && answer.err.contains("for 0 stacks and 0 findings"), "{}", answer.err);
    assert!(directory.read("stacklint.yaml").contains("\n# - no stacks\n# - no findings\n"));
    assert_eq!(directory.run("check --allow-empty").code, 0);
}

#[test]
fn a_hostile_name_ends_no_comment() {
    let directory =
        Directory::with(&[("a\nb: c\n/compose.yaml", "services: {}\n"), ("compose.yaml", "services: {}\n")]);
    assert_eq!(directory.run("init").code, 0);
    assert!(directory.read("stacklint.yaml").lines().all(|line| line.is_empty() || line.starts_with('#')));
    assert_eq!(directory.run("config show").code, 0);
}
