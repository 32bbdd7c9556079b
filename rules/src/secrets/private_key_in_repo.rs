//! A private key that stands in a file of the repository.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::rule::SettingRule;
use stacklint_engine::secrets::{Reason, Verdict};
use stacklint_engine::setting::Setting;

use crate::secret_words::named;

declare_rule! {
    pub PrivateKeyInRepo: Setting {
        severity: Critical,
        since: "0.1.0",
        levels: [Low: "a passphrase protects it"],
        maps: ["owasp-docker:12"],
    }
}

impl SettingRule for PrivateKeyInRepo {
    fn check(&self, setting: &Setting<'_>, cx: &mut Context<'_>) {
        let keys = setting.secrets.iter().filter(|secret| secret.verdict == Verdict::PrivateKey);
        for secret in keys.filter(|secret| !secret.template) {
            if secret.ignored {
                cx.satisfied(secret, &setting.subject);
                continue;
            }
            let name = named(setting, secret);
            let (severity, message) = match secret.reason {
                Reason::PrivateKey { encrypted: true } => (
                    Severity::Low,
                    format!("{name} holds a private key; only its passphrase keeps readers of the file from using it"),
                ),
                _ => (
                    Severity::Critical,
                    format!("{name} holds a private key: whoever reads the file can pretend to be its owner"),
                ),
            };
            let help = "make a new key pair and withdraw this one, keep the key in a file outside of git, and mount it as \
                        a Compose secret";
            let violation = cx.violation(secret, &setting.subject, message).severity(severity);
            cx.report(violation.also_in_dev().help(help));
        }
    }
}
