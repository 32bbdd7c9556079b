//! Letters of names, without their case.

/// Appends a letter in lower case. Names are mostly ASCII, for which the tables of Unicode need not be asked.
pub(crate) fn push_lower(word: &mut String, letter: char) {
    if letter.is_ascii() { word.push(letter.to_ascii_lowercase()) } else { word.extend(letter.to_lowercase()) }
}

/// A word in lower case, letter by letter.
pub(crate) fn lower(word: &str) -> String {
    if word.is_ascii() { word.to_ascii_lowercase() } else { word.chars().flat_map(char::to_lowercase).collect() }
}
