//! A port that other machines can reach without anybody having said so.

use std::cell::LazyCell;

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::map::{HashMap, HashSet};
use stacklint_engine::rule::StackRule;
use stacklint_engine::stack::{Exposure, Port, Service, Stack};

use crate::images;
use crate::publication::{self, Publication};

declare_rule! {
    pub PublishedPortAllInterfaces: Stack {
        severity: Medium,
        since: "0.1.0",
        fix: Unsafe,
        levels: [High: "an edge proxy of the stack serves the service, and the port goes around it"],
        covers: ["0.25", "2.8", "2.11", "2.28", "2.29"],
        maps: ["cis-docker:5.9", "cis-docker:5.14", "owasp-docker:5a"],
    }
}

impl StackRule for PublishedPortAllInterfaces {
    fn check(&self, stack: &Stack, cx: &mut Context<'_>) {
        let proxies = LazyCell::new(|| stack.services().filter(images::is_edge_proxy).collect::<Vec<_>>());
        for service in stack.services() {
            cx.at_service(&service);
            check_service(&service, || proxies.as_slice(), cx);
        }
    }
}

fn check_service<'p>(service: &Service<'_>, proxies: impl Fn() -> &'p [Service<'p>], cx: &mut Context<'_>) {
    let ports = publication::of_ports(service, cx);
    // Another rule speaks of a range with a datastore in it, and a range is spoken of once.
    let others = ports.iter().filter(|(_, publication)| *publication != Publication::Other);
    let mut told: HashSet<_> = others.filter_map(|(port, _)| port.entry().place).collect();
    let last: HashMap<_, _> = ports.iter().filter_map(|(port, _)| Some((port.entry().place?, *port))).collect();
    for (port, _) in ports {
        let is_told = port.entry().place.is_some_and(|place| !told.insert(place));
        if is_told || is_web(&port) && images::is_edge_proxy(service) {
            continue;
        }
        match port.exposure() {
            Exposure::AllInterfaces => {}
            Exposure::Unknown => continue,
            _ => {
                cx.satisfied(port.address_value(), port.subject());
                continue;
            }
        }
        let last = port.entry().place.and_then(|place| last.get(&place)).copied().unwrap_or(port);
        let published = published(&port, &last);
        let proxy = proxy_before(service, &proxies);
        let (severity, message, help) = match proxy {
            Some(proxy) => (
                Severity::High,
                format!("{published} and goes around the proxy `{proxy}`, which serves `{}`", service.name),
                "remove the entry from `ports`: the proxy reaches the service over their common network",
            ),
            None => (
                Severity::Medium,
                format!("{published}: Docker's own firewall rules let everyone in, whatever ufw says"),
                "put `127.0.0.1:` before it and let a proxy on this host serve it, or write the address it is meant \
                     for",
            ),
        };
        let violation = cx.violation(port.address_value(), port.subject(), message).severity(severity).help(help);
        let fix = cx.fix_by_loopback(&port);
        cx.report(violation.fix(fix));
    }
}

/// What is published, in words. The entry is a range if its last port is another one than its first.
fn published(first: &Port<'_>, last: &Port<'_>) -> String {
    let number = |port: &Port<'_>| port.target().map(|target| target.to_string()).unwrap_or_default();
    let shown = |port: &Port<'_>| port.published().map(|published| published.as_str().to_owned());
    let (from, to, protocol) = (number(first), number(last), publication::protocol(first));
    if from == to {
        let shown = shown(first).map(|shown| format!(" as port {shown}")).unwrap_or_default();
        return format!("container port {from}{protocol} is published on every interface of the host{shown}");
    }
    let shown = match (shown(first), shown(last)) {
        (Some(first), Some(last)) => format!(" as ports {first}-{last}"),
        _ => String::new(),
    };
    format!("container ports {from}-{to}{protocol} are published on every interface of the host{shown}")
}

/// Whether the host's port is one that browsers come to. 443/udp is HTTP/3.
fn is_web(port: &Port<'_>) -> bool {
    port.published().is_some_and(|published| matches!(published.as_str(), "80" | "443"))
}

/// The edge proxy of the stack that serves a service, as far as the service itself asks for it: by Traefik's or Caddy's
/// labels, or by the variables of nginx-proxy.
fn proxy_before<'p>(service: &Service<'_>, proxies: impl Fn() -> &'p [Service<'p>]) -> Option<&'p str> {
    let labels = service.value().get("labels");
    let mut labels = labels.into_iter().flat_map(|labels| labels.fields()).map(|(label, _)| label);
    let asked = labels.find_map(|label| {
        if label.starts_with("traefik.http.routers.") {
            Some("traefik")
        } else if label == "caddy" || label.starts_with("caddy_") {
            Some("caddy-docker-proxy")
        } else {
            None
        }
    });
    let asked = asked.or_else(|| service.variable("VIRTUAL_HOST").map(|_| "nginx-proxy"))?;
    let runs = |other: &&Service<'p>| other.image_name().is_some_and(|image| images::is_named(image, asked));
    proxies().iter().filter(|other| other.name != service.name).find(runs).map(|proxy| proxy.name)
}
