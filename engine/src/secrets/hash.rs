//! Password hashes: which are fine to keep in a file, and which are as good as the password.

use super::reference::starts_with_any;

/// What kind of hash a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HashKind {
    /// Salted and slow enough.
    Strong,
    /// Unsalted, or salted MD5: looked up in a table or guessed at billions a second.
    Weak,
}

/// Prefixes of salted hashes. Source: crypt(5), passlib's identifiers, PHC string format, LDAP (RFC 2307 and its
/// successors), PostgreSQL's `pg_authid.rolpassword`, Django's hashers, Werkzeug.
const STRONG_PREFIXES: &[&str] = &[
    "$2a$",
    "$2b$",
    "$2x$",
    "$2y$",
    "$argon2",
    "$scrypt$",
    "$5$",
    "$6$",
    "$y$",
    "$gy$",
    "$7$",
    "$apr1$",
    "$1$",
    "$sha1$",
    "$pbkdf2",
    "pbkdf2",
    "{ssha",
    "{smd5}",
    "{crypt}",
    "{bcrypt}",
    "{argon2}",
    "{pbkdf2",
    "{scrypt}",
    "{sha256-crypt}",
    "{sha512-crypt}",
    "{blf-crypt}",
    "scram-sha-256$",
    "scram-sha-1$",
    "scrypt:",
    "argon2",
    "bcrypt$",
    "bcrypt_sha256$",
];

/// Prefixes of unsalted ones.
const WEAK_PREFIXES: &[&str] = &["{sha}", "{sha256}", "{sha512}", "{md5}", "{plain-md5}", "{ldap-md5}", "{nthash}"];

/// What kind of hash `value` is. `named` says that its key calls it a hash; without that, plain hexadecimal digits are
/// as likely a random secret.
pub(super) fn hash_kind(value: &str, named: bool) -> Option<HashKind> {
    // A Compose file escapes each `$`.
    let single = value.contains('$').then(|| value.replace("$$", "$"));
    let value = single.as_deref().unwrap_or(value);
    let long_enough = value.len() >= 13;
    if long_enough && starts_with_any(value, STRONG_PREFIXES) {
        return Some(HashKind::Strong);
    }
    if long_enough && starts_with_any(value, WEAK_PREFIXES) {
        return Some(HashKind::Weak);
    }
    // PostgreSQL's: `md5` and 32 digits.
    if value.strip_prefix("md5").is_some_and(|digits| digits.len() == 32 && is_hexadecimal(digits)) {
        return Some(HashKind::Weak);
    }
    // MySQL's: `*` and SHA1(SHA1(password)).
    if value.strip_prefix('*').is_some_and(|digits| digits.len() == 40 && is_hexadecimal(digits)) {
        return Some(HashKind::Weak);
    }
    if named && matches!(value.len(), 32 | 40 | 56 | 64 | 96 | 128) && is_hexadecimal(value) {
        return Some(HashKind::Weak);
    }
    None
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
