//! A comment that means to accept findings and is not written as it must be.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(MalformedSuppression) {
        severity: Medium,
        since: "0.1.0",
    }
}
