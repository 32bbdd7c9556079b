//! A comment that accepts what is not found.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(UnusedSuppression) {
        severity: Low,
        since: "0.1.0",
        fix: Safe,
    }
}
