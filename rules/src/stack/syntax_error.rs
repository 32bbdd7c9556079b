//! A part of a file that breaks the grammar of its format.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(Syntax) {
        severity: High,
        since: "0.1.0",
    }
}
