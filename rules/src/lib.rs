//! The rules: one rule is one `.rs` and one `.md` side by side in the folder of its family, and one word in this list.
//!
//! `docs/writing-a-rule.md` shows how to write one.

mod images;
mod list;
mod programs;
mod secret_words;
mod security_options;
mod servers;

list::rules! {
    app: non_release_server_mode, wildcard_cors_origin, wildcard_cors_with_credentials;
    compose: compose_schema_violation, deprecated_compose_form, disabled_no_new_privileges,
        duplicate_item_across_layers, duplicate_mapping_key, include_cycle, invalid_interpolation,
        missing_no_new_privileges, obsolete_version_key, published_datastore_port, published_port_all_interfaces,
        shadowed_compose_file, undefined_compose_reference, unknown_compose_attribute;
    postgres: hba_file_not_referenced, hba_hostssl_without_ssl, hba_invalid_record, hba_plaintext_after_hostssl,
        hba_plaintext_reachable, hba_trust_remote, pg_config_not_referenced, pg_ssl_off, pg_syntax_error;
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
