//! A file that lies outside of what may be read.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(OutsideRoot) {
        severity: Medium,
        since: "0.1.0",
    }
}
