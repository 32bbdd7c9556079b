//! What is read of files that are being typed, or are wrong.

use stacklint_parsers::{Document, SyntaxErrorKind};

use super::support::{outline, parse};

fn skipped(document: &Document) -> Vec<&str> {
    let skipped = document.errors().iter().filter_map(|error| error.skipped);
    skipped.map(|range| range.of(document.text())).collect()
}

/// Each text, what is read of it (`~` marks what recovery touched), and what was left out.
#[test]
fn one_bad_line_costs_only_itself() {
    for (text, tree, lost) in [
        (
            "services:\n  web:\n    image: \"nginx\n    ports: [a]\n  db:\n    image: x\n",
            r#"~{"services": ~{"web": ~{"ports": ["a"]}, "db": {"image": "x"}}}"#,
            "image: \"nginx",
        ),
        (
            "services:\n  web:\n    image: a\n    po\n  db:\n    image: x\n",
            r#"~{"services": ~{"web": ~{"image": "a"}, "db": {"image": "x"}}}"#,
            "po",
        ),
        (
            "services:\n  web:\n    image: a\n  po\n  db:\n    image: x\n",
            r#"~{"services": ~{"web": {"image": "a"}, "db": {"image": "x"}}}"#,
            "po",
        ),
        (
            "services:\n  web:\n    po\n    image: a\n  db:\n    image: x\n",
            r#"~{"services": ~{"web": ~{"image": "a"}, "db": {"image": "x"}}}"#,
            "po",
        ),
        (
            "services:\n  web:\n    ports: [a\n    image: a\n  db:\n    image: x\n",
            r#"~{"services": ~{"web": ~{"image": "a"}, "db": {"image": "x"}}}"#,
            "ports: [a",
        ),
        (
            "services:\n  web:\n    image: a\n   ports: []\n  db:\n    image: x\n",
            r#"~{"services": ~{"web": ~{"image": "a"}, "db": {"image": "x"}}}"#,
            "ports: []",
        ),
        (
            "services:\n  web:\n    image: a\n\tports: []\n  db:\n    image: *\n    user: b\n",
            r#"~{"services": ~{"web": ~{"image": "a"}, "db": ~{"user": "b"}}}"#,
            "ports: []|image: *",
        ),
        ("a:\n- b\n- \"c\n- d\ne:\n- f\n", r#"~{"a": ~["b", "d"], "e": ["f"]}"#, "- \"c"),
        ("a: {b: c\nd: e\n", r#"~{"d": "e"}"#, "a: {b: c"),
        ("a: 1\nb: @c\nd: é\n", r#"~{"a": "1", "d": "é"}"#, "b: @c"),
        ("é: 1\r\nü\r\nd: é\r\n", r#"~{"é": "1", "d": "é"}"#, "ü"),
        ("a: b\u{1}c\nd: e\n", r#"~{"d": "e"}"#, "a: b\u{1}c"),
        ("a: b\0c\nd: e\n", r#"~{"d": "e"}"#, "a: b\0c"),
        ("a: b\n---\nc\nd: e\n---\nf: g\n", r#"{"a": "b"}~{"d": "e"}{"f": "g"}"#, "c"),
    ] {
        let document = parse(text);
        assert_eq!(outline(&document), tree, "{text:?}: {:?}", document.errors());
        assert_eq!(skipped(&document).join("|"), lost, "{text:?}");
    }
}

#[test]
fn a_half_typed_service_leaves_its_siblings_alone() {
    let text = "services:\n  web:\n    image: nginx\n    environment:\n      A: b\n      PASS\n  db:\n    image: x\n";
    let document = parse(text);
    let tree = r#"~{"services": ~{"web": ~{"image": "nginx", "environment": ~{"A": "b"}}, "db": {"image": "x"}}}"#;
    assert_eq!(outline(&document), tree);
    let [error] = document.errors() else { panic!("{:?}", document.errors()) };
    assert_eq!((error.range.of(text), error.kind), ("PASS", SyntaxErrorKind::Malformed));
}

/// Wherever a file is cut off while it is being typed, what stands above the cut line is read.
#[test]
fn what_stands_above_a_cut_is_read() {
    let head = "services:\n  web:\n    image: nginx\n";
    let tail = "    command: [\"a\", 'b', {c: d}]\n    labels: {\"x\": \"y\"}\n    user: &x \"1\\x41\"\n";
    let text = format!("{head}{tail}");
    for end in head.len()..text.len() {
        let Some(cut) = text.get(..end) else { continue };
        let tree = outline(&parse(cut)).replace('~', "");
        assert!(tree.starts_with(r#"{"services": {"web": {"image": "nginx""#), "{cut:?}: {tree}");
    }
}

#[test]
fn repairs_are_bounded_and_keep_what_came_before() {
    let text = format!("a: 1\n{}z: 2\n", "x: @y\nb: c\n".repeat(12));
    let document = parse(&text);
    assert_eq!(document.errors().len(), 9);
    let tree = outline(&document);
    assert!(tree.starts_with(r#"~{"a": "1", "b": "c""#), "{tree}");
    assert!(!tree.contains("\"z\""));
    let last = document.errors().last().unwrap();
    assert!(last.skipped.unwrap().of(&text).ends_with("z: 2\n"), "the rest of the file is named as left out");
}

#[test]
fn blanked_lines_inside_a_scalar_are_not_verbatim() {
    let text = "a: |\n  b\n\u{1}\n  c\nd: e\n";
    let document = parse(text);
    // The checks of `parse` compare every verbatim segment with the text.
    assert!(outline(&document).ends_with(r#""d": "e"}"#), "{}", outline(&document));
}

#[test]
fn messages_say_what_to_do_and_quote_nothing() {
    for (text, words, place) in [
        ("a: \"s3cret\nb: c\n", "This quote is never closed", "a: \"s3cret"),
        ("a: [s3cret\nb: c\n", "This `[` is never closed", "a: [s3cret"),
        ("a: b\ns3cret\n", "This line is not `key: value`", "s3cret"),
        ("a: b\n\ts3cret: c\n", "Indent with spaces", "\t"),
        ("a: @s3cret\n", "YAML reserves it", "@"),
        ("a: \"\\ns3\\cret\"\n", "don't know this `\\` escape", "\\c"),
        ("a: *s3cret\n", "No anchor of this name", "*s3cret"),
        ("a: b: s3cret\n", "Quote a text that has `: ` in it", ": s3cret"),
        ("a: ]s3cret\n", "closes nothing", "]"),
    ] {
        let document = parse(text);
        let [error] = document.errors() else { panic!("{text:?}: {:?}", document.errors()) };
        assert!(error.message.contains(words), "{text:?}: {}", error.message);
        assert!(!error.message.contains("s3"), "{}", error.message);
        assert_eq!(error.range.of(text), place, "{text:?}");
    }
}

/// The real Docker Compose 2.40.3 takes these; the event parser does not.
#[test]
fn quoted_texts_may_go_on_at_less_indentation() {
    let document = parse("a:\n  b: \"c\nd\n\n e\"\nf: 'g\nh'\n");
    assert_eq!(document.errors(), []);
    assert_eq!(outline(&document), r#"{"a": {"b": "c d\ne"}, "f": "g h"}"#);
}
