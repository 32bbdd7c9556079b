//! A setting that rules know: its value as one, as a list, as a switch.

use std::borrow::Cow;

use super::From;
use super::configuration::Configuration;
use crate::anchor::Anchor;
use crate::origin::Span;
use crate::stack::value::{Data, Field, Value};
use crate::text::Text;

/// A setting of an application.
#[derive(Debug)]
pub struct Setting<'a> {
    /// What it is: an id of the table of names.
    pub id: &'static str,
    /// Its name as it is written: `server.mode`, `SERVER_MODE`.
    pub name: Cow<'a, str>,
    /// What it comes from.
    pub from: From,
    /// The logical path: `config.yaml:server.mode`, `services.api.environment.GIN_MODE`.
    pub subject: String,
    /// A variable takes the place of what a file says, as far as anybody can tell from the names.
    pub assumed: bool,
    value: &'a Value,
    key: Option<Span>,
}

/// An item of a list.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its text.
    pub text: Text,
    /// It stands alone, not in a list.
    pub alone: bool,
}

/// What a program takes a value for that is to be a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// On.
    True,
    /// Off.
    False,
    /// Programs differ, or refuse it.
    Unclear,
}

impl<'a> Setting<'a> {
    pub(crate) fn new(id: &'static str, name: &'a str, field: &'a Field, from: From, subject: String) -> Self {
        let Field { key, value, .. } = field;
        Self { id, name: Cow::Borrowed(name), from, subject, assumed: false, value, key: *key }
    }

    /// The settings of a configuration.
    pub(crate) fn of_configuration(
        configuration: &'a Configuration,
        service: Option<&'a str>,
    ) -> impl Iterator<Item = Self> {
        configuration.settings.iter().map(move |setting| {
            let variable = setting.variable.as_ref().map(|(name, _)| &**name);
            let in_file = setting.value.place.and_then(|place| {
                configuration.layers.iter().find(|layer| layer.file == Some(place.file)).map(|layer| &layer.name)
            });
            let (name, from, subject) = match (variable, in_file, service) {
                (Some(name), None, Some(service)) => {
                    (name, From::Environment, format!("services.{service}.environment.{name}"))
                }
                (_, file, _) => {
                    let file = file.or(configuration.layers.first().map(|layer| &layer.name));
                    let file = file.map(String::as_str).unwrap_or_default();
                    (setting.path.as_str(), From::File, format!("{file}:{}", setting.path))
                }
            };
            Self {
                id: setting.id,
                name: Cow::Borrowed(name),
                from,
                subject,
                assumed: setting.variable.is_some() && from == From::Environment,
                value: &setting.value,
                key: setting.key,
            }
        })
    }

    /// The section it stands in: `cors` of `cors.allowed_origins`, `traefik.http.middlewares.api.headers` of a label.
    #[must_use]
    pub fn section(&self) -> &str {
        self.name.rsplit_once('.').map_or("", |(section, _)| section)
    }

    /// Its text, if it is a single value that is known.
    #[must_use]
    pub fn text(&self) -> Option<&'a Text> {
        self.value.as_text().filter(|text| is_known(text))
    }

    /// Whether a file says nothing behind its name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match &self.value.data {
            Data::Null => true,
            Data::Scalar(scalar) => scalar.text.as_str().trim().is_empty() && scalar.text.unset().next().is_none(),
            Data::Sequence(items) => items.is_empty(),
            Data::Mapping(_) => false,
        }
    }

    /// The place to point at as a whole.
    #[must_use]
    pub fn anchor(&self) -> Anchor {
        match (&self.value.data, self.key) {
            (Data::Null, Some(key)) => key.into(),
            (Data::Scalar(scalar), _) if !scalar.text.is_empty() => Anchor::from(&scalar.text),
            _ => self.value.into(),
        }
    }

    /// The items of its value: of a YAML list, a JSON list in a text, or a text with commas, semicolons or blanks
    /// between them. Of a value that is not known none.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        let single = self.value.as_text();
        match (&self.value.data, single) {
            (Data::Sequence(items), _) => items
                .iter()
                .filter_map(Value::as_text)
                .filter(|text| is_known(text))
                .map(|text| Item { text: text.clone(), alone: false })
                .collect(),
            (_, Some(text)) if is_known(text) => split(text),
            _ => Vec::new(),
        }
    }

    /// Its value as a switch. Programs read switches differently: Go takes `yes` for an error, Node every text for true,
    /// Flask all but `0`, `false` and `no` for true. What all of them agree on is clear.
    #[must_use]
    pub fn truth(&self) -> Option<Truth> {
        let text = self.text()?;
        let word = text.as_str().trim().trim_matches(['"', '\'']).to_ascii_lowercase();
        Some(match word.as_str() {
            "true" | "1" | "yes" | "on" | "t" | "y" | "enabled" => Truth::True,
            "false" | "0" | "no" | "off" | "f" | "n" | "" | "none" | "disabled" => Truth::False,
            _ => Truth::Unclear,
        })
    }
}

/// Whether a text is a value and not a reference to one.
fn is_known(text: &Text) -> bool {
    !text.is_unknown() && text.unset().next().is_none() && !super::is_reference(text.as_str())
}

fn split(text: &Text) -> Vec<Item> {
    let written = text.as_str();
    let trimmed = written.trim().trim_matches(['"', '\'']).trim();
    let is_json = trimmed.starts_with('[') && trimmed.ends_with(']');
    let separates = |letter: char| matches!(letter, ',' | ';') || letter.is_whitespace();
    let around = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '[' | ']');
    let mut items = Vec::new();
    let mut start = 0;
    for part in written.split(separates) {
        let bare = part.trim_matches(around);
        if !bare.is_empty() {
            let offset = start + part.find(bare).unwrap_or(0);
            items.push(offset..offset + bare.len());
        }
        start += part.len();
        start += written.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    }
    let alone = items.len() == 1 && !is_json;
    items.into_iter().map(|range| Item { text: text.slice(range), alone }).collect()
}
