//! What programs see: files, layers, the environment over them, and the way that each value took.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::path::PathBuf;

use stacklint_engine::application::Application;
use stacklint_engine::config::{Choice, Flags, Policies, Setup};
use stacklint_engine::discover::{Defaults, discover};
use stacklint_engine::origin::Role;
use stacklint_engine::source::Sources;
use stacklint_engine::stack::{ProblemKind, Stack};
use stacklint_engine::vfs::Vfs;

fn resolve(files: &[(&str, &str)]) -> (Sources, Stack) {
    let sources = Sources::new(Vfs::in_memory(files.iter().map(|(name, text)| (*name, text.as_bytes()))));
    let setup = Setup::new(&[], Choice::Nothing, Flags::default()).unwrap();
    let policies = Policies::new(&setup, &sources);
    let plan = discover(&sources, &[PathBuf::from(".")], &Defaults::default(), &policies);
    let stack = Stack::resolve(plan.folders[0].stacks[0].clone(), &sources);
    (sources, stack)
}

/// The settings of an application: id, name, text.
fn shown(application: &Application<'_>) -> Vec<(String, String, String)> {
    let settings = application.settings().iter();
    settings
        .map(|setting| {
            let text = setting.text().map(|text| text.as_str().to_owned()).unwrap_or_default();
            (setting.id.to_owned(), setting.subject.clone(), text)
        })
        .collect()
}

fn setting(id: &str, subject: &str, text: &str) -> (String, String, String) {
    (id.to_owned(), subject.to_owned(), text.to_owned())
}

#[test]
fn the_environment_wins_over_the_local_file_over_the_file() {
    let (_, stack) = resolve(&[
        (
            "compose.yaml",
            "services:\n  api:\n    image: a\n    volumes: ['./conf:/app/conf']\n    environment: {GIN_MODE: release, CORS_ALLOWED_ORIGINS: https://a.example}\n",
        ),
        ("conf/config.yaml", "server: {mode: debug}\ncors: {allowed_origins: ['*'], allow_credentials: true}\n"),
        ("conf/config.local.yaml", "server: {mode: test}\n"),
    ]);
    let applications = Application::of_stack(&stack);
    assert_eq!(applications.len(), 1);
    assert_eq!(
        shown(&applications[0]),
        [
            setting("server-mode", "conf/config.local.yaml:server.mode", "test"),
            setting("allowed-origins", "services.api.environment.CORS_ALLOWED_ORIGINS", "https://a.example"),
            setting("cors-credentials", "conf/config.yaml:cors.allow_credentials", "true"),
            setting("gin-mode", "services.api.environment.GIN_MODE", "release"),
        ]
    );
}

#[test]
fn a_value_knows_where_it_is_mounted_and_what_it_overrides() {
    let (sources, stack) = resolve(&[
        (
            "compose.yaml",
            "services:\n  api:\n    image: a\n    volumes: ['./a.yaml:/app/config.yaml', './b.yaml:/app/config.local.yaml']\n",
        ),
        ("a.yaml", "server: {mode: debug}\n"),
        ("b.yaml", "server: {mode: release}\n"),
    ]);
    let applications = Application::of_stack(&stack);
    let (place, origin) = applications[0].settings()[0].text().unwrap().source().unwrap();
    assert_eq!(sources.text(place), "release");
    let steps = stack.origins.trail(origin);
    let roles: Vec<Role> = steps.iter().map(|step| step.role).collect();
    assert_eq!(roles, [Role::MountedAt, Role::Overrides]);
    assert_eq!(sources.text(steps[0].place.unwrap()), "'./b.yaml:/app/config.local.yaml'");
    assert_eq!(sources.text(steps[1].lost.unwrap()), "debug");
    assert_eq!(stack.mounted.len(), 2);
    assert!(stack.problems.is_empty() && !stack.is_refused());
}

#[test]
fn what_stands_in_a_placeholder_is_looked_up() {
    let config = "server: {mode: '${RUN_AS:debug}'}\napp: {env: '${NOWHERE}'}\ngin: {mode: '${GIN:-test}'}\n";
    let (_, stack) = resolve(&[
        (
            "compose.yaml",
            "services:\n  api:\n    image: a\n    volumes: ['./config.yaml:/config.yaml']\n    environment: {RUN_AS: release}\n",
        ),
        ("config.yaml", config),
    ]);
    assert_eq!(
        shown(&Application::of_stack(&stack)[0]),
        [
            setting("server-mode", "services.api.environment.RUN_AS", "release"),
            setting("app-env", "config.yaml:app.env", ""),
            setting("gin-mode", "config.yaml:gin.mode", "test"),
        ]
    );
}

#[test]
fn a_broken_file_is_no_fault_of_the_stack() {
    let (_, stack) = resolve(&[
        ("compose.yaml", "services:\n  api: {image: a, volumes: ['./config.yaml:/config.yaml']}\n"),
        ("config.yaml", "a: [1\nserver: {mode: debug}\n"),
    ]);
    assert!(stack.problems(ProblemKind::Syntax).count() >= 1);
    assert!(!stack.is_refused());
}

#[test]
fn a_file_that_many_programs_share_is_read_within_limits() {
    let services: String =
        (0..400).map(|at| format!("  s{at}: {{image: a, volumes: ['./config.yaml:/config.yaml']}}\n")).collect();
    let config: String = (0..4_000).map(|at| format!("key{at}: 'a value of some length'\n")).collect();
    let (_, stack) = resolve(&[("compose.yaml", &format!("services:\n{services}")), ("config.yaml", &config)]);
    assert!(stack.configurations.len() < 100);
    assert_eq!(stack.problems(ProblemKind::OverLimit).count(), 1);
}
