//! What rules ask of a configuration: ports so far.

use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;

use crate::config::file::{Parameter, Scalar};
use crate::config::spanned::Spanned;

/// A parameter that a rule declares.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// What it is for.
    pub about: &'static str,
}

/// What a parameter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A list of ports.
    Ports,
}

impl Kind {
    /// What it is, in words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ports => "a list of ports",
        }
    }

    /// A value of it, as YAML on one line.
    #[must_use]
    pub fn example(self) -> &'static str {
        match self {
            Self::Ports => "[80, 443]",
        }
    }
}

/// A list of ports: `443`, `53/udp`, `8000-8010`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ports(Vec<(RangeInclusive<u16>, Protocol)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Tcp,
    Udp,
    Sctp,
}

impl Protocol {
    const ALL: [(Self, &'static str); 3] = [(Self::Tcp, "tcp"), (Self::Udp, "udp"), (Self::Sctp, "sctp")];
}

impl Ports {
    /// Whether a port of a protocol (`tcp` if none is named) is among them.
    #[must_use]
    pub fn contains(&self, port: u16, protocol: &str) -> bool {
        self.0.iter().any(|(ports, own)| {
            ports.contains(&port) && Protocol::ALL.iter().any(|(known, name)| known == own && *name == protocol)
        })
    }

    /// Reads a parameter.
    ///
    /// # Errors
    /// If it is no list of ports: what is wrong, with its place.
    pub(super) fn read(parameter: &Spanned<Parameter>) -> Result<Self, Spanned<String>> {
        match &parameter.value {
            Parameter::One(one) => {
                let ports = port(one).map_err(|value| Spanned { value, range: parameter.range })?;
                Ok(Self(vec![ports]))
            }
            Parameter::Many(many) => {
                let read =
                    |one: &Spanned<Scalar>| port(&one.value).map_err(|value| Spanned { value, range: one.range });
                many.iter().map(read).collect::<Result<_, _>>().map(Self)
            }
        }
    }
}

impl Display for Ports {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for (index, (ports, protocol)) in self.0.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            let protocol = Protocol::ALL.iter().find(|(known, _)| known == protocol).map_or("", |(_, name)| name);
            match (ports.start(), ports.end()) {
                (first, last) if first == last => write!(formatter, "{comma}{first}/{protocol}")?,
                (first, last) => write!(formatter, "{comma}{first}-{last}/{protocol}")?,
            }
        }
        Ok(())
    }
}

fn port(value: &Scalar) -> Result<(RangeInclusive<u16>, Protocol), String> {
    let text = match value {
        Scalar::Integer(number) => number.to_string(),
        Scalar::Text(text) => text.clone(),
        Scalar::Boolean(_) => String::new(),
    };
    let (ports, protocol) = text.split_once('/').unwrap_or((&text, "tcp"));
    let protocol = Protocol::ALL.iter().find(|(_, name)| *name == protocol).map(|(protocol, _)| *protocol);
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    let number = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
    match (number(first), number(last), protocol) {
        (Some(first), Some(last), Some(protocol)) if first <= last => Ok((first..=last, protocol)),
        _ => Err("expected a port such as `443`, `53/udp` or `8000-8010`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stacklint_parsers::TextRange;

    fn read(texts: &[&str]) -> Result<Ports, Spanned<String>> {
        let scalars = texts.iter().map(|text| Spanned {
            value: text.parse().map_or_else(|_| Scalar::Text((*text).to_owned()), Scalar::Integer),
            range: TextRange::empty(0),
        });
        Ports::read(&Spanned { value: Parameter::Many(scalars.collect()), range: TextRange::empty(0) })
    }

    #[test]
    fn ports_are_numbers_ranges_and_protocols() {
        let ports = read(&["443", "53/udp", "8000-8010"]).unwrap();
        for (port, protocol, expected) in
            [(443, "tcp", true), (443, "udp", false), (53, "udp", true), (8010, "tcp", true), (8011, "tcp", false)]
        {
            assert_eq!(ports.contains(port, protocol), expected, "{port}/{protocol}");
        }
        for wrong in ["0", "65536", "-1", "x", "53/xyz", "20-10", ""] {
            assert!(read(&[wrong]).is_err(), "{wrong}");
        }
    }
}
