//! What the loader takes a plain YAML scalar for, and how it spells it afterwards.
//!
//! Docker Compose reads YAML with go-yaml v3: its resolution is YAML 1.2's core schema with some of YAML 1.1's numbers
//! (`0440` is octal, `1_000` has a separator, `0b11` is binary). The spelling is Go's `fmt.Sprint` of the value.

use crate::stack::value::ScalarKind;

/// What a plain scalar is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plain {
    /// Nothing.
    Null,
    /// A value of that kind whose spelling is the text itself.
    AsWritten(ScalarKind),
    /// A value of that kind that the loader spells otherwise.
    Respelled(ScalarKind, String),
}

/// Resolves a plain scalar.
pub(crate) fn resolve(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Null,
        "true" | "True" | "TRUE" => return spelled(text, ScalarKind::Bool, "true".to_owned()),
        "false" | "False" | "FALSE" => return spelled(text, ScalarKind::Bool, "false".to_owned()),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return spelled(text, ScalarKind::Float, "+Inf".to_owned());
        }
        "-.inf" | "-.Inf" | "-.INF" => return spelled(text, ScalarKind::Float, "-Inf".to_owned()),
        ".nan" | ".NaN" | ".NAN" => return spelled(text, ScalarKind::Float, "NaN".to_owned()),
        _ => {}
    }
    let starts_number = text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.'));
    if !starts_number {
        return Plain::AsWritten(ScalarKind::String);
    }
    // Nearly all numbers are spelled as they are written.
    if !text.starts_with('0') && text.len() < 19 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Plain::AsWritten(ScalarKind::Int);
    }
    if is_timestamp(text) {
        return Plain::AsWritten(ScalarKind::Timestamp);
    }
    let digits = text.replace('_', "");
    if let Some(value) = integer(&digits) {
        return spelled(text, ScalarKind::Int, value.to_string());
    }
    if is_float(&digits)
        && let Ok(value) = digits.parse::<f64>()
    {
        return spelled(text, ScalarKind::Float, float(value));
    }
    Plain::AsWritten(ScalarKind::String)
}

fn spelled(text: &str, kind: ScalarKind, spelling: String) -> Plain {
    if text == spelling { Plain::AsWritten(kind) } else { Plain::Respelled(kind, spelling) }
}

/// Go's `strconv.ParseInt(text, 0, 64)`, and `ParseUint` for what is larger.
fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let radix = |prefix: [&str; 2], radix| {
        let rest = digits.strip_prefix(prefix[0]).or_else(|| digits.strip_prefix(prefix[1]))?;
        Some((rest, radix))
    };
    let (digits, radix) = radix(["0x", "0X"], 16)
        .or_else(|| radix(["0o", "0O"], 8))
        .or_else(|| radix(["0b", "0B"], 2))
        .or_else(|| Some((digits.strip_prefix('0').filter(|rest| !rest.is_empty())?, 8)))
        .unwrap_or((digits, 10));
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    let value = if negative { -value } else { value };
    (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&value).then_some(value)
}

/// go-yaml's expression for floats: an optional sign, digits with an optional point, an optional exponent.
fn is_float(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (rest, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = match mantissa.split_once('.') {
        Some((before, after)) => digits(before) && digits(after) && !(before.is_empty() && after.is_empty()),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent = exponent.is_none_or(|exponent| {
        let power = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !power.is_empty() && digits(power)
    });
    whole && exponent
}

/// Go's `%v` of a `float64`: the shortest digits that read back, with an exponent below 1e-4 and from 1e6 on.
pub(crate) fn float(value: f64) -> String {
    if value != 0.0 && !(1e-4..1e6).contains(&value.abs()) {
        let text = format!("{value:e}");
        let Some((mantissa, exponent)) = text.split_once('e') else { return text };
        let (sign, power) = match exponent.strip_prefix('-') {
            Some(power) => ('-', power),
            None => ('+', exponent),
        };
        return format!("{mantissa}e{sign}{power:0>2}");
    }
    value.to_string()
}

/// `2001-12-14`, with an optional time behind it (go-yaml's `parseTimestamp`: four digits and a dash first).
fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.get(4) != Some(&b'-') || !bytes.iter().take(4).all(u8::is_ascii_digit) {
        return false;
    }
    let mut parts = text.splitn(2, ['T', 't', ' ']);
    let date = parts.next().unwrap_or_default();
    let mut fields = date.split('-').skip(1);
    let mut field = |longest: u32| {
        fields.next().is_some_and(|field| {
            (1..=2).contains(&field.len()) && field.parse::<u32>().is_ok_and(|number| (1..=longest).contains(&number))
        })
    };
    if !field(12) || !field(31) || fields.next().is_some() {
        return false;
    }
    parts.next().is_none_or(|time| {
        let time = time.trim_start();
        time.split(':').count() == 3 && time.starts_with(|first: char| first.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_as_docker_compose_2_40_does() {
        let cases = [
            ("1e3", Plain::Respelled(ScalarKind::Float, "1000".to_owned())),
            ("0o17", Plain::Respelled(ScalarKind::Int, "15".to_owned())),
            ("0440", Plain::Respelled(ScalarKind::Int, "288".to_owned())),
            ("1.10", Plain::Respelled(ScalarKind::Float, "1.1".to_owned())),
            ("1_000", Plain::Respelled(ScalarKind::Int, "1000".to_owned())),
            ("0x1F", Plain::Respelled(ScalarKind::Int, "31".to_owned())),
            ("1e21", Plain::Respelled(ScalarKind::Float, "1e+21".to_owned())),
            ("True", Plain::Respelled(ScalarKind::Bool, "true".to_owned())),
            ("100000000.0", Plain::Respelled(ScalarKind::Float, "1e+08".to_owned())),
            ("99999999999999999999", Plain::Respelled(ScalarKind::Float, "1e+20".to_owned())),
            ("0.00001", Plain::Respelled(ScalarKind::Float, "1e-05".to_owned())),
            (".5", Plain::Respelled(ScalarKind::Float, "0.5".to_owned())),
            ("1.", Plain::Respelled(ScalarKind::Float, "1".to_owned())),
            ("0x", Plain::AsWritten(ScalarKind::String)),
            ("190:20:30", Plain::AsWritten(ScalarKind::String)),
            ("5432", Plain::AsWritten(ScalarKind::Int)),
            ("22:22", Plain::AsWritten(ScalarKind::String)),
            ("yes", Plain::AsWritten(ScalarKind::String)),
            ("1.2.3", Plain::AsWritten(ScalarKind::String)),
            ("-", Plain::AsWritten(ScalarKind::String)),
            ("089", Plain::Respelled(ScalarKind::Float, "89".to_owned())),
            ("2001-12-14", Plain::AsWritten(ScalarKind::Timestamp)),
            ("2001-99-14", Plain::AsWritten(ScalarKind::String)),
            ("~", Plain::Null),
        ];
        for (text, plain) in cases {
            assert_eq!(resolve(text), plain, "{text}");
        }
    }
}
