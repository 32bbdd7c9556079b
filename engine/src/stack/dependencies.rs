//! The services that a service depends on without saying so in `depends_on`: Docker Compose adds them.

use crate::stack::value::Value;

/// A dependency that another attribute implies.
#[derive(Clone, Copy, Debug)]
pub struct Implied<'a> {
    /// The name of the service.
    pub service: &'a str,
    /// The attribute that implies it.
    pub attribute: &'static str,
    /// The value that does.
    pub value: &'a Value,
    /// Whether the depending service is restarted with it.
    pub restart: bool,
}

/// Attributes that may share a namespace with another service: `service:NAME`.
const NAMESPACES: [&str; 5] = ["network_mode", "ipc", "pid", "uts", "cgroup"];

/// What `links`, shared namespaces and `volumes_from` imply (compose-go `loader/normalize.go`).
pub(crate) fn implied(service: &Value) -> Vec<Implied<'_>> {
    let mut implied = Vec::new();
    // Most services have none of these.
    let implies = |key: &str| matches!(key, "links" | "volumes_from") || NAMESPACES.contains(&key);
    if !service.fields().any(|(key, _)| implies(key)) {
        return implied;
    }
    let items = |attribute: &'static str| service.get(attribute).map(Value::items).unwrap_or_default();
    let name = |text: &'_ str| text.split(':').next().map_or(0, str::len);
    for value in items("links") {
        let Some(text) = value.as_str() else { continue };
        let service = text.get(..name(text)).unwrap_or_default();
        implied.push(Implied { service, attribute: "links", value, restart: true });
    }
    for attribute in NAMESPACES {
        let Some(value) = service.get(attribute) else { continue };
        let Some(service) = value.as_str().and_then(|text| text.strip_prefix("service:")) else { continue };
        implied.push(Implied { service, attribute, value, restart: true });
    }
    for value in items("volumes_from") {
        let Some(text) = value.as_str().filter(|text| !text.starts_with("container:")) else { continue };
        let service = text.get(..name(text)).unwrap_or_default();
        implied.push(Implied { service, attribute: "volumes_from", value, restart: false });
    }
    implied
}
