//! `check`: judges stacks, writes the reports, and says by the exit code whether that is good enough.

use std::path::PathBuf;

use stacklint_engine::finding::{Confidence, Severity};
use stacklint_engine::fix::apply::Judged;
use stacklint_engine::outcome::Outcome;
use stacklint_engine::run::Options;
use stacklint_engine::vfs::Vfs;

use crate::catalogue;
use crate::cli::{CheckArgs, Cli, ColorWhen};
use crate::commands::{answer, fix};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::{Destination, Format, Report, output};
use crate::run::{self, Target};

/// Findings less sure than this do not fail a run unless `--min-confidence` says so.
const FAIL_CONFIDENCE: Confidence = Confidence::Medium;

/// What is reported unless `--min-severity` and `--min-confidence` say otherwise.
const SHOWN_SEVERITY: Severity = Severity::Low;
const SHOWN_CONFIDENCE: Confidence = Confidence::Low;

/// Runs the command.
///
/// # Errors
/// If the arguments make no sense together, or a report cannot be written.
pub(crate) fn run(args: &CheckArgs, cli: &Cli) -> Result<Exit, Error> {
    let destinations = match args.format.as_slice() {
        [] => &[Destination { format: Format::Full, file: None }],
        named => named,
    };
    if destinations.iter().filter(|destination| destination.file.is_none()).count() > 1 {
        return Err(Error::TwoReports);
    }
    let here = [PathBuf::from(".")];
    let paths = if args.paths.is_empty() { &here } else { args.paths.as_slice() };
    let Target { sources, paths, explicit, defaults } = run::open(paths, &args.stack, &args.input)?;
    let options = Options {
        paths,
        explicit,
        defaults,
        rules: catalogue::choose(catalogue::all(), &args.select, &args.ignore)?,
        // What fails must be seen.
        min_severity: args.min_severity.unwrap_or(SHOWN_SEVERITY.min(args.fail_on)),
        min_confidence: args.min_confidence.unwrap_or(SHOWN_CONFIDENCE),
    };
    let vfs = sources.into_vfs();
    if args.fix.diff {
        let (judged, told) = fix::show(vfs, &options, &args.fix, cli)?;
        told.say(cli);
        return Ok(exit_of_diff(&judged.outcome, told.changes, args));
    }
    let (Judged { sources, outcome }, told) = if args.fix.fix {
        let (judged, told) = fix::apply(vfs, &options, &args.fix);
        (judged, Some(told))
    } else {
        (Judged::of(vfs, &options), None)
    };
    let exit = exit(&outcome, args);
    let scope = scope(&options, sources.vfs());
    for destination in destinations {
        let report = |colored| Report {
            sources: &sources,
            outcome: &outcome,
            colored,
            summary: !cli.quiet,
            rules: &options.rules,
            exit,
            scope: &scope,
        };
        let renderer = destination.format.renderer();
        match &destination.file {
            None => answer(|out| renderer.render(&report(cli.color.on(&std::io::stdout())), out))?,
            Some(file) => output::to_file(file, |out| renderer.render(&report(cli.color == ColorWhen::Always), out))
                .map_err(|source| Error::Write { target: format!("`{}`", file.display()), source })?,
        }
    }
    told.iter().for_each(|told| told.say(cli));
    Ok(exit)
}

/// What was asked to be checked, relative to the git top: the same at every run of one command line, whatever it finds.
fn scope(options: &Options, vfs: &Vfs) -> String {
    let explicit = options.explicit.iter().flat_map(|stack| stack.files.iter().chain(&stack.directory));
    let paths: Vec<&PathBuf> = match &options.explicit {
        Some(_) => explicit.collect(),
        None => options.paths.iter().collect(),
    };
    let names = paths.into_iter().map(|path| vfs.display_from_top(&vfs.absolute(path))).filter(|name| name != ".");
    names.collect::<Vec<_>>().join("+")
}

/// A failed run wins over findings, findings over nothing to check.
fn exit(outcome: &Outcome, args: &CheckArgs) -> Exit {
    let confidence = args.min_confidence.unwrap_or(FAIL_CONFIDENCE);
    if outcome.errors.iter().any(|error| !(error.partial && args.allow_partial)) {
        Exit::Failed
    } else if outcome
        .findings
        .iter()
        .any(|finding| finding.severity >= args.fail_on && finding.confidence >= confidence)
    {
        if args.exit_zero { Exit::Clean } else { Exit::Findings }
    } else if outcome.files == 0 && outcome.stacks.is_empty() && outcome.errors.is_empty() && !args.allow_empty {
        Exit::Nothing
    } else {
        Exit::Clean
    }
}

/// Of a diff it counts whether there is one, as that of `diff` itself; a failed run wins here, too.
fn exit_of_diff(outcome: &Outcome, changes: bool, args: &CheckArgs) -> Exit {
    match exit(outcome, args) {
        Exit::Clean | Exit::Findings if changes && !args.exit_zero => Exit::Findings,
        Exit::Clean | Exit::Findings => Exit::Clean,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use stacklint_engine::outcome::RunError;

    use super::*;
    use crate::cli::Command;
    use crate::report::test_support::finding;

    fn exit_of(outcome: &Outcome, flags: &str) -> Exit {
        let cli = Cli::try_parse_from(format!("stacklint check {flags}").split_whitespace()).unwrap();
        let Command::Check(args) = cli.command else { panic!("another command") };
        exit(outcome, &args)
    }

    fn found(severity: Severity, confidence: Confidence) -> Outcome {
        let mut finding = finding("rule", None);
        finding.severity = severity;
        finding.confidence = confidence;
        Outcome { findings: vec![finding], files: 1, ..Outcome::default() }
    }

    #[test]
    fn thresholds_decide_what_fails() {
        let high = found(Severity::High, Confidence::Medium);
        assert_eq!(exit_of(&high, ""), Exit::Findings);
        assert_eq!(exit_of(&high, "--fail-on critical"), Exit::Clean);
        assert_eq!(exit_of(&high, "--min-confidence high"), Exit::Clean);
        assert_eq!(exit_of(&high, "--exit-zero"), Exit::Clean);
        let unsure = found(Severity::Critical, Confidence::Low);
        assert_eq!(exit_of(&unsure, ""), Exit::Clean);
        assert_eq!(exit_of(&unsure, "--min-confidence low"), Exit::Findings);
        let medium = found(Severity::Medium, Confidence::High);
        assert_eq!(exit_of(&medium, ""), Exit::Clean);
        assert_eq!(exit_of(&medium, "--fail-on medium"), Exit::Findings);
    }

    #[test]
    fn a_failed_run_wins_and_nothing_to_check_is_last() {
        assert_eq!(exit_of(&Outcome::default(), ""), Exit::Nothing);
        assert_eq!(exit_of(&Outcome::default(), "--allow-empty"), Exit::Clean);
        assert_eq!(exit_of(&Outcome { files: 1, ..Outcome::default() }, ""), Exit::Clean);
        let mut outcome = found(Severity::High, Confidence::High);
        outcome.errors.push(RunError { message: String::new(), place: None, partial: true });
        assert_eq!(exit_of(&outcome, ""), Exit::Failed);
        assert_eq!(exit_of(&outcome, "--allow-partial"), Exit::Findings);
        outcome.errors.push(RunError { message: String::new(), place: None, partial: false });
        assert_eq!(exit_of(&outcome, "--allow-partial --exit-zero"), Exit::Failed);
    }
}
