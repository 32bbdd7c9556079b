//! The binary as a user runs it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may stop at the first thing that is not as it must be"
)]

mod accepted;
mod baseline;
mod changed;
mod check;
mod configured;
mod everywhere;
mod fix;
mod helpers;
mod init;
mod lsp;
mod parse;
mod resolve;
mod stdin;
mod support;
mod walk;
