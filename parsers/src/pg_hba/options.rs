//! Options behind the method of a record: which there are, and for whom (`parse_hba_auth_opt` of
//! src/backend/libpq/hba.c).

use super::interpret::{Failure, RecordErrorKind};
use super::record::{ConnectionKind, Method};

/// Checks one `name=value`.
pub(super) fn check(name: &str, value: &str, kind: ConnectionKind, method: Method, major: u32) -> Result<(), Failure> {
    use Method::{Cert, Gss, Ident, Ldap, OAuth, Pam, Peer, Radius, Sspi};
    let methods: &[Method] = match name {
        "map" if major >= 18 => &[Ident, Peer, Gss, Sspi, Cert, OAuth],
        "map" => &[Ident, Peer, Gss, Sspi, Cert],
        "clientcert" => return client_certificate(value, kind, method, major),
        "clientname" if major >= 14 => return client_name(value, kind),
        "pamservice" | "pam_use_hostname" => &[Pam],
        "ldapurl"
        | "ldaptls"
        | "ldapscheme"
        | "ldapserver"
        | "ldapport"
        | "ldapbinddn"
        | "ldapbindpasswd"
        | "ldapsearchattribute"
        | "ldapsearchfilter"
        | "ldapbasedn"
        | "ldapprefix"
        | "ldapsuffix" => &[Ldap],
        "krb_realm" | "include_realm" => &[Gss, Sspi],
        "compat_realm" | "upn_username" => &[Sspi],
        "radiusservers" | "radiusports" | "radiussecrets" | "radiusidentifiers" => &[Radius],
        "issuer" | "scope" | "validator" | "delegate_ident_mapping" if major >= 18 => &[OAuth],
        _ => return Err(unknown(name, major)),
    };
    if !methods.contains(&method) {
        let names: Vec<&str> = methods.iter().map(|method| method.name()).collect();
        return Err(Failure::new(
            RecordErrorKind::OptionOfOtherMethod,
            format!("the option `{name}` does not belong to the method `{}`", method.name()),
            format!("it is for {}; remove it, or correct the method", list(&names)),
        ));
    }
    match name {
        "ldapurl" => ldap_url(value).map(|_| ()),
        "ldapport" if leading_number(value) == 0 => Err(Failure::new(
            RecordErrorKind::OptionValue,
            "`ldapport` is no port number",
            "write a number such as 389",
        )),
        "radiusservers" | "radiussecrets" | "radiusidentifiers" => split_list(value).map(|_| ()).ok_or_else(|| {
            Failure::new(
                RecordErrorKind::OptionValue,
                format!("`{name}` is no list"),
                "separate its elements by commas, and put the whole option in double quotes",
            )
        }),
        "radiusports" => match split_list(value) {
            Some(ports) if ports.iter().all(|port| leading_number(port) != 0) => Ok(()),
            _ => Err(Failure::new(
                RecordErrorKind::OptionValue,
                "`radiusports` is no list of port numbers",
                "write numbers separated by commas",
            )),
        },
        _ => Ok(()),
    }
}

fn client_certificate(value: &str, kind: ConnectionKind, method: Method, major: u32) -> Result<(), Failure> {
    if kind != ConnectionKind::HostSsl {
        return Err(Failure::new(
            RecordErrorKind::OptionOfOtherType,
            "`clientcert` is only for `hostssl` records: other connections have no client certificate",
            "make the record `hostssl`, or remove the option",
        ));
    }
    match value {
        "verify-full" => Ok(()),
        "verify-ca" | "1" if method == Method::Cert && major >= 14 && value != "1" => Err(Failure::new(
            RecordErrorKind::OptionValue,
            "the method `cert` always asks for `clientcert=verify-full`, and nothing less can be said from PostgreSQL 14 on",
            "remove the option",
        )),
        "verify-ca" => Ok(()),
        "1" if major < 14 => Ok(()),
        "0" | "no-verify" if major < 14 && method == Method::Cert => Err(Failure::new(
            RecordErrorKind::OptionValue,
            "the method `cert` cannot do without the client's certificate",
            "remove the option",
        )),
        "0" | "no-verify" if major < 14 => Ok(()),
        "1" => Err(Failure::new(
            RecordErrorKind::OptionValue,
            "`clientcert=1` is gone from PostgreSQL 14 on",
            "write `clientcert=verify-ca`, or better `clientcert=verify-full`",
        )),
        "0" | "no-verify" => Err(Failure::new(
            RecordErrorKind::OptionValue,
            format!("`clientcert={value}` is gone from PostgreSQL 14 on"),
            "remove the option, which says the same",
        )),
        _ => Err(Failure::new(
            RecordErrorKind::OptionValue,
            "this is no value of `clientcert`",
            "write `verify-ca` or `verify-full`",
        )),
    }
}

fn client_name(value: &str, kind: ConnectionKind) -> Result<(), Failure> {
    if kind != ConnectionKind::HostSsl {
        return Err(Failure::new(
            RecordErrorKind::OptionOfOtherType,
            "`clientname` is only for `hostssl` records: other connections have no client certificate",
            "make the record `hostssl`, or remove the option",
        ));
    }
    if matches!(value, "CN" | "DN") {
        return Ok(());
    }
    let help = "write `CN` or `DN`, in capitals";
    Err(Failure::new(RecordErrorKind::OptionValue, "this is no value of `clientname`", help))
}

fn unknown(name: &str, major: u32) -> Failure {
    let since = match name {
        "clientname" => Some(14),
        "issuer" | "scope" | "validator" | "delegate_ident_mapping" => Some(18),
        _ => None,
    };
    match since {
        Some(since) => Failure::new(
            RecordErrorKind::Unsupported,
            format!("the option `{name}` exists from PostgreSQL {since} on, and this is {major}"),
            "remove it, or use a newer server",
        ),
        None => Failure::new(
            RecordErrorKind::UnknownOption,
            "PostgreSQL knows no option of this name",
            "correct its spelling (names are in lower case), or remove it",
        ),
    }
}

/// What the options of a whole record must hold together. `find` gives the value of the last option of a name.
pub(super) fn check_all<'a>(method: Method, find: impl Fn(&str) -> Option<&'a str>) -> Result<(), Failure> {
    match method {
        Method::Ldap => check_ldap(find),
        Method::Radius => check_radius(find),
        Method::OAuth => check_oauth(find),
        _ => Ok(()),
    }
}

fn missing(option: &str, method: &str, example: &str) -> Failure {
    Failure::new(
        RecordErrorKind::MissingOption,
        format!("the method `{method}` needs the option `{option}`"),
        format!("add it, such as `{example}`"),
    )
}

fn check_ldap<'a>(find: impl Fn(&str) -> Option<&'a str>) -> Result<(), Failure> {
    let url = find("ldapurl").and_then(|url| ldap_url(url).ok());
    let base = find("ldapbasedn").is_some() || url.as_ref().is_some_and(|url| url.base_dn.is_some());
    let attribute = find("ldapsearchattribute").is_some() || url.as_ref().is_some_and(|url| url.attribute);
    let filter = find("ldapsearchfilter").is_some() || url.as_ref().is_some_and(|url| url.filter);
    if find("ldapprefix").is_some() || find("ldapsuffix").is_some() {
        if base || attribute || filter || find("ldapbinddn").is_some() || find("ldapbindpasswd").is_some() {
            return Err(Failure::new(
                RecordErrorKind::ConflictingOptions,
                "the options mix the two ways of LDAP: bind as prefix, user and suffix, or search below a base",
                "keep `ldapprefix` and `ldapsuffix`, or `ldapbasedn` and what goes with it",
            ));
        }
    } else if !base {
        return Err(Failure::new(
            RecordErrorKind::MissingOption,
            "the method `ldap` needs one of the options `ldapbasedn`, `ldapprefix` and `ldapsuffix`",
            "say where users are searched, or how their names become those of the directory",
        ));
    }
    if attribute && filter {
        return Err(Failure::new(
            RecordErrorKind::ConflictingOptions,
            "`ldapsearchattribute` and `ldapsearchfilter` exclude each other",
            "keep one of them",
        ));
    }
    Ok(())
}

fn check_radius<'a>(find: impl Fn(&str) -> Option<&'a str>) -> Result<(), Failure> {
    let count = |name: &str| find(name).and_then(split_list).map_or(0, |list| list.len());
    let servers = count("radiusservers");
    if servers == 0 {
        return Err(missing("radiusservers", "radius", "radiusservers=10.0.0.5"));
    }
    let secrets = count("radiussecrets");
    if secrets == 0 {
        return Err(missing("radiussecrets", "radius", "radiussecrets=..."));
    }
    for (name, count, none) in [
        ("radiussecrets", secrets, false),
        ("radiusports", count("radiusports"), true),
        ("radiusidentifiers", count("radiusidentifiers"), true),
    ] {
        if count != 1 && count != servers && !(none && count == 0) {
            return Err(Failure::new(
                RecordErrorKind::ConflictingOptions,
                format!("`{name}` has {count} elements for {servers} RADIUS servers"),
                "give one for all servers, or one for each",
            ));
        }
    }
    Ok(())
}

fn check_oauth<'a>(find: impl Fn(&str) -> Option<&'a str>) -> Result<(), Failure> {
    if find("scope").is_none() {
        return Err(missing("scope", "oauth", "scope=\"openid\""));
    }
    if find("issuer").is_none() {
        return Err(missing("issuer", "oauth", "issuer=\"https://id.example.com\""));
    }
    if find("map").is_some() && find("delegate_ident_mapping") == Some("1") {
        return Err(Failure::new(
            RecordErrorKind::ConflictingOptions,
            "`map` has no effect with `delegate_ident_mapping=1`, and PostgreSQL refuses both together",
            "keep one of them",
        ));
    }
    Ok(())
}

/// What an LDAP URL says, of `ldap[s]://host[:port]/basedn[?[attribute][?[scope][?[filter]]]]`.
pub(super) struct LdapUrl<'a> {
    pub(super) tls: bool,
    pub(super) host: &'a str,
    pub(super) port: Option<&'a str>,
    pub(super) base_dn: Option<&'a str>,
    attribute: bool,
    filter: bool,
    pub(super) parts: [&'a str; 3],
}

pub(super) fn ldap_url(url: &str) -> Result<LdapUrl<'_>, Failure> {
    let refuse = |message: &str| {
        let help = "write `ldap://host/basedn`, or `ldaps://` for TLS";
        Failure::new(RecordErrorKind::OptionValue, message, help)
    };
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    let (tls, rest) = if lower.starts_with("ldap://") {
        (false, url.get(7..))
    } else if lower.starts_with("ldaps://") {
        (true, url.get(8..))
    } else if lower.starts_with("ldapi://") {
        return Err(refuse("PostgreSQL reaches LDAP servers by `ldap` and `ldaps` only"));
    } else {
        return Err(refuse("`ldapurl` is no LDAP URL"));
    };
    let rest = rest.unwrap_or_default();
    let (host, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
    let (host, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    // How large it is nobody asks.
    if port.is_some_and(|port| port.is_empty() || !port.bytes().all(|digit| digit.is_ascii_digit())) {
        return Err(refuse("the port of `ldapurl` is no number"));
    }
    let mut parts = path.unwrap_or_default().split('?');
    let base_dn = parts.next().filter(|_| path.is_some());
    let [attribute, scope, filter] = [parts.next(), parts.next(), parts.next()].map(Option::unwrap_or_default);
    if !matches!(scope, "" | "base" | "one" | "onetree" | "sub" | "subtree" | "subordinate" | "children") {
        return Err(refuse("the scope of `ldapurl` is none of `base`, `one` and `sub`"));
    }
    Ok(LdapUrl {
        tls,
        host,
        port,
        base_dn,
        attribute: !attribute.is_empty(),
        filter: !filter.is_empty(),
        parts: [attribute, scope, filter],
    })
}

/// The number at the start of a text, as C's `atoi` reads it; 0 where there is none.
pub(super) fn leading_number(text: &str) -> i64 {
    let text = text.trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let number = digits.get(..length).and_then(|digits| digits.parse::<i32>().ok()).unwrap_or_default();
    if negative { -i64::from(number) } else { i64::from(number) }
}

/// The elements of a list as `SplitGUCList` cuts it: by commas, blanks around elements, double quotes; none if it is
/// malformed.
pub(super) fn split_list(list: &str) -> Option<Vec<String>> {
    let blank = |character: char| matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c');
    let mut rest = list.trim_start_matches(blank);
    let mut elements = Vec::new();
    if rest.is_empty() {
        return Some(elements);
    }
    loop {
        if let Some(mut quoted) = rest.strip_prefix('"') {
            let mut element = String::new();
            loop {
                let (part, behind) = quoted.split_once('"')?;
                element.push_str(part);
                match behind.strip_prefix('"') {
                    Some(more) => {
                        element.push('"');
                        quoted = more;
                    }
                    None => {
                        rest = behind;
                        break;
                    }
                }
            }
            elements.push(element);
        } else {
            let end = rest.find(|character| character == ',' || blank(character)).unwrap_or(rest.len());
            let (element, behind) = rest.split_at_checked(end)?;
            if element.is_empty() {
                return None;
            }
            elements.push(element.to_owned());
            rest = behind;
        }
        rest = rest.trim_start_matches(blank);
        if rest.is_empty() {
            return Some(elements);
        }
        rest = rest.strip_prefix(',')?.trim_start_matches(blank);
    }
}

fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}
