//! The words that keys and values are made of.

use crate::letters::lower;

/// The words of a key, lower case, without separators.
pub(super) fn words(key: &str) -> Vec<String> {
    cut(key, false)
}

/// The words of a value: runs of letters in one case pattern, and runs of digits. Lower case.
pub(super) fn words_and_numbers(value: &str) -> Vec<String> {
    cut(value, true)
}

fn cut(key: &str, at_digits: bool) -> Vec<String> {
    let mut words = Vec::new();
    let mut push = |word: Option<&str>| words.extend(word.filter(|word| !word.is_empty()).map(lower));
    let (mut start, mut before) = (0, ' ');
    let mut characters = key.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let after = characters.peek().map_or(' ', |(_, after)| *after);
        // `clientSecret`, and the last capital of `APIKey`.
        let hump = character.is_uppercase()
            && (before.is_lowercase() || ((before.is_uppercase() || before.is_ascii_digit()) && after.is_lowercase()));
        let separates = !character.is_alphanumeric();
        let turns = at_digits && character.is_ascii_digit() != before.is_ascii_digit();
        if hump || separates || turns {
            push(key.get(start..at));
            start = if separates { at + character.len_utf8() } else { at };
        }
        before = character;
    }
    push(key.get(start..));
    words
}
