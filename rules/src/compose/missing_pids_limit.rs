//! A service that may start processes until its host has no room for another.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::Service;

declare_rule! {
    pub MissingPidsLimit: Service {
        severity: Info,
        since: "0.1.0",
        maps: ["cis-docker:5.29", "owasp-docker:7"],
        absence: "nothing limits the number of processes, so a fork bomb in the container stops the whole host",
    }
}

impl ServiceRule for MissingPidsLimit {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let subject = format!("services.{}.pids_limit", service.name);
        let limit = service.value().get("pids_limit").or_else(|| service.deployed_limit("pids"));
        let is_none = |limit: &str| matches!(limit, "" | "0") || limit.starts_with('-');
        if let Some(limit) = limit.filter(|limit| !limit.as_str().is_some_and(is_none)) {
            cx.satisfied(limit, subject);
            return;
        }
        if !service.is_whole_container() {
            return;
        }
        let message = format!(
            "nothing limits how many processes `{}` starts: a runaway loop or a fork bomb leaves the host no room for others",
            service.name
        );
        let help = "set `pids_limit: 200`, or what `docker stats` shows under load and some more";
        let violation = match limit {
            Some(limit) => cx.violation(limit, subject, message),
            None => cx.violation(service, subject, message),
        };
        cx.report(violation.help(help));
    }
}
