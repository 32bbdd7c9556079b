//! A comment that accepts findings and does not say why.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(SuppressionWithoutReason) {
        severity: Medium,
        since: "0.1.0",
    }
}
