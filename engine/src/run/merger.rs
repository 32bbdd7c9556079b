//! The findings of all stacks made one list: what several stacks, or several uses, say of one place is one finding.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use crate::finding::{Confidence, Finding, Findings, Severity, StackVerdict};
use crate::map::{HashMap, HashSet};
use crate::origin::{FileId, Span};
use crate::rule::{Check, Rule};
use crate::source::Sources;
use crate::stack::Certainty;

/// Makes one finding of those that several stacks, or several uses in one stack, give for the same place.
pub(super) struct Merger {
    /// The rules that judge settings.
    of_settings: HashSet<&'static str>,
}

impl Merger {
    pub(super) fn new(catalogue: &'static [Rule]) -> Self {
        let of_settings = catalogue.iter().filter(|rule| matches!(rule.check, Check::Setting(_)));
        Self { of_settings: of_settings.map(|rule| rule.id).collect() }
    }

    /// One finding for each place, with what all of them say: of one stack, with a trail to each use; of several, with all
    /// their names.
    pub(super) fn merged(&self, findings: Findings) -> Findings {
        let mut merged: Findings = Vec::with_capacity(findings.len());
        let mut known: HashMap<(&'static str, Option<Span>, String), usize> = HashMap::default();
        known.reserve(findings.len());
        for finding in findings {
            // Without a place the subject tells findings apart.
            let subject = if finding.primary.is_some() { String::new() } else { finding.subject.clone() };
            match known.entry((finding.rule, finding.primary, subject)) {
                Entry::Vacant(slot) => {
                    slot.insert(merged.len());
                    merged.push(finding);
                }
                Entry::Occupied(slot) => {
                    if let Some(known) = merged.get_mut(*slot.get()) {
                        merge(known, *finding);
                    }
                }
            }
        }
        self.join_overlapping(&mut merged);
        merged
    }

    /// A value may be judged whole where it is defined and in part where it is used: the whole is the place to edit.
    fn join_overlapping(&self, findings: &mut Findings) {
        let of_setting = |finding: &mut Box<Finding>| self.of_settings.contains(finding.rule);
        let mut candidates: Findings = findings.extract_if(.., of_setting).collect();
        // The widest of those that start at one place comes first.
        candidates.sort_by_key(|finding| {
            let span = finding.primary.map(|span| (span.file, span.range.start, std::cmp::Reverse(span.range.end)));
            (finding.rule, span)
        });
        let mut joined: Findings = Vec::with_capacity(candidates.len());
        for finding in candidates {
            let outer = joined.last_mut().filter(|last| {
                let places = last.primary.zip(finding.primary);
                last.rule == finding.rule
                    && places.is_some_and(|(last, own)| last.file == own.file && last.range.contains(own.range))
            });
            match outer {
                Some(outer) => merge(outer, Finding { severity: Severity::Info, ..*finding }),
                None => joined.push(finding),
            }
        }
        findings.extend(joined);
    }
}

/// How sure the stacks of a run are.
#[derive(Default)]
pub(super) struct Guesses {
    /// How sure each stack is, and the file it is about.
    certainty: HashMap<String, (Certainty, String)>,
    /// Files that only programs read: what is wrong with them holds however the stack is run.
    mounted: HashSet<FileId>,
}

impl Guesses {
    pub(super) fn add(&mut self, stack: &str, certainty: Certainty, file: String, mounted: Vec<FileId>) {
        self.certainty.insert(stack.to_owned(), (certainty, file));
        self.mounted.extend(mounted);
    }

    /// A file that may be a layer or stand alone is judged as both: what holds in one reading only is less sure. And a
    /// stack that Docker Compose refuses may simply not be meant to run like this if it was guessed, or if its file is a
    /// part of another: it is told once, as information.
    pub(super) fn weigh(&self, findings: &mut Findings, catalogue: &'static [Rule]) {
        let refusals: Vec<&'static str> = catalogue
            .iter()
            .filter(|rule| matches!(rule.check, Check::Problem(kind) if kind.refused_by_compose()))
            .map(|rule| rule.id)
            .collect();
        let mut told = HashSet::default();
        findings.retain_mut(|finding| {
            let certainty = |stack: &StackVerdict| self.certainty.get(&*stack.name).map(|(known, _)| *known);
            if finding.stacks.iter().filter_map(certainty).all(|known| known == Certainty::Certain) {
                return true;
            }
            let is_refusal = refusals.contains(&finding.rule)
                && !finding.primary.is_some_and(|span| self.mounted.contains(&span.file));
            let known: Vec<_> = finding.stacks.iter().filter_map(|stack| self.certainty.get(&*stack.name)).collect();
            let is_part = |known: &&&(Certainty, String)| known.0 == Certainty::Part;
            let Some((_, file)) = known.iter().find(is_part).or(known.first()) else { return true };
            let is_guessed =
                |name: &str| self.certainty.get(name).is_some_and(|(known, _)| *known == Certainty::Guessed);
            let guessed: Vec<&str> =
                finding.stacks.iter().map(|stack| &*stack.name).filter(|name| is_guessed(name)).collect();
            let alone = guessed.iter().filter(|name| name.ends_with(":alone")).count();
            let one_sided = alone == 0 || alone == guessed.len();
            let one_reading = one_sided && guessed.len() == finding.stacks.len();
            let nobody_runs = one_sided && known.iter().all(|(known, _)| *known != Certainty::Certain);
            let note = if one_reading {
                let reading = if alone > 0 { "alone" } else { "on top of the default file" };
                format!("holds only if `{file}` is run {reading}")
            } else if nobody_runs && is_refusal {
                format!("`{file}` seems to be a part of a stack: this holds only if it is run alone")
            } else {
                return true;
            };
            finding.help = Some(match finding.help.take() {
                Some(help) => format!("{help}; {note}").into(),
                None => note.into(),
            });
            if one_reading {
                finding.confidence = finding.confidence.min(Confidence::Medium);
            }
            if is_refusal {
                finding.severity = Severity::Info;
                let names: Vec<Arc<str>> = finding.stacks.iter().map(|stack| stack.name.clone()).collect();
                if !told.insert(names) {
                    return false;
                }
            }
            for stack in &mut finding.stacks {
                stack.confidence = stack.confidence.min(finding.confidence);
                stack.severity = stack.severity.min(finding.severity);
            }
            true
        });
    }
}

/// Puts findings into the order of reports.
pub(super) fn sort(findings: &mut Findings, sources: &Sources) {
    for finding in &mut *findings {
        finding.stacks.sort_by(|left, right| left.name.cmp(&right.name));
    }
    let ranks = ranks(sources);
    let key = |finding: &Finding| {
        let rank = finding.primary.and_then(|span| ranks.get(span.file.0 as usize));
        (rank, finding.primary.map(|span| span.range.start), finding.rule)
    };
    findings.sort_by(|left, right| key(left).cmp(&key(right)).then_with(|| left.subject.cmp(&right.subject)));
}

/// Which file comes before which in reports, by their numbers: comparing names for each pair of findings took longer than
/// all else here.
fn ranks(sources: &Sources) -> Vec<u32> {
    let files = sources.files();
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|id| files.get(*id).map(|file| file.name.as_str()));
    let mut ranks = vec![0; files.len()];
    for (rank, id) in order.into_iter().enumerate() {
        if let Some(slot) = ranks.get_mut(id) {
            *slot = u32::try_from(rank).unwrap_or(u32::MAX);
        }
    }
    ranks
}

/// Takes another finding of the same rule at the same place into `known`.
fn merge(known: &mut Finding, other: Finding) {
    let same_stack = known.stacks.iter().any(|stack| other.stacks.iter().any(|more| more.name == stack.name));
    for more in other.stacks {
        match known.stacks.iter_mut().find(|stack| stack.name == more.name) {
            Some(stack) => {
                stack.severity = stack.severity.max(more.severity);
                stack.confidence = stack.confidence.max(more.confidence);
            }
            None => known.stacks.push(more),
        }
    }
    let worse = (other.severity, other.confidence) > (known.severity, known.confidence);
    known.confidence = known.confidence.max(other.confidence);
    if same_stack {
        // Several uses of one definition: the trail goes to each of them.
        let steps = other.trail.iter().filter(|step| !known.trail.contains(step)).cloned().collect::<Vec<_>>();
        known.trail.extend(steps);
    } else if worse || known.trail.is_empty() {
        known.trail = other.trail;
    }
    // What is said of one use only, such as that its service seldom runs, does not hold for all of them.
    if let (Some(help), Some(plainer)) = (&known.help, &other.help)
        && !worse
        && help.starts_with(&**plainer)
    {
        known.help.clone_from(&other.help);
    }
    for related in other.related {
        if !known.related.contains(&related) {
            known.related.push(related);
        }
    }
    if worse {
        known.severity = other.severity;
        known.message = other.message;
        known.help = other.help;
        known.subject = other.subject;
        if same_stack && !other.fixes.is_empty() {
            known.fixes = other.fixes.clone();
        }
    }
    if !same_stack {
        // A fix changes every stack that reads the place: it must be right in all of them.
        known.fixes.retain(|fix| other.fixes.contains(fix));
    }
}
