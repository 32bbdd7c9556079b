//! Ranges, properties, comments: what the tree says about texts without errors.

use stacklint_parsers::{NodeKind, ScalarStyle, ScalarValue};

use super::support::{at, outline, parse, source};

const COMPOSE: &str = "\u{feff}# ä
services: &base
  web: !override
    image: \"nginx\" # ü
    empty:
    tilde: ~
    ports: [ \"80:80\", {a: b, c}, [x: y] ]
    command: >-
      one
      two

    script: |+ # header
      three

    deploy: !reset []
  <<: *base2
  list:
  -
  - 'it''s'
# end
volumes: {}
";

#[test]
fn ranges_are_exact() {
    let document = parse(COMPOSE);
    let source = |path: &[&str]| source(&document, path);
    assert_eq!(source(&["services", "web", "image"]), "\"nginx\"");
    assert_eq!(source(&["services", "web", "tilde"]), "~");
    assert_eq!(source(&["services", "web", "ports"]), "[ \"80:80\", {a: b, c}, [x: y] ]");
    assert_eq!(source(&["services", "web", "ports", "1"]), "{a: b, c}");
    assert_eq!(source(&["services", "web", "ports", "2"]), "[x: y]");
    assert_eq!(source(&["services", "web", "ports", "2", "0"]), "x: y");
    assert_eq!(source(&["services", "web", "command"]), ">-\n      one\n      two");
    assert_eq!(source(&["services", "web", "script"]), "|+ # header\n      three\n");
    assert_eq!(source(&["services", "web", "deploy"]), "[]");
    assert_eq!(source(&["services", "list"]), "-\n  - 'it''s'");
    assert!(source(&["services", "web"]).starts_with("image:") && source(&["services", "web"]).ends_with("!reset []"));
    assert!(source(&["services"]).starts_with("web:") && source(&["services"]).ends_with("'it''s'"));
    let root = document.node(document.roots()[0]).range.of(COMPOSE);
    assert!(root.starts_with("services:") && root.ends_with("volumes: {}"));
}

#[test]
fn an_absent_value_stands_behind_its_indicator() {
    for (text, path, behind) in [
        ("a:\n\n\nb: c", "a", "a:"),
        ("a   :  # c\nb: c", "a", "a   :"),
        ("a: !t\nb: c", "a", "a: !t"),
        ("a: &x # c\nb: c", "a", "a: &x"),
        ("{a: , b: c}", "a", "{a:"),
        ("{a, b: c}", "a", "{a"),
        ("? a\n? b", "a", "? a"),
        ("? a\n# c\n:\n? b", "a", "? a\n# c\n:"),
        ("a:", "a", "a:"),
        ("a:\r\n\r\nb: c", "a", "a:"),
    ] {
        let document = parse(text);
        let node = document.node(at(&document, &[path]));
        assert_eq!((&text[..node.range.start as usize], node.range.len()), (behind, 0), "{text:?}");
        let NodeKind::Scalar(scalar) = &node.kind else { panic!("{text:?}") };
        assert_eq!((scalar.style, scalar.value(text)), (ScalarStyle::Plain, ""));
    }
    let document = parse("-\n- # c\n\n- a\n");
    let starts: Vec<_> = document.items(document.roots()[0]).iter().map(|id| document.node(*id).range.start).collect();
    assert_eq!(starts, [1, 3, 11]);
}

#[test]
fn the_header_of_a_block_scalar_is_not_mistaken() {
    for (text, header) in [
        ("a: # | no\n  # > no\n  !t # |\n  &x>y\n  |2-\n  b\n", "|2-\n  b"),
        ("- - |\n    b\n", "|\n    b"),
        ("? |\n  b\n", "|\n  b"),
        ("--- |\n  b\n", "|\n  b"),
        ("{a: '|'}: >\n  b\n", ">\n  b"),
        ("a|b: |\n\n\n  b\n", "|\n\n\n  b"),
        ("a: |\nb: c\n", "|"),
        ("a: |+\n\n\nb: c\n", "|+\n\n"),
        ("a: |- # c\n\nb: c\n", "|-"),
    ] {
        let document = parse(text);
        assert_eq!(document.errors(), [], "{text:?}");
        let block = document.nodes().map(|(_, node)| node).find(|node| match &node.kind {
            NodeKind::Scalar(scalar) => matches!(scalar.style, ScalarStyle::Literal | ScalarStyle::Folded),
            _ => false,
        });
        assert_eq!(block.unwrap().range.of(text), header, "{text:?}");
    }
}

#[test]
fn scalars_that_read_as_written_are_slices() {
    let text = "a: b\n'c': \"d é\"\ne: f g\n";
    let document = parse(text);
    assert!(document.nodes().all(|(_, node)| match &node.kind {
        NodeKind::Scalar(scalar) => matches!(scalar.value, ScalarValue::Verbatim(_)),
        _ => true,
    }));
    assert_eq!(outline(&document), r#"{"a": "b", "c": "d é", "e": "f g"}"#);
}

#[test]
fn segments_say_where_each_part_stands() {
    let text = "a: \"x\\u00e9y\\\n   z  \n  w\"\nb: >\n  p\n  q\n\n  r\n";
    let document = parse(text);
    let segments = |key: &str| {
        let NodeKind::Scalar(scalar) = &document.node(at(&document, &[key])).kind else { panic!() };
        let ScalarValue::Decoded(value, segments) = &scalar.value else { panic!() };
        let mut start = 0;
        let parts = segments.iter().map(|segment| {
            let part = &value[start as usize..segment.end as usize];
            start = segment.end;
            (part.to_owned(), segment.source.of(text), segment.verbatim)
        });
        parts.collect::<Vec<_>>()
    };
    let part = |part: &str, source, verbatim| (part.to_owned(), source, verbatim);
    assert_eq!(
        segments("a"),
        [
            part("x", "x", true),
            part("é", "\\u00e9", false),
            part("y", "y", true),
            part("z", "z", true),
            part(" ", "  \n  ", false),
            part("w", "w", true),
        ]
    );
    assert_eq!(
        segments("b"),
        [
            part("p", "p", true),
            part(" ", "\n", false),
            part("q", "q", true),
            part("\n", "\n", true),
            part("r\n", "r\n", true),
        ]
    );
}

#[test]
fn properties_and_aliases() {
    let text = "a: &x !t b\nc: !!map &y\n  d: *x\n  <<: *y2\ne: &x f\ng: *x\n*x : h\n";
    let document = parse(text);
    assert_eq!(outline(&document), r#"{"a": "b", "c": {"d": *x, "<<": *y2?}, "e": "f", "g": *x, *x: "h"}"#);
    let node = document.node(at(&document, &["c"]));
    assert_eq!(node.tag.as_ref().map(|tag| &*tag.name), Some("!!map"));
    assert_eq!(node.anchor.as_ref().map(|anchor| &*anchor.name), Some("y"));
    let NodeKind::Alias(_, target) = document.node(at(&document, &["c", "d"])).kind else { panic!() };
    assert_eq!(target, Some(at(&document, &["a"])));
    let NodeKind::Alias(_, target) = document.node(at(&document, &["g"])).kind else { panic!() };
    assert_eq!(target, Some(at(&document, &["e"])), "the last anchor of the name counts");
    let [error] = document.errors() else { panic!("{:?}", document.errors()) };
    assert_eq!(error.range.of(text), "*y2");
}

/// go-yaml keeps anchors from one document of a file to the next: Docker Compose 2.40.3 takes this.
#[test]
fn anchors_outlive_their_document() {
    let document = parse("a: &x b\n---\nc: *x\n");
    assert_eq!((document.errors(), document.roots().len()), (&[][..], 2));
}

#[test]
fn a_value_cannot_contain_itself() {
    let document = parse("a: &x\n  b: [*x]\nc: *x\n");
    assert_eq!(outline(&document), r#"{"a": {"b": [*x?]}, "c": *x}"#);
    assert_eq!(document.errors().len(), 1);
}

#[test]
fn documents_are_roots_and_an_empty_text_has_none() {
    for text in ["", "\n\n", "# only a comment\n", "\u{feff}", "   "] {
        let document = parse(text);
        assert_eq!((document.roots(), document.errors()), (&[][..], &[][..]), "{text:?}");
    }
    assert_eq!(outline(&parse("a: 1\n---\n- b\n...\n---\n---\nc\n")), r#"{"a": "1"}["b"]_"c""#);
    assert_eq!(outline(&parse("{a: 1, a: 2, <<: {}, <<: {}}")), r#"{"a": "1", "a": "2", "<<": {}, "<<": {}}"#);
}

#[test]
fn comments_are_complete() {
    let mut text =
        String::from("\u{feff}# first\na: b # right\nc: 'd # no' #\n  \t# indented\ne: | # header\n  # no comment\n");
    for _ in 0..1_000 {
        text.push_str("# one of many\n");
    }
    text.push_str("f: [a, # in a list\n  b]\n# last");
    let document = parse(&text);
    let comments: Vec<_> =
        document.comments().iter().map(|comment| (comment.range.of(&text), comment.own_line)).collect();
    assert_eq!(comments.len(), 1_007);
    let first = [("# first", true), ("# right", false), ("#", false), ("# indented", true), ("# header", false)];
    assert_eq!(comments[..5], first);
    assert_eq!(comments[1_005..], [("# in a list", false), ("# last", true)]);
}

#[test]
fn line_ends_are_alike() {
    let lines = ["a: |", "  b", "", "c: 'd", "", "  e' # f", "g: h", "  i"];
    for end in ["\n", "\r\n", "\r"] {
        let document = parse(&lines.join(end));
        assert_eq!(outline(&document), r#"{"a": "b\n", "c": "d\ne", "g": "h i"}"#, "{end:?}");
        assert_eq!(document.comments().len(), 1);
    }
}

/// go-yaml ends a line, and a comment, at the line breaks of YAML 1.1: what follows is no part of the comment.
#[test]
fn line_breaks_of_yaml_1_1_hide_nothing() {
    for end in ["\u{85}", "\u{2028}", "\u{2029}"] {
        let text = format!("a: b # c{end}d: e\nf: |\n  g{end}  h\n");
        let document = parse(&text);
        assert_eq!(source(&document, &["d"]), "e");
        assert_eq!(document.comments()[0].range.of(&text), "# c");
        assert!(document.scalar(at(&document, &["f"])).unwrap().contains('\n'));
    }
}
