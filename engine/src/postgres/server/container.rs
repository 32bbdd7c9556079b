//! The files of a container, as a server in it finds them.

use std::path::Path;

use crate::postgres::files::{Files, Listing, Located, list_host};
use crate::source::Sources;
use crate::stack::container::{ContainerFiles, Found};
use crate::vfs;

/// The files of one container.
pub(crate) struct InContainer<'a> {
    pub(crate) files: &'a ContainerFiles<'a>,
    pub(crate) sources: &'a Sources,
}

impl Files for InContainer<'_> {
    fn locate(&self, path: &str) -> Located<'_> {
        match self.files.find(path) {
            // In the place of a source that does not exist Docker makes a directory. Mostly something else was to put a
            // file there before: nobody knows what is in it.
            Found::Host(_, mount) if !self.brings_something(mount) => Located::Hidden,
            Found::Host(path, _) => Located::File(vfs::clean(&path)),
            Found::Content(text, _) => Located::Text(text),
            Found::Hidden(_) | Found::Image => Located::Hidden,
        }
    }

    fn list(&self, directory: &str) -> Listing {
        match self.files.find(directory) {
            Found::Host(_, mount) if !self.brings_something(mount) => Listing::Hidden,
            Found::Host(path, _) => list_host(self.sources, &vfs::clean(&path)),
            Found::Content(..) | Found::Hidden(_) => Listing::Hidden,
            Found::Image => {
                let prefix = format!("{}/", directory.trim_end_matches('/'));
                let inside = self.files.mounts().iter().filter_map(|mount| mount.target.strip_prefix(&prefix));
                let names: Vec<String> = inside.filter(|name| !name.contains('/')).map(str::to_owned).collect();
                if names.is_empty() { Listing::Hidden } else { Listing::Names(names) }
            }
        }
    }
}

impl InContainer<'_> {
    fn brings_something(&self, mount: &crate::stack::container::Mount<'_>) -> bool {
        use crate::stack::container::MountSource;
        match &mount.source {
            MountSource::Host(host) => {
                let path = vfs::clean(Path::new(host.as_str()));
                // What lies outside the boundary is there as far as anybody here knows.
                !self.sources.vfs().inside(&path) || self.sources.vfs().kind(&path).is_some()
            }
            _ => true,
        }
    }
}
