//! The published schema of `stacklint.yaml` says just what the program reads. `UPDATE_SCHEMA=1` writes it anew.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it must be")]

use std::path::Path;

use serde_json::{Map, Value, json};
use stacklint_engine::config::file::File;

/// What the types say, and the names that only the catalogue knows.
fn generated() -> Value {
    let mut schema = serde_json::to_value(schemars::schema_for!(File)).unwrap();
    let head = schema.as_object_mut().unwrap();
    head.insert(
        "$id".to_owned(),
        json!("https://github.com/stacklint/stacklint/blob/main/schemas/stacklint.schema.json"),
    );
    head.insert("title".to_owned(), json!("stacklint.yaml"));
    let rules = stacklint_rules::all();
    let mut names: Vec<&str> = rules.iter().flat_map(|rule| [rule.family, rule.id]).collect();
    names.sort_unstable();
    names.dedup();
    let ids: Vec<&str> = rules.iter().map(|rule| rule.id).collect();
    let definitions = head["$defs"].as_object_mut().unwrap();
    definitions.insert("Names".to_owned(), json!({ "description": "A rule, or a family of rules.", "enum": names }));
    definitions.insert("Rules".to_owned(), json!({ "description": "A rule.", "enum": ids }));
    let names = json!({ "$ref": "#/$defs/Names" });
    definitions["Ignore"]["properties"]["rule"] = json!({ "$ref": "#/$defs/Rules" });
    definitions["Override"]["properties"]["ignore"]["items"] = names.clone();
    definitions["Override"]["properties"]["severity"]["propertyNames"] = names.clone();
    let properties = head["properties"].as_object_mut().unwrap();
    properties["ignore"]["items"] = names.clone();
    properties["select"]["items"] = names.clone();
    properties["severity"]["propertyNames"] = names;
    let mut parameters = Map::new();
    for rule in rules.iter().filter(|rule| !rule.declaration.parameters.is_empty()) {
        let own = rule.declaration.parameters.iter().map(|parameter| {
            let port = json!({ "type": ["integer", "string"] });
            (parameter.name.to_owned(), json!({ "description": parameter.about, "type": "array", "items": port }))
        });
        let own: Map<String, Value> = own.collect();
        let own = json!({ "type": "object", "properties": own, "additionalProperties": false });
        parameters.insert(rule.id.to_owned(), own);
    }
    let description = properties["parameters"]["description"].clone();
    properties["parameters"] = json!({
        "description": description, "type": "object", "properties": parameters, "additionalProperties": false,
    });
    schema
}

#[test]
fn the_published_schema_is_that_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/stacklint.schema.json");
    let generated = serde_json::to_string_pretty(&generated()).unwrap() + "\n";
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == generated,
        "schemas/stacklint.schema.json is out of date: UPDATE_SCHEMA=1 cargo test --test schema"
    );
}

#[test]
fn the_schema_and_the_program_agree_on_what_is_right() {
    let validator = jsonschema::validator_for(&generated()).unwrap();
    for (text, right) in [
        (json!({}), true),
        (json!({ "select": ["compose"], "severity": { "mutable-image-tag": "low" }, "fail_on": "medium" }), true),
        (json!({ "stacks": [{ "name": "prod", "files": ["a.yaml"], "variables": { "A": "b" } }] }), true),
        (json!({ "ignores": [{ "rule": "mutable-image-tag", "path": "a.yaml", "reason": "lab" }] }), true),
        (json!({ "overrides": [{ "files": ["dev/**"], "ignore": ["secrets"] }] }), true),
        (json!({ "selct": [] }), false),
        (json!({ "fail_on": "hihg" }), false),
        (json!({ "ignores": [{ "rule": "mutable-image-tag", "path": "a.yaml" }] }), false),
        (json!({ "severity": { "mutable-tag": "low" } }), false),
    ] {
        assert_eq!(validator.is_valid(&text), right, "{text}");
    }
}
