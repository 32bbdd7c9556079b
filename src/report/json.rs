//! `--format json`, version 1: a contract. Its schema is `schemas/findings.schema.json`.

use std::io::{self, Write};

use serde::Serialize;
use stacklint_engine::finding::Severity;

use crate::report::contract::{Converter, JsonError, JsonFinding};
use crate::report::{Renderer, Report, json_text};

/// The format.
#[derive(Debug)]
pub(crate) struct Json;

/// The version of the contract: it changes when a field goes or means something else, not when one comes.
const VERSION: u32 = 1;

impl Renderer for Json {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        json_text::write(&document(report), out)
    }

    fn is_for_people(&self) -> bool {
        false
    }
}

#[derive(Serialize)]
struct JsonDocument<'a> {
    version: u32,
    tool: JsonTool,
    findings: Vec<JsonFinding<'a>>,
    suppressed: Vec<JsonSuppressed<'a>>,
    stacks: Vec<JsonStack<'a>>,
    errors: Vec<JsonError<'a>>,
    summary: JsonSummary,
}

#[derive(Serialize)]
struct JsonTool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct JsonSuppressed<'a> {
    finding: JsonFinding<'a>,
    by: &'static str,
    reason: &'a str,
    until: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonStack<'a> {
    name: &'a str,
    files: &'a [String],
    missing: &'a [String],
    environment: &'static str,
    /// What says so; null if nothing does.
    reason: Option<&'a str>,
    errors: Vec<JsonError<'a>>,
}

#[derive(Serialize)]
struct JsonSummary {
    files: usize,
    stacks: usize,
    findings: JsonCounts,
    suppressed: usize,
}

#[derive(Serialize)]
struct JsonCounts {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    info: usize,
}

fn document<'r>(report: &Report<'r>) -> JsonDocument<'r> {
    let contract = Converter::new(report.sources);
    let outcome = report.outcome;
    JsonDocument {
        version: VERSION,
        tool: JsonTool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        findings: outcome.findings.iter().map(|finding| contract.finding(finding)).collect(),
        suppressed: outcome
            .suppressed
            .iter()
            .map(|suppressed| JsonSuppressed {
                finding: contract.finding(&suppressed.finding),
                by: suppressed.by,
                reason: &suppressed.reason,
                until: suppressed.until.as_deref(),
            })
            .collect(),
        stacks: outcome
            .stacks
            .iter()
            .map(|stack| JsonStack {
                name: &stack.name,
                files: &stack.files,
                missing: &stack.missing,
                environment: stack.environment,
                reason: Some(stack.reason.as_str()).filter(|reason| !reason.is_empty()),
                errors: stack.errors.iter().map(|problem| contract.problem(problem)).collect(),
            })
            .collect(),
        errors: outcome.errors.iter().map(|error| contract.error(error)).collect(),
        summary: JsonSummary {
            files: outcome.files,
            stacks: outcome.stacks.len(),
            findings: JsonCounts {
                critical: outcome.count(Severity::Critical),
                high: outcome.count(Severity::High),
                medium: outcome.count(Severity::Medium),
                low: outcome.count(Severity::Low),
                info: outcome.count(Severity::Info),
            },
            suppressed: outcome.suppressed.len(),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use stacklint_engine::finding::{Confidence, Edit, Finding, Fix, Related, Safety, StackVerdict, TrailStep};
    use stacklint_engine::origin::Role;
    use stacklint_engine::outcome::{Outcome, RunError, StackSummary, Suppressed};
    use stacklint_engine::stack::{Problem, ProblemKind};

    use super::*;
    use crate::report::test_support::{finding, sources, span_of};

    fn written(report: &Report<'_>) -> Value {
        let mut written = Vec::new();
        Json.render(report, &mut written).unwrap();
        serde_json::from_slice(&written).unwrap()
    }

    fn assert_valid(document: &Value) {
        let schema = include_str!("../../schemas/findings.schema.json");
        let schema = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
        let errors: Vec<String> =
            schema.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }

    #[test]
    fn writes_every_field_of_the_contract() {
        let (sources, files) = sources(&[(".env", "A=\u{e9}0.0.0.0\n"), ("compose.yaml", "services:\n  db: ${A}\n")]);
        let place = span_of(&files[0], "0.0.0.0");
        let mut finding = finding("published-port", Some(place));
        finding.help = Some("bind it".into());
        finding.trail = vec![TrailStep {
            role: Role::Interpolated,
            message: "used here".into(),
            place: span_of(&files[1], "${A}"),
        }];
        finding.related = vec![Related { message: "its service".into(), place: span_of(&files[1], "db") }];
        let edits = vec![Edit { place, replacement: "127.0.0.1".to_owned() }];
        finding.fixes = vec![Fix { title: "bind it".to_owned(), safety: Safety::Unsafe, edits }];
        finding.stacks = vec![StackVerdict {
            name: ".".into(),
            environment: "unknown",
            severity: Severity::High,
            confidence: Confidence::High,
        }];
        let problem = Problem::new(ProblemKind::Schema, Some(place), "services.db", "refused");
        let outcome = Outcome {
            findings: vec![finding.clone()],
            suppressed: vec![Suppressed {
                finding: Finding { primary: None, ..finding },
                by: "inline",
                reason: "behind a firewall".to_owned(),
                until: Some("2027-01-31".to_owned()),
            }],
            stacks: vec![StackSummary {
                name: ".".to_owned(),
                files: vec!["compose.yaml".to_owned()],
                missing: vec![".env".to_owned()],
                environment: "unknown",
                reason: String::new(),
                errors: vec![problem],
            }],
            errors: vec![RunError { message: "broken".to_owned(), place: None, partial: false }],
            files: 2,
            ..Outcome::default()
        };
        let document = written(&Report { colored: true, ..Report::of(&sources, &outcome) });
        assert_valid(&document);
        let location = json!({
            "path": ".env",
            "start": {"line": 1, "column": 4, "offset": 4},
            "end": {"line": 1, "column": 11, "offset": 11},
        });
        assert_eq!(document["version"], 1);
        let finding = &document["findings"][0];
        assert_eq!(finding["location"], location);
        assert_eq!(finding["trail"][0]["role"], "interpolated");
        assert_eq!(finding["trail"][0]["location"]["start"], json!({"line": 2, "column": 7, "offset": 16}));
        assert_eq!(finding["related"][0]["message"], "its service");
        assert_eq!(
            finding["fixes"],
            json!([{"title": "bind it", "safety": "unsafe",
                "edits": [{"location": location, "replacement": "127.0.0.1"}]}])
        );
        let suppressed = &document["suppressed"][0];
        assert_eq!((&suppressed["by"], &suppressed["until"]), (&json!("inline"), &json!("2027-01-31")));
        assert_eq!(suppressed["finding"]["location"], Value::Null);
        assert_eq!(document["stacks"][0]["errors"][0], json!({"message": "refused", "location": location}));
        assert_eq!(document["errors"], json!([{"message": "broken", "location": null}]));
        let counts = json!({"critical": 0, "high": 1, "medium": 0, "low": 0, "info": 0});
        assert_eq!(document["summary"], json!({"files": 2, "stacks": 1, "findings": counts, "suppressed": 1}));
    }

    #[test]
    fn every_role_is_in_the_schema() {
        let (sources, files) = sources(&[("a.yaml", "a: 1\n")]);
        let place = span_of(&files[0], "1");
        let mut finding = finding("rule", Some(place));
        finding.trail = [
            Role::Written,
            Role::Default,
            Role::ImageDefault,
            Role::CommandLine,
            Role::AliasOf,
            Role::MergedFrom,
            Role::Overrides,
            Role::ExtendedFrom,
            Role::IncludedBy,
            Role::Interpolated,
            Role::FromEnvFile,
            Role::FromShell,
            Role::MountedAt,
        ]
        .map(|role| TrailStep { role, message: "".into(), place })
        .to_vec();
        let outcome = Outcome { findings: vec![finding], ..Outcome::default() };
        assert_valid(&written(&Report::of(&sources, &outcome)));
    }
}
