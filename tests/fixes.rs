//! Fixes of all rules over the stacks of `fixtures`: they settle, and a second run has nothing to do.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it must be")]

use std::fs;
use std::path::Path;

use stacklint_engine::finding::Safety;
use stacklint_engine::fix::apply::repair;
use stacklint_engine::run::Options;
use stacklint_engine::vfs::Vfs;

#[test]
fn what_was_fixed_needs_no_fix() {
    let mut fixed = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/stacks")).unwrap() {
        let directory = entry.unwrap().path();
        let name = directory.file_name().unwrap().to_string_lossy().into_owned();
        for allowed in [Safety::Safe, Safety::Unsafe] {
            let options = Options::all(stacklint_rules::all(), &[]).unwrap();
            let once = repair(Vfs::on_disk(&directory).unwrap(), &options, allowed);
            let findings = &once.after().outcome.findings;
            let refused: Vec<String> = once
                .refused
                .iter()
                .map(|(number, reason)| format!("{} ({}): {reason}", findings[*number].rule, findings[*number].subject))
                .collect();
            assert!(refused.is_empty(), "{name}: {refused:?}");
            for change in &once.changes {
                let before = change.text.before();
                // A line that is put in ends as the others of its file do.
                let after = change.text.after();
                let lone = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count() - crlf(bytes);
                assert!(crlf(before) == 0 || lone(&after) == lone(before), "{name}: {}", change.name);
            }
            fixed += once.applied.len();
            let texts = once.changes.iter().map(|change| (change.read_as.clone(), change.text.after().into()));
            let twice = repair(once.before.sources.vfs().over(texts), &options, allowed);
            assert!(twice.changes.is_empty() && twice.applied.is_empty(), "{name}: {:?}", twice.applied);
        }
    }
    assert!(fixed > 100, "only {fixed} findings were fixed");
}

fn crlf(bytes: &[u8]) -> usize {
    bytes.windows(2).filter(|pair| pair == b"\r\n").count()
}
