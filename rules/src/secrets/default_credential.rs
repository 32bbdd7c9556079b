//! A password that everyone tries first.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::rule::SettingRule;
use stacklint_engine::secrets::Verdict;
use stacklint_engine::setting::Setting;
use stacklint_engine::stack::Service;

use crate::images;
use crate::secret_words::{is_password, literal, named, replacement, weakness};

declare_rule! {
    pub DefaultCredential: Setting {
        severity: High,
        since: "0.1.0",
        levels: [Critical: "it opens the service itself, which publishes a port, so that others can log in with it"],
        covers: ["0.30", "1.1", "2.31"],
        maps: ["owasp-docker:12"],
    }
}

impl SettingRule for DefaultCredential {
    fn check(&self, setting: &Setting<'_>, cx: &mut Context<'_>) {
        for secret in literal(setting, Verdict::Default) {
            let weak = format!("{} {}", named(setting, secret), weakness(secret.reason));
            let opens = |service| {
                let name = &setting.name;
                setting.is_only(secret)
                    && images::is_own_credential(&service, name)
                    && !is_issued_elsewhere(name)
                    && !is_switched_off(&service, name)
            };
            let (severity, message) = if secret.published && setting.service.is_some_and(opens) {
                let can = if is_password(&setting.name) { "log in" } else { "use it" };
                let message = format!("{weak}, and the service is published: whoever reaches the port can {can}");
                (Severity::Critical, message)
            } else {
                (Severity::High, format!("{weak}: it is among the first that an intruder tries"))
            };
            let violation = cx.violation(secret, &setting.subject, message).severity(severity);
            cx.report(violation.help(replacement(setting, secret)));
        }
    }
}

/// Whether what a credential is for is off: `BASIC_AUTH=False` beside `BASIC_AUTH_PASSWORD`.
fn is_switched_off(service: &Service<'_>, credential: &str) -> bool {
    let is_no = |value: &str| matches!(value.to_ascii_lowercase().as_str(), "false" | "no" | "off" | "0");
    service.environment().any(|variable| {
        let name = variable.name;
        let stem = name.strip_suffix("_ENABLED").or_else(|| name.strip_suffix("_ENABLE")).unwrap_or(name);
        !stem.is_empty()
            && credential.strip_prefix(stem).is_some_and(|rest| rest.starts_with('_'))
            && variable.text().is_some_and(|text| is_no(text.as_str()))
    })
}

/// Whether a name is that of a secret by which the service shows itself to another one, such as an identity provider: it
/// lets nobody into the service.
fn is_issued_elsewhere(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.any(|word| matches!(word, "oidc" | "oauth" | "oauth2" | "saml" | "sso" | "client" | "webhook"))
}
