//! Masking with the tree of a YAML file: what lines alone cannot tell.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it must be")]

use stacklint_engine::secrets::mask_ranges;
use stacklint_parsers::yaml;

fn masked(text: &str) -> String {
    let document = yaml::parse(text.into());
    let mut bytes = text.as_bytes().to_vec();
    for range in mask_ranges(text, Some(&document)) {
        bytes[range.to_usize()].fill(b'*');
    }
    String::from_utf8(bytes).unwrap()
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(masked(text), expected);
}

#[test]
fn multi_line_and_decoded_values() {
    check("password: >\n  foo bar\n  baz\n", "password: >\n  *******\n  ***\n");
    check(
        "cmd: [a, --requirepass, \"q8\\x5Ar1\", --port, \"1\"]",
        "cmd: [a, --requirepass, \"********\", --port, \"1\"]",
    );
    check("password: \"a ${X} b\\n${Y:-lit}\"", "password: \"* ${X} ***${Y:-***}\"");
    check("password: 'q8''Zr1'", "password: '*******'");
}

#[test]
fn pairs_parents_and_aliases() {
    check("- value: q8Zr1\n  name: DB_PASSWORD\n", "- value: *****\n  name: DB_PASSWORD\n");
    check("- name: MODE\n  value: fast\n", "- name: MODE\n  value: fast\n");
    check("x: &p q8Zr1\npassword: *p\n", "x: &p *****\npassword: *p\n");
    check("basic_auth: {users: [a:q8Zr1]}", "basic_auth: {users: [*******]}");
    check("secrets:\n  - db_password\n", "secrets:\n  - db_password\n");
}
