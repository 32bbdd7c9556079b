//! What values are called: their names, and their logical paths.

use std::fmt;

/// The name of a value: its key, and the key of the mapping it stands in where that is needed to understand it.
#[derive(Clone, Copy)]
pub(super) struct Name<'a> {
    outer: Option<&'a str>,
    key: &'a str,
}

impl<'a> Name<'a> {
    pub(super) fn of(key: &'a str) -> Self {
        Self { outer: None, key }
    }

    /// The name of what stands under `key` in the mapping of this name. `users` or `value` says nothing without what it
    /// belongs to.
    pub(super) fn inner(self, key: &'a str) -> Self {
        Self { outer: Some(self.key.rsplit('.').next().unwrap_or_default()), key }
    }

    /// The name, with `buffer` to put it together in.
    pub(super) fn put<'b>(self, buffer: &'b mut String) -> &'b str
    where
        'a: 'b,
    {
        let Some(outer) = self.outer else { return self.key };
        buffer.clear();
        buffer.extend([outer, ".", self.key]);
        buffer
    }
}

/// The logical path of a value. It is put in words for the few that hold a secret.
#[derive(Clone, Copy)]
pub(super) enum Path<'p> {
    Section(&'p str),
    Key(&'p Path<'p>, &'p str),
    Item(&'p Path<'p>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Section(name) => formatter.write_str(name),
            Self::Key(above, key) => {
                above.fmt(formatter)?;
                formatter.write_str(".")?;
                formatter.write_str(key)
            }
            Self::Item(above, index) => write!(formatter, "{above}[{index}]"),
        }
    }
}
