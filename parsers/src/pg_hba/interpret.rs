//! What the fields of a line say: a typed record, an include directive, or what is wrong with them.
//!
//! The order of the checks is that of `parse_hba_line` of src/backend/libpq/hba.c, since the server tells the first
//! problem of a line only. Majors 12 to 18.

use std::net::IpAddr;

use super::address::{Numeric, mask, numeric};
use super::options;
use super::record::{Address, At, ConnectionKind, Database, HbaOption, Method, Placed, Record, User};
use crate::invisible::invisible;

/// A token as [`interpret`] sees it, from whatever file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenView<'a> {
    /// Its text, without quotes.
    pub text: &'a str,
    /// Its first character was a quote.
    pub quoted: bool,
}

/// What a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A record.
    Record(Record),
    /// A directive to read other files, from PostgreSQL 16 on.
    Include(Include),
}

/// A directive to read other files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// Which.
    pub kind: IncludeKind,
    /// The file or directory, relative to the directory of the file that names it.
    pub path: Placed<Box<str>>,
}

/// A directive's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IncludeKind {
    /// `include`.
    Include,
    /// `include_if_exists`.
    IncludeIfExists,
    /// `include_dir`: the `.conf` files of a directory.
    IncludeDir,
}

/// Why the server refuses a line, and with it the whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordError {
    /// Which class of error.
    pub kind: RecordErrorKind,
    /// The token at fault; none where the line ends too early.
    pub at: Option<At>,
    /// What is wrong. No secret in it: of options only the name is said.
    pub message: String,
    /// What would be right.
    pub help: String,
}

/// Classes of [`RecordError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordErrorKind {
    /// A token is longer than the server reads, up to PostgreSQL 15.
    TokenTooLong,
    /// The first word is none of the types.
    ConnectionType,
    /// The line ends before the record does.
    EndOfLine,
    /// A list where there must be a single value.
    MultipleValues,
    /// A regular expression that cannot be one.
    Regex,
    /// An address with a mask that is none, or with a name before it.
    Address,
    /// A mask in a field of its own that is none, or of the other family.
    Mask,
    /// The word is none of the methods.
    Method,
    /// The method is not for this type of connection.
    MethodOfOtherType,
    /// An option without `=`.
    OptionForm,
    /// There is no such option.
    UnknownOption,
    /// An option of another method.
    OptionOfOtherMethod,
    /// An option of another type of connection.
    OptionOfOtherType,
    /// An option with a value that it cannot have.
    OptionValue,
    /// An option that the method needs is absent.
    MissingOption,
    /// Options that exclude each other.
    ConflictingOptions,
    /// Something of a newer or an older major version.
    Unsupported,
}

/// A [`RecordError`] without its place.
#[derive(Debug)]
pub(super) struct Failure {
    kind: RecordErrorKind,
    message: String,
    help: String,
}

impl Failure {
    pub(super) fn new(kind: RecordErrorKind, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { kind, message: message.into(), help: help.into() }
    }

    fn at(self, field: usize, token: usize) -> RecordError {
        self.place(Some(At { field, token }))
    }

    fn place(self, at: Option<At>) -> RecordError {
        RecordError { kind: self.kind, at, message: self.message, help: self.help }
    }
}

/// A token of this many bytes and more stops the server's reader, up to PostgreSQL 15 (`MAX_TOKEN`).
const MAX_TOKEN: usize = 10240;

/// What a line says to a server of a major version.
///
/// # Errors
/// If the server refuses it.
pub fn interpret(fields: &[Vec<TokenView<'_>>], major: u32) -> Result<Entry, RecordError> {
    let reader = Reader { fields, major };
    if major <= 15 {
        reader.check_lengths()?;
    }
    if let Some(include) = reader.include() {
        return Ok(Entry::Include(include));
    }
    reader.record().map(Entry::Record)
}

struct Reader<'a> {
    fields: &'a [Vec<TokenView<'a>>],
    major: u32,
}

impl<'a> Reader<'a> {
    fn check_lengths(&self) -> Result<(), RecordError> {
        for (index, field) in self.fields.iter().enumerate() {
            if let Some(token) = field.iter().position(|token| token.text.len() >= MAX_TOKEN) {
                let message =
                    format!("this is longer than the {} bytes that PostgreSQL {} reads", MAX_TOKEN - 1, self.major);
                let help = "put the names into a file and write `@file`, one name on a line";
                return Err(Failure::new(RecordErrorKind::TokenTooLong, message, help).at(index, token));
            }
        }
        Ok(())
    }

    /// A directive is one by its first word and by having two fields; quotes do not matter, and of lists the first
    /// tokens count (`tokenize_auth_file`).
    fn include(&self) -> Option<Include> {
        let [word, path] = self.fields else { return None };
        if self.major < 16 {
            return None;
        }
        let kind = match word.first()?.text {
            "include" => IncludeKind::Include,
            "include_if_exists" => IncludeKind::IncludeIfExists,
            "include_dir" => IncludeKind::IncludeDir,
            _ => return None,
        };
        let path = Placed { value: path.first()?.text.into(), at: At { field: 1, token: 0 } };
        Some(Include { kind, path })
    }

    fn record(&self) -> Result<Record, RecordError> {
        let kind = self.kind()?;
        let databases = self.list(1, "database", "databases")?;
        let databases = self.each(1, databases, |token| self.database(token))?;
        let users = self.list(2, "user", "users")?;
        let users = self.each(2, users, |token| self.user(token))?;
        let mut next = 3;
        let address = if kind == ConnectionKind::Local { None } else { Some(self.address(&mut next)?) };
        let method = self.method(kind, next)?;
        let options = self.options(kind, method.value, next + 1)?;
        let find = |name: &str| {
            options.iter().rev().find(|option| &*option.value.name == name).map(|option| &*option.value.value)
        };
        options::check_all(method.value, find).map_err(|failure| failure.place(Some(method.at)))?;
        Ok(Record { kind, databases, users, address, method, options })
    }

    fn kind(&self) -> Result<ConnectionKind, RecordError> {
        let token = self.single(0, "a record starts with", "type of connection")?;
        if let Some(kind) = ConnectionKind::named(token.text) {
            return Ok(kind);
        }
        let failure = |message: String, help: &str| {
            let kind = RecordErrorKind::ConnectionType;
            Err(Failure::new(kind, message, help).at(0, 0))
        };
        let types = "start the line with `local`, `host`, `hostssl`, `hostnossl`, `hostgssenc` or `hostnogssenc`";
        let directive = matches!(token.text, "include" | "include_if_exists" | "include_dir");
        let lower = token.text.to_ascii_lowercase();
        if directive && self.major < 16 {
            let message = format!("`{}` exists from PostgreSQL 16 on, and this is {}", token.text, self.major);
            return Err(
                Failure::new(RecordErrorKind::Unsupported, message, "write the records of that file here").at(0, 0)
            );
        }
        if directive {
            let message = format!("`{}` takes the name of one file and nothing else", token.text);
            return failure(message, "put a name with blanks into double quotes, and a comment behind `#`");
        }
        if matches!(&*lower, "include" | "include_if_exists" | "include_dir") || lower.starts_with("include=") {
            return failure("this is no directive".to_owned(), "write `include file`: in lower case, without `=`");
        }
        if ConnectionKind::named(&lower).is_some() {
            return failure("types of connections are written in lower case".to_owned(), &format!("write `{lower}`"));
        }
        if let Some(rest) = token.text.strip_prefix('\u{feff}') {
            let message = "there is a byte order mark before the first word, which cannot be seen and is a part of it";
            let kind = RecordErrorKind::ConnectionType;
            let help = if ConnectionKind::named(rest).is_some() {
                "remove it: save the file as UTF-8 without it"
            } else {
                types
            };
            return Err(Failure::new(kind, message, help).at(0, 0));
        }
        if let Some(character) = token.text.chars().find(|character| invisible(*character).is_some()) {
            let name = invisible(character).unwrap_or_default();
            let message = format!("there is {name} in the first word, which cannot be seen and separates nothing");
            return failure(message, "write a blank in its place");
        }
        failure("this is no type of connection".to_owned(), types)
    }

    /// The tokens of the field of databases or users.
    fn list(&self, field: usize, one: &str, many: &str) -> Result<&'a [TokenView<'a>], RecordError> {
        let tokens = self.fields.get(field).map(Vec::as_slice);
        tokens.ok_or_else(|| self.end_of_line(&format!("the {many}"), &format!("a {one}, a list of {many}, or `all`")))
    }

    fn each<T>(
        &self,
        field: usize,
        tokens: &[TokenView<'_>],
        make: impl Fn(&TokenView<'_>) -> Result<T, Failure>,
    ) -> Result<Vec<Placed<T>>, RecordError> {
        let placed = tokens.iter().enumerate().map(|(token, view)| {
            let at = At { field, token };
            make(view).map(|value| Placed { value, at }).map_err(|failure| failure.place(Some(at)))
        });
        placed.collect()
    }

    fn database(&self, token: &TokenView<'_>) -> Result<Database, Failure> {
        if let Some(pattern) = self.pattern(token)? {
            return Ok(Database::Regex(pattern));
        }
        Ok(match token.text {
            "all" if !token.quoted => Database::All,
            "sameuser" if !token.quoted => Database::SameUser,
            "samerole" | "samegroup" if !token.quoted => Database::SameRole,
            "replication" if !token.quoted => Database::Replication,
            name => Database::Name(name.into()),
        })
    }

    fn user(&self, token: &TokenView<'_>) -> Result<User, Failure> {
        if let Some(pattern) = self.pattern(token)? {
            return Ok(User::Regex(pattern));
        }
        Ok(match token.text {
            "all" if !token.quoted => User::All,
            name => match name.strip_prefix('+').filter(|_| !token.quoted) {
                Some(role) => User::MemberOf(role.into()),
                None => User::Name(name.into()),
            },
        })
    }

    /// The expression behind a slash, from 16 on. Quotes make no name of it.
    fn pattern(&self, token: &TokenView<'_>) -> Result<Option<Box<str>>, Failure> {
        let Some(pattern) = token.text.strip_prefix('/').filter(|_| self.major >= 16) else {
            return Ok(None);
        };
        match super::regex::fault(pattern) {
            None => Ok(Some(pattern.into())),
            Some(fault) => Err(Failure::new(
                RecordErrorKind::Regex,
                format!("the regular expression behind `/` cannot be read: {fault}"),
                "correct it; put it into double quotes with its `/` if it has commas, blanks or `#`",
            )),
        }
    }

    fn address(&self, next: &mut usize) -> Result<Placed<Address>, RecordError> {
        let field = *next;
        let token = self.single(field, "here stands", "address")?;
        *next += 1;
        let at = At { field, token: 0 };
        let placed = |value| Placed { value, at };
        let keyword = match token.text {
            "all" => Some(Address::All),
            "samehost" => Some(Address::SameHost),
            "samenet" => Some(Address::SameNet),
            _ => None,
        };
        if let Some(keyword) = keyword.filter(|_| !token.quoted) {
            return Ok(placed(keyword));
        }
        let fail =
            |message: &str, help: &str| Err(Failure::new(RecordErrorKind::Address, message, help).place(Some(at)));
        let (host, bits) = token.text.split_once('/').map_or((token.text, None), |(host, bits)| (host, Some(bits)));
        let Numeric::Address(address) = numeric(host) else {
            if bits.is_some() {
                return fail(
                    "a mask behind `/` needs a numeric address before it",
                    "write an address such as `10.0.0.0/8`, or a host name alone",
                );
            }
            return Ok(placed(match host.strip_prefix('.') {
                Some(_) => Address::Domain(host.into()),
                None => Address::HostName(host.into()),
            }));
        };
        if let Some(bits) = bits {
            let Some(mask) = mask(bits, address) else {
                let help = match address {
                    IpAddr::V4(_) => "write the number of leading bits: 0 to 32",
                    IpAddr::V6(_) => "write the number of leading bits: 0 to 128",
                };
                return fail("the mask behind `/` is none for this address", help);
            };
            return Ok(placed(Address::Net { address, mask }));
        }
        let token = self.single(*next, "behind an address without `/` stands", "mask")?;
        let fail = |message: &str, help: &str| Err(Failure::new(RecordErrorKind::Mask, message, help).at(*next, 0));
        let Numeric::Address(mask) = numeric(token.text) else {
            let length = if address.is_ipv4() { 32 } else { 128 };
            return fail(
                "this stands where the mask of the address should, and is none",
                &format!("write the address with its mask, such as `/{length}` behind it for this one address"),
            );
        };
        if mask.is_ipv4() != address.is_ipv4() {
            return fail("address and mask are of different families", "write both as IPv4 or both as IPv6");
        }
        *next += 1;
        Ok(placed(Address::Net { address, mask }))
    }

    fn method(&self, kind: ConnectionKind, field: usize) -> Result<Placed<Method>, RecordError> {
        let token = self.single(field, "here stands", "authentication method")?;
        let at = At { field, token: 0 };
        let fail = |kind, message: String, help: &str| Err(Failure::new(kind, message, help).place(Some(at)));
        let method = match Method::named(token.text) {
            Some(Method::OAuth) if self.major < 18 => {
                let message = format!("the method `oauth` exists from PostgreSQL 18 on, and this is {}", self.major);
                return fail(RecordErrorKind::Unsupported, message, "use another method, or a newer server");
            }
            Some(method) => method,
            None => return Err(self.no_method(kind, token).place(Some(at))),
        };
        let local = kind == ConnectionKind::Local;
        let other_type = RecordErrorKind::MethodOfOtherType;
        match method {
            // The server takes the one for the other.
            Method::Ident if local => return Ok(Placed { value: Method::Peer, at }),
            Method::Gss if local => {
                let message = "the method `gss` is not for `local` records".to_owned();
                return fail(other_type, message, "use `peer`, or make it a `host` record with an address");
            }
            Method::Peer if !local => {
                let message =
                    "the method `peer` is for `local` records only: it asks the socket for its user".to_owned();
                return fail(other_type, message, "use `scram-sha-256`, or make it a `local` record without address");
            }
            Method::Cert if kind != ConnectionKind::HostSsl => {
                let message = "the method `cert` is for `hostssl` records only".to_owned();
                return fail(other_type, message, "make the record `hostssl`, or use another method");
            }
            _ => {}
        }
        Ok(Placed { value: method, at })
    }

    /// What stands in place of a method.
    fn no_method(&self, kind: ConnectionKind, token: &TokenView<'_>) -> Failure {
        let failure = |message: &str, help: String| Failure::new(RecordErrorKind::Method, message, help);
        let lower = token.text.to_ascii_lowercase();
        if Method::named(&lower).is_some() {
            return failure("methods are written in lower case", format!("write `{lower}`"));
        }
        let address = matches!(token.text, "all" | "samehost" | "samenet")
            || numeric(token.text.split('/').next().unwrap_or_default()) != Numeric::Name;
        if address && kind == ConnectionKind::Local {
            let help = "remove it, or make the record `host`";
            return failure("a `local` record has no address: here stands the method", help.to_owned());
        }
        if address {
            let help = "remove it if the address has its mask already; lists are separated by commas without blanks before \
                them";
            return failure("this is an address, and here stands the method", help.to_owned());
        }
        if matches!(&*lower, "krb4" | "krb5" | "crypt") {
            return failure(
                "this method was removed from PostgreSQL long ago",
                "use `scram-sha-256` or `gss`".to_owned(),
            );
        }
        if matches!(&*lower, "scram" | "sha256" | "scram-sha256" | "scram_sha_256" | "scram-sha-512") {
            return failure("this is no authentication method", "write `scram-sha-256`".to_owned());
        }
        let help = "write `scram-sha-256`, or another of the server's methods, such as `cert`, `peer`, `reject`";
        failure("this is no authentication method", help.to_owned())
    }

    fn options(
        &self,
        kind: ConnectionKind,
        method: Method,
        from: usize,
    ) -> Result<Vec<Placed<HbaOption>>, RecordError> {
        let mut options = Vec::new();
        for (field, tokens) in self.fields.iter().enumerate().skip(from) {
            for (token, view) in tokens.iter().enumerate() {
                let Some((name, value)) = view.text.split_once('=') else {
                    let message = "behind the method stand options only, as `name=value`";
                    let help = "write the option with `=` and without blanks around it, in double quotes if its value has \
                        some; a comment starts with `#`";
                    return Err(Failure::new(RecordErrorKind::OptionForm, message, help).at(field, token));
                };
                options::check(name, value, kind, method, self.major).map_err(|failure| failure.at(field, token))?;
                let value = HbaOption { name: name.into(), value: value.into() };
                options.push(Placed { value, at: At { field, token } });
            }
        }
        Ok(options)
    }

    /// The one token of a field.
    fn single(&self, field: usize, before: &str, what: &str) -> Result<&'a TokenView<'a>, RecordError> {
        match self.fields.get(field).map(Vec::as_slice) {
            Some([token]) => Ok(token),
            Some([_, _, ..]) => Err(Failure::new(
                RecordErrorKind::MultipleValues,
                format!("{before} one {what}, and this is a list"),
                "write a record for each, without commas",
            )
            .at(field, 1)),
            Some([]) | None => {
                let article = if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
                Err(self.end_of_line(&format!("the {what}"), &format!("{article} {what}")))
            }
        }
    }

    /// The line ends before `what`.
    fn end_of_line(&self, what: &str, expected: &str) -> RecordError {
        let comma = self.fields.iter().any(|field| field.len() > 1);
        let help = match what {
            "the mask" => "write the address with its mask, such as `10.0.0.0/8`".to_owned(),
            _ if comma => format!("add {expected}; a comma before a blank joins what stands on both sides"),
            _ => format!("add {expected}"),
        };
        Failure::new(RecordErrorKind::EndOfLine, format!("the line ends before {what}"), help).place(None)
    }
}
