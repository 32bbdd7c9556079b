//! `--format json`, version 1: a contract. Its schema is `schemas/findings.schema.json`.
//!
//! Lines and columns count from 1, columns code points; offsets are bytes from 0; ends are exclusive; what is absent is
//! null.

use std::io::{self, Write};

use serde::Serialize;
use stacklint_engine::finding::{Finding, Severity};
use stacklint_engine::origin::Span;
use stacklint_engine::stack::Problem;

use crate::report::fingerprint::Fingerprints;
use crate::report::location::{Location, Locator};
use crate::report::{Renderer, Report, json_text, rule_url};

/// The format.
#[derive(Debug)]
pub(crate) struct Json;

/// The version of the contract: it changes when a field goes or means something else, not when one comes.
const VERSION: u32 = 1;

impl Renderer for Json {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        json_text::write(&Converter { locator: Locator::new(report.sources) }.document(report), out)
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
struct JsonFinding<'a> {
    rule: &'a str,
    family: &'a str,
    severity: &'static str,
    confidence: &'static str,
    message: &'a str,
    help: Option<&'a str>,
    url: String,
    stacks: Vec<JsonVerdict<'a>>,
    subject: &'a str,
    fingerprint: String,
    location: Option<Location>,
    trail: Vec<JsonTrailStep<'a>>,
    related: Vec<JsonRelated<'a>>,
    fixes: Vec<JsonFix<'a>>,
}

#[derive(Serialize)]
struct JsonVerdict<'a> {
    name: &'a str,
    environment: &'static str,
    severity: &'static str,
    confidence: &'static str,
}

#[derive(Serialize)]
struct JsonTrailStep<'a> {
    role: &'static str,
    message: &'a str,
    location: Option<Location>,
}

#[derive(Serialize)]
struct JsonRelated<'a> {
    message: &'a str,
    location: Option<Location>,
}

#[derive(Serialize)]
struct JsonFix<'a> {
    title: &'a str,
    safety: &'static str,
    edits: Vec<JsonEdit<'a>>,
}

#[derive(Serialize)]
struct JsonEdit<'a> {
    location: Option<Location>,
    replacement: &'a str,
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
    reason: &'a str,
    errors: Vec<JsonError<'a>>,
}

/// Something that is wrong with the run or with a stack.
#[derive(Serialize)]
pub(crate) struct JsonError<'a> {
    message: &'a str,
    location: Option<Location>,
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

struct Converter<'a> {
    locator: Locator<'a>,
}

impl Converter<'_> {
    fn document<'r>(&self, report: &Report<'r>) -> JsonDocument<'r> {
        let outcome = report.outcome;
        let fingerprints = Fingerprints::of(outcome, report.sources);
        let findings = outcome.findings.iter().zip(fingerprints.findings);
        let suppressed = outcome.suppressed.iter().zip(fingerprints.suppressed);
        JsonDocument {
            version: VERSION,
            tool: JsonTool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            findings: findings.map(|(finding, fingerprint)| self.finding(finding, fingerprint)).collect(),
            suppressed: suppressed
                .map(|(suppressed, fingerprint)| JsonSuppressed {
                    finding: self.finding(&suppressed.finding, fingerprint),
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
                    reason: &stack.reason,
                    errors: stack.errors.iter().map(|problem| self.problem(problem)).collect(),
                })
                .collect(),
            errors: outcome
                .errors
                .iter()
                .map(|error| JsonError { message: &error.message, location: self.place(error.place) })
                .collect(),
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

    fn finding<'r>(&self, finding: &'r Finding, fingerprint: String) -> JsonFinding<'r> {
        JsonFinding {
            rule: finding.rule,
            family: finding.family,
            severity: finding.severity.name(),
            confidence: finding.confidence.name(),
            message: &finding.message,
            help: finding.help.as_deref(),
            url: rule_url(finding.family, finding.rule),
            stacks: finding
                .stacks
                .iter()
                .map(|verdict| JsonVerdict {
                    name: &verdict.name,
                    environment: verdict.environment,
                    severity: verdict.severity.name(),
                    confidence: verdict.confidence.name(),
                })
                .collect(),
            subject: &finding.subject,
            fingerprint,
            location: self.place(finding.primary),
            trail: finding
                .trail
                .iter()
                .map(|step| JsonTrailStep {
                    role: step.role.name(),
                    message: &step.message,
                    location: self.place(Some(step.place)),
                })
                .collect(),
            related: finding
                .related
                .iter()
                .map(|related| JsonRelated { message: &related.message, location: self.place(Some(related.place)) })
                .collect(),
            fixes: finding
                .fixes
                .iter()
                .map(|fix| JsonFix {
                    title: &fix.title,
                    safety: fix.safety.name(),
                    edits: fix
                        .edits
                        .iter()
                        .map(|edit| JsonEdit { location: self.place(Some(edit.place)), replacement: &edit.replacement })
                        .collect(),
                })
                .collect(),
        }
    }

    fn problem<'r>(&self, problem: &'r Problem) -> JsonError<'r> {
        JsonError { message: &problem.message, location: self.place(problem.place) }
    }

    fn place(&self, place: Option<Span>) -> Option<Location> {
        place.and_then(|place| self.locator.locate(place))
    }
}
