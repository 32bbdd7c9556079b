//! The same key twice in one mapping.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(DuplicateKey) {
        severity: High,
        since: "0.1.0",
    }
}
