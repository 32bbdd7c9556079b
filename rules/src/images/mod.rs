//! What is known about images by their names: which are datastores, which are edge proxies, which read secrets from
//! files.

mod by_name;
pub(crate) mod stores;

use std::sync::LazyLock;

use stacklint_engine::map::{HashMap, HashSet};
use stacklint_engine::stack::{Image, Port, Service, Stack};

use by_name::{ByName, Table};

static DATASTORES: LazyLock<Datastores> = LazyLock::new(|| Datastores::of(include_str!("datastores.tsv")));

/// Rows of `admin_uis.tsv`: product, images, container ports.
static ADMIN_UIS: LazyLock<Table<3>> = LazyLock::new(|| Table::of(include_str!("admin_uis.tsv"), 1));

static HEALTHCHECKS: LazyLock<ByName> = LazyLock::new(|| ByName::of(rows(include_str!("healthchecks.txt"))));

/// Rows of `write_paths.tsv`: images, paths.
static WRITE_PATHS: LazyLock<Table<2>> = LazyLock::new(|| Table::of(include_str!("write_paths.tsv"), 0));

static UNPRIVILEGED: LazyLock<ByName> = LazyLock::new(|| ByName::of(rows(include_str!("unprivileged.txt"))));

static EDGE_PROXIES: LazyLock<ByName> = LazyLock::new(|| ByName::of(rows(include_str!("edge_proxies.txt"))));

/// Rows of `secret_files.tsv`: image, ending, variables.
static SECRET_FILES: LazyLock<Table<3>> = LazyLock::new(|| Table::of(include_str!("secret_files.tsv"), 0));

/// A row of `datastores.tsv`.
#[derive(Debug)]
struct Datastore {
    /// None for images that use a datastore's port for something else.
    product: Option<&'static str>,
    images: &'static str,
    ports: Vec<(u16, &'static str)>,
}

impl Datastore {
    fn parse(row: &'static str) -> Option<Self> {
        let mut columns = row.split('\t');
        let product = columns.next().filter(|product| *product != "-");
        let images = columns.next()?;
        let port = |port: &'static str| {
            let (number, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
            Some((number.parse().ok()?, protocol))
        };
        let ports = columns.next().unwrap_or_default().split(' ').filter_map(port).collect();
        Some(Self { product, images, ports })
    }

    fn has_port(&self, port: &Port<'_>) -> bool {
        port.target().is_some_and(|target| self.ports.contains(&(target, port.protocol())))
    }
}

/// The rows of `datastores.tsv`, found by image and by port.
#[derive(Debug)]
struct Datastores {
    rows: Vec<Datastore>,
    by_name: ByName,
    /// Rows that name a product.
    by_port: HashMap<(u16, &'static str), Vec<usize>>,
}

impl Datastores {
    fn of(table: &'static str) -> Self {
        let rows: Vec<Datastore> = rows(table).filter_map(Datastore::parse).collect();
        let by_name = ByName::of(rows.iter().map(|row| row.images));
        let mut by_port: HashMap<_, Vec<usize>> = HashMap::default();
        for (index, row) in rows.iter().enumerate().filter(|(_, row)| row.product.is_some()) {
            row.ports.iter().for_each(|port| by_port.entry(*port).or_default().push(index));
        }
        Self { rows, by_name, by_port }
    }

    fn of_image(&self, image: &str) -> Option<&Datastore> {
        self.rows.get(self.by_name.first(image)?)
    }

    /// What a container port stands for under any image.
    fn behind(&self, service: &Service<'_>, port: &Port<'_>) -> Option<&Datastore> {
        let rows = self.by_port.get(&(port.target()?, port.protocol()))?;
        // Of several products behind one port, MySQL and MariaDB, the service's name may say which it is.
        let named = self.by_name.rows(service.name);
        let row = rows.iter().find(|row| named.contains(row)).or_else(|| rows.first())?;
        self.rows.get(*row)
    }
}

/// The datastore behind a port of a service: what its image is, or else what its container port stands for.
pub(crate) fn datastore(service: &Service<'_>, port: &Port<'_>) -> Option<&'static str> {
    let by_image = service.image_name().and_then(|image| DATASTORES.of_image(image));
    match by_image {
        // Its consoles and peers speak HTTP and protocols of their own, over TCP as well.
        Some(row) if row.product.is_some() => row.product.filter(|_| port.protocol() == "tcp" || row.has_port(port)),
        Some(row) if row.has_port(port) => None,
        _ => DATASTORES.behind(service, port)?.product,
    }
}

/// The datastore that a service's image is.
pub(crate) fn datastore_image(service: &Service<'_>) -> Option<&'static str> {
    DATASTORES.of_image(service.image_name()?)?.product
}

/// Whether the program of a service runs as another user than root, as far as anything says: then it opens none of the
/// host's sockets that are root's.
pub(crate) fn is_unprivileged(service: &Service<'_>) -> bool {
    // A group more may be the one that the sockets are open to.
    if !service.items("group_add").is_empty() {
        return false;
    }
    match service.value().text_at("user").filter(|user| !user.is_empty()) {
        Some(user) => {
            let name = user.as_str().split(':').next().unwrap_or_default();
            name != "root" && !name.bytes().all(|digit| digit == b'0')
        }
        None => service.image_name().is_some_and(|image| UNPRIVILEGED.has(image)),
    }
}

/// Whether an image brings a check of its own health.
pub(crate) fn has_healthcheck(image: &str) -> bool {
    HEALTHCHECKS.has(image)
}

/// The directories that the program of an image writes to, besides its volumes: nothing for an image nobody has looked at.
pub(crate) fn write_paths(image: &str) -> Option<Vec<&'static str>> {
    let [_, paths] = WRITE_PATHS.rows_of(image).next()?;
    Some(paths.split(' ').filter(|path| *path != "-").collect())
}

/// The tool for administrators behind a port of a service, by its image.
pub(crate) fn admin_ui(service: &Service<'_>, port: &Port<'_>) -> Option<&'static str> {
    let mut known = ADMIN_UIS.rows_of(service.image_name()?);
    let serves = |ports: &str| ports.split(' ').any(|number| number.parse().ok() == port.target());
    let found = known.find(|[.., ports]| port.protocol() == "tcp" && port.target().is_some() && serves(ports));
    found.map(|[product, ..]| *product)
}

/// Words of variables that hold what a client needs to log in somewhere else, unless they speak of the service itself.
const OTHER_SERVICES: [&str; 28] = [
    "db",
    "database",
    "sql",
    "postgres",
    "postgresql",
    "psql",
    "pg",
    "mysql",
    "mariadb",
    "mssql",
    "mongo",
    "mongodb",
    "redis",
    "valkey",
    "rabbitmq",
    "amqp",
    "clickhouse",
    "smtp",
    "mail",
    "email",
    "ldap",
    "storage",
    "s3",
    "aws",
    "jdbc",
    "datasource",
    "datasources",
    "provider",
];

/// Whether whoever reaches the service can log in with what one of its variables holds: not if the service only hands it
/// to another one, as a web application its database's password.
pub(crate) fn is_own_credential(service: &Service<'_>, variable: &str) -> bool {
    if service.ports().any(|port| datastore(service, &port).is_some()) {
        return true;
    }
    let names = [service.name.to_ascii_lowercase(), service.image_name().unwrap_or_default().to_ascii_lowercase()];
    let is_other = |word: &str| OTHER_SERVICES.contains(&word) && !names.iter().any(|name| name.contains(word));
    !variable.to_ascii_lowercase().split(|letter: char| !letter.is_ascii_alphanumeric()).any(is_other)
}

/// The services whose image Docker pulls, each with it: not those whose image is built here, by themselves or by another
/// service of the stack, or is here already.
pub(crate) fn pulled(stack: &Stack) -> Vec<(Service<'_>, Image<'_>)> {
    let is_built = |service: &Service<'_>| service.value().get("build").is_some();
    let built = stack.services().filter(is_built).filter_map(|service| service.image());
    let built: HashSet<&str> = built.map(|image| image.as_str()).collect();
    let is_pulled = |service: &Service<'_>| {
        let policy = service.value().text_at("pull_policy").map_or("", |policy| policy.as_str());
        !is_built(service) && !matches!(policy, "never" | "build")
    };
    let named = stack.services().filter(is_pulled).filter_map(|service| Some((service, service.named_image()?)));
    named.filter(|(_, image)| !built.contains(image.text.as_str())).collect()
}

/// Whether a service is an edge proxy or a web server. Of an image that is built here only the service's name speaks.
pub(crate) fn is_edge_proxy(service: &Service<'_>) -> bool {
    let image = service.image_name().unwrap_or(service.name);
    EDGE_PROXIES.has(image)
}

/// The variable that names a file with the secret instead of holding it, if the service's image knows one.
pub(crate) fn secret_file_variable(service: &Service<'_>, variable: &str) -> Option<String> {
    let mut known = SECRET_FILES.rows_of(service.image_name()?);
    let [_, ending, _] = known.find(|[.., names]| *names == "*" || names.split(' ').any(|name| name == variable))?;
    Some(format!("{variable}{ending}"))
}

/// Whether `image` ends with the parts of `name`: `supabase/postgres` is named `postgres`.
pub(crate) fn is_named(image: &str, name: &str) -> bool {
    image.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

pub(crate) fn rows(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The rows of a table with `N` columns.
pub(crate) fn columns<const N: usize>(table: &'static str) -> Vec<[&'static str; N]> {
    rows(table).filter_map(|row| row.split('\t').collect::<Vec<_>>().try_into().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_reads() {
        for row in rows(include_str!("datastores.tsv")) {
            let datastore = Datastore::parse(row).unwrap();
            assert!(datastore.images.split(' ').all(|image| !image.is_empty()), "{row}");
            let written = row.split('\t').nth(2).unwrap_or_default().split(' ').filter(|port| !port.is_empty()).count();
            assert_eq!(datastore.ports.len(), written, "{row}");
        }
    }

    #[test]
    fn every_image_with_secret_files_has_three_columns() {
        assert_eq!(SECRET_FILES.rows().len(), rows(include_str!("secret_files.tsv")).count());
    }

    #[test]
    fn every_write_path_is_one() {
        assert_eq!(WRITE_PATHS.rows().len(), rows(include_str!("write_paths.tsv")).count());
        let paths = WRITE_PATHS.rows().iter().flat_map(|[_, paths]| paths.split(' '));
        assert!(paths.clone().all(|path| path == "-" || path.starts_with('/')));
    }

    #[test]
    fn every_admin_ui_has_images_and_ports() {
        assert_eq!(ADMIN_UIS.rows().len(), rows(include_str!("admin_uis.tsv")).count());
        for [product, images, ports] in ADMIN_UIS.rows().iter() {
            assert!(!product.is_empty() && images.split(' ').all(|image| !image.is_empty()), "{product}");
            assert!(ports.split(' ').all(|port| port.parse::<u16>().is_ok()), "{product}");
        }
    }

    #[test]
    fn other_services_are_words_in_lower_case() {
        assert!(OTHER_SERVICES.iter().all(|word| word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'))));
    }

    #[test]
    fn a_name_is_the_end_of_an_image() {
        assert!(is_named("postgres", "postgres") && is_named("supabase/postgres", "postgres"));
        assert!(is_named("ghcr/pgvector/pgvector", "pgvector/pgvector"));
        assert!(!is_named("postgres-exporter", "postgres") && !is_named("my-postgres", "postgres"));
    }
}
