//! Which record of pg_hba.conf decides about which connections: the records read as the ordered list that they are.
//!
//! The connections that a record is about are a product of four sets: how the connection is protected, the address it
//! comes from, the database, the user. Each set is cut into atoms where any record draws a line, so that a record covers
//! an atom wholly or not at all. What gets to a record is its own product less those of the records before it.
//!
//! What nobody can know here, the hosts of `samenet` or the members of `+role`, is an unknown part of each atom: such a
//! record covers what another one with the same words covers, and nothing else. So a record that is called dead is dead,
//! and one that is called reachable is so unless the unknown happens to be just so.

mod connection;
mod space;
mod witness;

pub use connection::{Connection, Decision, decide};
pub use witness::{AddressWitness, NameWitness, Witness};

use stacklint_parsers::pg_hba::record::{Method, Record};

use space::{Region, Space};

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Over a Unix socket.
    Local,
    /// Over TCP, not encrypted.
    Plain,
    /// Over TCP, under TLS.
    Ssl,
    /// Over TCP, under GSSAPI encryption.
    Gss,
}

/// Whether the server offers TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ssl {
    /// It does.
    On,
    /// It does not: no connection is under TLS.
    Off,
    /// Nobody can tell here; read as if it did.
    Unknown,
}

/// So many words of sets are looked at before the rest of a file is taken as if nothing stood before it.
const WORK_LIMIT: usize = 20_000_000;

/// So many records of one file are read as a list. Longer files are made by programs, and name every user on a line.
const RECORD_LIMIT: usize = 2_000;

/// So many databases and users they may name together.
const NAME_LIMIT: usize = 20_000;

/// So many products the connections that get to one record may fall into.
const REGION_LIMIT: usize = 512;

/// What the records of a file decide.
#[derive(Debug)]
pub struct Decisions {
    space: Space,
    records: Vec<Reached>,
}

/// What gets to one record.
#[derive(Debug)]
struct Reached {
    /// What it is about, whatever stands before it.
    own: Vec<Region>,
    /// What of that gets to it.
    left: Vec<Region>,
    /// The earlier records that take something of it, in order.
    taken_by: Vec<usize>,
}

impl Decisions {
    /// How many of a file's first records [`Self::of`] reads.
    pub fn count<'a>(records: impl IntoIterator<Item = &'a Record>) -> usize {
        let mut names = 0;
        let within = |record: &&Record| {
            names += record.databases.len() + record.users.len();
            names <= NAME_LIMIT
        };
        records.into_iter().take(RECORD_LIMIT).take_while(within).count()
    }

    /// Reads records in their order, as many as [`Self::count`] says. Of the others it knows nothing.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>, ssl: Ssl) -> Self {
        let mut records: Vec<&Record> = records.into_iter().collect();
        records.truncate(Self::count(records.iter().copied()));
        let space = Space::of(&records, ssl);
        let mut work = 0_usize;
        let mut reached: Vec<Reached> = Vec::with_capacity(records.len());
        for record in records {
            let own = space.regions(record);
            let mut left = own.clone();
            let mut taken_by = Vec::new();
            for (index, earlier) in reached.iter().enumerate() {
                if left.is_empty() || work > WORK_LIMIT {
                    break;
                }
                work += (earlier.own.len() * left.len()).saturating_mul(space.width());
                let mut takes = false;
                for region in &earlier.own {
                    if left.iter().any(|rest| rest.overlaps(region)) {
                        takes = true;
                        left = left.iter().flat_map(|rest| rest.without(region)).collect();
                    }
                }
                if takes {
                    taken_by.push(index);
                }
                if left.len() > REGION_LIMIT {
                    // Whoever writes so many exceptions is not told that a record is dead.
                    left.clone_from(&own);
                    break;
                }
            }
            reached.push(Reached { own, left, taken_by });
        }
        Self { space, records: reached }
    }

    /// A connection that gets to the record and comes from another machine, protected like this.
    #[must_use]
    pub fn remote(&self, record: usize, class: Class) -> Option<Witness> {
        let left = &self.records.get(record)?.left;
        self.space.witness(left, class, true)
    }

    /// Any connection that gets to the record.
    #[must_use]
    pub fn any(&self, record: usize) -> Option<Witness> {
        let left = &self.records.get(record)?.left;
        [Class::Local, Class::Plain, Class::Ssl, Class::Gss]
            .into_iter()
            .find_map(|class| self.space.witness(left, class, false))
    }

    /// Whether no connection gets to the record.
    #[must_use]
    pub fn is_dead(&self, record: usize) -> bool {
        self.records.get(record).is_some_and(|reached| reached.left.is_empty())
    }

    /// The earlier records that decide about some of the connections that the record is about.
    #[must_use]
    pub fn taken_by(&self, record: usize) -> &[usize] {
        self.records.get(record).map(|reached| reached.taken_by.as_slice()).unwrap_or_default()
    }

    /// Connections that one record wants under TLS and that get to another one in the clear.
    #[must_use]
    pub fn also_plain(&self, under_tls: usize, in_the_clear: usize) -> Option<Witness> {
        let (tls, plain) = (self.records.get(under_tls)?, self.records.get(in_the_clear)?);
        let shared: Vec<Region> = tls
            .own
            .iter()
            .filter(|region| region.has(Class::Ssl))
            .flat_map(|region| plain.left.iter().filter_map(|other| region.shared(other, Class::Plain)))
            .take(REGION_LIMIT)
            .collect();
        self.space.witness(&shared, Class::Plain, true)
    }
}

/// How hard a method makes it for somebody who must not come in, from nothing on.
#[must_use]
pub fn strength(method: Method) -> u8 {
    match method {
        Method::Trust => 0,
        Method::Ident => 1,
        Method::Password => 2,
        Method::Md5 | Method::Pam | Method::Ldap | Method::Radius | Method::Bsd => 3,
        Method::ScramSha256 | Method::OAuth => 4,
        Method::Gss | Method::Sspi | Method::Peer | Method::Cert => 5,
        Method::Reject => u8::MAX,
    }
}

#[cfg(test)]
mod tests;
