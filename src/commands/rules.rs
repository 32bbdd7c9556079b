//! `rules`: the catalogue.

use std::io::{self, Write};

use serde::Serialize;
use stacklint_engine::finding::Safety;
use stacklint_engine::rule::Rule;

use crate::catalogue;
use crate::cli::{RulesArgs, RulesFormat};
use crate::commands::answer;
use crate::error::Error;
use crate::exit::Exit;
use crate::report::table::{self, Column};
use crate::report::{json_text, rule_url};

/// Runs the command.
///
/// # Errors
/// If standard output fails.
pub(crate) fn run(args: &RulesArgs) -> Result<Exit, Error> {
    answer(|out| match args.format {
        RulesFormat::Text => write_table(catalogue::all(), out),
        RulesFormat::Json => json_text::write(&catalogue::all().iter().map(json).collect::<Vec<_>>(), out),
    })?;
    Ok(Exit::Clean)
}

fn write_table(rules: &[Rule], out: &mut dyn Write) -> io::Result<()> {
    let rows = rules.iter().map(|rule| {
        let declaration = rule.declaration;
        let fix = declaration.fix.map_or("-", Safety::name);
        let (severity, confidence) = (declaration.severity.name(), declaration.confidence.name());
        [rule.id.to_owned(), severity.into(), confidence.into(), rule.family.into(), fix.into(), first_sentence(rule)]
    });
    table::write(&["RULE", "SEVERITY", "CONFIDENCE", "FAMILY", "FIX", "ABOUT"].map(Column::left), rows, out)
}

/// The first sentence of a rule's summary, on one line.
fn first_sentence(rule: &Rule) -> String {
    let summary = rule.summary().split_whitespace().collect::<Vec<_>>().join(" ");
    let end = summary.find(". ").map_or(summary.len(), |end| end + 1);
    summary.get(..end).unwrap_or(&summary).trim_end_matches('.').to_owned()
}

#[derive(Serialize)]
struct JsonRule {
    id: &'static str,
    family: &'static str,
    severity: &'static str,
    confidence: &'static str,
    levels: Vec<JsonLevel>,
    fix: Option<&'static str>,
    since: &'static str,
    covers: &'static [&'static str],
    maps: &'static [&'static str],
    summary: &'static str,
    url: String,
}

#[derive(Serialize)]
struct JsonLevel {
    severity: &'static str,
    reason: &'static str,
}

fn json(rule: &Rule) -> JsonRule {
    let declaration = rule.declaration;
    let levels = declaration.levels.iter();
    JsonRule {
        id: rule.id,
        family: rule.family,
        severity: declaration.severity.name(),
        confidence: declaration.confidence.name(),
        levels: levels.map(|(severity, reason)| JsonLevel { severity: severity.name(), reason }).collect(),
        fix: declaration.fix.map(Safety::name),
        since: declaration.since,
        covers: declaration.covers,
        maps: declaration.maps,
        summary: rule.summary(),
        url: rule_url(rule.family, rule.id),
    }
}
