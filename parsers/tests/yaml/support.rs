//! What the tests of this folder share.

use std::fmt::Write as _;

use stacklint_parsers::{Document, NodeId, NodeKind, ScalarValue, yaml};

/// Reads `text`, checks what must be true of every document, and gives it back.
pub(crate) fn parse(text: &str) -> Document {
    let document = yaml::parse(text.into());
    check(&document);
    document
}

/// The node at a path of keys and indices below the first root.
pub(crate) fn at(document: &Document, path: &[&str]) -> NodeId {
    let root = *document.roots().first().expect("no root");
    path.iter().fold(root, |node, step| match step.parse::<usize>() {
        Ok(index) if !document.items(node).is_empty() => document.items(node)[index],
        _ => {
            let found = document.entries(node).iter().find(|entry| document.scalar(entry.key) == Some(step));
            found.unwrap_or_else(|| panic!("no {step} of {path:?}")).value
        }
    })
}

/// The source of the node at a path.
pub(crate) fn source<'d>(document: &'d Document, path: &[&str]) -> &'d str {
    document.node(at(document, path)).range.of(document.text())
}

/// The tree on one line for comparisons: `{key: value}`, `[item]`, `*alias`, scalars in their Rust notation.
pub(crate) fn outline(document: &Document) -> String {
    let mut out = String::new();
    for root in document.roots() {
        write_outline(document, *root, &mut out);
    }
    out
}

fn write_outline(document: &Document, id: NodeId, out: &mut String) {
    let node = document.node(id);
    if node.repaired {
        out.push('~');
    }
    match &node.kind {
        NodeKind::Scalar(scalar) if node.range.is_empty() => {
            assert_eq!(scalar.value(document.text()), "");
            out.push('_');
        }
        NodeKind::Scalar(scalar) => {
            let value = scalar.value(document.text());
            write!(out, "{value:?}").unwrap();
        }
        NodeKind::Alias(name, target) => {
            write!(out, "*{name}{}", if target.is_some() { "" } else { "?" }).unwrap();
        }
        NodeKind::Sequence(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_outline(document, *item, out);
            }
            out.push(']');
        }
        NodeKind::Mapping(entries) => {
            out.push('{');
            for (index, entry) in entries.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_outline(document, entry.key, out);
                out.push_str(": ");
                write_outline(document, entry.value, out);
            }
            out.push('}');
        }
    }
}

/// What holds for every text: ranges fit the text and nest, siblings stand in order, segments cover their text and are
/// what they say, aliases point back, comments and errors stand in order.
pub(crate) fn check(document: &Document) {
    let text = document.text();
    let fits =
        |range: stacklint_parsers::TextRange| assert!(text.get(range.to_usize()).is_some(), "{range:?} of {text:?}");
    for (id, node) in document.nodes() {
        fits(node.range);
        if let Some(tag) = &node.tag {
            assert_eq!(tag.range.of(text), &*tag.name);
        }
        if let Some(anchor) = &node.anchor {
            assert_eq!(anchor.range.of(text), format!("&{}", anchor.name));
        }
        let children: Vec<NodeId> = match &node.kind {
            NodeKind::Sequence(items) => items.clone(),
            NodeKind::Mapping(entries) => entries.iter().flat_map(|entry| [entry.key, entry.value]).collect(),
            NodeKind::Alias(name, target) => {
                assert_eq!(node.range.of(text), format!("*{name}"));
                assert!(target.is_none_or(|target| target < id), "an alias points ahead");
                Vec::new()
            }
            NodeKind::Scalar(scalar) => {
                check_scalar(text, node.range, &scalar.value);
                Vec::new()
            }
        };
        let mut end = node.range.start;
        for child in children {
            let child = document.node(child).range;
            assert!(child.start >= end, "children out of order at {child:?} of {text:?}");
            assert!(node.range.contains(child), "{child:?} is not in {:?} of {text:?}", node.range);
            end = child.end;
        }
    }
    let comments = document.comments();
    assert!(comments.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start), "comments of {text:?}");
    for comment in comments {
        let source = comment.range.of(text);
        assert!(source.starts_with('#') && !source.contains(['\n', '\r']), "comment {source:?}");
    }
    assert!(document.errors().windows(2).all(|pair| pair[0].range <= pair[1].range), "errors of {text:?}");
    for error in document.errors() {
        fits(error.range);
        error.skipped.into_iter().for_each(fits);
    }
}

fn check_scalar(text: &str, range: stacklint_parsers::TextRange, value: &ScalarValue) {
    match value {
        ScalarValue::Verbatim(inner) => assert!(range.contains(*inner)),
        ScalarValue::Decoded(value, segments) => {
            let (mut end, mut source_end) = (0, range.start);
            for segment in segments {
                let part = value.get(end as usize..segment.end as usize).expect("a segment off the text");
                assert!(!part.is_empty());
                assert!(segment.source.start >= source_end, "segments out of order in {text:?}");
                assert!(text.get(segment.source.to_usize()).is_some());
                if segment.verbatim {
                    assert_eq!(part, segment.source.of(text), "{text:?}");
                }
                (end, source_end) = (segment.end, segment.source.end);
            }
            assert_eq!(end as usize, value.len(), "{text:?}");
        }
    }
}
