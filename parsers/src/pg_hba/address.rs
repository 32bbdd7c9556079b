//! Addresses and masks as the server reads them: with the C library's `getaddrinfo` for numeric hosts, and `strtol`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What the C library makes of a text that should be a numeric address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numeric {
    /// An address.
    Address(IpAddr),
    /// No address: a host name.
    Name,
}

/// `getaddrinfo` with `AI_NUMERICHOST`: `inet_aton` for IPv4, which takes short, octal and hexadecimal forms, and
/// `inet_pton` with an interface name for IPv6.
pub(super) fn numeric(text: &str) -> Numeric {
    if let Some(address) = inet_aton(text) {
        return Numeric::Address(IpAddr::V4(address));
    }
    let (address, scope) = text.split_once('%').map_or((text, None), |(address, scope)| (address, Some(scope)));
    match address.parse::<Ipv6Addr>() {
        Ok(address) if scope.is_none_or(|scope| is_scope(address, scope)) => Numeric::Address(IpAddr::V6(address)),
        _ => Numeric::Name,
    }
}

/// Whether `%scope` may stand behind an address: a number, or behind a link-local one the name of an interface, which we
/// take for one that the machine has.
fn is_scope(address: Ipv6Addr, scope: &str) -> bool {
    let number = !scope.is_empty() && scope.bytes().all(|digit| digit.is_ascii_digit());
    let [first, ..] = address.segments();
    let local = first & 0xffc0 == 0xfe80 || first & 0xff0f == 0xff02;
    number || (local && !scope.is_empty())
}

/// One to four numbers separated by dots, the last of which fills the rest; `0x` is hexadecimal and `0` octal.
fn inet_aton(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<&str> = text.split('.').collect();
    let (last, first) = parts.split_last()?;
    if first.len() > 3 {
        return None;
    }
    let mut address: u32 = 0;
    for (index, part) in first.iter().enumerate() {
        let byte = number(part).filter(|byte| *byte <= 255)?;
        address |= byte << (24 - 8 * index);
    }
    let rest = number(last)?;
    let bits = 32 - 8 * first.len();
    if bits < 32 && rest >= 1 << bits {
        return None;
    }
    Some(Ipv4Addr::from(address | rest))
}

fn number(text: &str) -> Option<u32> {
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        // `strtoul` takes the `0` of a bare `0x` and stops at the `x`, which nothing may follow.
        return if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            u32::from_str_radix(digits, 16).ok()
        } else {
            None
        };
    }
    if !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    match text.strip_prefix('0') {
        Some("") => Some(0),
        Some(digits) => u32::from_str_radix(digits, 8).ok(),
        None => text.parse().ok(),
    }
}

/// The mask behind a slash, for an address of this family (`pg_sockaddr_cidr_mask` of src/backend/libpq/ifaddr.c).
pub(super) fn mask(bits: &str, address: IpAddr) -> Option<IpAddr> {
    let bits = strtol(bits)?;
    Some(match address {
        IpAddr::V4(_) => {
            let bits = u32::try_from(bits).ok().filter(|bits| *bits <= 32)?;
            IpAddr::V4(Ipv4Addr::from(u32::MAX.checked_shl(32 - bits).unwrap_or(0)))
        }
        IpAddr::V6(_) => {
            let bits = u32::try_from(bits).ok().filter(|bits| *bits <= 128)?;
            IpAddr::V6(Ipv6Addr::from(u128::MAX.checked_shl(128 - bits).unwrap_or(0)))
        }
    })
}

/// C's `strtol` to the base 10, of a whole text that is not empty.
fn strtol(text: &str) -> Option<i64> {
    let digits = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, digits.strip_prefix('+').unwrap_or(digits)),
    };
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let number = digits.trim_start_matches('0');
    let number = if number.is_empty() { 0 } else { number.parse::<i64>().unwrap_or(i64::MAX) };
    Some(sign * number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses_as_the_c_library() {
        let cases = [
            ("10", Some("0.0.0.10")),
            ("192.168", Some("192.0.0.168")),
            ("010.0.0.0", Some("8.0.0.0")),
            ("0x0a000000", Some("10.0.0.0")),
            ("10.0.0.256", None),
            ("10.0.256", Some("10.0.1.0")),
            ("1.2.3.4.5", None),
            ("08.0.0.0", None),
            ("4294967296", None),
            ("1.2.3.4 ", None),
            ("", None),
            ("::1", Some("::1")),
            ("::ffff:127.0.0.1", Some("::ffff:127.0.0.1")),
            ("fe80::1%lo", Some("fe80::1")),
            ("*", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map_or(Numeric::Name, |address| Numeric::Address(address.parse().unwrap()));
            assert_eq!(numeric(text), expected, "{text}");
        }
    }

    #[test]
    fn reads_masks_as_strtol() {
        let four: IpAddr = "10.0.0.0".parse().unwrap();
        let six: IpAddr = "::".parse().unwrap();
        let cases = [("008", "255.0.0.0"), ("+8", "255.0.0.0"), ("0", "0.0.0.0"), (" 32", "255.255.255.255")];
        for (bits, expected) in cases {
            assert_eq!(mask(bits, four), expected.parse().ok(), "{bits}");
        }
        for bits in ["", "-1", "8x", "33", "99999999999999999999"] {
            assert_eq!(mask(bits, four), None, "{bits}");
        }
        assert_eq!(mask("64", six), "ffff:ffff:ffff:ffff::".parse().ok());
    }
}
