//! The formats, as one list: a format is one folder and one line here.

use std::sync::Arc;

use crate::Document;
use crate::dotenv::Dotenv;

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

impl Parsed {
    /// The entries of an env file, if it was read as one.
    #[must_use]
    pub fn as_dotenv(&self) -> Option<&Dotenv> {
        match self {
            Self::Dotenv(dotenv) | Self::DotenvRaw(dotenv) => Some(dotenv),
            Self::Yaml(_) => None,
        }
    }
}
