//! Which rule says that a published port is too open: every port is the affair of one.

use stacklint_engine::check::Context;
use stacklint_engine::map::HashMap;
use stacklint_engine::stack::{Port, Service, Stack};

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

/// What each port of a service is.
pub(crate) fn of_ports<'a>(service: &Service<'a>, cx: &Context<'_>) -> Vec<(Port<'a>, Publication)> {
    if service.items("ports").is_empty() {
        return Vec::new();
    }
    let known = cx.shared(|| Publications::of(cx.stack()));
    let of_ports = known.services.get(service.name).map(Vec::as_slice).unwrap_or_default();
    service.ports().zip(of_ports.iter().copied()).collect()
}

/// What stands behind the number of a port in a message: nothing for TCP, `/udp` for another protocol.
pub(crate) fn protocol(port: &Port<'_>) -> String {
    match port.protocol() {
        "tcp" => String::new(),
        other => format!("/{other}"),
    }
}

/// What the ports of a stack are, by the names of the services: three rules ask.
#[derive(Debug)]
struct Publications {
    services: HashMap<Box<str>, Vec<Publication>>,
}

impl Publications {
    fn of(stack: Option<&Stack>) -> Self {
        let services = stack.into_iter().flat_map(Stack::services);
        let of_ports = |service: &Service<'_>| service.ports().map(|port| of(service, &port)).collect();
        Self { services: services.map(|service| (service.name.into(), of_ports(&service))).collect() }
    }
}

fn of(service: &Service<'_>, port: &Port<'_>) -> Publication {
    match images::datastore(service, port) {
        Some(product) => Publication::Datastore(product),
        None if port.empty_address().is_some() => Publication::FailsOpen,
        None => images::admin_ui(service, port).map_or(Publication::Other, Publication::AdminUi),
    }
}
