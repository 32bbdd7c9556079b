//! Tokens whose form shows whose they are, JSON web tokens, and private key blocks.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

/// A token found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) range: Range<usize>,
    pub(super) kind: FoundKind,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FoundKind {
    /// A provider's token.
    Provider {
        /// Whose it is.
        vendor: &'static str,
        /// It is the public half of a pair.
        is_id: bool,
        /// It opens a sandbox only.
        is_test: bool,
    },
    /// A signed JSON web token.
    Jwt,
    /// A JSON web token that nobody signed (`alg: none`).
    UnsignedJwt,
    /// A private key block, with its markers.
    PrivateKey {
        /// A passphrase protects it.
        encrypted: bool,
    },
}

/// One line of `token_formats.tsv`.
#[derive(Debug)]
struct Format {
    vendor: &'static str,
    /// The literal that every token of the format holds, and how far behind its start it stands.
    anchors: Vec<&'static str>,
    before_anchor: Vec<Part>,
    after_anchor: Vec<Part>,
    checksum: bool,
    is_id: bool,
    is_test: bool,
    key_word: Option<&'static str>,
    has: Option<&'static str>,
    ends: Option<&'static str>,
}

#[derive(Clone, Copy, Debug)]
enum Part {
    Literal(&'static str),
    Class { class: Class, min: usize, max: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Digit,
    Lower,
    Upper,
    Base32,
    Hex,
    Alnum,
    Word,
    Base64,
    Base64Url,
    Dotted,
    DottedTilde,
}

impl Class {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "digit" => Self::Digit,
            "lower" => Self::Lower,
            "upper" => Self::Upper,
            "base32" => Self::Base32,
            "hex" => Self::Hex,
            "alnum" => Self::Alnum,
            "word" => Self::Word,
            "base64" => Self::Base64,
            "base64url" => Self::Base64Url,
            "dotted" => Self::Dotted,
            "dotted~" => Self::DottedTilde,
            _ => return None,
        })
    }

    fn holds(self, byte: u8) -> bool {
        let word = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        match self {
            Self::Digit => byte.is_ascii_digit(),
            Self::Lower => byte.is_ascii_lowercase() || byte.is_ascii_digit(),
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Base32 => byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte),
            Self::Hex => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Word => word,
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='),
            Self::Base64Url => word || byte == b'=',
            Self::Dotted => word || byte == b'.',
            Self::DottedTilde => word || matches!(byte, b'.' | b'~'),
        }
    }
}

const TABLE: &str = include_str!("token_formats.tsv");

/// What the prefilter looks for: one pass over a text says whether any of it is there.
#[derive(Clone, Copy, Debug)]
enum Sign {
    /// The anchor of the format of that number.
    Anchor(usize),
    /// What a private key block begins with.
    KeyBlock,
    /// What a JSON web token begins with.
    Jwt,
}

struct Formats {
    formats: Vec<Format>,
    prefilter: Option<AhoCorasick>,
    /// What each pattern of the prefilter is.
    signs: Vec<Sign>,
}

/// Parsed when the first value that could hold a token is judged: an empty run does not pay for it.
static FORMATS: LazyLock<Formats> = LazyLock::new(|| {
    let formats: Vec<Format> =
        TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).filter_map(parse_format).collect();
    let anchors = formats
        .iter()
        .enumerate()
        .flat_map(|(index, format)| format.anchors.iter().map(move |anchor| (*anchor, Sign::Anchor(index))));
    let blocks = [BEGIN, PUTTY, ENCODED_BEGIN].map(|begin| (begin, Sign::KeyBlock));
    let (patterns, signs): (Vec<&str>, Vec<Sign>) = anchors.chain(blocks).chain([(JWT, Sign::Jwt)]).unzip();
    let prefilter = AhoCorasick::builder().match_kind(MatchKind::Standard).build(patterns).ok();
    Formats { formats, prefilter, signs }
});

fn parse_format(line: &'static str) -> Option<Format> {
    let mut columns = line.split('\t');
    let (_id, vendor, shape, extra) = (columns.next()?, columns.next()?, columns.next()?, columns.next()?);
    let mut format = Format {
        vendor,
        anchors: Vec::new(),
        before_anchor: Vec::new(),
        after_anchor: Vec::new(),
        checksum: false,
        is_id: false,
        is_test: false,
        key_word: None,
        has: None,
        ends: None,
    };
    for part in shape.split(' ') {
        let class = part.split_once(':').and_then(|(name, length)| Some((Class::named(name)?, length)));
        match class {
            Some((class, length)) => {
                let (min, max) = length.split_once('-').unwrap_or((length, length));
                let part = Part::Class { class, min: min.parse().ok()?, max: max.parse().ok()? };
                if format.anchors.is_empty() {
                    format.before_anchor.push(part);
                } else {
                    format.after_anchor.push(part);
                }
            }
            None if format.anchors.is_empty() => format.anchors = part.split('|').collect(),
            None => format.after_anchor.push(Part::Literal(part)),
        }
    }
    for word in extra.split(',') {
        match word.split_once('=') {
            Some(("key", word)) => format.key_word = Some(word),
            Some(("has", text)) => format.has = Some(text),
            Some(("ends", text)) => format.ends = Some(text),
            _ => match word {
                "crc32" => format.checksum = true,
                "id" => format.is_id = true,
                "test" => format.is_test = true,
                _ => {}
            },
        }
    }
    (!format.anchors.is_empty()).then_some(format)
}

/// The shortest text that is looked at.
const SHORTEST: usize = 16;

/// All tokens and private key blocks of a text, in order, none inside another. `key` decides about formats that are
/// too plain to be told without one.
pub(super) fn find(key: &str, text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    if text.len() < SHORTEST {
        return found;
    }
    let Formats { formats, prefilter, signs } = &*FORMATS;
    let token = |format: &Format, anchor: Range<usize>| {
        let range = format.range(key, text, anchor)?;
        let kind = FoundKind::Provider { vendor: format.vendor, is_id: format.is_id, is_test: format.is_test };
        Some(Found { range, kind })
    };
    let (mut has_key_block, mut has_jwt) = (false, false);
    for hit in prefilter.iter().flat_map(|prefilter| prefilter.find_overlapping_iter(text)) {
        match signs.get(hit.pattern().as_usize()) {
            Some(Sign::Anchor(index)) => {
                found.extend(formats.get(*index).and_then(|format| token(format, hit.start()..hit.end())));
            }
            Some(Sign::KeyBlock) => has_key_block = true,
            Some(Sign::Jwt) => has_jwt = true,
            None => {}
        }
    }
    if has_key_block {
        find_private_keys(text, &mut found);
    }
    if has_jwt {
        find_jwts(text, &mut found);
    }
    // Of tokens that overlap the longest counts: a routable GitLab token, not its first part.
    found.sort_by_key(|token| (token.range.start, std::cmp::Reverse(token.range.end)));
    let mut end = 0;
    found.retain(|token| {
        let keep = token.range.start >= end;
        if keep {
            end = token.range.end;
        }
        keep
    });
    found
}

impl Format {
    /// The range of the token whose anchor stands at `anchor`, if there is one.
    fn range(&self, key: &str, text: &str, anchor: Range<usize>) -> Option<Range<usize>> {
        if self.key_word.is_some_and(|word| !key.to_ascii_lowercase().contains(word)) {
            return None;
        }
        let bytes = text.as_bytes();
        let mut start = anchor.start;
        for part in self.before_anchor.iter().rev() {
            if let Part::Class { class, min, max } = *part {
                let run = bytes.get(..start)?.iter().rev().take(max).take_while(|byte| class.holds(**byte)).count();
                if run < min {
                    return None;
                }
                start -= run;
            }
        }
        let mut end = anchor.end;
        for (index, part) in self.after_anchor.iter().enumerate() {
            match *part {
                Part::Literal(literal) => {
                    if !bytes.get(end..)?.starts_with(literal.as_bytes()) {
                        return None;
                    }
                    end += literal.len();
                }
                Part::Class { class, min, max } => {
                    let run = bytes.get(end..)?.iter().take(max).take_while(|byte| class.holds(**byte)).count();
                    let run_on = index + 1 == self.after_anchor.len()
                        && bytes.get(end + run).is_some_and(|byte| class.holds(*byte));
                    if run < min || run_on {
                        return None;
                    }
                    end += run;
                }
            }
        }
        let glued = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let before = start.checked_sub(1).and_then(|before| bytes.get(before));
        if before.is_some_and(glued) || bytes.get(end).is_some_and(glued) {
            return None;
        }
        let token = text.get(start..end)?;
        let body = text.get(anchor.end..end)?;
        let fits = (!self.checksum || checksum_holds(body))
            && self.has.is_none_or(|has| body.contains(has))
            && self.ends.is_none_or(|ends| token.ends_with(ends));
        fits.then_some(start..end)
    }
}

/// Whether the last six characters of `body` are the CRC-32 of the others, in base 62 with leading zeros.
fn checksum_holds(body: &str) -> bool {
    let Some((random, given)) = body.len().checked_sub(6).and_then(|at| body.split_at_checked(at)) else {
        return false;
    };
    given.as_bytes() == base62(crc32(random.as_bytes()))
}

/// CRC-32 as in zlib and PNG (polynomial 0xEDB88320, reflected).
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// Six digits of base 62 with the digits in ASCII order.
fn base62(mut number: u32) -> [u8; 6] {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS.get((number % 62) as usize).copied().unwrap_or(b'0');
        number /= 62;
    }
    digits
}

/// Base64 of `{"`, with which the header of a JSON web token begins.
const JWT: &str = "eyJ";

fn find_jwts(text: &str, found: &mut Vec<Found>) {
    let bytes = text.as_bytes();
    for (start, _) in text.match_indices(JWT) {
        if start.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(|byte| Class::Word.holds(*byte)) {
            continue;
        }
        let run = |from: usize| {
            bytes.get(from..).unwrap_or_default().iter().take_while(|byte| Class::Word.holds(**byte)).count()
        };
        let header = start..start + run(start);
        if bytes.get(header.end) != Some(&b'.') {
            continue;
        }
        let payload = header.end + 1..header.end + 1 + run(header.end + 1);
        if payload.len() < 8 || bytes.get(payload.end) != Some(&b'.') {
            continue;
        }
        let signature = payload.end + 1..payload.end + 1 + run(payload.end + 1);
        let decode = |range: &Range<usize>| text.get(range.clone()).and_then(decode_base64url).unwrap_or_default();
        let header = decode(&header);
        if !contains(&header, b"\"alg\"") {
            continue;
        }
        let squeezed: Vec<u8> =
            header.iter().filter(|byte| !byte.is_ascii_whitespace()).map(u8::to_ascii_lowercase).collect();
        let unsigned = contains(&squeezed, b"\"alg\":\"none\"");
        // Supabase's anonymous key is made for browsers.
        if (signature.is_empty() && !unsigned) || contains(&decode(&payload), b"\"role\":\"anon\"") {
            continue;
        }
        let kind = if unsigned { FoundKind::UnsignedJwt } else { FoundKind::Jwt };
        found.push(Found { range: start..signature.end, kind });
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

/// The bytes of url-safe or standard base64, padding ignored. Nothing where a character does not belong.
pub(super) fn decode_base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0u32, 0u32);
    for character in text.trim_end_matches('=').bytes() {
        let digit = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

/// What the first line of a key block of PEM and OpenPGP begins with.
const BEGIN: &str = "-----BEGIN ";

/// What a key file of PuTTY begins with.
const PUTTY: &str = "PuTTY-User-Key-File-";

/// Base64 of `-----BEGIN`, as Kubernetes and CI variables carry key files.
const ENCODED_BEGIN: &str = "LS0tLS1CRUdJTi";

/// The part of a private key block that must not be shown: all but its first line where it has several.
pub(super) fn private_key_body(block: &str) -> Range<usize> {
    let start = block
        .find(BEGIN)
        .and_then(|at| block.get(at + BEGIN.len()..).and_then(|rest| rest.find("-----").map(|end| at + end + 16)));
    let end = block.rfind("-----END").unwrap_or(block.len());
    let start = start.or_else(|| block.find("Private-Lines:")).unwrap_or(0).min(end);
    start..end
}

fn find_private_keys(text: &str, found: &mut Vec<Found>) {
    let mut from = 0;
    while let Some(begin) = text.get(from..).and_then(|rest| rest.find(BEGIN)).map(|at| from + at) {
        from = begin + BEGIN.len();
        let Some(rest) = text.get(from..) else { break };
        let Some(label_length) = rest.find("-----").filter(|length| *length < 64) else { continue };
        let Some(label) = rest.get(..label_length) else { continue };
        if !(label.ends_with("PRIVATE KEY") || label.ends_with("PRIVATE KEY BLOCK")) {
            continue;
        }
        let body_start = from + label_length + 5;
        let Some(body) = text.get(body_start..) else { break };
        let length = body.find("-----END").unwrap_or(body.len());
        let encrypted =
            label.starts_with("ENCRYPTED") || body.get(..length).is_some_and(|body| body.contains(",ENCRYPTED"));
        // With the END marker, where there is one.
        let marker =
            body.get(length..).and_then(|end| end.get(8..)).and_then(|end| end.find("-----")).map_or(0, |at| at + 13);
        let has_body = body.get(..length).is_some_and(|body| body.bytes().any(|byte| byte.is_ascii_alphanumeric()));
        if has_body {
            found.push(Found { range: begin..body_start + length + marker, kind: FoundKind::PrivateKey { encrypted } });
        }
        from = body_start + length;
    }
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find(PUTTY)).map(|at| from + at) {
        let Some(rest) = text.get(start..) else { break };
        let Some(private) = rest.find("Private-Lines:") else { break };
        let body_start = start + private + "Private-Lines:".len();
        let end =
            text.get(body_start..).and_then(|body| body.find("Private-MAC")).map_or(text.len(), |at| body_start + at);
        let encrypted = rest.get(..private).is_some_and(|head| head.contains("Encryption: aes"));
        found.push(Found { range: start..end, kind: FoundKind::PrivateKey { encrypted } });
        from = end;
    }
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find(ENCODED_BEGIN)).map(|at| from + at) {
        let length =
            text.get(start..).unwrap_or_default().bytes().take_while(|byte| Class::Base64.holds(*byte)).count();
        let head_length = length.min(96) / 4 * 4;
        let head = text.get(start..start + head_length).and_then(decode_base64url).unwrap_or_default();
        if contains(&head, b"PRIVATE KEY-----") {
            let encrypted = contains(&head, b"ENCRYPTED");
            found.push(Found { range: start..start + length, kind: FoundKind::PrivateKey { encrypted } });
        }
        from = start + length;
    }
}

#[cfg(test)]
mod tests;
