//! A usable secret that is written down where others read it.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::rule::SettingRule;
use stacklint_engine::secrets::{Reason, Verdict};
use stacklint_engine::setting::Setting;

use crate::secret_words::{literal, named, way_out};

declare_rule! {
    pub PlaintextSecret: Setting {
        severity: High,
        since: "0.1.0",
        levels: [
            Critical: "it is a provider's token, which works from anywhere",
            Low: "it opens a provider's sandbox only, or is the public half of a pair",
        ],
        covers: ["0.28", "1.7", "3.5"],
        maps: ["owasp-docker:12", "cis-postgresql:1.7"],
    }
}

impl SettingRule for PlaintextSecret {
    fn check(&self, setting: &Setting<'_>, cx: &mut Context<'_>) {
        for secret in setting.secrets.iter().filter(|secret| secret.verdict == Verdict::Managed) {
            cx.satisfied(secret, &setting.subject);
        }
        for secret in literal(setting, Verdict::Plaintext) {
            if secret.ignored {
                cx.satisfied(secret, &setting.subject);
                continue;
            }
            let name = named(setting, secret);
            let (severity, message) = match secret.reason {
                Reason::Provider { vendor, is_id: true, .. } => (
                    Severity::Low,
                    format!("{name} holds the public half of a key pair of {vendor}: its secret half is close by"),
                ),
                Reason::Provider { vendor, is_test: true, .. } => {
                    (Severity::Low, format!("{name} holds a token for the sandbox of {vendor}"))
                }
                Reason::Provider { vendor, .. } => (
                    Severity::Critical,
                    format!(
                        "{name} holds a token of {vendor}: whoever reads it acts as its owner there, from anywhere"
                    ),
                ),
                Reason::Jwt => (
                    Severity::High,
                    format!(
                        "{name} holds a signed JSON web token: whoever reads it acts as its owner until it expires"
                    ),
                ),
                Reason::UnsignedJwt => (
                    Severity::High,
                    format!("{name} holds a JSON web token without a signature: anyone can make another one"),
                ),
                _ => (
                    Severity::High,
                    format!(
                        "{name} is written down in plain text: whoever reads the repository, its history or a copy \
                         can use it"
                    ),
                ),
            };
            let violation = cx.violation(secret, &setting.subject, message).severity(severity);
            let violation = match severity {
                Severity::Critical => {
                    violation.also_in_dev().help(format!("revoke it first, then {}", way_out(setting, secret)))
                }
                _ => violation.help(way_out(setting, secret)),
            };
            cx.report(violation);
        }
    }
}
