//! A connection that shows what a record lets in, in words.

use std::fmt;
use std::net::IpAddr;

use stacklint_parsers::pg_hba::record::{Address, Database, User};

use super::Class;

/// A connection that shows what a record lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// How it is protected.
    pub class: Class,
    /// It asks for physical replication.
    pub physical_replication: bool,
    /// Where it comes from; nothing over a socket.
    pub address: Option<AddressWitness>,
    /// The database.
    pub database: NameWitness,
    /// The user.
    pub user: NameWitness,
}

/// Where a [`Witness`] comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressWitness {
    /// This address, for example.
    From(IpAddr),
    /// Somewhere among what these words mean.
    Among(Address),
}

/// A database or a user of a [`Witness`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameWitness {
    /// Whatever its name.
    Any,
    /// One that no record names.
    Other,
    /// This one.
    Named(Box<str>),
    /// One of those that these words mean.
    Among(Box<str>),
}

impl From<Database> for NameWitness {
    fn from(word: Database) -> Self {
        Self::Among(match word {
            Database::All => "all".into(),
            Database::SameUser => "sameuser".into(),
            Database::SameRole => "samerole".into(),
            Database::Replication => "replication".into(),
            Database::Name(name) => return Self::Named(name),
            Database::Regex(pattern) => format!("/{pattern}").into(),
        })
    }
}

impl From<User> for NameWitness {
    fn from(word: User) -> Self {
        Self::Among(match word {
            User::All => "all".into(),
            User::Name(name) => return Self::Named(name),
            User::MemberOf(role) => format!("+{role}").into(),
            User::Regex(pattern) => format!("/{pattern}").into(),
        })
    }
}

impl Witness {
    /// Whether it comes from another machine, or may.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        match &self.address {
            None => false,
            Some(AddressWitness::From(address)) => !address.is_loopback(),
            Some(AddressWitness::Among(words)) => *words != Address::SameHost,
        }
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |formatter: &mut fmt::Formatter<'_>, what: &str, name: &NameWitness| match name {
            NameWitness::Any => write!(formatter, "any {what}"),
            NameWitness::Other => write!(formatter, "any other {what}"),
            NameWitness::Named(name) => write!(formatter, "{what} `{name}`"),
            NameWitness::Among(words) => write!(formatter, "a {what} of `{words}`"),
        };
        name(formatter, "user", &self.user)?;
        if self.physical_replication {
            write!(formatter, ", replication")?;
        } else {
            write!(formatter, ", ")?;
            name(formatter, "database", &self.database)?;
        }
        match &self.address {
            None => write!(formatter, ", over a socket"),
            Some(AddressWitness::From(address)) => write!(formatter, ", from {address}"),
            Some(AddressWitness::Among(Address::SameNet)) => write!(formatter, ", from the server's own networks"),
            Some(AddressWitness::Among(Address::SameHost)) => write!(formatter, ", from the server itself"),
            Some(AddressWitness::Among(Address::HostName(name))) => write!(formatter, ", from `{name}`"),
            Some(AddressWitness::Among(Address::Domain(name))) => write!(formatter, ", from a host of `{name}`"),
            Some(AddressWitness::Among(Address::Net { address, mask })) => {
                write!(formatter, ", from an address of {address} {mask}")
            }
            Some(AddressWitness::Among(Address::All)) => write!(formatter, ", from anywhere"),
        }
    }
}
