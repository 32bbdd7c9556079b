//! The commands: each takes its arguments, asks the engine, and has the answer written down.

pub(crate) mod baseline;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod explain;
mod fix;
pub(crate) mod init;
pub(crate) mod masking;
pub(crate) mod parse;
pub(crate) mod resolve;
pub(crate) mod rules;

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use stacklint_engine::config::{Policies, Policy};
use stacklint_engine::outcome::RunError;
use stacklint_engine::source::Sources;

use crate::cli::Cli;
use crate::error::Error;
use crate::exit::Exit;
use crate::report::full::Artist;
use crate::report::source_text::SourceTexts;
use crate::report::{log, output};

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
