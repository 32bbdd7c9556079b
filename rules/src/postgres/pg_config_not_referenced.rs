//! A postgresql.conf that is mounted, and that the server does not read.

use stacklint_engine::anchor::Anchor;
use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::postgres::server::{LiveConfig, Server, UnusedKind};
use stacklint_engine::rule::ServerRule;

declare_rule! {
    pub PgConfigNotReferenced: Server {
        severity: Medium,
        since: "0.1.0",
        fix: Unsafe,
    }
}

impl ServerRule for PgConfigNotReferenced {
    fn check(&self, server: &Server, cx: &mut Context<'_>) {
        for unused in server.unused.iter().filter(|unused| unused.kind == UnusedKind::Conf) {
            let (Some(servers), Some(first)) = (&unused.instead, unused.entry) else { continue };
            let message = format!(
                "no service mounts this file: its settings decide nothing, unless somebody copies them to where the server of {servers} reads them"
            );
            let help = "mount the file and name it with `-c config_file=`, or remove it";
            cx.report(cx.violation(first, unused.path.clone(), message).confidence(unused.confidence).help(help));
        }
        let live = match &server.config {
            LiveConfig::FirstStart => {
                "it runs with what the image's first start wrote into its data directory".to_owned()
            }
            LiveConfig::Read { path, .. } => format!("it reads `{path}`"),
            LiveConfig::Unknown => return,
        };
        let service = server.service_in(cx.stack());
        for unused in server.unused.iter().filter(|unused| unused.kind == UnusedKind::Conf) {
            let path = &unused.path;
            let message = format!("`{path}` is mounted, but the server does not read it: {live}");
            let argument = format!("config_file={path}");
            let anchor: Anchor = match (&unused.target, unused.entry) {
                (Some(target), _) if target.source().is_some() => target.into(),
                (_, Some(entry)) => entry.into(),
                _ => continue,
            };
            let help = format!(
                "start the server with `-c {argument}`, and set `listen_addresses = '*'` in the file: the image's own file \
                 has that, yours then replaces it"
            );
            let first = matches!(server.config, LiveConfig::FirstStart);
            let fix = service.filter(|_| first).and_then(|service| cx.fix_by_argument(&service, &argument));
            let violation =
                cx.violation(anchor, server.subject(path), message).confidence(unused.confidence).help(help).fix(fix);
            cx.report(violation);
        }
    }
}
