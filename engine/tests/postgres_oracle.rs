//! Files of PostgreSQL against what real servers of seven majors say of them.
//!
//! The answers are in `recorded`; tests/oracles/record_postgres_files.py made them and says what a server cannot tell.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stop at the first thing that is not as it must be, as tests do"
)]

use serde_json::{Value, json};
use stacklint_engine::origin::Origins;
use stacklint_engine::postgres::conf::{self, Conf, ConfProblemKind};
use stacklint_engine::postgres::files::HostFiles;
use stacklint_engine::postgres::hba::{self, Hba, HbaProblemKind};
use stacklint_engine::source::Sources;
use stacklint_engine::vfs::Vfs;

fn recorded(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn sources(files: &serde_json::Map<String, Value>) -> Sources {
    let bytes = |text: &Value| match text.as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => unhex(text["hex"].as_str().unwrap()),
    };
    let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, text)| (name.as_str(), bytes(text))).collect();
    Sources::new(Vfs::in_memory(files.iter().map(|(name, bytes)| (*name, bytes.as_slice()))))
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Each case with each answer, for each major that gave it. What `compare` finds to differ is shown at the end.
fn compare_all(recorded: &Value, compare: impl Fn(&Value, &Value, u32) -> Result<(), String>) {
    let mut wrong = Vec::new();
    let cases = recorded["cases"].as_array().unwrap();
    let mut compared = 0;
    for case in cases {
        for answer in case["answers"].as_array().unwrap() {
            for major in answer["majors"].as_array().unwrap() {
                let major = u32::try_from(major.as_u64().unwrap()).unwrap();
                compared += 1;
                let excepted = case["except"]["majors"].as_array();
                if excepted.is_some_and(|majors| majors.contains(&json!(major))) {
                    continue;
                }
                if let Err(difference) = compare(case, answer, major) {
                    wrong.push(format!("{} on {major}: {difference}", case["files"]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {compared} differ\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(compared, 7 * cases.len(), "every case has an answer of every major");
}

fn hba_rows(hba: &Hba, major: u32) -> Vec<Value> {
    let mut rows: Vec<(u32, Value)> = Vec::new();
    for (record, rule) in hba.records.iter().zip(1..) {
        let shown = record.shown();
        let options: Vec<String> = shown.options.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut row = json!({
            "line": record.number,
            "type": shown.kind,
            "database": shown.databases,
            "user_name": shown.users,
            "address": shown.address,
            "netmask": shown.netmask,
            "auth_method": shown.method,
            "options": if options.is_empty() { Value::Null } else { json!(options) },
        });
        if major >= 16 {
            row["rule"] = json!(rule);
            row["file"] = json!(&*record.file);
        }
        rows.push((record.order, row));
    }
    let silent = |kind| matches!(kind, HbaProblemKind::NoRecords | HbaProblemKind::Directory);
    for problem in hba.problems.iter().filter(|problem| !silent(problem.kind)) {
        let mut row = json!({"line": problem.number, "error": problem.message});
        if major >= 16 {
            row["file"] = json!(&*problem.file);
        }
        rows.push((problem.order, row));
    }
    rows.sort_by_key(|(order, _)| *order);
    rows.into_iter().map(|(_, row)| row).collect()
}

#[test]
fn records_are_those_of_the_servers() {
    let recorded = recorded(include_str!("recorded/postgres_hba.json"));
    assert!(recorded["cases"].as_array().unwrap().len() >= 450);
    compare_all(&recorded, |case, answer, major| {
        let sources = sources(case["files"].as_object().unwrap());
        let hba = hba::load(&sources, &HostFiles(&sources), &mut Origins::default(), "pg_hba.conf", major);
        let refused = hba.problems.iter().any(hba::HbaProblem::is_refused);
        let Some(theirs) = answer["rows"].as_array() else {
            return if refused { Ok(()) } else { Err("it takes the server down".to_owned()) };
        };
        if hba.problems.iter().any(|problem| problem.kind == HbaProblemKind::Cycle) {
            // The server goes around until it is ten files deep, and shows the records that it met on its way.
            let refused = theirs.iter().any(|row| !row["error"].is_null());
            return if refused { Ok(()) } else { Err(format!("{theirs:?} and we see a cycle")) };
        }
        let mut ours = hba_rows(&hba, major);
        // Of methods that its build lacks a server tells nothing more.
        for (our, their) in ours.iter_mut().zip(theirs) {
            if their["built"] == json!(false) && our["line"] == their["line"] {
                *our = their.clone();
            } else if their["error"].is_string() && our["error"].is_string() {
                our["error"] = their["error"].clone();
                our["rule"] = their["rule"].clone();
                if their["rule"] == Value::Null && their.get("rule").is_none() {
                    our.as_object_mut().unwrap().remove("rule");
                }
            }
        }
        if ours == *theirs { Ok(()) } else { Err(format!("\n  they {}\n  we   {}", json!(theirs), json!(ours))) }
    });
}

/// What `pg_file_settings` shows up to the first syntax error of a file.
fn conf_rows(conf: &Conf) -> Vec<Value> {
    let mut rows: Vec<(u32, Value)> = Vec::new();
    let unknown = conf
        .assignments
        .iter()
        .any(|assignment| assignment.error.as_ref().is_some_and(|error| error.kind.is_of_name()));
    let refused = unknown || conf.problems.iter().any(conf::ConfProblem::is_refused);
    for assignment in &conf.assignments {
        // The server looks at values only if all names and lines are right.
        let told = assignment.error.as_ref().filter(|error| error.kind.is_of_name() || !refused);
        rows.push((
            assignment.order,
            json!({
                "file": &*assignment.file,
                "line": assignment.line,
                "name": assignment.name,
                "setting": assignment.value.as_str(),
                "applied": assignment.applied,
                "error": told.is_some(),
            }),
        ));
    }
    for problem in &conf.problems {
        let row = json!({
            "file": &*problem.file, "line": problem.line, "name": null, "setting": null, "applied": false, "error": true,
        });
        rows.push((problem.order, row));
    }
    rows.sort_by_key(|(order, _)| *order);
    rows.into_iter().map(|(_, row)| row).collect()
}

#[test]
fn settings_are_those_of_the_servers() {
    let recorded = recorded(include_str!("recorded/postgres_conf.json"));
    assert!(recorded["cases"].as_array().unwrap().len() >= 500);
    compare_all(&recorded, |case, answer, major| {
        let sources = sources(case["files"].as_object().unwrap());
        let conf = conf::load(&sources, &HostFiles(&sources), &mut Origins::default(), "postgresql.conf", major);
        let starts = answer["starts"].as_bool().unwrap();
        if starts == conf.is_refused() {
            return Err(format!("starts: {starts}, and we say {:?} {:?}", conf.problems, conf_rows(&conf)));
        }
        let syntax: Vec<Value> = conf
            .problems
            .iter()
            .filter(|problem| problem.kind == ConfProblemKind::Syntax)
            .map(|problem| json!([&*problem.file, problem.line]))
            .collect();
        if json!(syntax) != answer["syntax"] {
            return Err(format!("syntax errors at {}, we say {}", answer["syntax"], json!(syntax)));
        }
        if conf.problems.iter().any(|problem| problem.kind == ConfProblemKind::Cycle) {
            // The server goes around until it is ten files deep.
            return Ok(());
        }
        let mut theirs = answer["rows"].as_array().unwrap().clone();
        for row in &mut theirs {
            row["error"] = json!(row["error"].is_string());
        }
        let mut ours = conf_rows(&conf);
        if let Some(first) = syntax.first() {
            // The view ends a file at its first syntax error.
            let at = ours.iter().position(|row| row["name"].is_null() && json!([row["file"], row["line"]]) == *first);
            ours.truncate(at.unwrap() + 1);
            theirs.truncate(at.unwrap() + 1);
        }
        if ours == theirs { Ok(()) } else { Err(format!("\n  they {}\n  we   {}", json!(theirs), json!(ours))) }
    });
}
