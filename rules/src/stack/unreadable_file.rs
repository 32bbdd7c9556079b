//! A file that cannot be read at all.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(UnreadableFile) {
        severity: High,
        since: "0.1.0",
    }
}
