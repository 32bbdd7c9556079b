//! Tricky YAML scalars against what Docker Compose itself makes of them.
//!
//! `scalars.json` holds inputs of our own with the recorded answers.

use stacklint_parsers::{Document, NodeId, NodeKind, ScalarValue, yaml};

fn value_of(document: &Document, key: &str) -> Option<NodeId> {
    let root = *document.roots().first()?;
    document.entries(root).iter().find(|entry| document.scalar(entry.key) == Some(key)).map(|entry| entry.value)
}

#[test]
fn scalars_read_as_in_docker_compose() {
    let table: serde_json::Value = serde_json::from_str(include_str!("scalars.json")).unwrap();
    let cases = table["cases"].as_array().unwrap();
    assert!(cases.len() > 50, "the table holds only {} cases", cases.len());
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let text = case["yaml"].as_str().unwrap();
        let document = yaml::parse(text.into());
        assert_eq!(document.errors(), [], "{name}");
        let node = value_of(&document, "x-t").unwrap_or_else(|| panic!("{name}: no value"));
        let read = document.scalar(node).unwrap_or_else(|| panic!("{name}: no scalar"));
        assert_eq!(Some(read), case["value"].as_str(), "{name}");
    }
}

/// Segments cover the text, stand in the order of the file, inside the file, and are what they say.
#[test]
fn segments_cover_the_text() {
    let table: serde_json::Value = serde_json::from_str(include_str!("scalars.json")).unwrap();
    let mut decoded = 0;
    for case in table["cases"].as_array().unwrap() {
        let text = case["yaml"].as_str().unwrap();
        let document = yaml::parse(text.into());
        for (_, node) in document.nodes() {
            let NodeKind::Scalar(scalar) = &node.kind else { continue };
            let ScalarValue::Decoded(value, segments) = &scalar.value else { continue };
            decoded += 1;
            let (mut end, mut source_end) = (0, node.range.start);
            for segment in segments {
                let part = &value[end as usize..segment.end as usize];
                assert!(!part.is_empty());
                assert!(segment.source.start >= source_end, "{text:?}");
                if segment.verbatim {
                    assert_eq!(part, segment.source.of(text), "{text:?}");
                }
                (end, source_end) = (segment.end, segment.source.end);
            }
            assert_eq!(end as usize, value.len(), "{text:?}");
        }
    }
    assert!(decoded > 40, "only {decoded} scalars were decoded");
}
