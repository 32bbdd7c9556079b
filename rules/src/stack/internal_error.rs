//! A rule that failed.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(Internal) {
        severity: Medium,
        since: "0.1.0",
    }
}
