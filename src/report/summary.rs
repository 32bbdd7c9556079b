//! A run in one line, for people.

use stacklint_engine::finding::Severity;
use stacklint_engine::outcome::Outcome;

/// One line about the run: `3 findings (1 high, 2 low) in 2 stacks, 7 files read; 1 suppressed`.
pub(crate) fn summary(outcome: &Outcome) -> String {
    let mut line = match outcome.findings.len() {
        0 => "no findings".to_owned(),
        count => {
            let levels: Vec<String> = Severity::ALL
                .iter()
                .rev()
                .map(|severity| (outcome.count(*severity), severity))
                .filter(|(count, _)| *count > 0)
                .map(|(count, severity)| format!("{count} {severity}"))
                .collect();
            format!("{} ({})", counted(count, "finding"), levels.join(", "))
        }
    };
    line.push_str(&format!(" in {}, {} read", counted(outcome.stacks.len(), "stack"), counted(outcome.files, "file")));
    if !outcome.suppressed.is_empty() {
        line.push_str(&format!("; {} suppressed", outcome.suppressed.len()));
    }
    if !outcome.errors.is_empty() {
        line.push_str(&format!("; {}", counted(outcome.errors.len(), "error")));
    }
    line
}

/// So many of something.
pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
