//! `check` where comments accept findings.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::Directory;

/// A port that a comment accepts, one that none does, and a comment for nothing.
fn lab() -> Directory {
    let compose = "\
services:
  db:
    image: postgres:17
    ports:
      - \"5432:5432\"  # stacklint: ignore[published-datastore-port] until=2026-06-30 -- a lab, OPS-123
    environment:
      POSTGRES_PASSWORD_FILE: /run/secrets/db  # stacklint: ignore[plaintext-secret] -- for nothing
";
    Directory::with(&[("lab/compose.yaml", compose), (".git/HEAD", "")])
}

/// The rules of the findings, and of those that were accepted.
fn rules(directory: &Directory, line: &str) -> (Vec<String>, Vec<String>) {
    let document = directory.run(&format!("check --format json --exit-zero {line}")).json();
    let of = |list: &Value, pointer: &str| {
        let rule = |item: &Value| item.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        list.as_array().unwrap().iter().map(rule).collect::<Vec<_>>()
    };
    let ours = ["published-datastore-port", "unused-suppression", "expired-suppression"];
    let mut found = of(&document["findings"], "/rule");
    found.retain(|rule| ours.contains(&rule.as_str()));
    (found, of(&document["suppressed"], "/finding/rule"))
}

fn owned(rules: &[&str]) -> Vec<String> {
    rules.iter().map(|rule| (*rule).to_owned()).collect()
}

#[test]
fn the_last_day_counts_and_the_next_one_does_not() {
    let directory = lab();
    let port = "published-datastore-port";
    let accepted = (owned(&["unused-suppression"]), owned(&[port]));
    assert_eq!(rules(&directory, "--today 2026-01-01"), accepted);
    assert_eq!(rules(&directory, "--today 2026-06-30"), accepted);
    let over = (owned(&[port, "expired-suppression", "unused-suppression"]), vec![]);
    assert_eq!(rules(&directory, "--today 2026-07-01"), over);
    let code = |day: &str| directory.run(&format!("check --select published-datastore-port --today {day}")).code;
    assert_eq!((code("2026-06-30"), code("2026-07-01")), (0, 1));
    for day in ["2026-7-1", "2026-02-30", "tomorrow", "20260701", ""] {
        assert_eq!(directory.run(&format!("check --today={day}")).code, 2, "{day}");
    }
}

#[test]
fn today_is_what_the_clock_says() {
    let until = |day: &str| {
        let compose = format!(
            "services:\n  db:\n    image: postgres:17\n    ports: ['5432:5432']  \
             # stacklint: ignore[published-datastore-port] until={day} -- a lab\n"
        );
        let directory = Directory::with(&[("compose.yaml", compose.as_str())]);
        rules(&directory, "")
    };
    assert_eq!(until("2000-01-01").0.len(), 2);
    assert_eq!(until("9999-12-31"), (vec![], owned(&["published-datastore-port"])));
}

#[test]
fn an_auditor_sees_all() {
    let directory = lab();
    let all = (owned(&["published-datastore-port"]), vec![]);
    assert_eq!(rules(&directory, "--today 2026-01-01 --no-inline-ignores"), all);
    assert_eq!(directory.run("check --today 2026-01-01 --no-inline-ignores").code, 1);
}

#[test]
fn a_part_of_a_run_does_not_tell_what_is_unused() {
    let directory = lab();
    let unused = |line: &str| rules(&directory, &format!("--today 2026-01-01 {line}")).0 == ["unused-suppression"];
    assert!(unused("") && unused("lab") && unused("--select stack,secrets,compose"));
    assert!(!unused("--select stack,compose"), "the rule did not run");
    assert!(!unused("--ignore plaintext-secret"));
    assert!(!unused("--ignore unused-suppression"));
    assert!(!unused("-f lab/compose.yaml"));
    assert!(!unused("lab/compose.yaml"), "only what touches the file is told");
    fs::write(directory.path().join("lab/compose.override.yaml"), "include: [../../outside.yaml]\n").unwrap();
    assert!(!unused("--allow-partial"), "something was not judged");
}

#[test]
fn what_is_not_shown_is_not_unused() {
    let compose = "version: '3'  # stacklint: ignore[obsolete-version-key] -- for an old tool\nservices: {}\n";
    let directory = Directory::with(&[("compose.yaml", compose)]);
    let document = directory.run("check --format json").json();
    assert_eq!((&document["findings"], &document["suppressed"]), (&json!([]), &json!([])), "it is for information");
    let document = directory.run("check --format json --min-severity info").json();
    assert_eq!((&document["findings"], &document["summary"]["suppressed"]), (&json!([]), &json!(1)));
}

#[test]
fn reports_say_what_was_accepted_and_why() {
    let directory = lab();
    let line = "check --today 2026-01-01 --exit-zero --root . --format";
    let full = directory.run(&format!("{line} full")).out;
    assert!(full.trim_end().ends_with("; 1 suppressed") && !full.contains("high[published-datastore-port]"), "{full}");
    assert!(!directory.run(&format!("{line} concise")).out.contains("[published-datastore-port]"));

    let document = directory.run(&format!("{line} json")).json();
    let schema =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/findings.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    assert!(schema.is_valid(&document));
    let suppressed = &document["suppressed"][0];
    assert_eq!(
        (&suppressed["by"], &suppressed["reason"], &suppressed["until"], &suppressed["finding"]["fixes"]),
        (&json!("inline"), &json!("a lab, OPS-123"), &json!("2026-06-30"), &json!([]))
    );
    let unused = document["findings"].as_array().unwrap().iter().find(|it| it["rule"] == "unused-suppression").unwrap();
    let edit = &unused["fixes"][0]["edits"][0];
    assert_eq!((&unused["fixes"][0]["safety"], &edit["replacement"]), (&json!("safe"), &json!("")));
    let text = fs::read_to_string(directory.path().join("lab/compose.yaml")).unwrap();
    let offset = |end: &str| edit["location"][end]["offset"].as_u64().unwrap() as usize;
    assert_eq!(
        &text[offset("start")..offset("end")],
        "  # stacklint: ignore[plaintext-secret] -- for nothing",
        "the blanks before it go, too"
    );

    let sarif = directory.run(&format!("{line} sarif")).json();
    let results = sarif["runs"][0]["results"].as_array().unwrap().clone();
    let port = results.iter().find(|result| result["ruleId"] == "published-datastore-port").unwrap();
    let suppression = &port["suppressions"][0];
    assert_eq!(
        (&suppression["kind"], &suppression["justification"], &suppression["properties"]["until"]),
        (&json!("inSource"), &json!("a lab, OPS-123"), &json!("2026-06-30"))
    );
    assert!(
        results
            .iter()
            .filter(|result| result["ruleId"] != "published-datastore-port")
            .all(|result| { result["suppressions"].as_array().is_none_or(Vec::is_empty) })
    );
}

#[test]
fn a_named_file_narrows_what_was_accepted_as_well() {
    let compose = "services:\n  db:\n    image: postgres:17\n    ports: ['5432:5432']  \
                   # stacklint: ignore[published-datastore-port] -- a lab\n";
    let directory = Directory::with(&[("a/compose.yaml", compose), ("b/compose.yaml", compose)]);
    assert_eq!(rules(&directory, ".").1.len(), 2);
    assert_eq!(rules(&directory, "a/compose.yaml").1.len(), 1);
}

#[test]
fn a_baseline_that_is_named_may_lie_outside() {
    let compose = "services:\n  db:\n    image: postgres:17\n    ports: [\"5432:5432\"]\n";
    let directory = Directory::with(&[("repository/compose.yaml", compose), ("repository/.git/HEAD", "")]);
    let run = |line: &str| directory.run(&format!("check repository --root repository {line}"));
    assert_eq!(run("").code, 1);
    let made = run("--baseline base.json --write-baseline");
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(directory.path().join("base.json").exists());
    let known = run("--baseline base.json");
    assert_eq!(known.code, 0, "{}{}", known.out, known.err);
}
