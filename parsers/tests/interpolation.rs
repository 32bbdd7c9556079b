//! Interpolation against the answers of the real Docker Compose, and against hostile text.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stop at the first thing that is not as it must be, as tests do"
)]

use std::collections::BTreeMap;

use serde_json::Value;
use stacklint_parsers::interpolation::{self, ErrorKind, MAX_DEPTH, Operator, Part, Refusal};

fn recorded() -> Value {
    serde_json::from_str(include_str!("recorded/interpolation.json")).unwrap()
}

fn inputs() -> Vec<String> {
    let recorded = recorded();
    recorded["cases"].as_array().unwrap().iter().map(|case| case["input"].as_str().unwrap().to_owned()).collect()
}

/// Parts cover their text without gap, and operands their variables.
fn assert_tiles(parts: &[Part], start: u32, end: u32) {
    let mut at = start;
    for part in parts {
        assert_eq!(part.range().start, at);
        at = part.range().end;
        if let Part::Variable(variable) = part {
            assert!(variable.range.start < variable.name.start && variable.name.end <= variable.operand_range.start);
            assert!(variable.operand_range.end <= variable.range.end);
            assert_tiles(&variable.operand, variable.operand_range.start, variable.operand_range.end);
        }
    }
    assert_eq!(at, end);
}

#[test]
fn agrees_with_docker_compose() {
    let recorded = recorded();
    let variables: BTreeMap<String, String> = serde_json::from_value(recorded["variables"].clone()).unwrap();
    let cases = recorded["cases"].as_array().unwrap();
    assert!(cases.len() >= 60);
    for case in cases {
        let input = case["input"].as_str().unwrap();
        let template = interpolation::parse(input);
        let ours = template.resolve(input, &|name| variables.get(name).cloned());
        match (case["value"].as_str(), ours) {
            (Some(value), ours) => {
                assert_eq!(ours.as_deref(), Ok(value), "{input:?}");
                assert_eq!(template.errors, [], "{input:?}");
            }
            (None, Err(refusal @ Refusal::Missing { .. })) => {
                // Compose puts the path of the value before it.
                let theirs = case["refused"].as_str().unwrap();
                assert!(theirs.ends_with(&format!(": {refusal}")), "{input:?}: {refusal}");
            }
            (None, Err(Refusal::Invalid(_))) => assert!(!template.errors.is_empty(), "{input:?}"),
            (None, ours) => panic!("Compose refuses {input:?}, we read {ours:?}"),
        }
    }
}

#[test]
fn points_at_the_pieces() {
    let text = "a${HOST:-b${C}}$$d$E";
    let template = interpolation::parse(text);
    let [Part::Literal(a), Part::Variable(host), Part::Escape(escape), Part::Literal(d), Part::Variable(e)] =
        template.parts.as_slice()
    else {
        panic!("{template:?}");
    };
    let of = |range: &std::ops::Range<u32>| &text[range.start as usize..range.end as usize];
    assert_eq!([of(a), of(&host.range), of(escape), of(d), of(&e.range)], ["a", "${HOST:-b${C}}", "$$", "d", "$E"]);
    assert_eq!((of(&host.name), of(&host.operand_range)), ("HOST", "b${C}"));
    assert_eq!(host.operator, Some(Operator::DefaultIfUnsetOrEmpty));
    assert_eq!(template.variables().map(|variable| of(&variable.name)).collect::<Vec<_>>(), ["HOST", "C", "E"]);
}

#[test]
fn says_what_is_wrong_and_reads_on() {
    for (text, at, kind) in [
        ("a${}b$C", "${}", ErrorKind::MissingName),
        ("${1A} $C", "${1A}", ErrorKind::InvalidName),
        ("${ A} $C", "${ A}", ErrorKind::InvalidName),
        ("${a/b}$C", "${a/b}", ErrorKind::UnexpectedCharacter),
        ("${A:=x}$C", "${A:=x}", ErrorKind::AssignmentOperator),
        ("${A=x}$C", "${A=x}", ErrorKind::AssignmentOperator),
        ("${A\n$C", "${A", ErrorKind::Unclosed),
        ("${A:-x\n} $C", "${A:-", ErrorKind::Unclosed),
        ("${A:-${} $C}", "${}", ErrorKind::MissingName),
    ] {
        let template = interpolation::parse(text);
        let [error] = template.errors.as_slice() else { panic!("{text:?}: {:?}", template.errors) };
        assert_eq!((&text[error.range.start as usize..error.range.end as usize], error.kind), (at, kind), "{text:?}");
        assert!(
            template.variables().any(|variable| &text[variable.name.start as usize..variable.name.end as usize] == "C"),
            "{text:?}"
        );
    }
}

#[test]
fn refuses_to_nest_without_end() {
    let nested = |depth: usize| format!("{}x{}", "${A:-".repeat(depth), "}".repeat(depth));
    assert_eq!(interpolation::parse(&nested(MAX_DEPTH)).errors, []);
    let template = interpolation::parse(&nested(MAX_DEPTH + 1));
    assert_eq!(template.errors.iter().map(|error| error.kind).collect::<Vec<_>>(), [ErrorKind::TooDeep]);
    let text = nested(MAX_DEPTH + 1);
    assert!(
        matches!(template.resolve(&text, &|_| None), Err(Refusal::Invalid(error)) if error.kind == ErrorKind::TooDeep)
    );
}

#[test]
fn reads_every_truncation() {
    for input in inputs() {
        for (end, _) in input.char_indices().chain([(input.len(), ' ')]) {
            let text = &input[..end];
            assert_tiles(&interpolation::parse(text).parts, 0, u32::try_from(end).unwrap());
        }
    }
}

#[test]
fn reads_long_hostile_text() {
    // Takes half a second; a quadratic reading takes many minutes.
    for piece in
        ["${A:-", "${A:-}", "${", "${ ", "$", "$$", "{", "}", "${A:-{", "${A:-}}", "${A", "${A:-x} ${", "\n${A:-"]
    {
        for tail in ["", "}", "\n}", "x}y"] {
            let text = format!("{}{tail}", piece.repeat(200_000 / piece.len()));
            let template = interpolation::parse(&text);
            assert_tiles(&template.parts, 0, u32::try_from(text.len()).unwrap());
            let _ = template.resolve(&text, &|_| None);
        }
    }
}
