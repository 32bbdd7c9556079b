//! `check`: judges stacks, writes the reports, and says by the exit code whether that is good enough.

use std::io::Write;
use std::path::{Path, PathBuf};

use stacklint_engine::config::{Flags, Policies, Setup};
use stacklint_engine::fix::apply::Judged;
use stacklint_engine::map::HashSet;
use stacklint_engine::outcome::Outcome;
use stacklint_engine::run::Options;
use stacklint_engine::source::Sources;
use stacklint_engine::vfs::{FileKind, Vfs};

use crate::catalogue;
use crate::cli::{CheckArgs, Cli, ColorWhen};
use crate::commands::baseline::{BaselineFile, Settled};
use crate::commands::{answer, fix, policy_at, tell, today};
use crate::error::Error;
use crate::exit::Exit;
use crate::progress;
use crate::report::printable::one_line;
use crate::report::{Destination, Format, Report, log, output};
use crate::run::{self, Beside, Target};

/// Runs the command.
///
/// # Errors
/// If the arguments make no sense together, or a report cannot be written.
pub(crate) fn run(args: &CheckArgs, cli: &Cli) -> Result<Exit, Error> {
    let mut destinations = args.format.clone();
    if args.statistics {
        destinations.push(Destination { format: Format::Statistics, file: None });
    } else if destinations.is_empty() {
        destinations.push(Destination { format: Format::Full, file: None });
    }
    if destinations.iter().filter(|destination| destination.file.is_none()).count() > 1 {
        return Err(Error::TwoReports);
    }
    let here = [PathBuf::from(".")];
    let paths = match (&args.stdin_filename, args.paths.as_slice()) {
        (Some(file), _) => std::slice::from_ref(file),
        (None, []) => &here,
        (None, named) => named,
    };
    let beside = Beside { from_stdin: args.stdin_filename.as_deref(), baseline: args.baseline.as_ref() };
    let Target { sources, paths, explicit, defaults, choice, baseline } =
        run::open_over(paths, &args.stack, &args.input, &beside)?;
    // Of one stack that is described it is not a path that says which file is meant.
    let touched = args.changed.iter().chain(args.stdin_filename.iter().filter(|_| explicit.is_some())).cloned();
    let changed = run::from_here(&touched.collect::<Vec<_>>())?;
    let flags = Flags {
        select: args.select.clone(),
        ignore: args.ignore.clone(),
        fail_on: args.fail_on,
        min_severity: args.min_severity,
        min_confidence: args.min_confidence,
        environment: None,
    };
    let setup = Setup::new(catalogue::all(), choice, flags)?;
    let baseline = match baseline {
        _ if args.no_baseline => None,
        Some(named) => Some(BaselineFile::read(Some(named), args.write_baseline, sources.vfs())?),
        None => {
            let policy = match policy_at(sources.vfs().root(), &Policies::new(&setup, &sources), &sources, cli) {
                Ok(policy) => policy,
                Err(exit) => return Ok(exit),
            };
            let configured = policy.baseline.as_ref().map(|said| said.value.clone());
            Some(BaselineFile::read(configured, args.write_baseline, sources.vfs())?)
        }
    };
    // People are shown none.
    let for_programs = destinations.iter().any(|destination| !destination.format.renderer().is_for_people());
    let options = Options {
        paths,
        explicit,
        stack: args.stack.name.clone(),
        defaults,
        changed,
        heeds_comments: !args.no_inline_ignores,
        today: args.today.unwrap_or_else(today),
        baseline: baseline.as_ref().and_then(|file| file.content.clone()),
        fingerprints: for_programs || args.write_baseline,
        ..Options::new(setup)
    };
    let vfs = sources.into_vfs();
    if args.fix.diff {
        let (judged, told) = fix::show(vfs, &options, &args.fix, cli)?;
        told.say(cli);
        return Ok(exit_of_diff(&judged.outcome, told.changes, args));
    }
    let (Judged { sources, outcome }, told) = if args.fix.fix {
        let (judged, told) = fix::apply(vfs, &options, &args.fix, cli);
        (judged, Some(told))
    } else {
        (progress::of(&options, cli.quiet, || Judged::of(vfs, &options)), None)
    };
    if let Some(baseline) = &baseline
        && baseline.settle(args, &outcome, &sources, cli)? == Settled::Instead
    {
        return Ok(exit(&Outcome { failing: 0, ..outcome }, args));
    }
    let all_in_vain = tell_in_vain(&options, &sources, cli);
    let exit = match exit(&outcome, args) {
        Exit::Clean if all_in_vain && !args.allow_empty => Exit::Nothing,
        Exit::Nothing if !cli.quiet => {
            output::to_stderr(|out| writeln!(out, "{NOTHING}"));
            Exit::Nothing
        }
        exit => exit,
    };
    let scope = scope(&options, sources.vfs());
    for destination in &destinations {
        let report = |colored| Report {
            sources: &sources,
            outcome: &outcome,
            colored,
            summary: !cli.quiet,
            exit,
            scope: &scope,
        };
        let renderer = destination.format.renderer();
        let for_people = renderer.is_for_people();
        match &destination.file {
            None => {
                let report = report(cli.color.on(&std::io::stdout()));
                let render = |out: &mut dyn Write| renderer.render(&report, out);
                if for_people { tell(render)? } else { answer(render)? }
            }
            Some(file) => {
                let report = report(cli.color == ColorWhen::Always);
                let render = |out: &mut dyn Write| renderer.render(&report, out);
                let in_log = for_people && output::is_stream(file) && log::is_read_by_github();
                output::to_file(file, |out| if in_log { log::without_commands(out, render) } else { render(out) })
                    .map_err(|source| Error::Write { target: format!("`{}`", file.display()), source })?;
            }
        }
    }
    told.iter().for_each(|told| told.say(cli));
    Ok(exit)
}

/// So many files are named that were named in vain.
const NAMED: usize = 10;

/// What somebody hears who ran it in the wrong place.
const NOTHING: &str = "nothing to check: there is no Compose file and no other configuration that is known by its name; \
                       `-f FILE` and PATHs name some, `--allow-empty` makes it no failure";

/// Says which of the named files nothing was judged in; whether that is all of them.
fn tell_in_vain(options: &Options, sources: &Sources, cli: &Cli) -> bool {
    if options.explicit.is_some() {
        return false;
    }
    let vfs = sources.vfs();
    let paths: Vec<PathBuf> = options.paths.iter().map(|path| vfs.absolute(path)).collect();
    let is_file = |path: &PathBuf| vfs.kind(path) == Some(FileKind::File);
    if !paths.iter().any(is_file) {
        return false;
    }
    let files = sources.files();
    let judged: HashSet<&Path> = files.iter().filter(|file| file.is_judged()).map(|file| file.path.as_path()).collect();
    let in_vain = paths.iter().filter(|path| is_file(path) && !judged.contains(path.as_path()));
    let in_vain: Vec<String> = in_vain.map(|path| vfs.display(path)).collect();
    if !cli.quiet {
        output::to_stderr(|out| {
            for name in in_vain.iter().take(NAMED) {
                let name = one_line(name);
                writeln!(
                    out,
                    "nothing was judged in `{name}`: no stack reads it, and it is none that is judged by itself"
                )?;
            }
            match in_vain.len().checked_sub(NAMED) {
                Some(more) if more > 0 => writeln!(out, "nor in {more} more"),
                _ => Ok(()),
            }
        });
    }
    in_vain.len() == paths.len()
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
    if outcome.errors.iter().any(|error| !(error.partial && args.allow_partial)) {
        Exit::Failed
    } else if outcome.failing > 0 {
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

    fn exit_of(outcome: &Outcome, flags: &str) -> Exit {
        let cli = Cli::try_parse_from(format!("stacklint check {flags}").split_whitespace()).unwrap();
        let Command::Check(args) = cli.command else { panic!("another command") };
        exit(outcome, &args)
    }

    #[test]
    fn findings_fail_unless_they_are_not_to() {
        let failing = Outcome { failing: 1, files: 1, ..Outcome::default() };
        assert_eq!(exit_of(&failing, ""), Exit::Findings);
        assert_eq!(exit_of(&failing, "--exit-zero"), Exit::Clean);
    }

    #[test]
    fn a_failed_run_wins_and_nothing_to_check_is_last() {
        assert_eq!(exit_of(&Outcome::default(), ""), Exit::Nothing);
        assert_eq!(exit_of(&Outcome::default(), "--allow-empty"), Exit::Clean);
        assert_eq!(exit_of(&Outcome { files: 1, ..Outcome::default() }, ""), Exit::Clean);
        let mut outcome = Outcome { failing: 1, ..Outcome::default() };
        outcome.errors.push(RunError { message: String::new(), place: None, partial: true });
        assert_eq!(exit_of(&outcome, ""), Exit::Failed);
        assert_eq!(exit_of(&outcome, "--allow-partial"), Exit::Findings);
        outcome.errors.push(RunError { message: String::new(), place: None, partial: false });
        assert_eq!(exit_of(&outcome, "--allow-partial --exit-zero"), Exit::Failed);
    }
}
