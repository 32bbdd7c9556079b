//! A pg_hba.conf that is mounted, and that the server does not read.

use stacklint_engine::anchor::Anchor;
use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::postgres::server::{LiveHba, Server, UnusedKind};
use stacklint_engine::rule::ServerRule;

declare_rule! {
    pub HbaFileNotReferenced: Server {
        severity: High,
        since: "0.1.0",
        fix: Unsafe,
        levels: [Medium: "no service mounts it at all: it may be put in place by hand"],
    }
}

impl ServerRule for HbaFileNotReferenced {
    fn check(&self, server: &Server, cx: &mut Context<'_>) {
        for unused in server.unused.iter().filter(|unused| unused.kind == UnusedKind::Hba) {
            let (Some(servers), Some(first)) = (&unused.instead, unused.entry) else { continue };
            let message = format!(
                "no service mounts this file: its records decide nothing, unless somebody copies them to where the server of {servers} reads them"
            );
            let help = "mount the file and name it with `-c hba_file=`, or remove it";
            let violation = cx.violation(first, unused.path.clone(), message).severity(Severity::Medium);
            cx.report(violation.confidence(unused.confidence).help(help));
        }
        let live = match &server.hba {
            LiveHba::FirstStart(first) => {
                format!("the image's own records do, with `host all all all {}` at the end", first.method.as_str())
            }
            LiveHba::Read { path, .. } => format!("those in `{path}` do"),
            LiveHba::Unknown => return,
        };
        let service = server.service_in(cx.stack());
        for unused in server.unused.iter().filter(|unused| unused.kind == UnusedKind::Hba) {
            let path = &unused.path;
            let message =
                format!("`{path}` is mounted, but the server does not read it: its records decide nothing, {live}");
            let argument = format!("hba_file={path}");
            let anchor: Anchor = match (&unused.target, unused.entry) {
                (Some(target), _) if target.source().is_some() => target.into(),
                (_, Some(entry)) => entry.into(),
                _ => continue,
            };
            let help =
                format!("start the server with `-c {argument}`, or set `hba_file` in the postgresql.conf it reads");
            let named = matches!(server.hba, LiveHba::Read { .. });
            let fix = service.filter(|_| !named).and_then(|service| cx.fix_by_argument(&service, &argument));
            let violation =
                cx.violation(anchor, server.subject(path), message).confidence(unused.confidence).help(help).fix(fix);
            cx.report(violation);
        }
    }
}
