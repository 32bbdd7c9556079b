//! Hand-made runs for the tests of the formats.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use stacklint_engine::finding::{Confidence, Finding, Severity};
use stacklint_engine::origin::Span;
use stacklint_engine::outcome::{Outcome, RunError, StackSummary};
use stacklint_engine::source::{SourceFile, Sources};
use stacklint_engine::vfs::Vfs;
use stacklint_parsers::TextRange;

use crate::report::{Renderer, Report};

/// Files in memory, read.
pub(crate) fn sources(files: &[(&str, &str)]) -> (Sources, Vec<Arc<SourceFile>>) {
    let sources = Sources::new(Vfs::in_memory(files.iter().map(|(name, text)| (*name, text.as_bytes()))));
    let read = files.iter().map(|(name, _)| sources.open(&sources.vfs().absolute(Path::new(name))).unwrap()).collect();
    (sources, read)
}

/// Where `text` stands first.
pub(crate) fn span_of(file: &SourceFile, text: &str) -> Span {
    let start = file.text.find(text).unwrap();
    Span { file: file.id, range: TextRange::from_usize(start..start + text.len()) }
}

/// The fingerprint of each finding that is made here.
pub(crate) const FINGERPRINT: &str = "29121eb995c534e18fab9de8ee9ce6b2";

/// A finding of the family `compose` that says little.
pub(crate) fn finding(rule: &'static str, primary: Option<Span>) -> Finding {
    Finding {
        rule,
        family: "compose",
        severity: Severity::High,
        confidence: Confidence::High,
        message: "it is wrong".to_owned(),
        help: None,
        primary,
        trail: Vec::new(),
        related: Vec::new(),
        fixes: Vec::new(),
        stacks: Vec::new(),
        subject: "services.db".to_owned(),
        fingerprint: FINGERPRINT.to_owned(),
    }
}

/// A run with something of every kind: an error that is forgiven unless the run failed, one that is not, a finding of every
/// severity at the same place, and one that is nowhere.
pub(crate) fn every_kind() -> (Sources, Outcome) {
    let (sources, files) = sources(&[("deploy/compose.yaml", "services:\n  a1: bad\n")]);
    let place = span_of(&files[0], "bad");
    let found = |rule: &'static str, severity: Severity, primary: Option<Span>| Finding {
        severity,
        help: Some("mend it".into()),
        fingerprint: format!("{:032x}", severity as usize + 10 * usize::from(primary.is_some())),
        ..finding(rule, primary)
    };
    let findings = vec![
        found("rule-critical", Severity::Critical, Some(place)),
        found("rule-high", Severity::High, Some(place)),
        found("rule-medium", Severity::Medium, Some(place)),
        found("rule-low", Severity::Low, Some(place)),
        found("rule-info", Severity::Info, Some(place)),
        found("rule-nowhere", Severity::High, None),
    ];
    let error = |message: &str, partial| RunError { message: message.to_owned(), place: None, partial };
    let errors = vec![error("it was left out", true), error("it broke", false)];
    (sources, Outcome { findings, errors, stacks: vec![stack()], files: 1, ..Outcome::default() })
}

/// The stack `deploy`, of one file.
pub(crate) fn stack() -> StackSummary {
    StackSummary {
        name: "deploy".to_owned(),
        files: vec!["deploy/compose.yaml".to_owned()],
        missing: Vec::new(),
        environment: "unknown",
        reason: String::new(),
        errors: Vec::new(),
    }
}

/// What a format makes of a report.
pub(crate) fn written(renderer: &dyn Renderer, report: &Report<'_>) -> String {
    let mut written = Vec::new();
    renderer.render(report, &mut written).unwrap();
    String::from_utf8(written).unwrap()
}

/// Our published schema of this name, which may refer to the contract.
pub(crate) fn validator(name: &str) -> jsonschema::Validator {
    let read = |name: &str| -> Value {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/{name}.schema.json"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let contract = read("findings");
    let id = contract["$id"].as_str().unwrap().to_owned();
    let registry = jsonschema::Registry::new().add(id, contract).unwrap().prepare().unwrap();
    jsonschema::options().with_registry(&registry).build(&read(name)).unwrap()
}

/// What the protocol of reviewdog says of a message, as far as we write it.
pub(crate) fn rdjson_schema(message: &str) -> Value {
    let object = |required: &[&str], properties: Value| json!({"type": "object", "additionalProperties": false, "required": required, "properties": properties});
    let string = json!({"type": "string", "minLength": 1});
    json!({
        "$ref": format!("#/$defs/{message}"),
        "$defs": {
            "DiagnosticResult": object(&["diagnostics"], json!({
                "diagnostics": {"type": "array", "items": {"$ref": "#/$defs/Diagnostic"}},
                "source": {"$ref": "#/$defs/Source"},
                "severity": {"$ref": "#/$defs/Severity"}
            })),
            "Diagnostic": object(&["message", "location"], json!({
                "message": string,
                "location": {"$ref": "#/$defs/Location"},
                "severity": {"$ref": "#/$defs/Severity"},
                "source": {"$ref": "#/$defs/Source"},
                "code": object(&["value"], json!({"value": string, "url": string})),
                "suggestions": {"type": "array", "items": object(&["range", "text"], json!({
                    "range": {"$ref": "#/$defs/Range"}, "text": {"type": "string"}
                }))},
                "original_output": {"type": "string"},
                "related_locations": {"type": "array", "items": object(&["location"], json!({
                    "message": {"type": "string"}, "location": {"$ref": "#/$defs/Location"}
                }))}
            })),
            "Severity": {"enum": ["UNKNOWN_SEVERITY", "ERROR", "WARNING", "INFO"]},
            "Source": object(&["name"], json!({"name": string, "url": string})),
            "Location": object(&["path"], json!({"path": string, "range": {"$ref": "#/$defs/Range"}})),
            "Range": object(&["start"], json!({
                "start": {"$ref": "#/$defs/Position"}, "end": {"$ref": "#/$defs/Position"}
            })),
            "Position": object(&["line"], json!({
                "line": {"type": "integer", "minimum": 1}, "column": {"type": "integer", "minimum": 1}
            }))
        }
    })
}
