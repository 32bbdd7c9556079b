//! A `.env` file as its loaders read it.

use std::collections::BTreeMap;

use serde::Serialize;
use stacklint_engine::text::Text;
use stacklint_parsers::Format;
use stacklint_parsers::dotenv::Dotenv;
use stacklint_parsers::dotenv::loaders::{self, Environment, LoaderAnswer};

use super::Reader;
use crate::report::source_text::MASK;

#[derive(Serialize)]
pub(super) struct JsonDotenv {
    format: &'static str,
    entries: Vec<JsonDotenvEntry>,
    /// What each program makes of the file: its variables, or why it refuses it.
    loaders: BTreeMap<&'static str, JsonLoader>,
}

#[derive(Serialize)]
struct JsonDotenvEntry {
    key: String,
    line: u32,
}

#[derive(Serialize)]
#[serde(untagged)]
enum JsonLoader {
    /// None for a name that python-dotenv knows without a value.
    Variables(BTreeMap<String, Option<String>>),
    /// `docker run --env-file` hands duplicates on.
    List(Vec<String>),
    Refused(String),
}

impl Reader<'_> {
    pub(super) fn dotenv(&self, format: Format, dotenv: &Dotenv, variables: &[(String, String)]) -> JsonDotenv {
        let entries = dotenv.entries.iter().map(|entry| JsonDotenvEntry {
            key: entry.name.to_string(),
            line: self.span(dotenv.document.node(entry.key).range).start.line,
        });
        let environment: Environment = variables.iter().cloned().collect();
        let answers = loaders::answers(dotenv.document.text(), &environment).into_iter();
        JsonDotenv {
            format: format.name(),
            entries: entries.collect(),
            loaders: answers.map(|(loader, answer)| (loader, self.answer(dotenv, answer))).collect(),
        }
    }

    fn answer(&self, dotenv: &Dotenv, answer: LoaderAnswer) -> JsonLoader {
        match answer {
            LoaderAnswer::Variables(variables) => {
                let masked = variables.into_iter().map(|(name, value)| {
                    let value = value.map(|value| self.variable(dotenv, &name, &value));
                    (name, value)
                });
                JsonLoader::Variables(masked.collect())
            }
            LoaderAnswer::List(assignments) => {
                let masked = assignments.into_iter().map(|assignment| match assignment.split_once('=') {
                    Some((name, value)) => format!("{name}={}", self.variable(dotenv, name, value)),
                    None => assignment,
                });
                JsonLoader::List(masked.collect())
            }
            LoaderAnswer::Refused(why) => JsonLoader::Refused(why),
        }
    }

    /// The value of a variable, masked if it is a secret or was made of one: loaders differ in what they make of a line,
    /// so that nothing less than the whole will do.
    fn variable(&self, dotenv: &Dotenv, name: &str, value: &str) -> String {
        let masked = self.masking.string(name, value);
        let written = dotenv.entries.iter().filter(|entry| &*entry.name == name).filter_map(|entry| entry.value);
        let mut texts = written.map(|node| Text::from_scalar(&dotenv.document, self.file.id, node));
        let whole = masked == value && texts.any(|text| self.masking.is_masked_at_source(&text));
        if whole { MASK.to_owned() } else { masked }
    }
}
