//! `--format sarif`: SARIF 2.1.0, for code scanning and for editors.
//!
//! What GitHub reads of it is in its documentation, "SARIF support for code scanning"; its limits are below. The crate
//! behind it types what the schema defines, except for enumerations, which [`words`] brings. Nothing outside of this
//! folder knows that crate.

mod place;
mod results;
mod rules;
mod words;

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use serde_sarif::sarif;
use stacklint_engine::finding::Finding;
use stacklint_engine::outcome::Outcome;

use crate::exit::Exit;
use crate::report::{Renderer, Report, json_text};
use place::{Places, ROOT};
use results::Results;
use words::{ColumnKind, Level, text};

/// The format.
#[derive(Debug)]
pub(crate) struct Sarif;

/// GitHub refuses a run with more results.
const RESULT_LIMIT: usize = 25_000;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

impl Renderer for Sarif {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        json_text::write(&document(report, RESULT_LIMIT), out)
    }

    fn is_for_people(&self) -> bool {
        false
    }
}

fn document(report: &Report<'_>, limit: usize) -> sarif::Sarif {
    let mut document = sarif::Sarif::builder().version("2.1.0").runs(vec![run(report, limit)]).build();
    document.schema = Some(SCHEMA.to_owned());
    document
}

fn run(report: &Report<'_>, limit: usize) -> sarif::Run {
    let places = Places::new(report.sources);
    let indices: HashMap<&str, usize> =
        report.outcome.rules.iter().enumerate().map(|(index, rule)| (rule.id, index)).collect();
    let results = Results { outcome: report.outcome, places: &places, rules: &indices };
    let mut notices = Vec::new();

    let kept = kept(report.outcome, limit);
    let all = report.outcome.findings.len() + report.outcome.suppressed.len();
    if kept.findings.len() + kept.suppressed < all {
        notices.push(format!(
            "{} of {all} results are left out, the least severe ones: GitHub takes {limit} in one file",
            all - kept.findings.len() - kept.suppressed
        ));
    }
    let mut written = Vec::with_capacity(kept.findings.len() + kept.suppressed);
    for index in kept.findings {
        if let Some(finding) = report.outcome.findings.get(index) {
            written.push(results.result(finding, &mut notices));
        }
    }
    let suppressed = report.outcome.suppressed.iter().take(kept.suppressed);
    written.extend(suppressed.map(|suppressed| results.suppressed(suppressed, &mut notices)));

    let mut run = sarif::Run::builder().tool(tool(report)).build();
    run.automation_details = Some(automation(report.scope));
    run.column_kind = Some(ColumnKind::Utf16CodeUnits.value());
    run.newline_sequences = Some(["\r\n", "\n", "\r"].map(str::to_owned).to_vec());
    run.original_uri_base_ids = Some(BTreeMap::from([(ROOT.to_owned(), root())]));
    run.invocations = Some(vec![invocation(report, &places, notices)]);
    run.results = Some(written);
    run
}

/// What of an outcome fits.
struct Kept {
    /// The findings, by their position, in order.
    findings: Vec<usize>,
    /// How many of the suppressed ones.
    suppressed: usize,
}

/// The worst findings that fit, in their order, and of the accepted ones what then fits.
fn kept(outcome: &Outcome, limit: usize) -> Kept {
    let mut findings: Vec<usize> = (0..outcome.findings.len()).collect();
    if findings.len() > limit {
        let rank = |index: &usize| {
            outcome.findings.get(*index).map(|finding: &Finding| (finding.severity, finding.confidence))
        };
        findings.sort_by_key(|index| std::cmp::Reverse(rank(index)));
        findings.truncate(limit);
        findings.sort_unstable();
    }
    let suppressed = outcome.suppressed.len().min(limit - findings.len());
    Kept { findings, suppressed }
}

fn tool(report: &Report<'_>) -> sarif::Tool {
    let mut driver = sarif::ToolComponent::builder().name(env!("CARGO_PKG_NAME")).build();
    driver.full_name = Some(format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")));
    driver.information_uri = Some(env!("CARGO_PKG_REPOSITORY").to_owned());
    driver.version = Some(env!("CARGO_PKG_VERSION").to_owned());
    driver.semantic_version = Some(env!("CARGO_PKG_VERSION").to_owned());
    // All that ran, not only those with findings: what a rule without results says is that all is well.
    driver.rules = Some(report.outcome.rules.iter().map(|rule| rules::descriptor(rule)).collect());
    sarif::Tool::builder().driver(driver).build()
}

/// `stacklint/`, with what was asked for behind it. GitHub takes it for the category of the analysis: what one upload of a
/// category does not have any more is closed. So it must not hang on what was found.
fn automation(scope: &str) -> sarif::RunAutomationDetails {
    let id = if scope.is_empty() { "stacklint/".to_owned() } else { format!("stacklint/{scope}/") };
    sarif::RunAutomationDetails { id: Some(id), ..sarif::RunAutomationDetails::default() }
}

/// The directory that paths are relative to, without where it is: a report is the same on every machine.
fn root() -> sarif::ArtifactLocation {
    let description = text("The root of the repository, or the checked directory where there is no repository.");
    sarif::ArtifactLocation { description: Some(description), ..sarif::ArtifactLocation::default() }
}

fn invocation(report: &Report<'_>, places: &Places<'_>, notices: Vec<String>) -> sarif::Invocation {
    let failed = report.exit == Exit::Failed;
    let mut invocation = sarif::Invocation::builder().execution_successful(!failed).build();
    invocation.exit_code = Some(report.exit as i64);
    let errors = report.outcome.errors.iter().map(|error| {
        let mut notification = sarif::Notification::builder().message(text(&error.message)).build();
        // What `--allow-partial` forgives was forgiven if the run did not fail.
        let level = if error.partial && !failed { Level::Warning } else { Level::Error };
        notification.level = Some(level.value());
        notification.locations = error.place.and_then(|place| places.location(place)).map(|location| vec![location]);
        notification
    });
    let notices = notices.into_iter().map(|notice| {
        let mut notification = sarif::Notification::builder().message(text(&notice)).build();
        notification.level = Some(Level::Warning.value());
        notification
    });
    let all: Vec<sarif::Notification> = errors.chain(notices).collect();
    invocation.tool_execution_notifications = Some(all).filter(|all| !all.is_empty());
    invocation
}
