//! A container, a hook or a build that may do everything the host's root may.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::{Fix, Safety};
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::Service;
use stacklint_engine::stack::value::Value;

declare_rule! {
    pub PrivilegedContainer: Service {
        severity: High,
        since: "0.1.0",
        fix: Unsafe,
        maps: ["cis-docker:5.5", "owasp-docker:3"],
    }
}

const HOOKS: [&str; 3] = ["post_start", "pre_stop", "pre_start"];

impl ServiceRule for PrivilegedContainer {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let name = service.name;
        flag(service.value(), || format!("services.{name}.privileged"), || format!("`{name}` runs"), cx);
        for hook in HOOKS {
            for (index, entry) in service.items(hook).iter().enumerate() {
                let subject = || format!("services.{name}.{hook}[{index}].privileged");
                flag(entry, subject, || format!("the `{hook}` hook of `{name}` runs"), cx);
            }
        }
        let Some(build) = service.value().get("build") else { return };
        let subject = || format!("services.{name}.build.privileged");
        flag(build, subject, || format!("the build of `{name}` runs"), cx);
        for entitlement in build.get("entitlements").map(Value::items).unwrap_or_default() {
            if entitlement.as_str() == Some("security.insecure") {
                let subject = format!("services.{name}.build.entitlements[security.insecure]");
                let message = format!(
                    "the build of `{name}` may run steps with every right of the host's root: whoever changes its \
                     Dockerfile has the host"
                );
                let help = "remove the entitlement, and `--security=insecure` from the Dockerfile";
                let fix = cx.fix_by_removing_item("remove the entitlement", Safety::Unsafe, entitlement, &[]);
                cx.report(cx.violation(entitlement, subject, message).help(help).fix(fix));
            }
        }
    }
}

/// Judges `privileged` of a service, a hook or a build.
fn flag(holder: &Value, subject: impl Fn() -> String, who: impl Fn() -> String, cx: &mut Context<'_>) {
    let Some(privileged) = holder.get("privileged") else { return };
    if privileged.as_str() != Some("true") {
        cx.satisfied(privileged, subject());
        return;
    }
    let who = who();
    let message = format!("{who} with every right of the host's root: whoever takes it over has the host");
    let title = "run it without privileges";
    let fix = privileged.as_text().and_then(|text| Fix::replace(title, Safety::Unsafe, text, "false"));
    let help = "remove `privileged`, and grant what it needs by `cap_add` or `devices`";
    cx.report(cx.violation(privileged, subject(), message).help(help).fix(fix));
}
