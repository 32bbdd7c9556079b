//! What a literal under a secret key is: a placeholder, a default, a plain word, or a secret.

use std::sync::LazyLock;

use super::judge::{Neighbour, NeighbourKind, Reason, Verdict};
use super::key::{self, KeyClass};
use super::shape::{is_call, is_duration, is_file_name, is_path, is_plain_url, is_prose, looks_random};
use super::token::crc32;
use super::words::{self, words_and_numbers};
use crate::map::HashSet;

fn table(text: &'static str) -> HashSet<&'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

static DEFAULTS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| table(include_str!("default_credentials.txt")));
static GUESSABLE: LazyLock<HashSet<&'static str>> = LazyLock::new(|| table(include_str!("guessable_words.txt")));

/// Length and CRC-32 of samples from vendors' documentation: AWS (two pairs of access keys), Stripe's test key, the
/// Azure Storage and Cosmos DB emulators' keys, jwt.io's token. Kept as checksums so that no scanner, ours included,
/// takes this table for secrets.
const VENDOR_SAMPLES: &[(usize, u32)] = &[
    (20, 0xfa27_1ce2),
    (20, 0x02c3_bad7),
    (40, 0xfb0a_6008),
    (40, 0x9855_da43),
    (32, 0x776d_e070),
    (88, 0xb4cb_d586),
    (87, 0x3fe2_b05c),
    (155, 0xcea6_7886),
];

/// Values that say yes, no, nothing, or which: never a secret.
const PLAIN_WORDS: &[&str] = &[
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "enabled",
    "disabled",
    "enable",
    "disable",
    "none",
    "nil",
    "null",
    "undefined",
    "nan",
    "always",
    "never",
    "auto",
    "automatic",
    "optional",
    "required",
    "want",
    "need",
    "prompt",
    "ask",
    "on_create",
    "on_update",
    "string",
    "str",
    "boolean",
    "bool",
    "integer",
    "int",
    "number",
    "object",
    "array",
    "text",
    "plain",
    "plaintext",
    "bearer",
    "basic",
    "digest",
    "uuid",
    "jwt",
    "opaque",
    "cookie",
    "header",
    "env",
    "file",
    "vault",
    "keyring",
    "inherit",
    "ldap",
    "trust",
    "peer",
    "ident",
    "md5",
    "bcrypt",
    "argon2",
    "scrypt",
    "sha1",
    "sha256",
    "sha512",
    "sha512-crypt",
    "sha256-crypt",
    "ssha",
    "ssha512",
    "blf-crypt",
    "hs256",
    "hs384",
    "hs512",
    "rs256",
    "es256",
    "rs512",
    "scram-sha-256",
    "scram-sha-512",
    "aes-256-gcm",
    "aes-256-cbc",
    "aes-128-cbc",
    "n/a",
    "na",
    "unset",
    "empty",
    "unused",
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
];

/// Written together, these still say that the value is to be replaced.
const PLACEHOLDER_PARTS: &[&str] = &[
    "changeme",
    "changethis",
    "changeit!",
    "replaceme",
    "replacethis",
    "goeshere",
    "yourpassword",
    "yoursecret",
    "yourtoken",
    "yourkey",
    "yourapikey",
    "yourstrong",
    "yourown",
    "yoursuper",
    "placeholder",
    "pleasechange",
    "fillmein",
    "****",
    "•••",
    "…",
];

/// One of these among the words of a value says the same.
const PLACEHOLDER_WORDS: &[&str] = &[
    "changeme",
    "changethis",
    "replaceme",
    "replacethis",
    "replace",
    "placeholder",
    "redacted",
    "masked",
    "omitted",
    "todo",
    "fixme",
    "tbd",
    "dummy",
    "fillme",
    "setme",
    "example",
    "your",
    "yours",
    "xxx",
];

/// A value of several words that begins with one of these tells the reader what to do.
const INSTRUCTION_WORDS: &[&str] = &[
    "insert", "enter", "put", "paste", "fill", "provide", "generate", "set", "type", "specify", "add", "choose",
    "update",
];

/// What a literal under a key of class `class` is, and why.
pub(super) fn classify(key: &str, class: KeyClass, text: &str, neighbours: &[Neighbour<'_>]) -> (Verdict, Reason) {
    let lower = text.to_lowercase();
    if PLAIN_WORDS.contains(&lower.as_str()) || (class == KeyClass::Ambiguous && !looks_random(text)) {
        return (Verdict::NotSecret, Reason::Inert);
    }
    // What is published: a certificate, the public half of a pair. Private halves are found before.
    if text.starts_with("-----BEGIN ") && !text.contains("PRIVATE") {
        return (Verdict::NotSecret, Reason::Inert);
    }
    // What programs are given that want the form of an OpenAI key for a model that needs none.
    if matches!(lower.strip_prefix("sk-"), Some("mock" | "dummy" | "fake" | "none" | "noop" | "no-key-required")) {
        return (Verdict::NotSecret, Reason::Inert);
    }
    // A dash where nothing is set.
    if text.bytes().all(|byte| matches!(byte, b'-' | b'.' | b'_')) && text.len() <= 4 {
        return (Verdict::NotSecret, Reason::Inert);
    }
    if is_vendor_sample(text) {
        return (Verdict::Placeholder, Reason::VendorSample);
    }
    let words = words_and_numbers(text);
    if is_placeholder(text, &lower, &words) {
        return (Verdict::Placeholder, Reason::PlaceholderText);
    }
    let is_password = key::is_password(key);
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    // Counts and durations stand under `token` and `key`; under `password` a number is a password.
    let trivial_number = is_number && !is_password && text.len() < 6;
    if trivial_number || (!is_password && text.chars().count() < 3) {
        return (Verdict::NotSecret, Reason::Inert);
    }
    let key_words = words::words(key);
    if let Some(reason) = default_reason(&key_words, text, &lower, &words, neighbours) {
        return (Verdict::Default, reason);
    }
    if says_what_belongs_here(&key_words, &words) {
        return (Verdict::Placeholder, Reason::PlaceholderText);
    }
    if let Some(reason) = placeholder_by_context(key, &key_words, text, &words, neighbours) {
        return (Verdict::Placeholder, reason);
    }
    if is_inert(&key_words, text, is_password) {
        return (Verdict::NotSecret, Reason::Inert);
    }
    (Verdict::Plaintext, Reason::Literal)
}

/// Whether a text is a sample from a vendor's documentation.
pub(super) fn is_vendor_sample(text: &str) -> bool {
    VENDOR_SAMPLES.iter().any(|(length, _)| *length == text.len())
        && VENDOR_SAMPLES.contains(&(text.len(), crc32(text.as_bytes())))
        || (text.len() >= 16 && text.contains("EXAMPLE"))
}

fn is_placeholder(text: &str, lower: &str, words: &[String]) -> bool {
    let enclosed = |open: char, close: char| text.len() > 2 && text.starts_with(open) && text.ends_with(close);
    // `<password>`, `{password}`, `[password]`, `__PASSWORD__`.
    if enclosed('<', '>')
        || (enclosed('{', '}') || enclosed('[', ']'))
            && words.iter().all(|word| word.bytes().all(|byte| !byte.is_ascii_digit()))
        || (text.len() > 4 && text.starts_with("__") && text.ends_with("__"))
    {
        return true;
    }
    if text
        .find('<')
        .is_some_and(|open| text.get(open..).is_some_and(|rest| rest.find('>').is_some_and(|close| close > 2)))
    {
        return true;
    }
    let letters = || text.chars().filter(|character| character.is_alphanumeric());
    match letters().next() {
        // Nothing but signs: `***`, `---`, `...`.
        None => return text.chars().count() >= 3 && is_one_character(text.chars()),
        Some(_) if text.chars().count() >= 3 && is_one_character(text.chars()) => {
            // `0000` and `1111` are passwords that people have.
            return !text.starts_with(|first: char| first.is_ascii_digit());
        }
        Some(_) => {}
    }
    // The name of the variable that belongs here.
    let is_constant = text.contains('_')
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && key::key_class(text) == KeyClass::Secret;
    if is_constant && words.iter().all(|word| word.len() <= 16) {
        return true;
    }
    let squeezed: String = lower.chars().filter(|character| !matches!(character, '_' | '-' | ' ' | '.')).collect();
    if PLACEHOLDER_PARTS.iter().any(|part| squeezed.contains(part)) {
        return true;
    }
    if words.iter().any(|word| {
        PLACEHOLDER_WORDS.contains(&word.as_str()) || (word.len() >= 3 && word.bytes().all(|byte| byte == b'x'))
    }) {
        return true;
    }
    let pair = |first: &str, second: &[&str]| {
        words.windows(2).any(|pair| matches!(pair, [one, two] if one == first && second.contains(&two.as_str())))
    };
    if pair("change", &["me", "this", "it", "in", "before", "now", "on", "to", "your", "the", "for"])
        || pair("must", &["change", "be", "replace"])
        || pair("goes", &["here"])
        || pair("to", &["be", "change"])
        || pair("not", &["real", "set"])
    {
        return true;
    }
    let only_letters = words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let first_instructs = words.first().is_some_and(|first| INSTRUCTION_WORDS.contains(&first.as_str()));
    words.len() >= 2 && only_letters && (first_instructs || words.last().is_some_and(|last| last == "here"))
}

fn is_one_character(mut characters: impl Iterator<Item = char>) -> bool {
    let first = characters.next();
    characters.all(|character| Some(character) == first)
}

/// Lower case without separators and closing signs, with `@`, `$` read as the letters they stand for.
fn normalized(lower: &str) -> impl Iterator<Item = char> {
    lower
        .trim_end_matches(['!', '?', '#', '*'])
        .chars()
        .filter(|character| !matches!(character, '_' | '-' | '.' | ' ' | '!'))
        .map(|character| match character {
            '@' => 'a',
            '$' => 's',
            other => other,
        })
}

fn default_reason(
    key_words: &[String],
    text: &str,
    lower: &str,
    words: &[String],
    neighbours: &[Neighbour<'_>],
) -> Option<Reason> {
    let plain: String = normalized(lower).collect();
    if plain.is_empty() {
        return None;
    }
    for neighbour in neighbours {
        let same = neighbour.kind != NeighbourKind::Template
            && neighbour.text.len() >= 2
            && normalized(&neighbour.text.to_lowercase()).eq(plain.chars());
        if same {
            return Some(Reason::Equals(neighbour.kind));
        }
    }
    if DEFAULTS.contains(lower) || DEFAULTS.contains(plain.as_str()) {
        return Some(Reason::KnownDefault);
    }
    // `postgres2024`, `Admin@123`: a default with a short number behind it.
    let stem = plain.trim_end_matches(|character: char| character.is_ascii_digit());
    if plain.len() - stem.len() <= 4 && stem.len() >= 4 && DEFAULTS.contains(stem) {
        return Some(Reason::KnownDefault);
    }
    // `MYAPP_PASSWORD=myapp`, `cos.secretKey=cos_hmac_secret_key`: said by the key, or nothing but common words.
    let is_key_part = |word: &str| key_words.iter().any(|key_word| key_word == word);
    let is_whole_key = key_words.concat() == plain;
    if text.len() >= 3 && (is_key_part(&plain) || is_whole_key) {
        return if is_whole_key { None } else { Some(Reason::EqualsKey) };
    }
    let mut letters = 0;
    let guessable = words.iter().all(|word| {
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            return word.len() <= 4 || "01234567890".contains(word.as_str());
        }
        letters += word.len();
        GUESSABLE.contains(word.as_str()) || is_key_part(word)
    });
    // Of random text no long part is made of words.
    (guessable && letters >= 3 && text.is_ascii()).then_some(Reason::Guessable)
}

/// `MyCloudflareApiToken` under `CF_DNS_API_TOKEN`: not a token, but words about one, ending as the key does.
fn says_what_belongs_here(key_words: &[String], words: &[String]) -> bool {
    let only_letters = || words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()));
    words.len() >= 3
        && words.first().is_some_and(|first| first == "my")
        && words.last() == key_words.last()
        && only_letters()
}

fn placeholder_by_context(
    key: &str,
    key_words: &[String],
    text: &str,
    words: &[String],
    neighbours: &[Neighbour<'_>],
) -> Option<Reason> {
    let (squeezed, squeezed_key) = (words.concat(), key_words.concat());
    if !squeezed.is_empty() && squeezed_key.ends_with(&squeezed) {
        // The whole key, or the end of a dotted path: `database.password: PASSWORD`.
        let last_segment = key.rsplit(['.', '/']).next().unwrap_or(key);
        if text.contains('_') || squeezed_key == squeezed || words::words(last_segment).concat() == squeezed {
            return Some(Reason::EqualsKey);
        }
    }
    neighbours
        .iter()
        .any(|neighbour| neighbour.kind == NeighbourKind::Template && neighbour.text == text)
        .then_some(Reason::TemplateEcho)
}

/// Values that are something else than a secret, whatever the key says.
fn is_inert(key_words: &[String], text: &str, is_password: bool) -> bool {
    is_path(text) || is_file_name(text) || is_plain_url(text) || is_duration(text) || is_prose(text) || is_call(text) || {
        let dotted: Vec<&str> = text.split('.').collect();
        let identifier = |part: &&str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
                && part.len() <= 24
        };
        // `com.example.auth.TokenStore`, `user.password`: names in a program.
        dotted.iter().all(identifier)
            && (dotted.len() >= 3
                || (dotted.len() == 2 && matches!(key::key_class(text), KeyClass::Secret | KeyClass::NotSecret)))
    } || (!is_password && is_object_name(key_words, text))
        // The public half of a NATS key pair: users, accounts and operators are named by it (NATS nkeys).
        || (key_words.last().is_some_and(|word| word == "nkey")
            && text.len() == 56
            && text.starts_with(['U', 'A', 'O', 'N', 'C']))
}

/// The name of a Kubernetes Secret and the like: `secret: shop-db-credentials`.
fn is_object_name(key_words: &[String], text: &str) -> bool {
    let plain_key = key_words.len() <= 2
        && key_words
            .last()
            .is_some_and(|word| matches!(word.as_str(), "secret" | "token" | "credentials" | "credential"));
    plain_key
        && text.contains('-')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        && text.rsplit('-').next().is_some_and(|last| {
            matches!(
                last,
                "secret" | "secrets" | "token" | "credentials" | "creds" | "tls" | "cert" | "key" | "keys" | "auth"
            )
        })
}

/// Whether a token's body is filler: `ghp_xxxxxxxxxxxx`, `AKIA0000000000000000`.
pub(super) fn is_filler(text: &str) -> bool {
    let bytes = text.as_bytes();
    let longest = bytes.chunk_by(|one, two| one.eq_ignore_ascii_case(two)).map(<[u8]>::len).max().unwrap_or(0);
    longest >= 8 || text.contains("EXAMPLE") || text.to_ascii_lowercase().contains("your")
}

/// Whether a text is a switch or another word that is never a secret.
pub(super) fn is_plain_word(text: &str) -> bool {
    PLAIN_WORDS.contains(&text.to_ascii_lowercase().as_str())
}
