//! Programs whose pools together are larger than what their database server takes.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Confidence;
use stacklint_engine::map::HashMap;
use stacklint_engine::postgres::server::Server;
use stacklint_engine::rule::StackRule;
use stacklint_engine::stack::{Service, Stack};

use crate::databases::Names;
use crate::databases::connections::Connections;
use crate::databases::pools::{Pool, Said};
use crate::images;

declare_rule! {
    pub DbPoolExceedsMaxConnections: Stack {
        severity: Medium,
        confidence: Medium,
        since: "0.1.0",
    }
}

/// What a server takes where nothing says another number (`guc_parameters.dat`), and what of it is kept for superusers.
const MAX_CONNECTIONS: u64 = 100;
const RESERVED: u64 = 3;

/// So many clients are named.
const SHOWN: usize = 3;

impl StackRule for DbPoolExceedsMaxConnections {
    fn check(&self, stack: &Stack, cx: &mut Context<'_>) {
        let servers: Vec<(Service<'_>, &Server)> =
            stack.servers.iter().filter_map(|server| Some((server.service_in(Some(stack))?, server))).collect();
        if servers.is_empty() {
            return;
        }
        let names = Names::of(servers.iter().copied(), stack);
        let connections = Connections::of(stack, cx);
        let mut configurations: HashMap<&str, (Vec<_>, Vec<_>)> = HashMap::default();
        for (configuration, connections) in connections.of_files(stack) {
            let (own, of_files) = configurations.entry(configuration.service().unwrap_or_default()).or_default();
            own.push(configuration);
            of_files.extend(connections);
        }
        let mut clients: HashMap<&str, Vec<(Service<'_>, Pool)>> = HashMap::default();
        // A pooler in between keeps connections of its own; what stands in front of it does not count.
        for service in stack.services().filter(|service| images::datastore_image(service).is_none()) {
            let (own, of_files) = configurations.remove(service.name).unwrap_or_default();
            let mut reached: Vec<&str> = Vec::new();
            let mut limits = Vec::new();
            for connection in connections.of_service(&service).iter().chain(of_files) {
                let Some(server) = names.find(&service, &connection.host) else { continue };
                if connection.port.is_some_and(|port| port != server.settings.port()) {
                    continue;
                }
                reached.extend(server.service.as_deref());
                limits.extend(connection.pool.iter().filter_map(|pool| Said::in_url(&pool.name, &pool.text)));
            }
            // Whose pool it is nobody can tell where there are two.
            let Some(first) = reached.first().filter(|first| reached.iter().all(|other| other == *first)) else {
                continue;
            };
            if let Some(pool) = Pool::of(&service, &own, limits) {
                clients.entry(first).or_default().push((service, pool));
            }
        }
        for (service, server) in servers {
            if let Some(clients) = clients.remove(service.name) {
                check(&service, server, clients, cx);
            }
        }
    }
}

fn check(service: &Service<'_>, server: &Server, mut clients: Vec<(Service<'_>, Pool)>, cx: &mut Context<'_>) {
    let setting = |name: &str| server.settings.get(name);
    let number = |name: &str, default: u64| match setting(name) {
        Some(setting) => setting.value.as_str().trim().parse().ok(),
        None => Some(default),
    };
    let (Some(most), Some(kept), Some(more)) = (
        number("max_connections", MAX_CONNECTIONS),
        number("superuser_reserved_connections", RESERVED),
        number("reserved_connections", 0),
    ) else {
        return;
    };
    let free = most.saturating_sub(kept).saturating_sub(more);
    let wanted = clients.iter().fold(0_u64, |sum, (_, pool)| sum.saturating_add(pool.connections()));
    clients.sort_by_key(|(_, pool)| std::cmp::Reverse(pool.connections()));
    let Some(((largest, pool), others)) = clients.split_first() else { return };
    if wanted <= free {
        cx.satisfied(&pool.text, format!("services.{}.max_connections", service.name));
        return;
    }
    cx.at_service(largest);
    let mut shown: Vec<String> =
        clients.iter().take(SHOWN).map(|(client, pool)| format!("`{}` {}", client.name, pool.shown())).collect();
    if clients.len() > SHOWN {
        shown.push(format!("{} more", clients.len() - SHOWN));
    }
    let name = service.name;
    let says = if setting("max_connections").is_some() { "" } else { ", which nothing here sets" };
    let message = format!(
        "the programs may open {wanted} connections to `{name}` ({}), and it takes {free} of them (`max_connections` {most}{says}, \
         less {} that it keeps for administrators): the rest fails with \"too many clients already\"",
        shown.join(", "),
        kept.saturating_add(more)
    );
    let help = format!(
        "make `{}` smaller, put a pooler such as PgBouncer in between, or raise `max_connections`, which takes memory",
        pool.name
    );
    let subject = format!("services.{name}.max_connections");
    let mut violation = cx.violation(&pool.text, subject, message).help(help);
    for (_, pool) in others.iter().take(SHOWN) {
        violation = violation.related("this pool counts too", &pool.text);
    }
    if let Some(setting) = setting("max_connections") {
        violation = violation.related("what the server takes", &setting.value);
    }
    cx.report(violation.confidence(Confidence::Medium.min(server.confidence_of("max_connections"))));
}
