//! The binary as a user runs it: formats, exit codes, masking, colours, and what it never does.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may stop at the first thing that is not as it must be"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

const SECRET: &str = "kE9xTq2vLm4zRw8pYd3n";

/// A directory with files, gone when it is dropped.
struct Directory(PathBuf);

impl Directory {
    fn with(files: &[(&str, &str)]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("stacklint-cli-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        for (name, text) in files {
            let file = path.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        Self(path)
    }

    fn run(&self, line: &str) -> Answer {
        self.run_with(line, &[])
    }

    fn run_with(&self, line: &str, environment: &[(&str, &str)]) -> Answer {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stacklint"));
        command.args(line.split_whitespace()).current_dir(&self.0);
        command.env_remove("NO_COLOR").env_remove("FORCE_COLOR").envs(environment.iter().copied());
        Answer::of(command.output().unwrap())
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Answer {
    code: i32,
    out: String,
    err: String,
}

impl Answer {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }
}

fn stack() -> Directory {
    let compose = format!(
        "\
name: demo
x-keys: &keys
  EXTRA_TOKEN: {SECRET}
services:
  db:
    image: postgres:${{PG_VERSION:-17}}
    command: [\"server\", \"--requirepass\", \"{SECRET}\"]
    env_file: [db.env]
    environment:
      POSTGRES_PASSWORD: ${{DB_PASSWORD}}
      URL: postgres://app:{SECRET}@db/app
      NOTHING: ${{NOWHERE}}
  idle:
    image: busybox
    profiles: [tools]
"
    );
    let env = format!("DB_PASSWORD=\"{SECRET}\"\n");
    let db_env = format!("POSTGRES_USER=app\nAPI_TOKEN={SECRET}\n");
    Directory::with(&[
        ("compose.yaml", &compose),
        ("compose.override.yaml", "services:\n  db:\n    image: postgres:18\n"),
        (".env", &env),
        ("db.env", &db_env),
    ])
}

#[test]
fn json_of_a_real_run_keeps_to_the_schema() {
    let directory = stack();
    let schema =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/findings.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let document = directory.run("check --format json --exit-zero").json();
    let errors: Vec<String> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(document["stacks"][0]["name"], ".");
    assert_eq!(document["summary"]["files"], 4);
}

#[test]
fn reports_go_to_standard_output_or_to_files() {
    let directory = stack();
    let answer = directory.run("check --exit-zero --format concise --format json=out.json --format full=out.txt");
    assert_eq!(answer.code, 0, "{}", answer.err);
    let json: Value = serde_json::from_str(&fs::read_to_string(directory.path().join("out.json")).unwrap()).unwrap();
    assert_eq!(json["version"], 1);
    let full = fs::read_to_string(directory.path().join("out.txt")).unwrap();
    assert!(full.ends_with(" files read\n"), "{full}");
    let answer = directory.run("check --format json --format full");
    assert_eq!(answer.code, 2);
    assert!(answer.err.starts_with("error[output]: ") && answer.err.contains("help: "), "{}", answer.err);
    let answer = directory.run("check --exit-zero --format json=no/such/directory/out.json");
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("cannot write `no/such/directory/out.json`"), "{}", answer.err);
    assert!(directory.run("check --exit-zero -q").out.lines().all(|line| !line.contains("files read")));
}

#[test]
fn exit_codes_are_the_same_for_every_format() {
    let empty = Directory::with(&[("README.md", "nothing\n")]);
    let clean = Directory::with(&[("compose.yaml", "services: {}\n")]);
    for format in ["full", "concise", "json"] {
        assert_eq!(empty.run(&format!("check --format {format}")).code, 3, "{format}");
        assert_eq!(empty.run(&format!("check --format {format} --allow-empty")).code, 0, "{format}");
        assert_eq!(clean.run(&format!("check --format {format}")).code, 0, "{format}");
    }
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    let directory = stack();
    for line in [
        "",
        "nonsense",
        "check --format yaml",
        "check --fail-on worst",
        "check --env NAME",
        "check -f compose.yaml .",
        "check --select no-such-rule",
        "explain no-such-rule",
        "check --root no/such/directory",
        "parse no-such-file.yaml",
        "parse compose.yaml --as toml",
    ] {
        let answer = directory.run(line);
        assert_eq!(answer.code, 2, "{line}: {}{}", answer.out, answer.err);
        assert!(!answer.err.is_empty() && answer.out.is_empty(), "{line}");
    }
    for line in ["--help", "--version", "check --help"] {
        let answer = directory.run(line);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{line}");
    }
}

#[test]
fn resolve_shows_the_model_and_where_its_values_come_from() {
    let directory = stack();
    let answer = directory.run("resolve --format json");
    assert_eq!(answer.code, 0, "{}", answer.err);
    let resolved = answer.json();
    assert_eq!(resolved["stack"], ".");
    assert_eq!(resolved["files"], serde_json::json!(["compose.yaml", "compose.override.yaml"]));
    assert_eq!(resolved["env_files"], serde_json::json!([".env", "db.env"]));
    let service = &resolved["model"]["services"]["db"];
    assert_eq!(service["image"], "postgres:18");
    assert_eq!(service["environment"]["POSTGRES_USER"], "app");
    assert_eq!(resolved["model"]["services"].as_object().unwrap().len(), 1, "an inactive profile stays out");
    let trail = |pointer: &str| {
        let steps = resolved["origins"][pointer].as_array().unwrap().iter();
        let place = |location: &Value| format!("{}:{}", location["path"].as_str().unwrap(), location["start"]["line"]);
        steps.map(|step| format!("{} {}", step["role"].as_str().unwrap(), place(&step["location"]))).collect::<Vec<_>>()
    };
    assert_eq!(trail("/services/db/environment/POSTGRES_PASSWORD"), ["written .env:1", "interpolated compose.yaml:10"]);
    assert_eq!(trail("/services/db/environment/POSTGRES_USER"), ["written db.env:1", "from_env_file compose.yaml:8"]);
    assert_eq!(trail("/services/db/image"), ["written compose.override.yaml:3", "overrides compose.override.yaml:3"]);
    assert_eq!(resolved["origins"]["/services/db/image"][1]["lost"]["path"], "compose.yaml");
    assert_eq!(resolved["warnings"][0]["location"]["start"]["line"], 12);
    assert_eq!(resolved["errors"], serde_json::json!([]));

    let text = directory.run("resolve --profile *");
    assert!(
        text.out.contains("services.db.image = postgres:18  # compose.override.yaml:3, overrides compose.yaml:6\n")
    );
    assert!(text.out.contains("services.idle.image = busybox"), "{}", text.out);
    assert!(text.err.starts_with("warning: the variable `NOWHERE` is not set"), "{}", text.err);
    let yaml = directory.run("resolve --format yaml");
    assert!(yaml.out.starts_with("name: demo\nservices:\n  db:\n"), "{}", yaml.out);
    let described = directory.run("resolve --format json -f compose.yaml --env PG_VERSION=16 --env-file db.env").json();
    assert_eq!(described["model"]["services"]["db"]["image"], "postgres:16");
}

#[test]
fn resolve_says_by_its_exit_code_what_docker_compose_would_do() {
    let refused = Directory::with(&[("compose.yaml", "services:\n  db:\n    image: a\n    env_file: gone.env\n")]);
    let answer = refused.run("resolve --format json");
    assert_eq!(answer.code, 1);
    let resolved = answer.json();
    assert_eq!(resolved["errors"][0]["location"]["start"]["line"], 4);
    assert_eq!(resolved["model"]["services"]["db"]["image"], "a", "what can be resolved is there");
    let text = refused.run("resolve -q");
    assert!(text.code == 1 && text.err.starts_with("error: ") && text.err.contains("compose.yaml:4"), "{}", text.err);
    let empty = Directory::with(&[]);
    let answer = empty.run("resolve");
    assert!(answer.code == 3 && answer.err.starts_with("error[no-stack]: "), "{}", answer.err);
}

#[test]
fn secrets_never_leave_unless_asked_for() {
    let directory = stack();
    for line in [
        "check --exit-zero --min-confidence low --min-severity info",
        "check --exit-zero --min-confidence low --min-severity info --format json",
        "check --exit-zero --format concise",
        "resolve",
        "resolve --format json",
        "resolve --format yaml",
        "parse .env",
        "parse db.env",
        "parse db.env --as dotenv-raw",
        "parse .env --as yaml",
    ] {
        let answer = directory.run(line);
        assert!(!answer.out.contains(SECRET) && !answer.err.contains(SECRET), "{line}: {}{}", answer.out, answer.err);
        assert!(!answer.out.is_empty() || line.contains("concise"), "{line}");
    }
    for line in ["resolve", "resolve --format json", "resolve --format yaml", "parse .env", "parse compose.yaml"] {
        assert!(directory.run(&format!("{line} --show-secrets")).out.contains(SECRET), "{line}");
    }
    assert!(directory.run("resolve").out.contains("URL = postgres://app:***@db/app"));
}

#[test]
fn parse_writes_the_tree_of_a_yaml_file() {
    let text = "a: &x [1, 'two']\nb: !t\n  - *x\n  - |\n    three\n\u{1f600}: ~\n---\nlast\n";
    let directory = Directory::with(&[("a.yaml", text), ("broken.yml", "a: [1\nb: 2\n"), ("noname", "A=1\n")]);
    let parsed = directory.run("parse a.yaml").json();
    assert_eq!(parsed["format"], "yaml");
    assert_eq!(parsed["errors"], serde_json::json!([]));
    assert_eq!(parsed["documents"].as_array().unwrap().len(), 2);
    let entries = parsed["documents"][0]["entries"].as_array().unwrap();
    let first = &entries[0]["value"];
    assert_eq!((&first["kind"], &first["anchor"]), (&"sequence".into(), &"x".into()));
    assert_eq!(first["items"][1]["value"], "two");
    assert_eq!(first["items"][1]["style"], "single_quoted");
    let second = &entries[1]["value"];
    assert_eq!(second["tag"], "!t");
    assert_eq!((&second["items"][0]["kind"], &second["items"][0]["value"]), (&"alias".into(), &"x".into()));
    assert_eq!(second["items"][1]["value"], "three\n");
    let span = &entries[2]["value"]["span"];
    assert_eq!(span["start"], serde_json::json!({"line": 6, "column": 4, "offset": 52}));
    let broken = directory.run("parse broken.yml");
    assert_eq!(broken.code, 0, "it could be read");
    assert!(!broken.json()["errors"].as_array().unwrap().is_empty());
    assert_eq!(directory.run("parse noname").code, 2);
    assert_eq!(directory.run("parse noname --as dotenv").json()["entries"][0]["key"], "A");
}

#[test]
fn deeply_nested_yaml_is_written_without_harm() {
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let directory = Directory::with(&[("deep.yaml", &deep)]);
    let answer = directory.run("parse deep.yaml");
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(answer.out.contains("Nested deeper"), "{}", answer.out.len());
}

#[test]
fn parse_writes_what_loaders_make_of_an_env_file() {
    let directory = Directory::with(&[(".env", "A=1\nB=${A}${X}\nC\n# c\nD='x'\n")]);
    let parsed = directory.run("parse .env --env X=2").json();
    assert_eq!(parsed["format"], "dotenv");
    let lines: Vec<(&str, u64)> = parsed["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["key"].as_str().unwrap(), entry["line"].as_u64().unwrap()))
        .collect();
    assert_eq!(lines, [("A", 1), ("B", 2), ("C", 3), ("D", 5)]);
    assert_eq!(parsed["loaders"]["compose"], serde_json::json!({"A": "1", "B": "12", "D": "x"}));
    let broken = Directory::with(&[(".env", "A=\"1\n")]);
    let parsed = broken.run("parse .env").json();
    assert!(parsed["loaders"]["compose"].as_str().unwrap().starts_with("ERR "), "{parsed}");
}

#[test]
fn colours_follow_the_flag_then_the_environment() {
    let directory = stack();
    let colored =
        |line: &str, environment: &[(&str, &str)]| directory.run_with(line, environment).err.contains('\u{1b}');
    assert!(!colored("resolve", &[]), "a pipe is no terminal");
    assert!(colored("resolve", &[("FORCE_COLOR", "1")]));
    assert!(!colored("resolve", &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    assert!(colored("resolve --color always", &[("NO_COLOR", "1")]));
    assert!(!colored("resolve --color never", &[("FORCE_COLOR", "1")]));
}

#[test]
fn nothing_of_a_hostile_file_reaches_the_terminal() {
    let compose = "name: x\u{1b}]0;pwned\u{7}\nservices:\n  \"d\u{1b}[2Jb\":\n    image: \"a\\e[31m\\u202eb\"\n    \
                   environment: {A: \"${NOWHERE\u{202e}}\", B: \"${GONE}\"}\n";
    let directory = Directory::with(&[("compose.yaml", compose)]);
    for line in [
        "check",
        "check --format concise",
        "check --format json",
        "resolve",
        "resolve --format json",
        "resolve --format yaml",
        "parse compose.yaml",
    ] {
        let answer = directory.run(line);
        for text in [&answer.out, &answer.err] {
            let hostile = |character: &char| (character.is_control() && *character != '\n') || *character == '\u{202e}';
            assert_eq!(text.chars().find(hostile), None, "{line}: {text:?}");
        }
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let many: String = (0..5_000).map(|index| format!("  s{index}: {{image: \"a:{index}\"}}\n")).collect();
    let directory = Directory::with(&[("compose.yaml", &format!("services:\n{many}"))]);
    for line in ["resolve", "resolve --format json", "parse compose.yaml", "check --exit-zero", "rules", "--help"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_stacklint"))
            .args(line.split_whitespace())
            .current_dir(directory.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
    }
}
