//! Severities as programs know them: most have three.

use stacklint_engine::finding::Severity;

/// How loud a program is to be about something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Good to know.
    Notice,
    /// Something may be wrong.
    Warning,
    /// Something is wrong.
    Error,
}

impl Level {
    /// All of them, the loudest first.
    pub(crate) const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Notice];

    /// The level of a severity.
    pub(crate) fn of(severity: Severity) -> Self {
        match severity {
            Severity::Critical | Severity::High => Self::Error,
            Severity::Medium => Self::Warning,
            Severity::Low | Severity::Info => Self::Notice,
        }
    }
}
