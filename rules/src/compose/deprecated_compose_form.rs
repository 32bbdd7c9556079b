//! A form that Docker Compose still reads, and warns of.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(DeprecatedForm) {
        severity: Info,
        since: "0.1.0",
    }
}
