//! Mounts: volumes `source:target:options` and devices `source:target:permissions`.

use std::borrow::Cow;
use std::ops::Range;

use super::{Shaper, implied, text_field};
use crate::stack::value::{Data, Field, Mapping, Scalar, ScalarKind, Value};
use crate::text::Text;

impl Shaper<'_> {
    /// One entry of `volumes`.
    pub(super) fn volume(&mut self, value: Value, kept: &mut Vec<Value>) {
        match &value.data {
            Data::Scalar(scalar) => match short_volume(&scalar.text, &value) {
                Ok(mapping) => kept.push(value.with(Data::Mapping(mapping))),
                Err(message) => self.refuse(&value, message),
            },
            Data::Mapping(_) => kept.push(value),
            Data::Null | Data::Sequence(_) => {}
        }
    }

    /// One entry of `devices`.
    pub(super) fn device(&mut self, value: Value, kept: &mut Vec<Value>) {
        let Some(text) = value.as_text() else { return kept.push(value) };
        let spec = text.as_str();
        let mut parts = Vec::new();
        let mut start = 0;
        for part in spec.split(':') {
            parts.push(start..start + part.len());
            start += part.len() + 1;
        }
        if parts.len() > 3 {
            return self.refuse(&value, "has too many colons: write it as a mapping");
        }
        let mut mapping = Mapping::default();
        let Some(source) = parts.first() else { return };
        text_field(&mut mapping, "source", text.slice(source.clone()), &value);
        text_field(&mut mapping, "target", text.slice(parts.get(1).unwrap_or(source).clone()), &value);
        match parts.get(2) {
            Some(permissions) => text_field(&mut mapping, "permissions", text.slice(permissions.clone()), &value),
            None => {
                let field = Field::new(None, implied("rwm", ScalarKind::String, &value));
                mapping.insert("permissions".into(), field);
            }
        }
        kept.push(value.with(Data::Mapping(mapping)));
    }
}

/// Reads the short syntax left to right, as compose-go's `format.ParseVolume` does: a colon behind a single letter at
/// the start of a part belongs to a Windows drive, so `n:/e` is one path.
fn short_volume(text: &Text, value: &Value) -> Result<Mapping, &'static str> {
    let spec = text.as_str();
    let parts = parts(spec);
    if parts.iter().any(Range::is_empty) {
        return Err("has an empty part");
    }
    // Nearly every mount has these four: `type`, `source`, `target`, `bind` or `volume`.
    let mut mapping = Mapping::with_capacity_and_hasher(4, Default::default());
    let (source, target, options) = match parts.as_slice() {
        [target] => (None, target, None),
        [source, target] => (Some(source), target, None),
        [source, target, options] => (Some(source), target, Some(options)),
        _ => return Err("has too many colons"),
    };
    let bind = source.is_some_and(|source| spec.get(source.clone()).is_some_and(is_file_path));
    let kind = if bind { "bind" } else { "volume" };
    mapping.insert("type".into(), Field::new(None, implied(kind, ScalarKind::String, value)));
    if let Some(source) = source {
        text_field(&mut mapping, "source", text.slice(source.clone()), value);
    }
    text_field(&mut mapping, "target", text.slice(target.clone()), value);

    let (mut of_bind, mut of_volume) = (Mapping::default(), Mapping::default());
    if let Some(options) = options {
        let mut start = options.start;
        for option in spec.get(options.clone()).unwrap_or_default().split(',') {
            let range = start..start + option.len();
            start = range.end + 1;
            let option_value = |kind, spelling: &str| {
                let source = text.source_of(range);
                let (place, origin) = source.map_or((value.place, value.origin), |(place, way)| (Some(place), way));
                let text = Text::derived(spelling, place, origin);
                Field::new(None, Value::new(Data::Scalar(Scalar::new(text, kind)), place, value.origin))
            };
            match option {
                "ro" => mapping.insert("read_only".into(), option_value(ScalarKind::Bool, "true")),
                "rw" => mapping.shift_remove("read_only"),
                "nocopy" => of_volume.insert("nocopy".into(), option_value(ScalarKind::Bool, "true")),
                "z" | "Z" => of_bind.insert("selinux".into(), option_value(ScalarKind::String, option)),
                "private" | "rprivate" | "shared" | "rshared" | "slave" | "rslave" => {
                    of_bind.insert("propagation".into(), option_value(ScalarKind::String, option))
                }
                // Docker Compose passes over options it does not know.
                _ => None,
            };
        }
    }
    if bind {
        of_bind.reserve(1);
        of_bind.insert("create_host_path".into(), Field::new(None, implied("true", ScalarKind::Bool, value)));
    }
    // Docker Compose looks no closer at one or two characters.
    if spec.len() <= 2 {
        return Ok(mapping);
    }
    // An option of the other kind is kept beside those of the own one, without effect.
    for (name, options) in [("bind", of_bind), ("volume", of_volume)] {
        if name == kind || !options.is_empty() {
            mapping.insert(name.into(), Field::new(None, value.with(Data::Mapping(options))));
        }
    }
    Ok(mapping)
}

fn parts(spec: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, character) in spec.char_indices() {
        if character != ':' {
            continue;
        }
        let drive = spec.get(start..at).is_some_and(|part| {
            let mut letters = part.chars();
            letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
        });
        if !drive {
            parts.push(start..at);
            start = at + 1;
        }
    }
    parts.push(start..spec.len());
    parts
}

/// Whether the source of a mount is a path and no volume.
fn is_file_path(source: &str) -> bool {
    // The value of `HOME` is not known, but that it is a path is.
    if source.starts_with("${HOME}") {
        return true;
    }
    let mut letters = source.chars();
    match letters.next() {
        Some('.' | '/' | '~') => true,
        Some(first) => source.starts_with(r"\\") || (first.is_alphabetic() && letters.next() == Some(':')),
        None => false,
    }
}

/// A path inside a container as Go's `path.Clean` leaves it.
pub(crate) fn clean_target(path: &str) -> Cow<'_, str> {
    // Nearly all are written as they are meant.
    let below = path.as_bytes().strip_prefix(b"/");
    let mut parts = below.into_iter().flat_map(|below| below.split(|byte| *byte == b'/'));
    if below.is_some() && parts.all(|part| !matches!(part, b"" | b"." | b"..")) {
        return Cow::Borrowed(path);
    }
    let mut parts: Vec<&str> = Vec::new();
    let rooted = path.starts_with('/');
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => Cow::Owned(format!("/{joined}")),
        (false, true) => Cow::Borrowed("."),
        (false, false) => Cow::Owned(joined),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_as_docker_compose_does() {
        let split = |spec: &'static str| parts(spec).into_iter().map(|part| &spec[part]).collect::<Vec<_>>();
        assert_eq!(split("./a:/b:ro"), ["./a", "/b", "ro"]);
        assert_eq!(split("n:/e"), ["n:/e"]);
        assert_eq!(split("v:/v:nocopy"), ["v:/v", "nocopy"]);
        assert_eq!(split(r"c:\x:/z"), [r"c:\x", "/z"]);
        assert_eq!(split(":/z"), ["", "/z"]);
    }

    #[test]
    fn cleans_targets_as_go_does() {
        for (path, cleaned) in [("/x/../y/", "/y"), ("//a", "/a"), ("a/./b", "a/b"), ("/..", "/"), ("./", ".")] {
            assert_eq!(clean_target(path), cleaned, "{path}");
        }
    }
}
