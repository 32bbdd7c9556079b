//! `completions`, `man`, `--statistics`, and what the help says.

use std::fs;

use crate::support::{Directory, stack};

#[test]
fn shells_complete_commands_rules_and_formats() {
    let directory = Directory::with(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let answer = directory.run(&format!("completions {shell}"));
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{shell}");
        assert!(answer.out.contains("stdin-filename") && answer.out.contains("completions"), "{shell}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let script = directory.run(&format!("completions {shell}")).out;
        for word in ["plaintext-secret", "secrets", "concise", "critical"] {
            assert!(script.contains(word), "{word} in {shell}");
        }
    }
    let answer = directory.run("completions tcsh");
    assert!(answer.code == 2 && answer.err.contains("bash"), "{}", answer.err);
}

#[test]
fn every_command_has_a_page() {
    let directory = Directory::with(&[]);
    let page = directory.run("man").out;
    assert!(page.contains(".TH stacklint 1") && page.contains("stacklint\\-check(1)"), "{page}");
    assert!(directory.run("man check").out.contains(".TH stacklint-check 1"));
    assert!(directory.run("man config show").out.contains(".TH stacklint-config-show 1"));
    let answer = directory.run("man chekc");
    assert!(answer.code == 2 && answer.err.contains("`check`"), "{}", answer.err);
    assert_eq!(directory.run("man --dir out/man1").code, 0);
    let mut pages: Vec<String> = fs::read_dir(directory.path().join("out/man1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    let help = directory.run("--help").out;
    for command in help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty()) {
        let name = command.split_whitespace().next().unwrap();
        assert!(name == "help" || pages.contains(&format!("stacklint-{name}.1")), "{name} in {pages:?}");
    }
    assert!(pages.contains(&"stacklint-config-schema.1".to_owned()), "{pages:?}");
    assert_eq!(directory.run("man --dir out/man1/stacklint.1").code, 2);
}

#[test]
fn statistics_count_what_a_report_lists() {
    let directory = stack();
    let answer = directory.run("check --statistics");
    let document = directory.run("check --format json --exit-zero").json();
    assert_eq!(answer.code, 1);
    let mut lines = answer.out.lines();
    assert!(lines.next().unwrap().starts_with("COUNT  SEVERITY  RULE"), "{}", answer.out);
    let rows: Vec<(usize, &str, &str)> = answer
        .out
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?.parse().ok()?, words.next()?, words.next()?))
        })
        .filter(|(_, severity, _)| *severity != "findings")
        .collect();
    let findings = document["findings"].as_array().unwrap();
    for (count, severity, rule) in &rows {
        let same = findings.iter().filter(|it| it["rule"] == *rule && it["severity"] == *severity);
        assert_eq!(same.count(), *count, "{severity} {rule}");
    }
    // The last line begins with a number as well.
    let counted: usize = rows.iter().filter(|(_, severity, _)| !severity.starts_with("finding")).map(|row| row.0).sum();
    assert_eq!(counted, findings.len());
    let into_file = directory.run("check --exit-zero --format concise --format statistics=counts.txt");
    assert_eq!(into_file.code, 0);
    assert_eq!(directory.read("counts.txt"), answer.out);
    assert_eq!(directory.run("check --statistics --format json=out.json").out, answer.out);
    assert_eq!(directory.run("check --statistics --format json").code, 2, "two reports into one stream");
}

#[test]
fn progress_is_for_terminals() {
    let many: String = (0..3_000).map(|index| format!("  s{index}: {{image: \"redis:8\"}}\n")).collect();
    let directory = Directory::with(&[("compose.yaml", &format!("services:\n{many}"))]);
    let answer = directory.run_with("check --exit-zero --allow-partial --format concise", &[("FORCE_COLOR", "1")]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
}

#[test]
fn help_says_what_belongs_together_and_gives_examples() {
    let directory = Directory::with(&[]);
    let help = directory.run("check --help").out;
    for heading in [
        "What is read:",
        "One stack, as for Docker Compose:",
        "Reports:",
        "Rules and thresholds:",
        "Accepting findings:",
        "Examples:",
    ] {
        assert_eq!(help.lines().filter(|line| *line == heading).count(), 1, "{heading} in {help}");
    }
    // Every example is a command line that is understood.
    for command in ["", "check", "resolve", "parse", "init", "man"] {
        let help = directory.run(&format!("{command} --help")).out;
        let examples = help.lines().skip_while(|line| *line != "Examples:").skip(1);
        let examples = examples.take_while(|line| line.starts_with("  stacklint "));
        for example in examples {
            let line = example.trim_start().trim_start_matches("stacklint ");
            let line = line.split("  ").next().unwrap().split(" | ").next().unwrap().split(" $(").next().unwrap();
            let line = if line.ends_with("--changed") { format!("{line} x") } else { line.to_owned() };
            let answer = directory.run(&line);
            assert!(!answer.err.contains("Usage:"), "{line}: {}", answer.err);
        }
    }
}

#[test]
fn a_slip_is_told_what_was_meant() {
    let directory = stack();
    for (line, said) in [
        ("chekc", "'check'"),
        ("check --formt json", "'--format'"),
        ("check --format yaml", "full, concise, grouped, "),
        ("check --fail-on worst", "critical, high, medium, low, info"),
        ("check --select secret", "did you mean `secrets`?"),
        ("check nowhere", "`nowhere` does not exist"),
        ("check --color sometimes", "auto, always, never"),
        ("check --today tomorrow", "YYYY-MM-DD"),
        ("resolve nowhere", "nowhere"),
    ] {
        let answer = directory.run(line);
        let all = format!("{}{}", answer.out, answer.err);
        assert!(answer.code >= 2 && all.contains(said), "{line}: {} {all}", answer.code);
    }
}
