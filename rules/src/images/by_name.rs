//! The rows of a table found by the names of the images they are about.

use super::{columns, is_named};
use stacklint_engine::map::HashMap;

/// Which rows of a table are about an image. A name is the last part of any image's name, or with a `/` its end:
/// `supabase/postgres` is named `postgres`.
///
/// Every port of every service asks: comparing each image with each name of each table took a tenth of a check.
#[derive(Debug)]
pub(crate) struct ByName {
    /// By the last part of the name: the whole name, and the row it stands in.
    names: HashMap<&'static str, Vec<(&'static str, usize)>>,
}

impl ByName {
    /// Of a table's names, row by row; those of one row are split by blanks.
    pub(crate) fn of(rows: impl Iterator<Item = &'static str>) -> Self {
        let mut names: HashMap<_, Vec<_>> = HashMap::default();
        for (row, of_row) in rows.enumerate() {
            of_row.split(' ').for_each(|name| names.entry(last_part(name)).or_default().push((name, row)));
        }
        Self { names }
    }

    /// The first row that is about an image.
    pub(crate) fn first(&self, image: &str) -> Option<usize> {
        self.fitting(image).min()
    }

    /// The rows that are about an image, in the order of the table.
    pub(crate) fn rows(&self, image: &str) -> Vec<usize> {
        let mut rows: Vec<usize> = self.fitting(image).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// Whether a row is about an image.
    pub(crate) fn has(&self, image: &str) -> bool {
        self.fitting(image).next().is_some()
    }

    fn fitting<'a>(&'a self, image: &'a str) -> impl Iterator<Item = usize> + 'a {
        let known = self.names.get(last_part(image)).map(Vec::as_slice).unwrap_or_default();
        known.iter().filter(|(name, _)| is_named(image, name)).map(|(_, row)| *row)
    }
}

fn last_part(image: &str) -> &str {
    image.rfind('/').and_then(|slash| image.get(slash + 1..)).unwrap_or(image)
}

/// A table of `N` columns, one of which names images.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    rows: Vec<[&'static str; N]>,
    by_name: ByName,
}

impl<const N: usize> Table<N> {
    /// A table whose column `images` names them, split by blanks.
    pub(crate) fn of(table: &'static str, images: usize) -> Self {
        let rows = columns(table);
        let by_name =
            ByName::of(rows.iter().map(|row: &[&'static str; N]| row.get(images).copied().unwrap_or_default()));
        Self { rows, by_name }
    }

    /// The rows about an image, in the order of the table.
    pub(crate) fn rows_of(&self, image: &str) -> impl Iterator<Item = &[&'static str; N]> {
        self.by_name.rows(image).into_iter().filter_map(|row| self.rows.get(row))
    }

    /// All rows.
    #[cfg(test)]
    pub(crate) fn rows(&self) -> &[[&'static str; N]] {
        &self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_end_of_an_image() {
        let table = ByName::of(["postgres pgvector/pgvector", "redis", "postgres"].into_iter());
        assert_eq!(table.rows("postgres"), [0, 2]);
        assert_eq!(table.rows("supabase/postgres"), [0, 2]);
        assert_eq!(table.first("ghcr/pgvector/pgvector"), Some(0));
        assert_eq!(table.first("redis"), Some(1));
        for other in ["postgres-exporter", "my-postgres", "pgvector", "", "/", "redis/"] {
            assert!(!table.has(other), "{other}");
        }
    }

    #[test]
    fn an_image_of_any_length_costs_no_more_than_its_length() {
        let table = ByName::of(["a/b/c"].into_iter());
        assert!(table.has(&format!("{}a/b/c", "x/".repeat(1_000_000))));
    }
}
