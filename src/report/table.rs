//! Tables for people: columns as wide as what stands in them.

use std::io::{self, Write};

/// The head of a column, and where its cells stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    head: &'static str,
    right: bool,
}

impl Column {
    /// Words.
    pub(crate) fn left(head: &'static str) -> Self {
        Self { head, right: false }
    }

    /// Numbers.
    pub(crate) fn right(head: &'static str) -> Self {
        Self { head, right: true }
    }
}

/// Writes a table.
///
/// # Errors
/// If `out` fails.
pub(crate) fn write<const N: usize>(
    columns: &[Column; N],
    rows: impl Iterator<Item = [String; N]>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let head = columns.map(|column| column.head.to_owned());
    let rows: Vec<[String; N]> = std::iter::once(head).chain(rows).collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    for row in &rows {
        let mut line = String::new();
        for ((width, cell), column) in widths.iter().zip(row).zip(columns) {
            line.push_str(&if column.right { format!("{cell:>width$}  ") } else { format!("{cell:width$}  ") });
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
