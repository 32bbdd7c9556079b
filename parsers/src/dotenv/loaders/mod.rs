//! What other programs make of the same `.env` file.
//!
//! They agree on little more than `A=b`. Each is modelled after its own source, and held to what the real one answered
//! (`tests/recorded/`). Nothing is ever run: where a loader would run a command, it has no answer here.

mod bash;
mod node_dotenv;
mod node_dotenv_expand;
mod node_env_file;
mod python_dotenv;

use std::collections::BTreeMap;
use std::sync::Arc;

/// The environment that a loader starts from.
pub type Environment = BTreeMap<String, String>;

/// What a loader made of a file. Variables of the environment are in it only where the file names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoaderAnswer {
    /// The variables it sets; none for a name that python-dotenv knows without a value.
    Variables(BTreeMap<String, Option<String>>),
    /// The `NAME=value` that it hands on, in order, duplicates kept.
    List(Vec<String>),
    /// It refuses the file, would run a command, or does something that is not modelled. The text starts with `ERR`.
    Refused(String),
}

/// The names of the loaders, as [`answers`] has them.
pub const LOADERS: [&str; 7] =
    ["bash", "compose", "docker-env-file", "node-dotenv", "node-dotenv-expand", "node-env-file", "python-dotenv"];

/// The answer of every loader, by its name:
///
/// - `compose`: Docker Compose, `.env` and `env_file:`
/// - `docker-env-file`: `docker run --env-file`, and `env_file:` with `format: raw`
/// - `bash`: `set -a; . FILE`
/// - `node-env-file`: `node --env-file`
/// - `node-dotenv`: npm's `dotenv`, `parse`
/// - `node-dotenv-expand`: the same with `dotenv-expand`
/// - `python-dotenv`: `dotenv_values`, as `load_dotenv(override=True)` reads the file
#[must_use]
pub fn answers(text: &str, environment: &Environment) -> BTreeMap<&'static str, LoaderAnswer> {
    LOADERS.into_iter().filter_map(|loader| Some((loader, answer(loader, text, environment)?))).collect()
}

/// The answer of one loader; none for a name that is not in [`LOADERS`].
#[must_use]
pub fn answer(loader: &str, text: &str, environment: &Environment) -> Option<LoaderAnswer> {
    Some(match loader {
        "bash" => set_or_refused(bash::load(text, environment)),
        "compose" => compose(text, environment),
        "docker-env-file" => docker_env_file(text, environment),
        "node-dotenv" => set(node_dotenv::parse(text)),
        "node-dotenv-expand" => set_or_refused(node_dotenv_expand::expand(&node_dotenv::parse(text), environment)),
        "node-env-file" => set(node_env_file::load(text, environment)),
        "python-dotenv" => match python_dotenv::load(text, environment) {
            Ok(pairs) => LoaderAnswer::Variables(pairs.into_iter().collect()),
            Err(why) => LoaderAnswer::Refused(format!("ERR {why}")),
        },
        _ => return None,
    })
}

/// Pairs in the order they are set; of two with one name the later holds.
type Pairs = Vec<(String, String)>;

fn set(pairs: Pairs) -> LoaderAnswer {
    LoaderAnswer::Variables(pairs.into_iter().map(|(name, value)| (name, Some(value))).collect())
}

fn set_or_refused(result: Result<Pairs, String>) -> LoaderAnswer {
    match result {
        Ok(pairs) => set(pairs),
        Err(why) => LoaderAnswer::Refused(format!("ERR {why}")),
    }
}

fn compose(text: &str, environment: &Environment) -> LoaderAnswer {
    let parsed = super::parse(Arc::from(text));
    match super::load(&parsed, &|name| environment.get(name).cloned()) {
        Ok(variables) => set(variables.into_iter().collect()),
        Err(error) => LoaderAnswer::Refused(format!("ERR {error}")),
    }
}

fn docker_env_file(text: &str, environment: &Environment) -> LoaderAnswer {
    let parsed = super::parse_raw(Arc::from(text));
    match super::assignments(&parsed, &|name| environment.get(name).cloned()) {
        Ok(pairs) => LoaderAnswer::List(pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect()),
        Err(error) => LoaderAnswer::Refused(format!("ERR {error}")),
    }
}

/// How many bytes of values a file may make: `B=$A$A`, `C=$B$B` and so on double with each line.
struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(super::MAX_VALUES)
    }
}

impl Budget {
    const SPENT: &'static str = "the values grow too long";

    fn take(&mut self, length: usize) -> Result<(), &'static str> {
        self.0 = self.0.checked_sub(length).ok_or(Self::SPENT)?;
        Ok(())
    }

    fn fits(&self, length: usize) -> Result<(), &'static str> {
        if length <= self.0 { Ok(()) } else { Err(Self::SPENT) }
    }
}

/// Variables in the order they were first set, as a JavaScript object has them.
#[derive(Default)]
struct Ordered {
    pairs: Pairs,
    places: BTreeMap<String, usize>,
}

impl Ordered {
    fn insert(&mut self, name: &str, value: String) {
        if let Some((_, known)) = self.places.get(name).and_then(|&place| self.pairs.get_mut(place)) {
            *known = value;
        } else {
            self.places.insert(name.to_owned(), self.pairs.len());
            self.pairs.push((name.to_owned(), value));
        }
    }
}

/// What a command prints that is known without running it: `echo` of plain words.
fn echoed(command: &str) -> Option<String> {
    let mut words = command.split_ascii_whitespace();
    if words.next() != Some("echo") || command.contains('\n') {
        return None;
    }
    let words: Vec<&str> = words.collect();
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b':' | b',' | b'=' | b'+');
    words.iter().all(|word| word.bytes().all(plain)).then(|| words.join(" "))
}

/// Blank in JavaScript: `\s` and `trim`.
fn is_js_space(character: char) -> bool {
    character == '\u{feff}' || (character.is_whitespace() && character != '\u{85}')
}
