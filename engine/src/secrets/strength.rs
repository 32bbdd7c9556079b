//! How hard a secret is to guess.

use super::shape::shannon_entropy;

/// An estimate of a secret's strength.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strength {
    /// Estimated bits of work to guess it, an upper bound.
    pub bits: f64,
    /// What is wrong with it, if anything.
    pub weakness: Option<Weakness>,
}

/// Why a secret is weak. Lengths are in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// Shorter than its kind may be.
    TooShort {
        /// Its length.
        length: usize,
        /// The least length of its kind.
        minimum: usize,
        /// Who says so.
        source: &'static str,
    },
    /// Mostly a sequence (`0123456789`, `qwerty`) or one character repeated.
    Pattern,
    /// Fewer bits than any secret should have.
    Guessable,
}

/// The least work, in bits, that a secret should cost to guess.
const LEAST_BITS: f64 = 64.0;

/// Rows of keys and digits, of which a run in either direction is no choice.
const SEQUENCES: &[&str] =
    &["01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertz"];

/// How many characters of a text belong to runs of a sequence or of one character, each at least three long.
fn patterned(text: &str) -> usize {
    let lower: Vec<u8> = text.bytes().map(|byte| byte.to_ascii_lowercase()).collect();
    let follows = |one: u8, two: u8| {
        one == two
            || SEQUENCES.iter().any(|sequence| {
                sequence.as_bytes().windows(2).any(|pair| matches!(pair, [first, second] if (*first == one && *second == two) || (*first == two && *second == one)))
            })
    };
    lower.chunk_by(|one, two| follows(*one, *two)).map(<[u8]>::len).filter(|length| *length >= 3).sum()
}

/// Estimates how hard `value` is to guess, and measures it against the least that its key's kind may have.
#[must_use]
pub fn strength(value: &str, key: &str) -> Strength {
    let lower = key.to_ascii_lowercase();
    let words = super::words::words(key);
    let has = |word: &str| words.iter().any(|known| known == word);
    let free = value.len().saturating_sub(patterned(value));
    let characters = f64::from(u32::try_from(free).unwrap_or(u32::MAX));
    // A run costs little more than its first character.
    let bits = shannon_entropy(value) * (characters + if free < value.len() { 2.0 } else { 0.0 });
    // Sources: RFC 7518 section 3.2 (HS256); django/core/checks/security/base.py; Rails' generated secret_key_base.
    let minimum = if lower.contains("secret_key_base") {
        Some((64, "Rails"))
    } else if lower.contains("django") {
        Some((50, "Django"))
    } else if has("jwt") {
        Some((32, "RFC 7518"))
    } else if has("api") && (has("key") || has("token")) {
        Some((24, "policy"))
    } else if super::key::is_password(key) {
        Some((8, "policy"))
    } else {
        None
    };
    let weakness = match minimum {
        Some((minimum, source)) if value.len() < minimum => {
            Some(Weakness::TooShort { length: value.len(), minimum, source })
        }
        _ if free * 2 < value.len() => Some(Weakness::Pattern),
        _ if bits < LEAST_BITS && !super::key::is_password(key) => Some(Weakness::Guessable),
        _ => None,
    };
    Strength { bits, weakness }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_weak_whatever_their_entropy() {
        assert_eq!(strength("0123456789abcdef", "SESSION_SECRET").weakness, Some(Weakness::Pattern));
        assert!(strength("q8Zr1LxT0vWmB4nKs7Yd", "SESSION_SECRET").weakness.is_none());
    }

    #[test]
    fn a_jwt_secret_needs_32_bytes() {
        let weakness = strength("q8Zr1LxT0vWmB4nKs7Yd", "JWT_SECRET").weakness;
        assert_eq!(weakness, Some(Weakness::TooShort { length: 20, minimum: 32, source: "RFC 7518" }));
    }
}
