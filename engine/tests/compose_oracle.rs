//! What Docker Compose answered for the stacks in `fixtures/compose`, and what we resolve them to.
//!
//! `tests/oracles/record.sh` records the answers and says how a directory is laid out.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod places;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use stacklint_engine::discover::Defaults;
use stacklint_engine::run::{self, Explicit};
use stacklint_engine::source::Sources;
use stacklint_engine::stack::project::{self, Plain};
use stacklint_engine::stack::{Certainty, Stack, StackSpec};
use stacklint_engine::vfs::Vfs;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/compose").canonicalize().unwrap()
}

/// The directories of the recorded stacks, by name.
fn directories() -> Vec<PathBuf> {
    let mut directories: Vec<PathBuf> =
        fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    directories.sort();
    directories
}

fn lines(path: &Path) -> Option<Vec<String>> {
    Some(fs::read_to_string(path).ok()?.lines().map(str::to_owned).collect())
}

fn resolve(directory: &Path) -> (Stack, Sources) {
    let paths = |names: Vec<String>| names.iter().map(|name| directory.join(name)).collect::<Vec<_>>();
    let mut variables = vec![("HOME".to_owned(), "/home/user".to_owned())];
    for line in lines(&directory.join("variables")).unwrap_or_default() {
        let (name, value) = line.split_once('=').unwrap();
        variables.push((name.to_owned(), value.to_owned()));
    }
    let sources = Sources::new(Vfs::on_disk(&root()).unwrap());
    if directory.join("default").exists() {
        let explicit = Explicit { directory: Some(directory.to_owned()), ..Explicit::default() };
        let defaults = Defaults { variables, ..Defaults::default() };
        return (run::resolve(&sources, &explicit, &defaults).unwrap(), sources);
    }
    let files = match lines(&directory.join("files")) {
        Some(names) => paths(names),
        None => {
            let default = ["compose.yaml", "compose.override.yaml"];
            default.iter().map(|name| directory.join(name)).filter(|path| path.is_file()).collect()
        }
    };
    // Without `--project-directory` the first file lies in it.
    let project = files.first().unwrap().parent().unwrap().to_owned();
    let spec = StackSpec {
        name: ".".to_owned(),
        files,
        directory: project,
        env_files: lines(&directory.join("env-files")).map(paths),
        variables,
        profiles: Vec::new(),
        environment: None,
        certainty: Certainty::Certain,
        shadowed: Vec::new(),
        named_at: Vec::new(),
    };
    (Stack::resolve(spec, &sources), sources)
}

#[test]
fn models_are_those_of_docker_compose() {
    let mut report = String::new();
    let mut count = 0;
    for directory in directories() {
        let Ok(recorded) = fs::read_to_string(directory.join("docker.json")) else { continue };
        count += 1;
        let name = directory.file_name().unwrap().to_string_lossy().into_owned();
        let (stack, _) = resolve(&directory);
        for problem in stack.problems.iter().filter(|problem| problem.refused_by_compose()) {
            writeln!(report, "{name}: refused: {}: {}", problem.subject, problem.message).unwrap();
        }
        let ours = project::project(&stack, &Plain).to_string().replace(&*root().to_string_lossy(), "/stacks");
        differences(&name, &ours.parse().unwrap(), &recorded.parse().unwrap(), &mut report);
    }
    assert!(report.is_empty(), "\n{report}");
    assert!(count >= 170, "only {count} recorded models");
}

/// The paths at which two models differ.
fn differences(path: &str, ours: &Json, recorded: &Json, report: &mut String) {
    match (ours, recorded) {
        (Json::Object(ours), Json::Object(recorded)) => {
            for (key, ours) in ours {
                match recorded.get(key) {
                    Some(recorded) => differences(&format!("{path}.{key}"), ours, recorded, report),
                    None => writeln!(report, "{path}.{key}: {ours} is not in the recorded model").unwrap(),
                }
            }
            for (key, recorded) in recorded.iter().filter(|(key, _)| !ours.contains_key(*key)) {
                writeln!(report, "{path}.{key}: {recorded} is missing").unwrap();
            }
        }
        (Json::Array(ours), Json::Array(recorded)) if ours.len() == recorded.len() => {
            for (index, (ours, recorded)) in ours.iter().zip(recorded).enumerate() {
                differences(&format!("{path}[{index}]"), ours, recorded, report);
            }
        }
        _ if ours == recorded => {}
        _ => writeln!(report, "{path}: {ours} should be {recorded}").unwrap(),
    }
}

#[test]
fn refuses_what_docker_compose_refuses() {
    let mut report = String::new();
    let mut count = 0;
    for directory in directories() {
        let Ok(recorded) = fs::read_to_string(directory.join("refused.txt")) else { continue };
        count += 1;
        let (stack, _) = resolve(&directory);
        let name = directory.file_name().unwrap().to_string_lossy();
        if !stack.is_refused() {
            writeln!(report, "{name}: {}", recorded.trim_end()).unwrap();
        }
    }
    assert!(report.is_empty(), "accepted, though Docker Compose says\n{report}");
    assert!(count >= 260, "only {count} recorded refusals");
}

/// Every value of every recorded stack knows where it is written.
#[test]
fn values_keep_their_places() {
    let mut pieces = 0;
    for directory in directories() {
        let (stack, sources) = resolve(&directory);
        pieces += places::check(&stack, &sources, &directory.display().to_string());
    }
    assert!(pieces > 2000, "only {pieces} pieces");
}
