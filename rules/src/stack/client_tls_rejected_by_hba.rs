//! A client that switches TLS off, of a server that takes it under TLS only.

use std::net::{IpAddr, Ipv4Addr};

use stacklint_engine::application::folded;
use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::postgres::decision::{Class, Connection as Asked, Decision, Ssl, decide};
use stacklint_engine::postgres::server::Server;
use stacklint_engine::rule::StackRule;
use stacklint_engine::stack::value::Value;
use stacklint_engine::stack::{Service, Stack};
use stacklint_parsers::pg_hba::record::{ConnectionKind, Method};

use crate::databases::Names;
use crate::databases::connections::{Connection, Connections};

declare_rule! {
    pub ClientTlsRejectedByHba: Stack {
        severity: High,
        since: "0.1.0",
    }
}

impl StackRule for ClientTlsRejectedByHba {
    fn check(&self, stack: &Stack, cx: &mut Context<'_>) {
        let wants_tls = |server: &&Server| {
            server.ssl() != Ssl::Off
                && server.records().iter().any(|record| record.record.kind == ConnectionKind::HostSsl)
        };
        let servers: Vec<(Service<'_>, &Server)> = stack
            .servers
            .iter()
            .filter(wants_tls)
            .filter_map(|server| Some((server.service_in(Some(stack))?, server)))
            .collect();
        if servers.is_empty() {
            return;
        }
        let mut asked = Asking { addresses: addresses(stack), work_left: WORK_LIMIT };
        let names = Names::of(servers.iter().copied(), stack);
        for (service, connections) in Connections::of(stack, cx).by_service(stack) {
            cx.at_service(&service);
            for connection in connections {
                if let Some(server) = names.find(&service, &connection.host) {
                    asked.check(connection, server, cx);
                }
            }
        }
    }
}

/// So many records are held against addresses before no more connections are looked at: nobody writes such stacks.
const WORK_LIMIT: usize = 20_000_000;

/// What servers answer to clients of a stack.
struct Asking {
    /// Where clients may come from.
    addresses: Vec<IpAddr>,
    work_left: usize,
}

impl Asking {
    fn check(&mut self, connection: &Connection, server: &Server, cx: &mut Context<'_>) {
        let (Some(tls), Some(user)) = (&connection.tls, &connection.user) else { return };
        if connection.port.is_some_and(|port| port != server.settings.port()) {
            return;
        }
        let work = server.records().len().saturating_mul(2 * self.addresses.len());
        let Some(left) = self.work_left.checked_sub(work) else { return };
        self.work_left = left;
        let addresses = &self.addresses;
        // The database goes by the user where nobody names it.
        let database = connection.database.as_ref().unwrap_or(user);
        let decision = |class: Class, address: &IpAddr| {
            let asked = Asked {
                class,
                physical_replication: false,
                address: Some(*address),
                database: &database.value,
                user: &user.value,
                member_of: &[],
            };
            decide(server.records().iter().map(|record| &record.record), &asked)
        };
        let method = |index: usize| server.records().get(index).map(|record| record.record.method.value);
        let is_refused = |address: &IpAddr| match decision(Class::Plain, address) {
            Decision::NoMatch => true,
            Decision::Record(index) => method(index) == Some(Method::Reject),
            Decision::Unknown(_) => false,
        };
        // The record that takes it under TLS, from wherever its network may be.
        let under_tls = addresses.iter().find_map(|address| match decision(Class::Ssl, address) {
            Decision::Record(index) if method(index) != Some(Method::Reject) => server.records().get(index),
            _ => None,
        });
        let (true, Some(record)) = (addresses.iter().all(is_refused), under_tls) else { return };
        if !is_off(&tls.value) {
            cx.satisfied(&tls.text, tls.subject.clone());
            return;
        }
        let service = server.service.as_deref().unwrap_or_default();
        let message = format!(
            "`{}` switches TLS off, and `{service}` takes `{}` under TLS only: the server refuses every connection",
            tls.name, user.value
        );
        let help = "write `sslmode=require`, or `verify-full` with the certificate of the server's authority";
        let violation = cx.violation(&tls.text, format!("{}[tls]", tls.subject), message).help(help);
        let violation = violation.confidence(server.hba_confidence());
        let violation = match record.kind() {
            Some(word) => violation.related("this record takes the user, under TLS", &word.text),
            None => violation,
        };
        cx.report(violation);
    }
}

/// Whether a client never asks for TLS: what is only preferred is tried.
fn is_off(mode: &str) -> bool {
    matches!(folded(mode).as_str(), "disable" | "disabled" | "false" | "off" | "no" | "0")
}

/// Addresses that containers may have: one of each network that Docker makes by default (moby `libnetwork/ipamutils`), of
/// common choices for others, and of those that the stack itself chooses.
fn addresses(stack: &Stack) -> Vec<IpAddr> {
    let mut found: Vec<Ipv4Addr> = (17..32).map(|net| Ipv4Addr::new(172, net, 0, 5)).collect();
    found.extend((0..16).map(|net| Ipv4Addr::new(192, 168, net * 16, 5)));
    found.extend([Ipv4Addr::new(10, 0, 0, 5), Ipv4Addr::new(10, 10, 0, 5), Ipv4Addr::new(172, 16, 0, 5)]);
    let networks = stack.model.get("networks").into_iter().flat_map(Value::fields);
    let pools = networks.filter_map(|(_, field)| field.value.get("ipam")?.get("config")).flat_map(Value::items);
    let subnets = pools.filter_map(|pool| pool.text_at("subnet")).filter_map(|subnet| {
        let (address, _) = subnet.as_str().split_once('/')?;
        let address: Ipv4Addr = address.parse().ok()?;
        Some(Ipv4Addr::from(address.to_bits().checked_add(5)?))
    });
    found.extend(subnets.take(64));
    found.into_iter().map(IpAddr::V4).collect()
}
