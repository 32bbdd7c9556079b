//! A PostgreSQL server: its parameters, its files, and what they say together.

pub mod conf;
pub mod files;
pub mod hba;
pub mod parameters;
mod refusal;
