//! A device of the host handed to a container.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::Service;

use crate::data;

declare_rule! {
    pub HostDeviceAccess: Service {
        severity: High,
        since: "0.1.0",
        levels: [Medium: "it is hardware that others use as well, such as a graphics or sound card"],
        maps: ["cis-docker:5.18"],
    }
}

impl ServiceRule for HostDeviceAccess {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        // `privileged` gives them all, and is reported itself.
        if service.is_privileged() {
            return;
        }
        for device in service.items("devices") {
            let Some(source) = device.text_at("source") else { continue };
            let path = source.as_str().trim_end_matches('/');
            let Some((severity, holds)) = data::device(path) else { continue };
            let subject = format!("services.{}.devices[{path}]", service.name);
            let message = format!("`{}` gets `{path}`: {holds}", service.name);
            let help = match severity {
                Severity::High => {
                    "remove it; to share files mount a directory, and for one disk of its own name a volume"
                }
                _ => "remove it if the service works without, or name the one device it needs",
            };
            cx.report(cx.violation(source, subject, message).severity(severity).help(help));
        }
        for rule in service.items("device_cgroup_rules") {
            let Some(text) = rule.as_str() else { continue };
            if let Some(devices) = every_device(text) {
                let subject = format!("services.{}.device_cgroup_rules[{text}]", service.name);
                let message =
                    format!("`{}` may make and use {devices} of the host, its disks among them", service.name);
                let help = "name the numbers of the one device it needs, such as `c 188:* rw`";
                cx.report(cx.violation(rule, subject, message).help(help));
            }
        }
    }
}

/// Whether a rule of the device cgroup, `type major:minor access`, is about all block devices or all devices there are.
fn every_device(rule: &str) -> Option<&'static str> {
    let mut parts = rule.split_whitespace();
    let (kind, numbers) = (parts.next()?, parts.next()?);
    match kind {
        "a" => Some("every device"),
        "b" if numbers.starts_with("*:") => Some("every block device"),
        _ => None,
    }
}
