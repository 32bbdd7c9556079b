use super::*;

/// A made-up token of a format: characters of each class in turn, no two alike beside each other.
fn synthetic(format: &Format, anchor: &str, salt: usize, cut: usize) -> String {
    let alphabet: Vec<u8> = (b'!'..=b'~').collect();
    let mut counter = salt;
    let mut text = String::new();
    let mut add = |text: &mut String, part: &Part, cut: usize| match *part {
        Part::Literal(literal) => text.push_str(literal),
        Part::Class { class, min, .. } => {
            let members: Vec<u8> =
                alphabet.iter().copied().filter(|byte| class.holds(*byte) && byte.is_ascii_alphanumeric()).collect();
            for _ in 0..min - cut {
                counter = counter.wrapping_mul(31).wrapping_add(17) % 9973;
                text.push(char::from(members[counter % members.len()]));
            }
        }
    };
    for part in &format.before_anchor {
        add(&mut text, part, 0);
    }
    text.push_str(anchor);
    let last = format.after_anchor.len().saturating_sub(1);
    for (index, part) in format.after_anchor.iter().enumerate() {
        add(&mut text, part, if index == last { cut } else { 0 });
    }
    if let Some(has) = format.has {
        let at = text.len() - has.len() - 4;
        text.replace_range(at..at + has.len(), has);
    }
    if let Some(ends) = format.ends {
        let at = text.len() - ends.len();
        text.replace_range(at.., ends);
    }
    if format.checksum {
        let body = if format.before_anchor.is_empty() { anchor.len() } else { 0 };
        let at = text.len() - 6;
        let checksum = base62(crc32(&text.as_bytes()[body..at]));
        text.replace_range(at.., std::str::from_utf8(&checksum).unwrap());
    }
    text
}

#[test]
fn every_line_of_the_table_is_a_format() {
    let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
    assert_eq!(FORMATS.formats.len(), lines);
    assert!(lines >= 45);
    assert!(FORMATS.prefilter.is_some());
}

#[test]
fn synthetic_tokens_of_every_format_are_found_and_shorter_ones_are_not() {
    for format in &FORMATS.formats {
        let key = format.key_word.unwrap_or("script");
        for anchor in &format.anchors {
            for salt in [7, 1234] {
                let token = synthetic(format, anchor, salt, 0);
                let text = format!("before \"{token}\" after");
                let found = find(key, &text);
                assert!(
                    found.iter().any(|found| text[found.range.clone()] == token),
                    "{} {anchor}: {token} not in {found:?}",
                    format.vendor
                );
                let short = synthetic(format, anchor, salt, 1);
                let glued = format!("x{token}");
                for text in [short, glued] {
                    assert!(
                        !find(key, &text).iter().any(|found| found.range.end == text.len()),
                        "{} {anchor}: {text}",
                        format.vendor
                    );
                }
            }
        }
    }
}

#[test]
fn crc32_as_published() {
    // The check value of CRC-32/ISO-HDLC.
    assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    assert_eq!(&base62(61), b"00000z");
}

#[test]
fn private_keys_are_found_with_their_markers() {
    let block = "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----";
    let text = format!("key: |\n{block}\nnext: 1");
    let found = find("", &text);
    assert_eq!(&text[found[0].range.clone()], block);
    assert_eq!(found[0].kind, FoundKind::PrivateKey { encrypted: false });
    assert_eq!(block[private_key_body(block)].trim(), "MIIabc");
}

#[test]
fn hostile_text_takes_linear_time() {
    for part in ["-----BEGIN PRIVATE KEY-----", "PuTTY-User-Key-File-", "LS0tLS1CRUdJTi", "eyJ", "eyJa.", "ghp_"] {
        let _ = find("", &part.repeat(40_000));
    }
}
