//! The name of an image taken apart: `registry/name:tag@digest`.

use std::ops::Range;

use memchr::{memchr, memchr2, memrchr};

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
        // Many rules ask for the name of the same image: its bytes are looked at, all its marks are ASCII.
        let bytes = image.as_bytes();
        let part = |range: Range<usize>| bytes.get(range).unwrap_or_default();
        let end = memchr(b'@', bytes).unwrap_or(bytes.len());
        let digest = (end + 1).min(bytes.len())..bytes.len();
        let last = memrchr(b'/', part(0..end)).map_or(0, |at| at + 1);
        let colon = memchr(b':', part(last..end)).map(|at| last + at);
        let tag = colon.map_or(end..end, |colon| colon + 1..end);
        let path_end = colon.unwrap_or(end);
        let mut start = 0;
        if let Some(slash) = memchr(b'/', part(0..last)) {
            // The first part is a registry if it can be a host name.
            let first = part(0..slash);
            if memchr2(b'.', b':', first).is_some() || first == b"localhost" {
                start = slash + 1;
            }
            if part(start..path_end).starts_with(b"library/") {
                start += "library/".len();
            }
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
