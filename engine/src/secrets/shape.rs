//! What a text looks like, whatever its key: a path, a URL, a duration, prose, random characters.

use super::words::words_and_numbers;

/// File endings of key material and configuration. Source: the formats this tool and its neighbours read.
const FILE_ENDINGS: &[&str] = &[
    "pem",
    "key",
    "crt",
    "cer",
    "cert",
    "p12",
    "pfx",
    "jks",
    "keystore",
    "truststore",
    "pub",
    "gpg",
    "asc",
    "der",
    "csr",
    "txt",
    "json",
    "yml",
    "yaml",
    "env",
    "conf",
    "cfg",
    "ini",
    "toml",
    "xml",
    "properties",
    "sh",
    "py",
    "js",
    "ts",
    "php",
    "rb",
    "go",
    "java",
    "html",
    "log",
    "sock",
    "db",
    "sqlite",
    "csv",
    "passwd",
    "htpasswd",
    "secret",
    "token",
    "password",
];

/// Whether a text is a path of a file system.
pub(super) fn is_path(text: &str) -> bool {
    let bytes = text.as_bytes();
    let windows = bytes.get(1) == Some(&b':')
        && bytes.get(2) == Some(&b'\\')
        && bytes.first().is_some_and(u8::is_ascii_alphabetic);
    let (named_root, text) = match after_named_root(text) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let rooted = named_root || ["/", "./", "../", "~/"].iter().any(|root| text.starts_with(root));
    if windows || (named_root && text.starts_with('\\')) {
        return true;
    }
    let plain = |segment: &str| segment.len() < 40 && !(segment.len() >= 16 && looks_random(segment));
    let clean = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-' | b'~' | b'@' | b':'));
    if !clean || !text.contains('/') || !text.split('/').all(plain) {
        return false;
    }
    (rooted && text.len() > 2) || is_file_name(text.rsplit('/').next().unwrap_or_default())
}

/// What follows a directory that is only named: `%kernel.project_dir%/config` (Symfony), `%APPDATA%\x` (Windows).
fn after_named_root(text: &str) -> Option<&str> {
    let (name, rest) = text.strip_prefix('%')?.split_once('%')?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    (is_name && !name.is_empty() && rest.starts_with(['/', '\\'])).then_some(rest)
}

pub(super) fn is_file_name(text: &str) -> bool {
    let Some((stem, ending)) = text.rsplit_once('.') else { return false };
    !stem.is_empty()
        && FILE_ENDINGS.contains(&ending.to_ascii_lowercase().as_str())
        && stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'*'))
}

/// Whether a text is a URL. One with a password in it never comes here.
pub(super) fn is_plain_url(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, rest)| {
        !scheme.is_empty()
            && !rest.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b':'))
    }) || text.starts_with("jdbc:")
}

/// `30s`, `1h30m`, `6.hours`, `10/minute;1000/hour`.
pub(super) fn is_duration(text: &str) -> bool {
    const UNITS: &[&str] = &[
        "ms", "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute", "minutes", "h", "hour", "hours",
        "d", "day", "days", "w", "week", "weeks", "month", "months", "y", "year", "years", "kb", "mb", "gb", "k",
    ];
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return false;
    }
    let words = words_and_numbers(text);
    let (numbers, units): (Vec<_>, Vec<_>) =
        words.iter().partition(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    !units.is_empty() && numbers.len() <= units.len() + 1 && units.iter().all(|unit| UNITS.contains(&unit.as_str()))
}

/// More than two words of letters.
pub(super) fn is_prose(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_word = |word: &&&str| {
        let word = word.trim_matches(|character: char| character.is_ascii_punctuation());
        !word.is_empty()
            && word.chars().all(|character| character.is_alphabetic() || matches!(character, '\'' | '-' | '/' | '.'))
    };
    words.len() >= 3 && words.iter().filter(is_word).count() * 4 >= words.len() * 3
}

/// `get_secret(name)`: a call in some language.
pub(super) fn is_call(text: &str) -> bool {
    text.split_once('(').is_some_and(|(name, rest)| {
        name.len() >= 3
            && rest.ends_with(')')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':'))
            && name.bytes().any(|byte| byte.is_ascii_alphabetic())
    })
}

/// Whether a text looks drawn at random: the test for keys that only may be secret. Not entropy alone: sixteen
/// characters, letters mixed with digits, both changing often, in one run without separators.
pub(super) fn looks_random(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./+=:,~".contains(&byte);
    if !(16..=512).contains(&text.len()) || !text.bytes().all(plain) {
        return false;
    }
    let run = text.split(['-', '_', '.', '/', ':', ',']).max_by_key(|part| part.len()).unwrap_or_default();
    let is_uuid = text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4;
    if run.len() < 12 || is_uuid {
        return false;
    }
    let kind = |byte: u8| {
        if byte.is_ascii_digit() {
            0
        } else if byte.is_ascii_uppercase() {
            1
        } else {
            2
        }
    };
    let changes =
        run.as_bytes().windows(2).filter(|pair| matches!(pair, [one, two] if kind(*one) != kind(*two))).count();
    let digits = run.bytes().any(|byte| byte.is_ascii_digit());
    let letters = run.bytes().any(|byte| byte.is_ascii_alphabetic());
    digits && letters && changes * 6 >= run.len() && shannon_entropy(run) >= 3.0
}

/// Bits per character.
pub(super) fn shannon_entropy(text: &str) -> f64 {
    let mut counts = [0u32; 256];
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let length = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length)
        .map(|share| -share * share.log2())
        .sum()
}
