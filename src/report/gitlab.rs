//! `--format gitlab`: a Code Quality report of GitLab, which is a subset of Code Climate's.
//!
//! Paths are relative to the git top, where a pipeline has the project, and never start with `./`. Columns count code
//! points from 1. What a merge request did not have before and has now is told by fingerprints alone.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Write};

use serde::Serialize;
use stacklint_engine::finding::Severity;
use stacklint_engine::line_index::ColumnUnit;
use stacklint_engine::map::HashMap;

use crate::report::level::Level;
use crate::report::location::{Location, Position};
use crate::report::remark::{self, Remark};
use crate::report::site::{Base, Sites};
use crate::report::{Renderer, Report, json_text};

/// The format.
#[derive(Debug)]
pub(crate) struct Gitlab;

impl Renderer for Gitlab {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let sites = Sites::new(report, Base::Repository, ColumnUnit::CodePoint);
        let mut occurrences = HashMap::default();
        let issues: Vec<Issue> =
            remark::all(report).iter().map(|remark| issue(remark, &sites, &mut occurrences)).collect();
        json_text::write(&issues, out)
    }

    fn is_for_people(&self) -> bool {
        false
    }
}

#[derive(Serialize)]
struct Issue {
    #[serde(rename = "type")]
    kind: &'static str,
    check_name: &'static str,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Content>,
    categories: [&'static str; 1],
    severity: &'static str,
    fingerprint: String,
    location: IssueLocation,
}

/// What there is to read about an issue, in Markdown.
#[derive(Serialize)]
struct Content {
    body: String,
}

#[derive(Serialize)]
struct IssueLocation {
    path: String,
    positions: Positions,
}

#[derive(Serialize)]
struct Positions {
    begin: LineColumn,
    end: LineColumn,
}

#[derive(Serialize)]
struct LineColumn {
    line: u32,
    column: u32,
}

impl From<Position> for LineColumn {
    fn from(position: Position) -> Self {
        Self { line: position.line, column: position.column }
    }
}

fn issue(remark: &Remark<'_>, sites: &Sites<'_>, occurrences: &mut HashMap<u64, u32>) -> Issue {
    let Location { path, start, end } = sites.anchor(remark);
    let message = remark.message();
    let fingerprint = match remark.finding() {
        Some(finding) => finding.fingerprint.clone(),
        None => fingerprint(&message, &path, occurrences),
    };
    let body: Vec<String> = remark.help().map(str::to_owned).into_iter().chain(remark.url()).collect();
    Issue {
        kind: "issue",
        check_name: remark.code(),
        description: message,
        content: (!body.is_empty()).then(|| Content { body: body.join("\n\n") }),
        categories: [if remark.finding().is_some() { "Security" } else { "Bug Risk" }],
        severity: severity(remark),
        fingerprint,
        location: IssueLocation { path, positions: Positions { begin: start.into(), end: end.into() } },
    }
}

fn severity(remark: &Remark<'_>) -> &'static str {
    match remark.finding().map(|finding| finding.severity) {
        None if remark.level() == Level::Warning => "major",
        None | Some(Severity::Critical) => "blocker",
        Some(Severity::High) => "critical",
        Some(Severity::Medium) => "major",
        Some(Severity::Low) => "minor",
        Some(Severity::Info) => "info",
    }
}

/// An error of the run has no fingerprint of its own. No two in a report may have the same: GitLab shows one of them.
fn fingerprint(message: &str, path: &str, occurrences: &mut HashMap<u64, u32>) -> String {
    let mut hasher = DefaultHasher::new();
    (message, path).hash(&mut hasher);
    let hash = hasher.finish();
    let occurrence = occurrences.entry(hash).or_default();
    *occurrence += 1;
    format!("{hash:016x}{occurrence:016x}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::{Value, json};
    use stacklint_engine::outcome::{Outcome, RunError};

    use super::*;
    use crate::report::test_support::{every_kind, finding, sources, span_of, written};

    fn issues(report: &Report<'_>) -> Vec<Value> {
        let issues: Vec<Value> = serde_json::from_str(&written(&Gitlab, report)).unwrap();
        // What GitLab asks for in its documentation of Code Quality reports.
        let schema = json!({"type": "array", "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": {"type": "string", "minLength": 1},
                "check_name": {"type": "string", "minLength": 1},
                "fingerprint": {"type": "string", "minLength": 1},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object",
                    "required": ["path", "positions"],
                    "properties": {
                        "path": {"type": "string", "pattern": "^[^/]", "not": {"pattern": "^\\./"}},
                        "positions": {
                            "required": ["begin", "end"],
                            "additionalProperties": {
                                "required": ["line", "column"],
                                "additionalProperties": {"type": "integer", "minimum": 1}
                            }
                        }
                    }
                }
            }
        }});
        let schema = jsonschema::validator_for(&schema).unwrap();
        let all = Value::from(issues.clone());
        let errors: Vec<String> = schema.iter_errors(&all).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let fingerprints: HashSet<&Value> = issues.iter().map(|issue| &issue["fingerprint"]).collect();
        assert_eq!(fingerprints.len(), issues.len(), "each of its own");
        issues
    }

    #[test]
    fn every_kind_of_remark_is_an_issue() {
        let (sources, outcome) = every_kind();
        let issues = issues(&Report::of(&sources, &outcome));
        let told: Vec<[&str; 3]> = issues
            .iter()
            .map(|issue| {
                [&issue["check_name"], &issue["severity"], &issue["location"]["path"]].map(|it| it.as_str().unwrap())
            })
            .collect();
        assert_eq!(
            told,
            [
                ["run-error", "major", "deploy/compose.yaml"],
                ["run-error", "blocker", "deploy/compose.yaml"],
                ["rule-critical", "blocker", "deploy/compose.yaml"],
                ["rule-high", "critical", "deploy/compose.yaml"],
                ["rule-medium", "major", "deploy/compose.yaml"],
                ["rule-low", "minor", "deploy/compose.yaml"],
                ["rule-info", "info", "deploy/compose.yaml"],
                ["rule-nowhere", "critical", "deploy/compose.yaml"],
            ]
        );
        assert_eq!(issues[2]["location"]["positions"]["begin"], json!({"line": 2, "column": 7}));
        assert_eq!(issues[2]["location"]["positions"]["end"], json!({"line": 2, "column": 10}));
        assert_eq!(issues[2]["content"]["body"].as_str().unwrap().split("\n\n").next(), Some("mend it"));
    }

    #[test]
    fn a_clean_run_is_an_empty_list() {
        let (sources, _) = sources(&[]);
        assert_eq!(written(&Gitlab, &Report::of(&sources, &Outcome::default())), "[]\n");
    }

    #[test]
    fn paths_start_at_the_git_top_and_columns_count_code_points() {
        let (sources, files) = sources(&[("a b/[x].yaml", "\u{feff}a: 1\r\n\t\u{1f600}\u{e9}: bad\r\n")]);
        let findings = vec![finding("rule", Some(span_of(&files[0], "bad")))];
        let error = RunError { message: "broken".to_owned(), place: None, partial: false };
        let outcome = Outcome { findings, errors: vec![error.clone(), error], ..Outcome::default() };
        let issues = issues(&Report::of(&sources, &outcome));
        assert_eq!(issues[0]["location"]["path"], ".", "nothing else is known");
        assert_eq!(
            issues[2]["location"],
            json!({"path": "a b/[x].yaml",
                "positions": {"begin": {"line": 2, "column": 6}, "end": {"line": 2, "column": 9}}})
        );
    }
}
