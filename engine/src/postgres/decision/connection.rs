//! One connection held against the records, as the server does it (`check_hba` in hba.c).

use std::net::IpAddr;

use stacklint_parsers::pg_hba::record::{Address, ConnectionKind, Database, Record, User};

use super::Class;

/// A connection that somebody asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection<'a> {
    /// How it is protected.
    pub class: Class,
    /// It asks for physical replication, of which no database is the target.
    pub physical_replication: bool,
    /// Where it comes from; nothing over a socket.
    pub address: Option<IpAddr>,
    /// The database.
    pub database: &'a str,
    /// The user.
    pub user: &'a str,
    /// The roles that the user is known to be a member of, directly or not.
    pub member_of: &'a [&'a str],
}

/// What the records decide about a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// This record decides.
    Record(usize),
    /// No record is about it: the server turns it away.
    NoMatch,
    /// This record may be about it, or not: a host name, the server's own networks, or a pattern decides.
    Unknown(usize),
}

/// Whether a record is about a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Matches {
    No,
    Maybe,
    Yes,
}

/// The record that decides about a connection.
pub fn decide<'a>(records: impl IntoIterator<Item = &'a Record>, connection: &Connection<'_>) -> Decision {
    for (index, record) in records.into_iter().enumerate() {
        match matches(record, connection) {
            Matches::No => {}
            Matches::Maybe => return Decision::Unknown(index),
            Matches::Yes => return Decision::Record(index),
        }
    }
    Decision::NoMatch
}

fn matches(record: &Record, connection: &Connection<'_>) -> Matches {
    let class = match (record.kind, connection.class) {
        (ConnectionKind::Local, class) => class == Class::Local,
        (_, Class::Local) => false,
        (ConnectionKind::Host, _)
        | (ConnectionKind::HostSsl, Class::Ssl)
        | (ConnectionKind::HostNoSsl, Class::Plain | Class::Gss)
        | (ConnectionKind::HostGssEnc, Class::Gss)
        | (ConnectionKind::HostNoGssEnc, Class::Plain | Class::Ssl) => true,
        _ => false,
    };
    if !class {
        return Matches::No;
    }
    let address = match (&record.address, connection.address) {
        (None, _) => Matches::Yes,
        (Some(_), None) => Matches::No,
        (Some(address), Some(from)) => of_address(&address.value, from),
    };
    let databases = record.databases.iter().map(|database| of_database(&database.value, connection));
    let users = record.users.iter().map(|user| of_user(&user.value, connection));
    let best = |answers: &mut dyn Iterator<Item = Matches>| answers.max().unwrap_or(Matches::No);
    address.min(best(&mut { databases })).min(best(&mut { users }))
}

fn certain(answer: bool) -> Matches {
    if answer { Matches::Yes } else { Matches::No }
}

fn of_address(address: &Address, from: IpAddr) -> Matches {
    match address {
        Address::All => Matches::Yes,
        nobody if nobody.is_nobody() => Matches::No,
        Address::Net { address, mask } => certain(match (address, mask, from) {
            (IpAddr::V4(address), IpAddr::V4(mask), IpAddr::V4(from)) => {
                address.to_bits() & mask.to_bits() == from.to_bits() & mask.to_bits()
            }
            (IpAddr::V6(address), IpAddr::V6(mask), IpAddr::V6(from)) => {
                address.to_bits() & mask.to_bits() == from.to_bits() & mask.to_bits()
            }
            _ => false,
        }),
        // The loopback interface has these addresses, and the network that the others are in.
        Address::SameHost if from == IpAddr::from([127, 0, 0, 1]) || from.is_ipv6() && from.is_loopback() => {
            Matches::Yes
        }
        Address::SameNet if from.is_loopback() => Matches::Yes,
        Address::SameHost | Address::SameNet | Address::HostName(_) | Address::Domain(_) => Matches::Maybe,
    }
}

fn of_database(database: &Database, connection: &Connection<'_>) -> Matches {
    if connection.physical_replication {
        return certain(*database == Database::Replication);
    }
    match database {
        Database::All => Matches::Yes,
        Database::SameUser => certain(connection.database == connection.user),
        Database::SameRole => {
            let own = connection.database == connection.user;
            let known = own || connection.member_of.contains(&connection.database);
            if known { Matches::Yes } else { Matches::Maybe }
        }
        Database::Replication => Matches::No,
        Database::Name(name) => certain(**name == *connection.database),
        Database::Regex(_) => Matches::Maybe,
    }
}

fn of_user(user: &User, connection: &Connection<'_>) -> Matches {
    match user {
        User::All => Matches::Yes,
        User::Name(name) => certain(**name == *connection.user),
        // Everybody is a member of himself.
        User::MemberOf(role) => {
            let known = **role == *connection.user || connection.member_of.contains(&&**role);
            if known { Matches::Yes } else { Matches::Maybe }
        }
        User::Regex(_) => Matches::Maybe,
    }
}
