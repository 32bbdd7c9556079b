//! File names that mean something.

use crate::map::HashSet;
use std::sync::LazyLock;

/// The names of the default file, first match wins (compose-go `cli.DefaultFileNames`).
pub(super) const DEFAULT_NAMES: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// The names of the file that is laid over the default one (compose-go `cli.DefaultOverrideFileNames`).
pub(super) const OVERRIDE_NAMES: [&str; 4] =
    ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];

/// What programs are written in, and what only speaks of an env file or holds one encrypted: `env.py`, `.env.d.ts` and
/// `.env.patch` define no variables for a container.
const OTHERS: [&str; 45] = [
    "patch", "diff", "orig", "rej", "swp", "gpg", "age", "enc", "asc", "zip", "gz", "py", "js", "mjs", "cjs", "ts",
    "mts", "tsx", "jsx", "go", "rs", "rb", "java", "kt", "php", "lua", "ex", "exs", "c", "h", "cpp", "cs", "swift",
    "sh", "bash", "zsh", "fish", "ps1", "md", "html", "css", "json", "yml", "yaml", "toml",
];

/// Whether a file is a Compose file by its name.
#[must_use]
pub fn is_compose_name(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml")) else { return false };
    let prefixed = ["compose", "docker-compose"].iter().any(|prefix| stem.starts_with(prefix));
    prefixed || stem.ends_with(".compose") || stem.ends_with("-compose")
}

/// Whether a file defines variables by its name: `.env`, `.env.production`, `api.env`, `env.local`.
#[must_use]
pub fn is_env_name(name: &str) -> bool {
    if name == ".envrc" || name.starts_with(".env.vault") {
        // A script for direnv, and an encrypted store.
        return false;
    }
    let named = name.starts_with(".env") || name.ends_with(".env") || name.starts_with("env.");
    named && !name.rsplit('.').next().is_some_and(|ending| OTHERS.contains(&ending))
}

/// What a configuration file is that may be used without any stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LooseKind {
    /// Variables: `.env`, `api.env`.
    Env,
    /// An application's own configuration: `config.yaml`, `application-prod.yml`.
    Application,
    /// Who may connect to a PostgreSQL server: `pg_hba.conf`.
    PgHba,
    /// The settings of a PostgreSQL server: `postgresql.conf`.
    PostgresqlConf,
}

/// How the names of an application's configuration files begin.
const APPLICATION_NAMES: [&str; 7] =
    ["config", "application", "settings", "appsettings", "app-config", "app_config", "appconfig"];

/// Words of names that say that a file describes the configuration instead of being one.
const DESCRIPTIONS: [&str; 2] = ["schema", "jsonschema"];

/// Directories whose `config.yml` and `settings.yaml` belong to a tool, or are texts in several languages.
static TOOL_DIRECTORIES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("tool_directories.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
});

/// What a file is by its name, if it is one that may be judged by itself. Compose files are not asked for here.
#[must_use]
pub fn loose_kind(name: &str) -> Option<LooseKind> {
    if is_env_name(name) {
        return Some(LooseKind::Env);
    }
    let name = name.to_ascii_lowercase();
    if let Some(stem) = name.strip_suffix(".conf") {
        return if stem.starts_with("pg_hba") {
            Some(LooseKind::PgHba)
        } else if stem.starts_with("postgresql") {
            Some(LooseKind::PostgresqlConf)
        } else {
            None
        };
    }
    let stem = [".yaml", ".yml", ".json"].iter().find_map(|ending| name.strip_suffix(ending))?;
    let named = APPLICATION_NAMES.iter().any(|prefix| stem.starts_with(prefix));
    let describes = stem.split(['.', '-', '_']).any(|word| DESCRIPTIONS.contains(&word));
    (named && !describes).then_some(LooseKind::Application)
}

impl LooseKind {
    /// Whether a file of this name in a directory is what its name says.
    pub(crate) fn may_be_in(self, directory: &str) -> bool {
        self != Self::Application || !directory.split('/').any(|part| TOOL_DIRECTORIES.contains(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_names() {
        for name in ["compose.yaml", "docker-compose.prod.yml", "compose-dev.yml", "app.compose.yaml", "db-compose.yml"]
        {
            assert!(is_compose_name(name), "{name}");
        }
        for name in ["compose.txt", "decompose.yml", "my-compose.yaml.bak", "config.yml"] {
            assert!(!is_compose_name(name), "{name}");
        }
        for name in [".env", ".env.production", "api.env", "env.local", ".env.example"] {
            assert!(is_env_name(name), "{name}");
        }
        for name in [".envrc", "env.py", ".env.d.ts", "environment", "env.yml", ".env.vault"] {
            assert!(!is_env_name(name), "{name}");
        }
    }

    #[test]
    fn knows_files_that_stand_alone() {
        for (name, kind) in [
            (".env.production", Some(LooseKind::Env)),
            ("config.yaml", Some(LooseKind::Application)),
            ("Config.local.yml", Some(LooseKind::Application)),
            ("configuration.yml", Some(LooseKind::Application)),
            ("application-prod.yml", Some(LooseKind::Application)),
            ("settings.yaml", Some(LooseKind::Application)),
            ("app-config.production.yaml", Some(LooseKind::Application)),
            ("pg_hba.conf", Some(LooseKind::PgHba)),
            ("pg_hba_replica.conf", Some(LooseKind::PgHba)),
            ("postgresql.auto.conf", Some(LooseKind::PostgresqlConf)),
            ("pg_ident.conf", None),
            ("postgresql.conf.sample", None),
            ("appsettings.Production.json", Some(LooseKind::Application)),
            ("config.json", Some(LooseKind::Application)),
            ("tsconfig.json", None),
            ("config.schema.yaml", None),
            ("_config.yml", None),
            ("mkdocs.yml", None),
            ("config.yaml.bak", None),
        ] {
            assert_eq!(loose_kind(name), kind, "{name}");
        }
    }

    #[test]
    fn knows_directories_of_tools() {
        for directory in [".circleci", "web/.github", "app/locales/de", "a/node_modules/b"] {
            assert!(!LooseKind::Application.may_be_in(directory), "{directory}");
            assert!(LooseKind::Env.may_be_in(directory), "{directory}");
        }
        assert!(LooseKind::Application.may_be_in("deploy/config"));
    }
}
