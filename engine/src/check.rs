//! The rules run over a stack, and what they say turned into findings.

use std::cell::OnceCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use stacklint_parsers::Format;
use stacklint_parsers::dotenv::Entry;

use crate::finding::{Confidence, Edit, Evidence, Finding, Fix, Related, Safety, Severity, StackVerdict, TrailStep};
use crate::fix::Shares;
use crate::origin::{OriginId, Origins, Role, Span, Step};
use crate::rule::{Check, Rule};
use crate::setting::{self, Setting};
use crate::source::{SourceFile, Sources};
use crate::stack::value::{Data, Value};
use crate::stack::{Environment, EnvironmentKind, Problem, ProblemKind, Service, Stack};
use crate::text::{PieceKind, Text};

/// What the rules said.
#[derive(Debug, Default)]
pub struct Verdicts {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What is right.
    pub evidence: Vec<Evidence>,
}

/// What a rule points at: a place, and the way the value took from there. Rules hand it on and never look inside.
#[derive(Clone, Copy, Debug)]
pub struct Anchor {
    place: Option<Span>,
    origin: OriginId,
}

/// A violation while a rule words it.
#[derive(Debug)]
pub struct Violation {
    anchor: Anchor,
    subject: String,
    message: String,
    help: Option<String>,
    severity: Option<Severity>,
    confidence: Option<Confidence>,
    related: Vec<Related>,
    fixes: Vec<Fix>,
    lowered_in_dev: bool,
}

/// What a rule reports to.
#[derive(Debug)]
pub struct Context<'a> {
    rule: &'static Rule,
    scope: &'a Scope<'a>,
    sources: &'a Sources,
    verdicts: &'a mut Verdicts,
    /// The profiles of the service being looked at, if none of them is active.
    inactive: Option<String>,
}

/// What is being judged.
#[derive(Debug)]
struct Scope<'a> {
    stack: Option<&'a Stack>,
    origins: &'a Origins,
    /// What it runs for.
    environment: &'a Environment,
    /// What of the stack more than one service is made of, once a fix has asked for it.
    shares: OnceCell<Shares>,
}

/// Runs rules over a stack.
#[must_use]
pub fn check_stack(stack: &Stack, rules: &[&'static Rule], sources: &Sources) -> Verdicts {
    let scope =
        Scope { stack: Some(stack), origins: &stack.origins, environment: &stack.environment, shares: OnceCell::new() };
    let settings = setting::of_stack(stack, sources);
    run(&scope, &settings, &stack.problems, rules, sources)
}

/// Runs rules over an env file outside any stack.
#[must_use]
pub fn check_env_file(
    file: &Arc<SourceFile>,
    declared: Option<&Environment>,
    rules: &[&'static Rule],
    sources: &Sources,
) -> Verdicts {
    let origins = Origins::default();
    let environment = declared.cloned().unwrap_or_else(|| crate::stack::of_env_file(file));
    let scope = Scope { stack: None, origins: &origins, environment: &environment, shares: OnceCell::new() };
    let settings = setting::of_env_file(file, sources);
    let problems = crate::stack::file_problems(file, Format::Dotenv);
    let mut verdicts = run(&scope, &settings, &problems, rules, sources);
    // Which program reads it, and how, is not known.
    for finding in &mut verdicts.findings {
        finding.confidence = finding.confidence.min(Confidence::Medium);
    }
    verdicts
}

fn run(
    scope: &Scope<'_>,
    settings: &[Setting<'_>],
    problems: &[Problem],
    rules: &[&'static Rule],
    sources: &Sources,
) -> Verdicts {
    let mut verdicts = Verdicts::default();
    let mut failed = Vec::new();
    for rule in rules {
        let kept = (verdicts.findings.len(), verdicts.evidence.len());
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let mut context = Context { rule, scope, sources, verdicts: &mut verdicts, inactive: None };
            context.run(settings, problems);
        }));
        if outcome.is_err() {
            // Half of what a failing rule said is worth nothing.
            verdicts.findings.truncate(kept.0);
            verdicts.evidence.truncate(kept.1);
            failed.push(rule.id);
        }
    }
    let internal = rules.iter().find(|rule| matches!(rule.check, Check::Problem(ProblemKind::Internal)));
    for id in failed {
        let place = scope.stack.and_then(|stack| Some(sources.file(*stack.files.first()?)?.span()));
        let message = format!("the rule `{id}` failed on this stack: a defect of stacklint, the other rules went on");
        let problem = Problem::new(ProblemKind::Internal, place, id, message).help("please report it with the stack");
        if let Some(rule) = internal {
            Context { rule, scope, sources, verdicts: &mut verdicts, inactive: None }.problem(&problem);
        }
    }
    verdicts
}

impl<'a> Context<'a> {
    fn run(&mut self, settings: &[Setting<'_>], problems: &[Problem]) {
        match self.rule.check {
            Check::Problem(kind) => {
                problems.iter().filter(|problem| problem.kind == kind).for_each(|problem| self.problem(problem));
            }
            Check::Setting(rule) => {
                for setting in settings {
                    self.inactive = setting.service.as_ref().and_then(inactive_profiles);
                    rule.check(setting, self);
                }
            }
            Check::Service(rule) => {
                for service in self.scope.stack.into_iter().flat_map(Stack::services) {
                    self.inactive = inactive_profiles(&service);
                    rule.check(&service, self);
                }
            }
            Check::Stack(rule) => {
                if let Some(stack) = self.scope.stack {
                    rule.check(stack, self);
                }
            }
        }
    }

    /// The stack; none for a file outside any stack.
    #[must_use]
    pub fn stack(&self) -> Option<&'a Stack> {
        self.scope.stack
    }

    /// Says which service the next findings are about, for a rule that looks at the whole stack.
    pub fn at_service(&mut self, service: &Service<'_>) {
        self.inactive = inactive_profiles(service);
    }

    /// What is being judged runs for production, for development, or nobody knows.
    #[must_use]
    pub fn environment(&self) -> EnvironmentKind {
        self.scope.environment.kind
    }

    pub(crate) fn sources(&self) -> &'a Sources {
        self.sources
    }

    pub(crate) fn origins(&self) -> &'a Origins {
        self.scope.origins
    }

    pub(crate) fn shares(&self) -> &'a Shares {
        self.scope.shares.get_or_init(|| self.scope.stack.map(Shares::of).unwrap_or_default())
    }

    /// A violation to report: what it is about, and what is wrong and why.
    #[must_use]
    pub fn violation(
        &self,
        anchor: impl Into<Anchor>,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Violation {
        Violation {
            anchor: anchor.into(),
            subject: subject.into(),
            message: message.into(),
            help: None,
            severity: None,
            confidence: None,
            related: Vec::new(),
            fixes: Vec::new(),
            lowered_in_dev: true,
        }
    }

    /// Reports a violation.
    pub fn report(&mut self, violation: Violation) {
        let mut severity = violation.severity.unwrap_or(self.rule.declaration.severity);
        let mut help = violation.help;
        let environment = self.scope.environment;
        if environment.kind == EnvironmentKind::Dev
            && violation.lowered_in_dev
            && severity != Severity::Critical
            && severity != Severity::Info
        {
            let what = if self.scope.stack.is_some() { "stack" } else { "file" };
            let note = format!(
                "{} instead of {severity}: the {what} is for development, {}",
                severity.lowered(),
                environment.reason
            );
            severity = severity.lowered();
            help = Some(help.map_or(note.clone(), |help| format!("{help} ({note})")));
        }
        if let Some(profiles) = &self.inactive {
            let note = format!("the service runs only with {profiles}, which is not active by default");
            help = Some(help.map_or(note.clone(), |help| format!("{help} ({note})")));
        }
        let confidence = violation.confidence.unwrap_or(self.rule.declaration.confidence);
        let stacks = self.scope.stack.map(|stack| StackVerdict {
            name: stack.spec.name.clone(),
            environment: stack.environment.kind.name(),
            severity,
            confidence,
        });
        let Anchor { place, origin } = violation.anchor;
        let steps = self.scope.origins.trail(origin);
        let mut related = violation.related;
        related.extend(steps.iter().filter_map(|step| {
            let lost = step.lost.filter(|lost| Some(*lost) != place)?;
            Some(Related { message: "the value it overrides".to_owned(), place: lost })
        }));
        let finding = Finding {
            rule: self.rule.id,
            family: self.rule.family,
            severity,
            confidence,
            message: violation.message,
            help,
            primary: place,
            trail: trail(&steps, place),
            related,
            fixes: violation.fixes,
            stacks: stacks.into_iter().collect(),
            subject: self.definition(place).unwrap_or(violation.subject),
        };
        self.verdicts.findings.push(finding);
    }

    /// Says that the rule looked and was satisfied, and by what.
    pub fn satisfied(&mut self, anchor: impl Into<Anchor>, subject: impl Into<String>) {
        let Anchor { place, .. } = anchor.into();
        let subject = subject.into();
        self.verdicts.evidence.push(Evidence { rule: self.rule.id, subject, place });
    }

    fn problem(&mut self, problem: &Problem) {
        let anchor = Anchor { place: problem.place, origin: OriginId::WRITTEN };
        let mut violation = self.violation(anchor, problem.subject.clone(), problem.message.clone());
        violation.help = problem.help.clone();
        violation.severity = problem.severity;
        violation.lowered_in_dev = false;
        violation.related = problem
            .related
            .iter()
            .filter(|(_, place)| Some(*place) != problem.place)
            .map(|(message, place)| Related { message: message.clone(), place: *place })
            .collect();
        self.report(violation);
    }

    /// The name of the definition that a place stands in: `.env:DB_PASSWORD`.
    fn definition(&self, place: Option<Span>) -> Option<String> {
        let place = place?;
        let stack = self.scope.stack?;
        let format = *stack.env_files.get(&place.file)?;
        let file = self.sources.file(place.file)?;
        let parsed = file.parse(format);
        let dotenv = parsed.as_dotenv()?;
        // Entries stand in the order of the file: the last one whose key begins before the place.
        let before = |entry: &Entry| dotenv.document.node(entry.key).range.start <= place.range.start;
        let index = dotenv.entries.partition_point(before).checked_sub(1)?;
        let entry = dotenv.entries.get(index)?;
        let value = dotenv.document.node(entry.value?).range;
        if !value.contains(place.range) {
            return None;
        }
        Some(format!("{}:{}", file.name, entry.name))
    }
}

/// The profiles of a service, in words, if none of them is active.
fn inactive_profiles(service: &Service<'_>) -> Option<String> {
    if service.active {
        return None;
    }
    let profiles = service.value().get("profiles")?.items().iter().filter_map(Value::as_str);
    let names: Vec<String> = profiles.map(|name| format!("`{name}`")).collect();
    Some(format!("the profile {}", names.join(" or ")))
}

/// The steps of a way as a reader follows them. A step that happens at the primary place itself says nothing new.
fn trail(steps: &[Step], primary: Option<Span>) -> Vec<TrailStep> {
    let mut trail: Vec<TrailStep> = Vec::new();
    for step in steps {
        let Some(place) = step.place.filter(|place| Some(*place) != primary) else { continue };
        if step.role == Role::Overrides {
            // It overrides as a part of what is at the place of the step before.
            continue;
        }
        if trail.last().is_some_and(|last| last.place == place && last.role == step.role) {
            continue;
        }
        trail.push(TrailStep { role: step.role, message: words(step.role).to_owned(), place });
    }
    trail
}

fn words(role: Role) -> &'static str {
    match role {
        Role::Written => "written here",
        Role::Default => "the default is used here",
        Role::ImageDefault => "the default of the image",
        Role::CommandLine => "given on this command line",
        Role::AliasOf => "this alias stands for it",
        Role::MergedFrom => "merged in here",
        Role::Overrides => "overrides an earlier value here",
        Role::ExtendedFrom => "taken over by this `extends`",
        Role::IncludedBy => "brought in by this `include`",
        Role::Interpolated => "used here",
        Role::FromEnvFile => "handed to the container by this `env_file`",
        Role::FromShell => "declared from outside",
        Role::MountedAt => "mounted here",
    }
}

impl Violation {
    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
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
    pub fn related(mut self, message: impl Into<String>, anchor: impl Into<Anchor>) -> Self {
        if let Some(place) = anchor.into().place {
            self.related.push(Related { message: message.into(), place });
        }
        self
    }

    /// Offers a fix. The first one offered is the preferred one.
    #[must_use]
    pub fn fix(mut self, fix: Option<Fix>) -> Self {
        self.fixes.extend(fix);
        self
    }
}

impl Fix {
    /// Puts `text` before what `value` says, inside its quotes.
    ///
    /// Nothing if the value does not stand in one piece, so that there is no one place to edit.
    #[must_use]
    pub fn insert_before(title: &str, safety: Safety, value: &Text, text: &str) -> Option<Self> {
        let (_, first) = value.pieces().find(|(range, _)| !range.is_empty())?;
        let place = first.place.filter(|_| !matches!(first.kind, PieceKind::Unset | PieceKind::Required))?;
        let at = stacklint_parsers::TextRange::empty(place.range.start);
        let edit = Edit { place: Span { file: place.file, range: at }, replacement: text.to_owned() };
        Some(Self { title: title.to_owned(), safety, edits: vec![edit] })
    }

    /// Puts `text` in the place of what `value` says, inside its quotes.
    #[must_use]
    pub fn replace(title: &str, safety: Safety, value: &Text, text: &str) -> Option<Self> {
        let (place, _) = value.source()?;
        let edit = Edit { place, replacement: text.to_owned() };
        Some(Self { title: title.to_owned(), safety, edits: vec![edit] })
    }
}

impl From<Span> for Anchor {
    /// A place that a value of the engine handed out.
    fn from(place: Span) -> Self {
        Self { place: Some(place), origin: OriginId::WRITTEN }
    }
}

impl From<&Value> for Anchor {
    /// The value as a whole, with its quotes; or, if it is a single text that stands elsewhere, that text there.
    fn from(value: &Value) -> Self {
        if let Data::Scalar(scalar) = &value.data
            && let Some((place, origin)) = scalar.text.source()
            // A part of a short syntax stands where its text does, and only that knows the way from there.
            && value.place.is_none_or(|own| own == place || own.file != place.file || !own.range.contains(place.range))
        {
            return Self { place: Some(place), origin };
        }
        Self { place: value.place, origin: value.origin }
    }
}

impl From<&Text> for Anchor {
    /// The characters of the text: where they stand if one place says them, else where most of them do.
    fn from(text: &Text) -> Self {
        if let Some((place, origin)) = text.source() {
            return Self { place: Some(place), origin };
        }
        let longest = text.pieces().filter(|(_, piece)| piece.place.is_some()).max_by_key(|(range, _)| range.len());
        longest.map_or(Self { place: None, origin: OriginId::WRITTEN }, |(_, piece)| Self {
            place: piece.place,
            origin: piece.origin,
        })
    }
}

impl From<&Service<'_>> for Anchor {
    /// The name of the service, in the layer that says most of it: the first one.
    fn from(service: &Service<'_>) -> Self {
        let place = service.earlier_keys().first().copied().or(service.key());
        Self { place, origin: service.value().origin }
    }
}
