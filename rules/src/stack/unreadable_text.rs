//! Bytes of a text file that are no text.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(UnreadableText) {
        severity: Medium,
        since: "0.1.0",
    }
}
