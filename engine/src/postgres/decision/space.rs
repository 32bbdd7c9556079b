//! The connections there can be, cut into atoms, and sets of them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use indexmap::IndexSet;
use smallvec::SmallVec;
use stacklint_parsers::pg_hba::record::{Address, ConnectionKind, Database, Record, User};

use super::witness::{AddressWitness, NameWitness, Witness};
use super::{Class, Ssl};

/// So many atoms one dimension may have. Beyond it what is unknown is no longer cut where others draw lines.
const ATOM_LIMIT: usize = 8_192;

/// `sameuser` ties two dimensions together; with more names it counts as one unknown set.
const SAME_USER_LIMIT: usize = 64;

/// A set of atoms of one dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bits(SmallVec<[u64; 2]>);

impl Bits {
    fn none(atoms: usize) -> Self {
        Self(SmallVec::from_elem(0, atoms.div_ceil(64)))
    }

    fn of<T>(atoms: &[T], holds: impl Fn(&T) -> bool) -> Self {
        let mut bits = Self::none(atoms.len());
        for (index, _) in atoms.iter().enumerate().filter(|(_, atom)| holds(atom)) {
            bits.set(Some(index));
        }
        bits
    }

    fn set(&mut self, atom: Option<usize>) {
        if let Some((word, bit)) = atom.and_then(|atom| Some((self.0.get_mut(atom / 64)?, 1 << (atom % 64)))) {
            *word |= bit;
        }
    }

    fn has(&self, atom: usize) -> bool {
        self.0.get(atom / 64).is_some_and(|word| word & (1 << (atom % 64)) != 0)
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn first(&self) -> Option<usize> {
        let (index, word) = self.0.iter().enumerate().find(|(_, word)| **word != 0)?;
        Some(index * 64 + word.trailing_zeros() as usize)
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(own, other)| own & other != 0)
    }

    fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(own, other)| own & other).collect())
    }

    fn without(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(own, other)| own & !other).collect())
    }
}

/// A product of sets: all connections with a class, an address, a database and a user of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Region {
    classes: u8,
    addresses: Bits,
    databases: Bits,
    users: Bits,
}

fn bit(class: Class) -> u8 {
    match class {
        Class::Local => 1,
        Class::Plain => 2,
        Class::Ssl => 4,
        Class::Gss => 8,
    }
}

impl Region {
    fn is_empty(&self) -> bool {
        self.classes == 0 || self.addresses.is_empty() || self.databases.is_empty() || self.users.is_empty()
    }

    pub(super) fn has(&self, class: Class) -> bool {
        self.classes & bit(class) != 0
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.classes & other.classes != 0
            && self.users.overlaps(&other.users)
            && self.databases.overlaps(&other.databases)
            && self.addresses.overlaps(&other.addresses)
    }

    /// What two are both about, whatever the class of the first, in one class of the second.
    pub(super) fn shared(&self, other: &Self, class: Class) -> Option<Self> {
        let shared = Self {
            classes: other.classes & bit(class),
            addresses: self.addresses.and(&other.addresses),
            databases: self.databases.and(&other.databases),
            users: self.users.and(&other.users),
        };
        (!shared.is_empty()).then_some(shared)
    }

    /// What is left without `other`, as products that do not overlap.
    pub(super) fn without(&self, other: &Self) -> SmallVec<[Self; 1]> {
        if !self.overlaps(other) {
            return SmallVec::from_iter([self.clone()]);
        }
        let mut inside = self.clone();
        let mut left = SmallVec::new();
        let mut keep = |piece: Self| {
            if !piece.is_empty() {
                left.push(piece);
            }
        };
        keep(Self { classes: inside.classes & !other.classes, ..inside.clone() });
        inside.classes &= other.classes;
        keep(Self { addresses: inside.addresses.without(&other.addresses), ..inside.clone() });
        inside.addresses = inside.addresses.and(&other.addresses);
        keep(Self { databases: inside.databases.without(&other.databases), ..inside.clone() });
        inside.databases = inside.databases.and(&other.databases);
        keep(Self { users: inside.users.without(&other.users), ..inside.clone() });
        left
    }
}

/// The dimensions, each cut into atoms.
#[derive(Debug)]
pub(super) struct Space {
    ssl: Ssl,
    addresses: Vec<AddressAtom>,
    databases: Vec<NameAtom>,
    users: Vec<NameAtom>,
    /// The atoms that other machines' addresses are in, or may be in.
    remote: Bits,
    /// The atoms with addresses that are there for documentation.
    examples: Bits,
    /// All names that stand in any record, as that of a database or of a user; sorted.
    names: Vec<Box<str>>,
    /// The words whose meaning nobody can know here.
    words: Words,
}

/// Words that mean an unknown part of a dimension, each with its number.
#[derive(Debug, Default)]
struct Words {
    addresses: IndexSet<Address>,
    databases: IndexSet<Database>,
    users: IndexSet<User>,
}

/// Addresses that no record tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AddressAtom {
    /// None: the connection comes over a socket.
    Socket,
    /// A stretch of one family; with a word, the unknown part of it that the word means.
    Stretch(Stretch, Option<usize>),
}

/// Addresses of one family, both ends inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stretch {
    v6: bool,
    first: u128,
    last: u128,
}

/// Names that no record tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct NameAtom {
    base: Base,
    /// With a word, the unknown part of them that the word means.
    word: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Base {
    /// No database: physical replication.
    Replication,
    /// One name, by its number.
    Name(usize),
    /// All names that no record writes.
    Other,
    /// Any name at all, where there are too many to tell apart.
    Any,
}

const V4: Stretch = Stretch { v6: false, first: 0, last: u32::MAX as u128 };
const V6: Stretch = Stretch { v6: true, first: 0, last: u128::MAX };

/// No connection comes from there: "this network" and multicast.
const NO_SOURCES: [Stretch; 5] = [
    Stretch { v6: false, first: 0, last: 0x00ff_ffff },
    Stretch { v6: false, first: 0xe000_0000, last: 0xefff_ffff },
    Stretch { v6: true, first: 0, last: 0 },
    // IPv4 written as IPv6: the server takes IPv4 connections on sockets of their own, under their own addresses.
    Stretch { v6: true, first: 0xffff_0000_0000, last: 0xffff_ffff_ffff },
    Stretch { v6: true, first: 0xff << 120, last: u128::MAX },
];

const LOOPBACK: [Stretch; 2] =
    [Stretch { v6: false, first: 0x7f00_0000, last: 0x7fff_ffff }, Stretch { v6: true, first: 1, last: 1 }];

impl Stretch {
    fn contains(&self, other: &Self) -> bool {
        self.v6 == other.v6 && self.first <= other.first && other.last <= self.last
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.v6 == other.v6 && self.first <= other.last && other.first <= self.last
    }

    /// The addresses that an address and a mask mean, and whether they are all in between.
    fn of(address: IpAddr, mask: IpAddr) -> Option<(Self, bool)> {
        let (v6, address, mask, all) = match (address, mask) {
            (IpAddr::V4(address), IpAddr::V4(mask)) => {
                (false, u128::from(address.to_bits()), u128::from(mask.to_bits()), V4.last)
            }
            (IpAddr::V6(address), IpAddr::V6(mask)) => (true, address.to_bits(), mask.to_bits(), V6.last),
            _ => return None,
        };
        let free = !mask & all;
        let whole = free & free.wrapping_add(1) == 0;
        let first = address & mask;
        Some((Self { v6, first, last: first | free }, whole))
    }

    /// An address in it that a reader knows how to take: one for documentation, else one near its start.
    fn example(&self) -> IpAddr {
        let known: u128 = if self.v6 { 0x2001_0db8_0000_0000_0000_0000_0000_0007 } else { u128::from(0xcb00_7107_u32) };
        let known = Self { v6: self.v6, first: known, last: known };
        let at = if self.contains(&known) { known.first } else { self.last.min(self.first | 1) };
        if self.v6 {
            Ipv6Addr::from_bits(at).into()
        } else {
            Ipv4Addr::from_bits(u32::try_from(at).unwrap_or(0)).into()
        }
    }

    fn is_loopback(&self) -> bool {
        LOOPBACK.iter().any(|loopback| loopback.contains(self))
    }
}

/// What an address of a record means.
enum Meaning {
    All,
    Stretch(Stretch),
    /// An unknown part of some stretches.
    Part(SmallVec<[Stretch; 2]>),
}

fn meaning(address: &Address) -> Meaning {
    match address {
        Address::All => Meaning::All,
        nobody if nobody.is_nobody() => Meaning::Part(SmallVec::new()),
        Address::Net { address, mask } => match Stretch::of(*address, *mask) {
            Some((stretch, true)) => Meaning::Stretch(stretch),
            Some((stretch, false)) => Meaning::Part(SmallVec::from_iter([stretch])),
            None => Meaning::Part(SmallVec::new()),
        },
        Address::SameHost | Address::SameNet | Address::HostName(_) | Address::Domain(_) => {
            Meaning::Part(SmallVec::from_iter([V4, V6]))
        }
    }
}

impl Space {
    pub(super) fn of(records: &[&Record], ssl: Ssl) -> Self {
        let mut names = BTreeSet::new();
        let mut words = Words::default();
        for record in records {
            for database in &record.databases {
                match &database.value {
                    Database::Name(name) => _ = names.insert(name),
                    word @ (Database::SameUser | Database::SameRole | Database::Regex(_)) => {
                        words.databases.insert(word.clone());
                    }
                    Database::All | Database::Replication => {}
                }
            }
            for user in &record.users {
                match &user.value {
                    User::Name(name) => _ = names.insert(name),
                    word @ (User::MemberOf(_) | User::Regex(_)) => _ = words.users.insert(word.clone()),
                    User::All => {}
                }
            }
        }
        let names: Vec<Box<str>> = names.into_iter().cloned().collect();
        let mut databases = vec![NameAtom { base: Base::Replication, word: None }];
        databases.extend(name_atoms(names.len(), words.databases.len()));
        let users = name_atoms(names.len(), words.users.len());
        let addresses = records.iter().filter_map(|record| Some(&record.address.as_ref()?.value));
        let addresses = address_atoms(addresses, &mut words.addresses);
        let own = words.addresses.get_index_of(&Address::SameHost);
        let remote = Bits::of(&addresses, |atom| match atom {
            AddressAtom::Socket => false,
            AddressAtom::Stretch(stretch, word) => !stretch.is_loopback() && (word.is_none() || *word != own),
        });
        let examples = Bits::of(&addresses, |atom| match atom {
            AddressAtom::Stretch(stretch, None) => is_documented(stretch.example()),
            _ => false,
        });
        Self { ssl, addresses, databases, users, remote, examples, names, words }
    }

    /// How many words the sets of one region have.
    pub(super) fn width(&self) -> usize {
        (self.addresses.len() + self.databases.len() + self.users.len()).div_ceil(64) + 3
    }

    /// What a record is about.
    pub(super) fn regions(&self, record: &Record) -> Vec<Region> {
        let tls = if self.ssl == Ssl::Off { 0 } else { bit(Class::Ssl) };
        let (plain, gss) = (bit(Class::Plain), bit(Class::Gss));
        let classes = match record.kind {
            ConnectionKind::Local => bit(Class::Local),
            ConnectionKind::Host => plain | tls | gss,
            ConnectionKind::HostSsl => tls,
            ConnectionKind::HostNoSsl => plain | gss,
            ConnectionKind::HostGssEnc => gss,
            ConnectionKind::HostNoGssEnc => plain | tls,
        };
        let addresses = self.addresses(record.address.as_ref().map(|address| &address.value));
        let mut named = Bits::none(self.names.len());
        let mut words = Bits::none(self.words.users.len());
        let mut all = false;
        for user in &record.users {
            match &user.value {
                User::All => all = true,
                User::Name(name) => named.set(self.names.binary_search(name).ok()),
                word => words.set(self.words.users.get_index_of(word)),
            }
        }
        let users = self.atoms_of(&self.users, all, &named, &words);
        let mut named = Bits::none(self.names.len());
        let mut words = Bits::none(self.words.databases.len());
        let (mut all, mut replication, mut same_user) = (false, false, false);
        for database in &record.databases {
            match &database.value {
                Database::All => all = true,
                Database::Replication => replication = true,
                Database::Name(name) => named.set(self.names.binary_search(name).ok()),
                Database::SameUser if self.tells_same_user() => same_user = true,
                word => words.set(self.words.databases.get_index_of(word)),
            }
        }
        let mut databases = self.atoms_of(&self.databases, all, &named, &words);
        if replication {
            databases.set(Some(0));
        }
        let mut regions = vec![Region { classes, addresses, databases, users }];
        if same_user && let Some(first) = regions.first().cloned() {
            regions.extend((0..=self.names.len()).map(|name| self.same_user(&first, name)));
        }
        regions.retain(|region| !region.is_empty());
        regions
    }

    fn addresses(&self, written: Option<&Address>) -> Bits {
        let written = written.map(|address| (self.words.addresses.get_index_of(address), meaning(address)));
        Bits::of(&self.addresses, |atom| match (atom, &written) {
            (AddressAtom::Socket, written) => written.is_none(),
            (AddressAtom::Stretch(stretch, part), Some((number, meaning))) => match meaning {
                Meaning::All => true,
                Meaning::Stretch(own) => own.contains(stretch),
                Meaning::Part(_) => part.is_some() && part == number,
            },
            _ => false,
        })
    }

    fn atoms_of(&self, atoms: &[NameAtom], all: bool, named: &Bits, words: &Bits) -> Bits {
        Bits::of(atoms, |atom| match atom.base {
            Base::Replication => false,
            Base::Name(name) if named.has(name) => true,
            _ => all || atom.word.is_some_and(|word| words.has(word)),
        })
    }

    fn tells_same_user(&self) -> bool {
        self.names.len() <= SAME_USER_LIMIT
    }

    /// The part of `sameuser` that one name makes; the number behind the last name means all that no record writes.
    fn same_user(&self, region: &Region, name: usize) -> Region {
        let base = if name < self.names.len() { Base::Name(name) } else { Base::Other };
        let word = self.words.databases.get_index_of(&Database::SameUser);
        let databases = Bits::of(&self.databases, |atom| {
            // Of two names that no record writes nobody knows whether they are the same.
            atom.base == base && (base != Base::Other || atom.word == word)
        });
        let mut users = Bits::of(&self.users, |atom| atom.base == base || atom.base == Base::Any);
        users = users.and(&region.users);
        Region { databases, users, ..region.clone() }
    }

    /// A connection of these regions, in words; the plainest one that there is.
    pub(super) fn witness(&self, regions: &[Region], class: Class, remote: bool) -> Option<Witness> {
        let mut best: Option<(u8, Witness)> = None;
        for region in regions.iter().filter(|region| region.has(class)) {
            let addresses = if remote { region.addresses.and(&self.remote) } else { region.addresses.clone() };
            // Atoms stand in the order in which a reader knows them best.
            let example = self.examples.and(&addresses).first().or_else(|| addresses.first());
            let Some(atom) = example.and_then(|index| self.addresses.get(index)) else { continue };
            let (rank, address) = match atom {
                AddressAtom::Socket => (0, None),
                AddressAtom::Stretch(stretch, None) => {
                    let address = stretch.example();
                    let rank = u8::from(stretch.v6) * 2 + u8::from(!is_documented(address));
                    (rank, Some(AddressWitness::From(address)))
                }
                AddressAtom::Stretch(_, Some(word)) => {
                    (4, Some(AddressWitness::Among(self.words.addresses.get_index(*word)?.clone())))
                }
            };
            if best.as_ref().is_some_and(|(known, _)| *known <= rank) {
                continue;
            }
            let user = self.name(&self.users, &region.users, &self.words.users)?;
            let database = self.name(&self.databases, &region.databases, &self.words.databases);
            let physical_replication = database.is_none();
            let database = database.unwrap_or(NameWitness::Any);
            best = Some((rank, Witness { class, physical_replication, address, database, user }));
        }
        best.map(|(_, witness)| witness)
    }

    /// A name among these atoms; nothing if there is only physical replication.
    fn name<T: Clone + Into<NameWitness>>(
        &self,
        atoms: &[NameAtom],
        bits: &Bits,
        words: &IndexSet<T>,
    ) -> Option<NameWitness> {
        let inside = || atoms.iter().enumerate().filter(|(index, _)| bits.has(*index)).map(|(_, atom)| atom);
        let is_plain = |atom: &NameAtom| atom.word.is_none() && matches!(atom.base, Base::Name(_) | Base::Other);
        if inside().any(|atom| is_plain(atom) && atom.base == Base::Other) {
            let all = inside().filter(|atom| is_plain(atom)).count() == self.names.len() + 1;
            return Some(if all { NameWitness::Any } else { NameWitness::Other });
        }
        let named = inside().filter(|atom| atom.word.is_none()).find_map(|atom| match atom.base {
            Base::Name(name) => self.names.get(name),
            _ => None,
        });
        let word = || inside().find_map(|atom| words.get_index(atom.word?)).cloned().map(Into::into);
        named.map(|name| NameWitness::Named(name.clone())).or_else(word)
    }
}

/// Stretches that no record cuts, and for each unknown set its parts in them.
fn address_atoms<'a>(written: impl Iterator<Item = &'a Address>, words: &mut IndexSet<Address>) -> Vec<AddressAtom> {
    let mut cuts: BTreeMap<bool, BTreeSet<u128>> = BTreeMap::new();
    let mut cut = |stretch: &Stretch| {
        let points = cuts.entry(stretch.v6).or_default();
        points.insert(stretch.first);
        points.extend(stretch.last.checked_add(1).filter(|next| stretch.v6 || *next <= V4.last));
    };
    [V4, V6].iter().chain(&NO_SOURCES).chain(&LOOPBACK).for_each(&mut cut);
    let mut parts: Vec<SmallVec<[Stretch; 2]>> = Vec::new();
    for address in written {
        match meaning(address) {
            Meaning::All => {}
            Meaning::Stretch(stretch) => cut(&stretch),
            Meaning::Part(stretches) => {
                if words.insert(address.clone()) {
                    stretches.iter().for_each(&mut cut);
                    parts.push(stretches);
                }
            }
        }
    }
    let mut stretches = Vec::new();
    for (v6, points) in &cuts {
        let ends = points.iter().skip(1).map(|next| next - 1).chain([if *v6 { V6.last } else { V4.last }]);
        stretches.extend(points.iter().zip(ends).map(|(first, last)| Stretch { v6: *v6, first: *first, last }));
    }
    stretches.retain(|stretch| !NO_SOURCES.iter().any(|none| none.contains(stretch)));
    let cut_further = parts.len().saturating_mul(stretches.len()) <= ATOM_LIMIT;
    let mut atoms = vec![AddressAtom::Socket];
    atoms.extend(stretches.iter().map(|stretch| AddressAtom::Stretch(*stretch, None)));
    for (word, own) in parts.iter().enumerate() {
        let base: &[Stretch] = if cut_further { &stretches } else { &[V4, V6] };
        let inside = base.iter().filter(|stretch| own.iter().any(|own| own.overlaps(stretch)));
        atoms.extend(inside.map(|stretch| AddressAtom::Stretch(*stretch, Some(word))));
    }
    atoms
}

/// Names, all others, and for each unknown set its parts in them.
fn name_atoms(names: usize, words: usize) -> Vec<NameAtom> {
    let bases = || (0..names).map(Base::Name).chain([Base::Other]);
    let mut atoms: Vec<NameAtom> = bases().map(|base| NameAtom { base, word: None }).collect();
    let cut_further = words.saturating_mul(names + 1) <= ATOM_LIMIT;
    for word in (0..words).map(Some) {
        if cut_further {
            atoms.extend(bases().map(|base| NameAtom { base, word }));
        } else {
            atoms.push(NameAtom { base: Base::Any, word });
        }
    }
    atoms
}

fn is_documented(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_documentation(),
        IpAddr::V6(address) => address.segments().starts_with(&[0x2001, 0xdb8]),
    }
}
