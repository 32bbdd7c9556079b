//! YAML: ranges, scalars, recovery, hostile input, and agreement with another parser.

// Clippy knows test functions, but not the helpers of a test crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod agreement;
mod generator;
mod hostile;
mod recovery;
mod scalars;
mod support;
mod tree;
