//! `config`: what holds in a directory, and who says so.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use stacklint_engine::config::{By, Change, Flags, Policies, Policy, Said, Setup};
use stacklint_engine::origin::Span;
use stacklint_engine::source::Sources;
use stacklint_engine::vfs::{FileKind, ReadError, Vfs};

use crate::catalogue;
use crate::cli::{Cli, ConfigCommand, ConfigFormat, ConfigShowArgs, StackArgs};
use crate::commands::{answer, policy_at, tell};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::json_text;
use crate::report::location::{Location, Locator};
use crate::run::{self, Target};

/// The JSON Schema of a configuration file.
const SCHEMA: &str = include_str!("../../schemas/stacklint.schema.json");

/// Runs the command.
///
/// # Errors
/// If the directory cannot be used, or standard output fails.
pub(crate) fn run(command: &ConfigCommand, cli: &Cli) -> Result<Exit, Error> {
    match command {
        ConfigCommand::Schema => answer(|out| out.write_all(SCHEMA.as_bytes()))?,
        ConfigCommand::Show(args) => return show(args, cli),
    }
    Ok(Exit::Clean)
}

fn show(args: &ConfigShowArgs, cli: &Cli) -> Result<Exit, Error> {
    let directory = args.directory.clone().unwrap_or_else(|| PathBuf::from("."));
    let Target { sources, paths, choice, defaults, .. } = run::open(&[directory], &StackArgs::default(), &args.input)?;
    let flags = Flags { environment: defaults.environment.map(|environment| environment.kind), ..Flags::default() };
    let setup = Setup::new(catalogue::all(), choice, flags)?;
    let directory = directory_of(paths.first(), sources.vfs())?;
    let policy = match policy_at(&directory, &Policies::new(&setup, &sources), &sources, cli) {
        Ok(policy) => policy,
        Err(exit) => return Ok(exit),
    };
    let shown = Shown::of(&policy, sources.vfs().display(&directory), &sources);
    match args.format {
        ConfigFormat::Text => tell(|out| shown.text(out))?,
        ConfigFormat::Json => answer(|out| json_text::write(&shown, out))?,
    }
    Ok(Exit::Clean)
}

/// The directory that a path means: of a file its own.
fn directory_of(path: Option<&PathBuf>, vfs: &Vfs) -> Result<PathBuf, Error> {
    let path = path.map_or_else(|| vfs.root().to_owned(), |path| vfs.absolute(path));
    match vfs.kind(&path) {
        Some(FileKind::Directory) => Ok(path),
        Some(_) => Ok(path.parent().map(Into::into).unwrap_or(path)),
        None => Err(Error::Read { path, source: Arc::new(ReadError::Missing) }),
    }
}

/// A setting, and who said it.
#[derive(Debug, Serialize)]
struct Entry {
    name: String,
    value: String,
    by: String,
    location: Option<Location>,
}

/// A configuration, ready to be shown.
#[derive(Debug, Serialize)]
struct Shown {
    directory: String,
    files: Vec<String>,
    rules_that_run: usize,
    rules: usize,
    settings: Vec<Entry>,
    ignore: Vec<Entry>,
    severity: Vec<Entry>,
    overrides: Vec<Entry>,
    ignores: Vec<Entry>,
    parameters: Vec<Entry>,
    stacks: Vec<Entry>,
}

/// Makes entries of what policies hold.
struct Teller<'a> {
    sources: &'a Sources,
    locator: Locator<'a>,
}

impl Teller<'_> {
    fn entry(&self, name: impl Into<String>, value: impl Into<String>, by: By) -> Entry {
        let (by, location) = match by {
            By::Default => ("default".to_owned(), None),
            By::Flag(flag) => (flag.to_owned(), None),
            By::File(Span { file, range }) => {
                let name = self.sources.file(file).map(|file| file.name.clone());
                (name.unwrap_or_default(), self.locator.locate(Span { file, range }))
            }
        };
        Entry { name: name.into(), value: value.into(), by, location }
    }

    /// What is said of rules, `rules` in the order of the catalogue. What one word says of all rules of a family is one
    /// entry.
    fn of_rules(&self, rules: Vec<(&'static str, &'static str, By)>, place: &str) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut rest = rules.as_slice();
        while let Some((id, value, by)) = rest.first() {
            let family = catalogue::all().iter().find(|rule| rule.id == *id).map_or("", |rule| rule.family);
            let whole = catalogue::all().iter().filter(|rule| rule.family == family).count();
            let same = rest.iter().take_while(|(_, other, who)| (other, who) == (value, by)).count();
            let (name, taken) = if whole > 1 && same >= whole { (family, whole) } else { (*id, 1) };
            entries.push(self.entry(format!("{name}{place}"), *value, *by));
            rest = rest.get(taken..).unwrap_or_default();
        }
        entries
    }
}

impl Shown {
    fn of(policy: &Policy, directory: String, sources: &Sources) -> Self {
        let teller = Teller { sources, locator: Locator::new(sources) };
        let or_nothing = |name: &str, said: Option<(&'static str, By)>| {
            let (value, by) = said.unwrap_or(("nothing said", By::Default));
            teller.entry(name, value, by)
        };
        let Policy { fail_on, min_severity, min_confidence, environment, .. } = policy;
        let mut settings = vec![
            teller.entry("fail_on", fail_on.value.name(), fail_on.by),
            teller.entry("min_severity", min_severity.value.name(), min_severity.by),
            or_nothing("min_confidence", min_confidence.map(|said| (said.value.name(), said.by))),
            or_nothing("environment", environment.map(|said| (said.value.name(), said.by))),
        ];
        if let Some(baseline) = &policy.baseline {
            settings.push(teller.entry("baseline", sources.vfs().display(&baseline.value), baseline.by));
        }
        let rules = catalogue::all().iter();
        let left_out = rules.clone().filter_map(|rule| Some((rule.id, "does not run", *policy.left_out.get(rule.id)?)));
        let severity = rules.clone().filter_map(|rule| {
            let said = policy.severity.get(rule.id)?;
            Some((rule.id, said.value.name(), said.by))
        });
        let overrides = policy.overrides.iter().flat_map(|other| {
            let files = other.files.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let changes = other.changes.iter().map(|(rule, change)| {
                let value = match change.value {
                    Change::Severity(severity) => severity.name(),
                    Change::Ignore => "ignore",
                };
                (*rule, value, change.by)
            });
            teller.of_rules(changes.collect(), &format!(" in {files}"))
        });
        let ignores = policy.ignores.iter().map(|ignore| {
            let until = ignore.until.as_ref().map(|until| format!(" until {}", until.value)).unwrap_or_default();
            let name = format!("{} in {}", ignore.rule, ignore.path);
            teller.entry(name, format!("{}{until}", ignore.reason), By::File(ignore.place))
        });
        let mut parameters: Vec<_> = policy.parameters.iter().collect();
        parameters.sort_by_key(|(key, _)| **key);
        let parameters = parameters
            .into_iter()
            .map(|((rule, name), Said { value, by })| teller.entry(format!("{rule}.{name}"), value.to_string(), *by));
        let stacks = policy.stacks.iter().flat_map(|(_, stacks)| stacks).map(|stack| {
            let files = stack.value.files.iter().map(|file| file.value.as_str()).collect::<Vec<_>>().join(", ");
            teller.entry(stack.value.name.value.clone(), files, stack.by)
        });
        let file = |id: &_| sources.file(*id).map(|file| file.name.clone());
        Self {
            directory,
            // The one that counts most first.
            files: policy.files.iter().rev().filter_map(file).collect(),
            rules_that_run: policy.rules.len(),
            rules: rules.len(),
            ignore: teller.of_rules(left_out.collect(), ""),
            severity: teller.of_rules(severity.collect(), ""),
            overrides: overrides.collect(),
            ignores: ignores.collect(),
            parameters: parameters.collect(),
            stacks: stacks.collect(),
            settings,
        }
    }

    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        match self.files.as_slice() {
            [] => writeln!(out, "`{}` has no configuration; these are the defaults", self.directory)?,
            [file, extended @ ..] => {
                write!(out, "`{}` is configured by `{file}`", self.directory)?;
                for (index, file) in extended.iter().enumerate() {
                    write!(out, "{} `{file}`", if index == 0 { ", which extends" } else { "," })?;
                }
                writeln!(out)?;
            }
        }
        writeln!(out, "{} of {} rules run\n", self.rules_that_run, self.rules)?;
        rows(&self.settings, "", out)?;
        for (name, entries) in [
            ("ignore", &self.ignore),
            ("severity", &self.severity),
            ("overrides", &self.overrides),
            ("ignores", &self.ignores),
            ("parameters", &self.parameters),
            ("stacks", &self.stacks),
        ] {
            if !entries.is_empty() {
                writeln!(out, "\n{name}:")?;
                rows(entries, "  ", out)?;
            }
        }
        Ok(())
    }
}

fn rows(entries: &[Entry], indent: &str, out: &mut dyn Write) -> io::Result<()> {
    let width =
        |of: fn(&Entry) -> &str| entries.iter().map(|entry| of(entry).chars().count()).max().unwrap_or_default();
    let (names, values) = (width(|entry| &entry.name), width(|entry| &entry.value));
    for Entry { name, value, by, location } in entries {
        write!(out, "{indent}{name:names$}  {value:values$}  ")?;
        match location {
            Some(Location { path, start, .. }) => writeln!(out, "({path}:{}:{})", start.line, start.column)?,
            None => writeln!(out, "({by})")?,
        }
    }
    Ok(())
}
