//! What is known about Linux and Docker, as tables: capabilities, paths and devices of a host.

use std::sync::LazyLock;

use stacklint_engine::finding::Severity;
use stacklint_engine::map::HashMap;

use crate::images::{columns, rows};

static CAPABILITIES: LazyLock<Vec<[&str; 3]>> = LazyLock::new(|| columns(include_str!("capabilities.tsv")));
static HOST_PATHS: LazyLock<Vec<[&str; 4]>> = LazyLock::new(|| columns(include_str!("host_paths.tsv")));
static DEVICES: LazyLock<Vec<[&str; 3]>> = LazyLock::new(|| columns(include_str!("devices.tsv")));

/// Rows of `moving_tags.txt`: the word, and whether it says by itself that a tag moves.
static TAG_WORDS: LazyLock<HashMap<&str, bool>> = LazyLock::new(|| {
    let row = |row: &'static str| row.split_once(' ').map(|(kind, word)| (word, kind == "moving"));
    rows(include_str!("moving_tags.txt")).filter_map(row).collect()
});

/// Whether a tag names no version: `latest`, `stable-alpine`, `alpine`.
pub(crate) fn is_moving_tag(tag: &str) -> bool {
    let words: Vec<String> = tag.split(['-', '_', '.']).map(str::to_ascii_lowercase).collect();
    if words.first().is_some_and(|first| first == "latest") {
        return true;
    }
    // A version, a date, a commit.
    let is_version = |word: &String| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        word.strip_prefix('v').unwrap_or(word).starts_with(|first: char| first.is_ascii_digit()) || digits > 2
    };
    let known = |word: &String| TAG_WORDS.get(word.as_str()).copied();
    !words.iter().any(is_version)
        && (words.iter().any(|word| known(word) == Some(true)) || words.iter().all(|word| known(word).is_some()))
}

/// How bad a capability beyond the default ones is, and what it allows.
pub(crate) fn capability(name: &str) -> Option<(Severity, &'static str)> {
    let found = CAPABILITIES.iter().find(|[known, ..]| *known == name);
    found.map(|[_, severity, allows]| (level(severity), *allows))
}

/// What of a host a path gives away, and whether reading it is bad as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HostPath {
    /// What is there.
    pub(crate) holds: &'static str,
    /// It gives something away even to a container that only reads.
    pub(crate) to_read: bool,
    /// There are sockets below, which programs reach through a mount that is read-only as well.
    pub(crate) has_sockets: bool,
}

/// What is known of an absolute, clean path of a host. `written` is false for one that a relative path led to: where
/// somebody keeps a checkout says nothing about the stack, so that homes do not count.
pub(crate) fn host_path(path: &str, written: bool) -> Option<HostPath> {
    let home = if written { inside_home(path) } else { None };
    let below = |path: &str, tree: &str| {
        path.strip_prefix(tree).is_some_and(|below| below.is_empty() || below.starts_with('/'))
    };
    let fits = |kind: &str, known: &str| match kind {
        "exact" => path == known,
        "tree" => below(path, known),
        "home" => home == Some(""),
        _ => home.is_some_and(|inside| below(inside, known)),
    };
    let [_, _, access, holds] = HOST_PATHS.iter().find(|[kind, known, ..]| fits(kind, known))?;
    Some(HostPath { holds, to_read: *access != "write", has_sockets: *access == "sockets" })
}

/// What follows the home of a user in a path: nothing, or a path that starts with `/`.
fn inside_home(path: &str) -> Option<&str> {
    if let Some(inside) = path.strip_prefix("${HOME}").or_else(|| path.strip_prefix("/root")) {
        return Some(inside).filter(|inside| inside.is_empty() || inside.starts_with('/'));
    }
    let user = path.strip_prefix("/home/").or_else(|| path.strip_prefix("/Users/")).filter(|user| !user.is_empty())?;
    Some(user.find('/').and_then(|end| user.get(end..)).unwrap_or_default())
}

/// How bad a device of a host is, and what it is.
pub(crate) fn device(path: &str) -> Option<(Severity, &'static str)> {
    let fits = |known: &str| match known.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => path == known,
    };
    DEVICES.iter().find(|[known, ..]| fits(known)).map(|[_, severity, holds]| (level(severity), *holds))
}

fn level(name: &str) -> Severity {
    if name == "medium" { Severity::Medium } else { Severity::High }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_reads() {
        assert_eq!(CAPABILITIES.len(), rows(include_str!("capabilities.tsv")).count());
        assert_eq!(HOST_PATHS.len(), rows(include_str!("host_paths.tsv")).count());
        assert_eq!(DEVICES.len(), rows(include_str!("devices.tsv")).count());
        for [_, severity, _] in CAPABILITIES.iter().chain(DEVICES.iter()) {
            assert!(matches!(*severity, "high" | "medium"), "{severity}");
        }
        for [kind, path, access, _] in HOST_PATHS.iter() {
            assert!(
                matches!(*kind, "exact" | "tree" | "home" | "in-home")
                    && matches!(*access, "both" | "write" | "sockets"),
                "{path}"
            );
        }
    }

    #[test]
    fn finds_what_a_path_gives_away() {
        let holds = |path| host_path(path, true).map(|found| (found.holds.split(',').next().unwrap(), found.to_read));
        assert_eq!(holds("/"), Some(("the whole file system of the host", true)));
        assert_eq!(holds("/lib/modules/6.8"), Some(("the modules that the host's kernel loads by their names", false)));
        assert_eq!(holds("/etc/passwd"), Some(("the users of the host", false)));
        assert_eq!(holds("/home/anna"), Some(("the home of a user of the host", true)));
        assert_eq!(holds("${HOME}"), holds("/root"));
        assert_eq!(host_path("/home/anna", false), None);
        assert_eq!(host_path("/home/anna/.ssh", false), None);
        assert_eq!(holds("/home/anna/.ssh/id_ed25519"), Some(("SSH keys", true)));
        for harmless in [
            "/etc/localtime",
            "/etc/nginx/conf.d",
            "/home/anna/app",
            "/srv",
            "/dev/dri",
            "/procession",
            "/srv/.docker/a",
            "/rooted",
            "/root/data",
        ] {
            assert_eq!(holds(harmless), None, "{harmless}");
        }
    }

    #[test]
    fn knows_tags_that_move() {
        assert_eq!(TAG_WORDS.len(), rows(include_str!("moving_tags.txt")).count());
        for tag in
            ["latest", "Latest", "latest-alpine3.20", "stable-alpine", "alpine", "fpm-alpine", "develop-dev", "lts"]
        {
            assert!(is_moving_tag(tag), "{tag}");
        }
        for tag in [
            "17",
            "v3",
            "17-alpine",
            "4.5-24.04_stable",
            "bookworm",
            "main-4f2a91c",
            "stable-20240101",
            "RELEASE.2025-04-22",
        ] {
            assert!(!is_moving_tag(tag), "{tag}");
        }
    }

    #[test]
    fn finds_devices() {
        assert_eq!(device("/dev/sda1").unwrap().0, Severity::High);
        assert_eq!(device("/dev/dri/renderD128").unwrap().0, Severity::Medium);
        assert_eq!(device("/dev/fuse"), None);
    }
}
