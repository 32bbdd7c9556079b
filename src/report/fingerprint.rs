//! What a finding is known by from one run to the next.

use std::collections::HashMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use stacklint_engine::finding::Finding;
use stacklint_engine::outcome::Outcome;
use stacklint_engine::source::Sources;

/// How many bytes of the hash are kept: enough that nobody can make a new finding look like one that was accepted.
const LENGTH: usize = 16;

/// The fingerprints of a run.
#[derive(Debug)]
pub(crate) struct Fingerprints {
    /// Of the findings, in their order.
    pub(crate) findings: Vec<String>,
    /// Of the suppressed ones, in their order.
    pub(crate) suppressed: Vec<String>,
}

impl Fingerprints {
    /// A hash over rule, file relative to the git top, subject, and the number among those where all three are equal.
    /// Suppressed findings count too: to accept one must not rename the next.
    pub(crate) fn of(outcome: &Outcome, sources: &Sources) -> Self {
        let suppressed = outcome.suppressed.iter().map(|suppressed| &suppressed.finding);
        let all: Vec<&Finding> = outcome.findings.iter().chain(suppressed).collect();
        let mut order: Vec<usize> = (0..all.len()).collect();
        // The order in a file is that of the places; files cannot be mixed up, since they are part of the hash.
        order.sort_by_key(|index| all.get(*index).and_then(|finding| finding.primary));
        let mut fingerprints = vec![String::new(); all.len()];
        let mut occurrences: HashMap<(&str, String, &str), u32> = HashMap::new();
        for index in order {
            let (Some(finding), Some(fingerprint)) = (all.get(index), fingerprints.get_mut(index)) else { continue };
            let file = finding.primary.and_then(|place| sources.file(place.file));
            let path = file.map(|file| sources.vfs().display_from_top(&file.path)).unwrap_or_default();
            let occurrence = occurrences.entry((finding.rule, path.clone(), &finding.subject)).or_default();
            *fingerprint = hash(&[finding.rule, &path, &finding.subject, &occurrence.to_string()]);
            *occurrence += 1;
        }
        let suppressed = fingerprints.split_off(outcome.findings.len());
        Self { findings: fingerprints, suppressed }
    }
}

fn hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        // With its length before it no part can run into the next.
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().iter().take(LENGTH).fold(String::with_capacity(2 * LENGTH), |mut hex, byte| {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_support::{finding, sources, span_of};
    use stacklint_engine::outcome::Suppressed;

    #[test]
    fn a_fingerprint_is_the_same_wherever_the_finding_stands() {
        let of = |text: &str| {
            let (sources, files) = sources(&[("compose.yaml", text)]);
            let findings = vec![finding("rule", Some(span_of(&files[0], "bad")))];
            Fingerprints::of(&Outcome { findings, ..Outcome::default() }, &sources).findings
        };
        assert_eq!(of("bad"), of("# moved\n  bad"));
        assert_eq!(of("bad")[0].len(), 32);
        // The value the contract promises to keep from release to release.
        assert_eq!(of("bad")[0], "29121eb995c534e18fab9de8ee9ce6b2");
    }

    #[test]
    fn equal_findings_are_numbered_in_the_order_of_the_file_also_when_one_is_suppressed() {
        let (sources, files) = sources(&[("compose.yaml", "one two")]);
        let first = finding("rule", Some(span_of(&files[0], "one")));
        let second = finding("rule", Some(span_of(&files[0], "two")));
        let both = Outcome { findings: vec![first.clone(), second.clone()], ..Outcome::default() };
        let both = Fingerprints::of(&both, &sources).findings;
        assert_ne!(both[0], both[1]);
        let suppressed = vec![Suppressed { finding: first, by: "inline", reason: String::new(), until: None }];
        let one = Outcome { findings: vec![second], suppressed, ..Outcome::default() };
        let one = Fingerprints::of(&one, &sources);
        assert_eq!((&one.suppressed[0], &one.findings[0]), (&both[0], &both[1]));
    }
}
