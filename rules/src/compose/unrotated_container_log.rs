//! A container whose log grows until the disk is full.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Safety;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::Service;

declare_rule! {
    pub UnrotatedContainerLog: Service {
        severity: Low,
        confidence: Medium,
        since: "0.1.0",
        fix: Safe,
        covers: ["2.23"],
        absence: "nothing limits the log of the container, so it grows until the disk of the host is full",
    }
}

/// What to write: the driver that Docker uses anyway, with files that are taken turns with.
const ROTATED: &str = "{driver: json-file, options: {max-size: 10m, max-file: \"3\"}}";

impl ServiceRule for UnrotatedContainerLog {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let subject = format!("services.{}.logging", service.name);
        let logging = service.value().get("logging");
        let driver = logging.and_then(|logging| logging.text_at("driver")).map_or("", |driver| driver.as_str());
        let size = logging.and_then(|logging| logging.get("options")).and_then(|options| options.get("max-size"));
        if let Some(size) = size.filter(|size| !matches!(size.as_str(), None | Some("" | "-1"))) {
            cx.satisfied(size, subject);
            return;
        }
        // Any other driver keeps no file, or turns over by itself.
        let is_file = matches!(driver, "" | "json-file");
        let open = logging
            .and_then(|logging| logging.text_at("driver"))
            .is_some_and(|driver| driver.is_unknown() || driver.unset().next().is_some());
        if !is_file || open || !service.is_whole_container() || logging.is_some_and(|logging| logging.repaired) {
            return;
        }
        let default = if driver.is_empty() { ", unless the daemon has another default" } else { "" };
        let message = format!(
            "nothing limits the log of `{}`: Docker keeps every line it ever wrote, until the disk of the host is \
             full{default}",
            service.name
        );
        let help = "add `logging: {driver: local}`, which turns over by itself, or the options `max-size` and `max-file` to \
                    `json-file`";
        let fix = cx.fix_by_setting(service, "logging", ROTATED, Safety::Safe);
        cx.report(cx.violation(service, subject, message).help(help).fix(fix));
    }
}
