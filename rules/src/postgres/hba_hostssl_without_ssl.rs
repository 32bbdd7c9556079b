//! Records that only connections under TLS match, in a server without TLS.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::postgres::decision::Ssl;
use stacklint_engine::postgres::hba::HbaRecord;
use stacklint_engine::postgres::server::{Server, record_subject};
use stacklint_engine::rule::ServerRule;
use stacklint_parsers::pg_hba::record::ConnectionKind;

declare_rule! {
    pub HbaHostsslWithoutSsl: Server {
        severity: High,
        since: "0.1.0",
        covers: ["0.4"],
        maps: ["cis-pg17:6.8"],
    }
}

impl ServerRule for HbaHostsslWithoutSsl {
    fn check(&self, server: &Server, cx: &mut Context<'_>) {
        let tls = |record: &&HbaRecord| record.record.kind == ConnectionKind::HostSsl;
        let mut records = server.records().iter().filter(tls);
        let Some(first) = records.next() else { return };
        let Some(word) = first.kind() else { return };
        let subject = server.subject(&record_subject(first));
        match server.ssl() {
            Ssl::On => return cx.satisfied(&word.text, subject),
            Ssl::Unknown => return,
            Ssl::Off => {}
        }
        let more = records.clone().count();
        let others = match more {
            0 => String::new(),
            1 => ", nor does one more such record".to_owned(),
            more => format!(", nor do {more} more such records"),
        };
        let message = format!(
            "this record never matches{others}: the server has TLS switched off, and the records below decide instead"
        );
        let said = server.settings.get("ssl");
        let help = match said {
            Some(_) => "set `ssl = on`, and name a certificate and a key in `ssl_cert_file` and `ssl_key_file`",
            None => {
                "nothing switches TLS on, and it is off by default: set `ssl = on` in the postgresql.conf that the server \
                 reads or with `-c ssl=on`, and name a certificate and a key"
            }
        };
        let confidence = server.hba_confidence().min(server.confidence_of("ssl"));
        let mut violation = cx.violation(&word.text, subject, message).confidence(confidence).help(help);
        if let Some(setting) = said {
            violation = violation.related("TLS is switched off here", &setting.value);
        }
        for other in records.take(SHOWN).filter_map(HbaRecord::kind) {
            violation = violation.related("nor does this one match", &other.text);
        }
        cx.report(violation);
    }
}

/// So many more records are named.
const SHOWN: usize = 10;
