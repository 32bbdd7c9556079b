//! What a file is, by its name: for `parse`, and for reports that mask a file nobody read as anything.

use std::path::Path;

use stacklint_parsers::Format;

/// The format that a name speaks of.
pub(crate) fn guess(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    if name.ends_with(".yaml") || name.ends_with(".yml") {
        Some(Format::Yaml)
    } else if name.starts_with(".env") || name.ends_with(".env") || name.starts_with("env.") || name.contains(".env.") {
        Some(Format::Dotenv)
    } else if name.starts_with("pg_hba") && name.ends_with(".conf") {
        Some(Format::PgHba)
    } else if name.starts_with("postgresql") && name.ends_with(".conf") {
        Some(Format::PostgresqlConf)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_files_by_their_names() {
        for name in [".env", ".env.prod", "db.env", "env.example", "db.env.sample"] {
            assert_eq!(guess(Path::new(name)), Some(Format::Dotenv), "{name}");
        }
        assert_eq!(guess(Path::new("a/compose.YML")), Some(Format::Yaml));
        for name in ["postgresql.conf", "postgresql.auto.conf", "conf/postgresql-prod.conf"] {
            assert_eq!(guess(Path::new(name)), Some(Format::PostgresqlConf), "{name}");
        }
        for name in ["pg_hba.conf", "pg_hba_prod.conf"] {
            assert_eq!(guess(Path::new(name)), Some(Format::PgHba), "{name}");
        }
        assert_eq!(guess(Path::new("pg_ident.conf")), None);
    }
}
