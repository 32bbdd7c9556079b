//! A Compose file that Docker Compose passes over for another one.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(ShadowedFile) {
        severity: Medium,
        since: "0.1.0",
    }
}
