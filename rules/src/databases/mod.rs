//! Database servers of a stack, what their first start makes, and who connects to them.

pub(crate) mod connections;
pub(crate) mod pools;
mod url;

use std::sync::LazyLock;

use stacklint_engine::application::is_reference;
use stacklint_engine::map::HashMap;
use stacklint_engine::stack::container::{ContainerFiles, MountSource};
use stacklint_engine::stack::value::Value;
use stacklint_engine::stack::{Service, Stack};
use stacklint_engine::text::Text;

use crate::images::columns;

static PRODUCTS: LazyLock<Vec<Product>> =
    LazyLock::new(|| columns::<10>(include_str!("products.tsv")).into_iter().filter_map(Product::parse).collect());

/// A row of `products.tsv`.
#[derive(Debug)]
pub(crate) struct Product {
    pub(crate) name: &'static str,
    images: Vec<&'static str>,
    schemes: Vec<&'static str>,
    pub(crate) port: u16,
    users: Vec<&'static str>,
    default_user: Option<&'static str>,
    passwords: Vec<&'static str>,
    databases: Vec<&'static str>,
    named_by_user: bool,
    pub(crate) admin: Option<&'static str>,
    admin_passwords: Vec<&'static str>,
    pub(crate) builtin: Vec<&'static str>,
}

impl Product {
    fn parse(row: [&'static str; 10]) -> Option<Self> {
        let [name, images, schemes, port, users, default, passwords, databases, admin, builtin] = row;
        let words = |column: &'static str| column.split(' ').filter(|word| *word != "-");
        let mut admins = words(admin);
        let admin = admins.next();
        Some(Self {
            name,
            images: words(images).collect(),
            schemes: words(schemes).collect(),
            port: port.parse().ok()?,
            users: words(users).collect(),
            default_user: Some(default).filter(|default| *default != "-"),
            passwords: words(passwords).collect(),
            named_by_user: words(databases).any(|word| word == "=user"),
            databases: words(databases).filter(|word| *word != "=user").collect(),
            admin,
            admin_passwords: admins.collect(),
            builtin: words(builtin).collect(),
        })
    }

    /// The variable that names its login, as a message says it.
    pub(crate) fn user_variable(&self) -> &'static str {
        self.users.first().copied().unwrap_or_default()
    }

    /// Whether URLs of that scheme lead to it.
    pub(crate) fn has_scheme(&self, scheme: &str) -> bool {
        self.schemes.contains(&scheme)
    }
}

/// The product that URLs of that scheme lead to.
pub(crate) fn product_of(scheme: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.has_scheme(scheme))
}

/// What a server is told on its first start.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Given<'a> {
    /// A variable says it: which, and what.
    Said(&'static str, &'a Text),
    /// It is what the image takes where nothing says it.
    Default(&'a str),
    /// Something says it that nobody can read here.
    Unknown,
    /// Nothing says it.
    Nothing,
}

impl<'a> Given<'a> {
    /// Its text, if it is known.
    pub(crate) fn text(&self) -> Option<&'a str> {
        match self {
            Self::Said(_, text) => Some(text.as_str()),
            Self::Default(text) => Some(text),
            Self::Unknown | Self::Nothing => None,
        }
    }
}

/// A database server that a service of the stack runs.
#[derive(Debug)]
pub(crate) struct Server<'a> {
    pub(crate) service: Service<'a>,
    pub(crate) product: &'static Product,
    pub(crate) user: Given<'a>,
    pub(crate) password: Given<'a>,
    pub(crate) database: Given<'a>,
    pub(crate) admin_password: Given<'a>,
    /// Something else may make logins and databases on its first start.
    pub(crate) is_scripted: bool,
    /// It may have been started before there was this stack.
    pub(crate) is_kept: bool,
}

impl<'a> Server<'a> {
    /// The server that a service runs, if its image is known; not a replica, which takes all from its primary.
    pub(crate) fn of(service: Service<'a>, stack: &'a Stack) -> Option<Self> {
        let image = service.image_name()?;
        let product = PRODUCTS.iter().find(|product| product.images.contains(&image))?;
        let is_replica = service.environment().any(|variable| {
            let says = |text: &Text| matches!(text.as_str(), "slave" | "replica" | "secondary" | "hidden" | "arbiter");
            variable.name.ends_with("REPLICATION_MODE") && variable.text().is_some_and(says)
        });
        // An env file that is not there yet says what nobody knows.
        let lacks_file = service.items("env_file").iter().any(|file| {
            let path = file.text_at("path").map_or("", Text::as_str);
            stack.missing.iter().any(|missing| missing.to_str() == Some(path))
        });
        if is_replica || lacks_file {
            return None;
        }
        let environment: HashMap<&str, &'a Value> =
            service.environment().map(|variable| (variable.name, variable.value)).collect();
        let given = |names: &[&'static str]| given(&environment, names);
        let mut user = given(&product.users);
        if let (Given::Nothing, Some(default)) = (user, product.default_user) {
            user = Given::Default(default);
        }
        let mut database = given(&product.databases);
        if matches!(database, Given::Nothing) && product.named_by_user {
            database = user.text().map_or(Given::Unknown, Given::Default);
        }
        let trusts = service.variable("POSTGRES_HOST_AUTH_METHOD").is_some_and(|method| method.as_str() == "trust");
        let files = ContainerFiles::of(&service, stack);
        let value = service.value();
        let is_scripted = value.get("build").is_some()
            || value.get("entrypoint").is_some()
            || environment.keys().any(|name| name.contains("MULTIPLE_DATABASES"))
            || files.mounts().iter().any(|mount| mount.target.contains("initdb"));
        let is_kept = files.mounts().iter().any(|mount| match mount.source {
            MountSource::Volume(Some(name)) => is_external(stack, name),
            _ => false,
        });
        Some(Self {
            service,
            product,
            user,
            password: if trusts { Given::Unknown } else { given(&product.passwords) },
            database,
            admin_password: given(&product.admin_passwords),
            is_scripted,
            is_kept,
        })
    }

    /// Whether a login may do everything, so that a program may use it to make what is missing.
    pub(crate) fn is_admin(&self, user: Option<&str>) -> bool {
        match self.product.admin {
            Some(admin) => user.is_none_or(|user| user == admin),
            None => user.is_none_or(|user| self.user.text().is_none_or(|own| own == user)),
        }
    }
}

fn given<'a>(environment: &HashMap<&str, &'a Value>, names: &[&'static str]) -> Given<'a> {
    if names.iter().any(|name| environment.contains_key(format!("{name}_FILE").as_str())) {
        return Given::Unknown;
    }
    for name in names {
        let Some(value) = environment.get(name) else { continue };
        match value.as_text() {
            Some(text) if !is_known(text) => return Given::Unknown,
            // The entry points take an empty value for none.
            Some(text) if text.is_empty() => {}
            Some(text) => return Given::Said(name, text),
            None => return Given::Unknown,
        }
    }
    Given::Nothing
}

/// Whether a text is a value and not a reference to one.
fn is_known(text: &Text) -> bool {
    !text.is_unknown() && text.unset().next().is_none() && !is_reference(text.as_str())
}

fn is_external(stack: &Stack, volume: &str) -> bool {
    let external = stack.model.get("volumes").and_then(|volumes| volumes.get(volume)?.get("external"));
    external.is_some_and(|external| external.as_str() != Some("false"))
}

/// Words of commands that make logins and databases.
const MAKERS: [&str; 9] = [
    "psql",
    "createdb",
    "createuser",
    "CREATE DATABASE",
    "CREATE ROLE",
    "CREATE USER",
    "mysqladmin",
    "mysql ",
    "mongosh",
];

/// Whether a service of the stack is there to make logins and databases, as far as its command tells.
pub(crate) fn makes_logins(service: &Service<'_>) -> bool {
    service.command_line().any(|word| MAKERS.iter().any(|maker| word.as_str().contains(maker)))
}

/// So many entries of a list are held against each name.
const HELD: usize = 64;

/// The servers of a stack by the names that other services know them by.
#[derive(Debug)]
pub(crate) struct Names<'b, 'a, S> {
    servers: HashMap<&'a str, Option<(Service<'a>, &'b S)>>,
}

impl<'b, 'a, S> Names<'b, 'a, S> {
    pub(crate) fn of(servers: impl Iterator<Item = (Service<'a>, &'b S)> + Clone, stack: &'a Stack) -> Self {
        let mut names: HashMap<&'a str, Option<(Service<'a>, &'b S)>> =
            stack.services().map(|service| (service.name, None)).collect();
        for (service, server) in servers.clone() {
            names.insert(service.name, Some((service, server)));
        }
        for (service, server) in servers {
            let value = service.value();
            let networks = value.get("networks").into_iter().flat_map(Value::fields);
            let aliases =
                networks.flat_map(|(_, field)| field.value.get("aliases").map(Value::items).unwrap_or_default());
            let own = aliases.filter_map(Value::as_str).chain(value.get("container_name").and_then(Value::as_str));
            for name in own {
                let known = *names.entry(name).or_insert(Some((service, server)));
                if known.is_some_and(|(known, _)| known.name != service.name) {
                    // Two answer to it.
                    names.insert(name, None);
                }
            }
        }
        Self { servers: names }
    }

    /// The server that a service reaches by a name.
    pub(crate) fn find(&self, client: &Service<'_>, host: &str) -> Option<&'b S> {
        let elsewhere = |entry: &Value| {
            entry.as_str().and_then(|entry| entry.strip_prefix(host)).is_some_and(|rest| rest.starts_with('='))
        };
        if client.is_in_host_network() || client.items("extra_hosts").iter().take(HELD).any(elsewhere) {
            return None;
        }
        let links = client.items("links").iter().take(HELD).filter_map(Value::as_str);
        let mut links = links.filter_map(|link| link.split_once(':'));
        let name = links.find(|(_, alias)| *alias == host).map_or(host, |(name, _)| name);
        let (service, server) = self.servers.get(name).copied().flatten()?;
        (service.name != client.name).then_some(server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_reads() {
        assert_eq!(PRODUCTS.len(), crate::images::rows(include_str!("products.tsv")).count());
        for product in PRODUCTS.iter() {
            assert!(!product.images.is_empty() && !product.schemes.is_empty(), "{}", product.name);
            assert!(!product.users.is_empty() && !product.passwords.is_empty(), "{}", product.name);
            assert_eq!(product.admin.is_some(), !product.admin_passwords.is_empty(), "{}", product.name);
        }
    }
}
