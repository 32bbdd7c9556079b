//! What we read against what two event parsers read: the one we build on, and one by other authors.
//!
//! Known differences of the second one (rlsp-yaml-parser 0.11):
//!
//! - its collections have no width (flow: at the bracket; block: from the first child to the next token);
//! - a scalar of several lines ends behind its line break, with the comment in front of it, a block scalar behind the
//!   empty lines below it;
//! - a missing value stands where the line ends (at the end of the text, somewhere before), ours behind the
//!   indicator;
//! - a document without content has no node, ours has an empty scalar;
//! - some comments are not reported: in the header of a block scalar, behind a scalar of several lines, and more;
//! - a plain scalar in a list ends at an empty line (Docker Compose and we read on: `a_list_item_goes_on`);
//! - `!!` tags are given in full, ours as written;
//! - the last line of a block scalar that has no line break is given one; go-yaml and we add none.

use proptest::prelude::*;
use rlsp_yaml_parser::{CollectionStyle, Event};
use stacklint_parsers::{Document, NodeId, NodeKind, ScalarValue, TextRange};

use super::{generator, support};

/// Nodes in the order of the file.
fn preorder(document: &Document) -> Vec<NodeId> {
    let mut nodes = Vec::new();
    let mut left: Vec<NodeId> = document.roots().iter().rev().copied().collect();
    while let Some(id) = left.pop() {
        nodes.push(id);
        match &document.node(id).kind {
            NodeKind::Sequence(items) => left.extend(items.iter().rev()),
            NodeKind::Mapping(entries) => left.extend(entries.iter().rev().flat_map(|entry| [entry.value, entry.key])),
            _ => {}
        }
    }
    nodes
}

fn agree_with_rlsp(text: &str) {
    let document = support::parse(text);
    assert_eq!(document.errors(), [], "{text:?}");
    let mut nodes = preorder(&document).into_iter();
    let mut comments = document.comments().iter();
    let mut open = Vec::new();
    for event in rlsp_yaml_parser::parse_events(text) {
        let (event, span) = event.unwrap_or_else(|error| panic!("{error:?} in {text:?}"));
        let theirs = TextRange::new(span.start, span.end);
        match &event {
            Event::Comment { .. } => {
                assert!(comments.any(|comment| comment.range == theirs), "a comment of {text:?}");
            }
            Event::Scalar { value, .. } => {
                let node = document.node(nodes.next().unwrap());
                let NodeKind::Scalar(scalar) = &node.kind else { panic!("{value:?} is no scalar in {text:?}") };
                let value = without_added_break(text, theirs, value);
                assert_eq!(scalar.value(text), value, "{text:?}");
                agree_on_scalar(text, node.range, theirs);
                agree_on_properties(text, node, &event);
            }
            Event::Alias { name } => {
                let node = document.node(nodes.next().unwrap());
                let NodeKind::Alias(ours, target) = &node.kind else { panic!("no alias in {text:?}") };
                assert_eq!((&**ours, node.range), (*name, theirs), "{text:?}");
                let anchor = target.and_then(|target| document.node(target).anchor.as_ref());
                assert_eq!(anchor.map(|anchor| &*anchor.name), Some(*name));
            }
            Event::SequenceStart { style, .. } | Event::MappingStart { style, .. } => {
                let id = nodes.next().unwrap();
                let node = document.node(id);
                let is_mapping = matches!(node.kind, NodeKind::Mapping(_));
                assert_eq!(is_mapping, matches!(event, Event::MappingStart { .. }), "{text:?}");
                assert_eq!(node.range.start, theirs.start, "start of a collection in {text:?}");
                agree_on_properties(text, node, &event);
                open.push((id, *style));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let (id, style) = open.pop().unwrap();
                let ours = document.node(id).range;
                if style == CollectionStyle::Flow {
                    assert_eq!(ours.end, theirs.end + 1, "end of a flow collection in {text:?}");
                } else {
                    let last = preorder_end(&document, id);
                    assert_eq!(ours.end, last, "end of a block collection in {text:?}");
                    assert!(ours.end <= theirs.end || is_filler(&text[ours.end as usize..]), "{text:?}");
                }
            }
            _ => {}
        }
    }
    assert_eq!(nodes.next(), None, "{text:?}");
}

/// The value of a block scalar without the line break that both other parsers add where it ends a text without one.
fn without_added_break<'v>(text: &str, source: TextRange, value: &'v str) -> &'v str {
    let is_block = source.of(text).starts_with(['|', '>']);
    let added = is_block && source.end as usize == text.len() && !text.ends_with(['\n', '\r']);
    value.strip_suffix('\n').filter(|_| added).unwrap_or(value)
}

/// Whether a part of a text is only blanks, line breaks and comments.
fn is_filler(part: &str) -> bool {
    part.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
}

fn preorder_end(document: &Document, id: NodeId) -> u32 {
    let last = match &document.node(id).kind {
        NodeKind::Sequence(items) => items.last().copied(),
        NodeKind::Mapping(entries) => entries.last().map(|entry| entry.value),
        _ => None,
    };
    last.map_or(0, |last| document.node(last).range.end)
}

fn agree_on_scalar(text: &str, ours: TextRange, theirs: TextRange) {
    let between = |from: u32, to: u32| TextRange::new(from, to).of(text);
    if ours.is_empty() {
        if is_filler(&text[ours.end as usize..]) {
            return;
        }
        assert!(ours.start <= theirs.start && is_filler(between(ours.start, theirs.start)), "{text:?}");
        return;
    }
    assert_eq!(ours.start, theirs.start, "start of a scalar in {text:?}");
    assert!(ours.end <= theirs.end, "end of a scalar in {text:?}");
    let rest = between(ours.end, theirs.end);
    assert!(is_filler(rest), "{rest:?} of {text:?}");
}

fn agree_on_properties(text: &str, node: &stacklint_parsers::Node, event: &Event<'_>) {
    let range = |span: Option<rlsp_yaml_parser::Span>| span.map(|span| TextRange::new(span.start, span.end));
    assert_eq!(node.anchor.as_ref().map(|anchor| &*anchor.name), event.anchor(), "anchor in {text:?}");
    assert_eq!(node.anchor.as_ref().map(|anchor| anchor.range), range(event.anchor_loc()), "{text:?}");
    assert_eq!(node.tag.as_ref().map(|tag| tag.range), range(event.tag_loc()), "{text:?}");
}

/// Each scalar of the tree has the text that granit gives. In texts that every parser takes, no segment stands for a
/// whole scalar, which is what the decoder falls back to where it would differ. (It does for what only granit takes, such
/// as a comment behind a tab in a plain scalar.)
fn agree_with_granit(text: &str, in_parts: bool) {
    // These are read as go-yaml does, not as granit does; NUL ends a text for granit.
    if text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\0']) {
        return;
    }
    let document = support::parse(text);
    if !document.errors().is_empty() {
        return;
    }
    let nodes = preorder(&document);
    let mut scalars = nodes.iter().filter_map(|id| match &document.node(*id).kind {
        NodeKind::Scalar(scalar) => Some((document.node(*id).range, scalar)),
        _ => None,
    });
    let mut comments = document.comments().iter();
    let options = granit_parser::options! { emit_unresolved_aliases: true };
    for event in granit_parser::Parser::new_from_str_with_options(text, options) {
        // What only go-yaml reads has no second opinion here.
        let Ok((event, span)) = event else { return };
        if let granit_parser::Event::Comment(..) = event {
            let theirs = span.byte_range().map(TextRange::from_usize);
            assert_eq!(comments.next().map(|comment| comment.range), theirs, "a comment of {text:?}");
        }
        let granit_parser::Event::Scalar(value, ..) = event else { continue };
        let (range, scalar) = scalars.next().expect("a scalar is missing");
        let ours = scalar.value(text);
        let shorter =
            without_added_break(text, TextRange::new(range.start, span.end.byte_offset().unwrap() as u32), &value);
        let matches = match span.byte_range() {
            Some(span) if span.is_empty() && value == "~" => ours.is_empty(),
            _ => ours == value || ours == shorter,
        };
        assert!(matches, "{ours:?} is not {value:?} in {text:?}");
        if let (ScalarValue::Decoded(_, segments), true) = (&scalar.value, in_parts) {
            assert!(segments.iter().all(|segment| segment.source != range), "no segments for {ours:?} in {text:?}");
        }
    }
    assert!(scalars.next().is_none() && comments.next().is_none());
}

/// By hand, beside the generated ones.
const TEXTS: [&str; 8] = [
    "services:\n  web: !override\n    image: nginx # c\n    ports: [ \"80:80\", {a: b}, [] ]\n",
    "a:\n- b\n-\n- - c\n  - d\n- e: f\n  g:\n\nh: ~\n",
    "\u{feff}# c\n\"ä\": |+ # h\n  x\n\n\n'b': >\n\n  y\n  z\n\n# c\nc: \"d\\\n  e\"\n",
    "a: &b\n  c: d\nf: *b\ng:\n  <<: *b\n",
    "? a\n: b\n? - c\n: - d\n",
    "a: b\r\nc: |\r\n  d\r\n\r\n  e\r\nf: 'g\r\n  h'\r\n",
    "---\na: 1\n...\n---\nb: 2\n",
    "a: x\n  y\n\n  z\nb: [c,\n  d, # e\n  f\n  ]\n",
];

#[test]
fn agrees_on_hand_written_texts() {
    for text in TEXTS {
        agree_with_rlsp(text);
        agree_with_granit(text, true);
    }
}

/// Docker Compose 2.40.3 reads the item as we do.
#[test]
fn a_list_item_goes_on() {
    let document = support::parse("x-t:\n- a\n\n  b\n");
    assert_eq!(support::outline(&document), r#"{"x-t": ["a\nb"]}"#);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_on_generated_texts(choices in prop::collection::vec(any::<u8>(), 0..120)) {
        let text = generator::valid(&choices);
        agree_with_rlsp(&text);
        agree_with_granit(&text, true);
    }

    #[test]
    fn agrees_with_granit_on_scraps(choices in prop::collection::vec(any::<u8>(), 0..24)) {
        agree_with_granit(&generator::scraps(&choices), false);
    }
}
