//! Amounts of bytes and durations.

use crate::stack::attributes::Shape;
use crate::stack::value::{Data, Scalar, ScalarKind, Value};
use crate::text::Text;

/// `90s` and the like in Go's spelling.
pub(super) fn duration(value: Value) -> Data {
    match &value.data {
        Data::Scalar(scalar) if scalar.kind == ScalarKind::String => {
            respelled(value, |text| nanoseconds(text).map(spell_duration))
        }
        _ => value.data,
    }
}

/// A mode that is a string is octal; one that is a number is what YAML takes it for.
pub(super) fn file_mode(value: Value) -> Data {
    let octal = |scalar: &Scalar| i64::from_str_radix(scalar.text.as_str(), 8).ok();
    let mode = match &value.data {
        Data::Scalar(scalar) if scalar.kind == ScalarKind::String => octal(scalar),
        _ => None,
    };
    // What is none is refused in the end, if no later layer replaces it.
    let Some(mode) = mode else { return value.data };
    match respelled(value, |_| Some(mode.to_string())) {
        Data::Scalar(scalar) => Data::Scalar(Scalar::new(scalar.text, ScalarKind::Int)),
        data => data,
    }
}

/// `64m` and the like as a number of bytes, as text.
pub(super) fn amount(value: Value) -> Data {
    match &value.data {
        Data::Scalar(scalar) if scalar.kind == ScalarKind::String => respelled(value, bytes),
        // A fraction counts as nothing, and so does what 63 bits do not hold.
        Data::Scalar(scalar) if scalar.kind == ScalarKind::Float || is_too_large(scalar) => {
            respelled(value, |_| Some("0".to_owned()))
        }
        _ => value.data,
    }
}

fn is_too_large(scalar: &Scalar) -> bool {
    scalar.kind == ScalarKind::Int && scalar.text.as_str().parse::<i64>().is_err()
}

/// What is wrong with an amount, a duration, a file mode or a number that was left as text. Docker Compose looks only at those that no later layer replaces.
pub(crate) fn fault(shape: Shape, text: &Text) -> Option<&'static str> {
    let (known, message) = match shape {
        Shape::Bytes | Shape::BytesText => (bytes(text.as_str()).is_some(), "takes an amount of bytes such as `512m`"),
        Shape::Duration => (nanoseconds(text.as_str()).is_some(), "takes a duration such as `30s` or `1m30s`"),
        Shape::FileMode => (false, "takes a file mode such as `0440`"),
        Shape::WholeNumber => (false, "takes a whole number without quotes"),
        _ => return None,
    };
    (!known && !text.is_unknown()).then_some(message)
}

fn respelled(value: Value, spell: impl Fn(&str) -> Option<String>) -> Data {
    let Data::Scalar(scalar) = &value.data else { return value.data };
    let text = &scalar.text;
    let Some(spelling) = spell(text.as_str()) else { return value.data };
    let text = if spelling == text.as_str() {
        text.clone()
    } else {
        let (place, origin) =
            text.source().map_or((value.place, value.origin), |(place, origin)| (Some(place), origin));
        Text::derived(&spelling, place, origin)
    };
    Data::Scalar(Scalar::new(text, ScalarKind::String))
}

/// docker/go-units' `RAMInBytes`: a number, and a binary unit with or without `b` or `ib`.
fn bytes(text: &str) -> Option<String> {
    let end = text.rfind(|character: char| character.is_ascii_digit() || character == '.').map_or(0, |at| at + 1);
    let number: f64 = text.get(..end)?.parse().ok()?;
    let unit = text.get(end..)?.strip_prefix(' ').unwrap_or(text.get(end..)?).to_ascii_lowercase();
    let unit = unit.strip_suffix("ib").or(unit.strip_suffix('b')).unwrap_or(&unit);
    let power = ["", "k", "m", "g", "t", "p"].iter().position(|known| *known == unit)?;
    let factor = 1024_f64.powi(i32::try_from(power).ok()?);
    let amount = number * factor;
    // What is left behind the point is cut off.
    (0.0..9.3e18).contains(&amount).then(|| (amount as i64).to_string())
}

/// Go's `time.ParseDuration` with the days and weeks that Compose adds.
fn nanoseconds(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0_i128;
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, behind) = rest.split_at(digits);
        let end = behind.find(|character: char| character.is_ascii_digit() || character == '.').unwrap_or(behind.len());
        let (unit, next) = behind.split_at(end);
        let nanoseconds = match unit {
            "ns" => 1_i128,
            "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "d" => 86_400_000_000_000,
            "w" => 604_800_000_000_000,
            _ => return None,
        };
        total = total.checked_add(scaled(number, nanoseconds)?)?;
        rest = next;
    }
    let total = i64::try_from(total).ok()?;
    Some(if negative { -total } else { total })
}

/// A decimal number times `unit`, cut to a whole number.
fn scaled(number: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction = fraction.get(..fraction.len().min(18))?;
    let part: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    whole.checked_mul(unit)?.checked_add(part.checked_mul(unit)? / scale)
}

/// Go's `Duration.String`.
fn spell_duration(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let amount = nanoseconds.unsigned_abs();
    let decimal = |unit: u64| {
        // Exact in the digits that are left: no duration has more than nine behind the point.
        let whole = amount % (60 * 1_000_000_000) / unit;
        let rest = amount % unit;
        if rest == 0 {
            return whole.to_string();
        }
        let digits = unit.ilog10() as usize;
        let fraction = format!("{rest:0digits$}");
        let fraction = fraction.trim_end_matches('0');
        format!("{whole}.{fraction}")
    };
    match amount {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{amount}ns"),
        1_000..1_000_000 => format!("{sign}{}\u{b5}s", decimal(1_000)),
        1_000_000..1_000_000_000 => format!("{sign}{}ms", decimal(1_000_000)),
        _ => {
            let minutes = amount / 60_000_000_000;
            let seconds = decimal(1_000_000_000);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of Docker Compose 2.40.3.
    #[test]
    fn spells_as_docker_compose_does() {
        for (text, spelling) in [
            ("64m", Some("67108864")),
            ("1.5gb", Some("1610612736")),
            ("10kib", Some("10240")),
            ("1TB", Some("1099511627776")),
            ("3b", Some("3")),
            ("0.5k", Some("512")),
            ("1e3", Some("1000")),
            ("1.9", Some("1")),
            ("-1", None),
            ("3x", None),
            ("", None),
        ] {
            assert_eq!(bytes(text).as_deref(), spelling, "{text}");
        }
        for (text, spelling) in [
            ("90s", Some("1m30s")),
            ("1h2m3.5s", Some("1h2m3.5s")),
            ("100ms", Some("100ms")),
            ("0s", Some("0s")),
            ("1d", Some("24h0m0s")),
            ("1.5us", Some("1.5\u{b5}s")),
            ("1m", Some("1m0s")),
            ("90", None),
            ("s", None),
        ] {
            assert_eq!(nanoseconds(text).map(spell_duration).as_deref(), spelling, "{text}");
        }
    }
}
