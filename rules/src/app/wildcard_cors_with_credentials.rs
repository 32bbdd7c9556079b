//! Every website may call, with the cookies of whoever opens it.

use stacklint_engine::application::Application;
use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::rule::ApplicationRule;

use super::wildcard_cors_origin::sureness;
use crate::programs::cors;

declare_rule! {
    pub WildcardCorsWithCredentials: Application {
        severity: Critical,
        since: "0.1.0",
        covers: ["4.19"],
    }
}

impl ApplicationRule for WildcardCorsWithCredentials {
    fn check(&self, application: &Application<'_>, cx: &mut Context<'_>) {
        for (setting, found) in cors::wide_settings(application) {
            let Some(credentials) = cors::credentials(application, setting) else { continue };
            for (place, _) in found {
                let message = format!(
                    "`{}` lets every website in, and `{}` sends the cookies of visitors along: any page that somebody opens \
                     can read and do here what that person may",
                    setting.name, credentials.name
                );
                let help = "list the origins of your own front ends one by one; if every site is meant to read this, \
                            switch the credentials off instead";
                let violation = cx.violation(place, setting.subject.clone(), message).help(help);
                let violation = violation.related("credentials are switched on here", credentials.anchor());
                cx.report(violation.confidence(sureness(setting).min(sureness(credentials))));
            }
        }
    }
}
