//! The ports that a service publishes.

use std::net::IpAddr;

use crate::origin::Span;
use crate::stack::value::Value;
use crate::text::{Piece, PieceKind, Text};

/// A published port.
#[derive(Clone, Copy, Debug)]
pub struct Port<'a> {
    pub(super) entry: &'a Value,
    pub(super) service: &'a str,
}

/// From where a published port can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposure {
    /// From every network the host is in.
    AllInterfaces,
    /// From the network of one address that is neither loopback nor public.
    PrivateAddress,
    /// From the network of one public address.
    PublicAddress,
    /// From the host alone.
    Loopback,
    /// Its address depends on what only the machine knows, or is one that Docker Compose refuses.
    Unknown,
}

impl<'a> Port<'a> {
    /// The entry of `ports` as a whole. A range gives several ports with the same entry.
    #[must_use]
    pub fn entry(&self) -> &'a Value {
        self.entry
    }

    /// The port inside the container.
    #[must_use]
    pub fn target(&self) -> Option<u16> {
        self.entry.text_at("target")?.as_str().parse().ok()
    }

    /// The port on the host; nothing for one that Docker chooses.
    #[must_use]
    pub fn published(&self) -> Option<&'a Text> {
        self.entry.text_at("published").filter(|published| !matches!(published.as_str(), "" | "0"))
    }

    /// `tcp`, `udp` or `sctp`.
    #[must_use]
    pub fn protocol(&self) -> &'a str {
        self.entry.text_at("protocol").map_or("tcp", Text::as_str)
    }

    /// The address on the host as written, if any.
    #[must_use]
    pub fn address(&self) -> Option<&'a Text> {
        self.entry.text_at("host_ip")
    }

    /// The address, where a variable stands for it that gives nothing: the port is then published on every interface. Not
    /// a default that is empty on purpose.
    #[must_use]
    pub fn empty_address(&self) -> Option<&'a Text> {
        let elsewhere =
            |place: Option<Span>| place.is_none_or(|place| self.entry.place.is_none_or(|own| own.file != place.file));
        let gives_nothing = |piece: &Piece| match piece.kind {
            PieceKind::Unset => true,
            // What a variable holds stands in another file, a default beside its use.
            PieceKind::Verbatim | PieceKind::Derived => elsewhere(piece.place),
            PieceKind::Required | PieceKind::Unknown => false,
        };
        let address = self.address().filter(|address| address.is_empty() && !self.is_refused())?;
        let mut pieces = address.pieces().map(|(_, piece)| piece).peekable();
        (pieces.peek().is_some() && pieces.all(gives_nothing)).then_some(address)
    }

    /// The part of the entry to edit: the address where one is written, else the whole entry.
    #[must_use]
    pub fn address_value(&self) -> &'a Value {
        match self.entry.get("host_ip") {
            Some(address) if address.as_str().is_some_and(|address| !address.is_empty()) => address,
            _ => self.entry,
        }
    }

    /// Whether Docker Compose refuses it: for an address that is empty, where the entry has a key for it.
    fn is_refused(&self) -> bool {
        let field = self.entry.as_mapping().and_then(|entry| entry.get("host_ip"));
        field.is_some_and(|field| field.key.is_some() && field.value.as_str() == Some(""))
    }

    /// From where it can be reached.
    #[must_use]
    pub fn exposure(&self) -> Exposure {
        let Some(address) = self.address() else { return Exposure::AllInterfaces };
        if address.is_unknown() || self.is_refused() {
            return Exposure::Unknown;
        }
        match address.as_str().parse::<IpAddr>() {
            Err(_) => Exposure::AllInterfaces,
            Ok(address) if address.is_loopback() => Exposure::Loopback,
            Ok(address) if address.is_unspecified() => Exposure::AllInterfaces,
            Ok(IpAddr::V4(address)) if address.is_private() || address.is_link_local() || is_shared(address) => {
                Exposure::PrivateAddress
            }
            Ok(IpAddr::V6(address)) if address.is_unique_local() || address.is_unicast_link_local() => {
                Exposure::PrivateAddress
            }
            Ok(_) => Exposure::PublicAddress,
        }
    }

    /// The logical path: `services.db.ports[5432/tcp]`.
    #[must_use]
    pub fn subject(&self) -> String {
        let target = self.entry.text_at("target").map_or("?", Text::as_str);
        format!("services.{}.ports[{target}/{}]", self.service, self.protocol())
    }
}

/// 100.64.0.0/10 (RFC 6598), which overlay networks such as Tailscale use.
fn is_shared(address: std::net::Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    first == 100 && (64..128).contains(&second)
}
