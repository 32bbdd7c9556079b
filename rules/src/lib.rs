//! The rules: one rule is one `.rs` and one `.md` side by side in the folder of its family, and one word in this list.
//!
//! `docs/writing-a-rule.md` shows how to write one.

mod images;
mod list;
mod secret_words;

list::rules! {
    compose: duplicate_mapping_key, invalid_interpolation, published_datastore_port, published_port_all_interfaces;
    secrets: default_credential, fallback_secret, placeholder_secret, plaintext_secret, private_key_in_repo;
}

use stacklint_engine::rule::Rule;

/// All rules, by family and then by id.
#[must_use]
pub fn all() -> &'static [Rule] {
    RULES
}

/// The rule of that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}
