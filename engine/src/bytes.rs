//! From the bytes of a file to the text that parsers read, without moving a single offset.

use stacklint_parsers::TextRange;

/// A file's text: as long as its bytes, so that every range of the one is a range of the other.
#[derive(Debug)]
pub(crate) struct Decoded {
    /// The text. What is no text in the bytes reads as `?`.
    pub(crate) text: String,
    /// What is no text, in the order of the file.
    pub(crate) problems: Vec<ByteProblem>,
    /// The bytes, if they are not those of the text.
    pub(crate) original: Option<Vec<u8>>,
}

/// A stretch of bytes that is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteProblem {
    /// What it is.
    pub kind: ByteProblemKind,
    /// Where.
    pub range: TextRange,
}

/// Kinds of [`ByteProblem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteProblemKind {
    /// Bytes that are not UTF-8.
    InvalidUtf8,
    /// Zero bytes.
    Nul,
    /// The whole file is UTF-16 by its byte order mark.
    Utf16,
}

/// Decodes UTF-8; every byte that is none, and every zero byte, becomes one `?`.
///
/// A UTF-16 file has no readable part: its text is blank, so that no parser makes sense of half of it.
pub(crate) fn decode(bytes: Vec<u8>) -> Decoded {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        let range = TextRange::from_usize(0..bytes.len());
        let problem = ByteProblem { kind: ByteProblemKind::Utf16, range };
        return Decoded { text: " ".repeat(bytes.len()), problems: vec![problem], original: Some(bytes) };
    }
    let bytes = match String::from_utf8(bytes) {
        Ok(text) if !text.as_bytes().contains(&0) => return Decoded { text, problems: Vec::new(), original: None },
        Ok(text) => text.into_bytes(),
        Err(error) => error.into_bytes(),
    };
    decode_lossy(bytes)
}

fn decode_lossy(bytes: Vec<u8>) -> Decoded {
    let mut text = String::with_capacity(bytes.len());
    let mut problems: Vec<ByteProblem> = Vec::new();
    let mut report = |kind, start: usize, end: usize| {
        let range = TextRange::from_usize(start..end);
        match problems.last_mut() {
            Some(last) if last.kind == kind && last.range.end == range.start => last.range.end = range.end,
            _ => problems.push(ByteProblem { kind, range }),
        }
    };
    for chunk in bytes.utf8_chunks() {
        for part in chunk.valid().split_inclusive('\0') {
            let kept = part.strip_suffix('\0').unwrap_or(part);
            text.push_str(kept);
            if kept.len() < part.len() {
                report(ByteProblemKind::Nul, text.len(), text.len() + 1);
                text.push('?');
            }
        }
        if !chunk.invalid().is_empty() {
            report(ByteProblemKind::InvalidUtf8, text.len(), text.len() + chunk.invalid().len());
            text.extend(chunk.invalid().iter().map(|_| '?'));
        }
    }
    Decoded { text, problems, original: Some(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_every_offset() {
        let decoded = decode(b"a\xFF\xFEb\0\0c\xC3\xA9\xE2\x82".to_vec());
        assert_eq!(decoded.text, "a??b??c\u{e9}??");
        let found: Vec<_> = decoded.problems.iter().map(|p| (p.kind, p.range.to_usize())).collect();
        assert_eq!(
            found,
            [(ByteProblemKind::InvalidUtf8, 1..3), (ByteProblemKind::Nul, 4..6), (ByteProblemKind::InvalidUtf8, 9..11),]
        );
    }

    #[test]
    fn utf16_is_blank() {
        let decoded = decode(b"\xFF\xFEa\0".to_vec());
        assert_eq!(decoded.text, "    ");
        assert_eq!(decoded.problems[0].kind, ByteProblemKind::Utf16);
    }
}
