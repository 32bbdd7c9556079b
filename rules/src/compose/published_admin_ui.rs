//! A tool for administrators that other machines can reach.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::map::HashSet;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::{Exposure, Service};

use crate::publication::{self, Publication};

declare_rule! {
    pub PublishedAdminUi: Service {
        severity: Medium,
        since: "0.1.0",
        fix: Unsafe,
        levels: [Low: "it is bound to one private address, which only that network reaches"],
        covers: ["1.19"],
        maps: ["cis-docker:5.14", "owasp-docker:5a"],
    }
}

impl ServiceRule for PublishedAdminUi {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let ports = publication::of_ports(service, cx);
        let datastores = ports.iter().filter(|(_, publication)| matches!(publication, Publication::Datastore(_)));
        // A range is spoken of once, and of one with a datastore in it another rule speaks.
        let mut told: HashSet<_> = datastores.filter_map(|(port, _)| port.entry().place).collect();
        for (port, publication) in ports {
            let Publication::AdminUi(product) = publication else { continue };
            if port.entry().place.is_some_and(|place| !told.insert(place)) {
                continue;
            }
            let address = port.address().map_or("", |address| address.as_str());
            let (severity, reach) = match port.exposure() {
                Exposure::AllInterfaces => (Severity::Medium, "on every interface of the host, past ufw".to_owned()),
                Exposure::PublicAddress => (Severity::Medium, format!("on the public address {address}")),
                Exposure::PrivateAddress => (Severity::Low, format!("on {address}, for every machine of that network")),
                Exposure::Loopback => {
                    cx.satisfied(port.address_value(), port.subject());
                    continue;
                }
                Exposure::Unknown => continue,
            };
            let message =
                format!("{product} is published {reach}: only its own login, if it has one, keeps strangers out");
            let help = "put `127.0.0.1:` before it and reach it through an SSH tunnel or a VPN, or let a proxy with a login \
                        serve it";
            let fix = cx.fix_by_loopback(&port);
            let violation = cx.violation(port.address_value(), port.subject(), message).severity(severity);
            cx.report(violation.help(help).fix(fix));
        }
    }
}
