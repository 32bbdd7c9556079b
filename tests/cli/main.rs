//! The binary as a user runs it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may stop at the first thing that is not as it must be"
)]

mod accepted;
mod check;
mod everywhere;
mod fix;
mod parse;
mod resolve;
mod support;
