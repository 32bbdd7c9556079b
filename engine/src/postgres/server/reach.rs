//! From where a server can be reached.

use crate::origin::Span;
use crate::postgres::server::Settings;
use crate::stack::value::Value;
use crate::stack::{Exposure, Service, Stack};

/// From where a server can be reached, and what says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// From where.
    pub from: ReachedFrom,
    /// What says so: a published port, the network mode.
    pub place: Option<Span>,
}

/// From where a server can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReachedFrom {
    /// From its own container alone.
    Itself,
    /// From the containers of its networks, and from the host it runs on.
    Networks,
    /// Nobody knows: no stack uses the file.
    Unknown,
    /// From other machines.
    Outside,
}

impl Reach {
    pub(super) fn of(service: &Service<'_>, stack: &Stack, settings: &Settings) -> Self {
        let mode = service.value().get("network_mode");
        let name = mode.and_then(Value::as_str).unwrap_or_default();
        if settings.listens_locally() || name == "none" {
            return Self { from: ReachedFrom::Itself, place: None };
        }
        if name == "host" {
            return Self { from: ReachedFrom::Outside, place: mode.and_then(|mode| mode.place) };
        }
        // It shares the network of another service, and is published there.
        let other = name.strip_prefix("service:").and_then(|other| stack.service(other));
        let port = settings.port();
        let published = other.unwrap_or(*service).ports().find(|published| {
            let exposed = matches!(
                published.exposure(),
                Exposure::AllInterfaces | Exposure::PublicAddress | Exposure::PrivateAddress
            );
            exposed && published.protocol() == "tcp" && published.target() == Some(port)
        });
        match published {
            Some(published) => Self { from: ReachedFrom::Outside, place: published.entry().place },
            None => Self { from: ReachedFrom::Networks, place: None },
        }
    }

    /// Whether other machines can reach it, as far as anybody knows.
    #[must_use]
    pub fn is_outside(&self) -> bool {
        self.from >= ReachedFrom::Unknown
    }
}
