//! A value of a configuration file together with its place.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use stacklint_parsers::TextRange;

/// The name by which the deserializer knows that a place is wanted, too.
pub(super) const NAME: &str = "stacklint::Spanned";
/// What it answers with, in this order.
pub(super) const FIELDS: &[&str] = &["start", "end", "value"];

/// A value and where it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub range: TextRange,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Parts<T> {
            type Value = Spanned<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a value with its place")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut parts: A) -> Result<Self::Value, A::Error> {
                let mut bounds = [0u32; 2];
                for bound in &mut bounds {
                    parts.next_key::<IgnoredAny>()?;
                    *bound = parts.next_value()?;
                }
                parts.next_key::<IgnoredAny>()?;
                let value = parts.next_value()?;
                let [start, end] = bounds;
                if start > end {
                    return Err(A::Error::custom("a place that ends before it starts"));
                }
                Ok(Spanned { value, range: TextRange::new(start, end) })
            }
        }

        deserializer.deserialize_struct(NAME, FIELDS, Parts(PhantomData))
    }
}

/// The entries of a mapping in the order of the file, each key with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table<T>(pub Vec<(Spanned<String>, T)>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Table<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
                let mut table = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    table.push(entry);
                }
                Ok(Table(table))
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// In a schema a value with its place is the value.
#[cfg(feature = "schema")]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator};

    use super::{Spanned, Table};

    impl<T: JsonSchema> JsonSchema for Spanned<T> {
        fn inline_schema() -> bool {
            T::inline_schema()
        }

        fn schema_name() -> Cow<'static, str> {
            T::schema_name()
        }

        fn schema_id() -> Cow<'static, str> {
            T::schema_id()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            T::json_schema(generator)
        }
    }

    impl<T: JsonSchema> JsonSchema for Table<T> {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            format!("Table_of_{}", T::schema_name()).into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            std::collections::BTreeMap::<String, T>::json_schema(generator)
        }
    }
}
