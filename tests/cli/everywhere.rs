//! What holds for every command: usage errors, masking, colours, hostile files, closed pipes.

use std::process::{Command, Stdio};

use crate::support::{Directory, SECRET, stack};

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
fn secrets_never_leave_unless_asked_for() {
    let directory = stack();
    for line in [
        "check --exit-zero --min-confidence low --min-severity info",
        "check --exit-zero --min-confidence low --min-severity info --format json",
        "check --exit-zero --min-confidence low --min-severity info --format sarif",
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
        "check --format sarif",
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
    for line in [
        "resolve",
        "resolve --format json",
        "parse compose.yaml",
        "check --exit-zero --allow-partial",
        "rules",
        "--help",
    ] {
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

#[test]
fn a_rule_explains_itself_and_a_wrong_name_gets_a_suggestion() {
    let directory = Directory::with(&[]);
    let rules = directory.run("rules --format json").json();
    let ids: Vec<&str> = rules.as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"published-datastore-port"), "{ids:?}");
    let table = directory.run("rules").out;
    for id in ids {
        let page = directory.run(&format!("explain {id}"));
        assert!(page.code == 0 && page.out.contains(&format!("\n# {id}\n")), "{id}");
        assert!(table.lines().any(|line| line.starts_with(&format!("{id} "))), "{id}");
    }
    let answer = directory.run("explain published-datastore-prot");
    assert!(answer.err.contains("did you mean `published-datastore-port`?"), "{}", answer.err);
    let answer = directory.run("check --ignore secret");
    assert!(answer.code == 2 && answer.err.contains("did you mean `secrets`?"), "{}", answer.err);
}
