//! A text that was meant to be replaced by a secret, and was not.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::rule::SettingRule;
use stacklint_engine::secrets::Verdict;
use stacklint_engine::setting::{Setting, Site};

use crate::secret_words::{literal, named, replacement, weakness};

declare_rule! {
    pub PlaceholderSecret: Setting {
        severity: High,
        since: "0.1.0",
        covers: ["2.12", "2.31"],
    }
}

impl SettingRule for PlaceholderSecret {
    fn check(&self, setting: &Setting<'_>, cx: &mut Context<'_>) {
        for secret in literal(setting, Verdict::Placeholder) {
            let what = if setting.site == Site::File { "program" } else { "stack" };
            let name = named(setting, secret);
            let message = format!("{name} {}: the {what} runs with a value that others know", weakness(secret.reason));
            let violation = cx.violation(secret, &setting.subject, message);
            cx.report(violation.help(replacement(setting, secret)));
        }
    }
}
