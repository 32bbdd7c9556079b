//! The objects of the JSON contract: what `json` lists, and `jsonl` writes one a line.
//!
//! Lines and columns count from 1, columns code points; offsets are bytes from 0; ends are exclusive; what is absent is
//! null.

use serde::Serialize;
use stacklint_engine::finding::Finding;
use stacklint_engine::origin::Span;
use stacklint_engine::outcome::RunError;
use stacklint_engine::source::Sources;
use stacklint_engine::stack::Problem;

use crate::report::location::{Location, Locator};
use crate::report::rule_url;

/// A finding.
#[derive(Debug, Serialize)]
pub(crate) struct JsonFinding<'a> {
    rule: &'a str,
    family: &'a str,
    severity: &'static str,
    confidence: &'static str,
    message: &'a str,
    help: Option<&'a str>,
    url: String,
    stacks: Vec<JsonVerdict<'a>>,
    subject: &'a str,
    fingerprint: &'a str,
    location: Option<Location>,
    trail: Vec<JsonTrailStep<'a>>,
    related: Vec<JsonRelated<'a>>,
    fixes: Vec<JsonFix<'a>>,
}

#[derive(Debug, Serialize)]
struct JsonVerdict<'a> {
    name: &'a str,
    environment: &'static str,
    severity: &'static str,
    confidence: &'static str,
}

#[derive(Debug, Serialize)]
struct JsonTrailStep<'a> {
    role: &'static str,
    message: &'a str,
    location: Option<Location>,
}

#[derive(Debug, Serialize)]
struct JsonRelated<'a> {
    message: &'a str,
    location: Option<Location>,
}

#[derive(Debug, Serialize)]
struct JsonFix<'a> {
    title: &'a str,
    safety: &'static str,
    edits: Vec<JsonEdit<'a>>,
}

#[derive(Debug, Serialize)]
struct JsonEdit<'a> {
    location: Option<Location>,
    replacement: &'a str,
}

/// Something that is wrong with the run or with a stack.
#[derive(Debug, Serialize)]
pub(crate) struct JsonError<'a> {
    message: &'a str,
    location: Option<Location>,
}

/// Makes objects of the contract.
#[derive(Debug)]
pub(crate) struct Converter<'a> {
    locator: Locator<'a>,
}

impl<'a> Converter<'a> {
    /// For the files of one run.
    pub(crate) fn new(sources: &'a Sources) -> Self {
        Self { locator: Locator::new(sources) }
    }

    /// A finding.
    pub(crate) fn finding<'r>(&self, finding: &'r Finding) -> JsonFinding<'r> {
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
            fingerprint: &finding.fingerprint,
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

    /// Why Docker Compose would refuse a stack.
    pub(crate) fn problem<'r>(&self, problem: &'r Problem) -> JsonError<'r> {
        JsonError { message: &problem.message, location: self.place(problem.place) }
    }

    /// What went wrong with the run itself.
    pub(crate) fn error<'r>(&self, error: &'r RunError) -> JsonError<'r> {
        JsonError { message: &error.message, location: self.place(error.place) }
    }

    fn place(&self, place: Option<Span>) -> Option<Location> {
        place.and_then(|place| self.locator.locate(place))
    }
}
