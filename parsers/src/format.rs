//! The formats, as one list: a format is one folder and one line here.

use std::sync::Arc;

use crate::Document;
use crate::dotenv::Dotenv;
use crate::pg_hba::PgHba;
use crate::postgresql_conf::PostgresqlConf;

macro_rules! formats {
    ($($format:ident: $view:ty = $parse:path, $name:literal;)*) => {
        /// A format that can be read.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Format {
            $(#[doc = concat!("`", $name, "`")] $format,)*
        }

        /// A file that was read: its tree, and what its format knows beside it.
        #[derive(Debug)]
        pub enum Parsed {
            $(#[doc = concat!("`", $name, "`")] $format($view),)*
        }

        impl Format {
            /// All formats.
            pub const ALL: &[Self] = &[$(Self::$format,)*];

            /// The name on the command line.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$format => $name,)*
                }
            }

            /// Reads a text. It never fails: what could not be read is in the document's errors.
            #[must_use]
            pub fn parse(self, text: Arc<str>) -> Parsed {
                match self {
                    $(Self::$format => Parsed::$format($parse(text)),)*
                }
            }
        }

        impl Parsed {
            /// The format it was read as.
            #[must_use]
            pub fn format(&self) -> Format {
                match self {
                    $(Self::$format(_) => Format::$format,)*
                }
            }

            /// The tree.
            #[must_use]
            pub fn document(&self) -> &Document {
                match self {
                    $(Self::$format(view) => view.as_ref(),)*
                }
            }
        }
    };
}

formats! {
    Yaml: Document = crate::yaml::parse, "yaml";
    Dotenv: Dotenv = crate::dotenv::parse, "dotenv";
    DotenvRaw: Dotenv = crate::dotenv::parse_raw, "dotenv-raw";
    PgHba: PgHba = crate::pg_hba::parse, "pg-hba";
    PgHba13: PgHba = crate::pg_hba::parse_13, "pg-hba-13";
    PostgresqlConf: PostgresqlConf = crate::postgresql_conf::parse, "postgresql-conf";
}

impl AsRef<Document> for Document {
    fn as_ref(&self) -> &Document {
        self
    }
}

impl AsRef<Document> for Dotenv {
    fn as_ref(&self) -> &Document {
        &self.document
    }
}

impl AsRef<Document> for PgHba {
    fn as_ref(&self) -> &Document {
        &self.document
    }
}

impl AsRef<Document> for PostgresqlConf {
    fn as_ref(&self) -> &Document {
        &self.document
    }
}

impl Format {
    /// How a server of a major version reads its `pg_hba.conf`.
    #[must_use]
    pub fn pg_hba(major: u32) -> Self {
        if major < 14 { Self::PgHba13 } else { Self::PgHba }
    }
}

impl Parsed {
    /// The entries of an env file, if it was read as one.
    #[must_use]
    pub fn as_dotenv(&self) -> Option<&Dotenv> {
        match self {
            Self::Dotenv(dotenv) | Self::DotenvRaw(dotenv) => Some(dotenv),
            _ => None,
        }
    }

    /// The lines of a `pg_hba.conf`, if it was read as one.
    #[must_use]
    pub fn as_pg_hba(&self) -> Option<&PgHba> {
        match self {
            Self::PgHba(hba) | Self::PgHba13(hba) => Some(hba),
            _ => None,
        }
    }

    /// The entries of a `postgresql.conf`, if it was read as one.
    #[must_use]
    pub fn as_postgresql_conf(&self) -> Option<&PostgresqlConf> {
        match self {
            Self::PostgresqlConf(conf) => Some(conf),
            _ => None,
        }
    }
}
