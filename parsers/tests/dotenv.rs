//! `.env` files against the answers of the real Docker Compose, and against hostile text.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stop at the first thing that is not as it must be, as tests do"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use stacklint_parsers::dotenv::{self, Dotenv, LoadError, Quote};
use stacklint_parsers::{NodeKind, ScalarValue};

fn recorded() -> Value {
    serde_json::from_str(include_str!("recorded/dotenv.json")).unwrap()
}

fn inputs() -> Vec<String> {
    let recorded = recorded();
    recorded["cases"].as_array().unwrap().iter().map(|case| case["input"].as_str().unwrap().to_owned()).collect()
}

fn parse(text: &str) -> Dotenv {
    dotenv::parse(Arc::from(text))
}

type Parse = fn(Arc<str>) -> Dotenv;

#[test]
fn agrees_with_docker_compose() {
    let recorded = recorded();
    let environment: BTreeMap<String, String> = serde_json::from_value(recorded["variables"].clone()).unwrap();
    let cases = recorded["cases"].as_array().unwrap();
    assert!(cases.len() >= 105);
    let mut wrong = Vec::new();
    for case in cases {
        let input = case["input"].as_str().unwrap();
        for (loader, parse) in [("compose", dotenv::parse as Parse), ("raw", dotenv::parse_raw as Parse)] {
            let parsed = parse(Arc::from(input));
            let ours = dotenv::load(&parsed, &|name| environment.get(name).cloned());
            let agreed = match (&case[loader], &ours) {
                (Value::String(_), Err(LoadError::Value { refusal, .. })) => {
                    parsed.is_refused() || matches!(refusal, stacklint_parsers::interpolation::Refusal::Missing { .. })
                }
                (Value::String(_), Err(_)) => parsed.is_refused(),
                (Value::Object(_), Ok(ours)) => {
                    let theirs: BTreeMap<String, String> = serde_json::from_value(case[loader].clone()).unwrap();
                    theirs == *ours && !parsed.is_refused()
                }
                _ => false,
            };
            if !agreed {
                wrong.push(format!("{loader} {input:?}: {} but we {ours:?}", case[loader]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every scalar is made of what its segments name, and entries name their keys.
fn assert_places(parsed: &Dotenv) {
    let text = parsed.document.text();
    for (_, node) in parsed.document.nodes() {
        assert!(text.get(node.range.to_usize()).is_some());
        let NodeKind::Scalar(scalar) = &node.kind else { continue };
        let ScalarValue::Decoded(value, segments) = &scalar.value else { continue };
        let mut at = 0;
        for segment in segments {
            assert!(node.range.contains(segment.source));
            let part = &value[at..segment.end as usize];
            if segment.verbatim {
                assert_eq!(part, segment.source.of(text));
            } else {
                assert!(segment.source.of(text).starts_with('\\'));
            }
            at = segment.end as usize;
        }
        assert_eq!(at, value.len());
    }
    for entry in &parsed.entries {
        assert_eq!(parsed.document.scalar(entry.key), Some(&*entry.name));
        assert!(text.get(entry.raw.to_usize()).is_some());
    }
    for error in parsed.document.errors() {
        assert!(!error.range.of(text).is_empty());
        assert!(error.skipped.is_none_or(|skipped| !skipped.of(text).is_empty()));
    }
    assert!(parsed.document.errors().is_sorted_by_key(|error| error.range));
    assert!(parsed.document.comments().is_sorted_by_key(|comment| comment.range));
    let [root] = parsed.document.roots() else { panic!("one root") };
    assert_eq!(parsed.document.entries(*root).len(), parsed.entries.len());
}

#[test]
fn reads_every_truncation() {
    let whole = inputs().join("\n");
    for input in inputs().iter().chain([&whole]) {
        let step = if input.len() > 1000 { 37 } else { 1 };
        for end in (0..=input.len()).step_by(step).filter(|&end| input.is_char_boundary(end)) {
            for parse in [dotenv::parse as Parse, dotenv::parse_raw as Parse] {
                let parsed = parse(Arc::from(&input[..end]));
                assert_places(&parsed);
                let _ = dotenv::load(&parsed, &|_| None);
            }
        }
    }
}

#[test]
fn reads_long_hostile_text() {
    for piece in
        ["A='", "A=\"\n", "A=\"\\\"\n", "A B=\"\n", "+=\"\\\"\n", "\n", "#\n", "A=b #", "A=\"\\0", "\\", "A\n", " "]
    {
        assert_places(&parse(&piece.repeat(200_000 / piece.len())));
    }
}

#[test]
fn keeps_names_values_and_quotes() {
    let text = "A = b # c\n# d\nexport B=\"x\\t\\$Y\" # e\nC='$Z'\nD\n";
    let parsed = parse(text);
    let seen: Vec<_> = parsed
        .entries
        .iter()
        .map(|entry| (&*entry.name, parsed.value(entry), entry.quote, entry.raw.of(text), entry.expanded))
        .collect();
    assert_eq!(
        seen,
        [
            ("A", Some("b"), None, "b", true),
            ("B", Some("x\t$$Y"), Some(Quote::Double), "x\\t\\$Y", true),
            ("C", Some("$Z"), Some(Quote::Single), "$Z", false),
            ("D", None, None, "", false),
        ]
    );
    let comments: Vec<_> =
        parsed.document.comments().iter().map(|comment| (comment.range.of(text), comment.own_line)).collect();
    assert_eq!(comments, [("# c", false), ("# d", true), ("# e", false)]);
    let root = parsed.document.roots()[0];
    let pair = parsed.document.entries(root)[1];
    assert_eq!(parsed.document.node(pair.value).range.of(text), "\"x\\t\\$Y\"");
    assert_eq!(parsed.document.node(pair.key).range.of(text), "B");
}

#[test]
fn one_bad_line_costs_itself_only() {
    for (text, at, skipped) in [
        ("A=1\nB=\"x\nC=3\n", "\"", "B=\"x"),
        ("A=1\nB/D=x # y\nC=3\n", "/", "B/D=x # y"),
        ("A=1\nexport B D=x\r\nC=3\n", "B D", "export B D=x"),
        ("A=1\nB D=\"x\n+y\"\nC=3\n", "B D", "B D=\"x\n+y\""),
        ("A=1\n\u{feff}B=x\nC=3\n", "\u{feff}", "\u{feff}B=x"),
        ("A=1\nC=3\nexport ", "export", "export"),
    ] {
        let parsed = parse(text);
        assert!(parsed.is_refused());
        let [error] = parsed.document.errors() else { panic!("{text:?}: {:?}", parsed.document.errors()) };
        assert_eq!((error.range.of(text), error.skipped.unwrap().of(text)), (at, skipped), "{text:?}");
        let names: Vec<_> = parsed.entries.iter().map(|entry| &*entry.name).collect();
        assert_eq!(names, ["A", "C"], "{text:?}");
    }
}

#[test]
fn knows_an_entry_behind_a_quote() {
    let parsed = parse("A=\"b\"c\nD='e' # f\nG=h\n\"\"");
    let seen: Vec<_> = parsed.entries.iter().map(|entry| (&*entry.name, entry.after_quote)).collect();
    assert_eq!(seen, [("A", false), ("c", true), ("D", false), ("G", false)]);
}
