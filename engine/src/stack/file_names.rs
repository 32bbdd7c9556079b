//! The files that Docker Compose looks for by itself.

/// The names of the default file, first match wins (compose-go `cli.DefaultFileNames`).
pub(crate) const DEFAULT_NAMES: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// The names of the file that is laid over the default one (compose-go `cli.DefaultOverrideFileNames`).
pub(crate) const OVERRIDE_NAMES: [&str; 4] =
    ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];
