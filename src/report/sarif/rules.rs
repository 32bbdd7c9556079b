//! What a rule says of itself, for SARIF.

use serde_json::{Value, json};
use serde_sarif::sarif;
use stacklint_engine::rule::{Check, Rule};

use super::words::{Level, precision, problem_severity, security_severity};
use crate::report::{page, rule_url};

/// GitHub refuses longer descriptions.
const DESCRIPTION_LIMIT: usize = 1_024;

/// GitHub takes so many tags of a rule.
const TAG_LIMIT: usize = 20;

/// A rule with all that is known of it, so that a viewer needs nothing else.
pub(super) fn descriptor(rule: &Rule) -> sarif::ReportingDescriptor {
    let declaration = rule.declaration;
    let summary = page::plain(rule.summary());
    let first = summary.find(". ").map_or(summary.as_str(), |end| summary.get(..=end).unwrap_or(&summary));
    let full = format!("{summary} {}", page::first_paragraph(rule.page, "Why"));
    let mut descriptor = sarif::ReportingDescriptor::builder().id(rule.id).build();
    descriptor.name = Some(pascal_case(rule.id));
    descriptor.short_description = Some(strings(page::cut(first, DESCRIPTION_LIMIT)));
    descriptor.full_description = Some(strings(page::cut(full.trim(), DESCRIPTION_LIMIT)));
    let mut help = strings(page::text(rule.page));
    help.markdown = Some(page::markdown(rule.page));
    descriptor.help = Some(help);
    descriptor.help_uri = Some(rule_url(rule.family, rule.id));
    descriptor.default_configuration = Some(sarif::ReportingConfiguration {
        enabled: Some(true),
        level: Some(Level::of(declaration.severity).value()),
        ..sarif::ReportingConfiguration::default()
    });
    descriptor.properties = Some(properties(rule));
    descriptor
}

fn properties(rule: &Rule) -> sarif::PropertyBag {
    let declaration = rule.declaration;
    // What loading found may make a stack fail, and opens no door.
    let security = !matches!(rule.check, Check::Problem(_));
    let kind = if security { "security" } else { "correctness" };
    let covers = declaration.covers.iter().map(|item| format!("checklist:{item}"));
    let tags = [kind, rule.family].into_iter().chain(declaration.maps.iter().copied()).map(str::to_owned);
    let mut properties = sarif::PropertyBag {
        tags: Some(tags.chain(covers).take(TAG_LIMIT).collect()),
        ..sarif::PropertyBag::default()
    };
    let mut add = |name: &str, value: Value| properties.additional_properties.insert(name.to_owned(), value);
    add("precision", precision(declaration.confidence).into());
    add("problem.severity", problem_severity(declaration.severity).into());
    if security {
        add("security-severity", security_severity(declaration.severity).into());
    }
    add("severity", declaration.severity.name().into());
    add("since", declaration.since.into());
    if !declaration.levels.is_empty() {
        let levels = declaration.levels.iter();
        add(
            "levels",
            levels.map(|(severity, reason)| json!({"severity": severity.name(), "reason": reason})).collect(),
        );
    }
    properties
}

fn strings(text: String) -> sarif::MultiformatMessageString {
    sarif::MultiformatMessageString::builder().text(text).build()
}

/// `missing-healthcheck` as SARIF names rules: `MissingHealthcheck`.
fn pascal_case(id: &str) -> String {
    let mut name = String::with_capacity(id.len());
    for word in id.split('-') {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}
