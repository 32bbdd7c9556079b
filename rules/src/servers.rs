//! What rules about PostgreSQL servers share: who reaches one and how bad that makes a finding, and which record gives the
//! appearance of TLS.

use stacklint_engine::check::Violation;
use stacklint_engine::finding::Severity;
use stacklint_engine::postgres::decision::{Class, Decisions, Witness, strength};
use stacklint_engine::postgres::hba::HbaRecord;
use stacklint_engine::postgres::server::{ReachedFrom, Server};
use stacklint_parsers::pg_hba::record::{ConnectionKind, Method};

/// How bad an open door of a server is, and who stands before it; nothing if nobody but the server itself does.
pub(crate) fn reach(server: &Server) -> Option<(Severity, &'static str)> {
    match server.reach.from {
        ReachedFrom::Itself => None,
        ReachedFrom::Networks => Some((Severity::Medium, "the containers of its networks reach the server")),
        ReachedFrom::Unknown => Some((Severity::High, "nothing says who reaches the server")),
        ReachedFrom::Outside => Some((Severity::High, "other machines reach the server")),
    }
}

/// Names what makes a server reachable, and what makes it read its records.
pub(crate) fn with_context(violation: Violation, server: &Server) -> Violation {
    let violation = with_reach(violation, server);
    match server.settings.get("hba_file").filter(|_| !server.records().is_empty()) {
        Some(setting) => violation.related("this makes the server read the file", &setting.value),
        None => violation,
    }
}

/// Names what makes a server reachable.
pub(crate) fn with_reach(violation: Violation, server: &Server) -> Violation {
    match server.reach.place {
        Some(place) => violation.related("this makes the server reachable", place),
        None => violation,
    }
}

/// The record before another one that wants TLS for connections which the other one takes in the clear with a method that
/// is no harder; and such a connection.
pub(crate) fn illusion<'a>(
    records: &'a [HbaRecord],
    decisions: &Decisions,
    index: usize,
) -> Option<(&'a HbaRecord, Witness)> {
    let own = records.get(index)?.record.method.value;
    records.iter().take(index).enumerate().find_map(|(earlier, tls)| {
        let wants_tls = tls.record.kind == ConnectionKind::HostSsl && tls.record.method.value != Method::Reject;
        let harder = strength(own) <= strength(tls.record.method.value);
        let witness = || decisions.also_plain(earlier, index);
        (wants_tls && harder).then(witness).flatten().map(|witness| (tls, witness))
    })
}

/// The records that take connections in the clear from other machines, each with such a connection.
pub(crate) fn in_the_clear<'a>(
    records: &'a [HbaRecord],
    decisions: &'a Decisions,
) -> impl Iterator<Item = (usize, &'a HbaRecord, Witness)> {
    let open = |(index, record): (usize, &'a HbaRecord)| {
        let witness = decisions.remote(index, Class::Plain)?;
        (record.record.method.value != Method::Reject).then_some((index, record, witness))
    };
    records.iter().enumerate().filter_map(open)
}

/// What somebody on the way reads of a session in the clear.
pub(crate) fn readable(method: Method) -> &'static str {
    match method {
        Method::Password | Method::Pam | Method::Ldap | Method::Radius | Method::Bsd => {
            "reads the password, the queries and the data"
        }
        _ => "reads and changes the queries and the data",
    }
}
