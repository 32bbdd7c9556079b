//! A line of pg_hba.conf that the server refuses.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Confidence;
use stacklint_engine::postgres::hba::HbaProblemKind;
use stacklint_engine::postgres::server::{ASSUMED_MAJOR, LiveHba, Server};
use stacklint_engine::rule::ServerRule;
use stacklint_parsers::pg_hba::RecordErrorKind;

declare_rule! {
    pub HbaInvalidRecord: Server {
        severity: High,
        since: "0.1.0",
    }
}

impl ServerRule for HbaInvalidRecord {
    fn check(&self, server: &Server, cx: &mut Context<'_>) {
        let LiveHba::Read { hba, mount, .. } = &server.hba else { return };
        for problem in hba.problems.iter().filter(|problem| problem.is_refused()) {
            let Some(place) = problem.place.or(problem.line) else { continue };
            let by_version = problem.kind == HbaProblemKind::Record(RecordErrorKind::Unsupported);
            let major = server.major();
            let read_as = match major {
                Some(major) => format!(" (PostgreSQL {})", major.number),
                None if by_version => format!(" (read as PostgreSQL {ASSUMED_MAJOR}, since nothing says which it is)"),
                None => String::new(),
            };
            let message = format!(
                "{}{read_as}; the server does not start with such a line, and a running one keeps its old records",
                problem.message
            );
            let sure = server.hba_confidence();
            let certain = major.is_some_and(|major| major.certain) || !by_version;
            let file = problem.file.rsplit('/').next().unwrap_or_default();
            let mut violation = cx.violation(place, server.subject(file), message).confidence(if certain {
                sure
            } else {
                sure.min(Confidence::Medium)
            });
            if !problem.help.is_empty() {
                violation = violation.help(problem.help.clone());
            }
            if let Some(mount) = mount {
                violation = violation.related("the file is mounted here", *mount);
            }
            cx.report(violation);
        }
    }
}
