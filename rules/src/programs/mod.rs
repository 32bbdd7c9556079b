//! What is known about programs by the settings they read: what their modes mean, and which origins they let in.

pub(crate) mod cors;
pub(crate) mod hardening;
pub(crate) mod mode;
pub(crate) mod server;

/// The rows of a table.
fn rows(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}
