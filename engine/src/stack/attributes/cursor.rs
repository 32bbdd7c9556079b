//! The way through the table of attributes: key by key, as a walk goes down the model.

use std::sync::OnceLock;

use super::{Attribute, PLAIN, Shape, TABLE};
use crate::map::HashMap;

/// A place in the table: what is known of one path and of the paths below it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor(Option<&'static Node>);

/// What the table says of a path or of one below it: a walk leaves out the values in which nothing concerns it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Concerns {
    /// A value has a canonical form.
    pub(crate) shape: bool,
    /// Items of a list may be the same.
    pub(crate) unique: bool,
    /// A value names a file.
    pub(crate) path: bool,
    /// Whether a value can be read shows in the end.
    pub(crate) late: bool,
}

#[derive(Debug, Default)]
struct Node {
    attribute: Attribute,
    concerns: Concerns,
    children: HashMap<&'static str, Node>,
    any: Option<Box<Node>>,
}

impl Cursor {
    /// The top of a Compose file.
    pub(crate) fn root() -> Self {
        static TREE: OnceLock<Node> = OnceLock::new();
        Self(Some(TREE.get_or_init(build)))
    }

    /// The path `services.*`.
    pub(crate) fn service() -> Self {
        Self::root().key("services").key("*")
    }

    /// Below a key.
    pub(crate) fn key(self, key: &str) -> Self {
        Self(self.0.and_then(|node| node.children.get(key).or(node.any.as_deref())))
    }

    /// Whether the table says nothing of any path below this one.
    pub(crate) fn is_leaf(self) -> bool {
        self.0.is_none_or(|node| node.children.is_empty() && node.any.is_none())
    }

    /// What the table says of this path or of one below it.
    pub(crate) fn concerns(self) -> Concerns {
        self.0.map_or_else(Concerns::default, |node| node.concerns)
    }

    /// Below any item of a list.
    pub(crate) fn item(self) -> Self {
        self.key("[]")
    }

    /// What is special about it.
    pub(crate) fn attribute(self) -> &'static Attribute {
        self.0.map_or(&PLAIN, |node| &node.attribute)
    }
}

fn build() -> Node {
    let mut root = Node::default();
    for (path, attribute) in TABLE {
        let mut node = &mut root;
        for part in path.split('.') {
            node = match part {
                "*" => node.any.get_or_insert_default(),
                part => node.children.entry(part).or_default(),
            };
        }
        node.attribute = *attribute;
    }
    root.gather();
    root
}

impl Node {
    /// Works out what concerns whom.
    fn gather(&mut self) -> Concerns {
        let Attribute { shape, unique, path, .. } = self.attribute;
        let mut concerns = Concerns {
            shape: shape.is_some(),
            unique: unique.is_some(),
            path: path.is_some(),
            late: self.attribute.may_be_left(),
        };
        for below in self.children.values_mut().chain(self.any.as_deref_mut()) {
            let below = below.gather();
            concerns.shape |= below.shape;
            concerns.unique |= below.unique;
            concerns.path |= below.path;
            concerns.late |= below.late;
        }
        self.concerns = concerns;
        concerns
    }
}

impl Attribute {
    /// Whether what cannot be read as its value is left for a later layer to replace.
    fn may_be_left(&self) -> bool {
        use Shape::{Bytes, BytesText, Command, Contexts, Duration, ExtraHosts, FileMode, WholeNumber};
        let shape = |shape| {
            matches!(shape, Bytes | BytesText | Command | Contexts | Duration | ExtraHosts | FileMode | WholeNumber)
        };
        self.shape.is_some_and(shape) || (self.late && self.cast.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Cast, Merge, Unique};
    use super::*;

    #[test]
    fn finds_what_the_table_says() {
        let service = Cursor::root().key("services").key("db");
        assert_eq!(service.key("ports").attribute().unique, Some(Unique::Port));
        assert_eq!(service.key("ports").item().key("target").attribute().cast, Some(Cast::Int));
        assert_eq!(service.key("ulimits").key("nofile").key("hard").attribute().cast, Some(Cast::Int));
        assert_eq!(service.key("image").attribute().merge, Merge::ByType);
        assert_eq!(Cursor::root().key("x-y").key("ports").attribute().unique, None);
    }

    #[test]
    fn names_every_path_once() {
        let mut paths: Vec<_> = TABLE.iter().map(|(path, _)| path).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), TABLE.len());
    }
}
