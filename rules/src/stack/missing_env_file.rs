//! A required `env_file` that does not exist.

use stacklint_engine::declare_rule;

declare_rule! {
    Problem(MissingEnvFile) {
        severity: High,
        since: "0.1.0",
        levels: [Medium: "a template stands beside it, as in a fresh clone"],
    }
}
