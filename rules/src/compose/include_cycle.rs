//! An `include`, `extends` or alias that leads back to itself.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(Cycle) {
        severity: High,
        since: "0.1.0",
    }
}
