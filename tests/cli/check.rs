//! `check`: its reports and its exit codes.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Directory, SECRET, formats, stack};

#[test]
fn json_of_a_real_run_keeps_to_the_schema() {
    let directory = stack();
    let schema =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/findings.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let document = directory.run("check --format json --exit-zero").json();
    let errors: Vec<String> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(document["stacks"][0]["name"], ".");
    assert_eq!(document["summary"]["files"], 4);
}

#[test]
fn reports_go_to_standard_output_or_to_files() {
    let directory = stack();
    let answer = directory.run("check --exit-zero --format concise --format json=out.json --format full=out.txt");
    assert_eq!(answer.code, 0, "{}", answer.err);
    let json: Value = serde_json::from_str(&fs::read_to_string(directory.path().join("out.json")).unwrap()).unwrap();
    assert_eq!(json["version"], 1);
    let full = fs::read_to_string(directory.path().join("out.txt")).unwrap();
    assert!(full.ends_with(" files read\n"), "{full}");
    let answer = directory.run("check --format json --format full");
    assert_eq!(answer.code, 2);
    assert!(answer.err.starts_with("error[output]: ") && answer.err.contains("help: "), "{}", answer.err);
    let answer = directory.run("check --exit-zero --format json=no/such/directory/out.json");
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("cannot write `no/such/directory/out.json`"), "{}", answer.err);
    assert!(directory.run("check --exit-zero -q").out.lines().all(|line| !line.contains("files read")));
}

#[test]
fn all_formats_are_written_by_one_run() {
    let directory = stack();
    let formats = formats();
    let files: Vec<String> = formats.iter().map(|format| format!("--format {format}=out.{format}")).collect();
    let answer = directory.run(&format!("check --exit-zero --format concise {}", files.join(" ")));
    assert_eq!(answer.code, 0, "{}", answer.err);
    for format in &formats {
        let written = fs::read_to_string(directory.path().join(format!("out.{format}"))).unwrap();
        assert_eq!(written, directory.run(&format!("check --exit-zero --format {format}")).out, "{format}");
        // A name that programs know a finding by, or its rule.
        assert!(written.contains("plaintext-secret"), "{format}: {written}");
    }
}

#[test]
fn paths_are_those_that_the_reader_wants() {
    let directory = Directory::with(&[
        (".git/HEAD", "ref: refs/heads/main\n"),
        ("deploy/compose.yaml", "services:\n  db: {image: postgres, ports: [\"5432:5432\"]}\n"),
    ]);
    let below = |format: &str| directory.run(&format!("check --root deploy deploy --exit-zero --format {format}")).out;
    for (format, path) in [
        ("github", ",file=deploy/compose.yaml,"),
        ("azure", ";sourcepath=deploy/compose.yaml;"),
        ("gitlab", "\"path\": \"deploy/compose.yaml\""),
        ("markdown", "<code>deploy/compose.yaml&#58;2"),
        ("checkstyle", "<file name=\"compose.yaml\">"),
        ("junit", "<testsuite name=\"compose.yaml\""),
        ("rdjson", "\"path\": \"compose.yaml\""),
        ("rdjsonl", "\"path\":\"compose.yaml\""),
        ("jsonl", "\"path\":\"compose.yaml\""),
        ("grouped", "compose.yaml\n"),
    ] {
        let report = below(format);
        assert!(report.contains(path) && !report.contains("./compose"), "{format}: {report}");
    }
}

#[test]
fn exit_codes_are_the_same_for_every_format() {
    let empty = Directory::with(&[("README.md", "nothing\n")]);
    let clean = Directory::with(&[("compose.yaml", "services: {}\n")]);
    for format in formats() {
        assert_eq!(empty.run(&format!("check --format {format}")).code, 3, "{format}");
        assert_eq!(empty.run(&format!("check --format {format} --allow-empty")).code, 0, "{format}");
        assert_eq!(clean.run(&format!("check --format {format}")).code, 0, "{format}");
    }
}

#[test]
fn what_is_named_and_not_judged_is_told() {
    let stack = "services: {}\n";
    let directory = Directory::with(&[
        ("a/compose.yaml", stack),
        ("a/.env", "A=b\n"),
        ("a/notes.txt", "nothing\n"),
        ("config.yaml", "debug: false\n"),
        ("postgresql.conf", "ssl = on\n"),
        ("pg_hba.conf", "local all all peer\n"),
        ("api.env", "A=b\n"),
    ]);
    for judged in ["a/compose.yaml", "a/.env", "config.yaml", "postgresql.conf", "pg_hba.conf", "api.env", "a", "."] {
        let answer = directory.run(&format!("check --fail-on critical {judged}"));
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{judged}: {}", answer.out);
    }
    let said = "nothing was judged in `a/notes.txt`: no stack reads it, and it is none that is judged by itself\n";
    for (line, code) in [("a/notes.txt", 3), ("a/notes.txt --allow-empty", 0), ("a/notes.txt a/.env", 0)] {
        let answer = directory.run(&format!("check --fail-on critical {line}"));
        assert_eq!((answer.code, answer.err.as_str()), (code, said), "{line}: {}", answer.out);
    }
    assert_eq!(directory.run_fed("check --stdin-filename a/notes.txt", "text").code, 3);
    assert_eq!(directory.run("check -q a/notes.txt").err, "");
    fs::create_dir(directory.path().join("empty")).unwrap();
    let answer = directory.run("check empty");
    assert!(answer.code == 3 && answer.err.starts_with("nothing to check: "), "{}", answer.err);
}

fn published() -> Directory {
    let compose = format!(
        "services:\n  db:\n    image: postgres:17\n    ports: [\"${{BIND_IP}}:5432:5432\"]\n    environment:\n      \
         POSTGRES_USER: app\n      POSTGRES_PASSWORD: {SECRET}\n      KEYS: |\n        api_key={SECRET}\n        other\n"
    );
    Directory::with(&[("compose.yaml", &compose), (".env", "BIND_IP=0.0.0.0\n")])
}

#[test]
fn findings_fail_the_run_in_every_format() {
    let directory = published();
    for format in formats() {
        assert_eq!(directory.run(&format!("check --format {format}")).code, 1, "{format}");
        assert_eq!(directory.run(&format!("check --format {format} --exit-zero")).code, 0, "{format}");
        assert_eq!(directory.run(&format!("check --format {format} --fail-on critical")).code, 0, "{format}");
    }
    assert_eq!(directory.run("check --ignore secrets,compose,postgres").code, 0);
    assert_eq!(directory.run("check gone.yaml").code, 2, "what is named must be there");
    let answer = directory.run("check --select published-datastore-port --format concise");
    assert!(answer.out.starts_with(".env:1:9: high[published-datastore-port] "), "{}", answer.out);
    assert_eq!(answer.out.lines().count(), 1);
}

#[test]
fn a_drawing_shows_the_way_of_a_value_and_masks_what_is_secret_around_it() {
    let directory = published();
    let answer = directory.run("check");
    assert!(answer.out.contains("  ┌─ .env:1:9\n  │\n1 │ BIND_IP=0.0.0.0\n  │         ^^^^^^^\n"), "{}", answer.out);
    assert!(answer.out.contains("│              ---------- used here\n"), "{}", answer.out);
    let masked = format!("POSTGRES_PASSWORD: {}\n", "*".repeat(SECRET.len()));
    assert!(answer.out.contains(&masked), "{}", answer.out);
    assert!(!answer.out.contains(SECRET), "{}", answer.out);
    assert!(answer.out.contains("/rules/src/compose/published_datastore_port.md\n"), "{}", answer.out);
    assert!(answer.out.trim_end().ends_with(" in 1 stack, 2 files read"), "{}", answer.out);
    assert!(!answer.out.contains('\u{1b}') && directory.run("check --color always").out.contains("\u{1b}[31mhigh["));
}

#[test]
fn a_fingerprint_survives_what_moves_a_finding() {
    let fingerprints = |directory: &Directory, root: &str| {
        let document = directory.run(&format!("check --exit-zero --format json --root {root} {root}")).json();
        let findings = document["findings"].as_array().unwrap().iter();
        let mut fingerprints: Vec<String> = findings.map(|finding| finding["fingerprint"].to_string()).collect();
        fingerprints.sort();
        assert!(!fingerprints.is_empty());
        fingerprints
    };
    let compose = "services:\n  db:\n    image: postgres:17\n    ports: [\"5432:5432\"]\n";
    let moved = format!("# a comment\n\n{}", compose.replace("    image", "    # another\n    image"));
    let before = Directory::with(&[("deploy/compose.yaml", compose), (".git/HEAD", "")]);
    let after = Directory::with(&[("deploy/compose.yaml", &moved), (".git/HEAD", "")]);
    assert_eq!(fingerprints(&before, "."), fingerprints(&after, "."));
    assert_eq!(fingerprints(&before, "."), fingerprints(&before, "deploy"), "paths count from the git top");
}

#[test]
fn sarif_of_a_real_run_keeps_to_the_schema_and_names_files_from_the_git_top() {
    let compose = "services:\n  db:\n    image: postgres:17\n    ports: [\"${BIND}:5432:5432\"]\n";
    let directory = Directory::with(&[
        ("some deploy/compose.yaml", compose),
        ("some deploy/.env", "BIND=0.0.0.0\n"),
        (".gitignore", ".env\n"),
        (".git/HEAD", ""),
    ]);
    let sarif = |line: &str| directory.run(line).json()["runs"][0].clone();
    let top = sarif("check --format sarif --exit-zero");
    fs::rename(directory.path().join("some deploy"), directory.path().join("deploy")).unwrap();
    let below = sarif("check --format sarif --exit-zero --root deploy deploy");
    let below_places = below["results"].to_string();
    assert!(!below_places.contains("\"uri\":\"compose.yaml") && !below_places.contains("\"./"), "{below_places}");
    let uri = |run: &Value| {
        let result = run["results"].as_array().unwrap().iter().find(|it| it["ruleId"] == "published-datastore-port");
        result.unwrap()["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone()
    };
    assert_eq!(uri(&top), "some%20deploy/compose.yaml", "git ignores the file with the address");
    assert_eq!(top["automationDetails"]["id"], "stacklint/");
    assert_eq!(below["automationDetails"]["id"], "stacklint/deploy/");
    assert_eq!(below["invocations"][0]["exitCode"], 0);
    let one = sarif("check --format sarif -f deploy/compose.yaml");
    assert_eq!(one["automationDetails"]["id"], "stacklint/deploy/compose.yaml/");
    assert_eq!(one["invocations"][0]["exitCode"], 1);
    let rules = sarif("check --format sarif --select secrets")["tool"]["driver"]["rules"].clone();
    assert!(rules.as_array().unwrap().iter().all(|rule| rule["properties"]["tags"][1] == "secrets"));
}

#[test]
fn sarif_says_what_went_wrong_with_the_run() {
    let directory = Directory::with(&[("compose.yaml", "include: [../outside.yaml]\n")]);
    let answer = directory.run("check --format sarif");
    let invocation = answer.json()["runs"][0]["invocations"][0].clone();
    assert_eq!((answer.code, &invocation["exitCode"]), (2, &Value::from(2)));
    assert_eq!(invocation["executionSuccessful"], false);
    let notification = &invocation["toolExecutionNotifications"][0];
    assert_eq!(notification["level"], "error");
    assert_eq!(notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "compose.yaml");
    let forgiven = directory.run("check --format sarif --allow-partial").json()["runs"][0]["invocations"][0].clone();
    assert_eq!(forgiven["executionSuccessful"], true);
    assert_eq!(forgiven["toolExecutionNotifications"][0]["level"], "warning");
}
