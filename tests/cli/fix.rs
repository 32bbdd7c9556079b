//! `check --fix`, `--unsafe-fixes` and `--diff`.

use std::fs;

use crate::support::{Directory, SECRET};

/// A safe fix (`version`), unsafe ones, and a secret beside them.
fn obsolete() -> String {
    format!(
        "version: \"3\" # old\nservices:\n  db:\n    image: postgres:17\n    ports: [\"5432:5432\"]\n    environment:\n      \
         POSTGRES_PASSWORD: {SECRET}\n"
    )
}

const SELECT: &str = "--select obsolete-version-key,published-datastore-port --min-severity info";

fn read(directory: &Directory, name: &str) -> String {
    fs::read_to_string(directory.path().join(name)).unwrap()
}

#[test]
fn safe_fixes_go_in_and_the_report_shows_what_is_left() {
    let directory = Directory::with(&[("compose.yaml", &obsolete())]);
    let answer = directory.run(&format!("check --fix --format concise {SELECT}"));
    assert_eq!(read(&directory, "compose.yaml"), obsolete().split_once('\n').unwrap().1);
    assert_eq!(answer.err, "fixed 1 finding in 1 file; 1 more with --unsafe-fixes\n");
    assert!(answer.out.starts_with("compose.yaml:4:13: high[published-datastore-port] "), "{}", answer.out);
    assert_eq!((answer.code, answer.out.lines().count()), (1, 1));
    let answer = directory.run(&format!("check --fix --unsafe-fixes --format json {SELECT}"));
    assert_eq!(answer.err, "fixed 1 finding in 1 file\n");
    assert_eq!((answer.code, answer.json()["findings"].as_array().unwrap().len()), (0, 0));
    assert!(read(&directory, "compose.yaml").contains("ports: [\"127.0.0.1:5432:5432\"]\n"));
    let answer = directory.run(&format!("check --fix --unsafe-fixes -q {SELECT}"));
    assert_eq!((answer.code, answer.err.as_str(), answer.out.as_str()), (0, "", ""));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left behind");
}

#[test]
fn a_diff_is_shown_and_nothing_is_written() {
    let directory = Directory::with(&[("some where/compose.yaml", &obsolete())]);
    let answer = directory.run(&format!("check --diff --unsafe-fixes {SELECT}"));
    let stars = "*".repeat(SECRET.len());
    let expected = format!(
        "--- a/some where/compose.yaml\t\n+++ b/some where/compose.yaml\t\n@@ -1,7 +1,6 @@\n-version: \"3\" # old\n \
         services:\n   db:\n     image: postgres:17\n-    ports: [\"5432:5432\"]\n+    ports: [\"127.0.0.1:5432:5432\"]\n     \
         environment:\n       POSTGRES_PASSWORD: {stars}\n"
    );
    assert_eq!(answer.out, expected);
    assert_eq!((answer.code, answer.err.as_str()), (1, "would fix 2 findings in 1 file\n"));
    assert_eq!(read(&directory, "some where/compose.yaml"), obsolete());
    let safe = directory.run("check --fix --diff --select published-datastore-port");
    assert_eq!((safe.code, safe.out.as_str()), (0, ""), "what is left is not asked for");
    assert_eq!(safe.err, "nothing to fix; 1 with --unsafe-fixes\n");
    assert_eq!(directory.run(&format!("check --diff --exit-zero {SELECT}")).code, 0);
    assert!(directory.run(&format!("check --diff --color always {SELECT}")).out.contains("\u{1b}[31m-version"));
    let masked = directory.run("check --diff --unsafe-fixes --min-confidence low --min-severity info");
    assert!(!masked.out.contains(SECRET) && masked.out.contains(&stars), "{}", masked.out);
    assert_eq!(Directory::with(&[]).run("check --diff").code, 3);
}

#[test]
fn flags_that_make_no_sense_together_are_refused() {
    let directory = Directory::with(&[("compose.yaml", &obsolete())]);
    for line in ["check --unsafe-fixes", "check --diff --format json"] {
        let answer = directory.run(line);
        assert_eq!((answer.code, answer.out.as_str()), (2, ""), "{line}");
    }
    assert_eq!(read(&directory, "compose.yaml"), obsolete());
}

#[test]
fn every_other_byte_stays() {
    let text = format!("\u{feff}# caf\u{e9}\n{}", obsolete()).replace('\n', "\r\n");
    let directory = Directory::with(&[]);
    let bytes = |text: &str| text.replace("caf\u{e9}", "caf?").into_bytes();
    let latin =
        |text: &str| bytes(text).into_iter().map(|byte| if byte == b'?' { 0xE9 } else { byte }).collect::<Vec<u8>>();
    fs::write(directory.path().join("compose.yaml"), latin(&text)).unwrap();
    directory.run(&format!("check --fix --unsafe-fixes {SELECT}"));
    let expected = text.replace("version: \"3\" # old\r\n", "").replace("[\"5432", "[\"127.0.0.1:5432");
    assert_eq!(fs::read(directory.path().join("compose.yaml")).unwrap(), latin(&expected));
}

#[test]
fn a_fix_that_stays_out_is_named_with_the_reason() {
    let text = obsolete().replace("# old", "# caf?").into_bytes();
    let text: Vec<u8> = text.into_iter().map(|byte| if byte == b'?' { 0xE9 } else { byte }).collect();
    let directory = Directory::with(&[]);
    fs::write(directory.path().join("compose.yaml"), &text).unwrap();
    let answer = directory.run(&format!("check --fix -q {SELECT} --format json"));
    let said = "not fixed: compose.yaml:1:1: obsolete-version-key: it would change bytes that are no text\n";
    assert_eq!((answer.err.as_str(), answer.json()["findings"].as_array().unwrap().len()), (said, 2));
    assert_eq!(fs::read(directory.path().join("compose.yaml")).unwrap(), text);
    assert!(directory.run(&format!("check --fix {SELECT}")).err.ends_with("\nnothing fixed; 1 with --unsafe-fixes\n"));
}

#[test]
fn a_closed_pipe_is_no_error_of_a_diff() {
    let many: String = (0..3_000).map(|index| format!("  s{index}: {{image: \"a:{index}\"}}\n")).collect();
    let directory = Directory::with(&[("compose.yaml", &format!("version: \"3\"\nservices:\n{many}"))]);
    let answer = directory.run_unread("check --diff --exit-zero -q --select unrotated-container-log");
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
}

#[cfg(unix)]
#[test]
fn links_and_modes_stay_and_what_may_not_be_written_holds_everything_back() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let directory = Directory::with(&[("shared/base.yaml", &obsolete()), ("b/compose.yaml", &obsolete())]);
    let at = |name: &str| directory.path().join(name);
    let mode = |name: &str, mode| fs::set_permissions(at(name), fs::Permissions::from_mode(mode)).unwrap();
    fs::create_dir(at("a")).unwrap();
    symlink("../shared/base.yaml", at("a/compose.yaml")).unwrap();
    mode("shared/base.yaml", 0o640);
    mode("b/compose.yaml", 0o444);
    let answer = directory.run(&format!("check --fix {SELECT} --format concise"));
    assert_eq!(answer.code, 2);
    let error = "error cannot write the fixes of `b/compose.yaml`: it is read-only; because of that `a/compose.yaml` stayed \
                 as before\n";
    assert!(answer.out.ends_with(error), "{}", answer.out);
    assert!(answer.out.contains("b/compose.yaml:1:1: "), "findings are still told: {}", answer.out);
    assert_eq!(answer.err, "nothing was fixed\n");
    assert_eq!([read(&directory, "shared/base.yaml"), read(&directory, "b/compose.yaml")], [obsolete(), obsolete()]);
    mode("b/compose.yaml", 0o755);
    let answer = directory.run(&format!("check --fix {SELECT} --format concise"));
    assert_eq!(answer.err, "fixed 2 findings in 2 files; 2 more with --unsafe-fixes\n");
    assert!(at("a/compose.yaml").is_symlink());
    let mode = |name: &str| at(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("shared/base.yaml"), mode("b/compose.yaml")), (0o640, 0o755));
    assert!(
        !read(&directory, "shared/base.yaml").contains("version")
            && !read(&directory, "b/compose.yaml").contains("version")
    );
}
