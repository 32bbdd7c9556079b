//! A container that may write anywhere in itself.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::{Fix, Safety, Severity};
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::{EnvironmentKind, Service};

use crate::images;

declare_rule! {
    pub WritableRootFilesystem: Service {
        severity: Low,
        since: "0.1.0",
        fix: Unsafe,
        levels: [
            Medium: "the stack runs for production",
            Info: "it is a datastore, whose image may not be made for it",
        ],
        covers: ["2.5"],
        maps: ["cis-docker:5.13", "owasp-docker:8"],
        absence: "the root file system is writable, so whoever gets in can change programs and leave some behind",
    }
}

impl ServiceRule for WritableRootFilesystem {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let subject = format!("services.{}.read_only", service.name);
        let said = service.value().get("read_only");
        if let Some(read_only) = said.filter(|_| service.is_true("read_only")) {
            cx.satisfied(read_only, subject);
            return;
        }
        let text = said.and_then(|said| said.as_text());
        let is_open = text.is_some_and(|text| text.is_unknown() || text.unset().next().is_some());
        if is_open || !service.is_whole_container() {
            return;
        }
        let (severity, reason) = match cx.environment() {
            _ if images::datastore_image(service).is_some() => (Severity::Info, ""),
            EnvironmentKind::Prod => (Severity::Medium, ", in production"),
            _ => (Severity::Low, ""),
        };
        let message = format!(
            "`{}` can write to its whole file system{reason}: whoever gets in can change its programs and leave some behind",
            service.name
        );
        let help = "set `read_only: true` and give it the directories it writes to as `tmpfs` or volumes: mostly `/tmp` and \
                    `/run`";
        let fix = match text {
            Some(text) => Fix::replace("make it read-only", Safety::Unsafe, text, "true"),
            None => cx.fix_by_setting(service, "read_only", "true", Safety::Unsafe),
        };
        let violation = match said {
            Some(said) => cx.violation(said, subject, message),
            None => cx.violation(service, subject, message),
        };
        cx.report(violation.severity(severity).help(help).fix(fix));
    }
}
