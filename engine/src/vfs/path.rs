//! Paths as texts: cleaned, compared, and named from a directory.

use std::path::{Component, Path, PathBuf};

/// Where a path leads once all links are followed; of one that does not exist, where its existing part leads.
pub(super) fn real(path: &Path) -> Option<PathBuf> {
    path.ancestors().find_map(|ancestor| ancestor.canonicalize().ok())
}

/// `path` without `.`, `..` and doubled separators, as Docker Compose cleans paths: without asking the disk.
#[must_use]
pub fn clean(path: &Path) -> PathBuf {
    if is_clean(path) {
        return path.to_owned();
    }
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if matches!(cleaned.components().next_back(), Some(Component::Normal(_))) {
                    cleaned.pop();
                } else if !cleaned.has_root() {
                    cleaned.push("..");
                }
            }
            other => cleaned.push(other),
        }
    }
    if cleaned.as_os_str().is_empty() { PathBuf::from(".") } else { cleaned }
}

/// Whether an absolute path is clean as its bytes show: nearly all are.
fn is_clean(path: &Path) -> bool {
    let below = path.as_os_str().as_encoded_bytes().strip_prefix(b"/");
    std::path::MAIN_SEPARATOR == '/'
        && below.is_some_and(|below| below.split(|byte| *byte == b'/').all(|part| !matches!(part, b"" | b"." | b"..")))
}

/// Whether `path` is `base` or lies below it. Of clean paths mostly the bytes show it: taking paths apart for each file that
/// is looked at is slow.
pub(super) fn is_below(path: &Path, base: &Path) -> bool {
    bytes_below(path, base).is_some() || path.starts_with(base)
}

/// What is left of `path` behind `base` and a separator, where the bytes show that; nothing says nothing.
fn bytes_below<'p>(path: &'p Path, base: &Path) -> Option<&'p [u8]> {
    match path.as_os_str().as_encoded_bytes().strip_prefix(base.as_os_str().as_encoded_bytes())? {
        [] => Some(&[]),
        [separator, rest @ ..] if *separator == b'/' => Some(rest),
        _ => None,
    }
}

/// `path` as it is named from `base`, with `/`.
pub(super) fn display_from(base: &Path, path: &Path) -> String {
    if let Some(rest) = bytes_below(path, base).and_then(|rest| std::str::from_utf8(rest).ok())
        && !rest.is_empty()
        && !rest.contains('\\')
    {
        return rest.to_owned();
    }
    let mut base_parts = base.components().peekable();
    let mut parts = path.components().peekable();
    while base_parts.peek().is_some() && base_parts.peek() == parts.peek() {
        base_parts.next();
        parts.next();
    }
    let up = base_parts.map(|_| "..".to_owned());
    let down = parts.map(|part| part.as_os_str().to_string_lossy().into_owned());
    let shown: Vec<String> = up.chain(down).collect();
    if shown.is_empty() { ".".to_owned() } else { shown.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleans_as_compose_does() {
        for (path, cleaned) in
            [("/a/./b/../c", "/a/c"), ("/../a", "/a"), ("../x", "../x"), ("a/..", "."), ("a/../../b", "../b")]
        {
            assert_eq!(clean(Path::new(path)), Path::new(cleaned), "{path}");
        }
    }

    #[test]
    fn names_paths_from_the_root() {
        assert_eq!(display_from(Path::new("/a/b"), Path::new("/a/b/c/d")), "c/d");
        assert_eq!(display_from(Path::new("/a/b"), Path::new("/a/x")), "../x");
        assert_eq!(display_from(Path::new("/a/b"), Path::new("/a/b")), ".");
    }
}
