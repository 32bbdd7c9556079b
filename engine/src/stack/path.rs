//! The logical path of a value in a Compose file.

use std::fmt;

/// A path such as `services.db.ports[0]`, linked from the inside out while a tree is walked: most values need none, so
/// that none is written out before somebody asks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    part: Part<'a>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Part<'a> {
    #[default]
    Top,
    Key(&'a str),
    Index(usize),
}

impl<'a> Path<'a> {
    /// The path one key deeper.
    pub(crate) fn key(&'a self, key: &'a str) -> Self {
        Self { parent: Some(self), part: Part::Key(key) }
    }

    /// Whether its last part is that key.
    pub(crate) fn ends_with(&self, key: &str) -> bool {
        matches!(self.part, Part::Key(last) if last == key)
    }

    /// The path one list item deeper.
    pub(crate) fn index(&'a self, index: usize) -> Self {
        Self { parent: Some(self), part: Part::Index(index) }
    }

    /// The name of the service and the path of an attribute in it: `db` and `deploy.resources`. Nothing for what lies
    /// elsewhere or in a list, and for the entries of a mapping of names, for which having no value means something.
    pub(crate) fn in_service(&self) -> Option<(&'a str, String)> {
        let mut keys = Vec::new();
        let mut at = *self;
        while let Some(parent) = at.parent {
            match at.part {
                Part::Key(key) => keys.push(key),
                Part::Index(_) | Part::Top => return None,
            }
            at = *parent;
        }
        let (&top, keys) = keys.split_last()?;
        let (&service, keys) = keys.split_last()?;
        let first = keys.last().filter(|first| top == "services" && !first.starts_with("x-"))?;
        let named = keys.len() > 1 && matches!(*first, "networks" | "depends_on" | "models");
        (!named).then(|| (service, keys.iter().rev().copied().collect::<Vec<_>>().join(".")))
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(parent) = self.parent else { return Ok(()) };
        parent.fmt(formatter)?;
        match self.part {
            Part::Top => Ok(()),
            Part::Key(key) if matches!(parent.part, Part::Top) => formatter.write_str(key),
            Part::Key(key) => write!(formatter, ".{key}"),
            Part::Index(index) => write!(formatter, "[{index}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_one() {
        let top = Path::default();
        let services = top.key("services");
        let service = services.key("db");
        let ports = service.key("ports");
        assert_eq!(ports.index(0).to_string(), "services.db.ports[0]");
        assert_eq!(top.to_string(), "");
        assert_eq!(ports.in_service(), Some(("db", "ports".to_owned())));
        assert_eq!((service.in_service(), ports.index(0).in_service()), (None, None));
        let networks = service.key("networks");
        assert_eq!(networks.key("default").in_service(), None);
    }
}
