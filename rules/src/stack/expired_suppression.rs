//! A comment whose last day is over.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(ExpiredSuppression) {
        severity: Medium,
        since: "0.1.0",
    }
}
