//! A datastore in the network of a service that faces the internet and has no business with it.

use std::collections::{BTreeMap, HashMap};

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::rule::StackRule;
use stacklint_engine::stack::{EnvironmentKind, Exposure, Service, Stack};

use crate::images;

declare_rule! {
    pub DatastoreOnEdgeNetwork: Stack {
        severity: Low,
        confidence: Medium,
        since: "0.1.0",
        levels: [Medium: "the stack runs for production"],
        covers: ["3.2"],
        maps: ["cis-docker:5.30", "owasp-docker:5"],
    }
}

impl StackRule for DatastoreOnEdgeNetwork {
    fn check(&self, stack: &Stack, cx: &mut Context<'_>) {
        let mut facing: HashMap<&str, Vec<Service<'_>>> = HashMap::new();
        for service in stack.services().filter(faces_internet) {
            for network in networks(&service) {
                facing.entry(network).or_default().push(service);
            }
        }
        if facing.is_empty() {
            return;
        }
        // One wrong network is one finding, however many datastores are in it.
        let mut found: BTreeMap<(&str, &str), Vec<Service<'_>>> = BTreeMap::new();
        for service in stack.services().filter(|service| images::datastore_image(service).is_some()) {
            let shared = networks(&service).into_iter().find_map(|network| {
                let others = facing.get(network).filter(|_| !is_internal(stack, network))?;
                let other =
                    others.iter().take(HELD).find(|other| other.name != service.name && !uses(other, &service))?;
                Some((network, other.name))
            });
            if let Some(shared) = shared {
                found.entry(shared).or_default().push(service);
            }
        }
        for ((network, edge), stores) in found {
            let Some(first) = stores.first() else { continue };
            cx.at_service(first);
            let production = cx.environment() == EnvironmentKind::Prod;
            let severity = if production { Severity::Medium } else { Severity::Low };
            let subject = format!("services.{}.networks[{network}]", first.name);
            let shown: Vec<String> = stores.iter().take(SHOWN).map(|store| format!("`{}`", store.name)).collect();
            let more = stores.len() - shown.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let message = format!(
                "`{edge}` faces the internet and shares the network `{network}` with datastores that it does not use: {}{more}; \
                 a hole in it reaches their data{}",
                shown.join(", "),
                if production { ", and this stack runs for production" } else { "" }
            );
            let help = "put the datastores and the services that use them into a network of their own with `internal: true`, \
                        and leave the other one out of it";
            let violation = cx.violation(first, subject, message).severity(severity).help(help);
            let violation = match facing.get(network).into_iter().flatten().find(|service| service.name == edge) {
                Some(edge) => violation.related("this service faces the internet", edge),
                None => violation,
            };
            cx.report(violation);
        }
    }
}

/// So many datastores are named.
const SHOWN: usize = 4;

/// So many services that face the internet are looked at for each datastore.
const HELD: usize = 64;

/// Whether the world reaches a service: a proxy or web server with an open port.
fn faces_internet(service: &Service<'_>) -> bool {
    let is_open = |exposure| matches!(exposure, Exposure::AllInterfaces | Exposure::PublicAddress);
    images::is_edge_proxy(service) && service.ports().any(|port| is_open(port.exposure()))
}

/// The networks of a service; without any it is in `default`.
fn networks<'a>(service: &Service<'a>) -> Vec<&'a str> {
    if service.value().get("network_mode").is_some() {
        return Vec::new();
    }
    let named: Vec<&str> = service
        .value()
        .get("networks")
        .into_iter()
        .flat_map(|networks| networks.fields())
        .map(|(name, _)| name)
        .collect();
    if named.is_empty() { vec!["default"] } else { named }
}

fn is_internal(stack: &Stack, network: &str) -> bool {
    let network = stack.model.get("networks").and_then(|networks| networks.get(network));
    network.and_then(|network| network.text_at("internal")).is_some_and(|internal| internal.as_str() == "true")
}

/// Whether a service names another one: it waits for it, or its command or environment holds its name.
fn uses(service: &Service<'_>, store: &Service<'_>) -> bool {
    let named = |key: &str| service.value().get(key).is_some_and(|names| names.get(store.name).is_some());
    let linked = service.items("links").iter().filter_map(|link| link.as_str());
    let holds = |text: &str| {
        text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-' && letter != '_')
            .any(|word| word == store.name)
    };
    let variables = service.environment().filter_map(|variable| variable.value.as_str());
    named("depends_on") || linked.chain(variables).any(holds) || service.command_line().any(|word| holds(word.as_str()))
}
