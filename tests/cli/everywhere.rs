//! What holds for every command: usage errors, masking, colours, hostile files, closed pipes.

use crate::support::{Directory, SECRET, formats, stack};

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
    for format in formats() {
        let line = format!("check --exit-zero --min-confidence low --min-severity info --format {format}");
        let answer = directory.run(&line);
        assert!(!answer.out.contains(SECRET) && !answer.err.contains(SECRET), "{line}: {}{}", answer.out, answer.err);
        assert!(!answer.out.is_empty(), "{line}");
    }
    for line in [
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
        assert!(!answer.out.is_empty(), "{line}");
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
    let checks: Vec<String> = formats().iter().map(|format| format!("check --format {format}")).collect();
    let others = ["check", "resolve", "resolve --format json", "resolve --format yaml", "parse compose.yaml"];
    for line in checks.iter().map(String::as_str).chain(others) {
        let answer = directory.run(line);
        for text in [&answer.out, &answer.err] {
            let hostile = |character: &char| (character.is_control() && *character != '\n') || *character == '\u{202e}';
            assert_eq!(text.chars().find(hostile), None, "{line}: {text:?}");
        }
    }
}

/// The lines of a log that GitHub's runner takes for commands: `::name` at the start, or `##[name` anywhere, unless it was
/// told to stop until a word comes.
fn commands(log: &str) -> Vec<&str> {
    let mut until = None;
    let mut commands = Vec::new();
    for line in log.lines().map(str::trim_start) {
        match until {
            Some(word) => until = Some(word).filter(|_| line != format!("::{word}::")),
            None => match line.strip_prefix("::stop-commands::") {
                Some(word) => until = Some(word),
                None if line.starts_with("::") || line.contains("##[") => commands.push(line),
                None => {}
            },
        }
    }
    assert_eq!(until, None, "commands count again: {log}");
    commands
}

#[test]
fn nothing_of_a_file_is_a_command_in_a_log() {
    let compose = "services:\n  db:\n    image: postgres # ##[error]pwned ##vso[task.complete]pwned\n    command: |\n\
                   \n      ::error::pwned\n      ##[error]pwned\n    ports:\n      # ::error::pwned\n      - \"5432:5432\"\n    \
                   labels:\n      \"##[error]pwned\": ::error::pwned\n";
    let directory = Directory::with(&[("compose.yaml", compose), ("::error::pwned.env", "A_TOKEN=changeme ##[x]\n")]);
    let github = [("GITHUB_ACTIONS", "true")];
    let checks: Vec<String> = formats().iter().map(|format| format!("check --format {format}")).collect();
    let others =
        ["check", "check --diff --unsafe-fixes", "check --format full=/dev/stderr", "resolve", "resolve --format json"];
    for line in checks.iter().map(String::as_str).chain(others) {
        let answer = directory.run_with(line, &github);
        for log in [&answer.out, &answer.err] {
            let foreign =
                |command: &&&str| !(line == "check --format github" && command.contains(" title=stacklint%3A "));
            let commands = commands(log);
            let foreign: Vec<&&str> = commands.iter().filter(foreign).collect();
            assert!(foreign.is_empty(), "{line}: {foreign:?}");
            let azure = |line: &&str| line.contains("##vso[") && !line.starts_with("##vso[task.logissue type=");
            assert_eq!(log.lines().find(azure), None, "{line}");
        }
    }
    let words = || directory.run_with("check", &github).out.lines().next().unwrap_or_default().to_owned();
    assert!(words().starts_with("::stop-commands::"));
    assert_ne!(words(), words(), "nobody knows the word before");
    // Nothing comes into what programs read.
    let json = directory.run_with("check --format json", &github);
    assert_eq!(json.out, directory.run("check --format json").out);
    directory.run_with("check --format full=out.txt", &github);
    let written = std::fs::read_to_string(directory.path().join("out.txt")).unwrap();
    assert!(!written.contains("stop-commands"), "a file is no log");
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
        let answer = directory.run_unread(line);
        assert_eq!(answer.code, 0, "{line}: {}", answer.err);
        assert_eq!(answer.err, "", "{line}");
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
