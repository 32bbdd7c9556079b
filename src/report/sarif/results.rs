//! Findings as results.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use serde_sarif::sarif;
use stacklint_engine::finding::{Finding, Fix, TrailStep};
use stacklint_engine::origin::{FileId, Role, Span};
use stacklint_engine::outcome::{Outcome, Suppressed};

use super::place::Places;
use super::words::{Level, SuppressionKind, escape, message, text};
use crate::report::printable::one_line;
use crate::report::site;

/// GitHub refuses a result with more places, and a flow with more steps. It shows a tenth of either.
const PLACE_LIMIT: usize = 1_000;

/// So many places are named in a message.
const LINK_LIMIT: usize = 8;

/// Makes results.
#[derive(Debug)]
pub(super) struct Results<'a> {
    pub(super) outcome: &'a Outcome,
    pub(super) places: &'a Places<'a>,
    /// The rules by their id: where they stand in the list of the tool.
    pub(super) rules: &'a HashMap<&'a str, usize>,
}

/// A place besides the primary one, with what is there.
struct Other<'f> {
    place: Span,
    message: &'f str,
}

impl Results<'_> {
    /// A finding that somebody accepted.
    pub(super) fn suppressed(&self, suppressed: &Suppressed, notices: &mut Vec<String>) -> sarif::Result {
        let mut result = self.result(&suppressed.finding, notices);
        let kind = if suppressed.by == "inline" { SuppressionKind::InSource } else { SuppressionKind::External };
        let mut suppression = sarif::Suppression::builder().kind(kind.value()).build();
        suppression.justification = Some(suppressed.reason.clone());
        suppression.status = Some(Value::from("accepted"));
        let mut properties = vec![("by", json!(suppressed.by))];
        properties.extend(suppressed.until.as_ref().map(|until| ("until", json!(until))));
        suppression.properties = Some(bag(properties));
        result.suppressions = Some(vec![suppression]);
        result
    }

    /// A finding. `notices` gets what had to be left out.
    pub(super) fn result(&self, finding: &Finding, notices: &mut Vec<String>) -> sarif::Result {
        let shown = site::shown(finding, self.places.sources());
        let hidden = finding.primary.filter(|primary| shown != Some(*primary));
        let mut others = others(finding, shown);
        if others.len() > PLACE_LIMIT {
            notices.push(format!(
                "{} places of `{}` in `{}` are left out: GitHub takes {PLACE_LIMIT} of one result",
                others.len() - PLACE_LIMIT,
                finding.rule,
                finding.subject
            ));
            others.truncate(PLACE_LIMIT);
        }
        let links = links(hidden.map(|place| self.places.words(place)), &others);
        let mut result = sarif::Result::builder().message(message(format!("{}{links}", words(finding)))).build();
        result.rule_id = Some(finding.rule.to_owned());
        result.rule_index = self.rules.get(finding.rule).and_then(|index| i64::try_from(*index).ok());
        result.level = Some(Level::of(finding.severity).of_result());
        result.locations = self.primary(finding, shown).map(|location| vec![location]);
        result.related_locations = Some(self.related(&others)).filter(|related| !related.is_empty());
        result.code_flows = Some(self.code_flows(finding)).filter(|flows| !flows.is_empty());
        result.fixes = Some(finding.fixes.iter().filter_map(|fix| self.fix(fix)).collect::<Vec<_>>())
            .filter(|fixes| !fixes.is_empty());
        // GitHub reads the first one alone, and writes a `:` with the number among equal hashes behind its own. Ours
        // count already.
        result.partial_fingerprints = Some(BTreeMap::from([
            ("primaryLocationLineHash".to_owned(), format!("{}:1", finding.fingerprint)),
            ("stacklint/v1".to_owned(), finding.fingerprint.clone()),
        ]));
        let stacks: Vec<&str> = finding.stacks.iter().map(|stack| &*stack.name).collect();
        result.properties = Some(bag([
            ("severity", json!(finding.severity.name())),
            ("confidence", json!(finding.confidence.name())),
            ("stacks", json!(stacks)),
        ]));
        result
    }

    /// Where a result is. A viewer drops what is nowhere: what the run as a whole is at fault for is in the first file of
    /// its stack.
    fn primary(&self, finding: &Finding, shown: Option<Span>) -> Option<sarif::Location> {
        let mut location = match shown {
            Some(place) => self.places.location(place)?,
            None => {
                let name = &finding.stacks.first()?.name;
                let stack = self.outcome.stacks.iter().find(|stack| stack.name == **name)?;
                self.places.start_of(stack.files.first()?)
            }
        };
        if !finding.subject.is_empty() {
            let logical = sarif::LogicalLocation {
                fully_qualified_name: Some(finding.subject.clone()),
                ..sarif::LogicalLocation::default()
            };
            location.logical_locations = Some(vec![logical]);
        }
        Some(location)
    }

    fn related(&self, others: &[Other<'_>]) -> Vec<sarif::Location> {
        let numbered = others.iter().zip(1..);
        numbered
            .filter_map(|(other, id)| {
                let mut location = self.places.location(other.place)?;
                location.id = Some(id);
                location.message = Some(text(&one_line(other.message)));
                Some(location)
            })
            .collect()
    }

    /// The ways of the value that have more than one step: from where it is written to where it takes effect. A single
    /// step is a related place, and said as that.
    fn code_flows(&self, finding: &Finding) -> Vec<sarif::CodeFlow> {
        let Some(primary) = finding.primary else { return Vec::new() };
        let ways = self.ways(&finding.trail).into_iter().filter(|way| way.len() > 1).take(PLACE_LIMIT);
        ways.map(|way| {
            let start = Other { place: primary, message: "written here" };
            let steps = way.iter().map(|step| Other { place: step.place, message: &step.message });
            let locations = std::iter::once(start).chain(steps).take(PLACE_LIMIT).filter_map(|step| {
                let mut location = self.places.location(step.place)?;
                location.message = Some(text(&one_line(step.message)));
                Some(sarif::ThreadFlowLocation { location: Some(location), ..sarif::ThreadFlowLocation::default() })
            });
            let flow = sarif::ThreadFlow::builder().locations(locations.collect::<Vec<_>>()).build();
            sarif::CodeFlow::builder().thread_flows(vec![flow]).build()
        })
        .collect()
    }

    /// A trail taken apart into ways. Of a definition with several uses it leads to all of them, one after the other: a
    /// value that has come out of the env files is used once more only on another way.
    fn ways<'f>(&self, trail: &'f [TrailStep]) -> Vec<&'f [TrailStep]> {
        let is_use = |step: &TrailStep| {
            matches!(step.role, Role::Interpolated | Role::FromEnvFile) && !self.places.is_env_file(step.place)
        };
        let mut ways = Vec::new();
        let (mut start, mut used) = (0, false);
        for (index, _) in trail.iter().enumerate().filter(|(_, step)| is_use(step)) {
            if used {
                ways.extend(trail.get(start..index));
                start = index;
            }
            used = true;
        }
        ways.extend(trail.get(start..));
        ways
    }

    fn fix(&self, fix: &Fix) -> Option<sarif::Fix> {
        let mut changes: Vec<(FileId, sarif::ArtifactLocation, Vec<sarif::Replacement>)> = Vec::new();
        for edit in &fix.edits {
            let region = self.places.region(edit.place)?;
            let mut replacement = sarif::Replacement::builder().deleted_region(region).build();
            replacement.inserted_content = (!edit.replacement.is_empty()).then(|| sarif::ArtifactContent {
                text: Some(edit.replacement.clone()),
                ..sarif::ArtifactContent::default()
            });
            match changes.iter_mut().find(|(file, ..)| *file == edit.place.file) {
                Some((.., replacements)) => replacements.push(replacement),
                None => {
                    changes.push((edit.place.file, self.places.artifact_of(edit.place)?, vec![replacement]));
                }
            }
        }
        let changes = changes.into_iter().map(|(_, artifact, replacements)| {
            sarif::ArtifactChange::builder().artifact_location(artifact).replacements(replacements).build()
        });
        let mut written = sarif::Fix::builder().artifact_changes(changes.collect::<Vec<_>>()).build();
        written.description = Some(text(&fix.title));
        written.properties = Some(bag([("safety", json!(fix.safety.name()))]));
        Some(written)
    }
}

/// The places besides the one that is shown: the primary one if it is not that, the way, and what else has to do with it.
fn others<'f>(finding: &'f Finding, shown: Option<Span>) -> Vec<Other<'f>> {
    let hidden = finding.primary.filter(|primary| shown != Some(*primary));
    let hidden = hidden.map(|place| Other { place, message: "the place to change" });
    let trail = finding.trail.iter().map(|step| Other { place: step.place, message: &step.message });
    let related = finding.related.iter().map(|other| Other { place: other.place, message: &other.message });
    hidden.into_iter().chain(trail.chain(related).filter(|other| Some(other.place) != shown)).collect()
}

/// What is wrong, in a first sentence that serves as a title, and what to do.
fn words(finding: &Finding) -> String {
    let mut words = format!("{}.", escape(&one_line(&finding.message)));
    if let Some(help) = &finding.help {
        words.push_str(&format!(" Help: {}.", escape(&one_line(help))));
    }
    words
}

/// Links to the other places, by their number. GitHub shows only places that the message links to.
fn links(hidden: Option<String>, others: &[Other<'_>]) -> String {
    let mut linked = String::new();
    let mut numbered = others.iter().enumerate().map(|(index, other)| (other, index + 1));
    if let Some(place) = hidden
        && let Some((_, id)) = numbered.next()
    {
        linked.push_str(&format!(" The place to change is [{}]({id}), in a file that git ignores.", escape(&place)));
    }
    let left = numbered.len();
    let link = |(other, id): (&Other<'_>, usize)| format!("[{}]({id})", escape(&one_line(other.message)));
    let links: Vec<String> = numbered.take(LINK_LIMIT).map(link).collect();
    if !links.is_empty() {
        let more = left.saturating_sub(LINK_LIMIT);
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        linked.push_str(&format!(" See also: {}{more}.", links.join(", ")));
    }
    linked
}

fn bag<'n>(properties: impl IntoIterator<Item = (&'n str, Value)>) -> sarif::PropertyBag {
    let properties = properties.into_iter().map(|(name, value)| (name.to_owned(), value));
    sarif::PropertyBag { additional_properties: properties.collect(), ..sarif::PropertyBag::default() }
}
