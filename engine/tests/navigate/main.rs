//! What an editor asks about a place, on stacks in memory.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

mod definition;
mod everywhere;
mod hints;
mod hover;
mod links;
mod session;
