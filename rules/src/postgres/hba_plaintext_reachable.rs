//! A record of pg_hba.conf that takes connections without TLS.

use stacklint_engine::anchor::Anchor;
use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::{Fix, Safety};
use stacklint_engine::postgres::decision::{Class, Ssl};
use stacklint_engine::postgres::server::{FirstHba, LiveHba, Server, record_subject};
use stacklint_engine::rule::ServerRule;
use stacklint_parsers::pg_hba::record::{ConnectionKind, Method};

use crate::servers;

declare_rule! {
    pub HbaPlaintextReachable: Server {
        severity: High,
        since: "0.1.0",
        fix: Unsafe,
        levels: [Medium: "only the containers of its networks reach the server"],
        covers: ["0.4"],
        maps: ["cis-pg17:5.8"],
    }
}

impl ServerRule for HbaPlaintextReachable {
    fn check(&self, server: &Server, cx: &mut Context<'_>) {
        if let LiveHba::FirstStart(first) = &server.hba {
            Self::check_first_start(first, server, cx);
        }
        let (Some((severity, who)), Some(decisions)) = (servers::reach(server), server.decisions()) else { return };
        let records = server.records();
        let mut open = false;
        for (_, record, witness) in servers::in_the_clear(records, decisions) {
            open = true;
            let Some(word) = record.kind() else { continue };
            let method = record.record.method.value;
            let message = format!(
                "`{}` takes connections without TLS ({witness}): whoever is on the way {}; {who}",
                word.text.as_str(),
                servers::readable(method)
            );
            let tls = server.ssl() == Ssl::On;
            let help = if tls {
                "write `hostssl`, and clients with `sslmode=prefer` go on to connect under TLS"
            } else if server.ssl() == Ssl::Off {
                "switch TLS on (`ssl = on`, with a certificate and a key), then write `hostssl`"
            } else {
                "write `hostssl`, and see that the server has `ssl = on` with a certificate and a key"
            };
            let title = "take connections under TLS only";
            let fix = || Fix::replace(title, Safety::Unsafe, &word.text, "hostssl");
            let violation = cx
                .violation(&word.text, server.subject(&record_subject(record)), message)
                .severity(severity)
                .confidence(server.hba_confidence())
                .help(help)
                .fix(if tls { fix() } else { None });
            cx.report(servers::with_context(violation, server));
        }
        if let Some(first) = records.iter().find(|record| record.record.kind == ConnectionKind::HostSsl)
            && !open
            && let Some(word) = first.kind()
        {
            cx.satisfied(&word.text, server.subject("hba"));
        }
    }
}

impl HbaPlaintextReachable {
    /// The record that the image writes for all others. Without TLS `pg-ssl-off` says it all.
    fn check_first_start(first: &FirstHba, server: &Server, cx: &mut Context<'_>) {
        let (Some((severity, who)), Some(decisions)) = (servers::reach(server), server.decisions()) else { return };
        let Some(last) = first.records.len().checked_sub(1) else { return };
        let Some(witness) = decisions.remote(last, Class::Plain) else { return };
        let method = first.method.as_str();
        if server.ssl() != Ssl::On || matches!(Method::named(method), Some(Method::Trust | Method::Reject) | None) {
            return;
        }
        let message = format!(
            "TLS is on, but the image's own record `host all all all {method}` takes connections without it too \
             ({witness}); {who}"
        );
        let help = "mount a pg_hba.conf with `hostssl` for other machines, and name it with `-c hba_file=`";
        let service = server.service_in(cx.stack());
        let image = service.and_then(|service| service.value().get("image"));
        let anchor: Anchor = match (&first.method, image) {
            (method, _) if method.source().is_some() => method.into(),
            (_, Some(image)) => image.into(),
            _ => return,
        };
        let violation = cx
            .violation(anchor, server.subject("hba"), message)
            .severity(severity)
            .confidence(server.hba_confidence())
            .help(help);
        cx.report(servers::with_reach(violation, server));
    }
}
