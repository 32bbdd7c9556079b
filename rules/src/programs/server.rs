//! What the section of a web server in a configuration file says about the program that reads it.

use stacklint_engine::anchor::Anchor;
use stacklint_engine::stack::value::{Field, Value};

/// The section of a server.
#[derive(Debug)]
pub(crate) struct Section {
    /// Its key.
    pub(crate) name: String,
    /// Where the key stands.
    pub(crate) key: Anchor,
}

/// Where a program listens.
const ADDRESSES: [&str; 6] = ["port", "addr", "address", "listen", "http_port", "bind"];

/// Sections of programs that have no such mode. Sources: the reference pages of Spring Boot, Quarkus, Micronaut,
/// Dropwizard, Traefik, Prometheus, Loki, Grafana, Authelia, Vault.
const OTHERS: [&str; 22] = [
    "spring",
    "quarkus",
    "micronaut",
    "management",
    "logging.level",
    "scrape_configs",
    "entryPoints",
    "schema_config",
    "ingester",
    "receivers",
    "route",
    "identity_validation",
    "access_control",
    "authentication_backend",
    "storage_config",
    "limits_config",
    "common",
    "clients",
    "eureka",
    "mybatis",
    "mybatis-plus",
    "apiVersion",
];

/// Settings that programs with Gin's modes mostly have beside the server's: those of Go's `net/http` and `database/sql`,
/// and of what is put together with them.
const KIN: [&str; 22] = [
    "server.read_timeout",
    "server.write_timeout",
    "server.readTimeout",
    "server.writeTimeout",
    "server.max_body_size_mb",
    "server.trusted_proxies",
    "server.shutdown_timeout",
    "cors.allowed_origins",
    "cors.allow_origins",
    "jwt.secret",
    "jwt.expire",
    "jwt.expire_hours",
    "jwt.expiration",
    "database.sslmode",
    "database.ssl_mode",
    "database.dbname",
    "database.max_open_conns",
    "database.max_idle_conns",
    "database.conn_max_lifetime",
    "rate_limit",
    "ratelimit",
    "redis.db",
];

/// The section of a web server, if the file has one and the program is not known for having no modes.
pub(crate) fn section(tree: &Value) -> Option<Section> {
    if tree.repaired || OTHERS.iter().any(|name| at(tree, name).is_some()) {
        return None;
    }
    let (name, field) = tree.fields().find(|(name, _)| *name == "server")?;
    let value = &field.value;
    let listens = value.fields().any(|(key, Field { value, .. })| ADDRESSES.contains(&key) && value.as_str().is_some());
    let servlet = ["servlet", "tomcat", "undertow", "netty", "applicationConnectors", "http_listen_port"];
    if !listens || value.repaired || servlet.iter().any(|key| value.get(key).is_some()) {
        return None;
    }
    Some(Section { name: name.to_owned(), key: field.key?.into() })
}

/// What in a file is typical for programs that have modes.
pub(crate) fn kin(tree: &Value) -> Vec<&'static str> {
    KIN.iter().copied().filter(|path| at(tree, path).is_some()).take(3).collect()
}

fn at<'a>(tree: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(tree, |value, key| value.get(key))
}
