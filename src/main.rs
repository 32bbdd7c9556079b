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

use cli::Cli;
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
        commands::run(&cli).unwrap_or_else(|error| {
            error.draw(cli.color.on(&std::io::stderr()));
            error.exit()
        })
    }));
    exit.unwrap_or(Exit::Failed).into()
}

/// A panic says where it happened and not what it was about: that may be a line of a secret file.
fn quiet_panics() {
    panic::set_hook(Box::new(|panic| {
        progress::clear();
        let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
        output::to_stderr(|out| writeln!(out, "internal error{place}: a defect of stacklint, please report it"));
    }));
}
