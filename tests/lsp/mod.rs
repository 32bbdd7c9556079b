//! Scripted sessions with the language server, over a connection in memory.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test stops where something is not as it must be"
)]

mod actions;
mod config;
mod disk;
mod editor;
mod incremental;
mod lifecycle;
mod navigate;
mod pull;
mod push;

/// A stack whose port is decided in another file.
const COMPOSE: &str = "\
services:
  db:
    image: postgres:17
    ports: [\"${BIND:-127.0.0.1}:5432:5432\"]
";
