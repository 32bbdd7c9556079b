//! `config`: what holds in a directory, and who says so.

use std::io::{self, Write};
use std::path::PathBuf;

use serde::Serialize;
use stacklint_engine::config::{By, Change, Choice, Flags, Policies, Policy, Said, Setup};
use stacklint_engine::origin::Span;
use stacklint_engine::outcome::RunError;
use stacklint_engine::source::Sources;

use crate::catalogue;
use crate::cli::{Cli, ConfigCommand, ConfigFormat, ConfigShowArgs, StackArgs};
use crate::commands::{answer, failed};
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
    let (policy, directory) = match policy(choice, flags, &paths, &sources)? {
        Ok(found) => found,
        Err(error) => return Ok(failed(&error, &sources, cli)),
    };
    let shown = Shown::of(&policy, directory, &sources);
    answer(|out| match args.format {
        ConfigFormat::Text => shown.text(out),
        ConfigFormat::Json => json_text::write(&shown, out),
    })?;
    Ok(Exit::Clean)
}

type Found = (std::sync::Arc<Policy>, String);

fn policy(
    choice: Choice,
    flags: Flags,
    paths: &[PathBuf],
    sources: &Sources,
) -> Result<Result<Found, RunError>, Error> {
    let setup = Setup::new(catalogue::all(), choice, flags)?;
    let vfs = sources.vfs();
    let path = paths.first().map_or_else(|| vfs.root().to_owned(), |path| vfs.absolute(path));
    // Of a file its directory counts.
    let directory = if path.is_dir() { path } else { path.parent().map(Into::into).unwrap_or(path) };
    let name = vfs.display(&directory);
    Ok(Policies::new(&setup, sources)
        .of(&directory)
        .map(|policy| (policy, name))
        .map_err(|error| RunError::from(&*error)))
}

/// A setting, and who said it.
#[derive(Debug, Serialize)]
struct Entry {
    value: String,
    by: String,
    location: Option<Location>,
}

/// The part of a configuration that is about one thing.
#[derive(Debug, Serialize)]
struct Section {
    name: &'static str,
    entries: Vec<(String, Entry)>,
}

/// A configuration, ready to be shown.
#[derive(Debug, Serialize)]
struct Shown {
    directory: String,
    files: Vec<String>,
    settings: Vec<(String, Entry)>,
    sections: Vec<Section>,
    rules: usize,
    rules_known: usize,
}

impl Shown {
    fn of(policy: &Policy, directory: String, sources: &Sources) -> Self {
        let locator = Locator::new(sources);
        let name = |span: Span| sources.file(span.file).map(|file| file.name.clone()).unwrap_or_default();
        let entry = |value: String, by: By| {
            let (by, location) = match by {
                By::Default => ("default".to_owned(), None),
                By::Flag(flag) => (flag.to_owned(), None),
                By::File(span) => (name(span), locator.locate(span)),
            };
            Entry { value, by, location }
        };
        let none = Said { value: "nothing said", by: By::Default };
        let or_none = |said: Option<(&'static str, By)>| said.map_or(none, |(value, by)| Said { value, by });
        let confidence = or_none(policy.min_confidence.map(|said| (said.value.name(), said.by)));
        let environment = or_none(policy.environment.map(|said| (said.value.name(), said.by)));
        let mut settings = vec![
            ("fail_on".to_owned(), entry(policy.fail_on.value.to_string(), policy.fail_on.by)),
            ("min_severity".to_owned(), entry(policy.min_severity.value.to_string(), policy.min_severity.by)),
            ("min_confidence".to_owned(), entry(confidence.value.to_owned(), confidence.by)),
            ("environment".to_owned(), entry(environment.value.to_owned(), environment.by)),
        ];
        if let Some(baseline) = &policy.baseline {
            settings.push(("baseline".to_owned(), entry(sources.vfs().display(&baseline.value), baseline.by)));
        }
        let catalogue = catalogue::all().iter();
        let left_out = catalogue.clone().filter_map(|rule| Some((rule.id, *policy.left_out.get(rule.id)?)));
        let severity = catalogue.filter_map(|rule| Some((rule.id, *policy.severity.get(rule.id)?)));
        let overrides = policy.overrides.iter().flat_map(|other| {
            let files = other.files.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            other.changes.iter().map(move |(rule, change)| {
                let value = match change.value {
                    Change::Severity(severity) => severity.name(),
                    Change::Ignore => "ignore",
                };
                (format!("{rule} in {files}"), value, change.by)
            })
        });
        let ignores = policy.ignores.iter().map(|ignore| {
            let until = ignore.until.as_ref().map(|until| format!(" until {}", until.value)).unwrap_or_default();
            let what = format!("{} in {}", ignore.rule, ignore.path);
            (what, entry(format!("{}{until}", ignore.reason), By::File(ignore.place)))
        });
        let parameters = policy
            .parameters
            .iter()
            .map(|((rule, name), said)| (format!("{rule}.{name}"), entry(said.value.to_string(), said.by)));
        let stacks = policy.stacks.iter().flat_map(|(_, stacks)| stacks).map(|stack| {
            let files = stack.value.files.iter().map(|file| file.value.as_str()).collect::<Vec<_>>().join(", ");
            (stack.value.name.value.clone(), entry(files, stack.by))
        });
        let mut sections = vec![
            Section {
                name: "ignore",
                entries: left_out.map(|(rule, by)| (rule.to_owned(), entry("does not run".to_owned(), by))).collect(),
            },
            Section {
                name: "severity",
                entries: severity
                    .map(|(rule, said)| (rule.to_owned(), entry(said.value.to_string(), said.by)))
                    .collect(),
            },
            Section {
                name: "overrides",
                entries: overrides.map(|(what, value, by)| (what, entry(value.to_owned(), by))).collect(),
            },
            Section { name: "ignores", entries: ignores.collect() },
            Section { name: "parameters", entries: parameters.collect() },
            Section { name: "stacks", entries: stacks.collect() },
        ];
        if let Some(parameters) = sections.iter_mut().find(|section| section.name == "parameters") {
            parameters.entries.sort_by(|left, right| left.0.cmp(&right.0));
        }
        let file = |id: &_| sources.file(*id).map(|file| file.name.clone());
        Self {
            directory,
            // The one that counts most first.
            files: policy.files.iter().rev().filter_map(file).collect(),
            settings,
            sections,
            rules: policy.rules.len(),
            rules_known: catalogue::all().len(),
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
        writeln!(out, "{} of {} rules run\n", self.rules, self.rules_known)?;
        rows(&self.settings, "", out)?;
        for section in self.sections.iter().filter(|section| !section.entries.is_empty()) {
            writeln!(out, "\n{}:", section.name)?;
            rows(&section.entries, "  ", out)?;
        }
        Ok(())
    }
}

fn rows(entries: &[(String, Entry)], indent: &str, out: &mut dyn Write) -> io::Result<()> {
    let width = |of: fn(&(String, Entry)) -> usize| entries.iter().map(of).max().unwrap_or_default();
    let (names, values) = (width(|(name, _)| name.chars().count()), width(|(_, entry)| entry.value.chars().count()));
    for (name, Entry { value, by, location }) in entries {
        write!(out, "{indent}{name:names$}  {value:values$}  ")?;
        match location {
            Some(Location { path, start, .. }) => writeln!(out, "({path}:{}:{})", start.line, start.column)?,
            None => writeln!(out, "({by})")?,
        }
    }
    Ok(())
}
