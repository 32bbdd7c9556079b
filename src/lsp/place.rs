//! Where the editor works, and which files matter there by their names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use stacklint_engine::config::NAMES;
use stacklint_engine::discover::{is_compose_name, loose_kind};

use super::uri;

/// Where a root is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Links followed.
    pub(crate) path: PathBuf,
    /// As the client spells it.
    pub(crate) uri: String,
    /// Only these directories of it, and not what is below them: nobody asked for that to be looked through.
    pub(crate) only: Option<BTreeSet<PathBuf>>,
}

impl Place {
    /// How the client would name a file.
    pub(crate) fn uri_of(&self, path: &Path) -> String {
        match path.strip_prefix(&self.path) {
            Ok(relative) => uri::below(&self.uri, relative),
            Err(_) => uri::from_path(path),
        }
    }
}

/// Whether a file decides over more than the stacks that read it, by its name.
pub(crate) fn names_more(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    NAMES.contains(&name) || name == ".gitignore" || name == "stacklint.baseline.json"
}

/// Whether a file is judged because of its name.
pub(crate) fn is_known_by_name(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    is_compose_name(name) || loose_kind(name).is_some() || name == ".env"
}

/// Whether a file is any business of ours, wherever it is.
pub(crate) fn is_ours(path: &Path) -> bool {
    let is_configuration = |name: &str| NAMES.contains(&name);
    is_known_by_name(path) || path.file_name().and_then(|name| name.to_str()).is_some_and(is_configuration)
}
