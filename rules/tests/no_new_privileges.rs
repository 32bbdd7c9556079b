//! What the fixes of the rules about `no-new-privileges` make of files: byte for byte, and none where the result would be
//! a stack that Docker Compose refuses. Every result here was loaded by Docker Compose 2.40.3.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it must be")]

use std::collections::BTreeMap;

use stacklint_engine::finding::Finding;
use stacklint_engine::run::{self, Options};
use stacklint_engine::source::Sources;
use stacklint_engine::vfs::Vfs;

const RULES: [&str; 2] = ["missing-no-new-privileges", "disabled-no-new-privileges"];

type Files = BTreeMap<String, String>;

fn check(files: &Files) -> (Sources, Vec<Finding>) {
    let sources = Sources::new(Vfs::in_memory(files.iter().map(|(name, text)| (name.as_str(), text.as_bytes()))));
    let options = Options::all(stacklint_rules::all(), &RULES).unwrap();
    let findings = run::run(&sources, &options).findings;
    (sources, findings)
}

/// The files after all fixes, and the subjects of the findings that had none.
fn fix(files: &[(&str, &str)]) -> (Files, Vec<String>) {
    let mut files: Files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let (sources, findings) = check(&files);
    let mut edits: Vec<_> = findings.iter().filter_map(|it| it.fixes.first()).flat_map(|fix| &fix.edits).collect();
    edits.sort_by_key(|edit| (edit.place.file, std::cmp::Reverse(edit.place.range.start)));
    for edit in edits {
        let name = &sources.file(edit.place.file).unwrap().name;
        files.get_mut(name).unwrap().replace_range(edit.place.range.to_usize(), &edit.replacement);
    }
    let without = findings.iter().filter(|finding| finding.fixes.is_empty());
    let left = without.map(|finding| finding.subject.replace("services.", "").replace(".security_opt", "")).collect();
    (files, left)
}

/// The services of a single file, after the fixes; all of them are mended.
fn fixed(services: &str) -> String {
    let (files, left) = fix(&[("compose.yaml", &format!("services:\n{services}"))]);
    assert_eq!(left, Vec::<String>::new(), "{services}");
    assert_eq!(check(&files).1, [], "{files:#?}");
    files["compose.yaml"].strip_prefix("services:\n").unwrap().to_owned()
}

/// The subjects that get no fix.
fn unfixed(files: &[(&str, &str)]) -> Vec<String> {
    fix(files).1
}

#[test]
fn a_list_is_added_in_the_way_of_the_file() {
    for (before, after) in [
        ("  a:\n    image: x", "  a:\n    image: x\n    security_opt:\n      - no-new-privileges:true"),
        (
            "  a:\n    image: x # why\n    # security_opt:\n\n  b: {}\n",
            "  a:\n    image: x # why\n    security_opt:\n      - no-new-privileges:true\n    # security_opt:\n\n  b: {}\n",
        ),
        (
            "    a:\n        image: x\n        environment:\n            A:\n",
            "    a:\n        image: x\n        environment:\n            A:\n        security_opt:\n            - no-new-privileges:true\n",
        ),
        (
            "  a:\n    image: x\n    command: sleep\n      100\n",
            "  a:\n    image: x\n    command: sleep\n      100\n    security_opt:\n      - no-new-privileges:true\n",
        ),
        (
            "  a:\n    # first\n    image: x\n    command: |+\n      sleep\n\n\n  b: {}\n",
            "  a:\n    # first\n    security_opt:\n      - no-new-privileges:true\n    image: x\n    command: |+\n      sleep\n\n\n  b: {}\n",
        ),
        ("  a: {image: x,}\n", "  a: {image: x, security_opt: [no-new-privileges:true],}\n"),
        ("  a: {'image': 'x'}\n", "  a: {'image': 'x', 'security_opt': ['no-new-privileges:true']}\n"),
        (
            "  a: {\n    \"image\": \"x\",\n    \"init\": true\n  }\n",
            "  a: {\n    \"image\": \"x\",\n    \"init\": true,\n    \"security_opt\": [\"no-new-privileges:true\"]\n  }\n",
        ),
        (
            "  a: &a\n    image: x\n  'b':\n    <<: *a\n",
            "  a: &a\n    image: x\n    security_opt:\n      - no-new-privileges:true\n  'b':\n    <<: *a\n    security_opt:\n      - no-new-privileges:true\n",
        ),
    ] {
        assert_eq!(fixed(before), after);
        let dos = |text: &str| format!("services:\n{text}").replace('\n', "\r\n");
        let (files, _) = fix(&[("compose.yaml", &dos(before))]);
        assert_eq!(files["compose.yaml"], dos(after));
    }
}

#[test]
fn an_item_is_added_in_the_way_of_its_list() {
    for (before, after) in [
        ("security_opt: [a=b]", "security_opt: [a=b, no-new-privileges:true]"),
        ("security_opt: []", "security_opt: [no-new-privileges:true]"),
        ("\"security_opt\": [ ]", "\"security_opt\": [\"no-new-privileges:true\" ]"),
        ("security_opt: ['a=b',\"c=d\" ]", "security_opt: ['a=b',\"c=d\", \"no-new-privileges:true\" ]"),
        (
            "security_opt: [\n      a=b, # c\n    ]",
            "security_opt: [\n      a=b,\n      no-new-privileges:true, # c\n    ]",
        ),
        ("security_opt:\n    - a=b", "security_opt:\n    - a=b\n    - no-new-privileges:true"),
        (
            "security_opt:\n        -   'a=b' # c\n        # end",
            "security_opt:\n        -   'a=b' # c\n        -   'no-new-privileges:true'\n        # end",
        ),
    ] {
        let service = |list: &str| format!("  a:\n    image: x\n    {list}\n");
        assert_eq!(fixed(&service(before)), service(after));
    }
}

#[test]
fn no_fix_where_an_edit_reaches_others() {
    let single = |services: &str| unfixed(&[("compose.yaml", &format!("services:\n{services}"))]);
    assert_eq!(single("  a: {image: x}\n  b: {extends: a}\n"), ["a"]);
    assert_eq!(single("  a: {image: x}\n  b: {extends: a}\n  c: {extends: b, init: true}\n"), ["a", "b"]);
    assert_eq!(single("  a: {image: x}\n  b: {extends: a, security_opt: ['no-new-privileges:true']}\n"), ["a"]);
    assert_eq!(single("  a: &a {image: x}\n  b: *a\n"), ["a", "b"]);
    assert_eq!(single("  a: {image: x, security_opt: &o [a=b]}\n  b: {image: x, security_opt: *o}\n"), ["a", "b"]);
    assert_eq!(single("  a: &a {image: x, security_opt: [a=b]}\n  b: {<<: *a, init: true}\n"), ["a", "b"]);
    assert_eq!(single("  a: {image: x, init: }\n"), ["a"]);
    let base = "  a: {image: x, security_opt: ['no-new-privileges:false']}\n";
    assert_eq!(single(&format!("{base}  b: {{extends: a, security_opt: ['no-new-privileges:true']}}\n")), ["a"]);
}

#[test]
fn no_fix_where_another_stack_would_say_it_twice() {
    let base = "services:\n  a: {image: x}\n";
    let layer = "services:\n  a: {security_opt: ['no-new-privileges:true']}\n";
    assert_eq!(unfixed(&[("compose.yaml", base), ("compose.prod.yaml", layer)]), ["a"]);
    // Read alone the second file lacks it too; on top of the first it has it once that is mended.
    let (files, left) = fix(&[("compose.yaml", base), ("compose.prod.yaml", base)]);
    assert_eq!(left, ["a"]);
    assert_eq!(files["compose.prod.yaml"], base);
    assert!(files["compose.yaml"].contains("security_opt"));
    let extending = "services:\n  b: {extends: {file: sub/compose.yaml, service: a}}\n";
    assert_eq!(unfixed(&[("compose.yaml", extending), ("sub/compose.yaml", base)]), ["a"]);
    let including = "include: [sub/compose.yaml]\nservices:\n  b: {image: x}\n";
    assert_eq!(unfixed(&[("compose.yaml", including), ("sub/compose.yaml", base)]), Vec::<String>::new());
}

#[test]
fn a_layer_that_replaces_is_the_one_to_edit() {
    let secured = "services:\n  a: {image: x, security_opt: ['no-new-privileges:true']}\n";
    let (files, left) =
        fix(&[("compose.yaml", secured), ("compose.override.yaml", "services:\n  a: !override {image: y}\n")]);
    assert_eq!((files["compose.yaml"].as_str(), left.len()), (secured, 0));
    assert!(files["compose.override.yaml"].contains("no-new-privileges:true"));
    let reset = "services:\n  a: {security_opt: !reset []}\n";
    assert_eq!(unfixed(&[("compose.yaml", secured), ("compose.override.yaml", reset)]), ["a"]);
}

#[test]
fn what_was_not_read_is_not_missing() {
    let silent = |files: &[(&str, &str)]| {
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        assert_eq!(check(&files).1, [], "{files:#?}");
    };
    silent(&[("compose.yaml", "services:\n  a:\n    image: x\n    security_op\n    init: true\n")]);
    silent(&[("compose.yaml", "services:\n  a:\n    image: x\n    security_opt: [a=b\n")]);
    silent(&[("compose.yaml", "services:\n  a:\n    image: x\n    extends: {file: gone.yaml, service: b}\n")]);
    silent(&[("compose.yaml", "services:\n  a:\n    image: x\n    security_opt: *gone\n")]);
}
