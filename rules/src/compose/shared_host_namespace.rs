//! A container in a namespace of its host.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Safety;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::Service;

declare_rule! {
    pub SharedHostNamespace: Service {
        severity: High,
        since: "0.1.0",
        fix: Unsafe,
        maps: ["cis-docker:5.16", "cis-docker:5.17", "cis-docker:5.21", "cis-docker:5.25", "cis-docker:5.31"],
    }
}

/// The attributes, and what a container in the host's namespace can do. Source: namespaces(7).
const NAMESPACES: [(&str, &str); 5] = [
    ("pid", "sees every process of the host, reads their arguments and can end them"),
    ("ipc", "reads and writes the shared memory of the host's programs"),
    ("uts", "can change the name of the host"),
    ("userns_mode", "has the host's users: root in it is root outside"),
    ("cgroup", "sees and can change the control groups of the host"),
];

impl ServiceRule for SharedHostNamespace {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let is_host = |key: &str| service.value().text_at(key).is_some_and(|mode| mode.as_str() == "host");
        for (key, can) in NAMESPACES {
            let Some(mode) = service.value().get(key) else { continue };
            let subject = format!("services.{}.{key}", service.name);
            if mode.as_str() != Some("host") {
                cx.satisfied(mode, subject);
                continue;
            }
            let message = format!("`{}` shares a namespace with the host (`{key}`): it {can}", service.name);
            let help = format!("remove `{key}`; two containers share theirs by `{key}: service:NAME`");
            let help = if matches!(key, "pid" | "ipc") { help } else { format!("remove `{key}`") };
            let found: Vec<&str> = NAMESPACES.iter().map(|(key, _)| *key).filter(|key| is_host(key)).collect();
            let fix = cx.fix_by_removing(&format!("remove `{key}`"), Safety::Unsafe, service.value(), key, &found);
            cx.report(cx.violation(mode, subject, message).help(help).fix(fix));
        }
    }
}
