//! A service whose processes are allowed to gain privileges on purpose.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::Service;

use crate::security_options::{NoNewPrivileges, no_new_privileges};

declare_rule! {
    pub DisabledNoNewPrivileges: Service {
        severity: High,
        since: "0.1.0",
        fix: Unsafe,
        covers: ["2.5", "3.7"],
        maps: ["cis-docker:5.26", "owasp-docker:4"],
    }
}

impl ServiceRule for DisabledNoNewPrivileges {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let subject = format!("services.{}.security_opt", service.name);
        let (entry, value, message, help) = match no_new_privileges(service) {
            NoNewPrivileges::Set(entry) => return cx.satisfied(entry, subject),
            NoNewPrivileges::Unsaid | NoNewPrivileges::Unknown => return,
            NoNewPrivileges::Unset(entry, value) => {
                let message = format!(
                    "`no-new-privileges` is switched off for `{}`, even where the Docker daemon has it on by default: a \
                     setuid program in its image can make whoever gets into the container its root",
                    service.name
                );
                let help = "write `true`, or remove the entry if another one says so; then start it and try what it runs \
                            through `sudo`, `su` or another setuid program, which then gains nothing";
                (entry, value, message, help)
            }
            NoNewPrivileges::Refused(entry, value) => {
                let message = format!(
                    "Docker does not know this value of `no-new-privileges` and refuses to create the container of `{}`",
                    service.name
                );
                (entry, value, message, "write `no-new-privileges:true`; Docker reads `true` and `false`")
            }
        };
        let violation = if value.is_empty() {
            cx.violation(entry, subject, message)
        } else {
            cx.violation(&value, subject, message)
        };
        let violation = match service.later_layer("security_opt", entry) {
            Some(layer) => violation.related("lists of layers add up: this one does not take the entry away", layer),
            None => violation,
        };
        let fix = cx.fix_item(service, "security_opt", entry, &value, "true");
        cx.report(violation.help(help).fix(fix));
    }
}
