//! A record as the server shows it in the view `pg_hba_file_rules` (`fill_hba_line` and `get_hba_options` of
//! src/backend/utils/adt/hbafuncs.c): what it understood, which is not always what is written.

use std::net::IpAddr;

use super::TokenView;
use super::options::{LdapUrl, ldap_url, leading_number};
use super::record::{Address, Method, Record};

/// The columns of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// `type`.
    pub kind: &'static str,
    /// `database`: the tokens, without quotes.
    pub databases: Vec<String>,
    /// `user_name`: the tokens, without quotes.
    pub users: Vec<String>,
    /// `address`: a keyword, a host name or a numeric address; none for `local`.
    pub address: Option<String>,
    /// `netmask`, of numeric addresses.
    pub netmask: Option<String>,
    /// `auth_method`.
    pub method: &'static str,
    /// `options`: name and value. Implied ones are among them, and those without effect on the view are not.
    pub options: Vec<(&'static str, String)>,
}

/// The columns of a record that was made of these fields.
#[must_use]
pub fn shown(record: &Record, fields: &[Vec<TokenView<'_>>]) -> Shown {
    let tokens = |field: usize| -> Vec<String> {
        fields.get(field).map(|field| field.iter().map(|token| token.text.to_owned()).collect()).unwrap_or_default()
    };
    let (address, netmask) = match record.address.as_ref().map(|address| &address.value) {
        None => (None, None),
        Some(Address::All) => (Some("all".to_owned()), None),
        Some(Address::SameHost) => (Some("samehost".to_owned()), None),
        Some(Address::SameNet) => (Some("samenet".to_owned()), None),
        Some(Address::HostName(name) | Address::Domain(name)) => (Some(name.to_string()), None),
        Some(Address::Net { address, mask }) => (Some(numeric(*address)), Some(numeric(*mask))),
    };
    Shown {
        kind: record.kind.name(),
        databases: tokens(1),
        users: tokens(2),
        address,
        netmask,
        method: record.method.value.name(),
        options: options(record),
    }
}

/// An address as `inet_ntop` of the GNU C library writes it, which shows the last four bytes of `::a.b.c.d` in decimal.
fn numeric(address: IpAddr) -> String {
    if let IpAddr::V6(six) = address
        && let [0, 0, 0, 0, 0, 0, high, low] = six.segments()
        && high != 0
    {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        return format!("::{a}.{b}.{c}.{d}");
    }
    address.to_string()
}

fn options(record: &Record) -> Vec<(&'static str, String)> {
    let value = |name: &str| record.option(name).map(|option| option.value.value.to_string());
    let mut shown: Vec<(&'static str, String)> = Vec::new();
    let mut push = |name: &'static str, value: Option<String>| shown.extend(value.map(|value| (name, value)));
    let method = record.method.value;
    if matches!(method, Method::Gss | Method::Sspi) {
        let realm = value("include_realm").is_none_or(|value| value == "1");
        push("include_realm", realm.then(|| "true".to_owned()));
        push("krb_realm", value("krb_realm"));
    }
    push("map", value("map"));
    push("clientcert", client_certificate(record));
    push("pamservice", value("pamservice"));
    match method {
        Method::Ldap => {
            for (name, value) in Ldap::of(record).shown() {
                push(name, value);
            }
        }
        Method::Radius => {
            for name in ["radiusservers", "radiussecrets", "radiusidentifiers", "radiusports"] {
                push(name, value(name));
            }
        }
        Method::OAuth => {
            for name in ["issuer", "scope", "validator"] {
                push(name, value(name));
            }
            let delegated = value("delegate_ident_mapping").is_some_and(|value| value == "1");
            push("delegate_ident_mapping", delegated.then(|| "true".to_owned()));
        }
        _ => {}
    }
    shown
}

fn client_certificate(record: &Record) -> Option<String> {
    if record.method.value == Method::Cert {
        return Some("verify-full".to_owned());
    }
    match &*record.option("clientcert")?.value.value {
        "verify-full" => Some("verify-full".to_owned()),
        "verify-ca" | "1" => Some("verify-ca".to_owned()),
        _ => None,
    }
}

/// `LDAP_SCOPE_SUBTREE`
const SUBTREE: i64 = 2;

/// The options of LDAP: a URL sets several, and what is written later wins.
#[derive(Default)]
struct Ldap {
    server: Option<String>,
    port: i64,
    tls: bool,
    scheme: Option<String>,
    prefix: Option<String>,
    suffix: Option<String>,
    base_dn: Option<String>,
    bind_dn: Option<String>,
    bind_password: Option<String>,
    attribute: Option<String>,
    filter: Option<String>,
    scope: i64,
}

impl Ldap {
    fn of(record: &Record) -> Self {
        let mut ldap = Self { scope: SUBTREE, ..Self::default() };
        for option in &record.options {
            // Every option sets it anew, so that the scope of a URL holds only if the URL is the last.
            ldap.scope = SUBTREE;
            let value = || Some(option.value.value.to_string());
            match &*option.value.name {
                "ldapurl" => ldap.url(&option.value.value),
                "ldapserver" => ldap.server = value(),
                "ldapport" => ldap.port = leading_number(&option.value.value),
                "ldaptls" => ldap.tls = &*option.value.value == "1",
                "ldapscheme" => ldap.scheme = value(),
                "ldapprefix" => ldap.prefix = value(),
                "ldapsuffix" => ldap.suffix = value(),
                "ldapbasedn" => ldap.base_dn = value(),
                "ldapbinddn" => ldap.bind_dn = value(),
                "ldapbindpasswd" => ldap.bind_password = value(),
                "ldapsearchattribute" => ldap.attribute = value(),
                "ldapsearchfilter" => ldap.filter = value(),
                _ => {}
            }
        }
        ldap
    }

    fn url(&mut self, url: &str) {
        let Ok(LdapUrl { tls, host, port, base_dn, parts: [attribute, scope, filter], .. }) = ldap_url(url) else {
            return;
        };
        let set = |text: &str| (!text.is_empty()).then(|| unescape(text));
        self.scheme = Some(if tls { "ldaps" } else { "ldap" }.to_owned());
        self.server = set(host).or(self.server.take());
        let port = port.map(leading_number).filter(|port| *port != 0);
        self.port = port.unwrap_or(if tls { 636 } else { 389 });
        self.base_dn = base_dn.map(unescape).or(self.base_dn.take());
        // Of several attributes the first counts.
        self.attribute = attribute.split(',').next().and_then(set).or(self.attribute.take());
        self.scope = match scope {
            "one" | "onetree" => 1,
            "sub" | "subtree" => SUBTREE,
            "subordinate" | "children" => 3,
            _ => 0,
        };
        self.filter = set(filter).or(self.filter.take());
    }

    fn shown(self) -> [(&'static str, Option<String>); 12] {
        let number = |number: i64| (number != 0).then(|| number.to_string());
        [
            ("ldapserver", self.server),
            ("ldapport", number(self.port)),
            ("ldapscheme", self.scheme),
            ("ldaptls", self.tls.then(|| "true".to_owned())),
            ("ldapprefix", self.prefix),
            ("ldapsuffix", self.suffix),
            ("ldapbasedn", self.base_dn),
            ("ldapbinddn", self.bind_dn),
            ("ldapbindpasswd", self.bind_password),
            ("ldapsearchattribute", self.attribute),
            ("ldapsearchfilter", self.filter),
            ("ldapscope", number(self.scope)),
        ]
    }
}

/// A part of a URL without its `%` escapes.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        let escaped = behind.get(..2).filter(|_| byte == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = escaped.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(code) => {
                bytes.push(code);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
