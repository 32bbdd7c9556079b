//! A service as rules see it: views of the effective model, every value with its place.

use std::net::IpAddr;

use crate::origin::Span;
use crate::stack::value::{Data, Field, Value};
use crate::text::Text;

/// A service of a stack.
#[derive(Clone, Copy, Debug)]
pub struct Service<'a> {
    /// Its name.
    pub name: &'a str,
    field: &'a Field,
    /// Whether one of its profiles is active, or it has none.
    pub active: bool,
}

/// A published port.
#[derive(Clone, Copy, Debug)]
pub struct Port<'a> {
    entry: &'a Value,
    service: &'a str,
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

/// From where a published port can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposure {
    /// From every network the host is in.
    AllInterfaces,
    /// From the network of one address that is neither loopback nor public.
    PrivateAddress,
    /// From the network of one public address.
    PublicAddress,
    /// From the host alone.
    Loopback,
    /// Its address depends on what only the machine knows.
    Unknown,
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
        let discarded = self.value().text_at("network_mode").is_some_and(|mode| mode.as_str() == "host");
        let entries = match self.value().get("ports") {
            Some(ports) if !discarded => ports.items(),
            _ => &[],
        };
        let service = self.name;
        entries.iter().map(move |entry| Port { entry, service })
    }

    /// Where a layer above the one that writes `entry` writes the list `key` again. Lists add up, so it may be meant to
    /// take the entry away, and does not.
    #[must_use]
    pub fn later_layer(&self, key: &str, entry: &Value) -> Option<Span> {
        let field = self.value().as_mapping()?.get(key)?;
        let later = field.key.filter(|_| !field.earlier_keys.is_empty())?;
        (entry.place?.file != later.file).then_some(later)
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

impl<'a> Port<'a> {
    /// The entry of `ports` as a whole. A range gives several ports with the same entry.
    #[must_use]
    pub fn entry(&self) -> &'a Value {
        self.entry
    }

    /// The port inside the container.
    #[must_use]
    pub fn target(&self) -> Option<u16> {
        self.entry.text_at("target")?.as_str().parse().ok()
    }

    /// The port on the host; nothing for one that Docker chooses.
    #[must_use]
    pub fn published(&self) -> Option<&'a Text> {
        self.entry.text_at("published").filter(|published| !matches!(published.as_str(), "" | "0"))
    }

    /// `tcp`, `udp` or `sctp`.
    #[must_use]
    pub fn protocol(&self) -> &'a str {
        self.entry.text_at("protocol").map_or("tcp", Text::as_str)
    }

    /// The address on the host as written, if any.
    #[must_use]
    pub fn address(&self) -> Option<&'a Text> {
        self.entry.text_at("host_ip")
    }

    /// The part of the entry to edit: the address where one is written, else the whole entry.
    #[must_use]
    pub fn address_value(&self) -> &'a Value {
        match self.entry.get("host_ip") {
            Some(address) if address.as_str().is_some_and(|address| !address.is_empty()) => address,
            _ => self.entry,
        }
    }

    /// From where it can be reached.
    #[must_use]
    pub fn exposure(&self) -> Exposure {
        let Some(address) = self.address() else { return Exposure::AllInterfaces };
        if address.is_unknown() {
            return Exposure::Unknown;
        }
        match address.as_str().parse::<IpAddr>() {
            Err(_) => Exposure::AllInterfaces,
            Ok(address) if address.is_loopback() => Exposure::Loopback,
            Ok(address) if address.is_unspecified() => Exposure::AllInterfaces,
            Ok(IpAddr::V4(address)) if address.is_private() || address.is_link_local() || is_shared(address) => {
                Exposure::PrivateAddress
            }
            Ok(IpAddr::V6(address)) if address.is_unique_local() || address.is_unicast_link_local() => {
                Exposure::PrivateAddress
            }
            Ok(_) => Exposure::PublicAddress,
        }
    }

    /// The logical path: `services.db.ports[5432/tcp]`.
    #[must_use]
    pub fn subject(&self) -> String {
        let target = self.entry.text_at("target").map_or("?", Text::as_str);
        format!("services.{}.ports[{target}/{}]", self.service, self.protocol())
    }
}

/// 100.64.0.0/10 (RFC 6598), which overlay networks such as Tailscale use.
fn is_shared(address: std::net::Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    first == 100 && (64..128).contains(&second)
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

/// The name of an image without registry, tag and digest.
#[must_use]
pub fn image_name(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or_default();
    let name_start = image.rfind('/').map_or(0, |at| at + 1);
    let end = image.get(name_start..).and_then(|name| name.find(':')).map_or(image.len(), |at| name_start + at);
    let path = image.get(..end).unwrap_or(image);
    match path.split_once('/') {
        // The first part is a registry if it can be a host name.
        Some((registry, rest)) if registry.contains(['.', ':']) || registry == "localhost" => {
            rest.strip_prefix("library/").unwrap_or(rest)
        }
        _ => path.strip_prefix("library/").unwrap_or(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_images() {
        for (image, name) in [
            ("postgres", "postgres"),
            ("postgres:17-alpine@sha256:0", "postgres"),
            ("docker.io/library/postgres:17", "postgres"),
            ("localhost:5000/team/postgres", "team/postgres"),
            ("ghcr.io/a/b/redis:7", "a/b/redis"),
            ("bitnami/postgresql", "bitnami/postgresql"),
            ("", ""),
        ] {
            assert_eq!(image_name(image), name, "{image}");
        }
    }
}
