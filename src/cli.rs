//! The command line: what can be said, and how it is read.

mod examples;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::str::FromStr as _;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::civil::Date;
use stacklint_engine::finding::{Confidence, Safety, Severity};
use stacklint_engine::stack::EnvironmentKind;
use stacklint_parsers::Format as FileFormat;

use crate::report::Destination;

/// Checks Docker Compose stacks, and the configuration files they run with, against hardening checklists.
#[derive(Debug, Parser)]
#[command(name = "stacklint", version, propagate_version = true, max_term_width = 100, after_help = examples::ALL)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to use colours; `auto` is where a terminal shows them, and heeds NO_COLOR and FORCE_COLOR.
    #[arg(long, global = true, value_name = "WHEN", value_parser = colors(), hide_possible_values = true)]
    #[arg(default_value = "auto", help_heading = GENERAL, display_order = 900)]
    pub(crate) color: ColorWhen,
    /// Leave out what is only nice to know, such as the summary and the progress.
    #[arg(short, long, global = true, help_heading = GENERAL, display_order = 900)]
    pub(crate) quiet: bool,
}

// The headings that flags stand under.
const INPUT: &str = "What is read";
const STACK: &str = "One stack, as for Docker Compose";
const RULES: &str = "Rules and thresholds";
const OUTPUT: &str = "Reports";
const FIXES: &str = "Fixes";
const ACCEPTING: &str = "Accepting findings";
const EXIT: &str = "Exit code";
const GENERAL: &str = "General";

/// A command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge stacks and their configuration files.
    #[command(after_help = examples::CHECK)]
    Check(Box<CheckArgs>),
    /// Show the stack that will really run, and where every value of it comes from.
    #[command(after_help = examples::RESOLVE)]
    Resolve(Box<ResolveArgs>),
    /// Show how one file is read, as JSON.
    #[command(after_help = examples::PARSE)]
    Parse(ParseArgs),
    /// List the rules.
    Rules(RulesArgs),
    /// Show the page of one rule.
    Explain(ExplainArgs),
    /// Show what stacklint.yaml says, and what it can say.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Write a stacklint.yaml that explains every key, and changes nothing yet.
    #[command(after_help = examples::INIT)]
    Init(InitArgs),
    /// Serve an editor: the language server, on standard input and output.
    #[command(after_help = examples::LSP)]
    Lsp(LspArgs),
    /// Print what completes commands, flags and rules in a shell.
    #[command(after_help = examples::COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Print a manual page, or write those of all commands.
    #[command(after_help = examples::MAN)]
    Man(ManArgs),
}

/// Arguments of `lsp`.
#[derive(Args, Debug)]
pub(crate) struct LspArgs {
    /// What some editors say to every server; there is no other way.
    #[arg(long, hide = true)]
    pub(crate) stdio: bool,
}

/// Arguments of `init`.
#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// The directory to configure; `-` is this one, printed [default: .]
    #[arg(value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
    /// Overwrite the configuration that is there.
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the file instead of writing it.
    #[arg(long, conflicts_with = "force")]
    pub(crate) stdout: bool,
}

/// Arguments of `completions`.
#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: Shell,
}

/// Arguments of `man`.
#[derive(Args, Debug)]
pub(crate) struct ManArgs {
    /// The command whose page to print; the one of stacklint itself without it.
    #[arg(value_name = "COMMAND", num_args = 0..)]
    pub(crate) command: Vec<String>,
    /// Write the pages of all commands into this directory instead.
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub(crate) dir: Option<PathBuf>,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// Where a terminal shows them.
    Auto,
    /// Also into files and pipes.
    Always,
    /// Not at all.
    Never,
}

/// Arguments of `check`.
#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    /// Directories to look for stacks in, or files whose stacks to judge [default: .]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) stack: StackArgs,
    #[command(flatten)]
    pub(crate) fix: FixArgs,
    /// How to report, into a file if one is named; repeatable. For people: full, concise, grouped, statistics, markdown; for programs:
    /// json, jsonl, sarif, github, gitlab, azure, junit, checkstyle, rdjson, rdjsonl [default: full]
    #[arg(long, value_name = "FORMAT[=FILE]")]
    #[arg(help_heading = OUTPUT)]
    pub(crate) format: Vec<Destination>,
    /// Count the findings of each rule instead of showing them; short for `--format statistics`.
    #[arg(long)]
    #[arg(help_heading = OUTPUT)]
    pub(crate) statistics: bool,
    /// Run only these rules and families.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    #[arg(help_heading = RULES)]
    pub(crate) select: Vec<String>,
    /// Do not run these rules and families.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    #[arg(help_heading = RULES)]
    pub(crate) ignore: Vec<String>,
    /// Fail on findings of this severity and above [default: high]
    #[arg(long, value_name = "SEVERITY", value_parser = severities())]
    #[arg(help_heading = RULES)]
    pub(crate) fail_on: Option<Severity>,
    /// Report findings of this severity and above [default: low, or what --fail-on says if that is less]
    #[arg(long, value_name = "SEVERITY", value_parser = severities())]
    #[arg(help_heading = RULES)]
    pub(crate) min_severity: Option<Severity>,
    /// Report, and fail on, findings of this confidence and above [default: report low, fail on medium]
    #[arg(long, value_name = "CONFIDENCE", value_parser = confidences())]
    #[arg(help_heading = RULES)]
    pub(crate) min_confidence: Option<Confidence>,
    /// Report what `# stacklint: ignore[...]` comments accept, too.
    #[arg(long)]
    #[arg(help_heading = ACCEPTING)]
    pub(crate) no_inline_ignores: bool,
    /// The day it is, for the last days of such comments [default: today in UTC]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    #[arg(help_heading = ACCEPTING)]
    pub(crate) today: Option<Date>,
    /// Take the text of this file from standard input, and report what touches it: for editors and hooks.
    #[arg(long, value_name = "NAME", help_heading = INPUT)]
    #[arg(conflicts_with_all = ["paths", "changed", "write_baseline", "prune_baseline", "fix"])]
    pub(crate) stdin_filename: Option<PathBuf>,
    /// Judge whole stacks, but report only what touches these files; ends at the next flag.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    #[arg(help_heading = INPUT)]
    pub(crate) changed: Vec<PathBuf>,
    /// The file of findings that were there before and pass [default: stacklint.baseline.json, in the root or above]
    #[arg(long, value_name = "FILE")]
    #[arg(help_heading = ACCEPTING)]
    pub(crate) baseline: Option<PathBuf>,
    /// Heed no baseline.
    #[arg(long, conflicts_with_all = ["baseline", "write_baseline", "prune_baseline"])]
    #[arg(help_heading = ACCEPTING)]
    pub(crate) no_baseline: bool,
    /// Take all findings into the baseline, and report none.
    #[arg(long, conflicts_with_all = ["prune_baseline", "changed"])]
    #[arg(help_heading = ACCEPTING)]
    pub(crate) write_baseline: bool,
    /// Take out of the baseline what is no longer found.
    #[arg(long)]
    #[arg(help_heading = ACCEPTING)]
    pub(crate) prune_baseline: bool,
    /// Never fail on findings.
    #[arg(long)]
    #[arg(help_heading = EXIT)]
    pub(crate) exit_zero: bool,
    /// Do not fail where there is nothing to check.
    #[arg(long)]
    #[arg(help_heading = EXIT)]
    pub(crate) allow_empty: bool,
    /// Do not fail over what lies outside the project or over a limit and was not read.
    #[arg(long)]
    #[arg(help_heading = EXIT)]
    pub(crate) allow_partial: bool,
}

/// What may be read, and what is known besides the files.
#[derive(Args, Debug)]
pub(crate) struct InputArgs {
    /// The directory that reported paths are relative to [default: .]
    #[arg(long, value_name = "DIR")]
    #[arg(help_heading = INPUT)]
    pub(crate) root: Option<PathBuf>,
    /// Read what a stack names outside the project, too. Only for files you trust.
    #[arg(long)]
    #[arg(help_heading = INPUT)]
    pub(crate) allow_outside: bool,
    /// Do not read what .gitignore excludes.
    #[arg(long)]
    #[arg(help_heading = INPUT)]
    pub(crate) no_ignored: bool,
    /// A variable that the shell would supply; repeatable. The real environment is never read.
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = variable)]
    #[arg(help_heading = INPUT)]
    pub(crate) variables: Vec<(String, String)>,
    /// Use this configuration for everything, as if it stood in the root [default: the nearest stacklint.yaml of each stack]
    #[arg(long, value_name = "FILE")]
    #[arg(help_heading = INPUT)]
    pub(crate) config: Option<PathBuf>,
    /// Use no configuration file.
    #[arg(long, conflicts_with = "config")]
    #[arg(help_heading = INPUT)]
    pub(crate) no_config: bool,
    /// What the stacks run for.
    #[arg(long, value_name = "ENVIRONMENT", value_parser = environments())]
    #[arg(help_heading = INPUT)]
    pub(crate) environment: Option<EnvironmentKind>,
}

/// One stack, described as for Docker Compose.
#[derive(Args, Debug, Default)]
pub(crate) struct StackArgs {
    /// A Compose file of the one stack to look at; repeatable, later ones are layers on top.
    #[arg(short, long = "file", value_name = "FILE", conflicts_with = "paths")]
    #[arg(help_heading = STACK)]
    pub(crate) files: Vec<PathBuf>,
    /// A file that defines its variables, instead of `.env`; repeatable.
    #[arg(long = "env-file", value_name = "FILE", conflicts_with = "paths")]
    #[arg(help_heading = STACK)]
    pub(crate) env_files: Vec<PathBuf>,
    /// An active profile of it; repeatable, `*` is all.
    #[arg(long = "profile", value_name = "NAME", conflicts_with = "paths")]
    #[arg(help_heading = STACK)]
    pub(crate) profiles: Vec<String>,
    /// Its project directory [default: that of the first file]
    #[arg(long, value_name = "DIR", conflicts_with = "paths")]
    #[arg(help_heading = STACK)]
    pub(crate) project_directory: Option<PathBuf>,
    /// Instead: only the stack of this name, as reports and the configuration name it.
    #[arg(long = "stack", value_name = "NAME", conflicts_with_all = ["files", "env_files", "project_directory"])]
    #[arg(help_heading = STACK)]
    pub(crate) name: Option<String>,
}

/// What to do about findings that can be fixed.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("fixing").args(["fix", "diff"]).multiple(true)))]
pub(crate) struct FixArgs {
    /// Apply the fixes that cannot break what works, and report what is left.
    #[arg(long, help_heading = FIXES)]
    pub(crate) fix: bool,
    /// With --fix or --diff: apply the fixes that change behaviour, too.
    #[arg(long, requires = "fixing", help_heading = FIXES)]
    pub(crate) unsafe_fixes: bool,
    /// Show what --fix would change, in place of a report, and write nothing; fails if there is something.
    #[arg(long, conflicts_with_all = ["format", "statistics"], help_heading = FIXES)]
    pub(crate) diff: bool,
}

/// Arguments of `resolve`.
#[derive(Args, Debug)]
pub(crate) struct ResolveArgs {
    /// The directory of the stack [default: .]
    // Under the name that `StackArgs` excludes.
    #[arg(id = "paths", value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) stack: StackArgs,
    /// How to write it.
    #[arg(long, value_enum, default_value_t = ResolveFormat::Text)]
    pub(crate) format: ResolveFormat,
    /// Do not mask secrets.
    #[arg(long)]
    pub(crate) show_secrets: bool,
}

/// How to write a resolved stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResolveFormat {
    /// A value a line, with where it comes from.
    Text,
    /// All that is known.
    Json,
    /// As `docker compose config` prints it.
    Yaml,
}

/// Arguments of `parse`.
#[derive(Args, Debug)]
pub(crate) struct ParseArgs {
    /// The file.
    pub(crate) file: PathBuf,
    /// What it is [default: what its name says]
    #[arg(long = "as", value_name = "FORMAT", value_parser = file_formats())]
    pub(crate) format: Option<FileFormat>,
    /// The major version of PostgreSQL that reads it, for pg_hba.conf and postgresql.conf; 12 to 18.
    #[arg(long, value_name = "MAJOR", value_parser = clap::value_parser!(u32).range(12..=18), default_value_t = 17)]
    pub(crate) pg_major: u32,
    /// A variable that the shell would supply; repeatable. The real environment is never read.
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = variable)]
    pub(crate) variables: Vec<(String, String)>,
    /// Read what it includes outside of the project and its own directory, too. Only for files you trust.
    #[arg(long)]
    pub(crate) allow_outside: bool,
    /// Do not mask secrets.
    #[arg(long)]
    pub(crate) show_secrets: bool,
}

/// Arguments of `rules`.
#[derive(Args, Debug)]
pub(crate) struct RulesArgs {
    /// How to write them.
    #[arg(long, value_enum, default_value_t = RulesFormat::Text)]
    pub(crate) format: RulesFormat,
}

/// How to write the list of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RulesFormat {
    /// A table.
    Text,
    /// All that rules say of themselves.
    Json,
}

/// What to show of the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show what holds in a directory, and who says so: a line of a file, a flag, or nobody.
    Show(ConfigShowArgs),
    /// Print the JSON Schema of stacklint.yaml, for editors.
    Schema,
}

/// Arguments of `config show`.
#[derive(Args, Debug)]
pub(crate) struct ConfigShowArgs {
    /// The directory [default: .]
    #[arg(value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// How to write it.
    #[arg(long, value_enum, default_value_t = ConfigFormat::Text)]
    pub(crate) format: ConfigFormat,
}

/// How to write a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConfigFormat {
    /// A setting a line.
    Text,
    /// The same for programs.
    Json,
}

/// Arguments of `explain`.
#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// The rule.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) input: InputArgs,
}

impl FixArgs {
    /// The fixes that may be applied.
    pub(crate) fn allowed(&self) -> Safety {
        if self.unsafe_fixes { Safety::Unsafe } else { Safety::Safe }
    }
}

impl ColorWhen {
    /// Whether to use colours on a stream. NO_COLOR (no-color.org) wins over FORCE_COLOR (force-color.org).
    pub(crate) fn on(self, stream: &impl IsTerminal) -> bool {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if set("NO_COLOR") => false,
            Self::Auto if set("FORCE_COLOR") => true,
            Self::Auto => stream.is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
        }
    }
}

fn colors() -> impl TypedValueParser<Value = ColorWhen> {
    // In words of one line: three lines of choices in each help are two too many.
    PossibleValuesParser::new(["auto", "always", "never"]).try_map(|name| ColorWhen::from_str(&name, false))
}

fn severities() -> impl TypedValueParser<Value = Severity> {
    // The worst first, as people list them.
    PossibleValuesParser::new(Severity::ALL.iter().rev().map(|severity| severity.name()))
        .try_map(|name| Severity::from_str(&name))
}

fn confidences() -> impl TypedValueParser<Value = Confidence> {
    PossibleValuesParser::new(Confidence::ALL.iter().rev().map(|confidence| confidence.name()))
        .try_map(|name| Confidence::from_str(&name))
}

fn environments() -> impl TypedValueParser<Value = EnvironmentKind> {
    PossibleValuesParser::new(EnvironmentKind::NAMES).try_map(|name| EnvironmentKind::from_str(&name))
}

fn file_formats() -> impl TypedValueParser<Value = FileFormat> {
    // What `--pg-major` chooses has no name of its own.
    let named = || FileFormat::ALL.iter().copied().filter(|format| *format != FileFormat::PgHba13);
    PossibleValuesParser::new(named().map(FileFormat::name))
        .try_map(move |name| named().find(|format| format.name() == name).ok_or("unknown format"))
}

fn day(text: &str) -> Result<Date, &'static str> {
    stacklint_engine::filter::parse_day(text).ok_or("expected a day as YYYY-MM-DD")
}

fn variable(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE; values of the real environment are never taken"),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_described_stack_excludes_paths() {
        let parse = |line: &str| Cli::try_parse_from(line.split(' '));
        assert!(parse("stacklint check -f a.yaml -f b.yaml --profile x --env A=b=c").is_ok());
        for line in ["check . -f a.yaml", "check --profile x dir", "resolve dir --env-file x", "check --env A"] {
            assert!(parse(&format!("stacklint {line}")).is_err(), "{line}");
        }
    }
}
