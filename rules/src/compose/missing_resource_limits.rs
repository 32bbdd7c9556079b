//! A service that may take all memory and all processors of its host.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::{EnvironmentKind, Service};

declare_rule! {
    pub MissingResourceLimits: Service {
        severity: Low,
        since: "0.1.0",
        levels: [Medium: "the stack runs for production"],
        covers: ["1.15", "4.11"],
        maps: ["cis-docker:5.11", "cis-docker:5.12", "owasp-docker:7"],
        absence: "nothing limits memory or processors, so one leak or one flood of requests takes the whole host down",
    }
}

impl ServiceRule for MissingResourceLimits {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let subject = format!("services.{}.limits", service.name);
        let limits = ["mem_limit", "cpus", "cpu_quota", "cpu_percent", "cpu_count"];
        let own = limits.into_iter().filter_map(|key| service.value().get(key));
        let deployed = ["memory", "cpus"].into_iter().filter_map(|key| service.deployed_limit(key));
        // Zero is how one says that there is none.
        if let Some(limit) = own.chain(deployed).find(|limit| !matches!(limit.as_str(), None | Some("0" | ""))) {
            cx.satisfied(limit, subject);
            return;
        }
        if !service.is_whole_container() {
            return;
        }
        let (severity, production) = match cx.environment() {
            EnvironmentKind::Prod => (Severity::Medium, ", in production"),
            _ => (Severity::Low, ""),
        };
        let message = format!(
            "nothing limits the memory or the processors of `{}`{production}: one leak or one flood of requests takes the \
             host and all its services down",
            service.name
        );
        let help = "set `mem_limit` and `cpus`, or `deploy.resources.limits`, to about twice of what `docker stats` shows \
                    under load";
        cx.report(cx.violation(service, subject, message).severity(severity).help(help));
    }
}
