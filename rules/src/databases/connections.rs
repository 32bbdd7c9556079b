//! Who connects to a server, and as whom: URLs and connection strings, and variables or sections of a file that belong
//! together (`DB_HOST`, `DB_USER`, `DB_PASSWORD`, `DB_NAME`).

use std::ops::Range;

use std::rc::Rc;

use stacklint_engine::application::{Configuration, folded};
use stacklint_engine::check::Context;
use stacklint_engine::map::{HashMap, HashSet};
use stacklint_engine::stack::value::{Data, Field, Value};
use stacklint_engine::stack::{Service, Stack};
use stacklint_engine::text::Text;

use super::is_known;
use super::url::{self, Address};

/// What a service says of a server that it connects to.
#[derive(Debug)]
pub(crate) struct Connection {
    /// Of a URL, without a driver.
    pub(crate) scheme: String,
    pub(crate) host: String,
    /// Nothing where it does not say one.
    pub(crate) port: Option<u16>,
    /// What says it as a whole.
    pub(crate) site: Part,
    pub(crate) user: Option<Part>,
    pub(crate) password: Option<Part>,
    pub(crate) database: Option<Part>,
    /// What it says of TLS.
    pub(crate) tls: Option<Part>,
    /// How many connections its pool keeps.
    pub(crate) pool: Option<Part>,
}

/// One part of it.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The variable or the setting that says it.
    pub(crate) name: String,
    /// The logical path of that.
    pub(crate) subject: String,
    /// Its characters.
    pub(crate) text: Text,
    /// What they mean.
    pub(crate) value: String,
}

impl Part {
    fn of(named: &Named<'_>, text: Text, is_encoded: bool) -> Option<Self> {
        if text.is_empty() || !is_known(&text) {
            return None;
        }
        let value = if is_encoded { url::decoded(text.as_str()) } else { text.as_str().to_owned() };
        Some(Self { name: named.name.to_owned(), subject: named.subject(), text, value })
    }

    /// Whether it means a text: some programs take escapes away, and some do not.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.value == text || self.text.as_str() == text
    }
}

/// A text with its name and where that stands.
#[derive(Clone, Copy, Debug)]
struct Named<'a> {
    /// `services.api.environment.`, `config.yaml:`.
    place: &'a str,
    name: &'a str,
    text: &'a Text,
}

impl Named<'_> {
    fn subject(&self) -> String {
        format!("{}{}", self.place, self.name)
    }
}

/// The connections that a stack speaks of.
#[derive(Debug)]
pub(crate) struct Connections {
    services: HashMap<Box<str>, Vec<Connection>>,
    /// Of each configuration file.
    configurations: Vec<Vec<Connection>>,
}

impl Connections {
    /// Those of the stack being judged: several rules ask for them.
    pub(crate) fn of(stack: &Stack, cx: &Context<'_>) -> Rc<Self> {
        cx.shared(|| Self {
            services: stack.services().map(|service| (service.name.into(), of_service(&service))).collect(),
            configurations: stack.configurations.iter().map(of_configuration).collect(),
        })
    }

    /// Those that the environment and the command line of a service speak of.
    pub(crate) fn of_service(&self, service: &Service<'_>) -> &[Connection] {
        self.services.get(service.name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The services of the stack, each with those that it speaks of, and again with those of each of its files.
    pub(crate) fn by_service<'a>(&self, stack: &'a Stack) -> impl Iterator<Item = (Service<'a>, &[Connection])> {
        let of_services = stack.services().map(|service| (service, self.of_service(&service)));
        of_services.chain(self.of_files(stack).filter_map(|(configuration, connections)| {
            Some((configuration.service().and_then(|name| stack.service(name))?, connections))
        }))
    }

    /// The configuration files of the stack, each with those that it speaks of.
    pub(crate) fn of_files<'a>(&self, stack: &'a Stack) -> impl Iterator<Item = (&'a Configuration, &[Connection])> {
        stack.configurations.iter().zip(self.configurations.iter().map(Vec::as_slice))
    }
}

fn of_service(service: &Service<'_>) -> Vec<Connection> {
    let place = format!("services.{}.environment.", service.name);
    let environment = service.value().get("environment");
    let variable = |name: &str| {
        let (name, field) = environment?.as_mapping()?.get_key_value(name)?;
        with_text((name, field))
    };
    let mut found = Vec::new();
    for (name, text) in environment.into_iter().flat_map(Value::fields).filter_map(with_text) {
        in_value(&Named { place: &place, name, text }, variable, &mut found);
    }
    // libpq looks here for what a URL does not say.
    if let Some((name, text)) = variable("PGSSLMODE") {
        let named = Named { place: &place, name, text };
        for connection in found.iter_mut().filter(|connection| connection.tls.is_none()) {
            connection.tls = Part::of(&named, text.clone(), false);
        }
    }
    let place = format!("services.{}.", service.name);
    for text in service.command_line() {
        in_text(&Named { place: &place, name: "command", text }, &mut found);
    }
    found
}

fn with_text<'a>((name, field): (&'a str, &'a Field)) -> Option<(&'a str, &'a Text)> {
    Some((name, field.value.as_text()?))
}

/// How deep sections of a file are looked at.
const DEPTH: usize = 12;

fn of_configuration(configuration: &Configuration) -> Vec<Connection> {
    let mut found = Vec::new();
    let place = format!("{}:", configuration.file().unwrap_or_default());
    let overridden = configuration.overridden();
    let file = File { place: &place, overridden: &overridden };
    section(configuration.tree(), &mut String::new(), &file, 0, &mut found);
    found
}

struct File<'a> {
    place: &'a str,
    /// Paths of values that the environment takes the place of.
    overridden: &'a HashSet<&'a str>,
}

fn section(value: &Value, path: &mut String, file: &File<'_>, depth: usize, found: &mut Vec<Connection>) {
    if depth > DEPTH {
        return;
    }
    let whole = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let fields: Vec<(String, &Text)> =
        value.fields().filter_map(with_text).map(|(key, text)| (whole(key), text)).collect();
    let fields: HashMap<&str, &Text> = fields
        .iter()
        .filter(|(path, _)| !file.overridden.contains(path.as_str()))
        .map(|(path, text)| (path.as_str(), *text))
        .collect();
    for (key, field) in value.fields() {
        let length = path.len();
        if length > 0 {
            path.push('.');
        }
        path.push_str(key);
        match &field.value.data {
            Data::Mapping(_) => section(&field.value, path, file, depth + 1, found),
            Data::Scalar(_) => {
                if let Some((name, text)) = fields.get_key_value(path.as_str()) {
                    let beside = |path: &str| fields.get_key_value(path).map(|(path, text)| (*path, *text));
                    in_value(&Named { place: file.place, name, text }, beside, found);
                }
            }
            Data::Sequence(_) | Data::Null => {}
        }
        path.truncate(length);
    }
}

/// Names of what belongs to a server, behind what the names of one server have in common.
const HOSTS: [&str; 6] = ["HOST", "HOSTNAME", "SERVER", "ADDRESS", "ADDR", "SERVER_NAME"];
const URLS: [&str; 6] = ["URL", "URI", "DSN", "JDBC_URL", "DATABASE_URL", "CONNECTION_STRING"];
const PORTS: [&str; 1] = ["PORT"];
const USERS: [&str; 5] = ["USER", "USERNAME", "USER_NAME", "LOGIN", "USR"];
const PASSWORDS: [&str; 5] = ["PASSWORD", "PASS", "PASSWD", "PWD", "PSWD"];
const DATABASES: [&str; 7] = ["NAME", "DATABASE", "DB", "DBNAME", "DB_NAME", "DATABASE_NAME", "DATABASE_DB"];

const TLS: [&str; 5] = ["SSLMODE", "SSL_MODE", "SSL", "TLS", "USE_SSL"];

/// The connection that a value speaks of, by itself or together with those beside it.
fn in_value<'a>(named: &Named<'_>, other: impl Fn(&str) -> Option<(&'a str, &'a Text)>, found: &mut Vec<Connection>) {
    let before = found.len();
    in_text(named, found);
    let beside = |endings: &[&str], base: &str| {
        let mut name = String::with_capacity(base.len() + 16);
        endings.iter().find_map(|ending| {
            name.clear();
            name.push_str(base);
            name.push_str(ending);
            // `DB_USER` beside `DB_HOST`, `PGUSER` beside `PGHOST`, `database.user` beside `database.host`.
            if named.name.ends_with(|letter: char| letter.is_lowercase())
                && let Some(ending) = name.get_mut(base.len()..)
            {
                ending.make_ascii_lowercase();
            }
            let (name, text) = other(&name)?;
            Part::of(&Named { place: named.place, name, text }, text.clone(), false)
        })
    };
    if let [connection] = found.get_mut(before..).unwrap_or_default() {
        // A URL without a login has it beside it.
        if let Some(base) = base(named.name, &URLS).filter(|_| connection.user.is_none()) {
            connection.user = beside(&USERS, base);
            connection.password = connection.password.take().or_else(|| beside(&PASSWORDS, base));
            connection.tls = connection.tls.take().or_else(|| beside(&TLS, base));
        }
        return;
    }
    let Some(base) = base(named.name, &HOSTS).filter(|_| is_known(named.text)) else { return };
    let text = named.text.as_str();
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, port.parse().ok()));
    let port = port.or_else(|| beside(&PORTS, base)?.value.parse().ok());
    let Some(site) = Part::of(named, named.text.clone(), false) else { return };
    found.push(Connection {
        scheme: String::new(),
        host: host.to_owned(),
        port,
        site,
        user: beside(&USERS, base),
        password: beside(&PASSWORDS, base),
        database: beside(&DATABASES, base),
        tls: beside(&TLS, base),
        pool: None,
    });
}

/// What is before one of some endings of a name.
fn base<'n>(name: &'n str, endings: &[&str]) -> Option<&'n str> {
    let longest = endings.iter().filter(|ending| {
        let tail = name.len().checked_sub(ending.len()).and_then(|start| name.get(start..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(ending))
    });
    let ending = longest.max_by_key(|ending| ending.len())?;
    name.get(..name.len() - ending.len())
}

fn in_text(named: &Named<'_>, found: &mut Vec<Connection>) {
    for address in url::addresses(named.text.as_str()) {
        let Address { scheme, host, port, user, password, database, tls, pool, is_encoded } = address;
        let slice = |range: Range<usize>| named.text.slice(range);
        let part = |range: Range<usize>| Part::of(named, slice(range), is_encoded);
        let Some(site) = part(host.clone()) else { continue };
        let port = slice(port);
        // A port that nobody knows may be any.
        let port = if is_known(&port) { port.as_str().parse().ok() } else { Some(0) };
        found.push(Connection {
            scheme: slice(scheme).as_str().to_ascii_lowercase(),
            host: site.text.as_str().to_owned(),
            port,
            user: part(user),
            password: part(password),
            database: part(database),
            tls: part(tls),
            pool: part(pool),
            site,
        });
    }
}

/// Whether a name is that of the one URL that a program takes its database from.
pub(crate) fn is_database_url(name: &str) -> bool {
    matches!(folded(name).as_str(), "databaseurl" | "dburl" | "databaseuri")
}
