//! An attribute that Docker Compose does not know.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(UnknownAttribute) {
        severity: High,
        since: "0.1.0",
    }
}
