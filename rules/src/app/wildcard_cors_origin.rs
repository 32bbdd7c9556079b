//! An allow-list of origins that lets every website in.

use stacklint_engine::application::{Application, Setting};
use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Confidence;
use stacklint_engine::rule::ApplicationRule;

use crate::programs::cors::{self, Wide};

declare_rule! {
    pub WildcardCorsOrigin: Application {
        severity: High,
        since: "0.1.0",
        covers: ["0.11", "2.19", "2.30", "4.19"],
    }
}

impl ApplicationRule for WildcardCorsOrigin {
    fn check(&self, application: &Application<'_>, cx: &mut Context<'_>) {
        let mut wide = Vec::new();
        for (setting, found) in cors::wide_settings(application) {
            wide.push(setting.subject.as_str());
            // `wildcard-cors-with-credentials` says it of this list.
            if cors::credentials(application, setting).is_some() {
                continue;
            }
            for (place, wideness) in found {
                let name = &setting.name;
                let message = match wideness {
                    Wide::Every => {
                        format!(
                            "`{name}` lets every website in: any page that somebody opens can read what this program answers"
                        )
                    }
                    Wide::Null => format!(
                        "`{name}` lets the origin `null` in, which every website can take on by opening a sandboxed frame"
                    ),
                    Wide::SharedDomain => format!(
                        "`{name}` lets in every site below a domain where anybody can get a name, so everybody's pages can \
                         read what this program answers"
                    ),
                };
                let help = "list the origins of your own front ends one by one, with scheme and host, such as \
                            `https://app.example.com`";
                let violation = cx.violation(place, setting.subject.clone(), message).help(help);
                cx.report(violation.confidence(sureness(setting)));
            }
        }
        let lists = application.all("allowed-origins").filter(|setting| !setting.items().is_empty());
        for setting in lists.filter(|setting| !wide.contains(&setting.subject.as_str())) {
            cx.satisfied(setting.anchor(), setting.subject.clone());
        }
    }
}

/// What a variable makes of a file only holds if the program looks at it.
pub(crate) fn sureness(setting: &Setting<'_>) -> Confidence {
    if setting.assumed { Confidence::Medium } else { Confidence::High }
}
