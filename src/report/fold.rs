//! What reports for people say at once: findings of one rule that reports what is not there, in one file.
//!
//! Nearly every service lacks something. Said service by service, a few such rules fill a report and hide the rest. JSON,
//! SARIF and every count keep one finding for each.

use stacklint_engine::finding::{Confidence, Finding, Severity};
use stacklint_engine::map::HashMap;
use stacklint_engine::origin::{FileId, Span};
use stacklint_engine::source::Sources;

use crate::report::location::Locator;
use crate::report::printable::one_line;
use crate::report::source_text::SourceTexts;

/// A name longer than this is cut.
const NAME_LIMIT: usize = 60;

/// Something to say at once.
#[derive(Debug)]
pub(crate) enum Block<'a> {
    /// A finding by itself.
    One(&'a Finding),
    /// Findings that differ in their service only.
    Several(Fold<'a>),
}

/// Findings that differ in their service only: same rule and file, as bad and as sure, in the same stacks.
#[derive(Debug)]
pub(crate) struct Fold<'a> {
    /// What all of them lack.
    pub(crate) text: &'static str,
    /// The first of them.
    pub(crate) first: &'a Finding,
    /// The others, in the order of the file.
    pub(crate) others: Vec<&'a Finding>,
}

/// A service of a fold.
#[derive(Debug)]
pub(crate) struct Member {
    /// Its name, printable.
    pub(crate) name: String,
    /// Its line, from 1.
    pub(crate) line: u32,
}

type Key<'a> = (&'static str, FileId, Severity, Confidence, Vec<(&'a str, Severity)>);

/// The findings as blocks. A block stands where its first finding does.
pub(crate) fn blocks(findings: &[Finding]) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::with_capacity(findings.len());
    let mut known: HashMap<Key<'_>, usize> = HashMap::default();
    for finding in findings {
        let text = stacklint_rules::find(finding.rule).and_then(|rule| rule.declaration.absence);
        let (Some(text), Some(primary)) = (text, finding.primary) else {
            blocks.push(Block::One(finding));
            continue;
        };
        let stacks = finding.stacks.iter().map(|stack| (&*stack.name, stack.severity)).collect();
        let key = (finding.rule, primary.file, finding.severity, finding.confidence, stacks);
        match known.get(&key).and_then(|index| blocks.get_mut(*index)) {
            Some(Block::Several(fold)) => fold.others.push(finding),
            Some(block @ Block::One(_)) => {
                if let Block::One(first) = *block {
                    *block = Block::Several(Fold { text, first, others: vec![finding] });
                }
            }
            None => {
                known.insert(key, blocks.len());
                blocks.push(Block::One(finding));
            }
        }
    }
    blocks
}

impl<'a> Fold<'a> {
    /// All of them.
    pub(crate) fn findings(&self) -> impl Iterator<Item = &'a Finding> {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }

    /// The message for all of them: how many they are, what they lack, and why that is worse than usual.
    pub(crate) fn message(&self) -> String {
        let levels = stacklint_rules::find(self.first.rule).map_or(&[][..], |rule| rule.declaration.levels);
        let level = levels.iter().find(|(severity, _)| *severity == self.first.severity);
        let reason = level.map(|(severity, reason)| format!(" ({severity}: {reason})")).unwrap_or_default();
        format!("{} services: {}{reason}", self.others.len() + 1, self.text)
    }

    /// The same, and which they are.
    pub(crate) fn message_with_names(
        &self,
        sources: &Sources,
        texts: &SourceTexts<'_>,
        locator: &Locator<'_>,
    ) -> String {
        let members = self.findings().map(|finding| Member::of(finding, sources, texts, locator));
        let members: Vec<String> = members.map(|Member { name, line }| format!("`{name}` (line {line})")).collect();
        format!("{}: {}", self.message(), members.join(", "))
    }

    /// What to do, each help with the findings it is for. Most often there is one for all.
    pub(crate) fn helps(&self) -> Vec<(&'a str, Vec<&'a Finding>)> {
        let mut helps: Vec<(&str, Vec<&Finding>)> = Vec::new();
        let mut known: HashMap<&str, usize> = HashMap::default();
        for finding in self.findings() {
            let Some(help) = finding.help.as_deref() else { continue };
            let index = *known.entry(help).or_insert(helps.len());
            match helps.get_mut(index) {
                Some((_, findings)) => findings.push(finding),
                None => helps.push((help, vec![finding])),
            }
        }
        helps
    }
}

impl Member {
    /// The service of a finding: what stands at its place.
    pub(crate) fn of(finding: &Finding, sources: &Sources, texts: &SourceTexts<'_>, locator: &Locator<'_>) -> Self {
        let written = finding.primary.map(|place| written(place, sources, texts)).unwrap_or_default();
        let line = finding.primary.and_then(|place| locator.locate(place)).map_or(0, |location| location.start.line);
        Self { name: if written.is_empty() { finding.subject.clone() } else { written }, line }
    }
}

/// What stands at a place, without quotes, on one line, and not too long.
fn written(place: Span, sources: &Sources, texts: &SourceTexts<'_>) -> String {
    let Some(file) = sources.file(place.file) else { return String::new() };
    let range = place.range.to_usize();
    let shown = texts.show(&file, range.start..range.end);
    let name = one_line(shown.trim_matches(['"', '\'']));
    if name.chars().count() > NAME_LIMIT {
        return name.chars().take(NAME_LIMIT).chain(['…']).collect();
    }
    name.into_owned()
}
