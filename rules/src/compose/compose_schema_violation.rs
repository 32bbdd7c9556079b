//! A value whose shape Docker Compose refuses.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(Schema) {
        severity: High,
        since: "0.1.0",
        levels: [Info: "its variable is not set, and no env file is there to set any"],
    }
}
