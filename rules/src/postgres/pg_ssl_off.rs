//! A server without TLS.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::{Fix, Safety, Severity};
use stacklint_engine::postgres::decision::{Class, Ssl};
use stacklint_engine::postgres::server::{ReachedFrom, Server};
use stacklint_engine::rule::ServerRule;
use stacklint_parsers::pg_hba::record::Method;

use crate::servers;

declare_rule! {
    pub PgSslOff: Server {
        severity: High,
        since: "0.1.0",
        fix: Unsafe,
        levels: [
            Medium: "it is switched off on purpose, and only the containers of its networks reach the server",
            Info: "nothing switches it on, and only the containers of its networks reach the server",
        ],
        covers: ["0.3", "1.9"],
        maps: ["cis-pg17:6.8"],
    }
}

impl ServerRule for PgSslOff {
    fn check(&self, server: &Server, cx: &mut Context<'_>) {
        let subject = server.subject("ssl");
        let said = server.settings.get("ssl");
        match (server.ssl(), said) {
            (Ssl::On, Some(setting)) => return cx.satisfied(&setting.value, subject),
            (Ssl::Off, _) => {}
            _ => return,
        }
        let Some((severity, who)) = servers::reach(server) else { return };
        // Where the records let in nobody without TLS, nothing goes in the clear: nobody comes in at all.
        if !takes_in_the_clear(server) {
            return;
        }
        let help = "set `ssl = on`, name a certificate and a key in `ssl_cert_file` and `ssl_key_file`, and write \
                    `hostssl` in pg_hba.conf";
        let confidence = server.confidence_of("ssl");
        let violation = match said {
            Some(setting) => {
                let message = format!("TLS is switched off: queries and data go in the clear, and {who}");
                // Without a certificate the server would not start.
                let is_named = |name| server.settings.get(name).is_some_and(|setting| !setting.value.is_empty());
                let has_certificate = is_named("ssl_cert_file") && is_named("ssl_key_file");
                let fix =
                    Fix::replace("switch TLS on", Safety::Unsafe, &setting.value, "on").filter(|_| has_certificate);
                let mut violation =
                    cx.violation(&setting.value, subject, message).severity(severity).help(help).fix(fix);
                for loser in setting.overridden.iter().filter(|value| value.as_str() != setting.value.as_str()) {
                    violation = violation.related("this value is overridden", loser);
                }
                violation
            }
            // Of files by themselves nobody knows what switches it on elsewhere.
            None if server.reach.from == ReachedFrom::Unknown => return,
            None => {
                let message = format!(
                    "nothing switches TLS on, and it is off by default: queries and data go in the clear, and {who}"
                );
                let severity = if server.reach.is_outside() { severity } else { Severity::Info };
                let Some(service) = server.service_in(cx.stack()) else { return };
                let violation = match service.value().get("image") {
                    Some(image) => cx.violation(image, subject, message),
                    None => cx.violation(&service, subject, message),
                };
                violation.severity(severity).help(format!("{help}; `-c ssl=on` in `command` does it as well"))
            }
        };
        cx.report(servers::with_reach(violation.confidence(confidence), server));
    }
}

/// Whether some record takes connections of other machines without TLS, as far as the records are known.
fn takes_in_the_clear(server: &Server) -> bool {
    use stacklint_engine::postgres::server::LiveHba;
    let Some(decisions) = server.decisions() else { return true };
    let methods: Vec<Method> = match &server.hba {
        LiveHba::FirstStart(first) => first.records.iter().map(|record| record.method.value).collect(),
        _ => server.records().iter().map(|record| record.record.method.value).collect(),
    };
    // Records that the server refuses may be meant to let somebody in.
    let refused = matches!(&server.hba, LiveHba::Read { hba, .. } if !hba.problems.is_empty());
    let open = |(index, method): (usize, &Method)| {
        *method != Method::Reject && decisions.remote(index, Class::Plain).is_some()
    };
    refused || methods.iter().enumerate().any(open)
}
