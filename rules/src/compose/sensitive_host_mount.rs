//! A directory of the host that gives a container the host.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::Service;
use stacklint_engine::stack::container::{ContainerFiles, Mount};

use crate::data;
use crate::images;

declare_rule! {
    pub SensitiveHostMount: Service {
        severity: High,
        since: "0.1.0",
        levels: [Medium: "it is mounted read-only, and no socket of the host's root is reached through it"],
        maps: ["cis-docker:5.6", "owasp-docker:8"],
    }
}

impl ServiceRule for SensitiveHostMount {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        for mount in cx.container_files(service).into_iter().flat_map(ContainerFiles::mounts) {
            let Some(host) = mount.host_path() else { continue };
            let Some(known) = data::host_path(&host.path, host.is_written) else { continue };
            let subject = format!("services.{}.volumes[{}]", service.name, mount.target);
            let (severity, can, more, help) = if !mount.is_read_only() {
                let help = "mount the one file or directory it needs, with `:ro` if it only reads";
                (Severity::High, "can change", "", help)
            } else if known.has_sockets
                && !images::is_unprivileged(service)
                && (host.path != "/" || is_recursive(mount))
            {
                let help = "mount only the files it needs, or let it run as another user than root (`user`)";
                (Severity::High, "can read", SOCKETS, help)
            } else if known.to_read {
                (Severity::Medium, "can read", "", "mount only the files it needs")
            } else {
                cx.satisfied(mount.entry, subject);
                continue;
            };
            let path = host.path.replace("${HOME}", "~");
            let message = format!("`{}` {can} `{path}`: {}{more}", service.name, known.holds);
            cx.report(cx.violation(&host, subject, message).severity(severity).help(help));
        }
    }
}

const SOCKETS: &str =
    "; it can talk to Docker by its socket there, which read-only does not close, and so become the host's root";

/// Whether file systems that are mounted below a directory come along, such as that of `/run`: they do by default, and not
/// with the options of a volume (`o: bind`).
fn is_recursive(mount: &Mount<'_>) -> bool {
    let recursive = mount.entry.get("bind").and_then(|bind| bind.text_at("recursive"));
    let is_bind = mount.entry.text_at("type").is_some_and(|kind| kind.as_str() == "bind");
    is_bind && recursive.is_none_or(|recursive| recursive.as_str() != "disabled")
}
