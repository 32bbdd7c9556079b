//! Directories with files, and the binary run in them.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

/// What must not be seen.
pub(crate) const SECRET: &str = "kE9xTq2vLm4zRw8pYd3n";

/// A directory with files, gone when it is dropped.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("stacklint-cli-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        let directory = Self(path);
        files.iter().for_each(|(name, text)| directory.write(name, text));
        directory
    }

    pub(crate) fn run(&self, line: &str) -> Answer {
        self.run_with(line, &[])
    }

    pub(crate) fn run_with(&self, line: &str, environment: &[(&str, &str)]) -> Answer {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stacklint"));
        command.args(line.split_whitespace()).current_dir(&self.0);
        for name in ["NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS"] {
            command.env_remove(name);
        }
        command.envs(environment.iter().copied());
        Answer::of(command.output().unwrap())
    }

    /// A run that reads `text` from its standard input.
    pub(crate) fn run_fed(&self, line: &str, text: &str) -> Answer {
        let mut child = Command::new(env!("CARGO_BIN_EXE_stacklint"))
            .args(line.split_whitespace())
            .current_dir(&self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // Who says no at once does not read on.
        let _ = stdin.write_all(text.as_bytes());
        drop(stdin);
        Answer::of(child.wait_with_output().unwrap())
    }

    /// A run whose standard output nobody reads.
    pub(crate) fn run_unread(&self, line: &str) -> Answer {
        let mut child = Command::new(env!("CARGO_BIN_EXE_stacklint"))
            .args(line.split_whitespace())
            .current_dir(&self.0)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        Answer::of(child.wait_with_output().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces what stands in a file once.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert_eq!(text.matches(from).count(), 1, "{from:?} in {name}: {text}");
        self.write(name, &text.replacen(from, to, 1));
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a run answered.
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Answer {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }
}

/// The findings of a JSON report, as `rule path`.
pub(crate) fn findings(document: &Value) -> Vec<String> {
    let findings = document["findings"].as_array().unwrap().iter();
    findings
        .map(|it| format!("{} {}", it["rule"].as_str().unwrap(), it["location"]["path"].as_str().unwrap()))
        .collect()
}

/// A stack with a secret in every place that can hold one.
pub(crate) fn stack() -> Directory {
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

/// The names of all formats of `check`, as its usage error lists them.
pub(crate) fn formats() -> Vec<String> {
    let error = Directory::with(&[]).run("check --format nonsense").err;
    let names = error.split("expected one of ").nth(1).and_then(|rest| rest.lines().next()).unwrap();
    names.split(", ").map(str::to_owned).collect()
}
