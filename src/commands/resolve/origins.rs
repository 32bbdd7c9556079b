//! Where each value of a printed model comes from.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;
use stacklint_engine::navigate::{self, is_implied};
use stacklint_engine::origin::{self, Span};
use stacklint_engine::stack::Stack;
use stacklint_engine::stack::value::{Data, Value};

use crate::report::location::{Location, Locator};

/// Trails by JSON pointer into the model. What Docker Compose adds by itself has none.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Origins(BTreeMap<String, Vec<Step>>);

/// A step of a trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Step {
    /// What it did.
    pub(super) role: &'static str,
    /// Where.
    pub(super) location: Option<Location>,
    /// The value that lost to this one there.
    pub(super) lost: Option<Location>,
    /// What it said, in short; for people.
    #[serde(skip)]
    pub(super) lost_text: Option<String>,
}

impl Origins {
    /// Walks the printed model and the values it was printed from side by side.
    pub(super) fn of(model: &Json, stack: &Stack, locator: &Locator<'_>, written: &dyn Fn(Span) -> String) -> Self {
        let mut walk =
            Walk { stack, locator, written, origins: Self::default(), pointer: String::new(), in_item: false };
        if stack.project.source().is_some() {
            let trail = walk.located(navigate::trail_of_text(&stack.project, &stack.origins));
            walk.origins.0.insert("/name".to_owned(), trail);
        }
        for (section, printed) in model.as_object().into_iter().flatten().filter(|(section, _)| *section != "name") {
            if let Some(value) = stack.model.get(section) {
                walk.key(section, |walk| walk.value(printed, value));
            }
            if section == "services" {
                walk.key(section, |walk| walk.implied_dependencies(printed));
            }
        }
        walk.origins
    }

    /// The trail of the value at a pointer.
    pub(super) fn get(&self, pointer: &str) -> Option<&[Step]> {
        self.0.get(pointer).map(Vec::as_slice)
    }
}

/// Whether a value can be shown in the line of another one.
fn is_short(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= 60 && !text.contains('\n')
}

/// A key as a part of a JSON pointer (RFC 6901).
pub(super) fn push_key(pointer: &mut String, key: &str) {
    pointer.push('/');
    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
}

struct Walk<'a> {
    stack: &'a Stack,
    locator: &'a Locator<'a>,
    written: &'a dyn Fn(Span) -> String,
    origins: Origins,
    pointer: String,
    /// In an item of a list, whose short syntax implies what nobody wrote.
    in_item: bool,
}

impl Walk<'_> {
    fn key(&mut self, key: &str, inside: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        push_key(&mut self.pointer, key);
        inside(self);
        self.pointer.truncate(length);
    }

    fn value(&mut self, printed: &Json, value: &Value) {
        match (printed, &value.data) {
            (Json::Object(printed), Data::Mapping(_)) => {
                for (key, printed) in printed {
                    if let Some(value) = value.get(key).filter(|inner| !self.in_item || !is_implied(inner, value)) {
                        self.key(key, |walk| walk.value(printed, value));
                    }
                }
            }
            (Json::Array(printed), Data::Sequence(items)) => {
                // The projection leaves out items without content.
                let items = items.iter().filter(|item| match &item.data {
                    Data::Null => false,
                    Data::Sequence(items) => !items.is_empty(),
                    Data::Scalar(_) | Data::Mapping(_) => true,
                });
                let printed = printed.iter().enumerate().filter(|(_, printed)| !printed.is_null());
                for ((index, printed), item) in printed.zip(items) {
                    let outer = std::mem::replace(&mut self.in_item, true);
                    self.key(&index.to_string(), |walk| walk.value(printed, item));
                    self.in_item = outer;
                }
            }
            // Keys of a build, of which the extensions come last, as one.
            (Json::Array(printed), Data::Mapping(keys)) => {
                let values = keys.iter().filter(|(key, _)| !key.starts_with("x-")).map(|(_, field)| &field.value);
                for (index, (printed, value)) in printed.iter().zip(values).enumerate() {
                    self.key(&index.to_string(), |walk| walk.value(printed, value));
                }
            }
            _ => {
                let trail = self.trail(value);
                if !trail.is_empty() {
                    self.origins.0.insert(self.pointer.clone(), trail);
                }
            }
        }
    }

    /// What `depends_on` has that another attribute implies comes from there.
    fn implied_dependencies(&mut self, services: &Json) {
        for service in self.stack.services() {
            let Some(printed) = services.get(service.name).and_then(|service| service.get("depends_on")) else {
                continue;
            };
            for dependency in service.implied_dependencies() {
                let written = service.value().get("depends_on").and_then(|written| written.get(dependency.service));
                let Some(printed) = printed.get(dependency.service).filter(|_| written.is_none()) else { continue };
                for key in printed.as_object().into_iter().flatten().map(|(key, _)| key) {
                    let trail = self.trail(dependency.value);
                    let mut pointer = self.pointer.clone();
                    for part in [service.name, "depends_on", dependency.service, key] {
                        push_key(&mut pointer, part);
                    }
                    self.origins.0.entry(pointer).or_insert(trail);
                }
            }
        }
    }

    fn trail(&self, value: &Value) -> Vec<Step> {
        self.located(navigate::trail(value, &self.stack.origins))
    }

    fn located(&self, steps: Vec<origin::Step>) -> Vec<Step> {
        let locate = |place: Option<Span>| place.and_then(|place| self.locator.locate(place));
        let located = steps.into_iter().map(|step| Step {
            role: step.role.name(),
            location: locate(step.place),
            lost: locate(step.lost),
            lost_text: step.lost.map(|lost| (self.written)(lost)).filter(|text| is_short(text)),
        });
        located.collect()
    }
}
