//! What a program finds at a path inside its container: a file that a mount puts there, a volume, or the image's own.

use std::borrow::Cow;
use std::path::PathBuf;

use crate::anchor::Anchor;
use crate::stack::shape::clean_target;
use crate::stack::value::Value;
use crate::stack::{Service, Stack};
use crate::text::{PieceKind, Text};

/// The paths of one container that are not its image's own.
#[derive(Clone, Debug)]
pub struct ContainerFiles<'a> {
    mounts: Vec<Mount<'a>>,
}

/// Something put into a container at a path.
#[derive(Clone, Debug)]
pub struct Mount<'a> {
    /// The path inside the container, absolute and clean.
    pub target: Cow<'a, str>,
    /// What is there.
    pub source: MountSource<'a>,
    /// The entry of `volumes`, `configs`, `secrets` or `tmpfs` as a whole.
    pub entry: &'a Value,
}

/// What a mount puts into a container.
#[derive(Clone, Debug)]
pub enum MountSource<'a> {
    /// A file or a directory of the host; absolute.
    Host(&'a Text),
    /// The text of a config that the Compose file itself holds.
    Content(&'a Text),
    /// A volume that Docker keeps: what is in it nobody can read here.
    Volume(Option<&'a str>),
    /// An empty directory in memory.
    Tmpfs,
    /// A file whose content only the machine knows: a variable of the shell, something external.
    Unknown,
}

/// What is at a path.
#[derive(Clone, Debug)]
pub enum Found<'m, 'a> {
    /// A file or a directory of the host, brought by the mount.
    Host(PathBuf, &'m Mount<'a>),
    /// A text that the Compose file holds.
    Content(&'a Text, &'m Mount<'a>),
    /// Something inside a mount that cannot be read here.
    Hidden(&'m Mount<'a>),
    /// No mount covers it: it is the image's own, if it is there at all.
    Image,
}

impl<'a> ContainerFiles<'a> {
    /// The mounts of a service.
    #[must_use]
    pub fn of(service: &Service<'a>, stack: &'a Stack) -> Self {
        Self::in_model(service.value(), &stack.model)
    }

    /// The mounts of all services of a stack, in their order.
    #[must_use]
    pub fn of_services(stack: &'a Stack) -> Vec<Self> {
        stack.services().map(|service| Self::of(&service, stack)).collect()
    }

    pub(crate) fn in_model(service: &'a Value, model: &'a Value) -> Self {
        let list = |key: &str| service.get(key).map(Value::items).unwrap_or_default();
        let volumes = list("volumes");
        let mut mounts = Vec::with_capacity(volumes.len());
        for entry in volumes {
            let Some(target) = entry.text_at("target") else { continue };
            let source = entry.text_at("source");
            let source = match entry.get("type").and_then(Value::as_str).unwrap_or("volume") {
                "bind" => source.map_or(MountSource::Unknown, MountSource::Host),
                "volume" => bound_volume(source.map(Text::as_str), model),
                "tmpfs" => MountSource::Tmpfs,
                _ => MountSource::Unknown,
            };
            mounts.push(Mount { target: clean_target(target.as_str()), source, entry });
        }
        for entry in list("tmpfs") {
            let Some(path) = entry.as_str() else { continue };
            let path = path.split(':').next().unwrap_or_default();
            mounts.push(Mount { target: clean_target(path), source: MountSource::Tmpfs, entry });
        }
        for (section, directory) in [("configs", "/"), ("secrets", "/run/secrets/")] {
            for entry in list(section) {
                let Some(name) = entry.get("source").and_then(Value::as_str) else { continue };
                let target = entry.get("target").and_then(Value::as_str).unwrap_or(name);
                let target = match target.starts_with('/') {
                    true => clean_target(target),
                    false => Cow::Owned(clean_target(&format!("{directory}{target}")).into_owned()),
                };
                let definition = model.get(section).and_then(|section| section.get(name));
                let part = |key| definition.and_then(|definition| definition.text_at(key));
                let source = match (part("file"), part("content")) {
                    (Some(file), _) => MountSource::Host(file),
                    (None, Some(content)) => MountSource::Content(content),
                    (None, None) => MountSource::Unknown,
                };
                mounts.push(Mount { target, source, entry });
            }
        }
        Self { mounts }
    }

    /// The mounts, in the order `volumes`, `tmpfs`, `configs`, `secrets`.
    #[must_use]
    pub fn mounts(&self) -> &[Mount<'a>] {
        &self.mounts
    }

    /// What is at an absolute path: the mount whose target is the longest that covers it decides, and of two with the
    /// same target the later one.
    #[must_use]
    pub fn find<'m>(&'m self, path: &str) -> Found<'m, 'a> {
        let path = clean_target(path);
        let covering = self.mounts.iter().rev().filter_map(|mount| Some((mount.below(&path)?, mount)));
        let Some((below, mount)) = covering.min_by_key(|(below, _)| below.len()) else { return Found::Image };
        match &mount.source {
            MountSource::Host(host) if !host.is_unknown() => {
                let mut found = PathBuf::from(host.as_str());
                if !below.is_empty() {
                    found.push(below);
                }
                Found::Host(found, mount)
            }
            MountSource::Content(content) if below.is_empty() => Found::Content(content, mount),
            _ => Found::Hidden(mount),
        }
    }
}

/// A path of the host that a service mounts.
#[derive(Clone, Debug)]
pub struct HostPath<'a> {
    /// The path as the stack gives it, with its sources.
    pub text: &'a Text,
    /// It is clean: no `..`, no `/` at its end. It starts with `${HOME}` where it lies in the home of whoever starts the
    /// stack.
    pub path: Cow<'a, str>,
    /// It was written as an absolute path, and not made one by the place of the Compose file.
    pub is_written: bool,
    /// The value of the entry that says it; nothing for that of a named volume.
    source: Option<&'a Value>,
}

impl From<&HostPath<'_>> for Anchor {
    fn from(path: &HostPath<'_>) -> Self {
        path.source.map_or_else(|| Self::from(path.text), Self::from)
    }
}

impl<'a> Mount<'a> {
    /// The path of the host behind an entry of `volumes`, also where it is that of a named volume.
    #[must_use]
    pub fn host_path(&self) -> Option<HostPath<'a>> {
        let MountSource::Host(text) = self.source else { return None };
        // Configs and secrets are single files that somebody chose to hand over.
        let kind = self.entry.get("type")?;
        let source = self.entry.get("source").filter(|_| kind.as_str() == Some("bind"));
        let first = text.pieces().next().map(|(_, piece)| piece)?;
        let is_written = matches!(first.kind, PieceKind::Verbatim | PieceKind::Unknown);
        Some(HostPath { text, path: clean_target(text.as_str()), is_written, source })
    }

    /// Whether the container can only read it.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.entry.get("read_only").and_then(Value::as_str) == Some("true")
    }
}

impl Mount<'_> {
    /// What is left of a path behind the target, if the target covers it; empty for the target itself.
    fn below<'p>(&self, path: &'p str) -> Option<&'p str> {
        let rest = path.strip_prefix(self.target.trim_end_matches('/'))?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
    }
}

/// A named volume, or the directory that its options bind to it.
fn bound_volume<'a>(name: Option<&'a str>, model: &'a Value) -> MountSource<'a> {
    let volume = || {
        let options = model.get("volumes")?.get(name?)?.get("driver_opts")?;
        let bound = options.get("o").and_then(Value::as_str)?.split(',').any(|option| option == "bind");
        options.text_at("device").filter(|device| bound && device.as_str().starts_with('/'))
    };
    volume().map_or(MountSource::Volume(name), MountSource::Host)
}
