//! What an editor puts in to accept a finding accepts it: a comment above it, or an entry of the configuration.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it must be")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use stacklint_engine::filter::accept;
use stacklint_engine::finding::{Edit, Finding};
use stacklint_engine::fix::apply::{Judged, Spliced};
use stacklint_engine::run::Options;
use stacklint_engine::vfs::Vfs;

fn options() -> Options {
    Options::all(stacklint_rules::all(), &[]).unwrap()
}

/// The files with an edit in one of them, in which a reason was written.
fn with(judged: &Judged, edit: &Edit, from: &str, to: &str) -> Vfs {
    let file = judged.sources.file(edit.place.file).unwrap();
    let edit = Edit { replacement: edit.replacement.replace(from, to), ..edit.clone() };
    let mut text = Spliced::new(file.bytes());
    text.edit([&edit]).unwrap();
    judged.sources.vfs().over([(file.path.clone(), Arc::from(text.after()))])
}

fn is_accepted(finding: &Finding, after: &Judged) -> bool {
    let known = |other: &Finding| other.fingerprint == finding.fingerprint;
    !after.outcome.findings.iter().any(known) && after.outcome.suppressed.iter().any(|other| known(&other.finding))
}

#[test]
fn what_is_put_in_accepts_the_finding() {
    let stacks = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/stacks");
    let mut directories: Vec<_> = fs::read_dir(stacks).unwrap().map(|entry| entry.unwrap().path()).collect();
    directories.sort();
    let counts: Vec<(usize, usize, usize)> = directories
        .par_iter()
        .map(|directory| {
            let judged = Judged::of(Vfs::on_disk(directory).unwrap(), &options());
            let base = judged.sources.vfs().root().to_owned();
            let configured = base.join("stacklint.yaml").exists();
            let (mut all, mut by_comment, mut by_entry) = (0, 0, 0);
            let mut seen = BTreeSet::new();
            for finding in judged.outcome.findings.iter().filter(|finding| finding.primary.is_some()) {
                let place = finding.primary.unwrap();
                let file = judged.sources.file(place.file).unwrap();
                let rule = stacklint_rules::find(finding.rule).unwrap();
                // One of each rule in each file.
                if !rule.can_be_accepted() || !seen.insert((finding.rule, place.file)) {
                    continue;
                }
                all += 1;
                let what = format!("{}: {} in {}", directory.display(), finding.rule, file.name);
                if let Some(edit) = accept::comment(&file, place.range, rule) {
                    let after = Judged::of(with(&judged, &edit, "-- ", "-- tried"), &options());
                    assert!(is_accepted(finding, &after), "{what}: {edit:?}");
                    let unsaid = Judged::of(with(&judged, &edit, "", ""), &options());
                    assert!(!is_accepted(finding, &unsaid), "{what} without a reason");
                    by_comment += 1;
                }
                if !configured && let Some(text) = accept::configuration(&base, &file, place.range, rule) {
                    let text = text.replace("reason: \"\"", "reason: tried");
                    let vfs = judged
                        .sources
                        .vfs()
                        .over([(base.join("stacklint.yaml"), Arc::from(text.clone().into_bytes()))]);
                    assert!(is_accepted(finding, &Judged::of(vfs, &options())), "{what}: {text}");
                    by_entry += 1;
                }
            }
            (all, by_comment, by_entry)
        })
        .collect();
    let sum = |of: fn(&(usize, usize, usize)) -> usize| counts.iter().map(of).sum::<usize>();
    let (all, by_comment, by_entry) = (sum(|it| it.0), sum(|it| it.1), sum(|it| it.2));
    assert!(
        by_comment * 10 > all * 8 && by_entry * 10 > all * 6,
        "{all} findings, {by_comment} comments, {by_entry} entries"
    );
}

#[test]
fn an_entry_goes_where_the_others_are() {
    for (before, after) in [
        ("", "ignores:\n  - rule: R\n"),
        ("# nothing\n", "# nothing\nignores:\n  - rule: R\n"),
        ("select: [compose]", "select: [compose]\nignores:\n  - rule: R\n"),
        ("select: [compose] # all\r\n", "select: [compose] # all\r\nignores:\r\n  - rule: R\n"),
        ("ignores: []\nselect: [compose]\n", "ignores:\n  - rule: R\n"),
        ("ignores:\nselect: [compose]\n", "ignores:\n  - rule: R\n"),
        (
            "ignores:\n- rule: missing-healthcheck\n  path: x.yaml # last\n  reason: y\n# end\nselect: [compose]\n",
            "  reason: y\n- rule: R\n",
        ),
        ("ignores:\n    - {rule: missing-healthcheck, path: x.yaml, reason: y}", "reason: y}\n    - rule: R\n"),
    ] {
        let compose = "services:\n  db: {image: \"postgres:17\", ports: [\"5432:5432\"]}\n";
        let files = [("compose.yaml", compose.as_bytes()), ("stacklint.yaml", before.as_bytes())];
        let judged = Judged::of(Vfs::in_memory(files), &options());
        assert!(judged.outcome.errors.is_empty(), "{before}: {:?}", judged.outcome.errors);
        let finding =
            judged.outcome.findings.iter().find(|finding| finding.rule == "published-datastore-port").unwrap();
        let place = finding.primary.unwrap();
        let root = judged.sources.vfs().root().to_owned();
        let configuration = judged.sources.open(&root.join("stacklint.yaml")).unwrap();
        let file = judged.sources.file(place.file).unwrap();
        let rule = stacklint_rules::find(finding.rule).unwrap();
        let edit = accept::ignore(&configuration, &root, &file, place.range, rule).expect(before);
        let then = Judged::of(with(&judged, &edit, "reason: \"\"", "reason: tried"), &options());
        assert!(then.outcome.errors.is_empty(), "{before}: {:?}", then.outcome.errors);
        assert!(is_accepted(finding, &then), "{before}: {edit:?}");
        let text =
            then.sources.open(&root.join("stacklint.yaml")).unwrap().text.replace("published-datastore-port", "R");
        let text = text.replace("\r\n", "\n");
        assert!(text.contains(&after.replace("\r\n", "\n")), "{before:?} became {text:?}");
    }
    for unclear in ["{select: [compose]}", "ignores: [{rule: missing-healthcheck, path: x.yaml, reason: y}]", "a: ["] {
        let files = [
            ("compose.yaml", b"services: {db: {image: \"postgres:17\"}}\n" as &[u8]),
            ("stacklint.yaml", unclear.as_bytes()),
        ];
        let judged = Judged::of(Vfs::in_memory(files), &options());
        let root = judged.sources.vfs().root().to_owned();
        let open = |name: &str| judged.sources.open(&root.join(name)).unwrap();
        let rule = stacklint_rules::find("missing-healthcheck").unwrap();
        let file = open("compose.yaml");
        assert_eq!(accept::ignore(&open("stacklint.yaml"), &root, &file, file.span().range, rule), None, "{unclear}");
    }
}
