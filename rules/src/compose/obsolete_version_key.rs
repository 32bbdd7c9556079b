//! The top-level `version`, which Docker Compose passes over.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(ObsoleteVersion) {
        severity: Info,
        since: "0.1.0",
        fix: Safe,
    }
}
