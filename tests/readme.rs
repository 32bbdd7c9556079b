//! The README shows what the program really prints.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it must be")]

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_example_of_the_readme_is_what_check_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_stacklint"))
        .args(["check", "fixtures/stacks/shop", "--color", "never"])
        .current_dir(root)
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{printed}");
    for finding in shown.trim().split("\n\n") {
        assert!(printed.contains(finding), "the README shows\n{finding}\nbut the program prints\n{printed}");
    }
}
