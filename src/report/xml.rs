//! XML as two formats write it: elements with attributes, indented, and nothing in it that XML 1.0 cannot hold.

use std::io::{self, Write};

use crate::report::printable;

/// What every document starts with.
pub(crate) const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Writes `<name attribute="value"`, as deep as it stands; what follows closes it.
///
/// # Errors
/// If `out` fails.
pub(crate) fn open(out: &mut dyn Write, depth: usize, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
    write!(out, "{:1$}<{name}", "", 2 * depth)?;
    attributes.iter().try_for_each(|(name, value)| write!(out, " {name}=\"{}\"", escape(value)))
}

/// A text for an attribute or for between tags: on one line, since an attribute has no other, and without the characters
/// that XML cannot hold, not even escaped.
pub(crate) fn escape(text: &str) -> String {
    let shown = printable::one_line(text);
    let mut escaped = String::with_capacity(shown.len());
    for character in shown.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            // No characters at all, but no control characters either.
            '\u{fffe}' | '\u{ffff}' => escaped.push(char::REPLACEMENT_CHARACTER),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_any_text() {
        assert_eq!(
            escape("<a href=\"'&\">]]>\u{1b}\u{0}\u{ffff}\r\n\u{1f600}"),
            "&lt;a href=&quot;&apos;&amp;&quot;&gt;]]&gt;??\u{fffd}??\u{1f600}"
        );
        let mut written = Vec::new();
        open(&mut written, 1, "a", &[("b", "\"c\""), ("d", "")]).unwrap();
        assert_eq!(written, b"  <a b=\"&quot;c&quot;\" d=\"\"");
    }
}
