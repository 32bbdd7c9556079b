//! An item that layers add to a list twice.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(DuplicateItem) {
        severity: High,
        since: "0.1.0",
        fix: Safe,
    }
}
