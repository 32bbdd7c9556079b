//! Numbers at the start of a text, as the C library reads them.

/// A number, and what follows it.
pub(super) struct Number<'a> {
    pub(super) value: f64,
    /// What was read as the number.
    pub(super) written: &'a str,
    /// What follows, without blanks around.
    pub(super) unit: &'a str,
}

const BLANK: [char; 6] = [' ', '\t', '\n', '\r', '\x0b', '\x0c'];

/// `strtol` to the base 0, which knows `0x` and octal; where it stops at a fraction, or overflows, `strtod`.
pub(super) fn integer(text: &str) -> Option<Number<'_>> {
    let start = text.len() - text.trim_start_matches(BLANK).len();
    let body = text.get(start..)?;
    let (negative, digits) = sign(body);
    let (radix, prefix) = if digits.starts_with("0x") || digits.starts_with("0X") {
        (16, 2)
    } else if digits.starts_with('0') {
        (8, 0)
    } else {
        (10, 0)
    };
    let mut count = digits.chars().skip(prefix).take_while(|digit| digit.is_digit(radix)).count();
    let (radix, prefix) = if radix == 16 && count == 0 {
        // Of a bare `0x` the zero is the number.
        count = 1;
        (8, 0)
    } else {
        (radix, prefix)
    };
    let length = prefix + count;
    let rest = digits.get(length..)?;
    let parsed = i64::from_str_radix(digits.get(prefix..length)?, radix);
    if count == 0 && !rest.starts_with('.') || rest.starts_with(['.', 'e', 'E']) || (parsed.is_err() && count > 0) {
        return real(text);
    }
    let value = parsed.ok()?;
    let end = text.len() - rest.len();
    Some(Number {
        value: if negative { -(value as f64) } else { value as f64 },
        written: text.get(start..end)?,
        unit: rest.trim_matches(BLANK),
    })
}

/// `strtod`; no number that it cannot hold, and none that is none.
pub(super) fn real(text: &str) -> Option<Number<'_>> {
    let start = text.len() - text.trim_start_matches(BLANK).len();
    let body = text.get(start..)?;
    let (negative, digits) = sign(body);
    let (magnitude, length) =
        if digits.starts_with("0x") || digits.starts_with("0X") { hexadecimal(digits) } else { decimal(digits)? };
    if !magnitude.is_finite() {
        return None;
    }
    let rest = digits.get(length..)?;
    let end = text.len() - rest.len();
    let value = if negative { -magnitude } else { magnitude };
    Some(Number { value, written: text.get(start..end)?, unit: rest.trim_matches(BLANK) })
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn decimal(text: &str) -> Option<(f64, usize)> {
    let digits = |from: usize| -> usize { text.bytes().skip(from).take_while(u8::is_ascii_digit).count() };
    let whole = digits(0);
    let mut length = whole;
    if text.as_bytes().get(length) == Some(&b'.') {
        let fraction = digits(length + 1);
        if whole + fraction == 0 {
            return None;
        }
        length += 1 + fraction;
    }
    if length == 0 {
        return None;
    }
    if matches!(text.as_bytes().get(length), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(text.as_bytes().get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + signed);
        if exponent > 0 {
            length += 1 + signed + exponent;
        }
    }
    Some((text.get(..length)?.parse().ok()?, length))
}

/// `0x`, digits with a fraction, and an exponent of two behind `p`.
fn hexadecimal(text: &str) -> (f64, usize) {
    let mut value = 0.0_f64;
    let mut scale = 1.0_f64;
    let mut length = 2;
    let mut seen = false;
    let mut fraction = false;
    for character in text.chars().skip(2) {
        match character.to_digit(16) {
            Some(digit) => {
                seen = true;
                value = value * 16.0 + f64::from(digit);
                scale *= if fraction { 16.0 } else { 1.0 };
            }
            None if character == '.' && !fraction => fraction = true,
            None => break,
        }
        length += 1;
    }
    if !seen {
        return (0.0, 1);
    }
    value /= scale;
    let rest = text.get(length..).unwrap_or_default();
    if let Some(behind) = rest.strip_prefix(['p', 'P']) {
        let (negative, digits) = sign(behind);
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        if let Some(power) = digits.get(..count).and_then(|digits| digits.parse::<i32>().ok()) {
            value *= 2.0_f64.powi(if negative { -power } else { power });
            length += rest.len() - digits.len() + count;
        }
    }
    (value, length)
}
