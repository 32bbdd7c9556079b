//! A record as the server understands it: typed, with the place of every part among the fields of its line.

use std::net::IpAddr;

/// One record of `pg_hba.conf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Which connections it is about.
    pub kind: ConnectionKind,
    /// The databases, each with its place.
    pub databases: Vec<Placed<Database>>,
    /// The users, each with its place.
    pub users: Vec<Placed<User>>,
    /// The addresses; none for `local`. The place is that of the address, a mask in a field of its own is the next one.
    pub address: Option<Placed<Address>>,
    /// How a client proves who it is.
    pub method: Placed<Method>,
    /// The options in the order they are written, each with its place. Of two with one name the later one counts.
    pub options: Vec<Placed<HbaOption>>,
}

/// A part of a record, and the token that says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// The part.
    pub value: T,
    /// The token.
    pub at: At,
}

/// A token of a line: which field, and which token of that field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct At {
    /// The field, from 0.
    pub field: usize,
    /// The token in it, from 0.
    pub token: usize,
}

/// The first word of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnectionKind {
    /// `local`: Unix sockets.
    Local,
    /// `host`: TCP, whatever encrypts it.
    Host,
    /// `hostssl`: TCP under TLS.
    HostSsl,
    /// `hostnossl`: TCP not under TLS.
    HostNoSsl,
    /// `hostgssenc`: TCP under GSSAPI encryption.
    HostGssEnc,
    /// `hostnogssenc`: TCP not under GSSAPI encryption.
    HostNoGssEnc,
}

/// A word in the field of databases.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Database {
    /// `all`: every database, but no physical replication.
    All,
    /// `sameuser`: the database named as the user.
    SameUser,
    /// `samerole`: a database named as a role that the user is a member of.
    SameRole,
    /// `replication`: physical replication and nothing else.
    Replication,
    /// A name.
    Name(Box<str>),
    /// `/pattern`, from 16 on, in quotes too.
    Regex(Box<str>),
}

/// A word in the field of users.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum User {
    /// `all`.
    All,
    /// A name.
    Name(Box<str>),
    /// `+role`: its members.
    MemberOf(Box<str>),
    /// `/pattern`, from 16 on, in quotes too.
    Regex(Box<str>),
}

/// The addresses of a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// `all`: both families.
    All,
    /// `samehost`: the addresses of the server itself.
    SameHost,
    /// `samenet`: the networks the server is in.
    SameNet,
    /// The addresses of one family that agree with `address` where `mask` has ones. Masks may have gaps.
    Net {
        /// The address as written, host bits and all.
        address: IpAddr,
        /// The mask, of the same family.
        mask: IpAddr,
    },
    /// A host name, found forward and backward.
    HostName(Box<str>),
    /// `.example.com`: the hosts below a domain.
    Domain(Box<str>),
}

impl Address {
    /// Whether it can be the address of nobody: a name that no host has, such as `*` or a quoted `"all"`, which read as if
    /// they meant everybody. The server takes them for host names.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        let (Self::HostName(name) | Self::Domain(name)) = self else { return false };
        let keyword = ["all", "any", "samehost", "samenet"].iter().any(|keyword| name.eq_ignore_ascii_case(keyword));
        let host = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '.' | '_');
        keyword || !name.chars().all(host)
    }
}

/// How a client proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// It need not.
    Trust,
    /// It is turned away.
    Reject,
    /// A password as an MD5 challenge, or as SCRAM where the stored verifier is one.
    Md5,
    /// A password as SCRAM.
    ScramSha256,
    /// A password in clear text.
    Password,
    /// GSSAPI.
    Gss,
    /// SSPI.
    Sspi,
    /// What the ident server of the client's machine says.
    Ident,
    /// The user of the operating system at the other end of the socket.
    Peer,
    /// PAM, with the password in clear text inside the connection.
    Pam,
    /// LDAP, with the password in clear text inside the connection.
    Ldap,
    /// RADIUS, with the password in clear text inside the connection.
    Radius,
    /// A client certificate.
    Cert,
    /// BSD authentication.
    Bsd,
    /// An OAuth token, from 18 on.
    OAuth,
}

/// `name=value` behind the method.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HbaOption {
    /// The name.
    pub name: Box<str>,
    /// The value.
    pub value: Box<str>,
}

impl ConnectionKind {
    /// All, as the documentation lists them.
    pub const ALL: [Self; 6] =
        [Self::Local, Self::Host, Self::HostSsl, Self::HostNoSsl, Self::HostGssEnc, Self::HostNoGssEnc];

    /// The word in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Host => "host",
            Self::HostSsl => "hostssl",
            Self::HostNoSsl => "hostnossl",
            Self::HostGssEnc => "hostgssenc",
            Self::HostNoGssEnc => "hostnogssenc",
        }
    }

    /// What a word says.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == word)
    }
}

impl Method {
    /// All, of every version and build.
    pub const ALL: [Self; 15] = [
        Self::Trust,
        Self::Reject,
        Self::Md5,
        Self::ScramSha256,
        Self::Password,
        Self::Gss,
        Self::Sspi,
        Self::Ident,
        Self::Peer,
        Self::Pam,
        Self::Ldap,
        Self::Radius,
        Self::Cert,
        Self::Bsd,
        Self::OAuth,
    ];

    /// The word in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Trust => "trust",
            Self::Reject => "reject",
            Self::Md5 => "md5",
            Self::ScramSha256 => "scram-sha-256",
            Self::Password => "password",
            Self::Gss => "gss",
            Self::Sspi => "sspi",
            Self::Ident => "ident",
            Self::Peer => "peer",
            Self::Pam => "pam",
            Self::Ldap => "ldap",
            Self::Radius => "radius",
            Self::Cert => "cert",
            Self::Bsd => "bsd",
            Self::OAuth => "oauth",
        }
    }

    /// What a word says.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == word)
    }
}

impl Record {
    /// The value of an option: of two with one name the later.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&Placed<HbaOption>> {
        self.options.iter().rev().find(|option| &*option.value.name == name)
    }
}
