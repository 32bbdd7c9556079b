//! `check` over a baseline: what passes, what does not, and what becomes of the file.

use std::fs;

use crate::support::{Directory, SECRET, findings};

const OTHER: &str = "tN5wQz8vBk3rXc7mHj2p";

fn project() -> Directory {
    let env = format!("DB_PASSWORD={SECRET}\n");
    let compose = "\
services:
  db:
    image: postgres:17
    ports:
      - \"5432:5432\"
    environment:
      POSTGRES_PASSWORD: ${DB_PASSWORD}
  cache:
    image: redis:8
    ports:
      - \"6379:6379\"
";
    let directory = Directory::with(&[(".git/HEAD", ""), ("compose.yaml", compose), (".env", &env)]);
    let answer = directory.run("check --write-baseline");
    assert_eq!((answer.code, answer.out.as_str()), (0, ""), "{}", answer.err);
    directory
}

fn left(directory: &Directory, more: &str) -> Vec<String> {
    findings(&directory.run(&format!("check --format json --exit-zero {more}")).json())
}

#[test]
fn edits_around_a_finding_and_another_order_change_nothing() {
    let directory = project();
    assert!(left(&directory, "").is_empty());
    assert!(!left(&directory, "--no-baseline").is_empty());
    let compose = "\
# A comment.

name: shop

services:
  cache:
    ports:
      # Another one.
      - '6379:6379'
    image: redis:8
  db:
    environment:
      POSTGRES_PASSWORD:   \"${DB_PASSWORD}\"
    ports: [\"5432:5432\"]
    image: 'postgres:17'
";
    directory.write("compose.yaml", compose);
    directory.write(".env", &format!("# above\n\nexport OTHER=1\nDB_PASSWORD='{SECRET}'\n"));
    let answer = directory.run("check");
    assert_eq!(left(&directory, ""), Vec::<String>::new(), "{}", answer.out);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""), "nothing is stale: {}", answer.out);
    // Another system's line ends are no other findings.
    directory.write("compose.yaml", &compose.replace('\n', "\r\n"));
    assert_eq!(left(&directory, ""), Vec::<String>::new());
}

#[test]
fn another_value_is_another_finding() {
    let directory = project();
    directory.write(".env", &format!("DB_PASSWORD={OTHER}\n"));
    assert_eq!(left(&directory, ""), ["plaintext-secret .env"]);
    assert_eq!(directory.run("check").code, 1);
    directory.edit("compose.yaml", "\"6379:6379\"", "\"0.0.0.0:6380:6379\"");
    assert_eq!(left(&directory, ""), ["plaintext-secret .env", "published-datastore-port compose.yaml"]);
    // Taken in anew, each has one entry still.
    let entries = directory.read("stacklint.baseline.json").lines().count();
    assert_eq!(directory.run("check --write-baseline").code, 0);
    assert_eq!(directory.read("stacklint.baseline.json").lines().count(), entries);
    assert_eq!(directory.run("check").code, 0);
}

#[test]
fn no_value_is_ever_in_the_file() {
    let directory = project();
    let text = directory.read("stacklint.baseline.json");
    assert!(text.contains("\"plaintext-secret\"") && text.contains(".env:DB_PASSWORD"), "{text}");
    for part in [SECRET, &SECRET[..6], "5432:5432", "${DB_PASSWORD}"] {
        assert!(!text.contains(part), "{part} in {text}");
    }
    // Another project has other hashes for the same values.
    let (other, value) = (project(), |text: &str| {
        let document: serde_json::Value = serde_json::from_str(text).unwrap();
        document["entries"].as_array().unwrap().iter().map(|entry| entry["value"].to_string()).collect::<Vec<_>>()
    });
    assert_ne!(value(&text), value(&other.read("stacklint.baseline.json")));
}

#[test]
fn a_newer_or_broken_file_is_told() {
    let directory = project();
    for (text, said) in [
        ("{\"version\": 2, \"more\": []}", "it has version 2, and this stacklint reads version 1"),
        ("[]", "it is no baseline"),
        ("", "it is no baseline"),
        ("{\"version\": 1, \"key\": \"k\"}", "missing field `entries`"),
    ] {
        directory.write("stacklint.baseline.json", text);
        for line in ["check", "check --write-baseline", "check --prune-baseline"] {
            let answer = directory.run(line);
            assert_eq!((answer.code, answer.out.as_str()), (2, ""), "{line} with {text:?}");
            assert!(answer.err.starts_with("error[baseline]: ") && answer.err.contains(said), "{}", answer.err);
            assert_eq!(directory.read("stacklint.baseline.json"), text, "it is not touched");
        }
        assert_eq!(directory.run("check --no-baseline").code, 1);
    }
}

#[test]
fn what_is_gone_is_told_and_can_be_taken_out() {
    let directory = project();
    let entries = |directory: &Directory| directory.read("stacklint.baseline.json").lines().count() - 2;
    let before = entries(&directory);
    directory.edit("compose.yaml", "      - \"6379:6379\"\n", "      - \"127.0.0.1:6379:6379\"\n");
    let answer = directory.run("check");
    assert_eq!(answer.code, 0, "{}", answer.out);
    let told =
        "`stacklint.baseline.json` lets 1 finding pass that is no longer there; `--prune-baseline` takes them out\n";
    assert_eq!(answer.err, told);
    assert_eq!(entries(&directory), before, "only told");
    // Nobody knows what is gone where only a part was judged.
    for part in ["check compose.yaml", "check --select secrets", "check --changed .env", "check --stack ."] {
        assert_eq!(directory.run(part).err, "", "{part}");
    }
    let answer = directory.run("check --prune-baseline");
    assert_eq!((answer.code, answer.err.as_str()), (0, "`stacklint.baseline.json` lets 1 finding less pass\n"));
    assert_eq!(entries(&directory), before - 1);
    let answer = directory.run("check");
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    // A file that is gone takes its entries with it.
    fs::remove_file(directory.path().join("compose.yaml")).unwrap();
    fs::remove_file(directory.path().join(".env")).unwrap();
    directory.write("other/compose.yaml", "services: {}\n");
    assert!(directory.run("check").err.contains("that are no longer there"));
    assert_eq!(directory.run("check --prune-baseline").code, 0);
    assert_eq!(directory.run("check").err, "");
}

#[test]
fn what_a_comment_accepts_as_well_is_not_gone() {
    let directory = project();
    let comment = "# stacklint: ignore[published-datastore-port] until=2026-06-30 -- a lab\n";
    directory.edit("compose.yaml", "\"6379:6379\"\n", &format!("\"6379:6379\"  {comment}"));
    let before = directory.read("stacklint.baseline.json");
    let answer = directory.run("check --today 2026-06-30 --prune-baseline");
    assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{}", answer.out);
    assert_eq!(directory.read("stacklint.baseline.json"), before);
    // When the comment is over it passes as before.
    assert_eq!(left(&directory, "--today 2026-07-01 --select published-datastore-port"), Vec::<String>::new());
}

#[test]
fn a_baseline_is_found_named_or_left_alone() {
    let directory = project();
    directory.write("below/compose.yaml", "services: {db: {image: 'postgres:17', ports: ['5432:5432']}}\n");
    assert_eq!(directory.run("check --select published-datastore-port").code, 1, "what is below is new");
    assert_eq!(directory.run("check below --root below --write-baseline").code, 0);
    assert!(!directory.path().join("below/stacklint.baseline.json").exists(), "the one above is nearest");
    assert_eq!(directory.run("check").code, 0);
    fs::rename(directory.path().join("stacklint.baseline.json"), directory.path().join("known.json")).unwrap();
    assert_eq!(directory.run("check").code, 1);
    assert_eq!(directory.run("check --baseline known.json").code, 0);
    directory.write("stacklint.yaml", "baseline: known.json\n");
    assert_eq!(directory.run("check").code, 0);
    assert_eq!(directory.run("check --no-baseline").code, 1);
    let answer = directory.run("check --baseline gone.json");
    assert!(answer.code == 2 && answer.err.contains("there is no baseline `gone.json`"), "{}", answer.err);
    // What is named may stand outside of the project.
    let outside = Directory::with(&[("known.json", &directory.read("known.json"))]);
    let outside = outside.path().join("known.json");
    assert_eq!(directory.run(&format!("check --baseline {}", outside.display())).code, 0);
    for line in ["check --write-baseline --no-baseline", "check --write-baseline --prune-baseline"] {
        assert_eq!(directory.run(line).code, 2, "{line}");
    }
}

#[test]
fn a_baseline_that_cannot_be_written_is_told() {
    let directory = project();
    let before = directory.read("stacklint.baseline.json");
    directory.edit("compose.yaml", "\"5432:5432\"", "\"5433:5432\"");
    // Whoever runs this may write everywhere: below a file nobody can.
    let answer = directory.run("check --write-baseline --baseline compose.yaml/baseline.json");
    assert_eq!((answer.code, answer.out.as_str()), (2, ""));
    assert!(
        answer.err.starts_with("error[baseline]: cannot write the baseline `compose.yaml/baseline.json`: "),
        "{}",
        answer.err
    );
    assert!(answer.err.contains("help: `--baseline FILE` names another place"), "{}", answer.err);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |mode| fs::set_permissions(directory.path(), fs::Permissions::from_mode(mode)).unwrap();
        mode(0o555);
        let allowed = fs::write(directory.path().join("probe"), "").is_ok();
        let answer = directory.run("check --write-baseline");
        mode(0o755);
        let expected = if allowed { 0 } else { 2 };
        assert_eq!(answer.code, expected, "{}", answer.err);
        assert_eq!(
            answer.err.contains("cannot write the baseline `stacklint.baseline.json`"),
            !allowed,
            "{}",
            answer.err
        );
        assert_eq!(directory.read("stacklint.baseline.json") == before, !allowed);
    }
}
