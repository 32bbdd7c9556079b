//! Characters that nobody sees in a file, and that programs take for a part of a word.

/// The name of a character that cannot be seen, or not be told from a blank.
#[must_use]
pub fn invisible(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{feff}' => "a byte order mark",
        '\u{a0}' | '\u{2007}' | '\u{202f}' => "a no-break space",
        '\u{c}' => "a form feed",
        '\u{b}' => "a vertical tab",
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{ad}' => "a character without width",
        _ if character.is_control() => "a control character",
        _ => return None,
    })
}
