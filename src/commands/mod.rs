//! The commands: each takes its arguments, asks the engine, and has the answer written down.

pub(crate) mod baseline;
mod check;
mod completions;
mod config;
mod explain;
mod fix;
mod init;
pub(crate) mod masking;
mod parse;
pub(crate) mod resolve;
mod rules;

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use stacklint_engine::config::{Policies, Policy};
use stacklint_engine::outcome::RunError;
use stacklint_engine::source::Sources;

use crate::cli::{Cli, Command};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::full::Artist;
use crate::report::source_text::SourceTexts;
use crate::report::{log, output};

/// Does what the command line says.
///
/// # Errors
/// If it cannot be done.
pub(crate) fn run(cli: &Cli) -> Result<Exit, Error> {
    match &cli.command {
        Command::Check(args) => check::run(args, cli),
        Command::Resolve(args) => resolve::run(args, cli),
        Command::Parse(args) => parse::run(args),
        Command::Rules(args) => rules::run(args),
        Command::Explain(args) => explain::run(args, cli),
        Command::Config(command) => config::run(command, cli),
        Command::Init(args) => init::run(args, cli),
        Command::Completions(args) => completions::run(args),
        Command::Lsp(_) => crate::lsp::run(),
        Command::Man(args) => completions::man(args),
    }
}

/// The day it is, in UTC.
pub(crate) fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// Writes an answer to standard output.
fn answer(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
    output::to_stdout(write).map_err(|source| Error::Write { target: "to standard output".to_owned(), source })
}

/// Writes text for people to standard output. It quotes files, whose lines must not be commands in the log of a pipeline.
fn tell(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
    if log::is_read_by_github() { answer(|out| log::without_commands(out, write)) } else { answer(write) }
}

/// What holds in a directory. Where its configuration cannot be used, why not is drawn, and the command's answer given.
fn policy_at(directory: &Path, policies: &Policies<'_>, sources: &Sources, cli: &Cli) -> Result<Arc<Policy>, Exit> {
    policies.of(directory).map_err(|error| failed(&RunError::from(&*error), sources, cli))
}

/// Draws why a command cannot be done, where the fault is in a file.
fn failed(error: &RunError, sources: &Sources, cli: &Cli) -> Exit {
    let artist = Artist::new(sources, SourceTexts::new(sources), cli.color.on(&io::stderr()));
    output::to_stderr(|out| artist.error(error, out));
    Exit::Failed
}
