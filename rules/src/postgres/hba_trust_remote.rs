//! Everybody is let in without a password.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::{Confidence, Fix, Safety};
use stacklint_engine::postgres::arguments::Start;
use stacklint_engine::postgres::decision::Class;
use stacklint_engine::postgres::server::{LiveHba, ReachedFrom, Server, record_subject};
use stacklint_engine::rule::ServerRule;
use stacklint_engine::text::Text;
use stacklint_parsers::pg_hba::record::Method;

declare_rule! {
    pub HbaTrustRemote: Server {
        severity: Critical,
        since: "0.1.0",
        fix: Unsafe,
        covers: ["0.4"],
        maps: ["cis-pg17:5.4"],
    }
}

const VARIABLE: &str = "POSTGRES_HOST_AUTH_METHOD";

impl ServerRule for HbaTrustRemote {
    fn check(&self, server: &Server, cx: &mut Context<'_>) {
        if server.reach.from == ReachedFrom::Itself {
            return;
        }
        match &server.hba {
            LiveHba::Read { .. } => Self::check_records(server, cx),
            LiveHba::FirstStart(first) => Self::check_variable(&first.method, server, cx),
            // A script may bring records of its own; what it starts from is what the image writes.
            LiveHba::Unknown if server.settings.get("hba_file").is_none() => {
                let written = server.service_in(cx.stack()).and_then(|service| service.variable(VARIABLE));
                if let Some(method) = written {
                    Self::check_variable(method, server, cx);
                }
            }
            LiveHba::Unknown => {}
        }
    }
}

impl HbaTrustRemote {
    fn check_records(server: &Server, cx: &mut Context<'_>) {
        let Some(decisions) = server.decisions() else { return };
        for (index, record) in server.records().iter().enumerate() {
            if record.record.method.value != Method::Trust {
                continue;
            }
            let classes = [Class::Plain, Class::Ssl, Class::Gss];
            let Some(witness) = classes.into_iter().find_map(|class| decisions.remote(index, class)) else { continue };
            let Some(word) = record.method() else { continue };
            let message = format!("`trust` lets everybody in without a password ({witness})");
            let help = "write `scram-sha-256`; remove the record if nobody has to come from there";
            let fix = Fix::replace("ask for a password", Safety::Unsafe, &word.text, "scram-sha-256");
            let violation = cx
                .violation(&word.text, server.subject(&record_subject(record)), message)
                .confidence(server.hba_confidence())
                .help(help)
                .fix(fix);
            cx.report(crate::servers::with_context(violation, server));
        }
    }

    fn check_variable(method: &Text, server: &Server, cx: &mut Context<'_>) {
        let subject = server.subject(&format!("environment.{VARIABLE}"));
        if method.as_str() != "trust" || method.source().is_none() {
            if method.source().is_some() && method.as_str() == "scram-sha-256" {
                cx.satisfied(method, subject);
            }
            return;
        }
        let who = match server.reach.from {
            ReachedFrom::Outside => "whoever reaches its published port",
            _ => "every container of its networks",
        };
        let message = format!("{who} gets in as any user, superusers too, without a password");
        let help = format!(
            "remove `{VARIABLE}` and set `POSTGRES_PASSWORD_FILE`; where the volume exists already, change the record \
             `host all all all trust` in its pg_hba.conf too"
        );
        let sure = matches!(server.command.start, Start::Image | Start::Direct);
        // Without a password the image would refuse to start.
        let has_password = server.service_in(cx.stack()).is_some_and(|service| {
            let given =
                |name| service.variable(name).is_some_and(|text| !text.is_empty() || text.unset().next().is_some());
            given("POSTGRES_PASSWORD") || given("POSTGRES_PASSWORD_FILE")
        });
        let fix =
            Fix::replace("ask for the password", Safety::Unsafe, method, "scram-sha-256").filter(|_| has_password);
        let violation = cx
            .violation(method, subject, message)
            .confidence(if sure { Confidence::High } else { Confidence::Medium })
            .help(help)
            .fix(fix);
        cx.report(crate::servers::with_reach(violation, server));
    }
}
