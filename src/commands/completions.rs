//! `completions` and `man`: what shells and readers of manuals get, out of the same description as the help.

use std::io;
use std::path::Path;

use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use crate::catalogue;
use crate::cli::{Cli, CompletionsArgs, ManArgs};
use crate::commands::answer;
use crate::error::Error;
use crate::exit::Exit;
use crate::report::{Format, output};

/// Runs `completions`.
///
/// # Errors
/// If standard output fails.
pub(crate) fn run(args: &CompletionsArgs) -> Result<Exit, Error> {
    let mut command = completed();
    // Into memory first: what writes the script takes a closed pipe for a defect.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "stacklint", &mut script);
    answer(|out| out.write_all(&script))?;
    Ok(Exit::Clean)
}

/// Runs `man`.
///
/// # Errors
/// If there is no such command, or the pages cannot be written.
pub(crate) fn man(args: &ManArgs) -> Result<Exit, Error> {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    if let Some(directory) = &args.dir {
        write_pages(&root, directory)?;
        return Ok(Exit::Clean);
    }
    let mut command = &root;
    for name in &args.command {
        command = command.find_subcommand(name).ok_or_else(|| Error::UnknownCommand {
            name: name.clone(),
            help: format!("there are {}", names(command)),
        })?;
    }
    let page = page(command).map_err(|source| Error::Write { target: "the page".to_owned(), source })?;
    answer(|out| out.write_all(&page))?;
    Ok(Exit::Clean)
}

fn names(command: &Command) -> String {
    let names: Vec<String> = command.get_subcommands().map(|known| format!("`{}`", known.get_name())).collect();
    if names.is_empty() { "none below it".to_owned() } else { names.join(", ") }
}

/// A page, under the name by which the other pages speak of it: `stacklint-check`.
fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let version = concat!("stacklint ", env!("CARGO_PKG_VERSION"));
    Man::new(command.clone()).manual("stacklint").source(version).render(&mut page)?;
    Ok(page)
}

fn write_pages(command: &Command, directory: &Path) -> Result<(), Error> {
    let path = directory.join(Man::new(command.clone()).get_filename());
    let write = |source| Error::Write { target: format!("`{}`", path.display()), source };
    std::fs::create_dir_all(directory).map_err(write)?;
    let page = page(command).map_err(write)?;
    output::to_file(&path, |out| out.write_all(&page)).map_err(write)?;
    command.get_subcommands().try_for_each(|below| write_pages(below, directory))
}

/// The command line with all names that only the catalogue and the formats know. They are checked elsewhere, so that a
/// wrong one is told what it may have meant.
fn completed() -> Command {
    let ids: Vec<&'static str> = catalogue::all().iter().map(|rule| rule.id).collect();
    let mut names: Vec<&'static str> = catalogue::all().iter().flat_map(|rule| [rule.family, rule.id]).collect();
    names.sort_unstable();
    names.dedup();
    let formats: Vec<&'static str> = Format::ALL.iter().map(|format| format.name()).collect();
    Cli::command()
        .mut_subcommand("check", |check| {
            check
                .mut_arg("select", |arg| arg.value_parser(PossibleValuesParser::new(names.clone())))
                .mut_arg("ignore", |arg| arg.value_parser(PossibleValuesParser::new(names.clone())))
                .mut_arg("format", |arg| arg.value_parser(PossibleValuesParser::new(formats)))
        })
        .mut_subcommand("explain", |explain| {
            explain.mut_arg("id", |arg| arg.value_parser(PossibleValuesParser::new(ids)))
        })
}
