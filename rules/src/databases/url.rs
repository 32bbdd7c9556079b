//! What names a server and a login in one text: URLs, connection strings of `name=value`, the form of Go's MySQL driver.

use std::ops::Range;

use stacklint_engine::percent;

/// The parts of an address, as ranges of the text. What is empty is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Address {
    /// Without `jdbc:` and the driver; nothing where the form has none.
    pub(super) scheme: Range<usize>,
    pub(super) host: Range<usize>,
    pub(super) port: Range<usize>,
    pub(super) user: Range<usize>,
    pub(super) password: Range<usize>,
    pub(super) database: Range<usize>,
    /// What it says of TLS: `sslmode` or the like.
    pub(super) tls: Range<usize>,
    /// How many connections its pool keeps.
    pub(super) pool: Range<usize>,
    /// `%40` stands for `@` in it.
    pub(super) is_encoded: bool,
}

/// The longest address that is looked at, and so many of one text: what keeps the search linear on hostile text.
const LONGEST: usize = 2048;
const MOST: usize = 64;

/// The addresses in a text.
pub(super) fn addresses(text: &str) -> Vec<Address> {
    // Most values are words, and are done with one look.
    if !text.bytes().any(|byte| matches!(byte, b':' | b'@' | b'=')) {
        return Vec::new();
    }
    let mut found: Vec<Address> = text.match_indices("://").take(MOST).filter_map(|(at, _)| url(text, at)).collect();
    found.extend(text.match_indices("@tcp(").take(MOST).filter_map(|(at, _)| go_mysql(text, at)));
    if found.is_empty() {
        found.extend(assignments(text));
    }
    found
}

fn ends(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '"' | '\'' | '`' | '<' | '>')
}

/// `[jdbc:]scheme[+driver]://[user[:password]@]host[:port][/database][?name=value]`.
fn url(text: &str, colon: usize) -> Option<Address> {
    let is_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-');
    let before = text.as_bytes().get(..colon)?;
    let length = before.iter().rev().take(32).take_while(|byte| is_scheme(byte)).count();
    let scheme = colon - length..text.get(colon - length..colon)?.find('+').map_or(colon, |plus| colon - length + plus);
    let start = colon + 3;
    let rest = text.get(start..)?;
    let end = rest.find(ends).unwrap_or(rest.len());
    let rest = rest.get(..end).filter(|rest| rest.len() <= LONGEST)?;
    let (rest, query) = match rest.find('?') {
        Some(mark) => (rest.get(..mark)?, start + mark + 1..start + rest.len()),
        None => (rest, 0..0),
    };
    let slash = rest.find('/').unwrap_or(rest.len());
    let authority = rest.get(..slash)?;
    let database = (start + slash + 1).min(start + rest.len())..start + rest.len();
    let mut address = Address { scheme, database, is_encoded: true, ..Address::default() };
    let host_start = match authority.rfind('@') {
        Some(at) => {
            let colon = authority.get(..at)?.find(':').unwrap_or(at);
            address.user = start..start + colon;
            address.password = start + (colon + 1).min(at)..start + at;
            at + 1
        }
        None => 0,
    };
    let host = authority.get(host_start..)?;
    // Several servers, and addresses of IPv6, are no services of the stack.
    if host.contains([',', '[', ')']) {
        return None;
    }
    let colon = host.find(':').unwrap_or(host.len());
    address.host = start + host_start..start + host_start + colon;
    address.port = start + host_start + (colon + 1).min(host.len())..start + authority.len();
    let mut at = query.start;
    for parameter in text.get(query)?.split('&') {
        let value = parameter.find('=').map(|equals| at + equals + 1..at + parameter.len());
        match parameter.split('=').next() {
            Some("user" | "username") if address.user.is_empty() => address.user = value.unwrap_or_default(),
            Some("password") if address.password.is_empty() => address.password = value.unwrap_or_default(),
            Some("sslmode" | "sslMode" | "ssl-mode" | "ssl" | "tls") => address.tls = value.unwrap_or_default(),
            Some("connection_limit" | "pool_max_conns" | "pool_size" | "maximumPoolSize") => {
                address.pool = value.unwrap_or_default();
            }
            _ => {}
        }
        at += parameter.len() + 1;
    }
    (!address.host.is_empty()).then_some(address)
}

/// `user:password@tcp(host:port)/database?...`.
fn go_mysql(text: &str, at: usize) -> Option<Address> {
    let before = text.get(..at)?;
    let start = before.rfind(|letter: char| ends(letter) || letter == '=').map_or(0, |end| end + 1);
    let user = text.get(start..at).filter(|login| login.len() <= LONGEST && !login.contains("://"))?;
    let colon = user.find(':').unwrap_or(user.len());
    let inner = at + "@tcp(".len();
    let close = inner + text.get(inner..)?.find(')').filter(|close| *close <= LONGEST)?;
    let port = text.get(inner..close)?.find(':').map_or(close, |colon| inner + colon);
    let rest = text.get(close + 1..)?;
    let end = rest.find(|letter: char| ends(letter) || letter == '?').unwrap_or(rest.len());
    let slash = usize::from(rest.starts_with('/'));
    Some(Address {
        scheme: 0..0,
        host: inner..port,
        port: (port + 1).min(close)..close,
        user: start..start + colon,
        password: (start + colon + 1).min(at)..at,
        database: close + 1 + slash..close + 1 + end.max(slash),
        ..Address::default()
    })
}

/// `host=db port=5432 user=app dbname=shop` of libpq, and `Host=db;Username=app;Database=shop` of ADO.NET.
fn assignments(text: &str) -> Option<Address> {
    if text.len() > LONGEST || !text.contains('=') {
        return None;
    }
    let has_semicolons = text.contains(';');
    let separates = |letter: char| if has_semicolons { letter == ';' } else { letter.is_whitespace() };
    let mut address = Address::default();
    let mut at = 0;
    for part in text.split(separates) {
        let start = at;
        at += part.len() + 1;
        let Some((name, value)) = part.split_once('=') else { continue };
        let bare = value.trim().trim_matches(['\'', '"']);
        let offset = start + name.len() + 1 + value.find(bare).unwrap_or(0);
        let range = offset..offset + bare.len();
        let name: String =
            name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        match name.as_str() {
            "host" | "server" | "datasource" | "hostname" => address.host = range,
            "port" => address.port = range,
            "user" | "username" | "userid" | "uid" => address.user = range,
            "password" | "pwd" => address.password = range,
            "database" | "dbname" | "initialcatalog" => address.database = range,
            "sslmode" => address.tls = range,
            "maximumpoolsize" | "maxpoolsize" | "poolmaxconns" => address.pool = range,
            _ => {}
        }
    }
    let host = text.get(address.host.clone())?;
    if let Some(at) = host.find([':', ',']) {
        address.port = address.host.start + at + 1..address.host.end;
        address.host.end = address.host.start + at;
    }
    let says_more = !address.user.is_empty() || !address.password.is_empty() || !address.database.is_empty();
    (says_more && !address.host.is_empty()).then_some(address)
}

/// A text without the escapes of URLs; itself where they are none.
pub(super) fn decoded(text: &str) -> String {
    String::from_utf8(percent::decoded(text)).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<[&str; 6]> {
        let address = addresses(text).into_iter().next()?;
        let part = |range: &Range<usize>| text.get(range.clone()).unwrap();
        let Address { scheme, host, port, user, password, database, .. } = &address;
        Some([part(scheme), part(host), part(port), part(user), part(password), part(database)])
    }

    #[test]
    fn takes_addresses_apart() {
        for (text, wanted) in [
            ("postgres://app:pw@db:5432/shop?sslmode=disable", ["postgres", "db", "5432", "app", "pw", "shop"]),
            ("postgresql+asyncpg://app:p%40:w@db/shop", ["postgresql", "db", "", "app", "p%40:w", "shop"]),
            ("--dsn=postgres://app@db", ["postgres", "db", "", "app", "", ""]),
            ("jdbc:postgresql://db/shop?user=app&password=pw", ["postgresql", "db", "", "app", "pw", "shop"]),
            ("mysql://db", ["mysql", "db", "", "", "", ""]),
            ("app:p:w@tcp(db:3306)/shop?parseTime=true", ["", "db", "3306", "app", "p:w", "shop"]),
            ("host=db port=5432 user=app password='pw' dbname=shop", ["", "db", "5432", "app", "pw", "shop"]),
            ("Server=db,1433;User Id=app;Password=p w;Database=shop;", ["", "db", "1433", "app", "p w", "shop"]),
        ] {
            assert_eq!(parts(text), Some(wanted), "{text}");
        }
        for text in
            ["", "db:5432", "host=db", "postgres://a@db1,db2/x", "postgres://a@[::1]/x", "://", "@tcp(", "@tcp()"]
        {
            assert!(parts(text).is_none_or(|parts| parts[1].is_empty()), "{text}");
        }
    }

    #[test]
    fn finds_what_is_said_of_tls() {
        let tls = |text: &'static str| addresses(text).first().and_then(|address| text.get(address.tls.clone()));
        assert_eq!(tls("postgres://a:b@db/x?connect_timeout=3&sslmode=disable"), Some("disable"));
        assert_eq!(tls("jdbc:postgresql://db/x?ssl=false"), Some("false"));
        assert_eq!(tls("host=db user=a sslmode=verify-full"), Some("verify-full"));
        assert_eq!(tls("Host=db;Username=a;SSL Mode=Disable"), Some("Disable"));
        assert_eq!(tls("postgres://a:b@db/x"), Some(""));
    }

    #[test]
    fn takes_escapes_away() {
        assert_eq!(decoded("p%40ss%2Fw"), "p@ss/w");
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%zz%4"), "%zz%4");
        assert_eq!(decoded("%ff"), "%ff");
    }
}
