//! PostgreSQL servers: their parameters, their files, and the configuration that each one of a stack really runs with.

pub mod arguments;
pub mod conf;
pub mod decision;
pub mod files;
pub mod hba;
pub mod image;
pub(crate) mod loose;
pub mod parameters;
mod refusal;
pub mod server;
pub mod shell;
