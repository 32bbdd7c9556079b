//! How one part of a project is judged: the defaults, what configuration files say, and what the command line says on top.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

use stacklint_parsers::PathSegment;

use crate::config::file::NamedStack;
use crate::config::parameter::Ports;
use crate::config::pattern::Pattern;
use crate::config::spanned::Spanned;
use crate::finding::{Confidence, Severity};
use crate::map::{HashMap, HashSet};
use crate::origin::{FileId, Span};
use crate::rule::Rule;
use crate::source::Sources;
use crate::stack::{Environment, EnvironmentKind};

/// What fails a run unless somebody says otherwise.
const FAIL_SEVERITY: Severity = Severity::High;
/// Findings less sure than this do not fail a run unless somebody says otherwise.
const FAIL_CONFIDENCE: Confidence = Confidence::Medium;
/// What is reported unless somebody says otherwise.
const SHOWN_SEVERITY: Severity = Severity::Low;

/// A setting, and who said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said<T> {
    /// What was said.
    pub value: T,
    /// By whom.
    pub by: By,
}

/// Who said a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Nobody: stacklint itself.
    Default,
    /// The command line, with this flag.
    Flag(&'static str),
    /// A configuration file, there.
    File(Span),
}

impl<T> Said<T> {
    pub(crate) fn default(value: T) -> Self {
        Self { value, by: By::Default }
    }
}

/// How one part of a project is judged.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The configuration files behind it: those that others extend first.
    pub files: Vec<FileId>,
    /// The rules that run.
    pub rules: Vec<&'static Rule>,
    /// Who left a rule out that does not run.
    pub left_out: HashMap<&'static str, By>,
    /// Rules that do not run because nothing they can say would be reported.
    unseen: HashSet<&'static str>,
    /// What fails a run.
    pub fail_on: Said<Severity>,
    /// What is reported.
    pub min_severity: Said<Severity>,
    /// What is reported, and what fails a run, if somebody said it.
    pub min_confidence: Option<Said<Confidence>>,
    /// What the stacks run for, if somebody said it.
    pub environment: Option<Said<EnvironmentKind>>,
    /// The severities of rules, where somebody moved them.
    pub severity: HashMap<&'static str, Said<Severity>>,
    /// Other severities, or none, for parts of files; the last one that matches wins.
    pub overrides: Vec<Override>,
    /// Findings that somebody accepted.
    pub ignores: Vec<Ignore>,
    /// What rules ask for: the lists of ports, by rule and parameter.
    pub parameters: HashMap<(&'static str, &'static str), Said<Ports>>,
    /// The stacks, where the configuration names them, and the directory their paths are relative to.
    pub stacks: Option<(PathBuf, Vec<Said<NamedStack>>)>,
    /// The file of findings that were there before, if somebody said it.
    pub baseline: Option<Said<PathBuf>>,
}

/// Other severities, or none, for parts of files.
#[derive(Clone, Debug)]
pub struct Override {
    /// Where.
    pub files: Vec<NamedPattern>,
    /// What changes, for each of these rules.
    pub changes: Vec<(&'static str, Said<Change>)>,
}

/// A pattern with its text.
#[derive(Clone, Debug)]
pub struct NamedPattern {
    /// As it is written.
    pub text: String,
    pub(crate) pattern: Pattern,
}

/// What an override makes of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// They have this severity.
    Severity(Severity),
    /// There are none.
    Ignore,
}

/// Findings that a configuration file accepts.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// The rule.
    pub rule: &'static str,
    /// Where.
    pub path: NamedPattern,
    /// Why.
    pub reason: String,
    /// Until when, and where that is said.
    pub until: Option<Spanned<jiff::civil::Date>>,
    /// Where it is said.
    pub place: Span,
}

impl Policy {
    /// These rules, and nothing said by anybody.
    #[must_use]
    pub fn of(rules: impl IntoIterator<Item = &'static Rule>) -> Self {
        Self {
            files: Vec::new(),
            rules: rules.into_iter().collect(),
            left_out: HashMap::default(),
            unseen: HashSet::default(),
            fail_on: Said::default(FAIL_SEVERITY),
            min_severity: Said::default(SHOWN_SEVERITY),
            min_confidence: None,
            environment: None,
            severity: HashMap::default(),
            overrides: Vec::new(),
            ignores: Vec::new(),
            parameters: HashMap::default(),
            stacks: None,
            baseline: None,
        }
    }

    /// Whether a rule runs.
    #[must_use]
    pub fn runs(&self, rule: &str) -> bool {
        !self.left_out.contains_key(rule) && !self.unseen.contains(rule)
    }

    /// Leaves out the rules whose worst findings would not be reported. Of what a check finds they say a sixth.
    pub(super) fn leave_out_unseen(&mut self) {
        let least = self.min_severity.value;
        let mut rules = std::mem::take(&mut self.rules);
        rules.retain(|rule| self.worst(rule) >= least || !self.unseen.insert(rule.id));
        self.rules = rules;
    }

    /// How bad the worst findings of a rule are.
    fn worst(&self, rule: &Rule) -> Severity {
        let declared =
            rule.declaration.levels.iter().map(|(level, _)| *level).fold(rule.declaration.severity, Ord::max);
        let usual = self.severity.get(rule.id).map_or(declared, |said| said.value);
        let changes = self.overrides.iter().flat_map(|other| &other.changes).filter(|(id, _)| *id == rule.id);
        let moved = changes.filter_map(|(_, said)| match said.value {
            Change::Severity(severity) => Some(severity),
            Change::Ignore => None,
        });
        moved.fold(usual, Ord::max)
    }

    /// Whether findings like this are reported.
    #[must_use]
    pub fn shows(&self, severity: Severity, confidence: Confidence) -> bool {
        severity >= self.min_severity.value && self.min_confidence.is_none_or(|least| confidence >= least.value)
    }

    /// Whether a finding like this fails a run.
    #[must_use]
    pub fn fails(&self, severity: Severity, confidence: Confidence) -> bool {
        let least = self.min_confidence.map_or(FAIL_CONFIDENCE, |least| least.value);
        severity >= self.fail_on.value && confidence >= least
    }

    /// What becomes of findings of a rule at a place, if somebody moved them.
    pub(crate) fn change(&self, rule: &str, place: Option<Span>, sources: &Sources) -> Option<Change> {
        let matching = place.and_then(|place| {
            self.overrides.iter().rev().find_map(|other| {
                let (_, change) = other.changes.iter().rev().find(|(id, _)| *id == rule)?;
                other.files.iter().any(|file| file.pattern.matches(place, sources)).then_some(change.value)
            })
        });
        matching.or_else(|| self.severity.get(rule).map(|said| Change::Severity(said.value)))
    }

    /// What the stacks run for, if the configuration says so.
    pub(crate) fn environment(&self, sources: &Sources) -> Option<Environment> {
        let said = self.environment?;
        let reason = match said.by {
            By::File(place) => format!("`{}` says so", sources.file(place.file).map(|file| file.name.clone())?),
            By::Flag(flag) => format!("`{flag}` says so"),
            By::Default => String::new(),
        };
        Some(Environment::new(said.value, reason))
    }
}

impl NamedPattern {
    /// Whether it means something in a file.
    pub(crate) fn means_file(&self, file: FileId, sources: &Sources) -> bool {
        sources.file(file).is_some_and(|file| self.pattern.means_file(&file))
    }

    /// Whether, in a file that it means, it means what is at the end of this way.
    pub(crate) fn points_at(&self, path: &[PathSegment<'_>]) -> bool {
        self.pattern.points_at(path)
    }
}

impl Display for NamedPattern {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
