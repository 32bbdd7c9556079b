//! Which places a configuration means: a glob over files, and a JSON pointer into them.

use std::path::{Path, PathBuf};

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use stacklint_parsers::PathSegment;

use crate::origin::Span;
use crate::source::{SourceFile, Sources};

/// `deploy/dev/**`, or `compose.yaml#/services/mailhog`.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    base: PathBuf,
    files: GlobSet,
    /// The segments of the pointer; none means the whole file.
    pointer: Vec<String>,
}

impl Pattern {
    /// A pattern for files below `base`.
    ///
    /// # Errors
    /// If it is no pattern; the answer says why.
    pub(crate) fn parse(text: &str, base: &Path) -> Result<Self, String> {
        let (files, pointer) = text.split_once('#').unwrap_or((text, ""));
        let files = files.trim_start_matches("./").trim_end_matches('/');
        if files.is_empty() {
            return Err("it names no file; `**` is every file".to_owned());
        }
        if files.starts_with('/') || files.split('/').any(|part| part == "..") {
            return Err("a pattern is relative to the configuration, and of files beside or below it".to_owned());
        }
        let mut set = GlobSetBuilder::new();
        // A directory means what is in it.
        set.add(glob(files)?).add(glob(&format!("{files}/**"))?);
        let files = set.build().map_err(|error| error.kind().to_string())?;
        let pointer = match pointer.strip_prefix('/') {
            Some(segments) => {
                segments.split('/').map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect()
            }
            None if pointer.is_empty() => Vec::new(),
            None => return Err("the JSON pointer behind `#` starts with `/`, as in `#/services/db`".to_owned()),
        };
        Ok(Self { base: base.to_owned(), files, pointer })
    }

    /// Whether it means this place.
    pub(crate) fn matches(&self, place: Span, sources: &Sources) -> bool {
        let Some(file) = sources.file(place.file).filter(|file| self.means_file(file)) else { return false };
        if self.pointer.is_empty() {
            return true;
        }
        let parsed = file.format().map(|format| file.parse(format));
        parsed.is_some_and(|parsed| self.points_at(&parsed.document().path_to(place.range)))
    }

    /// Whether it means something in this file.
    pub(crate) fn means_file(&self, file: &SourceFile) -> bool {
        file.path.strip_prefix(&self.base).is_ok_and(|relative| self.files.is_match(relative))
    }

    /// Whether, in a file that it means, it means what is at the end of this way.
    pub(crate) fn points_at(&self, path: &[PathSegment<'_>]) -> bool {
        path.len() >= self.pointer.len()
            && self.pointer.iter().zip(path).all(|(wanted, segment)| wanted == "*" || *wanted == segment.to_string())
    }
}

fn glob(pattern: &str) -> Result<Glob, String> {
    GlobBuilder::new(pattern).literal_separator(true).build().map_err(|error| error.kind().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfs::Vfs;
    use stacklint_parsers::{Format, TextRange};

    fn matches(pattern: &str, file: &str, text: &str, part: &str) -> bool {
        let sources = Sources::new(Vfs::in_memory([(file, text.as_bytes())]));
        let source = sources.open(&sources.vfs().absolute(Path::new(file))).unwrap();
        let _parsed = source.parse(Format::Yaml);
        let start = text.find(part).unwrap();
        let place = Span { file: source.id, range: TextRange::from_usize(start..start + part.len()) };
        Pattern::parse(pattern, sources.vfs().root()).unwrap().matches(place, &sources)
    }

    #[test]
    fn files_are_meant_by_globs_from_the_configuration_down() {
        for (pattern, file, expected) in [
            ("compose.yaml", "compose.yaml", true),
            ("./compose.yaml", "compose.yaml", true),
            ("compose.yaml", "deploy/compose.yaml", false),
            ("**/compose.yaml", "deploy/compose.yaml", true),
            ("**/compose.yaml", "compose.yaml", true),
            ("*.yaml", "deploy/compose.yaml", false),
            ("deploy", "deploy/dev/compose.yaml", true),
            ("deploy/", "deploy/compose.yaml", true),
            ("deploy/dev/**", "deploy/dev/a/compose.yaml", true),
            ("deploy/dev/**", "deploy/compose.yaml", false),
            ("{dev,test}/*", "test/compose.yaml", true),
        ] {
            assert_eq!(matches(pattern, file, "a: 1", "1"), expected, "{pattern} {file}");
        }
    }

    #[test]
    fn pointers_mean_an_entry_with_its_key_and_all_in_it() {
        let text = "services:\n  db:\n    ports: [a, b]\n  a/b: {image: x}\n---\nservices: {late: 1}\n";
        for (pointer, part, expected) in [
            ("/services/db", "db", true),
            ("/services/db", "ports", true),
            ("/services/db/ports/1", "b]", false),
            ("/services/db/ports/1", "b", false),
            ("/services/*/ports", "[a, b]", true),
            ("/services/db", "image", false),
            ("/services/a~1b", "image", true),
            ("/services/late", "late", true),
            ("/services/db/image", "db", false),
        ] {
            assert_eq!(matches(&format!("c.yaml#{pointer}"), "c.yaml", text, part), expected, "{pointer} {part}");
        }
        assert!(matches("c.yaml#/services/db/ports/1", "c.yaml", "services: {db: {ports: [first, second]}}", "second"));
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        for pattern in ["", "#/services", "/etc/x", "../x", "a[", "a#services"] {
            assert!(Pattern::parse(pattern, Path::new("/")).is_err(), "{pattern}");
        }
    }
}
