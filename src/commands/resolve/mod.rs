//! `resolve`: the stack that will really run, and where every value of it comes from.

mod origins;
mod text;
mod yaml;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use codespan_reporting::diagnostic::Severity as Level;
use serde::Serialize;
use serde_json::Value as Json;
use stacklint_engine::config::{Flags, Setup};
use stacklint_engine::origin::Span;
use stacklint_engine::run::{Explicit, Options};
use stacklint_engine::source::Sources;
use stacklint_engine::stack::project::{self, Printer};
use stacklint_engine::stack::{Problem, Stack};
use stacklint_engine::text::Text;

use crate::catalogue;
use crate::cli::{Cli, ResolveArgs, ResolveFormat};
use crate::commands::masking::Masking;
use crate::commands::{answer, failed, tell};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::full::Artist;
use crate::report::location::{Location, Locator};
use crate::report::source_text::{MASK, SourceTexts};
use crate::report::{json_text, output, printable};
use crate::run::{self, Target};
use origins::Origins;

/// Runs the command.
///
/// # Errors
/// If there is no stack, or standard output fails.
pub(crate) fn run(args: &ResolveArgs, cli: &Cli) -> Result<Exit, Error> {
    let directory = args.directory.clone().unwrap_or_else(|| PathBuf::from("."));
    let Target { sources, paths, explicit, defaults, choice, .. } =
        run::open(std::slice::from_ref(&directory), &args.stack, &args.input)?;
    let stack = match &args.stack.name {
        Some(name) => {
            let setup = Setup::new(catalogue::all(), choice, Flags::default())?;
            let options = Options { paths, defaults, stack: Some(name.clone()), ..Options::new(setup) };
            match stacklint_engine::run::resolve_named(&sources, &options) {
                Ok(stack) => stack,
                Err(error) => return Ok(failed(&error, &sources, cli)),
            }
        }
        None => {
            let explicit =
                explicit.unwrap_or_else(|| Explicit { directory: paths.first().cloned(), ..Explicit::default() });
            stacklint_engine::run::resolve(&sources, &explicit, &defaults)
        }
    };
    let Some(stack) = stack else { return Err(Error::NoStack { directory: directory.display().to_string() }) };
    let masking = Masking::of(&stack, &sources, args.show_secrets);
    let resolved = Resolved::of(&stack, &sources, &masking);
    match args.format {
        ResolveFormat::Json => answer(|out| json_text::write(&resolved.json(), out))?,
        ResolveFormat::Yaml => answer(|out| resolved.yaml(out))?,
        ResolveFormat::Text => tell(|out| text::write(&resolved, out))?,
    }
    if args.format != ResolveFormat::Json {
        output::to_stderr(|out| resolved.draw_problems(cli, out));
    }
    Ok(if stack.is_refused() { Exit::Findings } else { Exit::Clean })
}

/// The text form of a stack, secrets masked.
pub(crate) fn text_of(stack: &Stack, sources: &Sources) -> String {
    let masking = Masking::of(stack, sources, false);
    let mut text = Vec::new();
    // Writing into memory does not fail.
    let _ = text::write(&Resolved::of(stack, sources, &masking), &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Prints strings as Docker Compose does, secrets masked.
struct MaskedPrinter<'a>(&'a Masking<'a>);

impl Printer for MaskedPrinter<'_> {
    fn print(&self, key: &str, text: &Text) -> String {
        self.0.text(key, text, |range| project::escape(&text.slice(range)))
    }
}

/// A stack, ready to be written.
struct Resolved<'a> {
    stack: &'a Stack,
    sources: &'a Sources,
    model: Json,
    origins: Origins,
}

#[derive(Serialize)]
struct JsonResolved<'a> {
    stack: &'a str,
    files: Vec<String>,
    env_files: Vec<String>,
    model: &'a Json,
    origins: &'a Origins,
    warnings: Vec<JsonMessage>,
    errors: Vec<JsonMessage>,
}

#[derive(Serialize)]
struct JsonMessage {
    message: String,
    help: Option<String>,
    location: Option<Location>,
}

impl<'a> Resolved<'a> {
    fn of(stack: &'a Stack, sources: &'a Sources, masking: &'a Masking<'a>) -> Self {
        let mut model = project::project(stack, &MaskedPrinter(masking));
        mask_numbers("", &mut model, masking);
        let written = |place| masking.written(sources, place);
        let origins = Origins::of(&model, stack, &Locator::new(sources), &written);
        Self { stack, sources, model, origins }
    }

    fn json(&self) -> JsonResolved<'_> {
        let locator = Locator::new(self.sources);
        let message = |message: Message| JsonMessage {
            message: message.text,
            help: message.help,
            location: message.place.and_then(|place| locator.locate(place)),
        };
        let stack = self.stack;
        let names = |env: bool| {
            let files = stack.files.iter().filter(move |id| stack.env_files.contains_key(*id) == env);
            files.filter_map(|id| self.sources.file(*id)).map(|file| file.name.clone()).collect()
        };
        JsonResolved {
            stack: &stack.spec.name,
            files: names(false),
            env_files: names(true),
            model: &self.model,
            origins: &self.origins,
            warnings: warnings(stack).map(message).collect(),
            errors: errors(stack).map(message).collect(),
        }
    }

    fn yaml(&self, out: &mut dyn Write) -> io::Result<()> {
        yaml::write(&self.model, out)
    }

    fn draw_problems(&self, cli: &Cli, out: &mut dyn Write) -> io::Result<()> {
        let artist = Artist::new(self.sources, SourceTexts::new(self.sources), cli.color.on(&io::stderr()));
        let warnings = warnings(self.stack).map(|message| (Level::Warning, "warning", message));
        let errors = errors(self.stack).map(|message| (Level::Error, "error", message));
        for (level, head, message) in warnings.filter(|_| !cli.quiet).chain(errors) {
            let notes = message.help.map(|help| format!("help: {}", printable::same_length(&help)));
            artist.message(level, head, &message.text, message.place, notes.into_iter().collect(), out)?;
        }
        Ok(())
    }
}

/// Something to tell about a stack.
struct Message {
    text: String,
    help: Option<String>,
    place: Option<Span>,
}

/// What Docker Compose warns of, and what we did not read.
fn warnings(stack: &Stack) -> impl Iterator<Item = Message> {
    let mut unset: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for (name, place) in &stack.unset {
        unset.entry(name).or_default().push(*place);
    }
    // One variable is one thing to do, wherever it is used.
    let mut unset: Vec<_> = unset.into_iter().collect();
    unset.sort_by_key(|(_, places)| stack.unset.iter().position(|(_, place)| Some(place) == places.first()));
    let unset = unset.into_iter().map(|(name, places)| Message {
        text: format!("the variable `{name}` is not set and has no default: nothing stands in its place"),
        help: (places.len() > 1).then(|| format!("it is used in {} places; this is the first", places.len())),
        place: places.first().copied(),
    });
    unset.chain(stack.problems.iter().filter(|problem| !problem.refused_by_compose()).map(message))
}

/// Why Docker Compose refuses a stack.
fn errors(stack: &Stack) -> impl Iterator<Item = Message> {
    stack.problems.iter().filter(|problem| problem.refused_by_compose()).map(message)
}

fn message(problem: &Problem) -> Message {
    Message { text: problem.message.clone(), help: problem.help.clone(), place: problem.place }
}

/// Masks numbers that stand where a secret would: the printer sees strings only.
fn mask_numbers(key: &str, model: &mut Json, masking: &Masking<'_>) {
    match model {
        Json::Number(number) if masking.hides(key, &number.to_string()) => *model = Json::String(MASK.to_owned()),
        Json::Array(items) => items.iter_mut().for_each(|item| mask_numbers(key, item, masking)),
        Json::Object(entries) => entries.iter_mut().for_each(|(key, value)| mask_numbers(key, value, masking)),
        _ => {}
    }
}
