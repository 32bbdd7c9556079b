//! The rules run over a stack, and what they say turned into findings.

mod scope;
mod violation;

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use stacklint_parsers::dotenv::Entry;
use stacklint_parsers::{Format, TextRange};

use crate::anchor::Anchor;
use crate::application::{self, Application};
use crate::config::{Change, Policy, Ports};
use crate::finding::{Confidence, Evidence, Finding, Findings, Related, Severity, StackVerdict};
use crate::fix::{Body, Shares};
use crate::origin::{OriginId, Origins, Span};
use crate::postgres::loose::LooseServers;
use crate::rule::{Check, Rule};
use crate::setting::{self, Setting};
use crate::source::{SourceFile, Sources};
use crate::stack::container::ContainerFiles;
use crate::stack::value::Value;
use crate::stack::{Environment, EnvironmentKind, Problem, ProblemKind, Service, Stack};
use crate::trail::trail;

use scope::Scope;
pub use violation::Violation;

/// What the rules said.
#[derive(Debug, Default)]
pub struct Verdicts {
    /// What is wrong.
    pub findings: Findings,
    /// What is right.
    pub evidence: Vec<Evidence>,
}

/// What a rule reports to.
#[derive(Debug)]
pub struct Context<'a> {
    rule: &'static Rule,
    policy: &'a Policy,
    scope: &'a Scope<'a>,
    sources: &'a Sources,
    verdicts: &'a mut Verdicts,
    /// What the thing being looked at runs for.
    environment: &'a Environment,
    /// The profiles of the service being looked at, if none of them is active.
    inactive: Option<String>,
}

/// Runs the rules of a policy over a stack.
#[must_use]
pub fn check_stack(stack: &Stack, policy: &Policy, sources: &Sources) -> Verdicts {
    let wanted = policy.rules.iter().any(|rule| matches!(rule.check, Check::Application(_)));
    let services: Vec<_> = stack.services().map(|service| (service, inactive_profiles(&service))).collect();
    let scope = Scope {
        stack: Some(stack),
        name: stack.spec.name.as_str().into(),
        bodies: services.iter().map(|_| OnceCell::new()).collect(),
        files: ContainerFiles::of_services(stack),
        services,
        applications: if wanted { Application::of_stack(stack) } else { Vec::new() },
        servers: &stack.servers,
        ..Scope::loose(&stack.origins, &stack.environment)
    };
    let settings = setting::of_stack(stack, &scope.files, sources);
    run(&scope, &settings, &stack.problems, policy, sources)
}

/// Runs the rules of a policy over an env file outside any stack.
#[must_use]
pub fn check_env_file(
    file: &Arc<SourceFile>,
    declared: Option<&Environment>,
    policy: &Policy,
    sources: &Sources,
) -> Verdicts {
    let origins = Origins::default();
    let environment = declared.cloned().unwrap_or_else(|| crate::stack::of_env_file(file));
    let variables = application::variables_of(file);
    let applications = vec![Application::of_variables(&file.name, &variables)];
    let scope = Scope { applications, ..Scope::loose(&origins, &environment) };
    let settings = setting::of_env_file(file, sources);
    let problems = crate::stack::file_problems(file, Format::Dotenv);
    let mut verdicts = run(&scope, &settings, &problems, policy, sources);
    doubt(&mut verdicts);
    verdicts
}

/// Runs the rules of a policy over configuration files of one folder that no stack has read. What is wrong with them is handed out too.
#[must_use]
pub fn check_configurations(
    files: &[PathBuf],
    declared: Option<&Environment>,
    policy: &Policy,
    sources: &Sources,
) -> (Verdicts, Vec<Problem>) {
    let loose = application::of_files(sources, files);
    let mut all = Verdicts::default();
    let mut problems = loose.problems.as_slice();
    for configuration in &loose.configurations {
        let environment = declared.cloned().unwrap_or_else(|| crate::stack::of_configuration(configuration));
        let applications = vec![Application::of_configuration(configuration)];
        let scope = Scope { applications, ..Scope::loose(&loose.origins, &environment) };
        let settings = setting::of_configuration(configuration, &loose.origins, sources);
        let verdicts = run(&scope, &settings, problems, policy, sources);
        all.findings.extend(verdicts.findings);
        all.evidence.extend(verdicts.evidence);
        problems = &[];
    }
    if !problems.is_empty() {
        // Nothing could be read.
        let environment = declared.cloned().unwrap_or_else(Environment::unknown);
        let origins = Origins::default();
        let scope = Scope::loose(&origins, &environment);
        all.findings.extend(run(&scope, &[], problems, policy, sources).findings);
    }
    doubt(&mut all);
    (all, loose.problems)
}

/// Runs the rules of a policy over files of PostgreSQL servers that no stack has read.
pub(crate) fn check_servers(
    loose: &LooseServers,
    declared: Option<&Environment>,
    policy: &Policy,
    sources: &Sources,
) -> Verdicts {
    let environment = declared.cloned().unwrap_or_else(Environment::unknown);
    let scope = Scope { servers: &loose.servers, ..Scope::loose(&loose.origins, &environment) };
    let mut verdicts = run(&scope, &[], &loose.problems, policy, sources);
    doubt(&mut verdicts);
    verdicts
}

/// Words a problem of a file itself, whatever stack reads it; nothing if its rule does not run.
pub(crate) fn word_problem(problem: &Problem, policy: &Policy, sources: &Sources) -> Findings {
    let environment = Environment::unknown();
    let origins = Origins::default();
    let mut verdicts = Verdicts::default();
    word(problem, &Scope::loose(&origins, &environment), policy, sources, &mut verdicts);
    verdicts.findings
}

/// Words what keeps a file from being read as a format.
#[must_use]
pub fn check_syntax(file: &SourceFile, format: Format, policy: &Policy, sources: &Sources) -> Vec<Finding> {
    let mut problems = crate::stack::file_problems(file, format);
    problems.retain(|problem| matches!(problem.kind, ProblemKind::Syntax | ProblemKind::OverLimit));
    problems.iter().flat_map(|problem| word_problem(problem, policy, sources)).map(|finding| *finding).collect()
}

/// Has the rule about a problem, if that runs, report it.
fn word(problem: &Problem, scope: &Scope<'_>, policy: &Policy, sources: &Sources, verdicts: &mut Verdicts) {
    let about = |rule: &&&Rule| matches!(rule.check, Check::Problem(kind) if kind == problem.kind);
    for rule in policy.rules.iter().filter(about) {
        let environment = scope.environment;
        Context { rule, policy, scope, sources, verdicts: &mut *verdicts, environment, inactive: None }
            .problem(problem);
    }
}

/// Of a file outside any stack nobody knows which program reads it, and how.
fn doubt(verdicts: &mut Verdicts) {
    for finding in &mut verdicts.findings {
        finding.confidence = finding.confidence.min(Confidence::Medium);
    }
}

fn run(
    scope: &Scope<'_>,
    settings: &[Setting<'_>],
    problems: &[Problem],
    policy: &Policy,
    sources: &Sources,
) -> Verdicts {
    let mut verdicts = Verdicts::default();
    let mut failed = Vec::new();
    for rule in &policy.rules {
        let kept = (verdicts.findings.len(), verdicts.evidence.len());
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let environment = scope.environment;
            let mut context =
                Context { rule, policy, scope, sources, verdicts: &mut verdicts, environment, inactive: None };
            context.run(settings, problems);
        }));
        if outcome.is_err() {
            // Half of what a failing rule said is worth nothing.
            verdicts.findings.truncate(kept.0);
            verdicts.evidence.truncate(kept.1);
            failed.push(rule.id);
        }
    }
    for id in failed {
        let place = scope.stack.and_then(|stack| Some(sources.file(*stack.files.first()?)?.span()));
        let message = format!("the rule `{id}` failed on this stack: a defect of stacklint, the other rules went on");
        let problem = Problem::new(ProblemKind::Internal, place, id, message).help("please report it with the stack");
        word(&problem, scope, policy, sources, &mut verdicts);
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
                for (service, inactive) in &self.scope.services {
                    self.inactive.clone_from(inactive);
                    rule.check(service, self);
                }
            }
            Check::Server(rule) => {
                for server in self.scope.servers {
                    let service = server.service_in(self.scope.stack);
                    self.inactive = service.as_ref().and_then(inactive_profiles);
                    rule.check(server, self);
                }
            }
            Check::Application(rule) => {
                for application in &self.scope.applications {
                    self.inactive = application.service().as_ref().and_then(inactive_profiles);
                    // A file for development is for development in any stack.
                    self.environment = application.environment().unwrap_or(self.scope.environment);
                    rule.check(application, self);
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

    /// The number of a service in the stack.
    pub(crate) fn number(&self, service: &Service<'_>) -> Option<usize> {
        self.stack()?.model.get("services")?.as_mapping()?.get_index_of(service.name)
    }

    /// What the container of a service of the stack is given besides its image; nothing outside any stack.
    #[must_use]
    pub fn container_files(&self, service: &Service<'_>) -> Option<&'a ContainerFiles<'a>> {
        self.scope.files.get(self.number(service)?)
    }

    /// What several rules need to know of a stack, worked out by `find` for the first of them that asks. Its type says
    /// which it is.
    pub fn shared<T: Any>(&self, find: impl FnOnce() -> T) -> Rc<T> {
        let known = self.scope.facts.borrow().get(&TypeId::of::<T>()).cloned();
        known.and_then(|known| known.downcast().ok()).unwrap_or_else(|| {
            let fact = Rc::new(find());
            self.scope.facts.borrow_mut().insert(TypeId::of::<T>(), Rc::<T>::clone(&fact));
            fact
        })
    }

    /// Says which service the next findings are about, for a rule that looks at the whole stack.
    pub fn at_service(&mut self, service: &Service<'_>) {
        self.inactive = inactive_profiles(service);
    }

    /// What is being judged runs for production, for development, or nobody knows.
    #[must_use]
    pub fn environment(&self) -> EnvironmentKind {
        self.environment.kind
    }

    /// The ports that the configuration gives for a parameter of the rule; nothing if it says nothing.
    #[must_use]
    pub fn ports(&self, parameter: &str) -> Option<&'a Ports> {
        let said = self.policy.parameters.iter().find(|((rule, name), _)| *rule == self.rule.id && *name == parameter);
        said.map(|(_, said)| &said.value)
    }

    pub(crate) fn sources(&self) -> &'a Sources {
        self.sources
    }

    pub(crate) fn origins(&self) -> &'a Origins {
        self.scope.origins
    }

    /// Where the layers write the service of a number, worked out by `find` when it is first asked for.
    pub(crate) fn bodies_of(&self, number: usize, find: impl FnOnce() -> Option<Vec<Body>>) -> Option<&'a [Body]> {
        self.scope.bodies.get(number)?.get_or_init(find).as_deref()
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

    /// Reports a violation, unless the configuration says that it is none.
    pub fn report(&mut self, violation: Violation) {
        let Anchor { place, origin, bare } = violation.anchor;
        let place = if bare { place } else { place.map(|place| self.with_quotes(place)) };
        let mut severity = violation.severity.unwrap_or(self.rule.declaration.severity);
        let mut help = violation.help;
        let environment = self.environment;
        match self.policy.change(self.rule.id, place, self.sources) {
            Some(Change::Ignore) => return,
            // Who says a severity means it, in development too.
            Some(Change::Severity(said)) => severity = said,
            None if environment.kind == EnvironmentKind::Dev
                && violation.lowered_in_dev
                && severity != Severity::Critical
                && severity != Severity::Info =>
            {
                let is_stack = std::ptr::eq(environment, self.scope.environment) && self.scope.stack.is_some();
                let what = if is_stack { "stack" } else { "file" };
                let note = format!(
                    "{} instead of {severity}: the {what} is for development, {}",
                    severity.lowered(),
                    environment.reason
                );
                severity = severity.lowered();
                help = Some(with_note(help, note));
            }
            None => {}
        }
        if let Some(profiles) = &self.inactive {
            let note = format!("the service runs only with {profiles}, which is not active by default");
            help = Some(with_note(help, note));
        }
        let confidence = violation.confidence.unwrap_or(self.rule.declaration.confidence);
        let verdict = |stack: &Stack| StackVerdict {
            name: Arc::clone(&self.scope.name),
            environment: stack.environment.kind.name(),
            severity,
            confidence,
        };
        let steps = self.scope.origins.trail(origin);
        let mut related = violation.related;
        related.extend(steps.iter().filter_map(|step| {
            let lost = step.lost.filter(|lost| Some(*lost) != place)?;
            Some(Related { message: "the value it overrides".into(), place: lost })
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
            stacks: self.scope.stack.map(|stack| vec![verdict(stack)]).unwrap_or_default(),
            subject: self.definition(place).unwrap_or(violation.subject),
            fingerprint: String::new(),
        };
        self.verdicts.findings.push(Box::new(finding));
    }

    /// Says that the rule looked and was satisfied, and by what.
    pub fn satisfied(&mut self, anchor: impl Into<Anchor>, subject: impl Into<String>) {
        let Anchor { place, .. } = anchor.into();
        let subject = subject.into();
        self.verdicts.evidence.push(Evidence { rule: self.rule.id, subject, place });
    }

    fn problem(&mut self, problem: &Problem) {
        let anchor = Anchor { place: problem.place, origin: OriginId::WRITTEN, bare: true };
        let mut violation = self.violation(anchor, problem.subject.clone(), problem.message.clone());
        violation.help = problem.help.clone().or_else(|| problem.kind.help().map(Cow::Borrowed));
        violation.severity = problem.severity;
        violation.fixes.extend(problem.fix.clone());
        violation.lowered_in_dev = false;
        violation.related = problem
            .related
            .iter()
            .filter(|(_, place)| Some(*place) != problem.place)
            .map(|(message, place)| Related { message: message.clone().into(), place: *place })
            .collect();
        self.report(violation);
    }

    /// The place of a scalar with its quotes, if `place` is all that is between them.
    fn with_quotes(&self, place: Span) -> Span {
        let wider = TextRange::new(place.range.start.saturating_sub(1), place.range.end.saturating_add(1));
        let quoted = || {
            let file = self.sources.file(place.file)?;
            let written = file.text.get(wider.to_usize())?;
            let quote = written.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            if written.len() < 2 || !written.ends_with(quote) {
                return None;
            }
            file.parsed()?.document().scalar_at(wider)
        };
        quoted().map_or(place, |_| Span { range: wider, ..place })
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

/// What is said of a finding, and what is to be said besides.
fn with_note(help: Option<Cow<'static, str>>, note: String) -> Cow<'static, str> {
    match help {
        Some(help) => format!("{help} ({note})").into(),
        None => note.into(),
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
