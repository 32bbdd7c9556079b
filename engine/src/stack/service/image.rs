//! The name of an image taken apart: `registry/name:tag@digest`.

use std::ops::Range;

use crate::stack::Service;
use crate::text::Text;

/// An image as a service names it, after interpolation.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    /// The whole name with its sources.
    pub text: &'a Text,
    /// Its name without registry, tag and digest: `bitnami/postgresql` of `docker.io/bitnami/postgresql:17@sha256:...`.
    pub name: &'a str,
    /// Its tag, if it has one.
    pub tag: Option<&'a str>,
    /// Its digest, if it has one.
    pub digest: Option<&'a str>,
}

impl<'a> Service<'a> {
    /// Its image taken apart; nothing where a variable that nothing sets leaves a hole in it.
    #[must_use]
    pub fn named_image(&self) -> Option<Image<'a>> {
        let text = self.image()?;
        let parts = Parts::of(text.as_str());
        let part = |range: Range<usize>| text.as_str().get(range).filter(|part| !part.is_empty());
        let known = !text.is_unknown() && text.unset().next().is_none();
        Some(Image { text, name: part(parts.name)?, tag: part(parts.tag), digest: part(parts.digest) })
            .filter(|_| known)
    }
}

impl Image<'_> {
    /// Its tag with its sources; the whole name where it has none.
    #[must_use]
    pub fn tag_text(&self) -> Text {
        let tag = Parts::of(self.text.as_str()).tag;
        if tag.is_empty() { self.text.clone() } else { self.text.slice(tag) }
    }

    /// The number its tag starts with: 17 of `17.2-alpine` and of `pg17`.
    #[must_use]
    pub fn major(&self) -> Option<u32> {
        let tag = self.tag?;
        let number = tag.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
        let digits = number.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(number.len());
        number.get(..digits)?.parse().ok()
    }
}

/// The name of an image without registry, tag and digest.
#[must_use]
pub fn image_name(image: &str) -> &str {
    image.get(Parts::of(image).name).unwrap_or(image)
}

struct Parts {
    name: Range<usize>,
    tag: Range<usize>,
    digest: Range<usize>,
}

impl Parts {
    fn of(image: &str) -> Self {
        let end = image.find('@').unwrap_or(image.len());
        let digest = (end + 1).min(image.len())..image.len();
        let last = image.get(..end).and_then(|path| path.rfind('/')).map_or(0, |at| at + 1);
        let colon = image.get(last..end).and_then(|name| name.find(':')).map(|at| last + at);
        let tag = colon.map_or(end..end, |colon| colon + 1..end);
        let path_end = colon.unwrap_or(end);
        // The first part is a registry if it can be a host name.
        let registry = image.get(..path_end).and_then(|path| path.split_once('/')).map(|(first, _)| first);
        let registry = registry.filter(|first| first.contains(['.', ':']) || *first == "localhost");
        let mut start = registry.map_or(0, |registry| registry.len() + 1);
        if image.get(start..path_end).is_some_and(|name| name.starts_with("library/")) {
            start += "library/".len();
        }
        Self { name: start..path_end, tag, digest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_images_apart() {
        for (image, name, tag, digest) in [
            ("postgres", "postgres", "", ""),
            ("postgres:17-alpine@sha256:0", "postgres", "17-alpine", "sha256:0"),
            ("docker.io/library/postgres:17", "postgres", "17", ""),
            ("localhost:5000/team/postgres", "team/postgres", "", ""),
            ("ghcr.io/a/b/redis:7", "a/b/redis", "7", ""),
            ("bitnami/postgresql", "bitnami/postgresql", "", ""),
            ("library/redis@sha256:1", "redis", "", "sha256:1"),
            ("app:", "app", "", ""),
            ("", "", "", ""),
        ] {
            let parts = Parts::of(image);
            assert_eq!(image_name(image), name, "{image}");
            assert_eq!(&image[parts.tag], tag, "{image}");
            assert_eq!(&image[parts.digest], digest, "{image}");
        }
    }
}
