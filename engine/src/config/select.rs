//! Rules by the names that users give them: ids and families.

use crate::rule::Rule;
use crate::similar::similar;

/// A name that is no rule and no family.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no rule or family `{name}`")]
pub struct UnknownName {
    /// The name.
    pub name: String,
    /// What may have been meant.
    pub similar: Option<&'static str>,
}

impl UnknownName {
    /// What to do.
    #[must_use]
    pub fn help(&self) -> String {
        did_you_mean(self.similar)
    }
}

/// What to say of a name that is not known, given the known one most like it.
#[must_use]
pub fn did_you_mean(similar: Option<&str>) -> String {
    match similar {
        Some(known) => format!("did you mean `{known}`?"),
        None => "`stacklint rules` lists them".to_owned(),
    }
}

impl Rule {
    /// Whether a name is that of this rule or of its family.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        self.id == name || self.family == name
    }
}

/// The rules that a name means.
///
/// # Errors
/// If there are none.
pub(super) fn rules_named(
    catalogue: &'static [Rule],
    name: &str,
) -> Result<impl Iterator<Item = &'static Rule>, UnknownName> {
    if !catalogue.iter().any(|rule| rule.is_named(name)) {
        let similar = similar(name, catalogue.iter().flat_map(|rule| [rule.family, rule.id]));
        return Err(UnknownName { name: name.to_owned(), similar });
    }
    let name = name.to_owned();
    Ok(catalogue.iter().filter(move |rule| rule.is_named(&name)))
}
