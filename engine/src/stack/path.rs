//! The logical path of a value in a Compose file.

use std::fmt;

/// A path such as `services.db.ports[0]`, grown and shrunk while the tree is walked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Path(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Key(Box<str>),
    Index(usize),
}

impl Path {
    /// The path `services.NAME`.
    pub(crate) fn service(name: &str) -> Self {
        Self(vec![Part::Key("services".into()), Part::Key(name.into())])
    }

    /// Does something one key deeper.
    pub(crate) fn key<T>(&mut self, key: &str, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.0.push(Part::Key(key.into()));
        let result = inside(self);
        self.0.pop();
        result
    }

    /// Does something one list item deeper.
    pub(crate) fn index<T>(&mut self, index: usize, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.0.push(Part::Index(index));
        let result = inside(self);
        self.0.pop();
        result
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, part) in self.0.iter().enumerate() {
            match part {
                Part::Key(key) if position > 0 => write!(formatter, ".{key}")?,
                Part::Key(key) => formatter.write_str(key)?,
                Part::Index(index) => write!(formatter, "[{index}]")?,
            }
        }
        Ok(())
    }
}
