//! Published ports: `[address:][published:]target[/protocol]`, with ranges, to one mapping a port.

use std::net::IpAddr;
use std::ops::Range;

use super::{PORT_BUDGET, Shaper, implied, text_field, typed_value};
use crate::stack::problem::{Problem, ProblemKind};
use crate::stack::value::{Data, Mapping, ScalarKind, Value};
use crate::text::Text;

/// The parts of the short syntax as ranges of its text, as docker/go-connections splits them.
struct Parts {
    address: Range<usize>,
    published: Range<usize>,
    target: Range<usize>,
    protocol: Range<usize>,
}

impl Shaper<'_> {
    /// One entry of `ports`. A short entry gives as many mappings as its range has ports.
    pub(super) fn port(&mut self, value: Value, kept: &mut Vec<Value>) {
        match &value.data {
            Data::Scalar(scalar) if scalar.text.as_str() == "0" => {
                self.refuse(&value, "names no container port");
            }
            Data::Scalar(scalar) => match short(&scalar.text, &value, self.ports_left, kept) {
                Ok(true) => {}
                Ok(false) => self.report_port_budget(&value),
                Err(message) => {
                    self.refuse(&value, message);
                    kept.extend(without_target(&scalar.text, &value));
                }
            },
            Data::Mapping(mapping) => {
                let mut mapping = mapping.clone();
                if mapping.get("published").is_some_and(|field| field.value.as_str() == Some("")) {
                    mapping.shift_remove("published");
                }
                for (key, default) in [("mode", "ingress"), ("protocol", "tcp")] {
                    if !mapping.contains_key(key) {
                        let field = super::Field::new(None, implied(default, ScalarKind::String, &value));
                        mapping.insert(key.into(), field);
                    }
                }
                if !mapping.contains_key("target") {
                    self.refuse(&value, "needs a `target`");
                }
                if let Some(address) = mapping.get("host_ip").map(|field| &field.value)
                    && let Data::Scalar(scalar) = &address.data
                    && scalar.kind == ScalarKind::String
                    && !scalar.text.is_unknown()
                    && scalar.text.as_str().parse::<IpAddr>().is_err()
                {
                    let message = match scalar.text.unset().next() {
                        Some(_) => "has no address as `host_ip`: its variable is not set",
                        None => "has no IP address as `host_ip`: it stands there without brackets",
                    };
                    self.refuse_at(address.place, address.repaired || value.repaired, message);
                }
                kept.push(value.with(Data::Mapping(mapping)));
            }
            Data::Null | Data::Sequence(_) => {}
        }
    }

    /// Says once in a stack that its port ranges used the budget up.
    fn report_port_budget(&mut self, value: &Value) {
        let message = format!(
            "the port ranges of this stack hold more than {PORT_BUDGET} ports; of the rest only the first port of each is judged"
        );
        if !self.problems.iter().any(|problem| problem.kind == ProblemKind::OverLimit && problem.message == message) {
            let problem = Problem::new(ProblemKind::OverLimit, value.place, &self.path.to_string(), message);
            self.problems.push(problem.help("publish fewer ports, or use `network_mode: host`"));
        }
    }
}

/// An entry whose variable is not set, which leaves it no container port. It is refused; but once the variable is set, a
/// port will be published from that address.
fn without_target(text: &Text, value: &Value) -> Option<Value> {
    let parts = split(text.as_str());
    let address = address(text, &parts).ok()?;
    let unset = parts.target.is_empty() && text.slice(parts.target).unset().next().is_some();
    let mut mapping = Mapping::default();
    if !address.is_empty() {
        text_field(&mut mapping, "host_ip", address, value);
    }
    if !parts.protocol.is_empty() {
        text_field(&mut mapping, "protocol", text.slice(parts.protocol), value);
    }
    unset.then(|| value.with(Data::Mapping(mapping)))
}

/// Adds the mappings of a short entry to `ports`. Whether they are all: what `ports_left` does not cover is left out.
fn short(text: &Text, value: &Value, ports_left: &mut u32, ports: &mut Vec<Value>) -> Result<bool, &'static str> {
    let spec = text.as_str();
    let parts = split(spec);
    let address = address(text, &parts)?;
    if parts.target.is_empty() {
        return Err("names no container port");
    }
    let target = range(spec, &parts.target).ok_or("has an invalid container port")?;
    let published = match parts.published.is_empty() {
        true => None,
        false => Some(range(spec, &parts.published).ok_or("has an invalid host port")?),
    };
    let protocol = spec.get(parts.protocol.clone()).unwrap_or_default().to_ascii_lowercase();
    if !matches!(protocol.as_str(), "" | "tcp" | "udp" | "sctp") {
        return Err("has an invalid protocol: it is `tcp`, `udp` or `sctp`");
    }
    let several = target.1 - target.0;
    let chosen_from_range = published.is_some_and(|published| several == 0 && published.1 > published.0);
    if let Some(published) = published
        && published.1 - published.0 != several
        && !chosen_from_range
    {
        return Err("has ranges of different length for host and container");
    }
    let whole = u32::from(several) <= *ports_left;
    let several = if whole { several } else { 0 };
    *ports_left -= u32::from(several);
    for offset in 0..=several {
        let mut mapping = Mapping::with_capacity_and_hasher(5, Default::default());
        mapping.insert("mode".into(), super::Field::new(None, implied("ingress", ScalarKind::String, value)));
        // What gives nothing is kept, so that rules see which variable it was.
        if !address.is_empty() || parts.published.start > 0 && address.pieces().next().is_some() {
            text_field(&mut mapping, "host_ip", address.clone(), value);
        }
        let number = |part: &Range<usize>, first: u16| {
            let whole = text.slice(part.clone());
            let number = (u32::from(first) + u32::from(offset)).to_string();
            if number == whole.as_str() {
                return whole;
            }
            match whole.source() {
                Some((place, origin)) => Text::derived(&number, Some(place), origin),
                None => Text::derived(&number, value.place, value.origin),
            }
        };
        let inner = typed_value(number(&parts.target, target.0), ScalarKind::Int, value);
        mapping.insert("target".into(), super::Field::new(None, inner));
        if let Some(published) = published {
            let text = match chosen_from_range {
                true => text.slice(parts.published.clone()),
                false => number(&parts.published, published.0),
            };
            text_field(&mut mapping, "published", text, value);
        }
        let inner = match protocol.is_empty() {
            true => implied("tcp", ScalarKind::String, value),
            false => {
                let written = super::text_value(text.slice(parts.protocol.clone()), value);
                match written.as_str() == Some(&protocol) {
                    true => written,
                    false => written.with_text(Text::derived(&protocol, written.place, written.origin)),
                }
            }
        };
        mapping.insert("protocol".into(), super::Field::new(None, inner));
        ports.push(value.with(Data::Mapping(mapping)));
    }
    Ok(whole)
}

/// The address of a short entry, without brackets.
fn address(text: &Text, parts: &Parts) -> Result<Text, &'static str> {
    let spec = text.as_str();
    let mut address = text.slice(parts.address.clone());
    if spec.get(parts.address.clone()).is_some_and(|address| address.starts_with('[')) {
        let inner = parts.address.start + 1..parts.address.end.saturating_sub(1);
        if !spec.get(..parts.address.end).is_some_and(|before| before.ends_with(']')) {
            return Err("has an address whose `[` is not closed");
        }
        address = text.slice(inner);
    } else if address.as_str().contains(':') && !address.is_unknown() {
        return Err(match address.as_str().parse::<IpAddr>() {
            Ok(_) => "has an IPv6 address without brackets: write `[::1]:80:80`",
            Err(_) => "has too many colons: it takes `address:published:target`, an IPv6 address in brackets",
        });
    }
    if !address.is_empty() && !address.is_unknown() && address.as_str().parse::<IpAddr>().is_err() {
        return Err("has an invalid address: write an IP address, IPv6 in brackets");
    }
    Ok(address)
}

fn split(spec: &str) -> Parts {
    let last = spec.rfind(':').map_or(0, |at| at + 1);
    let (target, protocol) = match spec.get(last..).and_then(|target| target.find('/')) {
        Some(slash) => {
            let start = last + slash + 1;
            let end = spec.get(start..).and_then(|rest| rest.find('/')).map_or(spec.len(), |at| start + at);
            (last..last + slash, start..end)
        }
        None => (last..spec.len(), spec.len()..spec.len()),
    };
    let before = last.saturating_sub(1);
    let published = spec.get(..before).and_then(|rest| rest.rfind(':')).map_or(0, |at| at + 1);
    let address = 0..published.saturating_sub(1);
    Parts { address, published: published..before, target, protocol }
}

/// A port or a range of ports, first and last.
fn range(spec: &str, part: &Range<usize>) -> Option<(u16, u16)> {
    let text = spec.get(part.clone())?;
    let port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u16>().ok()).flatten();
    match text.split_once('-') {
        Some((first, last)) => {
            let (first, last) = (port(first)?, port(last)?);
            (first <= last).then_some((first, last))
        }
        None => port(text).map(|port| (port, port)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_from_the_right() {
        let parts = |spec: &'static str| {
            let parts = split(spec);
            [parts.address, parts.published, parts.target, parts.protocol].map(|part| &spec[part])
        };
        assert_eq!(parts("80"), ["", "", "80", ""]);
        assert_eq!(parts("8080:80/udp"), ["", "8080", "80", "udp"]);
        assert_eq!(parts("127.0.0.1:8080:80"), ["127.0.0.1", "8080", "80", ""]);
        assert_eq!(parts("127.0.0.1::80"), ["127.0.0.1", "", "80", ""]);
        assert_eq!(parts("[::1]:8080:80"), ["[::1]", "8080", "80", ""]);
        assert_eq!(parts(":8080:80"), ["", "8080", "80", ""]);
    }
}
