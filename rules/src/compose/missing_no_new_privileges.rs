//! A service whose processes can gain privileges.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::{EnvironmentKind, Service};

use crate::security_options::{NoNewPrivileges, no_new_privileges};

declare_rule! {
    pub MissingNoNewPrivileges: Service {
        severity: Medium,
        since: "0.1.0",
        fix: Unsafe,
        levels: [High: "the stack runs for production"],
        covers: ["2.5", "3.7"],
        maps: ["cis-docker:5.26", "owasp-docker:4"],
        absence: "nothing sets `no-new-privileges`, so a setuid program can make whoever gets into the container its root",
    }
}

impl ServiceRule for MissingNoNewPrivileges {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let value = service.value();
        let options = value.get("security_opt");
        let subject = format!("services.{}.security_opt", service.name);
        match no_new_privileges(service) {
            NoNewPrivileges::Unsaid => {}
            NoNewPrivileges::Set(entry) => return cx.satisfied(entry, subject),
            // `disabled-no-new-privileges` speaks of these.
            NoNewPrivileges::Unset(..) | NoNewPrivileges::Refused(..) | NoNewPrivileges::Unknown => return,
        }
        // What is not there may only be unread; and without an image there is no container.
        let is_container = value.get("image").is_some() || value.get("build").is_some();
        if !is_container || value.repaired || options.is_some_and(|options| options.repaired) {
            return;
        }
        let (severity, production) = match cx.environment() {
            EnvironmentKind::Prod => (Severity::High, ", in production"),
            _ => (Severity::Medium, ""),
        };
        let message = format!(
            "nothing sets `no-new-privileges` for `{}`{production}, so a setuid program in its image can make whoever \
             gets into the container its root",
            service.name
        );
        let add = match options {
            Some(_) => "add `no-new-privileges:true` to its `security_opt`",
            None => "add `security_opt: [\"no-new-privileges:true\"]` to it",
        };
        let help = format!(
            "{add}, then try what it runs through `sudo`, `su` or another setuid program, which gains nothing any more; \
             entry points that start as root and step down by `gosu` or `su-exec` go on working"
        );
        let fix = cx.fix_by_adding(service, "security_opt", "no-new-privileges:true");
        cx.report(cx.violation(service, subject, message).severity(severity).help(help).fix(fix));
    }
}
