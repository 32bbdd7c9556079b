//! A server that runs in the mode for development.

use stacklint_engine::application::{Application, From, Setting};
use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::{Confidence, Fix, Safety};
use stacklint_engine::rule::ApplicationRule;
use stacklint_engine::stack::EnvironmentKind;

use crate::programs::mode::{self, Mode, Program};
use crate::programs::server;

declare_rule! {
    pub NonReleaseServerMode: Application {
        severity: High,
        since: "0.1.0",
        fix: Unsafe,
        covers: ["0.20", "4.1"],
    }
}

impl ApplicationRule for NonReleaseServerMode {
    fn check(&self, application: &Application<'_>, cx: &mut Context<'_>) {
        let production = cx.environment() == EnvironmentKind::Prod;
        let modes: Vec<(&Setting<'_>, &Program)> =
            application.settings().iter().filter_map(|setting| Some((setting, mode::program(setting)?))).collect();
        let released_by_variable = modes
            .iter()
            .any(|(setting, _)| setting.from == From::Environment && mode::mode(setting) == Some(Mode::Release));
        let mut said = false;
        for (setting, program) in &modes {
            match mode::mode(setting) {
                Some(Mode::Release) => cx.satisfied(setting.anchor(), setting.subject.clone()),
                Some(Mode::Development) => {
                    let confidence = match (production, setting.assumed) {
                        // The program may set the mode by that variable and take the file's for something else.
                        _ if setting.from == From::File && released_by_variable => Confidence::Low,
                        (true, false) => Confidence::High,
                        _ => Confidence::Medium,
                    };
                    said = true;
                    report(setting, program, confidence, cx);
                }
                // A mode for something else is no mistake where nobody says that this is production.
                Some(Mode::Other) if production && is_fixed_choice(setting) => {
                    said = true;
                    report(setting, program, Confidence::Medium, cx);
                }
                Some(Mode::Other) => said = true,
                None => said |= !setting.is_empty(),
            }
        }
        if !said && !modes.iter().any(|(setting, _)| mode::mode(setting).is_some()) {
            absent(application, &modes, production, cx);
        }
    }
}

/// Whether a setting takes one of a few words, of which those that are not for production are all for something else.
/// Profiles of Spring and environments of an application have whatever names their authors like.
fn is_fixed_choice(setting: &Setting<'_>) -> bool {
    matches!(setting.id, "node-env" | "rails-env" | "rack-env" | "flask-env")
}

fn report(setting: &Setting<'_>, program: &Program, confidence: Confidence, cx: &mut Context<'_>) {
    let value = setting.text().map(|text| text.as_str().trim()).unwrap_or_default();
    let release = release_word(program, value);
    let name = &setting.name;
    let message = format!(
        "`{name}` is `{value}`, so {} does not run in the mode for production: {}",
        program.name, program.effect
    );
    let help = format!("set `{name}` to `{release}` where the program serves others");
    let title = format!("set it to `{release}`");
    let fix = setting.text().and_then(|text| Fix::replace(&title, Safety::Unsafe, text, release));
    let violation = cx.violation(setting.anchor(), setting.subject.clone(), message).help(help);
    cx.report(violation.confidence(confidence).fix(fix));
}

/// The word for production that goes with the word for development.
fn release_word<'a>(program: &'a Program, value: &str) -> &'a str {
    match value {
        "dev" | "test" if program.release == "production" => "prod",
        "development" if program.release == "release" => "production",
        "dev" if program.release == "release" => "prod",
        _ => program.release,
    }
}

/// A server's section without its mode: the program takes its own default, which is the one for development in Gin and
/// what is built like it.
fn absent(application: &Application<'_>, modes: &[(&Setting<'_>, &Program)], production: bool, cx: &mut Context<'_>) {
    let (Some(tree), Some(file)) = (application.tree(), application.file()) else { return };
    let Some(section) = server::section(tree) else { return };
    let shown = application.shown("server-mode").or(application.shown("gin-mode"));
    let empty =
        modes.iter().find(|(setting, _)| setting.from == From::File && setting.is_empty()).map(|(setting, _)| setting);
    let (because, confidence) = match (shown, empty) {
        (_, Some(_)) => ("it is there without a value".to_owned(), Confidence::Medium),
        (Some(From::Template), _) => ("the template beside the file shows it".to_owned(), Confidence::Medium),
        (Some(_), _) => ("a comment in the file shows it".to_owned(), Confidence::Medium),
        (None, None) => {
            let kin = server::kin(tree);
            if kin.len() < 2 {
                return;
            }
            let kin: Vec<String> = kin.iter().map(|name| format!("`{name}`")).collect();
            let confidence = if production { Confidence::Medium } else { Confidence::Low };
            (format!("{} show a program of that kind", kin.join(", ")), confidence)
        }
    };
    let name = format!("{}.mode", section.name);
    let message = format!(
        "`{name}` is not set ({because}), and what is built on Gin runs in debug mode then: what is switched on in release \
         mode only, such as the redirect to HTTPS, stays off"
    );
    let help = format!("write `mode: release` below `{}`, or set the variable `SERVER_MODE`", section.name);
    let subject = format!("{file}:{name}");
    let violation = match empty {
        Some(setting) => cx.violation(setting.anchor(), subject, message),
        None => cx.violation(section.key, subject, message),
    };
    cx.report(violation.help(help).confidence(confidence));
}
