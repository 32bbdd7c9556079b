//! A container that may write nowhere, with a program that has to.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::Service;
use stacklint_engine::stack::container::Found;

use crate::images;

declare_rule! {
    pub ReadOnlyWithoutTmpfs: Service {
        severity: Low,
        confidence: Medium,
        since: "0.1.0",
        fix: Unsafe,
        levels: [Info: "nobody has looked at what its image writes to"],
        covers: ["2.5"],
        maps: ["cis-docker:5.13"],
    }
}

impl ServiceRule for ReadOnlyWithoutTmpfs {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let (Some(files), Some(read_only)) = (cx.container_files(service), service.value().get("read_only")) else {
            return;
        };
        let is_lent = service.value().get("volumes_from").is_some();
        if !service.is_true("read_only") || is_lent || !service.is_whole_container() {
            return;
        }
        let subject = format!("services.{}.tmpfs", service.name);
        // `/var/run` is a link to `/run` in nearly every image.
        let other = |path: &str| path.strip_prefix("/run").map(|below| format!("/var/run{below}"));
        let is_written = |path: &str| !matches!(files.find(path), Found::Image);
        let is_covered = |path: &str| is_written(path) || other(path).is_some_and(|path| is_written(&path));
        let (missing, why, severity) = match service.image_name().and_then(images::write_paths) {
            Some(paths) => {
                let missing: Vec<&str> = paths.into_iter().filter(|path| !is_covered(path)).collect();
                (missing, "its program writes there", Severity::Low)
            }
            None if is_covered("/tmp") || is_covered("/run") => (Vec::new(), "", Severity::Info),
            None => (vec!["/tmp"], "many programs write there", Severity::Info),
        };
        let Some(first) = missing.first() else {
            cx.satisfied(read_only, subject);
            return;
        };
        let shown: Vec<String> = missing.iter().map(|path| format!("`{path}`")).collect();
        let message = format!(
            "`{}` is read-only and has nothing writable at {}: {why}, and may fail to start or later",
            service.name,
            shown.join(" and ")
        );
        let help = format!("add `tmpfs: [{}]`, or a volume if what is there must last", missing.join(", "));
        let fix = cx.fix_by_adding(service, "tmpfs", first).filter(|_| missing.len() == 1);
        cx.report(cx.violation(read_only, subject, message).severity(severity).help(help).fix(fix));
    }
}
