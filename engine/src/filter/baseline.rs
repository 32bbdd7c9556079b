//! The findings that were there before: a file that lets them pass, and nothing that is new.
//!
//! An entry knows a finding by its fingerprint, which survives edits above it, and by a hash of the value it points at, so
//! that another value at the same place is another finding. The value itself is never in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::finding::Finding;
use crate::fingerprint::{self, hex};
use crate::source::Sources;

/// The version of the format that is written.
const VERSION: u64 = 1;

/// How many bytes of the hash of a value are kept. Enough to tell that a value has changed, far too few to find one out:
/// so many secrets have the same.
const LENGTH: usize = 4;

/// A baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// Makes the same value another hash in another project.
    key: String,
    entries: BTreeMap<String, Entry>,
}

/// A finding that was there before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The file, relative to the git top.
    pub path: String,
    /// The rule.
    pub rule: String,
    /// What it is about.
    pub subject: String,
    /// The fingerprint.
    pub fingerprint: String,
    /// The hash of the value.
    pub value: String,
}

/// Why a baseline cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// A newer stacklint wrote it.
    #[error("it has version {0}, and this stacklint reads version {VERSION}: a newer one wrote it")]
    Newer(u64),
    /// It is none.
    #[error("it is no baseline: {0}")]
    Malformed(String),
}

#[derive(Deserialize)]
struct Version {
    version: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(rename = "version")]
    _version: u64,
    key: String,
    entries: Vec<Entry>,
}

impl Baseline {
    /// One without entries; `key` is anything that another project does not have.
    #[must_use]
    pub fn new(key: String) -> Self {
        Self { key, entries: BTreeMap::new() }
    }

    /// Reads one.
    ///
    /// # Errors
    /// See [`BaselineError`].
    pub fn read(text: &str) -> Result<Self, BaselineError> {
        let malformed = |error: serde_json::Error| BaselineError::Malformed(error.to_string());
        let Version { version } = serde_json::from_str(text).map_err(malformed)?;
        if version > VERSION {
            return Err(BaselineError::Newer(version));
        }
        let Written { key, entries, .. } = serde_json::from_str(text).map_err(malformed)?;
        Ok(Self { key, entries: entries.into_iter().map(|entry| (entry.fingerprint.clone(), entry)).collect() })
    }

    /// The file: an entry a line, sorted, so that a change of one is a change of one line.
    ///
    /// # Errors
    /// None that a text can have.
    pub fn write(&self) -> Result<String, serde_json::Error> {
        let mut entries: Vec<&Entry> = self.entries.values().collect();
        entries.sort();
        let lines: Vec<String> = entries.into_iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        let (open, close) = if lines.is_empty() { ("", "") } else { ("\n", "\n") };
        let key = serde_json::to_string(&self.key)?;
        Ok(format!("{{\"version\": {VERSION}, \"key\": {key}, \"entries\": [{open}{}{close}]}}\n", lines.join(",\n")))
    }

    /// The entries, by fingerprint.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Whether a finding was there before, with the value it has now.
    #[must_use]
    pub fn holds(&self, finding: &Finding, sources: &Sources) -> bool {
        let entry = self.entries.get(&finding.fingerprint);
        entry.is_some_and(|entry| entry.rule == finding.rule && entry.value == self.hash(finding, sources))
    }

    /// Takes a finding in; an entry for another value of it goes.
    pub fn add(&mut self, finding: &Finding, sources: &Sources) {
        let entry = Entry {
            path: fingerprint::path(finding, sources),
            rule: finding.rule.to_owned(),
            subject: finding.subject.clone(),
            fingerprint: finding.fingerprint.clone(),
            value: self.hash(finding, sources),
        };
        self.entries.insert(entry.fingerprint.clone(), entry);
    }

    /// Keeps the entries that `keep` says.
    pub fn retain(&mut self, mut keep: impl FnMut(&Entry) -> bool) {
        self.entries.retain(|_, entry| keep(entry));
    }

    fn hash(&self, finding: &Finding, sources: &Sources) -> String {
        let mut hasher = Sha256::new();
        hasher.update((self.key.len() as u64).to_le_bytes());
        hasher.update(self.key.as_bytes());
        // The same value in another finding has another hash.
        hasher.update(finding.fingerprint.as_bytes());
        hasher.update(value(finding, sources).as_bytes());
        hex(hasher.finalize().iter().take(LENGTH))
    }
}

/// What a finding points at, without what may change around it: quotes, and blanks at the ends.
fn value(finding: &Finding, sources: &Sources) -> String {
    let text = finding.primary.map(|place| sources.text(place)).unwrap_or_default();
    let text = text.trim();
    let unquoted = ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
    // Line ends of another system are no other value.
    unquoted.unwrap_or(text).replace("\r\n", "\n")
}
