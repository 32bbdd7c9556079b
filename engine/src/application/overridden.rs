//! What a variable of the environment takes the place of in a configuration file.

use super::configuration::{Configuration, Override};
use super::names::{self, Likeness};
use super::{From, Setting};
use crate::finding::Confidence;

/// A setting of a configuration file, and the variable that wins over it.
#[derive(Debug)]
pub struct Overridden<'a> {
    /// What the file says.
    pub file: Setting<'a>,
    /// What the environment says.
    pub variable: Setting<'a>,
    /// How sure it is that the variable wins: the file itself asks for it, it goes by the setting's name, or it has a word
    /// in front that nobody here knows.
    pub confidence: Confidence,
}

impl<'a> Overridden<'a> {
    pub(super) fn of(configuration: &'a Configuration, service: &'a str) -> impl Iterator<Item = Self> {
        configuration.overrides.iter().map(move |one| Self::one(configuration, one, service))
    }

    fn one(configuration: &'a Configuration, one: &'a Override, service: &'a str) -> Self {
        let id = names::known(&one.path).unwrap_or_default();
        let place = one.file.value.place;
        let layer = configuration.layers.iter().find(|layer| layer.file == place.map(|place| place.file));
        let layer = layer.or(configuration.layers.first()).map_or("", |layer| layer.name.as_str());
        let file = Setting::new(id, &one.path, &one.file, From::File, format!("{layer}:{}", one.path));
        let subject = format!("services.{service}.environment.{}", one.name);
        let mut variable = Setting::new(id, &one.name, &one.variable, From::Environment, subject);
        variable.assumed = one.likeness.is_some();
        let confidence = match one.likeness {
            None => Confidence::High,
            Some(Likeness::Same) => Confidence::Medium,
            Some(Likeness::Prefixed) => Confidence::Low,
        };
        Self { file, variable, confidence }
    }
}
