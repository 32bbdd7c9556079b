//! The rules by the names a user gives them.

use stacklint_engine::config::{UnknownName, did_you_mean};
use stacklint_engine::rule::Rule;
use stacklint_engine::similar::similar;

use crate::error::Error;

/// All rules, by family and then by id.
pub(crate) fn all() -> &'static [Rule] {
    stacklint_rules::all()
}

/// The rule of that id.
///
/// # Errors
/// If there is none.
pub(crate) fn find(id: &str) -> Result<&'static Rule, Error> {
    all().iter().find(|rule| rule.id == id).ok_or_else(|| {
        let help = did_you_mean(similar(id, all().iter().map(|rule| rule.id)));
        Error::UnknownRule { what: "rule", name: id.to_owned(), help }
    })
}

impl From<UnknownName> for Error {
    fn from(unknown: UnknownName) -> Self {
        let help = unknown.help();
        Self::UnknownRule { what: "rule or family", name: unknown.name, help }
    }
}
