//! A port whose address a variable should give and does not.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::{Fix, Safety, Severity};
use stacklint_engine::map::HashSet;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::Service;

use crate::{images, publication};

declare_rule! {
    pub BindAddressFailsOpen: Service {
        severity: Medium,
        since: "0.1.0",
        fix: Safe,
        levels: [High: "it is the port of a datastore"],
        maps: ["cis-docker:5.14", "owasp-docker:5a"],
    }
}

impl ServiceRule for BindAddressFailsOpen {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let mut told = HashSet::default();
        // Of a range with a datastore in it the datastore speaks.
        let addressed = service.ports().filter(|port| port.address().is_some());
        let mut ports: Vec<_> = addressed.map(|port| (images::datastore(service, &port), port)).collect();
        ports.sort_by_key(|(product, _)| product.is_none());
        for (product, port) in ports {
            let Some(address) = port.empty_address() else {
                cx.satisfied(port.address_value(), port.subject());
                continue;
            };
            if port.entry().place.is_some_and(|place| !told.insert(place)) {
                continue;
            }
            let (severity, what) = match product {
                Some(product) => (Severity::High, format!("{product} is published on every interface of the host")),
                None => {
                    let protocol = publication::protocol(&port);
                    let target = port.target().map(|target| format!("container port {target}{protocol} "));
                    let target = target.unwrap_or_default();
                    (Severity::Medium, format!("{target}is published on every interface of the host"))
                }
            };
            let is_unset = address.unset().next().is_some();
            let why =
                if is_unset { "nothing sets the variable for its address" } else { "its address is set to nothing" };
            let message = format!("{what}: {why}, and no address means all of them");
            let help = "write `${NAME:-127.0.0.1}`, or `${NAME:?}` so that the stack does not start without it; an empty \
                        address never fails, it opens the port";
            let fix = cx.fix_by_loopback(&port).map(|fix| Fix { safety: Safety::Safe, ..fix });
            let violation = if is_unset {
                cx.violation(address, port.subject(), message)
            } else {
                cx.violation(port.entry(), port.subject(), message).related("set to nothing here", address)
            };
            cx.report(violation.severity(severity).help(help).fix(fix));
        }
    }
}
