//! What `stacklint.yaml` does, and what is said of one that is wrong.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first thing that is not as it must be")]

use std::path::{Path, PathBuf};

use stacklint_engine::config::{Choice, ConfigError, Flags, Policies, Setup};
use stacklint_engine::finding::Severity;
use stacklint_engine::outcome::Outcome;
use stacklint_engine::run::{self, Options};
use stacklint_engine::source::Sources;
use stacklint_engine::vfs::Vfs;

/// Every key there is, used as it should be.
const FULL: &str = "\
extends: [base/stacklint.yaml]
select: [compose, image, stack, secrets]
ignore: [missing-healthcheck]
severity:
  mutable-image-tag: info
fail_on: medium
min_severity: info
min_confidence: medium
environment: prod
stacks:
  - name: production
    files: [compose.yaml, compose.prod.yaml]
    env_files: [.env.production]
    profiles: ['*']
    environment: prod
    variables:
      HOST: example.org
    project_directory: .
overrides:
  - files: ['dev/**', 'compose.yaml#/services/mail']
    severity:
      published-datastore-port: low
    ignore: [image]
ignores:
  - rule: published-datastore-port
    path: compose.yaml#/services/db
    reason: behind a VPN
    until: 2027-01-31
parameters:
  port-outside-allowlist:
    ports: [443, 53/udp, 8000-8010]
baseline: known.json
";

const BASE: (&str, &str) = ("base/stacklint.yaml", "fail_on: low\n");

fn sources(files: &[(&str, &str)]) -> Sources {
    Sources::new(Vfs::in_memory(files.iter().map(|(name, text)| (*name, text.as_bytes()))))
}

fn setup() -> Setup {
    Setup::new(stacklint_rules::all(), Choice::Nearest, Flags::default()).unwrap()
}

fn check(files: &[(&str, &str)]) -> (Outcome, Sources) {
    let sources = sources(files);
    let outcome = run::run(&sources, &Options::new(setup()));
    (outcome, sources)
}

/// What is wrong with a configuration, and the text that is pointed at.
fn error_of(text: &str) -> Option<(ConfigError, String)> {
    let sources = sources(&[("stacklint.yaml", text), BASE]);
    let error = Policies::new(&setup(), &sources).of(sources.vfs().root()).err()?;
    let place = error.place.unwrap_or_else(|| panic!("no place: {error:?}"));
    Some(((*error).clone(), sources.text(place)))
}

#[test]
fn every_key_is_read() {
    assert_eq!(error_of(FULL), None);
    assert_eq!(error_of(""), None);
    assert_eq!(error_of("# nothing yet\n"), None);
}

/// The keys of [`FULL`] that the format knows, with their lines.
fn keys() -> Vec<(usize, &'static str)> {
    const NAMES_OF_USERS: [&str; 1] = ["HOST"];
    let keys = FULL.lines().enumerate().filter_map(|(index, line)| {
        let key = line.trim_start_matches([' ', '-']).split(':').next()?;
        Some((index, key))
    });
    keys.filter(|(_, key)| !NAMES_OF_USERS.contains(key)).collect()
}

fn with_line(number: usize, change: impl Fn(&str) -> String) -> String {
    let lines = FULL.lines().enumerate();
    lines.map(|(index, line)| if index == number { change(line) } else { line.to_owned() } + "\n").collect()
}

#[test]
fn a_typo_in_any_key_is_told_at_its_place_with_what_was_meant() {
    for (number, key) in keys() {
        let (first, rest) = key.split_at(key.len() - 2);
        let typo = format!("{first}{}", rest.chars().rev().collect::<String>());
        let text = with_line(number, |line| line.replacen(key, &typo, 1));
        let Some((error, place)) = error_of(&text) else { panic!("{typo} is taken") };
        assert_eq!(place, typo, "{error:?}");
        assert_eq!(error.help, Some(format!("did you mean `{key}`?")), "{error:?}");
    }
}

#[test]
fn a_value_of_the_wrong_type_is_told_at_its_place() {
    for (number, key) in keys() {
        let line = FULL.lines().nth(number).unwrap();
        let indent = line.len() - line.trim_start_matches([' ', '-']).len();
        let deeper = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len() > indent;
        // What stands below the key goes with its value.
        let below = FULL.lines().skip(number + 1).take_while(|line| deeper(line)).count();
        let wrong = if key != "ports" && (line.ends_with(':') || line.contains('[')) { "12" } else { "{a: b}" };
        let lines = FULL.lines().enumerate().filter(|(index, _)| *index <= number || *index > number + below);
        let head = line.split(':').next().unwrap();
        let text: String = lines
            .map(|(index, line)| if index == number { format!("{head}: {wrong}\n") } else { format!("{line}\n") })
            .collect();
        let Some((error, place)) = error_of(&text) else { panic!("`{key}: {wrong}` is taken") };
        assert!(["12", "a", "{a: b}"].contains(&place.as_str()), "{key}: {error:?} at {place:?}");
        assert!(error.message.contains("expected") || error.message.contains("none of"), "{key}: {error:?}");
    }
}

#[test]
fn what_makes_no_sense_is_told() {
    for (text, message, place) in [
        ("fail_on: hihg", "`hihg` is none of", "hihg"),
        ("select: [compsoe]", "there is no rule or family `compsoe`", "compsoe"),
        ("severity: {mutable-tag: low}", "there is no rule or family `mutable-tag`", "mutable-tag"),
        ("ignores: [{rule: compose, path: a, reason: b}]", "there is no rule `compose`", "compose"),
        ("ignores: [{rule: mutable-image-tag, path: a}]", "`reason` is missing", "rule"),
        ("ignores: [{rule: mutable-image-tag, path: a, reason: ' '}]", "the reason is empty", "' '"),
        ("ignores: [{rule: mutable-image-tag, path: a, reason: b, until: soon}]", "this is no date", "soon"),
        (
            "ignores: [{rule: mutable-image-tag, path: a, reason: b, until: 2027-02-30}]",
            "this is no date",
            "2027-02-30",
        ),
        ("ignores: [{rule: mutable-image-tag, path: ../a, reason: b}]", "this is no pattern of files", "../a"),
        ("overrides: [{files: ['a[']}]", "this is no pattern of files", "'a['"),
        ("stacks: [{name: a, files: []}]", "a stack has files", "a"),
        ("stacks: [{name: a, files: [b]}, {name: a, files: [b]}]", "there are two stacks `a`", "a"),
        ("parameters: {mutable-image-tag: {ports: [1]}}", "`mutable-image-tag` has no parameters", "mutable-image-tag"),
        ("parameters: {port-outside-allowlist: {prots: [1]}}", "has no parameter `prots`", "prots"),
        ("parameters: {port-outside-allowlist: {ports: [1, x]}}", "expected a port", "x"),
        ("sel", "expected a mapping, found text", "sel"),
        ("ignores: [3]", "expected a mapping, found a number", "3"),
        ("parameters: {port-outside-allowlist: {ports: [[1]]}}", "expected text, a number", "[1]"),
        ("fail_on: low\nfail_on: high", "`fail_on` is said twice", "fail_on"),
        ("select: *rules", "", "*rules"),
        ("a: 1\n---\nb: 1", "a configuration is one document", "b: 1"),
        ("fail_on: [", "", "["),
        ("- a", "expected", "- a"),
        ("extends: [none.yaml]", "cannot read the configuration `none.yaml`: no such file", "none.yaml"),
        ("extends: [stacklint.yaml]", "`stacklint.yaml` extends itself", "stacklint.yaml"),
    ] {
        let Some((error, at)) = error_of(text) else { panic!("{text:?} is taken") };
        assert!(error.message.contains(message), "{text:?}: {error:?}");
        assert_eq!(at, place, "{text:?}: {error:?}");
    }
}

#[test]
fn a_configuration_that_is_wrong_fails_the_run_and_the_rest_is_judged() {
    let database = "services: {db: {image: 'postgres:17', ports: ['5432:5432']}}\n";
    let (outcome, sources) =
        check(&[("a/compose.yaml", database), ("a/stacklint.yaml", "selct: []\n"), ("b/compose.yaml", database)]);
    let [error] = outcome.errors.as_slice() else { panic!("{:?}", outcome.errors) };
    assert_eq!(error.message, "unknown key `selct`; did you mean `select`?");
    assert_eq!(error.place.map(|place| sources.text(place)).as_deref(), Some("selct"));
    assert!(!error.partial);
    assert_eq!(outcome.stacks.iter().map(|stack| stack.name.as_str()).collect::<Vec<_>>(), ["b"]);
}

#[test]
fn two_configurations_in_one_directory_are_one_too_many() {
    let (outcome, _) =
        check(&[("compose.yaml", "services: {}\n"), ("stacklint.yaml", ""), (".stacklint.yml", "fail_on: low\n")]);
    assert_eq!(outcome.errors.len(), 1);
    assert!(outcome.errors[0].message.contains("both configure this directory"), "{:?}", outcome.errors);
}

#[test]
fn configurations_that_extend_in_a_circle_say_so_once() {
    let (outcome, _) = check(&[
        ("compose.yaml", "services: {db: {image: postgres}}\n"),
        ("stacklint.yaml", "extends: [a.yaml]\n"),
        ("a.yaml", "extends: [b.yaml]\n"),
        ("b.yaml", "extends: [stacklint.yaml]\n"),
    ]);
    let messages: Vec<&str> = outcome.errors.iter().map(|error| error.message.as_str()).collect();
    assert_eq!(
        messages,
        ["`stacklint.yaml` extends itself; the way: `stacklint.yaml`, `a.yaml`, `b.yaml`, and again `stacklint.yaml`"]
    );
}

const STACK: &str = "\
services:
  db:
    image: postgres:17
    ports: ['5432:5432']
  mail:
    image: redis:8
    ports: ['6379:6379']
";

fn severities(files: &[(&str, &str)]) -> Vec<(String, Severity)> {
    let (outcome, _) = check(files);
    assert!(outcome.errors.is_empty(), "{:?}", outcome.errors);
    let ports = outcome.findings.iter().filter(|finding| finding.rule == "published-datastore-port");
    ports.map(|finding| (finding.subject.clone(), finding.severity)).collect()
}

#[test]
fn the_nearest_configuration_counts_and_none_above_it() {
    let of = |files: &[(&str, &str)]| severities(files).into_iter().map(|(_, severity)| severity).collect::<Vec<_>>();
    let high = [Severity::High, Severity::High];
    assert_eq!(of(&[("app/compose.yaml", STACK)]), high);
    let outer = ("stacklint.yaml", "severity: {published-datastore-port: medium}\n");
    assert_eq!(of(&[("app/compose.yaml", STACK), outer]), [Severity::Medium, Severity::Medium]);
    let inner = ("app/stacklint.yaml", "severity: {published-port-all-interfaces: low}\n");
    assert_eq!(of(&[("app/compose.yaml", STACK), outer, inner]), high);
    let extending = ("app/stacklint.yaml", "extends: [../stacklint.yaml]\n");
    assert_eq!(of(&[("app/compose.yaml", STACK), outer, extending]), [Severity::Medium, Severity::Medium]);
}

#[test]
fn the_last_override_that_matches_wins() {
    let config = "\
severity: {compose: medium}
overrides:
  - {files: [compose.yaml], severity: {published-datastore-port: low}}
  - {files: ['compose.yaml#/services/mail'], severity: {published-datastore-port: critical}}
";
    assert_eq!(
        severities(&[("compose.yaml", STACK), ("stacklint.yaml", config)]),
        [
            ("services.db.ports[5432/tcp]".to_owned(), Severity::Low),
            ("services.mail.ports[6379/tcp]".to_owned(), Severity::Critical)
        ]
    );
    let config = "overrides: [{files: ['compose.yaml#/services/mail'], ignore: [compose]}]\n";
    assert_eq!(
        severities(&[("compose.yaml", STACK), ("stacklint.yaml", config)]),
        [("services.db.ports[5432/tcp]".to_owned(), Severity::High)]
    );
}

#[test]
fn an_override_is_held_against_the_file_that_a_value_comes_from() {
    let compose = "include: [dev/more.yaml]\nservices: {db: {image: 'postgres:17', ports: ['5432:5432']}}\n";
    let more = "services: {cache: {image: 'redis:8', ports: ['6379:6379']}}\n";
    let config = "overrides: [{files: [dev], severity: {published-datastore-port: info}}]\nmin_severity: info\n";
    assert_eq!(
        severities(&[("compose.yaml", compose), ("dev/more.yaml", more), ("stacklint.yaml", config)]),
        [
            ("services.db.ports[5432/tcp]".to_owned(), Severity::High),
            ("services.cache.ports[6379/tcp]".to_owned(), Severity::Info)
        ]
    );
}

#[test]
fn named_stacks_take_the_place_of_those_that_are_found() {
    let prod = "services: {db: {environment: {A: '${WHO}'}}}\n";
    let config = "\
stacks:
  - name: production
    files: [compose.yaml, prod.yaml]
    env_files: [.env.production]
    environment: prod
  - {name: lab, files: [lab/compose.yaml], variables: {WHO: me}}
";
    let (outcome, _) = check(&[
        ("compose.yaml", STACK),
        ("compose.other.yaml", STACK),
        ("prod.yaml", prod),
        (".env.production", "WHO=me\n"),
        ("lab/compose.yaml", STACK),
        ("lab/compose.more.yaml", STACK),
        ("stacklint.yaml", config),
    ]);
    assert!(outcome.errors.is_empty(), "{:?}", outcome.errors);
    let stacks: Vec<_> =
        outcome.stacks.iter().map(|stack| (stack.name.as_str(), stack.environment, stack.files.clone())).collect();
    let files = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        stacks,
        [
            ("lab", "unknown", files(&["lab/compose.yaml"])),
            ("production", "prod", files(&[".env.production", "compose.yaml", "prod.yaml"])),
        ]
    );
    assert!(!outcome.findings.iter().any(|finding| finding.rule == "unresolved-variable"), "{:?}", outcome.findings);
}

#[test]
fn a_stack_that_is_named_and_missing_a_file_says_so() {
    let (outcome, sources) = check(&[
        ("compose.yaml", STACK),
        ("stacklint.yaml", "stacks: [{name: p, files: [compose.yaml, 'gone.yaml'], env_files: [gone.env]}]\n"),
    ]);
    // What has to be changed is where it is named.
    let missing = outcome.findings.iter().filter(|finding| finding.rule == "missing-stack-file");
    let places: Vec<_> = missing.map(|finding| finding.primary.map(|place| sources.text(place).to_string())).collect();
    assert_eq!(places, [Some("'gone.yaml'".to_owned()), Some("gone.env".to_owned())]);
}

#[test]
fn the_command_line_wins() {
    let sources = sources(&[("stacklint.yaml", "select: [image]\nfail_on: critical\n"), ("compose.yaml", STACK)]);
    let flags = Flags {
        select: vec!["compose".to_owned()],
        ignore: vec!["published-datastore-port".to_owned()],
        fail_on: Some(Severity::Low),
        ..Flags::default()
    };
    let policy = |choice, flags, directory: &Path| {
        let setup = Setup::new(stacklint_rules::all(), choice, flags).unwrap();
        Policies::new(&setup, &sources).of(directory).unwrap()
    };
    let root = sources.vfs().root();
    let from_flags = policy(Choice::Nearest, flags, root);
    assert!(from_flags.rules.iter().all(|rule| rule.family == "compose" && rule.id != "published-datastore-port"));
    assert_eq!(from_flags.fail_on.value, Severity::Low);
    let of_nothing = policy(Choice::Nothing, Flags::default(), root);
    assert!(of_nothing.left_out.is_empty());
    let file = Choice::File(PathBuf::from("/stack/stacklint.yaml"));
    let chosen = policy(file, Flags::default(), Path::new("/stack/any/where"));
    assert!(chosen.rules.iter().all(|rule| rule.family == "image"));
}

#[test]
fn a_rule_that_nobody_would_hear_does_not_run() {
    let runs = |text: &str, flags: Flags| {
        let sources = sources(&[("stacklint.yaml", text), ("compose.yaml", STACK)]);
        let setup = Setup::new(stacklint_rules::all(), Choice::Nearest, flags).unwrap();
        let policy = Policies::new(&setup, &sources).of(sources.vfs().root()).unwrap();
        let rule = policy.rules.iter().any(|rule| rule.id == "missing-pids-limit");
        assert_eq!(rule, policy.runs("missing-pids-limit"));
        rule
    };
    let info = || Flags { min_severity: Some(Severity::Info), ..Flags::default() };
    assert!(!runs("", Flags::default()), "its findings are at level info");
    assert!(runs("", info()));
    assert!(!runs("ignore: [missing-pids-limit]", info()));
    assert!(runs("severity: {missing-pids-limit: low}", Flags::default()));
    let moved = "overrides: [{files: [compose.yaml], severity: {missing-pids-limit: high}}]";
    assert!(runs(moved, Flags::default()), "somewhere it is heard");
}

#[test]
fn nothing_that_a_stranger_writes_makes_it_fail() {
    let read = |text: &[u8]| {
        let sources = Sources::new(Vfs::in_memory([("stacklint.yaml", text), (BASE.0, BASE.1.as_bytes())]));
        let answer = Policies::new(&setup(), &sources).of(sources.vfs().root());
        if let Some(place) = answer.err().and_then(|error| error.place) {
            let file = sources.file(place.file).unwrap();
            assert!(file.text.get(place.range.to_usize()).is_some(), "{place:?}");
        }
    };
    let full = FULL.as_bytes();
    for end in 0..full.len() {
        read(&full[..end]);
        let mut mutated = full.to_vec();
        for byte in [b'*', b'&', b'{', b'\0', 0xFF, b'!', b'\t'] {
            mutated[end] = byte;
            read(&mutated);
        }
    }
    // A few aliases that would be a billion values, and nesting without end.
    let mut bomb = String::from("a0: &a0 [x, x]\n");
    (1..40).for_each(|level| bomb += &format!("a{level}: &a{level} [*a{0}, *a{0}, *a{0}]\n", level - 1));
    read(format!("{bomb}select: *a39\n").as_bytes());
    read(format!("parameters: {{port-outside-allowlist: {{ports: {}}}}}\n", "[".repeat(100_000)).as_bytes());
    read(format!("select: {}\n", "[".repeat(100_000)).as_bytes());
    read(format!("overrides: [{}]\n", "{files: ['**'], ignore: [compose]}, ".repeat(10_000)).as_bytes());
}

#[test]
fn a_chain_of_configurations_has_an_end() {
    let names: Vec<(String, String)> =
        (0..100).map(|number| (format!("c{number}.yaml"), format!("extends: [c{}.yaml]\n", number + 1))).collect();
    let mut files: Vec<(&str, &str)> = names.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    files.push(("stacklint.yaml", "extends: [c0.yaml]\n"));
    files.push(("compose.yaml", STACK));
    let (outcome, _) = check(&files);
    assert_eq!(outcome.errors.len(), 1);
    assert!(outcome.errors[0].message.contains("more than 32 configuration files"), "{:?}", outcome.errors);
}

#[test]
fn what_lies_outside_the_project_is_not_extended() {
    let (outcome, _) = check(&[("compose.yaml", STACK), ("stacklint.yaml", "extends: [../../etc/passwd]\n")]);
    assert!(outcome.errors[0].message.contains("outside the project"), "{:?}", outcome.errors);
}
