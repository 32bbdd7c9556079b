//! A `${...}` that Docker Compose does not understand.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(Interpolation) {
        severity: High,
        since: "0.1.0",
    }
}
