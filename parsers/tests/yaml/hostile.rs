//! Texts that want to break the reader.

use proptest::prelude::*;
use stacklint_parsers::SyntaxErrorKind;

use super::generator;
use super::support::{at, outline, parse};

fn over_limit(text: &str) -> bool {
    parse(text).errors().iter().any(|error| error.kind == SyntaxErrorKind::OverLimit)
}

#[test]
fn deep_subtrees_are_cut_and_the_rest_is_read() {
    let block = (0..10_000).fold(String::from("top:\n"), |mut text, level| {
        text.extend(std::iter::repeat_n(' ', 1 + level % 900));
        text.push_str("- ");
        text
    });
    let staircase = (0..2_000).fold(String::from("top:\n"), |text, level| text + &" ".repeat(level + 1) + "a:\n");
    for (name, text) in [
        ("flow lists", format!("top: {}{}\n", "[".repeat(9_000), "]".repeat(9_000))),
        ("flow mappings", format!("top: {}{}\n", "{a: ".repeat(9_000), "}".repeat(9_000))),
        ("flow pairs", format!("top: {}{}\n", "[a: ".repeat(4_000), "]".repeat(4_000))),
        ("dashes", format!("top:\n  {}x\n", "- ".repeat(9_000))),
        ("keys", staircase),
        ("explicit keys", format!("top:\n  {}x\n", "? ".repeat(9_000))),
        ("dashes beyond every limit", block),
        ("open lists", format!("top: {}\n", "[".repeat(100_000))),
        ("open lists over lines", format!("top: {}\n", "[\n".repeat(100_000))),
        ("mixed", format!("top:\n  {}{}x{}\n", "- ".repeat(5_000), "[{a: ".repeat(2_000), "}]".repeat(2_000))),
    ] {
        let text = format!("before: 1\n{text}\nafter: 2\n");
        assert!(over_limit(&text), "{name}");
        let document = parse(&text);
        assert_eq!(document.scalar(at(&document, &["before"])), Some("1"), "{name}");
        if !name.starts_with("open lists over") {
            assert_eq!(document.scalar(at(&document, &["after"])), Some("2"), "{name}");
        }
        drop(document);
    }
}

#[test]
fn the_cut_is_marked_up_to_the_root() {
    let text = format!("a: {}x{}\nb: [c]\n", "[".repeat(130), "]".repeat(130));
    let document = parse(&text);
    let [error] = document.errors() else { panic!("{:?}", document.errors()) };
    assert_eq!(error.range.of(&text), "[[[x]]]");
    assert_eq!((error.kind, error.skipped), (SyntaxErrorKind::OverLimit, Some(error.range)));
    assert!(outline(&document).starts_with("~{\"a\": ~[~["));
    assert!(outline(&document).ends_with("\"b\": [\"c\"]}"));
    // An anchor that was cut away is no unknown anchor, but a limit.
    let text = format!("a: {}&x y{}\nb: *x\n", "[".repeat(130), "]".repeat(130));
    assert!(parse(&text).errors().iter().all(|error| error.kind == SyntaxErrorKind::OverLimit));
}

#[test]
fn a_long_key_costs_its_line() {
    let text = format!("a: 1\n{}: 2\nb: 3\n", "k".repeat(2_000));
    let document = parse(&text);
    assert_eq!(outline(&document), r#"~{"a": "1", "b": "3"}"#);
    assert_eq!(document.errors().len(), 1);
}

#[test]
fn large_texts_take_time_in_proportion() {
    // Each of these would not end for a long time if it took quadratic time.
    parse(&format!("a: {}\n", "x".repeat(5_000_000)));
    parse(&"# c\n".repeat(200_000));
    parse(&format!("a:\n- b\n{}- c\n", "# c\n".repeat(200_000)));
    parse(&"a:\n".repeat(100_000));
    parse(&format!("[{}]", "a: , ".repeat(100_000)));
    parse(&format!("a: \"{}\"\n", "\\n\n ".repeat(200_000)));
    parse(&format!("a: >\n{}", "  b\n\n".repeat(200_000)));
    parse(&"&a b: *a\n".repeat(50_000));
    parse(&"a: *b\n".repeat(50_000));
    parse(&"a: @b\n".repeat(200_000));
    parse(&"a: 'b\n".repeat(200_000));
    parse(&"a: \"b\nc\"\n".repeat(2_000));
    parse(&"{\n".repeat(200_000));
    parse(&"\u{85}".repeat(200_000));
    parse(&"\0".repeat(200_000));
}

const SAMPLES: [&str; 4] = [
    "\u{feff}services: &s\n  web: !override\n    image: \"n\\u00e9\\\n      x\" # c\n    ports: [ \"80:80\", {a: b} ]\n    cmd: >-\n      é\n\n      日本\n  <<: *s\n",
    "%YAML 1.2\n%TAG ! tag:x,1:\n---\n? |+\n  a\n\n: - 'it''s\n    é'\n  - !<tag:y> b\n...\n# c\n--- >2-\n   x\n",
    "a: \"b\r\n  c\\t\"\r\nd: |\r\n  e\r\n\r\nf: [g, \"h\": i, ? j : k, *l, &m n]\r\n\u{2028}o: p\u{85}q: r",
    "x-a: &a {b: [1, 2], c: {d: ~}}\nservices:\n- - - e\n  - f:\n    -\n\t# tab\n  g: @bad\n  h: [\n  'i\n",
];

#[test]
fn an_absent_value_may_stand_in_a_replaced_character() {
    parse("? |2+\n- \u{2028}key: value\naa");
}

#[test]
fn every_prefix_and_suffix_is_read_without_panic() {
    for sample in SAMPLES {
        for at in 0..=sample.len() {
            if let Some((before, behind)) = sample.split_at_checked(at) {
                parse(before);
                parse(behind);
            }
        }
    }
}

#[test]
fn every_byte_may_be_another() {
    for sample in SAMPLES {
        for at in (0..sample.len()).filter(|at| sample.is_char_boundary(*at) && sample.is_char_boundary(at + 1)) {
            for other in ["\0", "\t", "\n", "\r", " ", "'", "\"", "[", "}", ":", "-", "#", "*", "|", "\u{85}", "é"] {
                parse(&format!("{}{other}{}", &sample[..at], &sample[at + 1..]));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn scraps_are_read_without_panic(choices in prop::collection::vec(any::<u8>(), 0..60)) {
        parse(&generator::scraps(&choices));
    }

    #[test]
    fn any_text_is_read_without_panic(text in any::<String>()) {
        parse(&text);
    }
}
