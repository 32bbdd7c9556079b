//! What a rule says: findings, evidence, and fixes, free of any renderer.

use std::borrow::Cow;
use std::sync::Arc;

use crate::named::named;
use crate::origin::{Role, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Hardening that is missing.
    Low,
    /// Bad in combination with something else.
    Medium,
    /// Bad by itself.
    High,
    /// An open door.
    Critical,
}

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It depends on much that files do not say.
    Low,
    /// It depends on something that files do not say.
    Medium,
    /// The files say it.
    High,
}

named!(Severity: Info = "info", Low = "low", Medium = "medium", High = "high", Critical = "critical");
named!(Confidence: Low = "low", Medium = "medium", High = "high");

impl Severity {
    /// One step down; info stays.
    #[must_use]
    pub fn lowered(self) -> Self {
        match self {
            Self::Critical => Self::High,
            Self::High => Self::Medium,
            Self::Medium => Self::Low,
            Self::Low | Self::Info => Self::Info,
        }
    }
}

/// Something that is wrong, at the place whose edit mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that says so.
    pub rule: &'static str,
    /// The family of the rule.
    pub family: &'static str,
    /// How bad; the highest of its stacks.
    pub severity: Severity,
    /// How sure; the highest of its stacks.
    pub confidence: Confidence,
    /// What is wrong and why that is bad. Never holds a secret.
    pub message: String,
    /// What to do.
    pub help: Option<Cow<'static, str>>,
    /// The place to edit; nowhere where the run as a whole is at fault.
    pub primary: Option<Span>,
    /// From the primary place to where the value takes effect.
    pub trail: Vec<TrailStep>,
    /// Places off that way.
    pub related: Vec<Related>,
    /// Edits that mend it, the preferred one first.
    pub fixes: Vec<Fix>,
    /// The stacks it holds in; none for a file outside any stack.
    pub stacks: Vec<StackVerdict>,
    /// The stable logical path of what it is about: `services.db.ports[5432/tcp]`.
    pub subject: String,
    /// What it is known by from one run to the next; empty until all findings of a run are known, and where nobody reads it.
    pub fingerprint: String,
}

/// Findings on their way through a run. They are handed on from step to step, and each is a quarter of a kilobyte: moving
/// the findings themselves took a tenth of a check.
pub type Findings = Vec<Box<Finding>>;

/// One step of a finding's trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailStep {
    /// What happens there.
    pub role: Role,
    /// The same in words.
    pub message: Cow<'static, str>,
    /// Where.
    pub place: Span,
}

/// A place that has to do with a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// What is there.
    pub message: Cow<'static, str>,
    /// Where.
    pub place: Span,
}

/// What a finding is in one stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackVerdict {
    /// The stack.
    pub name: Arc<str>,
    /// What the stack runs for.
    pub environment: &'static str,
    /// How bad there.
    pub severity: Severity,
    /// How sure there.
    pub confidence: Confidence,
}

/// That a rule looked and was satisfied, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The rule.
    pub rule: &'static str,
    /// What it looked at.
    pub subject: String,
    /// What satisfied it; nowhere for a default.
    pub place: Option<Span>,
}

/// Edits that mend a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What they do, as an imperative.
    pub title: String,
    /// Whether they can break what works.
    pub safety: Safety,
    /// The edits; they do not overlap.
    pub edits: Vec<Edit>,
}

/// Whether a fix can break what works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// It cannot break a working deployment or change who may connect.
    Safe,
    /// It changes behaviour on purpose.
    Unsafe,
}

impl Safety {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
        }
    }
}

/// A stretch of a file and what to put in its place. Every other byte stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub place: Span,
    /// What comes instead.
    pub replacement: String,
}
