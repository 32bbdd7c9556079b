//! The action does what it promises: `tests/action/run.py` runs its steps as GitHub's runner would, with this build.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it must be")]
#![allow(clippy::print_stderr, reason = "a test that needs more than Rust says so where it does not run")]

use std::path::Path;
use std::process::Command;

#[test]
fn the_action_does_what_it_promises() {
    let has =
        |program: &str| Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    if cfg!(windows) || !["bash", "python3", "git", "curl"].into_iter().all(has) {
        eprintln!("skipped: this needs bash, python3, git and curl");
        return;
    }
    let output = Command::new("python3")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/action/run.py"))
        .arg(env!("CARGO_BIN_EXE_stacklint"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
