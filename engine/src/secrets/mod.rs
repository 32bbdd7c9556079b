//! The classifier of secrets: the one place that knows what a secret is.
//!
//! Pure functions of text. The `secrets` rules word its verdicts, reports mask with it, and neither has an opinion of
//! its own. A verdict comes from what the key says ([`key_class`]) and what the value is ([`judge`]); entropy alone
//! never makes one. What is known about formats, default credentials and vendors' samples is data beside the code.

mod command;
mod hash;
mod judge;
mod key;
mod literal;
mod mask;
mod reference;
mod shape;
mod strength;
mod token;
mod url;
mod words;

pub use command::{CommandSecret, command_arguments};
pub use judge::{Candidate, Carrier, Judgement, Neighbour, NeighbourKind, Reason, Verdict, judge};
pub use key::{KeyClass, key_class};
pub use mask::mask_ranges;
/// Whether a value stands elsewhere as a whole or in a part: a variable, an expression of a template engine.
#[must_use]
pub fn is_reference(text: &str) -> bool {
    reference::is_expression(text) || !reference::scan(text).is_empty()
}

pub use strength::{Strength, Weakness, strength};
