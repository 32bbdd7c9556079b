//! The rules: one rule is one `.rs` and one `.md` side by side in the folder of its family, and one word in this list.
//!
//! `docs/writing-a-rule.md` shows how to write one.

mod images;
mod list;
mod secret_words;

list::rules! {
    compose: compose_schema_violation, deprecated_compose_form, duplicate_item_across_layers, duplicate_mapping_key,
        include_cycle, invalid_interpolation, obsolete_version_key, published_datastore_port,
        published_port_all_interfaces, shadowed_compose_file, undefined_compose_reference, unknown_compose_attribute;
    secrets: default_credential, fallback_secret, placeholder_secret, plaintext_secret, private_key_in_repo;
    stack: input_over_limit, internal_error, missing_env_file, missing_stack_file, path_outside_root, syntax_error,
        unreadable_file, unreadable_text, unset_required_variable;
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
