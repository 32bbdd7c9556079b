//! What a key says about its value.

use std::cell::RefCell;

use super::words::words;
use crate::map::HashMap;

/// What a key says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyClass {
    /// Its value is a secret: `POSTGRES_PASSWORD`, `jwt.secret`, `--requirepass`.
    Secret,
    /// Its value is the public half of a credential: `AWS_ACCESS_KEY_ID`, `client_id`, `username`.
    CredentialId,
    /// It speaks of a secret, but its value is a path, a name, a duration, a switch: `PASSWORD_FILE`, `token_ttl`.
    NotSecret,
    /// Its value may be a secret or not; only the value can tell: `key`, `salt`, `auth`.
    Ambiguous,
    /// It says nothing.
    Other,
}

/// Words whose value is a secret when they end a key. Source: names in Docker Official Images' documentation, the
/// frameworks of the application catalogue, and CredData's labelled configuration lines.
const SECRET_WORDS: &[&str] = &[
    "credential",
    "credentials",
    "creds",
    "kennwort",
    "masterauth",
    "pass",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "passwort",
    "psk",
    "pw",
    "pwd",
    "radiussecrets",
    "requirepass",
    "secret",
    "secrets",
    "token",
    "tokens",
];

/// Words written without a separator end in these: `dbpassword`, `repotoken`, `secretkey`.
const SECRET_SUFFIXES: &[&str] = &[
    "accesskey",
    "apikey",
    "apikeys",
    "authkey",
    "htpasswd",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "privatekey",
    "privkey",
    "secret",
    "secretkey",
    "signingkey",
    "token",
];

/// What makes a `key` a secret when it stands before it. `access` too: of S3-compatible stores it is half a pair, of
/// everything else the whole secret.
const KEY_QUALIFIERS: &[&str] = &[
    "access",
    "account",
    "admin",
    "api",
    "app",
    "application",
    "auth",
    "client",
    "consumer",
    "cookie",
    "crypt",
    "crypto",
    "deploy",
    "encryption",
    "encrypt",
    "fernet",
    "hmac",
    "integration",
    "jwt",
    "license",
    "master",
    "oauth",
    "preshared",
    "priv",
    "private",
    "secret",
    "security",
    "service",
    "shared",
    "signature",
    "signing",
    "storage",
    "webhook",
];

/// What makes any secret word a switch or a count when it stands before it: `MYSQL_ALLOW_EMPTY_PASSWORD`,
/// `max_tokens`, Ansible's `update_password: on_create`.
const SWITCH_QUALIFIERS: &[&str] = &[
    "allow", "ask", "disable", "empty", "enable", "forgot", "has", "is", "max", "min", "no", "num", "random",
    "require", "reset", "show", "total", "update", "use", "validate", "with",
];

/// What makes a `key` a field or an index when it stands before it: `role_claim_key`, `primary_key`.
const INDEX_QUALIFIERS: &[&str] = &["cache", "claim", "foreign", "idempotency", "partition", "primary", "sort"];

/// What makes a `secret` the name of a Kubernetes Secret when it stands before it.
const OBJECT_QUALIFIERS: &[&str] = &["existing", "pull", "tls"];

/// Words that end a key whose value is never the secret itself.
const NAMING_WORDS: &[&str] = &[
    "age",
    "alg",
    "algo",
    "algorithm",
    "alias",
    "audience",
    "column",
    "command",
    "count",
    "dir",
    "directory",
    "disabled",
    "duration",
    "enabled",
    "encoder",
    "encoding",
    "endpoint",
    "expiration",
    "expires",
    "expiry",
    "field",
    "file",
    "filename",
    "format",
    "header",
    "hint",
    "id",
    "ids",
    "interval",
    "issuer",
    "len",
    "length",
    "lifespan",
    "lifetime",
    "limit",
    "location",
    "max",
    "method",
    "min",
    "mode",
    "name",
    "names",
    "param",
    "parameter",
    "path",
    "pattern",
    "policy",
    "prefix",
    "provider",
    "ratelimit",
    "ref",
    "regex",
    "required",
    "reset",
    "rotation",
    "scheme",
    "selector",
    "size",
    "store",
    "style",
    "suffix",
    "timeout",
    "ttl",
    "type",
    "uri",
    "url",
    "validity",
    "version",
    "within",
];

/// Words that may follow the word that matters: an encoding, an environment, a generation.
const TRAILING_WORDS: &[&str] = &[
    "b64",
    "base",
    "base64",
    "confirm",
    "confirmation",
    "content",
    "current",
    "default",
    "dev",
    "development",
    "fallback",
    "fallbacks",
    "hex",
    "live",
    "local",
    "new",
    "old",
    "override",
    "pem",
    "plain",
    "plaintext",
    "previous",
    "primary",
    "prod",
    "production",
    "raw",
    "secondary",
    "staging",
    "string",
    "test",
    "text",
    "value",
    "val",
];

/// Words whose value only itself can tell about.
const AMBIGUOUS_WORDS: &[&str] = &[
    "auth",
    "authorization",
    "basicauth",
    "cookie",
    "key",
    "keys",
    "nkey",
    "pat",
    "pepper",
    "pin",
    "salt",
    "seed",
    "sid",
];

fn holds(list: &[&str], word: &str) -> bool {
    list.contains(&word)
}

/// Whether a word is a generation number: `2`, `v1`.
fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix('v').unwrap_or(word);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Parts of words by their first two letters. Every key of another class than [`KeyClass::Other`] holds one; most keys
/// hold none, and are done without being taken apart.
fn roots(first: u8, second: u8) -> &'static [&'static str] {
    match [first.to_ascii_lowercase(), second.to_ascii_lowercase()] {
        [b'a', b'u'] => &["auth"],
        [b'c', b'o'] => &["cookie"],
        [b'c', b'r'] => &["cred"],
        [b'i', b'd'] => &["id"],
        [b'k', b'e'] => &["key", "kennwort"],
        [b'l', b'o'] => &["login"],
        [b'p', b'a'] => &["pass", "pat"],
        [b'p', b'e'] => &["pepper"],
        [b'p', b'i'] => &["pin"],
        [b'p', b's'] => &["psk"],
        [b'p', b'w'] => &["pw"],
        [b's', b'a'] => &["salt"],
        [b's', b'e'] => &["secret", "seed"],
        [b's', b'i'] => &["sid"],
        [b't', b'o'] => &["token"],
        [b'u', b's'] => &["user"],
        _ => &[],
    }
}

fn may_speak(key: &str) -> bool {
    let mut rest = key.as_bytes();
    while let [first, second, ..] = rest {
        let starts =
            |root: &&str| rest.get(..root.len()).is_some_and(|part| part.eq_ignore_ascii_case(root.as_bytes()));
        if roots(*first, *second).iter().any(starts) {
            return true;
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

/// What a key says about its value. A key may be a name (`POSTGRES_PASSWORD`, `clientSecret`, `--requirepass`) or a
/// path (`database.password`, `services.db.environment.POSTGRES_PASSWORD`); the last words decide.
#[must_use]
pub fn key_class(key: &str) -> KeyClass {
    facts(key).class
}

/// Whether a key says that its value is the hash of a secret.
pub(super) fn names_hashed_secret(key: &str) -> bool {
    facts(key).names_hashed_secret
}

/// What every value is asked of its key.
#[derive(Clone, Copy)]
pub(super) struct Facts {
    pub(super) class: KeyClass,
    /// Of a key that speaks of a secret; of others nobody asks.
    names_hash: bool,
    pub(super) names_hashed_secret: bool,
    is_password: bool,
    is_list: bool,
    is_user_pair: bool,
}

pub(super) fn facts(key: &str) -> Facts {
    /// Stacks say the same few hundred keys again and again; reading one costs more than all else about a plain value.
    const REMEMBERED: usize = 4096;
    thread_local! {
        static KNOWN: RefCell<HashMap<Box<str>, Facts>> = RefCell::default();
    }
    if key.len() > 64 {
        return read_facts(key);
    }
    if let Some(facts) = KNOWN.with_borrow(|known| known.get(key).copied()) {
        return facts;
    }
    let facts = read_facts(key);
    KNOWN.with_borrow_mut(|known| {
        if known.len() < REMEMBERED {
            known.insert(key.into(), facts);
        }
    });
    facts
}

fn read_facts(key: &str) -> Facts {
    if !may_speak(key) {
        return Facts {
            class: KeyClass::Other,
            names_hash: false,
            names_hashed_secret: false,
            is_password: false,
            is_list: false,
            is_user_pair: false,
        };
    }
    let words = words(key);
    let names_hash = hashes(&words);
    Facts {
        class: read_key(key, &words),
        names_hash,
        names_hashed_secret: names_hash && words.iter().any(|word| is_secret_word(word)),
        is_password: ends_with_password(&words),
        is_list: ends_with_list(&words),
        is_user_pair: ends_with_user_pair(&words),
    }
}

fn read_key(key: &str, all: &[String]) -> KeyClass {
    // The shell's working directories, not a password.
    if matches!(key.rsplit(['.', ' ']).next(), Some("PWD" | "OLDPWD")) {
        return KeyClass::NotSecret;
    }
    let mut rest = all;
    while let Some((last, before)) = rest.split_last() {
        if is_number(last) || (holds(TRAILING_WORDS, last) && !before.is_empty()) {
            rest = before;
        } else {
            break;
        }
    }
    let Some((last, before)) = rest.split_last() else { return KeyClass::Other };
    let trimmed = last.trim_end_matches(|character: char| character.is_ascii_digit());
    let last = if trimmed.is_empty() { last.as_str() } else { trimmed };
    let mut earlier = before.iter().rev().map(String::as_str).filter(|word| !is_number(word));
    let previous = earlier.next().unwrap_or_default();
    let second = earlier.next().unwrap_or_default();

    match last {
        "id" | "ids" if matches!(previous, "key" | "client" | "app" | "application" | "account" | "user") => {
            return KeyClass::CredentialId;
        }
        "user" | "username" | "login" | "accesskeyid" | "clientid" | "keyid" => return KeyClass::CredentialId,
        // `AUTH_USERS`, `basicauth.users`: lists of `user:password`.
        "users" if matches!(previous, "auth" | "basicauth" | "credential" | "credentials") => return KeyClass::Secret,
        "auth" if matches!(previous, "basic" | "http" | "neo4j") => return KeyClass::Secret,
        "cookie" if previous == "erlang" => return KeyClass::Secret,
        _ => {}
    }
    let speaks_of_secret = all.iter().any(|word| is_secret_word(word) || matches!(word.as_str(), "key" | "auth"));
    if holds(NAMING_WORDS, last) {
        return if speaks_of_secret { KeyClass::NotSecret } else { KeyClass::Other };
    }
    // A hash may be looked at by its own rules; the key says that it is one.
    if holds(AMBIGUOUS_WORDS, last) || is_secret_word(last) {
        if all.iter().any(|word| matches!(word.as_str(), "public" | "publishable" | "pub" | "pubkey" | "anon")) {
            return KeyClass::NotSecret;
        }
        let naming = match last {
            "key" | "keys" if holds(INDEX_QUALIFIERS, previous) => true,
            "key" | "keys" if holds(KEY_QUALIFIERS, previous) => return KeyClass::Secret,
            "secret" | "secrets" if holds(OBJECT_QUALIFIERS, previous) => true,
            // It names an etcd cluster (etcd clustering guide).
            "token" if previous == "cluster" && second == "initial" => true,
            _ => {
                holds(SWITCH_QUALIFIERS, previous)
                    || (holds(SWITCH_QUALIFIERS, second) && matches!(previous, "root" | "become"))
            }
        };
        if naming {
            return KeyClass::NotSecret;
        }
        // `secrets:` alone lists names of secrets (Compose, Actions, Kubernetes); `CLIENT_SECRETS` holds them.
        if last == "secrets" && (previous.is_empty() || key.ends_with(".secrets")) {
            return KeyClass::NotSecret;
        }
        return if is_secret_word(last) { KeyClass::Secret } else { KeyClass::Ambiguous };
    }
    KeyClass::Other
}

fn is_secret_word(word: &str) -> bool {
    const NONE: &[&str] = &["nopasswd", "nopassword", "resetpassword", "nosecret"];
    holds(SECRET_WORDS, word) || (SECRET_SUFFIXES.iter().any(|suffix| word.ends_with(suffix)) && !holds(NONE, word))
}

/// Whether a key names a password, of which numbers and words are as usual as anything else.
pub(super) fn is_password(key: &str) -> bool {
    facts(key).is_password
}

fn ends_with_password(words: &[String]) -> bool {
    words.iter().rev().take(2).any(|word| {
        let word = word.trim_end_matches(|character: char| character.is_ascii_digit());
        ["password", "passwords", "passwd", "passphrase", "requirepass", "masterauth"]
            .iter()
            .any(|ending| word.ends_with(ending))
            || matches!(word, "pass" | "pwd" | "pw" | "pin" | "passcode" | "passwort" | "kennwort")
    })
}

/// Whether a key's value may list several: `API_TOKENS`, `AUTH_USERS`, `SESSION_SIGNING_KEYS`.
pub(super) fn is_list(key: &str) -> bool {
    facts(key).is_list
}

fn ends_with_list(words: &[String]) -> bool {
    words.iter().rev().find(|word| !holds(TRAILING_WORDS, word)).is_some_and(|word| {
        matches!(word.as_str(), "tokens" | "keys" | "secrets" | "passwords" | "users" | "credentials" | "apikeys")
    })
}

/// Whether a key's value is a list of `user:password`.
pub(super) fn is_user_pair(key: &str) -> bool {
    facts(key).is_user_pair
}

fn ends_with_user_pair(words: &[String]) -> bool {
    let last = words.last().map(String::as_str).unwrap_or_default();
    matches!(last, "users" | "auth" | "basicauth" | "credential" | "credentials" | "creds" | "htpasswd")
}

/// Whether a key that speaks of a secret says that its value is a hash.
pub(super) fn names_hash(key: &str) -> bool {
    facts(key).names_hash
}

fn hashes(words: &[String]) -> bool {
    words.iter().any(|word| {
        matches!(
            word.as_str(),
            "hash"
                | "hashed"
                | "digest"
                | "sha"
                | "sha1"
                | "sha2"
                | "sha256"
                | "sha512"
                | "md5"
                | "bcrypt"
                | "checksum"
        )
    })
}
