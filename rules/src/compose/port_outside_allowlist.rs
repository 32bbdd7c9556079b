//! A published port that the project's own list of inbound ports does not hold.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::{Exposure, Port, Service};

declare_rule! {
    pub PortOutsideAllowlist: Service {
        severity: Medium,
        since: "0.1.0",
        covers: ["2.10"],
        maps: ["cis-docker:5.8", "cis-docker:5.9"],
        parameters: [ports: Ports = "the ports of the host that other machines may reach; without it the rule is silent"],
    }
}

impl ServiceRule for PortOutsideAllowlist {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let Some(allowed) = cx.ports("ports") else { return };
        let mut told = None;
        for port in service.ports() {
            // The first port of a range that is outside speaks for it.
            if port.exposure() == Exposure::Loopback || told.is_some_and(|told| told == port.entry().place) {
                continue;
            }
            let outside = match published(&port) {
                Published::Unknown => continue,
                Published::Chosen => None,
                Published::Ports(first, last) => {
                    let Some(outside) = (first..=last).find(|number| !allowed.contains(*number, port.protocol()))
                    else {
                        cx.satisfied(port.entry(), port.subject());
                        continue;
                    };
                    Some(outside)
                }
            };
            told = Some(port.entry().place);
            let message = match outside {
                Some(number) => format!(
                    "the host's port {number}/{} is published, and the configuration's list of inbound ports ({allowed}) \
                     does not hold it",
                    port.protocol()
                ),
                None => format!(
                    "Docker picks the port of the host when the service starts, so that the configuration's list of \
                     inbound ports ({allowed}) cannot hold it"
                ),
            };
            let help = "publish it on `127.0.0.1` if only this host needs it, serve it through the proxy, or add it to \
                        `parameters.port-outside-allowlist.ports` if others are meant to reach it";
            let violation = cx.violation(port.entry(), port.subject(), message).help(help);
            cx.report(violation);
        }
    }
}

enum Published {
    /// From the first to the last.
    Ports(u16, u16),
    /// Docker picks one.
    Chosen,
    /// Only the machine knows.
    Unknown,
}

fn published(port: &Port<'_>) -> Published {
    let Some(text) = port.published() else { return Published::Chosen };
    let (first, last) = text.as_str().split_once('-').unwrap_or((text.as_str(), text.as_str()));
    match (first.parse(), last.parse()) {
        (Ok(first), Ok(last)) => Published::Ports(first, last),
        _ => Published::Unknown,
    }
}
