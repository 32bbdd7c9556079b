//! A record that takes in the clear what a `hostssl` record before it wants under TLS.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::{Fix, Safety};
use stacklint_engine::postgres::decision::Ssl;
use stacklint_engine::postgres::server::{Server, record_subject};
use stacklint_engine::rule::ServerRule;

use crate::servers;

declare_rule! {
    pub HbaPlaintextAfterHostssl: Server {
        severity: High,
        since: "0.1.0",
        fix: Unsafe,
        levels: [Medium: "only the containers of its networks reach the server"],
        covers: ["0.4"],
        maps: ["cis-pg17:5.8"],
    }
}

impl ServerRule for HbaPlaintextAfterHostssl {
    fn check(&self, server: &Server, cx: &mut Context<'_>) {
        let (Some((severity, who)), Some(decisions)) = (servers::reach(server), server.decisions()) else { return };
        let records = server.records();
        for (index, record, _) in servers::in_the_clear(records, decisions) {
            let Some((tls, witness)) = servers::illusion(records, decisions, index) else { continue };
            let (Some(word), Some(earlier)) = (record.kind(), tls.kind()) else { continue };
            let message = format!(
                "`{}` takes without TLS what line {} wants under TLS ({witness}): clients with `sslmode=prefer` fall back \
                 to it by themselves; {who}",
                word.text.as_str(),
                tls.number
            );
            let title = "take connections under TLS only";
            let fix = || Fix::replace(title, Safety::Unsafe, &word.text, "hostssl");
            let violation = cx
                .violation(&word.text, server.subject(&record_subject(record)), message)
                .severity(severity)
                .confidence(server.hba_confidence())
                .help("write `hostssl` here too, or remove the record")
                .related("this record wants TLS for them", &earlier.text)
                .fix(if server.ssl() == Ssl::On { fix() } else { None });
            cx.report(servers::with_context(violation, server));
        }
    }
}
