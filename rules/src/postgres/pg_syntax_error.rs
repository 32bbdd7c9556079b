//! A line of postgresql.conf that the server cannot read.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::postgres::server::{LiveConfig, Server};
use stacklint_engine::rule::ServerRule;

declare_rule! {
    pub PgSyntaxError: Server {
        severity: High,
        since: "0.1.0",
    }
}

impl ServerRule for PgSyntaxError {
    fn check(&self, server: &Server, cx: &mut Context<'_>) {
        let LiveConfig::Read { conf, mount, .. } = &server.config else { return };
        for problem in conf.problems.iter().filter(|problem| problem.is_refused()) {
            let Some(place) = problem.place else { continue };
            let message = format!("{}; the server does not start with it", problem.message);
            let file = problem.file.rsplit('/').next().unwrap_or_default();
            let mut violation = cx.violation(place, server.subject(file), message);
            if !problem.help.is_empty() {
                violation = violation.help(problem.help.clone());
            }
            if server.service.is_none() || !server.command.is_certain() {
                violation = violation.confidence(stacklint_engine::finding::Confidence::Medium);
            }
            if let Some(mount) = mount {
                violation = violation.related("the file is mounted here", *mount);
            }
            cx.report(violation);
        }
    }
}
