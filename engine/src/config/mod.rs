//! `stacklint.yaml`: what a project says about how it is judged.

mod deserialize;
pub mod file;
mod load;
mod parameter;
mod pattern;
mod policy;
mod select;
mod setup;
mod spanned;

pub use load::{ConfigError, NAMES, Policies, files_in};
pub use parameter::{Declared, Kind, Ports};
pub use policy::{By, Change, Ignore, NamedPattern, Override, Policy, Said};
pub use select::{UnknownName, did_you_mean};
pub use setup::{Choice, Flags, Setup};
pub use spanned::{Spanned, Table};
