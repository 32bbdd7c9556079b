//! The rules: one rule is one `.rs` and one `.md` side by side in the folder of its family, and one word in this list.
//!
//! `docs/writing-a-rule.md` shows how to write one.

mod data;
mod databases;
mod images;
mod list;
mod programs;
mod publication;
mod secret_words;
mod security_options;
mod servers;

list::rules! {
    app: non_release_server_mode, wildcard_cors_origin, wildcard_cors_with_credentials;
    compose: bind_address_fails_open, compose_schema_violation, dangerous_capability, datastore_on_edge_network,
        deprecated_compose_form, disabled_datastore_auth, disabled_logging, disabled_no_new_privileges,
        disabled_security_profile, docker_socket_mount, duplicate_item_across_layers, duplicate_mapping_key,
        executable_tmpfs, host_device_access, host_network_mode, include_cycle, ineffective_override,
        invalid_interpolation, missing_cap_drop_all, missing_healthcheck, missing_no_new_privileges, missing_pids_limit,
        missing_resource_limits, missing_restart_policy, obsolete_version_key, port_conflict, port_outside_allowlist,
        ports_ignored_by_host_network, privileged_container, published_admin_ui, published_datastore_port,
        published_port_all_interfaces, read_only_without_tmpfs, redis_protected_mode_off, root_container_user,
        sensitive_host_mount, shadowed_compose_file, shared_host_namespace, shared_mount_propagation,
        stateful_service_without_volume, undefined_compose_reference, unknown_compose_attribute, unrotated_container_log,
        writable_root_filesystem;
    image: missing_image_digest, mutable_image_tag;
    postgres: hba_file_not_referenced, hba_hostssl_without_ssl, hba_invalid_record, hba_plaintext_after_hostssl,
        hba_plaintext_reachable, hba_trust_remote, pg_config_not_referenced, pg_ssl_off, pg_syntax_error;
    secrets: default_credential, fallback_secret, placeholder_secret, plaintext_secret, private_key_in_repo;
    stack: client_tls_rejected_by_hba, database_credential_mismatch, db_pool_exceeds_max_connections,
        env_overrides_hardened_setting, expired_suppression, input_over_limit, internal_error, malformed_suppression,
        missing_env_file, missing_stack_file, path_outside_root, suppression_without_reason, syntax_error,
        unreadable_file, unreadable_text, unresolved_variable, unset_required_variable, unused_suppression;
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
