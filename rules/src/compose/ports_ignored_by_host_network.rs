//! Ports of a container that has no network of its own to publish them from.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Safety;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::Service;

declare_rule! {
    pub PortsIgnoredByHostNetwork: Service {
        severity: Info,
        since: "0.1.0",
        fix: Safe,
    }
}

impl ServiceRule for PortsIgnoredByHostNetwork {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        if !service.is_in_host_network() || service.items("ports").is_empty() {
            return;
        }
        let Some(key) = service.attribute("ports").and_then(|ports| ports.key) else { return };
        let message = format!(
            "the `ports` of `{}` have no effect: it is in the network of the host, where whatever it listens on is open \
             without them",
            service.name
        );
        let help = "remove `ports`, or `network_mode: host`";
        let fix = cx.fix_by_removing("remove `ports`", Safety::Safe, service.value(), "ports", &[]);
        let violation = cx.violation(key, format!("services.{}.ports", service.name), message).help(help).fix(fix);
        let violation = match service.value().get("network_mode") {
            Some(mode) => violation.related("the network of the host", mode),
            None => violation,
        };
        cx.report(violation);
    }
}
