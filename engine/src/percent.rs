//! Percent-encoded text, as URLs and URIs have it.

/// The bytes of a text, each `%` with two digits behind it taken for the byte that it stands for. What is no such escape
/// stays as it is.
#[must_use]
pub fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| behind.get(..2)).flatten();
        // The parser of numbers would take a sign as well.
        let escaped = escaped.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let byte = escaped.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match byte {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn takes_escapes_and_nothing_else() {
        for (text, bytes) in [
            ("a%20b", "a b"),
            ("%c3%A9", "\u{e9}"),
            ("100%", "100%"),
            ("%+1%-1%4", "%+1%-1%4"),
            ("%%41", "%A"),
            ("", ""),
        ] {
            assert_eq!(decoded(text), bytes.as_bytes(), "{text}");
        }
    }
}
