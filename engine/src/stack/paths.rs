//! Paths of a Compose file made absolute: each belongs to the project directory of the file that says it.

use std::path::{Path as FilePath, PathBuf};

use crate::origin::OriginId;
use crate::stack::attributes::{Cursor, PathKind};
use crate::stack::value::{Data, ScalarKind, Value};
use crate::stack::variables::Variables;
use crate::text::{PieceKind, Text};
use crate::vfs;

/// Makes the paths below `value` absolute.
pub(crate) fn make_absolute(value: &mut Value, cursor: Cursor, directory: &FilePath, variables: &Variables) {
    if !cursor.concerns().path {
        return;
    }
    match (cursor.attribute().path, &mut value.data) {
        (Some(PathKind::Device), _) => volume_device(value, directory, variables),
        (Some(PathKind::Mount), _) => bind_source(value, directory, variables),
        (Some(PathKind::Context), Data::Scalar(scalar)) if is_remote_context(scalar.text.as_str()) => {}
        (Some(PathKind::Key), Data::Scalar(scalar)) if scalar.kind == ScalarKind::String => {
            scalar.text = absolute_or_directory(&scalar.text, directory, variables);
        }
        (Some(_), Data::Scalar(scalar)) if scalar.kind == ScalarKind::String => {
            scalar.text = absolute(&scalar.text, directory, variables);
        }
        _ => {}
    }
    match &mut value.data {
        Data::Null | Data::Scalar(_) => {}
        Data::Sequence(items) => {
            for item in items {
                make_absolute(item, cursor.item(), directory, variables);
            }
        }
        Data::Mapping(mapping) => {
            for (key, field) in mapping {
                make_absolute(&mut field.value, cursor.key(key), directory, variables);
            }
        }
    }
}

/// The source of a bind mount is a path, that of a volume a name: the table cannot tell.
fn bind_source(item: &mut Value, directory: &FilePath, variables: &Variables) {
    if item.get("type").and_then(Value::as_str) == Some("bind")
        && let Data::Mapping(mapping) = &mut item.data
        && let Some(field) = mapping.get_mut("source")
        && let Data::Scalar(scalar) = &mut field.value.data
        && !is_windows(scalar.text.as_str())
    {
        scalar.text = absolute_or_directory(&scalar.text, directory, variables);
    }
}

/// The same as [`absolute`], but of nothing Docker Compose makes the directory itself.
fn absolute_or_directory(text: &Text, directory: &FilePath, variables: &Variables) -> Text {
    if !text.is_empty() {
        return absolute(text, directory, variables);
    }
    let source = text.source();
    let origin = source.map_or(OriginId::WRITTEN, |(_, origin)| origin);
    Text::derived(&directory.to_string_lossy(), source.map(|(place, _)| place), origin)
}

/// A volume of the local driver that is a bind mount names a path as its device.
fn volume_device(volume: &mut Value, directory: &FilePath, variables: &Variables) {
    let Some(options) = volume.get("driver_opts") else { return };
    let bound = options.get("o").and_then(Value::as_str) == Some("bind");
    if !bound || volume.get("driver").and_then(Value::as_str) != Some("local") {
        return;
    }
    if let Data::Mapping(volume) = &mut volume.data
        && let Some(options) = volume.get_mut("driver_opts")
        && let Data::Mapping(options) = &mut options.value.data
        && let Some(device) = options.get_mut("device")
        && let Data::Scalar(device) = &mut device.value.data
    {
        device.text = absolute(&device.text, directory, variables);
    }
}

/// The path that `text` means, seen from `directory`. What stands in the text keeps its sources.
pub(crate) fn absolute(text: &Text, directory: &FilePath, variables: &Variables) -> Text {
    let path = text.as_str();
    if path.is_empty() {
        return text.clone();
    }
    if path == "~" || path.starts_with("~/") {
        let mut result = Text::default();
        match variables.get("HOME") {
            Some(home) if !home.unknown => result.append(&home.text),
            _ => result.push("${HOME}", None, PieceKind::Unknown, OriginId::WRITTEN),
        }
        result.append_slice(text, 1..path.len());
        return result;
    }
    if text.is_unknown() && path.starts_with('$') {
        return text.clone();
    }
    // What is absolute stays as it is written.
    if path.starts_with('/') {
        return text.clone();
    }
    let below = path.strip_prefix("./").filter(|below| !below.starts_with('/')).unwrap_or(path);
    let cleaned = vfs::clean(&directory.join(below));
    let cleaned = cleaned.to_string_lossy();
    if cleaned == path {
        return text.clone();
    }
    // Mostly a directory is put in front and the rest stays.
    let kept = path.strip_prefix("./").unwrap_or(path);
    if let Some(front) = cleaned.strip_suffix(kept)
        && !kept.is_empty()
    {
        let mut result = Text::from_nowhere(front, OriginId::WRITTEN);
        result.append_slice(text, path.len() - kept.len()..path.len());
        return result;
    }
    let source = text.source();
    Text::derived(&cleaned, source.map(|(place, _)| place), source.map_or(OriginId::WRITTEN, |(_, origin)| origin))
}

/// The path in the file system that an absolute text names; nothing if it hangs on what only the machine knows.
pub(crate) fn file_path(text: &Text) -> Option<PathBuf> {
    (!text.is_unknown() && text.as_str().starts_with('/')).then(|| vfs::clean(FilePath::new(text.as_str())))
}

/// A build context that is no directory: an address, a name with its own scheme, or what another service builds.
fn is_remote_context(text: &str) -> bool {
    text.contains("://") || text.starts_with("service:") || text.starts_with("git@") || text.starts_with("github.com/")
}

fn is_windows(path: &str) -> bool {
    let mut letters = path.chars();
    let drive = letters.next().is_some_and(|letter| letter.is_ascii_alphabetic()) && letters.next() == Some(':');
    (drive && matches!(letters.next(), Some('/' | '\\'))) || path.starts_with(r"\\")
}
