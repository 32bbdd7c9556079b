//! Sources, stacks, values that know their origin, the rule trait, and findings.

mod bytes;
pub mod line_index;
pub mod origin;
pub mod secrets;
pub mod source;
pub mod stack;
pub mod text;
pub mod vfs;

pub use bytes::{ByteProblem, ByteProblemKind};
