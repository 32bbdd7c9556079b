//! A capability that reaches beyond the container.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::{Safety, Severity};
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::value::Value;
use stacklint_engine::stack::{Capability, Service};

use crate::data;

declare_rule! {
    pub DangerousCapability: Service {
        severity: High,
        since: "0.1.0",
        fix: Unsafe,
        levels: [Medium: "its namespaces keep what it allows inside of the container"],
        maps: ["cis-docker:5.4", "owasp-docker:3"],
    }
}

impl ServiceRule for DangerousCapability {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        // `privileged` gives them all, and is reported itself.
        if service.is_privileged() {
            return;
        }
        let added: Vec<Capability<'_>> = service.added_capabilities().collect();
        let found = added.iter().filter(|capability| data::capability(&capability.name).is_some());
        let found: Vec<&Value> = found.map(|capability| capability.entry).collect();
        for capability in &added {
            let Some((severity, allows)) = data::capability(&capability.name) else { continue };
            let shared = match capability.name.as_str() {
                "NET_ADMIN" if service.is_in_host_network() => Some("in the network of the host"),
                "SYS_PTRACE" if is_host(service, "pid") => Some("among all processes of the host"),
                _ => None,
            };
            let severity = if shared.is_some() { Severity::High } else { severity };
            let place = shared.map(|shared| format!(", and it is {shared}")).unwrap_or_default();
            let subject = format!("services.{}.cap_add[{}]", service.name, capability.name);
            let message = format!("with `{}`, `{}` may {allows}{place}", capability.name, service.name);
            let help = "remove it, and see whether the service works without; the documentation of an image says which \
                        capabilities it really needs";
            let fix = cx.fix_by_removing_item("remove the capability", Safety::Unsafe, capability.entry, &found);
            cx.report(cx.violation(capability.entry, subject, message).severity(severity).help(help).fix(fix));
        }
    }
}

fn is_host(service: &Service<'_>, namespace: &str) -> bool {
    service.value().text_at(namespace).is_some_and(|mode| mode.as_str() == "host")
}
