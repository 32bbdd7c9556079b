//! A secret as the default of a variable.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::rule::SettingRule;
use stacklint_engine::secrets::Verdict;
use stacklint_engine::setting::{Fallback, Setting, Site};

use crate::secret_words::weakness;

declare_rule! {
    pub FallbackSecret: Setting {
        severity: High,
        since: "0.1.0",
        fix: Safe,
        levels: [Medium: "the variable is set, so that the default is not used now"],
        covers: ["1.1", "2.13", "2.31"],
        maps: ["owasp-docker:12"],
    }
}

impl SettingRule for FallbackSecret {
    fn check(&self, setting: &Setting<'_>, cx: &mut Context<'_>) {
        for secret in &setting.secrets {
            let Some(fallback) = secret.fallback else { continue };
            let default = match secret.verdict {
                Verdict::Plaintext if secret.ignored => continue,
                Verdict::Plaintext => "gives a usable secret to whoever reads the file",
                Verdict::Default | Verdict::Placeholder => weakness(secret.reason),
                _ => continue,
            };
            if secret.template {
                continue;
            }
            let name = match setting.name.as_ref() {
                "" => "a secret on the command line".to_owned(),
                name => format!("`{name}`"),
            };
            let what = if setting.site == Site::File { "program" } else { "stack" };
            let (severity, consequence) = match fallback {
                Fallback::Used => {
                    (Severity::High, format!(", and the {what} runs with it unless somebody sets the variable"))
                }
                Fallback::InContainer => {
                    (Severity::High, ", and the container runs with it, since nothing gives it the variable".to_owned())
                }
                Fallback::Unused => (
                    Severity::Medium,
                    format!("; the variable is set here, but wherever it is not, the {what} starts with the default"),
                ),
            };
            let message = format!("the default of {name} {default}{consequence}");
            let (help, fix) = match fallback {
                _ if setting.site == Site::File => (
                    "take the default away, as in `${NAME}`, and set the variable to a new value where the program runs",
                    None,
                ),
                // The stack would stop: that takes somebody who sets the variable first.
                Fallback::Used => (
                    "set the variable to a new value in an ignored `.env`, then require it, as in `${NAME:?set NAME}`, so \
                     that Docker Compose refuses to start without it",
                    None,
                ),
                Fallback::InContainer => (
                    "hand the variable to the container by `environment`, as in `NAME: ${NAME:?set NAME}`, with a new value \
                     in an ignored `.env`, and take the default away",
                    None,
                ),
                Fallback::Unused => (
                    "require the variable instead, as in `${NAME:?set NAME}`: Docker Compose then refuses to start \
                     without it",
                    cx.fix_by_requiring(&secret.text),
                ),
            };
            let violation = cx.violation(secret, &setting.subject, message).severity(severity);
            cx.report(violation.help(help).fix(fix));
        }
    }
}
