//! Finds the configuration of a directory, reads it and what it extends, and makes a [`Policy`] of it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize as _;
use stacklint_parsers::{Format, TextRange};

use crate::config::deserialize::{Value, Wrong};
use crate::config::file::File;
use crate::config::parameter::{Kind, Ports};
use crate::config::pattern::Pattern;
use crate::config::policy::{By, Change, Ignore, NamedPattern, Override, Policy, Said};
use crate::config::select::{did_you_mean, rules_named};
use crate::config::setup::{Choice, Setup};
use crate::config::spanned::Spanned;
use crate::map::HashMap;
use crate::origin::Span;
use crate::outcome::RunError;
use crate::rule::Rule;
use crate::similar::similar;
use crate::source::{SourceFile, Sources};
use crate::vfs::{self, Vfs};

/// The names of a configuration file.
pub const NAMES: [&str; 4] = ["stacklint.yaml", "stacklint.yml", ".stacklint.yaml", ".stacklint.yml"];

/// More configuration files than this do not extend one another on purpose.
const EXTENDS_LIMIT: usize = 32;

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Where.
    pub place: Option<Span>,
}

impl From<&ConfigError> for RunError {
    fn from(error: &ConfigError) -> Self {
        let message = match &error.help {
            Some(help) => format!("{}; {help}", error.message),
            None => error.message.clone(),
        };
        Self { message, place: error.place, partial: false }
    }
}

/// The policies of one run.
#[derive(Debug)]
pub struct Policies<'a> {
    setup: &'a Setup,
    sources: &'a Sources,
    by_directory: Mutex<HashMap<PathBuf, Answer>>,
}

type Answer = Result<Arc<Policy>, Arc<ConfigError>>;

impl<'a> Policies<'a> {
    /// None asked for yet.
    #[must_use]
    pub fn new(setup: &'a Setup, sources: &'a Sources) -> Self {
        Self { setup, sources, by_directory: Mutex::default() }
    }

    /// All rules there are.
    #[must_use]
    pub fn catalogue(&self) -> &'static [Rule] {
        self.setup.catalogue
    }

    /// What holds in a directory: an absolute, cleaned path.
    ///
    /// # Errors
    /// If its configuration cannot be used; the same error at every call.
    pub fn of(&self, directory: &Path) -> Answer {
        if let Some(known) = self.by_directory.lock().unwrap_or_else(PoisonError::into_inner).get(directory) {
            return known.clone();
        }
        let vfs = self.sources.vfs();
        let answer = match &self.setup.choice {
            Choice::Nothing => self.make(None),
            Choice::File(file) => self.make(Some((file, vfs.root()))),
            Choice::Nearest => match (own(directory, vfs), directory.parent()) {
                (Err(error), _) => Err(Arc::new(error)),
                (Ok(Some(file)), _) => self.make(Some((&file, directory))),
                (Ok(None), Some(parent)) if vfs.inside(parent) => self.of(parent),
                (Ok(None), _) => self.make(None),
            },
        };
        // Two threads may have made it: one is kept, so that all know it as the same.
        let mut known = self.by_directory.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(directory.to_owned()).or_insert(answer).clone()
    }

    /// All policies that were asked for so far, by directory.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Policy>> {
        let known = self.by_directory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known: Vec<_> = known.iter().filter_map(|(path, answer)| Some((path, answer.as_ref().ok()?))).collect();
        known.sort_by_key(|(path, _)| *path);
        known.into_iter().map(|(_, policy)| Arc::clone(policy)).collect()
    }

    /// The policy of a configuration file, as if it stood in `base`; of none without one.
    fn make(&self, file: Option<(&Path, &Path)>) -> Answer {
        let Setup { catalogue, flags, .. } = self.setup;
        let mut layers = Vec::new();
        if let Some((path, base)) = file {
            read(path, base, None, &mut Vec::new(), &mut layers, self.sources)?;
        }
        let mut policy = Policy::of([]);
        let mut select: Option<Vec<(String, By)>> = None;
        let mut ignore: Vec<(String, By)> = Vec::new();
        for layer in &layers {
            layer.check_names(catalogue)?;
            let names = |names: &[Spanned<String>]| -> Vec<(String, By)> {
                names.iter().map(|name| (name.value.clone(), layer.by(name.range))).collect()
            };
            if let Some(own) = &layer.content.select {
                select = Some(names(own));
            }
            ignore.extend(names(&layer.content.ignore));
            layer.add_to(&mut policy, catalogue)?;
        }
        let flag = |names: &[String], flag| names.iter().map(|name| (name.clone(), By::Flag(flag))).collect::<Vec<_>>();
        if !flags.select.is_empty() {
            select = Some(flag(&flags.select, "--select"));
        }
        ignore.extend(flag(&flags.ignore, "--ignore"));
        for rule in *catalogue {
            let named =
                |names: &[(String, By)]| names.iter().rev().find(|(name, _)| rule.is_named(name)).map(|(_, by)| *by);
            let left_out = named(&ignore).or_else(|| match &select {
                Some(select) if named(select).is_none() => Some(select.first().map_or(By::Default, |(_, by)| *by)),
                _ => None,
            });
            match left_out {
                Some(by) => drop(policy.left_out.insert(rule.id, by)),
                None => policy.rules.push(rule),
            }
        }
        flags.add_to(&mut policy);
        policy.leave_out_unseen();
        Ok(Arc::new(policy))
    }
}

/// The configuration files in a directory; more than one are one too many.
pub fn files_in(directory: &Path, vfs: &Vfs) -> impl Iterator<Item = PathBuf> {
    NAMES.iter().map(|name| directory.join(name)).filter(|path| vfs.is_present(path))
}

/// The configuration file of a directory.
fn own(directory: &Path, vfs: &Vfs) -> Result<Option<PathBuf>, ConfigError> {
    let mut found = files_in(directory, vfs);
    let Some(first) = found.next() else { return Ok(None) };
    if let Some(second) = found.next() {
        return Err(ConfigError {
            message: format!("`{}` and `{}` both configure this directory", vfs.display(&first), vfs.display(&second)),
            help: Some("remove one of them".to_owned()),
            place: None,
        });
    }
    Ok(Some(first))
}

/// A configuration file that was read.
struct Layer {
    file: Arc<SourceFile>,
    /// What its patterns and stacks are relative to.
    base: PathBuf,
    content: File,
}

/// Reads a file and, before it, what it extends. A file that several extend counts once, where it is met first.
fn read(
    path: &Path,
    base: &Path,
    extended_at: Option<Span>,
    below: &mut Vec<PathBuf>,
    layers: &mut Vec<Layer>,
    sources: &Sources,
) -> Result<(), Arc<ConfigError>> {
    let vfs = sources.vfs();
    let name = vfs.display(path);
    let fail = |message: String, help: Option<String>| Arc::new(ConfigError { message, help, place: extended_at });
    if below.iter().any(|known| known == path) {
        let way = below.iter().map(|path| format!("`{}`", vfs.display(path))).collect::<Vec<_>>().join(", ");
        let message = format!("`{name}` extends itself");
        return Err(fail(message, Some(format!("the way: {way}, and again `{name}`"))));
    }
    if below.len() >= EXTENDS_LIMIT {
        return Err(fail(format!("more than {EXTENDS_LIMIT} configuration files extend one another"), None));
    }
    if layers.iter().any(|layer| layer.file.path == path) {
        return Ok(());
    }
    let file =
        sources.open(path).map_err(|error| fail(format!("cannot read the configuration `{name}`: {error}"), None))?;
    let content = parse(&file).map_err(|wrong| {
        let place = wrong.range.map(|range| Span { file: file.id, range });
        Arc::new(ConfigError { message: wrong.message, help: wrong.help, place: place.or(Some(file.span())) })
    })?;
    below.push(path.to_owned());
    let directory = path.parent().unwrap_or(path);
    for extended in &content.extends {
        let target = vfs::clean(&directory.join(&extended.value));
        let place = Span { file: file.id, range: extended.range };
        let base = target.parent().unwrap_or(&target).to_owned();
        read(&target, &base, Some(place), below, layers, sources)?;
    }
    below.pop();
    layers.push(Layer { file, base: base.to_owned(), content });
    Ok(())
}

fn parse(file: &SourceFile) -> Result<File, Wrong> {
    let parsed = file.parse(Format::Yaml);
    let document = parsed.document();
    let at = |message: &str, range: TextRange| Wrong { range: Some(range), ..Wrong::new(message) };
    if let Some(problem) = file.byte_problems.first() {
        return Err(at("a configuration is UTF-8 text", problem.range));
    }
    if let Some(error) = document.errors().first() {
        return Err(at(&error.message, error.range));
    }
    match document.roots() {
        [] => Ok(File::default()),
        [root] => File::deserialize(Value::new(document, *root)),
        [_, second, ..] => Err(at("a configuration is one document", document.node(*second).range)),
    }
}

impl Layer {
    fn span(&self, range: TextRange) -> Span {
        Span { file: self.file.id, range }
    }

    fn by(&self, range: TextRange) -> By {
        By::File(self.span(range))
    }

    fn said<T: Clone>(&self, spanned: &Spanned<T>) -> Said<T> {
        Said { value: spanned.value.clone(), by: self.by(spanned.range) }
    }

    fn error(&self, range: TextRange, message: impl Into<String>, help: Option<String>) -> Arc<ConfigError> {
        Arc::new(ConfigError { message: message.into(), help, place: Some(self.span(range)) })
    }

    /// The ids of the rules that a name of this file means.
    fn ids(&self, catalogue: &'static [Rule], name: &Spanned<String>) -> Result<Vec<&'static str>, Arc<ConfigError>> {
        match rules_named(catalogue, &name.value) {
            Ok(rules) => Ok(rules.map(|rule| rule.id).collect()),
            Err(unknown) => Err(self.error(name.range, unknown.to_string(), Some(unknown.help()))),
        }
    }

    fn check_names(&self, catalogue: &'static [Rule]) -> Result<(), Arc<ConfigError>> {
        let names = self.content.select.iter().flatten().chain(&self.content.ignore);
        names.into_iter().try_for_each(|name| self.ids(catalogue, name).map(drop))
    }

    /// Puts what this file says on top of a policy, but for the choice of rules.
    fn add_to(&self, policy: &mut Policy, catalogue: &'static [Rule]) -> Result<(), Arc<ConfigError>> {
        let content = &self.content;
        policy.files.push(self.file.id);
        for (name, severity) in &content.severity.0 {
            for id in self.ids(catalogue, name)? {
                policy.severity.insert(id, self.said(severity));
            }
        }
        if let Some(severity) = &content.fail_on {
            policy.fail_on = self.said(severity);
        }
        if let Some(severity) = &content.min_severity {
            policy.min_severity = self.said(severity);
        }
        if let Some(confidence) = &content.min_confidence {
            policy.min_confidence = Some(self.said(confidence));
        }
        if let Some(environment) = &content.environment {
            policy.environment = Some(self.said(environment));
        }
        for other in &content.overrides {
            policy.overrides.push(self.override_of(other, catalogue)?);
        }
        for ignore in &content.ignores {
            policy.ignores.push(self.ignore_of(ignore, catalogue)?);
        }
        for (rule, parameters) in &content.parameters.0 {
            for (name, value) in &parameters.0 {
                self.parameter(policy, catalogue, rule, name, value)?;
            }
        }
        if let Some(stacks) = &content.stacks {
            for (index, stack) in stacks.iter().enumerate() {
                let name = &stack.value.name;
                if name.value.is_empty() {
                    return Err(self.error(name.range, "a stack has a name", None));
                }
                if stacks.iter().take(index).any(|other| other.value.name.value == name.value) {
                    return Err(self.error(name.range, format!("there are two stacks `{}`", name.value), None));
                }
                if stack.value.files.is_empty() {
                    return Err(self.error(name.range, "a stack has files", Some("name them in `files`".to_owned())));
                }
            }
            policy.stacks = Some((self.base.clone(), stacks.iter().map(|stack| self.said(stack)).collect()));
        }
        if let Some(baseline) = &content.baseline {
            let path = vfs::clean(&self.base.join(&baseline.value));
            policy.baseline = Some(Said { value: path, by: self.by(baseline.range) });
        }
        Ok(())
    }

    fn pattern(&self, text: &Spanned<String>) -> Result<NamedPattern, Arc<ConfigError>> {
        let pattern = Pattern::parse(&text.value, &self.base)
            .map_err(|reason| self.error(text.range, format!("this is no pattern of files: {reason}"), None))?;
        Ok(NamedPattern { text: text.value.clone(), pattern })
    }

    fn override_of(
        &self,
        other: &super::file::Override,
        catalogue: &'static [Rule],
    ) -> Result<Override, Arc<ConfigError>> {
        let files = other.files.iter().map(|file| self.pattern(file)).collect::<Result<_, _>>()?;
        let mut changes = Vec::new();
        for (name, severity) in &other.severity.0 {
            let change = Said { value: Change::Severity(severity.value), by: self.by(severity.range) };
            changes.extend(self.ids(catalogue, name)?.into_iter().map(|id| (id, change)));
        }
        for name in &other.ignore {
            let change = Said { value: Change::Ignore, by: self.by(name.range) };
            changes.extend(self.ids(catalogue, name)?.into_iter().map(|id| (id, change)));
        }
        Ok(Override { files, changes })
    }

    fn ignore_of(
        &self,
        ignore: &Spanned<super::file::Ignore>,
        catalogue: &'static [Rule],
    ) -> Result<Ignore, Arc<ConfigError>> {
        let super::file::Ignore { rule, path, reason, until } = &ignore.value;
        let Some(known) = catalogue.iter().find(|known| known.id == rule.value) else {
            let help = did_you_mean(similar(&rule.value, catalogue.iter().map(|rule| rule.id)));
            return Err(self.error(rule.range, format!("there is no rule `{}`", rule.value), Some(help)));
        };
        if reason.value.trim().is_empty() {
            return Err(self.error(reason.range, "the reason is empty", Some("say why this is accepted".to_owned())));
        }
        let until = until.as_ref().map(|until| {
            let date = until
                .value
                .parse()
                .map_err(|_| self.error(until.range, "this is no date", Some("write it as YYYY-MM-DD".to_owned())))?;
            Ok::<_, Arc<ConfigError>>(Spanned { value: date, range: until.range })
        });
        Ok(Ignore {
            rule: known.id,
            path: self.pattern(path)?,
            reason: reason.value.clone(),
            until: until.transpose()?,
            place: self.span(rule.range),
        })
    }

    fn parameter(
        &self,
        policy: &mut Policy,
        catalogue: &'static [Rule],
        rule: &Spanned<String>,
        name: &Spanned<String>,
        value: &Spanned<super::file::Parameter>,
    ) -> Result<(), Arc<ConfigError>> {
        let with_parameters = || catalogue.iter().filter(|rule| !rule.declaration.parameters.is_empty());
        let Some(known) = with_parameters().find(|known| known.id == rule.value) else {
            let message = match catalogue.iter().any(|known| known.id == rule.value) {
                true => format!("`{}` has no parameters", rule.value),
                false => format!("there is no rule `{}`", rule.value),
            };
            let help = did_you_mean(similar(&rule.value, with_parameters().map(|rule| rule.id)));
            return Err(self.error(rule.range, message, Some(help)));
        };
        let declared = known.declaration.parameters;
        let Some(parameter) = declared.iter().find(|parameter| parameter.name == name.value) else {
            let message = format!("`{}` has no parameter `{}`", known.id, name.value);
            let names = declared.iter().map(|parameter| parameter.name);
            let help = match similar(&name.value, names.clone()) {
                Some(known) => did_you_mean(Some(known)),
                None => format!("it has {}", names.collect::<Vec<_>>().join(", ")),
            };
            return Err(self.error(name.range, message, Some(help)));
        };
        let ports = match parameter.kind {
            Kind::Ports => Ports::read(value).map_err(|wrong| self.error(wrong.range, wrong.value, None))?,
        };
        policy.parameters.insert((known.id, parameter.name), Said { value: ports, by: self.by(value.range) });
        Ok(())
    }
}
