//! A container whose output goes nowhere.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Safety;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::Service;

declare_rule! {
    pub DisabledLogging: Service {
        severity: Info,
        since: "0.1.0",
        fix: Safe,
    }
}

impl ServiceRule for DisabledLogging {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let Some(logging) = service.value().get("logging") else { return };
        let Some(driver) = logging.get("driver") else { return };
        let subject = format!("services.{}.logging.driver", service.name);
        if driver.as_str() != Some("none") {
            cx.satisfied(driver, subject);
            return;
        }
        let message = format!(
            "the output of `{}` is thrown away: after a crash or a break-in nothing tells what happened",
            service.name
        );
        let help = "remove it, or use `driver: local`, which keeps little and turns over by itself";
        let fix = cx.fix_by_removing("keep the log", Safety::Safe, logging, "driver", &[]);
        cx.report(cx.violation(driver, subject, message).help(help).fix(fix));
    }
}
