//! `init`: a `stacklint.yaml` that fits what is there, explains every key, and changes no verdict.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use stacklint_engine::config::{Choice, Flags, NAMES, Policies, Policy, Setup, files_in};
use stacklint_engine::discover::{self, Defaults, LooseKind, Plan};
use stacklint_engine::finding::Severity;
use stacklint_engine::outcome::Outcome;
use stacklint_engine::run::{self, Options};
use stacklint_engine::source::Sources;
use stacklint_engine::stack::{Certainty, EnvironmentKind, StackSpec, environment_named};
use stacklint_engine::vfs::Vfs;

use crate::catalogue;
use crate::cli::{Cli, InitArgs};
use crate::commands::{answer, policy_at, today};
use crate::error::Error;
use crate::exit::Exit;
use crate::progress;
use crate::report::output;
use crate::report::printable::one_line;
use crate::report::summary::counted;

/// Of more stacks than this the rest is counted only: nobody edits such a list by hand.
const STACKS: usize = 20;

/// Runs the command.
///
/// # Errors
/// If there is a configuration already, or the file cannot be written.
pub(crate) fn run(args: &InitArgs, cli: &Cli) -> Result<Exit, Error> {
    let (directory, print) = match args.directory.as_deref() {
        Some(path) if path == Path::new("-") => (Path::new("."), true),
        Some(path) => (path, args.stdout),
        None => (Path::new("."), args.stdout),
    };
    let root = |source| Error::Root { path: directory.to_owned(), source };
    if directory.is_file() {
        return Err(root(io::ErrorKind::NotADirectory.into()));
    }
    let mut vfs = Vfs::on_disk(directory).map_err(root)?;
    let own = files_in(vfs.root(), &vfs).next();
    if let Some(own) = own.as_ref().filter(|_| !args.force && !print) {
        return Err(Error::Exists { name: shown(directory, own) });
    }
    let path = own.unwrap_or_else(|| vfs.root().join(NAMES.first().copied().unwrap_or_default()));
    // What holds here already goes on to hold: without it the new file would be the only one that counts.
    let extends = above(&vfs).map(|file| vfs.display(&file));
    let extends = extends.map(|file| yaml(&BTreeMap::from([("extends", [file])])));
    // Judged as it will be with the file in place.
    vfs.overlay(&path, extends.as_deref().unwrap_or_default().as_bytes());
    let sources = Sources::new(vfs);
    let setup = Setup::new(catalogue::all(), Choice::Nearest, Flags::default())?;
    let policies = Policies::new(&setup, &sources);
    if let Err(exit) = policy_at(sources.vfs().root(), &policies, &sources, cli) {
        return Ok(exit);
    }
    let top = [sources.vfs().root().to_owned()];
    let plan = discover::discover(&sources, &top, &Defaults::default(), &policies);
    let options = Options { paths: top.to_vec(), today: today(), ..Options::new(setup.clone()) };
    let outcome = progress::of(&options, cli.quiet, || run::run(&sources, &options));
    let found = Found { plan: &plan, outcome: &outcome, vfs: sources.vfs() };
    let text = found.file(extends.as_deref());
    if print {
        answer(|out| out.write_all(text.as_bytes()))?;
        return Ok(Exit::Clean);
    }
    let shown = shown(directory, &path);
    let written = output::to_file(&path, |out| out.write_all(text.as_bytes()));
    written.map_err(|source| Error::Write { target: format!("`{shown}`"), source })?;
    if !cli.quiet {
        let (stacks, findings) = (outcome.stacks.len(), outcome.findings.len());
        let next = match findings {
            0 => "`stacklint check` judges them".to_owned(),
            _ => "`stacklint check` shows them, `stacklint check --write-baseline` lets them pass".to_owned(),
        };
        let counts = format!("{} and {}", counted(stacks, "stack"), counted(findings, "finding"));
        output::to_stderr(|out| writeln!(out, "wrote `{}`, for {counts}; {next}", one_line(&shown)));
    }
    Ok(Exit::Clean)
}

/// How messages name a file in the directory: as the user named that.
fn shown(directory: &Path, file: &Path) -> String {
    let name = Path::new(file.file_name().unwrap_or_default());
    if directory == Path::new(".") { name.display().to_string() } else { directory.join(name).display().to_string() }
}

/// The nearest configuration above the root.
fn above(vfs: &Vfs) -> Option<PathBuf> {
    let directories = vfs.root().ancestors().skip(1).take_while(|directory| vfs.inside(directory));
    directories.into_iter().find_map(|directory| files_in(directory, vfs).next())
}

/// A value as YAML, quoted where it has to be.
fn yaml(value: &impl Serialize) -> String {
    // A text, a list or a map can always be written.
    serde_yaml::to_string(value).unwrap_or_default()
}

/// The same behind `#`: to be taken away by whoever wants it.
fn commented(text: &str) -> String {
    text.lines().fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "#{line}");
        all
    })
}

/// What is in the directory.
struct Found<'a> {
    plan: &'a Plan,
    outcome: &'a Outcome,
    vfs: &'a Vfs,
}

/// A stack as the file may name it.
#[derive(Debug, Serialize)]
struct Proposed {
    name: String,
    files: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    env_files: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_directory: Option<String>,
}

/// An accepted finding as the file may name it.
#[derive(Debug, Serialize)]
struct Accepted<'a> {
    rule: &'static str,
    path: &'a str,
    reason: &'static str,
    until: &'static str,
}

impl Found<'_> {
    /// The whole file. Text stands behind `# `, YAML to be uncommented behind `#`.
    fn file(&self, extends: Option<&str>) -> String {
        let schema = env!("CARGO_PKG_REPOSITORY").replace("https://github.com/", "https://raw.githubusercontent.com/");
        let defaults = Policy::of([]);
        let rule = self.most_frequent().unwrap_or("missing-healthcheck");
        let path = self.a_file().unwrap_or_else(|| "compose.yaml".to_owned());
        let one = |key: &'static str, value: &str| commented(&yaml(&BTreeMap::from([(key, value)])));
        let list = |key: &'static str, values: &[&str]| commented(&yaml(&BTreeMap::from([(key, values)])));
        let severity = |to: &'static str| BTreeMap::from([(rule, to)]);
        let mut text = format!(
            "\
# yaml-language-server: $schema={schema}/main/schemas/stacklint.schema.json

# How stacklint judges the stacks in this directory and below, down to the next such file. Every key
# is optional. What stands behind `#` is what holds without it, or an example: take the `#` away.
# `stacklint config show` tells what holds, and which line says so.
#
{}
",
            self.inventory()
        );
        let mut section = |about: &str, example: &str| {
            let _ = write!(text, "\n{about}\n{example}");
        };
        section(
            "# Other configuration files, relative to this one, that count first; what this file says wins.",
            &extends.map_or_else(|| list("extends", &["../stacklint.yaml"]), str::to_owned),
        );
        section(
            "# Run only these rules and families (`stacklint rules` lists them). Without it all run.",
            &list("select", &self.families()),
        );
        section("# Do not run these rules and families.", &list("ignore", &[rule]));
        section(
            "# The severity of all findings of a rule or family: critical, high, medium, low or info.",
            &commented(&yaml(&BTreeMap::from([("severity", severity("low"))]))),
        );
        section("# Fail on findings of this severity and above.", &one("fail_on", defaults.fail_on.value.name()));
        section(
            "# Report findings of this severity and above.",
            &one("min_severity", defaults.min_severity.value.name()),
        );
        section(
            "# Report, and fail on, findings of this confidence and above: high, medium or low. Without it all are\n\
             # reported, and those of medium confidence and above fail.",
            &one("min_confidence", "medium"),
        );
        section(
            "# What all stacks run for: prod, dev or unknown. Without it names and declarations decide; in\n\
             # development most findings are one severity lower.",
            &one("environment", "prod"),
        );
        section(
            "# The stacks as they are started, in place of those found by the names of files: keep what is true,\n\
             # and remove the rest. Further keys: `profiles`, `variables` (what the shell supplies).",
            &commented(&yaml(&BTreeMap::from([("stacks", self.proposed())]))),
        );
        section(
            "# Other severities, or no findings at all, in some files or parts of them (behind `#`). Of several\n\
             # that match the last one wins.",
            "#overrides:\n#- files: ['dev/**', 'compose.yaml#/services/mailhog']\n#  severity: {compose: low}\n#  ignore: [image]\n",
        );
        let ignore = Accepted { rule, path: &path, reason: "a lab behind the VPN, OPS-123", until: "2027-01-31" };
        section(
            "# Findings that somebody accepts: the rule, the file (as in `overrides`), why, and until when.",
            &commented(&yaml(&BTreeMap::from([("ignores", [ignore])]))),
        );
        section("# What rules ask for, by rule and parameter (`stacklint explain RULE`).", &parameters());
        section(
            "# The file of findings that were there before and pass; `stacklint check --write-baseline` makes it.",
            &one("baseline", "stacklint.baseline.json"),
        );
        text
    }

    /// What was found, as comments.
    fn inventory(&self) -> String {
        let Outcome { stacks, findings, .. } = self.outcome;
        let mut lines = vec!["# When it was written there were:".to_owned()];
        for stack in stacks.iter().take(STACKS) {
            let reason = if stack.reason.is_empty() { String::new() } else { format!(", since {}", stack.reason) };
            lines.push(format!("# - the stack `{}` (environment: {}{reason})", stack.name, stack.environment));
        }
        match stacks.len().saturating_sub(STACKS) {
            0 if stacks.is_empty() => lines.push("# - no stacks".to_owned()),
            0 => {}
            more => lines.push(format!("# - {more} stacks more")),
        }
        if findings.is_empty() {
            lines.push("# - no findings".to_owned());
        }
        for family in self.families() {
            let own = || findings.iter().filter(|finding| finding.family == family);
            let levels = Severity::ALL.iter().rev().filter_map(|severity| {
                let count = own().filter(|finding| finding.severity == *severity).count();
                (count > 0).then(|| format!("{count} {severity}"))
            });
            let levels = levels.collect::<Vec<_>>().join(", ");
            if !levels.is_empty() {
                lines.push(format!("# - {} of the family `{family}` ({levels})", counted(own().count(), "finding")));
            }
        }
        // Names of files may hold anything: a line break would end the comment.
        lines.iter().map(|line| one_line(line)).collect::<Vec<_>>().join("\n")
    }

    /// The families that find something; those of all rules if none does.
    fn families(&self) -> Vec<&'static str> {
        let mut families: Vec<&'static str> = self.outcome.findings.iter().map(|finding| finding.family).collect();
        if families.is_empty() {
            families = catalogue::all().iter().map(|rule| rule.family).collect();
        }
        families.sort_unstable();
        families.dedup();
        families
    }

    /// The rule with the most findings; the first by name of several.
    fn most_frequent(&self) -> Option<&'static str> {
        let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
        for finding in &self.outcome.findings {
            *counts.entry(finding.rule).or_default() += 1;
        }
        let most = counts.values().max().copied()?;
        counts.into_iter().find(|(_, count)| *count == most).map(|(rule, _)| rule)
    }

    /// A file whose name is no pattern of others.
    fn a_file(&self) -> Option<String> {
        let specs = self.plan.folders.iter().flat_map(|folder| &folder.stacks);
        let mut names = specs.filter_map(|spec| Some(self.vfs.display(spec.files.first()?)));
        names.find(|name| !name.starts_with("..") && !name.contains(['*', '?', '[', ']', '{', '}', '!', '#', '\\']))
    }

    /// The stacks, each file once: of two readings the one as a layer.
    fn proposed(&self) -> Vec<Proposed> {
        let mut taken = HashSet::new();
        let mut proposed = Vec::new();
        for folder in &self.plan.folders {
            let env_files: Vec<&PathBuf> =
                folder.loose.iter().filter(|file| file.kind == LooseKind::Env).map(|file| &file.path).collect();
            for spec in &folder.stacks {
                let is_second = spec.certainty == Certainty::Guessed && spec.files.len() == 1;
                if is_second || proposed.len() >= STACKS {
                    continue;
                }
                proposed.push(self.propose(spec, &env_files, &mut taken));
            }
        }
        if proposed.is_empty() {
            let name = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            return vec![Proposed {
                name: "production".to_owned(),
                files: name(&["compose.yaml", "compose.prod.yaml"]),
                env_files: name(&[".env.production"]),
                environment: Some(EnvironmentKind::Prod.name()),
                project_directory: None,
            }];
        }
        proposed
    }

    fn propose(&self, spec: &StackSpec, env_files: &[&PathBuf], taken: &mut HashSet<String>) -> Proposed {
        let summary = self.outcome.stacks.iter().find(|stack| stack.name == spec.name);
        let environment =
            summary.map(|stack| stack.environment).filter(|name| *name != EnvironmentKind::Unknown.name());
        // A file for the same environment that nobody reads yet is probably handed over with `--env-file`.
        let kind = spec.files.last().and_then(|file| environment_named(file));
        let is_read = |path: &Path| summary.is_some_and(|stack| stack.files.contains(&self.vfs.display(path)));
        let own = |path: &&&PathBuf| kind.is_some() && environment_named(path) == kind && !is_read(path);
        let mut own: Vec<String> = env_files.iter().filter(own).map(|path| self.vfs.display(path)).collect();
        let usual = spec.directory.join(".env");
        if !own.is_empty() && self.vfs.is_file(&usual) {
            own.insert(0, self.vfs.display(&usual));
        }
        let beside = spec.files.first().and_then(|file| file.parent());
        Proposed {
            name: free(&self.name(spec), taken),
            files: spec.files.iter().map(|file| self.vfs.display(file)).collect(),
            env_files: spec
                .env_files
                .as_ref()
                .map_or(own, |files| files.iter().map(|file| self.vfs.display(file)).collect()),
            environment,
            project_directory: (beside != Some(&spec.directory)).then(|| self.vfs.display(&spec.directory)),
        }
    }

    /// A short name: the folder, and what sets a layer apart from the default file.
    fn name(&self, spec: &StackSpec) -> String {
        let folder = self.vfs.display(&spec.directory).replace('/', "-");
        let last = spec.name.contains(':').then(|| spec.files.last()?.file_name()?.to_str()).flatten();
        let usual = |word: &&str| !word.is_empty() && !["docker", "compose", "yaml", "yml"].contains(word);
        let words: Vec<&str> = last.into_iter().flat_map(|name| name.split(['.', '-', '_'])).filter(usual).collect();
        let folder = Some(folder).filter(|folder| folder != ".");
        let parts: Vec<String> = folder.into_iter().chain(words.into_iter().map(str::to_owned)).collect();
        if parts.is_empty() { "default".to_owned() } else { parts.join("-") }
    }
}

/// The name, with a number behind it if another stack has it.
fn free(name: &str, taken: &mut HashSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let free = std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken.contains(name));
    let free = free.unwrap_or_else(|| name.to_owned());
    taken.insert(free.clone());
    free
}

/// An example for each parameter of each rule.
fn parameters() -> String {
    let mut text = "#parameters:\n".to_owned();
    for rule in catalogue::all().iter().filter(|rule| !rule.declaration.parameters.is_empty()) {
        let _ = writeln!(text, "#  {}:", rule.id);
        for parameter in rule.declaration.parameters {
            let _ = writeln!(text, "#    {}: {}", parameter.name, parameter.kind.example());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_given_once() {
        let mut taken = HashSet::new();
        let names: Vec<String> = (0..3).map(|_| free("a", &mut taken)).collect();
        assert_eq!(names, ["a", "a-2", "a-3"]);
    }
}
