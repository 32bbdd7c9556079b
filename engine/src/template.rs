//! Templates: files such as `.env.example` that somebody is to copy and fill in.

use std::path::{Path, PathBuf};

use crate::vfs::Vfs;

/// Whether a file is a template by its name.
#[must_use]
pub fn is_template(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    const ENDINGS: [&str; 8] = ["example", "examples", "sample", "dist", "template", "tmpl", "tpl", "defaults"];
    name.split(['.', '-', '_']).any(|part| ENDINGS.contains(&part))
}

/// The template that `path` is made from: the file beside it whose name says so, `.env.example` for `.env`,
/// `config.example.yaml` or `config.yaml.dist` for `config.yaml`.
pub(crate) fn template_of(path: &Path, vfs: &Vfs) -> Option<PathBuf> {
    const ENDINGS: [&str; 4] = ["example", "sample", "dist", "template"];
    let (directory, name) = (path.parent()?, path.file_name()?.to_str()?);
    let behind = ENDINGS.iter().map(|ending| format!("{name}.{ending}"));
    // The whole name of `.env` is no extension.
    let (stem, extension) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).unwrap_or((name, ""));
    let inside =
        ENDINGS.iter().flat_map(|ending| ['.', '-', '_'].map(|sign| format!("{stem}{sign}{ending}.{extension}")));
    let inside = inside.filter(|_| !extension.is_empty());
    behind.chain(inside).map(|name| directory.join(name)).find(|template| vfs.is_file(template))
}
