//! Sources, stacks, values that know their origin, the rule trait, and findings.

pub mod secrets;
