//! What a finding is known by from one run to the next.

use sha2::{Digest as _, Sha256};

use crate::finding::Finding;
use crate::map::HashMap;
use crate::origin::FileId;
use crate::source::Sources;

/// How many bytes of the hash are kept: enough that nobody can make a new finding look like one that was accepted.
const LENGTH: usize = 16;

/// Gives all findings of a run their fingerprints: a hash over rule, file relative to the git top, subject, and the number
/// among those where all three are equal.
///
/// All are asked for, also those that are accepted or below a threshold: to accept one must not rename the next.
pub(crate) fn give(mut findings: Vec<&mut Finding>, sources: &Sources) {
    // The order in a file is that of the places; files cannot be mixed up, since they are part of the hash.
    findings.sort_by_key(|finding| finding.primary);
    let mut paths: HashMap<Option<FileId>, String> = HashMap::default();
    let mut occurrences: HashMap<(&'static str, &str, &str), u32> = HashMap::default();
    occurrences.reserve(findings.len());
    for finding in &findings {
        paths.entry(finding.primary.map(|place| place.file)).or_insert_with(|| path(finding, sources));
    }
    for finding in findings {
        let Finding { rule, primary, subject, fingerprint, .. } = finding;
        let subject: &str = subject;
        let path = paths.get(&primary.map(|place| place.file)).map(String::as_str).unwrap_or_default();
        let occurrence = occurrences.entry((*rule, path, subject)).or_default();
        *fingerprint = hash(&[rule, path, subject, &occurrence.to_string()]);
        *occurrence += 1;
    }
}

/// The file of a finding, relative to the git top.
pub(crate) fn path(finding: &Finding, sources: &Sources) -> String {
    let file = finding.primary.and_then(|place| sources.file(place.file));
    file.map(|file| sources.vfs().display_from_top(&file.path)).unwrap_or_default()
}

fn hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        // With its length before it no part can run into the next.
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hex(hasher.finalize().iter().take(LENGTH))
}

/// Bytes as two digits each.
pub(crate) fn hex<'b>(bytes: impl IntoIterator<Item = &'b u8>) -> String {
    // Formatting each byte took as long as the hash.
    let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
    let mut digits = Vec::with_capacity(2 * LENGTH);
    for byte in bytes {
        digits.push(digit(byte >> 4));
        digits.push(digit(byte & 15));
    }
    String::from_utf8(digits).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Confidence, Severity};
    use crate::origin::Span;
    use crate::vfs::Vfs;
    use stacklint_parsers::TextRange;

    fn given(text: &str, parts: &[&str]) -> Vec<String> {
        let sources = Sources::new(Vfs::in_memory([("compose.yaml", text.as_bytes())]));
        let file = sources.open(&sources.vfs().absolute(std::path::Path::new("compose.yaml"))).unwrap();
        let finding = |part: &&str| {
            let start = text.find(part).unwrap();
            Finding {
                rule: "rule",
                family: "compose",
                severity: Severity::High,
                confidence: Confidence::High,
                message: String::new(),
                help: None,
                primary: Some(Span { file: file.id, range: TextRange::from_usize(start..start + part.len()) }),
                trail: Vec::new(),
                related: Vec::new(),
                fixes: Vec::new(),
                stacks: Vec::new(),
                subject: "services.db".to_owned(),
                fingerprint: String::new(),
            }
        };
        let mut findings: Vec<Finding> = parts.iter().map(finding).collect();
        give(findings.iter_mut().collect(), &sources);
        findings.into_iter().map(|finding| finding.fingerprint).collect()
    }

    #[test]
    fn a_fingerprint_is_the_same_wherever_the_finding_stands() {
        assert_eq!(given("bad", &["bad"]), given("# moved\n  bad", &["bad"]));
        // The value the contract promises to keep from release to release.
        assert_eq!(given("bad", &["bad"]), ["29121eb995c534e18fab9de8ee9ce6b2"]);
    }

    #[test]
    fn equal_findings_are_numbered_in_the_order_of_the_file() {
        let mut backwards = given("one two", &["two", "one"]);
        backwards.reverse();
        let given = given("one two", &["one", "two"]);
        assert_ne!(given[0], given[1]);
        assert_eq!(given, backwards);
    }
}
