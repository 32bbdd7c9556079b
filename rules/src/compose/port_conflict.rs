//! Two entries that want the same port of the host.

use std::net::IpAddr;

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Confidence;
use stacklint_engine::map::HashMap;
use stacklint_engine::rule::StackRule;
use stacklint_engine::stack::value::Value;
use stacklint_engine::stack::{Exposure, Port, Service, Stack};

declare_rule! {
    pub PortConflict: Stack {
        severity: Medium,
        since: "0.1.0",
    }
}

/// So many entries for one port are held against a further one.
const HELD: usize = 32;

struct Claim<'a> {
    service: Service<'a>,
    port: Port<'a>,
    address: Option<IpAddr>,
}

impl StackRule for PortConflict {
    fn check(&self, stack: &Stack, cx: &mut Context<'_>) {
        let mut claims: HashMap<(u16, &str), Vec<Claim<'_>>> = HashMap::default();
        for service in stack.services() {
            for port in service.ports().filter(|port| port.exposure() != Exposure::Unknown) {
                // One that Docker chooses out of a range gives way.
                let Some(published) = port.published().and_then(|published| published.as_str().parse().ok()) else {
                    continue;
                };
                let address = port.address().and_then(|address| address.as_str().parse().ok());
                let claim = Claim { service, port, address };
                let held = claims.entry((published, port.protocol())).or_default();
                if let Some(first) = held.iter().find(|first| first.clashes(&claim)) {
                    report(published, first, &claim, cx);
                }
                if held.len() < HELD {
                    held.push(claim);
                }
            }
        }
    }
}

impl Claim<'_> {
    fn clashes(&self, other: &Self) -> bool {
        let overlap = match (self.address, other.address) {
            (None, _) | (_, None) => true,
            (Some(one), Some(other)) => {
                one == other || one.is_ipv4() == other.is_ipv4() && (one.is_unspecified() || other.is_unspecified())
            }
        };
        overlap && (self.service.name == other.service.name || together(&self.service, &other.service)) && {
            // A layer that means to take the place of what is open below: `ineffective-override`.
            let file = |port: &Port<'_>| port.entry().place.map(|place| place.file);
            let is_open = matches!(self.port.exposure(), Exposure::AllInterfaces | Exposure::PublicAddress);
            let layered = self.service.name == other.service.name && self.port.target() == other.port.target();
            !layered || !is_open || file(&self.port) == file(&other.port)
        }
    }
}

/// Whether two services can run at once: those of different profiles are alternatives.
fn together(one: &Service<'_>, other: &Service<'_>) -> bool {
    let (one, other) = (one.items("profiles"), other.items("profiles"));
    let has = |name: &Value| other.iter().any(|other| other.as_str() == name.as_str());
    one.is_empty() || other.is_empty() || one.iter().any(has)
}

fn report(published: u16, first: &Claim<'_>, second: &Claim<'_>, cx: &mut Context<'_>) {
    let (one, other) = (first.service.name, second.service.name);
    let who = if one == other { format!("`{one}` asks for it twice") } else { format!("`{one}` has it already") };
    let message = format!("port {published} of the host is taken: {who}, so that the second of them cannot start");
    let help = "publish it under another port of the host, or on another address";
    // Without the profile of one of them they never meet.
    let certain = first.service.active && second.service.active;
    let violation = cx.violation(second.port.entry(), second.port.subject(), message).help(help);
    let violation = violation.confidence(if certain { Confidence::High } else { Confidence::Medium });
    cx.report(violation.related("the other entry for this port", first.port.entry()));
}
