//! `check`: its reports and its exit codes.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Directory, stack};

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
fn exit_codes_are_the_same_for_every_format() {
    let empty = Directory::with(&[("README.md", "nothing\n")]);
    let clean = Directory::with(&[("compose.yaml", "services: {}\n")]);
    for format in ["full", "concise", "json"] {
        assert_eq!(empty.run(&format!("check --format {format}")).code, 3, "{format}");
        assert_eq!(empty.run(&format!("check --format {format} --allow-empty")).code, 0, "{format}");
        assert_eq!(clean.run(&format!("check --format {format}")).code, 0, "{format}");
    }
}
