//! A name that nothing defines.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(UndefinedReference) {
        severity: High,
        since: "0.1.0",
    }
}
