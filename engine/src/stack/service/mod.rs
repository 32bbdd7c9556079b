//! A service as rules see it: views of the effective model, every value with its place.

mod image;
mod ports;
mod security;

use crate::origin::Span;
use crate::stack::dependencies::{self, Implied};
use crate::stack::value::{Data, Field, Value};
use crate::text::Text;

pub use image::{Image, image_name};
pub use ports::{Exposure, Port};
pub use security::{Capability, SecurityOption};

/// A service of a stack.
#[derive(Clone, Copy, Debug)]
pub struct Service<'a> {
    /// Its name.
    pub name: &'a str,
    field: &'a Field,
    /// Whether one of its profiles is active, or it has none.
    pub active: bool,
}

/// A variable of a container's environment.
#[derive(Clone, Copy, Debug)]
pub struct EnvironmentVariable<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where the name stands.
    pub key: Option<Span>,
    /// Its value; null if the container inherits what nothing defines.
    pub value: &'a Value,
}

impl<'a> Service<'a> {
    pub(crate) fn new(name: &'a str, field: &'a Field, active: bool) -> Self {
        Self { name, field, active }
    }

    /// The service as a whole.
    #[must_use]
    pub fn value(&self) -> &'a Value {
        &self.field.value
    }

    /// Where its name stands.
    #[must_use]
    pub fn key(&self) -> Option<Span> {
        self.field.key
    }

    /// Where its name stands in the layers before the last.
    #[must_use]
    pub fn earlier_keys(&self) -> &'a [Span] {
        &self.field.earlier_keys
    }

    /// Its image.
    #[must_use]
    pub fn image(&self) -> Option<&'a Text> {
        self.value().text_at("image")
    }

    /// The name of its image without registry, tag and digest: `bitnami/postgresql` of
    /// `docker.io/bitnami/postgresql:17@sha256:...`.
    #[must_use]
    pub fn image_name(&self) -> Option<&'a str> {
        self.image().map(|image| image_name(image.as_str()))
    }

    /// The ports it publishes. None under `network_mode: host`, where they are discarded.
    pub fn ports(&self) -> impl Iterator<Item = Port<'a>> + use<'a> {
        let entries = if self.is_in_host_network() { &[] } else { self.items("ports") };
        let service = self.name;
        entries.iter().map(move |entry| Port { entry, service })
    }

    /// The services that it depends on without saying so in `depends_on`.
    #[must_use]
    pub fn implied_dependencies(&self) -> Vec<Implied<'a>> {
        dependencies::implied(self.value())
    }

    /// Where a layer above the one that writes `entry` writes the list `key` again. Lists add up, so it may be meant to
    /// take the entry away, and does not.
    #[must_use]
    pub fn later_layer(&self, key: &str, entry: &Value) -> Option<Span> {
        let field = self.attribute(key)?;
        let later = field.key.filter(|_| !field.earlier_keys.is_empty())?;
        (entry.place?.file != later.file).then_some(later)
    }

    /// An attribute with its key.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&'a Field> {
        self.value().as_mapping()?.get(key)
    }

    /// Whether it is a container that was read as a whole, so that what it does not say it does not have. A service
    /// without an image serves others alone.
    #[must_use]
    pub fn is_whole_container(&self) -> bool {
        let value = self.value();
        (value.get("image").is_some() || value.get("build").is_some()) && !value.repaired
    }

    /// A limit under `deploy.resources.limits`, which Docker Compose honours without Swarm too.
    #[must_use]
    pub fn deployed_limit(&self, key: &str) -> Option<&'a Value> {
        self.value().get("deploy")?.get("resources")?.get("limits")?.get(key)
    }

    /// The entries of an attribute that is a list.
    #[must_use]
    pub fn items(&self, key: &str) -> &'a [Value] {
        self.value().get(key).map(Value::items).unwrap_or_default()
    }

    /// Whether an attribute is `true`, however it is spelled.
    #[must_use]
    pub fn is_true(&self, key: &str) -> bool {
        self.value().get(key).and_then(Value::as_str) == Some("true")
    }

    /// The words of its entry point and its command, as far as the Compose file says them.
    pub fn command_line(&self) -> impl Iterator<Item = &'a Text> + use<'a> {
        let words = self.items("entrypoint").iter().chain(self.items("command"));
        words.filter_map(Value::as_text)
    }

    /// The environment of its container: env files and `environment` together.
    pub fn environment(&self) -> impl Iterator<Item = EnvironmentVariable<'a>> + use<'a> {
        let fields = self.value().get("environment").into_iter().flat_map(Value::fields);
        fields.map(|(name, field)| EnvironmentVariable { name, key: field.key, value: &field.value })
    }

    /// A variable of its environment.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&'a Text> {
        self.value().get("environment")?.text_at(name)
    }
}

impl EnvironmentVariable<'_> {
    /// Its text, if it has one.
    #[must_use]
    pub fn text(&self) -> Option<&Text> {
        match &self.value.data {
            Data::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }
}
