//! A database, cache or queue that other machines can reach.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::map::HashSet;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::{Exposure, Port, Service};

use crate::publication::{self, Publication};

declare_rule! {
    pub PublishedDatastorePort: Service {
        severity: High,
        since: "0.1.0",
        fix: Unsafe,
        levels: [Medium: "it is bound to one private address, which only that network reaches"],
        covers: ["0.9", "2.4", "2.11", "2.29", "3.2"],
        maps: ["cis-docker:5.9", "cis-docker:5.14", "owasp-docker:5a"],
    }
}

impl ServiceRule for PublishedDatastorePort {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let mut told = HashSet::default();
        for (port, publication) in publication::of_ports(service, cx) {
            // The first datastore in a range speaks for it.
            if port.entry().place.is_some_and(|place| told.contains(&place)) {
                continue;
            }
            let Publication::Datastore(product) = publication else { continue };
            let Some((severity, reach)) = reach(&port) else {
                if port.exposure() == Exposure::Loopback {
                    cx.satisfied(port.address_value(), port.subject());
                }
                continue;
            };
            let target = port.target().map(|target| format!(" (container port {target})")).unwrap_or_default();
            let message = format!("{product}{target} is published {reach}");
            let violation = cx.violation(port.address_value(), port.subject(), message).severity(severity).help(
                "services of the same network reach it by its service name: remove the entry from `ports`, or put \
                 `127.0.0.1:` before it if only this host needs it",
            );
            let violation = match service.later_layer("ports", port.entry()) {
                Some(layer) => violation.related("lists of layers add up: this one takes no port away", layer),
                None => violation,
            };
            let fix = cx.fix_by_loopback(&port);
            told.extend(port.entry().place);
            cx.report(violation.fix(fix));
        }
    }
}

/// How bad it is and who can reach the port; nothing if only the host can, or if only the machine knows.
fn reach(port: &Port<'_>) -> Option<(Severity, String)> {
    let address = port.address().map_or("", |address| address.as_str());
    match port.exposure() {
        Exposure::AllInterfaces => {
            let reach = "on every interface of the host: whoever reaches the host reaches it, past ufw, \
                         since Docker's own firewall rules come first";
            Some((Severity::High, reach.to_owned()))
        }
        Exposure::PublicAddress => {
            let reach = format!("on the public address {address}: the internet reaches it, past the host's firewall");
            Some((Severity::High, reach))
        }
        Exposure::PrivateAddress => {
            Some((Severity::Medium, format!("on {address}: every machine of that network reaches it")))
        }
        Exposure::Loopback | Exposure::Unknown => None,
    }
}
