//! A variable that must be set and is not.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(RequiredVariable) {
        severity: High,
        since: "0.1.0",
        levels: [Info: "no env file is there to set any: it may come from elsewhere"],
        covers: ["2.25"],
    }
}
