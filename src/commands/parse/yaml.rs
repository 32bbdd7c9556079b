//! A YAML file as a tree.

use serde::Serialize;
use stacklint_engine::text::Text;
use stacklint_parsers::{Document, Format, Node, NodeId, NodeKind, ScalarStyle};

use super::{JsonSpan, Reader};

#[derive(Serialize)]
pub(super) struct JsonYaml {
    format: &'static str,
    documents: Vec<JsonNode>,
    errors: Vec<JsonSyntaxError>,
}

/// A node. The parser reads no more than 128 levels, so writing them one in the other needs little stack.
#[derive(Serialize)]
struct JsonNode {
    kind: &'static str,
    style: Option<&'static str>,
    tag: Option<String>,
    anchor: Option<String>,
    span: JsonSpan,
    #[serde(flatten)]
    content: JsonContent,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum JsonContent {
    /// The decoded text of a scalar, the name of an alias.
    Value(String),
    Items(Vec<JsonNode>),
    Entries(Vec<JsonEntry>),
}

#[derive(Serialize)]
struct JsonEntry {
    key: JsonNode,
    value: JsonNode,
}

#[derive(Serialize)]
struct JsonSyntaxError {
    message: String,
    span: JsonSpan,
}

impl Reader<'_> {
    pub(super) fn yaml(&self, document: &Document) -> JsonYaml {
        JsonYaml {
            format: Format::Yaml.name(),
            documents: document.roots().iter().map(|root| self.node(document, *root, "")).collect(),
            errors: self.errors(document),
        }
    }

    /// A node under the key it stands at.
    fn node(&self, document: &Document, id: NodeId, key: &str) -> JsonNode {
        let Node { range, kind, tag, anchor, .. } = document.node(id);
        let (kind, style, content) = match kind {
            NodeKind::Scalar(scalar) => {
                let text = Text::from_scalar(document, self.file.id, id);
                let value = self.masking.text(key, &text, |range| text.as_str().get(range).unwrap_or_default().into());
                ("scalar", Some(style(scalar.style)), JsonContent::Value(value))
            }
            NodeKind::Sequence(items) => {
                let items = items.iter().map(|item| self.node(document, *item, key)).collect();
                ("sequence", None, JsonContent::Items(items))
            }
            NodeKind::Mapping(entries) => {
                let entries = entries.iter().map(|entry| {
                    let name = document.scalar(entry.key).unwrap_or_default();
                    JsonEntry { key: self.node(document, entry.key, ""), value: self.node(document, entry.value, name) }
                });
                ("mapping", None, JsonContent::Entries(entries.collect()))
            }
            NodeKind::Alias(name, _) => ("alias", None, JsonContent::Value(name.to_string())),
        };
        JsonNode {
            kind,
            style,
            tag: tag.as_ref().map(|tag| tag.name.to_string()),
            anchor: anchor.as_ref().map(|anchor| anchor.name.to_string()),
            span: self.span(*range),
            content,
        }
    }

    fn errors(&self, document: &Document) -> Vec<JsonSyntaxError> {
        let errors = document.errors().iter();
        errors.map(|error| JsonSyntaxError { message: error.message.clone(), span: self.span(error.range) }).collect()
    }
}

fn style(style: ScalarStyle) -> &'static str {
    match style {
        ScalarStyle::Plain => "plain",
        ScalarStyle::SingleQuoted => "single_quoted",
        ScalarStyle::DoubleQuoted => "double_quoted",
        ScalarStyle::Literal => "literal",
        ScalarStyle::Folded => "folded",
    }
}
