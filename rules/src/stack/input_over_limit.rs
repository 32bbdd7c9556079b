//! More than stacklint reads.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(OverLimit) {
        severity: Medium,
        since: "0.1.0",
    }
}
