//! Sources, stacks, values that know their origin, the rule trait, and findings.

pub mod anchor;
pub mod application;
mod bytes;
pub mod cancel;
pub mod check;
pub mod config;
pub mod directive;
pub mod discover;
mod edits;
pub mod filter;
pub mod finding;
mod fingerprint;
pub mod fix;
mod joined;
mod letters;
pub mod line_index;
pub mod map;
mod named;
pub mod navigate;
pub mod origin;
pub mod outcome;
mod parallel;
pub mod postgres;
pub mod progress;
pub mod rule;
pub mod run;
pub mod secrets;
pub mod setting;
pub mod similar;
pub mod source;
pub mod stack;
pub mod template;
pub mod text;
mod trail;
pub mod vfs;

pub use bytes::{ByteProblem, ByteProblemKind};
