//! What a value of a stack names: another part of the stack, or a file.

use std::path::{Path, PathBuf};

use super::index::Part;
use crate::origin::Span;
use crate::stack::value::{Field, Value};
use crate::stack::{Stack, file_path};
use crate::vfs::{self, Vfs};

/// A part of a stack that has a name: a service, a network, a volume, a secret, a config, a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name<'a> {
    /// The section it is defined in.
    pub(super) section: &'a str,
    /// The name.
    pub(super) name: &'a str,
}

impl<'a> Name<'a> {
    /// What a value names.
    pub(super) fn of(path: &[&'a Part], value: &'a Value, stack: &'a Stack) -> Option<Self> {
        let text = || value.as_str().filter(|text| !text.is_empty());
        let keys = Keys(path);
        match (keys.get(0)?, keys.get(2), path.len()) {
            ("services", Some("depends_on"), 4) => Some(Self { section: "services", name: keys.get(3)? }),
            ("services", Some(section @ ("networks" | "models")), 4) => Some(Self { section, name: keys.get(3)? }),
            ("services", Some(section @ ("secrets" | "configs")), 5) if keys.get(4) == Some("source") => {
                Some(Self { section, name: text()? })
            }
            ("services", Some("volumes"), 5) if keys.get(4) == Some("source") => {
                let item = super::index::value_at(stack, path.get(..4)?)?.1;
                let is_volume = item.get("type").and_then(Value::as_str) == Some("volume");
                is_volume.then_some(Self { section: "volumes", name: text()? })
            }
            ("services", Some("build"), 6) if keys.get(3) == Some("secrets") && keys.get(5) == Some("source") => {
                Some(Self { section: "secrets", name: text()? })
            }
            ("services", Some("build"), 5) if keys.get(3) == Some("additional_contexts") => {
                Some(Self { section: "services", name: text()?.strip_prefix("service:")? })
            }
            ("services", Some("network_mode" | "ipc" | "pid" | "uts" | "cgroup"), 3) => {
                Some(Self { section: "services", name: text()?.strip_prefix("service:")? })
            }
            ("services", Some("links" | "volumes_from"), 4) => {
                let text = text()?.split(':').next().filter(|name| *name != "container")?;
                Some(Self { section: "services", name: text })
            }
            _ => None,
        }
    }

    /// What a value defines, if it is itself a part of the stack with a name.
    pub(super) fn defined(path: &[&'a Part]) -> Option<Self> {
        let keys = Keys(path);
        let section = keys.get(0).filter(|section| {
            matches!(*section, "services" | "networks" | "volumes" | "secrets" | "configs" | "models")
        })?;
        (path.len() == 2).then_some(Self { section, name: keys.get(1)? })
    }

    /// Where it is defined: in each layer, the one that wins first.
    pub(super) fn sites(&self, stack: &Stack) -> Vec<Span> {
        let field = stack.model.get(self.section).and_then(Value::as_mapping).and_then(|names| names.get(self.name));
        let sites = |field: &Field| field.key.into_iter().chain(field.earlier_keys.iter().rev().copied()).collect();
        field.map(sites).unwrap_or_default()
    }
}

struct Keys<'p, 'a>(&'p [&'a Part]);

impl<'a> Keys<'_, 'a> {
    fn get(&self, at: usize) -> Option<&'a str> {
        match self.0.get(at)? {
            Part::Key(key) => Some(key),
            Part::Item(_) => None,
        }
    }
}

/// The file that a value names, absolute; whether it exists is not looked at.
pub(super) fn file_of(path: &[&Part], value: &Value, stack: &Stack) -> Option<PathBuf> {
    let text = value.as_text().filter(|text| !text.is_empty())?;
    let keys = Keys(path);
    match (keys.get(0)?, keys.get(2), path.len()) {
        ("services", Some("env_file"), 5) if keys.get(4) == Some("path") => file_path(text),
        ("services", Some("label_file"), 4) => file_path(text),
        ("services", Some("volumes"), 5) if keys.get(4) == Some("source") => file_path(text),
        ("services", Some("develop"), 6) if keys.get(5) == Some("path") => file_path(text),
        ("services", Some("credential_spec"), 4) if keys.get(3) == Some("file") => {
            file_path(text).or_else(|| Some(vfs::clean(&stack.spec.directory.join(text.as_str()))))
        }
        ("services", Some("build"), 4) => {
            let build = super::index::value_at(stack, path.get(..3)?)?.1;
            let context = build.text_at("context").and_then(file_path)?;
            match keys.get(3)? {
                "context" if build.get("dockerfile_inline").is_some() => None,
                "context" | "dockerfile" => {
                    let name = build.text_at("dockerfile").map_or("Dockerfile", |name| name.as_str());
                    Some(vfs::clean(&context.join(name)))
                }
                _ => None,
            }
        }
        ("secrets" | "configs", Some("file"), 3) => file_path(text),
        ("volumes", Some("driver_opts"), 4) if keys.get(3) == Some("device") => file_path(text),
        _ => None,
    }
}

/// Whether a path leads to a file that may be read.
pub(super) fn is_readable(path: &Path, vfs: &Vfs) -> bool {
    vfs.inside(path) && vfs.is_file(path)
}
