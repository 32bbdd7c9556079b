//! A service that keeps capabilities it was never asked about.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::{EnvironmentKind, Service};

declare_rule! {
    pub MissingCapDropAll: Service {
        severity: Low,
        since: "0.1.0",
        fix: Unsafe,
        levels: [Medium: "the stack runs for production"],
        covers: ["2.5"],
        maps: ["cis-docker:5.4", "owasp-docker:3"],
        absence: "nothing drops the capabilities that Docker gives by default, so a hole in the program comes with them",
    }
}

impl ServiceRule for MissingCapDropAll {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let subject = format!("services.{}.cap_drop", service.name);
        if let Some(all) = service.dropped_capabilities().find(|dropped| dropped.name == "ALL") {
            cx.satisfied(all.entry, subject);
            return;
        }
        // `privileged` means more than any capability, and is reported itself. A variable may still say it.
        let is_open = service
            .items("cap_drop")
            .iter()
            .filter_map(|entry| entry.as_text())
            .any(|entry| entry.is_unknown() || entry.unset().next().is_some());
        if service.is_privileged() || is_open || !service.is_whole_container() {
            return;
        }
        let (severity, production) = match cx.environment() {
            EnvironmentKind::Prod => (Severity::Medium, ", in production"),
            _ => (Severity::Low, ""),
        };
        let message = format!(
            "`{}` keeps the capabilities that Docker gives by default{production}: to change owners, send raw packets and \
             more, which a hole in its program then has too",
            service.name
        );
        let help = "add `cap_drop: [ALL]`, start it, and give back by `cap_add` what its log asks for: mostly nothing, or \
                    `NET_BIND_SERVICE`, `CHOWN`, `SETUID` and `SETGID`";
        let fix = cx.fix_by_adding(service, "cap_drop", "ALL");
        cx.report(cx.violation(service, subject, message).severity(severity).help(help).fix(fix));
    }
}
