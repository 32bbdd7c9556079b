//! The stacks in `fixtures/stacks`: directories of real files, each with what it must show.
//!
//! `expected.txt` has lines `rule path:line:column "span text"`, `accepted` and such a line with the reason of the comment
//! that accepts the finding, and `silent rule`. It is exhaustive for every rule
//! that it names, so that a new rule does not disturb old fixtures. `UPDATE_FIXTURES=1` writes what is found for the
//! rules already named; read the difference before you keep it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first thing that is not as it must be")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use stacklint_engine::filter::parse_day;
use stacklint_engine::finding::Finding;
use stacklint_engine::line_index::ColumnUnit;
use stacklint_engine::outcome::Outcome;
use stacklint_engine::run::{Options, run};
use stacklint_engine::source::Sources;
use stacklint_engine::vfs::Vfs;

fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/stacks");
    let mut directories: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    directories.retain(|path| path.is_dir());
    directories.sort();
    directories
}

/// The day it is.
const TODAY: &str = "2026-01-01";

fn options() -> Options {
    Options { today: parse_day(TODAY).unwrap(), ..Options::all(stacklint_rules::all(), &[]).unwrap() }
}

fn line(finding: &Finding, sources: &Sources) -> String {
    let Some((span, file)) = finding.primary.and_then(|span| Some((span, sources.file(span.file)?))) else {
        return format!("{} - {:?}", finding.rule, finding.subject);
    };
    let position = file.lines().position(&file.text, span.range.start, ColumnUnit::CodePoint);
    let text = span.range.of(&file.text);
    format!("{} {}:{}:{} {text:?}", finding.rule, file.name, position.line + 1, position.column + 1)
}

/// The findings of the rules that `expected` names, as it would list them.
fn found(expected: &str, outcome: &Outcome, sources: &Sources) -> String {
    let named = expected.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let rules: BTreeSet<&str> = named
        .filter_map(|line| line.trim_start_matches("silent ").trim_start_matches("accepted ").split(' ').next())
        .collect();
    for rule in &rules {
        assert!(stacklint_rules::find(rule).is_some(), "expected.txt names the unknown rule `{rule}`");
    }
    let mut lines: Vec<String> = expected.lines().filter(|line| line.starts_with('#')).map(str::to_owned).collect();
    let findings = &outcome.findings;
    lines.extend(findings.iter().filter(|finding| rules.contains(finding.rule)).map(|finding| line(finding, sources)));
    let accepted = outcome.suppressed.iter().filter(|accepted| rules.contains(accepted.finding.rule));
    lines.extend(accepted.map(|it| format!("accepted {} -- {}", line(&it.finding, sources), it.reason)));
    let silent = rules.iter().filter(|rule| !findings.iter().any(|finding| finding.rule == **rule));
    lines.extend(silent.map(|rule| format!("silent {rule}")));
    lines.iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{line}");
        text
    })
}

#[test]
fn every_fixture_shows_what_it_must() {
    let update = std::env::var_os("UPDATE_FIXTURES").is_some();
    let mut wrong = String::new();
    for directory in fixtures() {
        let path = directory.join("expected.txt");
        let expected = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} is missing", path.display()));
        let sources = Sources::new(Vfs::on_disk(&directory).unwrap());
        let outcome = run(&sources, &options());
        let found = found(&expected, &outcome, &sources);
        if update {
            fs::write(&path, &found).unwrap();
        } else if expected != found {
            let _ = writeln!(wrong, "== {}\n-- expected\n{expected}-- found\n{found}", directory.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Every fixture, each of its files cut at every byte: no rule fails, no place leaves its file.
#[test]
fn every_fixture_survives_being_cut() {
    fixtures().par_iter().for_each(|directory| {
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        collect(directory, directory, &mut files);
        (0..files.len()).into_par_iter().for_each(|cut| survive_being_cut(&files, cut));
    });
}

/// All files of a fixture, of which one is cut at each of its bytes.
fn survive_being_cut(files: &[(String, Vec<u8>)], cut: usize) {
    for length in 0..files[cut].1.len() {
        let whole = files.iter().enumerate().map(|(index, (name, bytes))| {
            (name.as_str(), if index == cut { &bytes[..length] } else { bytes.as_slice() })
        });
        let sources = Sources::new(Vfs::in_memory(whole));
        let outcome = run(&sources, &options());
        for finding in &outcome.findings {
            let case = || format!("{} cut at {length}: {finding:?}", files[cut].0);
            assert_ne!(finding.rule, "internal-error", "{}", case());
            let trail = finding.trail.iter().map(|step| step.place);
            for span in finding.primary.into_iter().chain(trail) {
                let file = sources.file(span.file).unwrap_or_else(|| panic!("{}", case()));
                assert!(file.text.get(span.range.to_usize()).is_some(), "{}", case());
            }
        }
    }
}

fn collect(top: &Path, directory: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(top, &path, files);
        } else if !path.ends_with("expected.txt") {
            let name = path.strip_prefix(top).unwrap().to_str().unwrap().to_owned();
            files.push((name, fs::read(&path).unwrap()));
        }
    }
}
