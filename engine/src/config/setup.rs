//! What makes the policies of a run, besides the files: the rules there are, and what the command line says.

use std::path::PathBuf;

use crate::config::policy::{By, Policy, Said};
use crate::config::select::{UnknownName, rules_named};
use crate::finding::{Confidence, Severity};
use crate::rule::Rule;
use crate::stack::EnvironmentKind;

/// Which configuration counts.
#[derive(Clone, Debug, Default)]
pub enum Choice {
    /// The one in the directory of a stack or, failing that, in the nearest directory above it.
    #[default]
    Nearest,
    /// This one for everything, as if it stood in the root.
    File(PathBuf),
    /// None.
    Nothing,
}

/// What the command line says on top of any configuration.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// Run only these rules and families.
    pub select: Vec<String>,
    /// Do not run these rules and families.
    pub ignore: Vec<String>,
    /// Fail on this severity and above.
    pub fail_on: Option<Severity>,
    /// Report this severity and above.
    pub min_severity: Option<Severity>,
    /// Report, and fail on, this confidence and above.
    pub min_confidence: Option<Confidence>,
    /// What the stacks run for.
    pub environment: Option<EnvironmentKind>,
}

impl Flags {
    /// Lays what it says over a policy.
    pub(super) fn add_to(&self, policy: &mut Policy) {
        let said = |severity: Option<Severity>, flag| severity.map(|value| Said { value, by: By::Flag(flag) });
        if let Some(said) = said(self.fail_on, "--fail-on") {
            policy.fail_on = said;
        }
        match said(self.min_severity, "--min-severity") {
            Some(said) => policy.min_severity = said,
            // What fails must be seen.
            None if policy.fail_on.value < policy.min_severity.value => policy.min_severity = policy.fail_on,
            None => {}
        }
        if let Some(value) = self.min_confidence {
            policy.min_confidence = Some(Said { value, by: By::Flag("--min-confidence") });
        }
        if let Some(value) = self.environment {
            policy.environment = Some(Said { value, by: By::Flag("--environment") });
        }
    }
}

/// What makes the policies of a run, besides the files.
#[derive(Clone, Debug)]
pub struct Setup {
    pub(super) catalogue: &'static [Rule],
    pub(super) choice: Choice,
    pub(super) flags: Flags,
}

impl Setup {
    /// For these rules.
    ///
    /// # Errors
    /// If the flags name what is no rule and no family.
    pub fn new(catalogue: &'static [Rule], choice: Choice, flags: Flags) -> Result<Self, UnknownName> {
        for name in flags.select.iter().chain(&flags.ignore) {
            drop(rules_named(catalogue, name)?);
        }
        Ok(Self { catalogue, choice, flags })
    }

    /// For these rules, and nothing said on top of the configuration.
    #[must_use]
    pub fn all(catalogue: &'static [Rule], choice: Choice) -> Self {
        Self { catalogue, choice, flags: Flags::default() }
    }

    /// All rules there are.
    #[must_use]
    pub fn catalogue(&self) -> &'static [Rule] {
        self.catalogue
    }
}
