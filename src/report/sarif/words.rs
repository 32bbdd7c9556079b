//! Words of SARIF: enumerations that the crate leaves open, and messages.

use serde_json::Value;
use serde_sarif::sarif;
use stacklint_engine::finding::{Confidence, Severity};

use crate::report::level;

/// How bad a result or a notification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Something is wrong.
    Error,
    /// Something may be wrong.
    Warning,
    /// Good to know.
    Note,
}

impl Level {
    /// The level of a severity.
    pub(super) fn of(severity: Severity) -> Self {
        match level::Level::of(severity) {
            level::Level::Error => Self::Error,
            level::Level::Warning => Self::Warning,
            level::Level::Notice => Self::Note,
        }
    }

    /// The same as JSON.
    pub(super) fn value(self) -> Value {
        Value::from(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }

    /// The same for a result.
    pub(super) fn of_result(self) -> sarif::ResultLevel {
        match self {
            Self::Error => sarif::ResultLevel::Error,
            Self::Warning => sarif::ResultLevel::Warning,
            Self::Note => sarif::ResultLevel::Note,
        }
    }
}

/// What columns count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColumnKind {
    /// As editors count.
    Utf16CodeUnits,
}

impl ColumnKind {
    /// The same as JSON.
    pub(super) fn value(self) -> Value {
        match self {
            Self::Utf16CodeUnits => Value::from("utf16CodeUnits"),
        }
    }
}

/// Where somebody said that a result is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SuppressionKind {
    /// In a comment of the file.
    InSource,
    /// Elsewhere: in the configuration or the baseline.
    External,
}

impl SuppressionKind {
    /// The same as JSON.
    pub(super) fn value(self) -> Value {
        Value::from(match self {
            Self::InSource => "inSource",
            Self::External => "external",
        })
    }
}

/// GitHub's word for how often a rule is right.
pub(super) fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    }
}

/// GitHub's word for how bad what is no security problem is.
pub(super) fn problem_severity(severity: Severity) -> &'static str {
    match Level::of(severity) {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "recommendation",
    }
}

/// A score in the band of the severity: over 9.0 is critical for GitHub, from 7.0 high, from 4.0 medium, from 0.1 low.
pub(super) fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "0.5",
    }
}

/// A message that holds no link: brackets of the text are not taken for one.
pub(super) fn text(plain: &str) -> sarif::Message {
    message(escape(plain))
}

/// A message whose brackets are links.
pub(super) fn message(linked: String) -> sarif::Message {
    sarif::Message { text: Some(linked), ..sarif::Message::default() }
}

/// A text that means itself inside of a message (SARIF 2.1.0, 3.11.6): brackets make links there.
pub(super) fn escape(plain: &str) -> String {
    let mut escaped = String::with_capacity(plain.len());
    for character in plain.chars() {
        if matches!(character, '[' | ']' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
