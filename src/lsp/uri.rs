//! Paths as editors name them: `file:///home/me/a%20b/compose.yaml`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use stacklint_engine::percent;

/// The path that a URI names; nothing if it is no file of this machine.
pub(crate) fn to_path(uri: &str) -> Option<PathBuf> {
    let rest = uri.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("file:")).and(uri.get(5..))?;
    let rest = match rest.strip_prefix("//") {
        Some(rest) => {
            let (host, _) = rest.split_once('/')?;
            if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") {
                return None;
            }
            rest.get(host.len()..)?
        }
        None => rest,
    };
    let rest = rest.split(['?', '#']).next()?;
    let path = from_bytes(percent::decoded(rest))?;
    path.is_absolute().then_some(path)
}

/// The URI of an absolute path.
pub(crate) fn from_path(path: &Path) -> String {
    let mut uri = "file://".to_owned();
    append(&mut uri, path);
    uri
}

/// The URI of a path below the directory of another URI, spelled as that is.
pub(crate) fn below(directory: &str, relative: &Path) -> String {
    let mut uri = directory.trim_end_matches('/').to_owned();
    append(&mut uri, &Path::new("/").join(relative));
    uri
}

fn append(uri: &mut String, path: &Path) {
    let bytes = bytes_of(path);
    if !bytes.starts_with(b"/") {
        uri.push('/');
    }
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            // Writing to a string does not fail.
            other => drop(write!(uri, "%{other:02X}")),
        }
    }
}

#[cfg(unix)]
fn from_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
}

#[cfg(unix)]
fn bytes_of(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt as _;
    path.as_os_str().as_bytes().to_vec()
}

/// `/c:/dir` is `c:\dir`.
#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    let text = String::from_utf8(bytes).ok()?;
    let drive = text.strip_prefix('/').filter(|rest| rest.as_bytes().get(1) == Some(&b':'));
    Some(PathBuf::from(drive.unwrap_or(&text).replace('/', "\\")))
}

#[cfg(not(unix))]
fn bytes_of(path: &Path) -> Vec<u8> {
    let text = path.to_string_lossy().replace('\\', "/");
    text.strip_prefix("//?/").unwrap_or(&text).as_bytes().to_vec()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn reads_what_clients_send() {
        let path = |uri: &str| to_path(uri).map(|path| path.to_string_lossy().into_owned());
        assert_eq!(path("file:///srv/a%20b/%C3%A9.yaml").as_deref(), Some("/srv/a b/\u{e9}.yaml"));
        assert_eq!(path("FILE://localhost/srv/x?query#part").as_deref(), Some("/srv/x"));
        assert_eq!(path("file:/srv/x").as_deref(), Some("/srv/x"));
        assert_eq!(path("file:///srv/100%/%zz%2").as_deref(), Some("/srv/100%/%zz%2"));
        assert_eq!(path("file:///srv/50%+1").as_deref(), Some("/srv/50%+1"));
        for other in
            ["untitled:Untitled-1", "git:/srv/x", "file://server/share", "file:", "file:relative", "", "\u{e9}"]
        {
            assert_eq!(path(other), None, "{other}");
        }
    }

    #[test]
    fn writes_what_it_reads() {
        for path in ["/srv/a b/\u{e9}#1?.yaml", "/", "/srv/100%"] {
            assert_eq!(to_path(&from_path(Path::new(path))).as_deref(), Some(Path::new(path)));
        }
        assert_eq!(from_path(Path::new("/a b")), "file:///a%20b");
        assert_eq!(below("file:///srv/", Path::new("a/b")), "file:///srv/a/b");
    }
}
