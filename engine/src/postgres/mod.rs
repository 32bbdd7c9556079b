//! PostgreSQL servers: the configuration that each one of a stack really runs with.

pub mod arguments;
pub mod decision;
pub mod image;
pub mod shell;
