//! A variable of the environment that undoes what a configuration file makes safe.

use stacklint_engine::application::Application;
use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::rule::ApplicationRule;

use crate::programs::hardening::Hardening;

declare_rule! {
    pub EnvOverridesHardenedSetting: Application {
        severity: Medium,
        confidence: Medium,
        since: "0.1.0",
        levels: [High: "it undoes the mode for production, or the list of websites that may call"],
    }
}

impl ApplicationRule for EnvOverridesHardenedSetting {
    fn check(&self, application: &Application<'_>, cx: &mut Context<'_>) {
        for overridden in application.overridden() {
            let (file, variable) = (&overridden.file, &overridden.variable);
            let Some(hardening) = Hardening::of(file) else { continue };
            if hardening.holds(file) != Some(true) {
                continue;
            }
            match hardening.holds(variable) {
                Some(true) => cx.satisfied(variable.anchor(), variable.subject.clone()),
                Some(false) => {
                    let (name, path) = (&variable.name, &file.name);
                    let message = format!("the variable `{name}` takes back what `{path}` sets: {}", hardening.effect);
                    let help = format!(
                        "remove `{name}` from where the service gets it, or give it the value of the file, if the program \
                         reads it over the file as most do"
                    );
                    let violation = cx.violation(variable.anchor(), variable.subject.clone(), message).help(help);
                    let violation = violation.related("the safer value that does not count", file.anchor());
                    cx.report(violation.severity(hardening.severity).confidence(overridden.confidence));
                }
                None => {}
            }
        }
    }
}
