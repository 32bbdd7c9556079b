//! `check --fix` and `--diff`: what fixes do to files, written or shown, and what is said about it.

use std::io;
use std::path::PathBuf;

use codespan_reporting::diagnostic::Severity as Level;
use stacklint_engine::finding::Finding;
use stacklint_engine::fix::apply::{Judged, Repair, preferred, repair};
use stacklint_engine::outcome::RunError;
use stacklint_engine::run::Options;
use stacklint_engine::vfs::{Vfs, WriteFailure};

use crate::cli::{Cli, FixArgs};
use crate::commands::tell;
use crate::error::Error;
use crate::progress;
use crate::report::full::Artist;
use crate::report::location::Locator;
use crate::report::printable::one_line;
use crate::report::source_text::SourceTexts;
use crate::report::summary::counted;
use crate::report::{diff, output};

/// So many fixes that did not go in are named.
const NAMED: usize = 20;

/// What was done, or would be.
#[derive(Debug)]
pub(crate) struct Told {
    /// Whether any file changes.
    pub(crate) changes: bool,
    /// The findings whose fix did not go in, and why, a line each.
    refused: Vec<String>,
    summary: String,
}

/// Writes the fixes into the files, and gives what is found then. What keeps it from that is an error of the run.
pub(crate) fn apply(vfs: Vfs, options: &Options, args: &FixArgs, cli: &Cli) -> (Judged, Told) {
    let repair = progress::of(options, cli.quiet, || repair(vfs, options, args.allowed()));
    if let Err(failure) = repair.before.sources.vfs().write(&repair.rewrites()) {
        // What the files say now is no longer known.
        let mut judged = Judged::of(repair.before.sources.vfs().over([]), options);
        judged.outcome.errors.extend(errors(&failure, judged.sources.vfs()));
        let summary = match failure.written.len() {
            0 => "nothing was fixed".to_owned(),
            some => format!("only {} written", counted(some, "file")),
        };
        return (judged, Told { changes: !failure.written.is_empty(), refused: Vec::new(), summary });
    }
    let told = Told::of(&repair, args, "fixed");
    (repair.into_after(), told)
}

/// Shows what the fixes would do, and writes nothing.
///
/// # Errors
/// If standard output fails.
pub(crate) fn show(vfs: Vfs, options: &Options, args: &FixArgs, cli: &Cli) -> Result<(Judged, Told), Error> {
    let repair = progress::of(options, cli.quiet, || repair(vfs, options, args.allowed()));
    let colored = cli.color.on(&io::stdout());
    tell(|out| diff::write(&repair.changes, &repair.before, repair.after(), colored, out))?;
    let told = Told::of(&repair, args, "would fix");
    let judged = repair.into_after();
    // In place of a report, which would hold them.
    let texts = SourceTexts::new(&judged.sources).with_findings(judged.outcome.findings.iter());
    let artist = Artist::new(&judged.sources, texts, cli.color.on(&io::stderr()));
    output::to_stderr(|out| {
        judged
            .outcome
            .errors
            .iter()
            .try_for_each(|error| artist.message(Level::Bug, "error", &error.message, error.place, Vec::new(), out))
    });
    drop(artist);
    Ok((judged, told))
}

impl Told {
    fn of(repair: &Repair, args: &FixArgs, done: &str) -> Self {
        let refused = refused(repair);
        let any = !repair.changes.is_empty();
        let fixed = match (repair.applied.len(), repair.changes.len()) {
            (fixes, files) if any => format!("{done} {} in {}", counted(fixes, "finding"), counted(files, "file")),
            _ if refused.is_empty() => "nothing to fix".to_owned(),
            _ => "nothing fixed".to_owned(),
        };
        let only_unsafe =
            |finding: &&Finding| preferred(finding, args.allowed()).is_none() && !finding.fixes.is_empty();
        let more = match repair.after().outcome.findings.iter().filter(only_unsafe).count() {
            0 => String::new(),
            more => format!("; {more}{} with --unsafe-fixes", if any { " more" } else { "" }),
        };
        Self { changes: any, refused, summary: format!("{fixed}{more}") }
    }

    /// Says on standard error what was done, and what was not and why. Not in the report: that may be for a program.
    pub(crate) fn say(&self, cli: &Cli) {
        output::to_stderr(|out| {
            for line in self.refused.iter().take(NAMED) {
                writeln!(out, "{}", one_line(line))?;
            }
            if let Some(more) = self.refused.len().checked_sub(NAMED).filter(|more| *more > 0) {
                writeln!(out, "not fixed: {more} more")?;
            }
            if cli.quiet { Ok(()) } else { writeln!(out, "{}", self.summary) }
        });
    }
}

/// The findings whose fix did not go in, and why.
fn refused(repair: &Repair) -> Vec<String> {
    let Judged { sources, outcome } = repair.after();
    let locator = Locator::new(sources);
    let named = repair.refused.iter().filter_map(|(number, reason)| {
        let finding = outcome.findings.get(*number)?;
        let place = finding
            .primary
            .and_then(|place| locator.locate(place))
            .map(|place| format!("{}:{}:{}: ", place.path, place.start.line, place.start.column));
        Some(format!("not fixed: {}{}: {reason}", place.unwrap_or_default(), finding.rule))
    });
    named.collect()
}

/// Why nothing, or not all, was written: an error for each file at fault.
fn errors(failure: &WriteFailure, vfs: &Vfs) -> Vec<RunError> {
    let names = |paths: &[PathBuf]| {
        let names: Vec<String> = paths.iter().take(NAMED).map(|path| format!("`{}`", vfs.display(path))).collect();
        let more = if paths.len() > NAMED { ", ..." } else { "" };
        format!("{}{more}", names.join(", "))
    };
    let mut others = String::new();
    if !failure.held_back.is_empty() {
        others.push_str(&format!("; because of that {} stayed as before", names(&failure.held_back)));
    }
    if !failure.written.is_empty() {
        others.push_str(&format!("; written before that: {}", names(&failure.written)));
    }
    let error = |(number, (path, error)): (usize, &(PathBuf, _))| {
        let others = if number == 0 { others.as_str() } else { "" };
        let message = format!("cannot write the fixes of `{}`: {error}{others}", vfs.display(path));
        RunError { message, place: None, partial: false }
    };
    failure.errors.iter().enumerate().map(error).collect()
}
