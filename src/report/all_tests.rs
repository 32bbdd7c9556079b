//! What holds for every format, over all stacks of the fixtures and over hostile files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use stacklint_engine::finding::{Finding, Related, Severity, TrailStep};
use stacklint_engine::origin::{Role, Span};
use stacklint_engine::outcome::{Outcome, RunError, Suppressed};
use stacklint_engine::run::{Options, run};
use stacklint_engine::source::Sources;
use stacklint_engine::vfs::Vfs;

use crate::catalogue;
use crate::report::source_text::SourceTexts;
use crate::report::test_support::{finding, sources, span_of, written};
use crate::report::{Format, Report};

/// A secret shorter than this may be a part of any word.
const SHORTEST_SECRET: usize = 8;

fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/stacks");
    let mut directories: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    directories.retain(|path| path.is_dir());
    directories.sort();
    directories
}

fn options() -> Options {
    let day = stacklint_engine::filter::parse_day("2026-01-01").unwrap();
    Options { today: day, ..Options::all(catalogue::all(), &[]).unwrap() }
}

/// What is masked in some file, and stands nowhere else in the open.
fn secrets(sources: &Sources, outcome: &Outcome) -> BTreeSet<String> {
    let suppressed = outcome.suppressed.iter().map(|suppressed| &suppressed.finding);
    let texts = SourceTexts::new(sources).with_findings(outcome.findings.iter().chain(suppressed));
    let files = sources.files();
    let mut secrets: BTreeSet<String> = BTreeSet::new();
    for file in &files {
        let masked = texts.masks(file).iter().map(|mask| mask.of(&file.text).to_owned()).collect::<Vec<_>>();
        // Of several lines each is one, as it stands in a message or a snippet.
        secrets.extend(masked.iter().flat_map(|secret| secret.lines()).map(|line| line.trim().to_owned()));
    }
    // What was masked of a file that cannot be read may be words of a comment.
    secrets.retain(|secret| secret.len() >= SHORTEST_SECRET && !secret.contains(' '));
    // SARIF holds the pages of the rules, whose examples are like the fixtures.
    secrets.retain(|secret| !catalogue::all().iter().any(|rule| rule.page.contains(secret.as_str())));
    for file in &files {
        let shown = texts.show(file, 0..file.text.len());
        secrets.retain(|secret| !shown.contains(secret.as_str()) && !file.name.contains(secret.as_str()));
    }
    secrets
}

#[test]
fn no_format_shows_a_secret() {
    let mut known = 0;
    for directory in fixtures() {
        let sources = Sources::new(Vfs::on_disk(&directory).unwrap());
        let outcome = run(&sources, &options());
        let secrets = secrets(&sources, &outcome);
        known += secrets.len();
        for format in Format::ALL {
            let text = written(format.renderer(), &Report::of(&sources, &outcome));
            for secret in &secrets {
                assert!(!text.contains(secret), "{} of {}: {secret}", format.name(), directory.display());
            }
        }
    }
    assert!(known > 20, "the fixtures hold secrets: {known}");
}

/// Words of a file that a terminal, GitHub's runner or Azure's agent would heed.
const HOSTILE: &str = "::error::pwned ##[error]pwned ##vso[task.setvariable variable=pwned]pwned \u{1b}]0;pwned\u{7} \
                       \u{9b}31m \u{202e}pwned\u{2066} \u{200b}";

/// A run that shows hostile words wherever a format can show any: names, messages, snippets, reasons, errors.
fn hostile() -> (Sources, Outcome) {
    let name = "::error::pwned ##[error]pwned\u{1b}[2J\n::error::\u{202e},line=1.yaml";
    let text = format!("{HOSTILE}\n::error::pwned\n  ::error::pwned\r\n##vso[task.complete result=Failed]\n\"bad\"\n");
    let (sources, files) = sources(&[(name, &text)]);
    let place = span_of(&files[0], "\"bad\"");
    let words = format!("{HOSTILE}\n::error::pwned\r##[error]pwned\r\n##vso[task.complete]`{HOSTILE}`");
    let all = span_of(&files[0], &text);
    let severities = Severity::ALL.iter();
    let findings = severities.map(|severity| Finding {
        severity: *severity,
        message: words.clone(),
        help: Some(words.clone().into()),
        trail: vec![TrailStep { role: Role::Interpolated, message: words.clone().into(), place: all }],
        related: vec![Related { message: words.clone().into(), place: all }],
        subject: words.clone(),
        ..finding("rule", Some(place))
    });
    let mut findings: Vec<Finding> = findings.collect();
    // A fold names what stands at its places.
    let missing = |place: Span| finding("missing-no-new-privileges", Some(place));
    findings.extend([missing(span_of(&files[0], HOSTILE)), missing(place)]);
    let accepted = Suppressed::new(findings[0].clone(), "inline", words.clone(), Some(words.clone()));
    let error = |place| RunError { message: words.clone(), place, partial: false };
    let errors = vec![error(None), error(Some(all))];
    let outcome = Outcome { findings, errors, suppressed: vec![accepted], ..Outcome::default() };
    (sources, outcome)
}

/// The commands that GitHub's runner finds in a log, as its `ActionCommand` reads a line: `::name` at the start, or `##[name`
/// anywhere.
fn github_commands(log: &str) -> Vec<&str> {
    let mut heeds_until: Option<&str> = None;
    let mut commands = Vec::new();
    for line in log.lines() {
        let trimmed = line.trim_start();
        if let Some(word) = heeds_until {
            if trimmed.strip_prefix("::").and_then(|rest| rest.strip_suffix("::")) == Some(word) {
                heeds_until = None;
            }
            continue;
        }
        if let Some(word) = trimmed.strip_prefix("::stop-commands::") {
            heeds_until = Some(word);
        } else if trimmed.starts_with("::") || line.contains("##[") {
            commands.push(line);
        }
    }
    commands
}

#[test]
fn nothing_of_a_file_speaks_for_us() {
    let (sources, outcome) = hostile();
    for format in Format::ALL {
        let renderer = format.renderer();
        let name = format.name();
        let text = written(renderer, &Report::of(&sources, &outcome));
        let hostile = |character: &char| {
            (character.is_control() && *character != '\n') || crate::report::printable::is_hostile(*character)
        };
        assert_eq!(text.chars().find(hostile), None, "{name}: {text:?}");
        let azure = text.lines().filter(|line| line.contains("##vso["));
        if *format == Format::Azure {
            assert!(
                azure.clone().count() > 5 && azure.clone().all(|line| line.starts_with("##vso[task.logissue type="))
            );
            assert!(azure.clone().all(|line| line.matches("##vso[").count() == 1), "{text}");
        } else {
            assert_eq!(azure.count(), 0, "{name}: {text}");
        }
        let mut log = Vec::new();
        if renderer.is_for_people() {
            let render = |out: &mut dyn std::io::Write| renderer.render(&Report::of(&sources, &outcome), out);
            crate::report::log::without_commands(&mut log, render).unwrap();
        } else {
            log = text.into_bytes();
        }
        let log = String::from_utf8(log).unwrap();
        let commands = github_commands(&log);
        if *format == Format::Github {
            // Five severities, a fold and two errors, of which each is one command, whatever it says.
            assert_eq!(commands.len(), 8, "{log}");
            let ours = |command: &&str| {
                ["error", "warning", "notice"]
                    .iter()
                    .any(|it| command.starts_with(&format!("::{it} title=stacklint%3A ")))
            };
            assert!(commands.iter().all(ours), "{log}");
            assert!(!log.contains("##["));
        } else {
            assert!(commands.is_empty(), "{name}: {commands:?}");
        }
    }
}

#[test]
fn every_format_tells_of_errors_of_the_run() {
    let (sources, files) = sources(&[("compose.yaml", "a: 1\n")]);
    let error = |message: &str, place| RunError { message: message.to_owned(), place, partial: false };
    let errors = vec![error("it stumbled somewhere", None), error("it stumbled here", Some(files[0].span()))];
    let outcome = Outcome { errors, ..Outcome::default() };
    for format in Format::ALL {
        let text = written(format.renderer(), &Report::of(&sources, &outcome));
        for message in ["it stumbled somewhere", "it stumbled here"] {
            assert!(text.contains(message), "{}: {text}", format.name());
        }
    }
}

#[test]
fn a_report_is_the_same_every_time() {
    let (sources, outcome) = hostile();
    for format in Format::ALL {
        let text = || written(format.renderer(), &Report::of(&sources, &outcome));
        assert_eq!(text(), text(), "{}", format.name());
    }
}
