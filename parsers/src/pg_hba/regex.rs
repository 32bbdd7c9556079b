//! Whether a text can be one of PostgreSQL's regular expressions: what is checked when a file is loaded, of its syntax.

/// What is wrong with an expression; nothing where it is one, as far as this looks.
pub(super) fn fault(pattern: &str) -> Option<&'static str> {
    let mut characters = pattern.chars().peekable();
    let mut open = 0_u32;
    while let Some(character) = characters.next() {
        match character {
            '\\' if characters.next().is_none() => return Some("it ends with a backslash"),
            '(' => open += 1,
            ')' => {
                open = match open.checked_sub(1) {
                    Some(open) => open,
                    None => return Some("a `)` closes nothing"),
                }
            }
            _ => {}
        }
    }
    (open > 0).then_some("a `(` is never closed")
}
