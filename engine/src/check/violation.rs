//! What a rule says is wrong, while it words it.

use std::borrow::Cow;

use crate::anchor::Anchor;
use crate::finding::{Confidence, Fix, Related, Severity};

/// A violation while a rule words it.
#[derive(Debug)]
pub struct Violation {
    pub(super) anchor: Anchor,
    pub(super) subject: String,
    pub(super) message: String,
    pub(super) help: Option<Cow<'static, str>>,
    pub(super) severity: Option<Severity>,
    pub(super) confidence: Option<Confidence>,
    pub(super) related: Vec<Related>,
    pub(super) fixes: Vec<Fix>,
    pub(super) lowered_in_dev: bool,
}

impl Violation {
    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Takes another of the levels that the rule declares.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// Is less sure than the rule usually is.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = Some(confidence);
        self
    }

    /// Is as bad in development.
    #[must_use]
    pub fn also_in_dev(mut self) -> Self {
        self.lowered_in_dev = false;
        self
    }

    /// Names another place.
    #[must_use]
    pub fn related(mut self, message: impl Into<Cow<'static, str>>, anchor: impl Into<Anchor>) -> Self {
        if let Some(place) = anchor.into().place {
            self.related.push(Related { message: message.into(), place });
        }
        self
    }

    /// Offers a fix. The first one offered is the preferred one.
    #[must_use]
    pub fn fix(mut self, fix: Option<Fix>) -> Self {
        if let Some(fix) = fix {
            // Nearly always the only one: room for more of them would double the size of a finding.
            self.fixes.reserve_exact(1);
            self.fixes.push(fix);
        }
        self
    }
}
