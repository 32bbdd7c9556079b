//! A service that stays down once it is down.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::map::HashSet;
use stacklint_engine::rule::StackRule;
use stacklint_engine::stack::Stack;

declare_rule! {
    pub MissingRestartPolicy: Stack {
        severity: Info,
        confidence: Medium,
        since: "0.1.0",
        maps: ["cis-docker:5.15"],
        absence: "nothing starts the service again after a crash or a restart of the host",
    }
}

impl StackRule for MissingRestartPolicy {
    fn check(&self, stack: &Stack, cx: &mut Context<'_>) {
        let jobs: HashSet<&str> = stack.dependencies("service_completed_successfully").collect();
        for service in stack.services() {
            let subject = format!("services.{}.restart", service.name);
            let policy = service.value().get("deploy").and_then(|deploy| deploy.get("restart_policy"));
            if let Some(policy) = service.value().get("restart").or(policy) {
                cx.satisfied(policy, subject);
                continue;
            }
            // What others wait for to end, and what somebody starts by hand, is meant to end.
            if jobs.contains(service.name) || !service.active || !service.is_whole_container() {
                continue;
            }
            let message = format!(
                "nothing starts `{}` again after a crash or a restart of the host: Docker leaves it down",
                service.name
            );
            let help = "set `restart: unless-stopped`, or `restart: \"no\"` for a job that is meant to end";
            cx.report(cx.violation(&service, subject, message).help(help));
        }
    }
}
