//! A service that others wait for without knowing when it is ready.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::map::HashSet;
use stacklint_engine::rule::StackRule;
use stacklint_engine::stack::Stack;

use crate::images;

declare_rule! {
    pub MissingHealthcheck: Stack {
        severity: Info,
        confidence: Low,
        since: "0.1.0",
        maps: ["cis-docker:5.27"],
        absence: "others depend on it and nothing checks its health, so they start before it is ready",
    }
}

impl StackRule for MissingHealthcheck {
    fn check(&self, stack: &Stack, cx: &mut Context<'_>) {
        let awaited: HashSet<&str> =
            stack.dependencies("service_started").chain(stack.dependencies("service_healthy")).collect();
        let jobs: HashSet<&str> = stack.dependencies("service_completed_successfully").collect();
        for service in stack.services().filter(|service| awaited.contains(service.name)) {
            let subject = format!("services.{}.healthcheck", service.name);
            if let Some(check) = service.value().get("healthcheck") {
                cx.satisfied(check, subject);
                continue;
            }
            let known = service.image_name().is_some_and(images::has_healthcheck);
            if known || jobs.contains(service.name) || !service.is_whole_container() {
                continue;
            }
            cx.at_service(&service);
            let message = format!(
                "others depend on `{}` and nothing checks its health, unless its image does: they start before it is \
                 ready, and nobody sees when it hangs",
                service.name
            );
            let help = "add a `healthcheck` with a `test` that asks the service itself, and let the others wait for \
                        `condition: service_healthy`";
            cx.report(cx.violation(&service, subject, message).help(help));
        }
    }
}
