//! A file that the stack names and that does not exist.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(MissingFile) {
        severity: High,
        since: "0.1.0",
        covers: ["2.25"],
    }
}
