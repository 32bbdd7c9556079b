//! What a `stacklint.yaml` does to the commands.

use std::fmt::Write as _;

use serde_json::json;

use crate::support::{Directory, findings};

const STACK: &str = "services:\n  db:\n    image: postgres:latest\n    ports: ['5432:5432']\n";

fn project(configuration: &str) -> Directory {
    Directory::with(&[(".git/HEAD", ""), ("compose.yaml", STACK), ("stacklint.yaml", configuration)])
}

#[test]
fn one_file_can_be_chosen_and_none() {
    let directory = project("select: [image]\n");
    directory.write("ci/base.yaml", "select: [compose]\nignore: [published-datastore-port]\n");
    let families = |more: &str| {
        let document = directory.run(&format!("check --format json --exit-zero {more}")).json();
        let mut families: Vec<String> = document["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["family"].as_str().unwrap().to_owned())
            .collect();
        families.dedup();
        (
            families.contains(&"image".to_owned()),
            findings(&document).contains(&"published-datastore-port compose.yaml".to_owned()),
        )
    };
    assert_eq!(families(""), (true, false));
    assert_eq!(families("--no-config"), (true, true));
    assert_eq!(families("--config ci/base.yaml"), (false, false));
    assert_eq!(families("--no-config --select compose"), (false, true));
    let answer = directory.run("check --config gone.yaml");
    assert!(
        answer.code == 2 && answer.err.contains("cannot read the configuration `gone.yaml`: no such file"),
        "{}{}",
        answer.out,
        answer.err
    );
    assert_eq!(directory.run("check --config ci/base.yaml --no-config").code, 2);
}

#[test]
fn a_broken_file_is_shown_where_it_is_broken() {
    let directory = project("fail_on: hihg\n");
    for line in ["check", "check --format concise", "config show", "explain plaintext-secret"] {
        let answer = directory.run(line);
        let all = format!("{}{}", answer.out, answer.err);
        assert_eq!(answer.code, 2, "{line}: {all}");
        assert!(all.contains("stacklint.yaml:1:10") && all.contains("`high`"), "{line}: {all}");
    }
    assert_eq!(directory.run("init --force").code, 0, "what is broken can be replaced");
}

#[test]
fn what_holds_is_shown_with_who_says_so() {
    let configuration = "\
extends: [base.yaml]
fail_on: medium
overrides:
- files: ['dev/**']
  severity: {published-datastore-port: low}
ignores:
- {rule: mutable-image-tag, path: compose.yaml, reason: a lab, until: 2027-01-31}
parameters:
  port-outside-allowlist: {ports: [80, 443]}
";
    let directory = project(configuration);
    directory.write(
        "base.yaml",
        "severity: {published-datastore-port: medium}\nignore: [missing-healthcheck]\nfail_on: low\n",
    );
    let text = directory.run("config show").out;
    let row = |words: &[&str]| {
        let rows = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        assert_eq!(rows.filter(|row| *row == words.join(" ")).count(), 1, "{words:?} in {text}");
    };
    row(&["`.` is configured by `stacklint.yaml`, which extends `base.yaml`"]);
    row(&["fail_on", "medium", "(stacklint.yaml:2:10)"]);
    row(&["min_severity", "low", "(default)"]);
    row(&["missing-healthcheck", "does not run", "(base.yaml:2:10)"]);
    row(&["published-datastore-port", "medium", "(base.yaml:1:38)"]);
    row(&["published-datastore-port in dev/**", "low", "(stacklint.yaml:5:40)"]);
    row(&["mutable-image-tag in compose.yaml", "a lab until 2027-01-31", "(stacklint.yaml:7:10)"]);
    row(&["port-outside-allowlist.ports", "80/tcp, 443/tcp", "(stacklint.yaml:9:35)"]);
    let text = directory.run("config show --environment prod").out;
    assert!(text.lines().any(|line| line.starts_with("environment ") && line.ends_with("(--environment)")), "{text}");
    assert!(
        directory.run("config show --no-config").out.starts_with("`.` has no configuration; these are the defaults\n")
    );

    let document = directory.run("config show --format json").json();
    assert_eq!(document["files"], json!(["stacklint.yaml", "base.yaml"]));
    let of = |list: &str, name: &str| {
        let list = document[list].as_array().unwrap();
        list.iter().find(|entry| entry["name"] == name).unwrap_or_else(|| panic!("{name} in {document:#}")).clone()
    };
    let fail_on = of("settings", "fail_on");
    assert_eq!((&fail_on["value"], &fail_on["by"]), (&json!("medium"), &json!("stacklint.yaml")));
    assert_eq!(fail_on["location"]["start"]["line"], 2);
    assert_eq!(of("severity", "published-datastore-port")["by"], "base.yaml");
    assert_eq!(of("ignore", "missing-healthcheck")["location"]["path"], "base.yaml");
}

#[test]
fn the_schema_is_one_and_takes_what_is_taken() {
    let directory = project("");
    let schema = directory.run("config schema").json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&json!({ "fail_on": "low" })) && !validator.is_valid(&json!({ "fail_on": "lwo" })));
}

#[test]
fn a_page_says_what_became_of_its_rule_here() {
    let directory = project("severity: {published-datastore-port: medium}\nignore: [missing-healthcheck]\n");
    let here = |line: &str| {
        let out = directory.run(line).out;
        out.lines().find_map(|line| line.strip_prefix("here:").map(|rest| rest.trim().to_owned()))
    };
    assert_eq!(
        here("explain published-datastore-port").as_deref(),
        Some("medium: stacklint.yaml:1:38".trim_end_matches(":38"))
    );
    assert_eq!(here("explain missing-healthcheck").as_deref(), Some("does not run: stacklint.yaml:2"));
    assert_eq!(here("explain plaintext-secret"), None);
    assert_eq!(here("explain published-datastore-port --no-config"), None);
}

#[test]
fn ten_thousand_entries_come_to_an_end() {
    const MANY: usize = 10_000;
    let mut configuration = "ignores:\n".to_owned();
    let mut env = String::new();
    let mut services = "services:\n".to_owned();
    for number in 0..MANY {
        let _ = writeln!(configuration, "- {{rule: plaintext-secret, path: 'other/{number}/**', reason: many}}");
        let _ = writeln!(env, "# stacklint: ignore[plaintext-secret] -- many");
        // A few of them accept something; the others are read all the same.
        let name = if number % 100 == 0 { "SECRET" } else { "COLOR" };
        let _ = writeln!(env, "{name}_{number}=kE9xTq2vLm4z{number:05}");
        if number % 10 == 0 {
            let _ = writeln!(services, "  s{number}:\n    image: redis:8\n    env_file: [.env]");
        }
    }
    configuration.push_str("- {rule: plaintext-secret, path: compose.yaml, reason: the last one}\n");
    let services: String = services.lines().take(31).map(|line| format!("{line}\n")).collect();
    let directory = Directory::with(&[
        (".git/HEAD", ""),
        ("compose.yaml", &services),
        (".env", &env),
        ("stacklint.yaml", &configuration),
    ]);
    let answer = directory.run("check --format json --select plaintext-secret --allow-partial");
    let document = answer.json();
    assert!(answer.code != 1, "everything is accepted: {:.2000}", answer.out);
    assert!(document["suppressed"].as_array().unwrap().len() >= MANY / 100, "{:.2000}", answer.out);
}

#[test]
fn the_guide_shows_every_key_as_it_is_read() {
    let guide = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let example = guide.split("```yaml\n").find(|block| block.starts_with("# yaml-language-server")).unwrap();
    let example = example.split("```").next().unwrap();
    let directory = project("");
    directory.write("below/stacklint.yaml", example);
    let answer = directory.run("config show below --format json");
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert_eq!(answer.json()["files"], json!(["below/stacklint.yaml", "stacklint.yaml"]));
    let schema = directory.run("config schema").json();
    for key in schema["properties"].as_object().unwrap().keys() {
        assert_eq!(example.lines().filter(|line| line.starts_with(&format!("{key}:"))).count(), 1, "{key}");
    }
}
