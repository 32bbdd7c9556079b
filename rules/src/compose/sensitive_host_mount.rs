//! A directory of the host that gives a container the host.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::Service;
use stacklint_engine::stack::container::ContainerFiles;

use crate::data;

declare_rule! {
    pub SensitiveHostMount: Service {
        severity: High,
        since: "0.1.0",
        levels: [Medium: "it is mounted read-only"],
        maps: ["cis-docker:5.6", "owasp-docker:8"],
    }
}

impl ServiceRule for SensitiveHostMount {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let Some(stack) = cx.stack() else { return };
        for mount in ContainerFiles::of(service, stack).mounts() {
            let Some(host) = mount.host_path() else { continue };
            let Some(known) = data::host_path(&host.path, host.is_written) else { continue };
            let subject = format!("services.{}.volumes[{}]", service.name, mount.target);
            let (severity, can, help) = if !mount.is_read_only() {
                let help = "mount the one file or directory it needs, with `:ro` if it only reads";
                (Severity::High, "can change", help)
            } else if known.to_read {
                (Severity::Medium, "can read", "mount only the files it needs")
            } else {
                cx.satisfied(mount.entry, subject);
                continue;
            };
            let path = host.path.replace("${HOME}", "~");
            let message = format!("`{}` {can} `{path}`: {}", service.name, known.holds);
            cx.report(cx.violation(&host, subject, message).severity(severity).help(help));
        }
    }
}
