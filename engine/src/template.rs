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

/// The template that `path` is made from: the file beside it whose name says so.
pub(crate) fn template_of(path: &Path, vfs: &Vfs) -> Option<PathBuf> {
    ["example", "sample", "dist", "template"].iter().find_map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{ending}"));
        Some(PathBuf::from(name)).filter(|template| vfs.is_file(template))
    })
}
