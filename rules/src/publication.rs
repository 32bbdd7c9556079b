//! Which rule says that a published port is too open: every port is the affair of one.

use stacklint_engine::stack::{Port, Service};

use crate::images;

/// What a published port is, for the rule that speaks of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Publication {
    /// A variable for its address gives none: `bind-address-fails-open` says all. Of a datastore it only says why.
    FailsOpen,
    /// That of a datastore: `published-datastore-port`.
    Datastore(&'static str),
    /// That of a tool for administrators: `published-admin-ui`.
    AdminUi(&'static str),
    /// Any other: `published-port-all-interfaces`.
    Other,
}

/// What a port of a service is.
pub(crate) fn of(service: &Service<'_>, port: &Port<'_>) -> Publication {
    match images::datastore(service, port) {
        Some(product) => Publication::Datastore(product),
        None if port.empty_address().is_some() => Publication::FailsOpen,
        None => images::admin_ui(service, port).map_or(Publication::Other, Publication::AdminUi),
    }
}
