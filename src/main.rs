//! The `stacklint` binary: reads the command line, runs a command, and answers with its exit code.

mod catalogue;
mod cli;
mod commands;
mod error;
mod exit;
mod formats;
mod lsp;
mod progress;
mod report;
mod run;

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, Command};
use commands::{check, completions, config, explain, init, parse, resolve, rules};
use error::Error;
use exit::Exit;
use report::output;

fn main() -> ExitCode {
    quiet_panics();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => {
            // Help and version are messages too; that nobody reads them is no error.
            let _ = message.print();
            return if message.use_stderr() { Exit::Failed.into() } else { Exit::Clean.into() };
        }
    };
    let exit = panic::catch_unwind(AssertUnwindSafe(|| {
        run_command(&cli).unwrap_or_else(|error| {
            error.draw(cli.color.on(&std::io::stderr()));
            error.exit()
        })
    }));
    exit.unwrap_or(Exit::Failed).into()
}

/// Does what the command line says.
fn run_command(cli: &Cli) -> Result<Exit, Error> {
    match &cli.command {
        Command::Check(args) => check::run(args, cli),
        Command::Resolve(args) => resolve::run(args, cli),
        Command::Parse(args) => parse::run(args),
        Command::Rules(args) => rules::run(args),
        Command::Explain(args) => explain::run(args, cli),
        Command::Config(command) => config::run(command, cli),
        Command::Init(args) => init::run(args, cli),
        Command::Completions(args) => completions::run(args),
        Command::Lsp(_) => lsp::run(),
        Command::Man(args) => completions::man(args),
    }
}

/// A panic says where it happened and not what it was about: that may be a line of a secret file.
fn quiet_panics() {
    panic::set_hook(Box::new(|panic| {
        progress::clear();
        let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
        output::to_stderr(|out| writeln!(out, "internal error{place}: a defect of stacklint, please report it"));
    }));
}
