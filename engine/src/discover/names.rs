//! File names that mean something.

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
}
