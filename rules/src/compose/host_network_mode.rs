//! A container in the network of its host.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::Service;

declare_rule! {
    pub HostNetworkMode: Service {
        severity: High,
        since: "0.1.0",
        maps: ["cis-docker:5.10", "owasp-docker:5"],
    }
}

impl ServiceRule for HostNetworkMode {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let Some(mode) = service.value().get("network_mode") else { return };
        let subject = format!("services.{}.network_mode", service.name);
        if !service.is_in_host_network() {
            cx.satisfied(mode, subject);
            return;
        }
        let message = format!(
            "`{}` is in the network of the host: every port it listens on is open on the host, and it reaches what \
             listens on the host's 127.0.0.1",
            service.name
        );
        let help = "remove `network_mode` and publish the ports it needs by `ports`";
        cx.report(cx.violation(mode, subject, message).help(help));
    }
}
