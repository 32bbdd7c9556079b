//! What the image of a server brings: its major version, its data directory, and what its first start writes there.
//!
//! Source: docker-library/postgres, `docker-entrypoint.sh` and `Dockerfile-debian.template` (commit 6edb0a8).

use std::sync::LazyLock;

use crate::stack::{Service, image_name};
use crate::text::Text;

/// The newest released major version that is known here: what `latest` most likely is.
pub const NEWEST: u32 = 18;

static FAMILY: LazyLock<Vec<Member>> = LazyLock::new(|| {
    let rows = include_str!("images.tsv").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.filter_map(Member::parse).collect()
});

/// An image that starts its server through the official entry point.
#[derive(Clone, Copy, Debug)]
struct Member {
    name: &'static str,
    tag: TagForm,
    /// `name=value` that its own command sets, if any.
    argument: Option<&'static str>,
}

/// Where a tag says the major version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TagForm {
    First,
    Part,
    Nowhere,
}

/// The image of a server.
#[derive(Clone, Debug)]
pub struct Image {
    /// The image as a whole.
    pub text: Text,
    /// It starts its server through the official entry point.
    pub official: bool,
    /// The major version, if the tag says it.
    pub major: Option<Major>,
    /// A setting that it starts its server with if the service has no command of its own.
    pub argument: Option<(&'static str, &'static str)>,
}

/// A major version, and what says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Major {
    /// 17 of 17.2; 9 of 9.6.
    pub number: u32,
    /// The part of the image's tag that says it; the whole image where none does.
    pub text: Text,
    /// A tag such as `latest` says it only by what it was when this was written.
    pub certain: bool,
}

impl Member {
    fn parse(row: &'static str) -> Option<Self> {
        let mut columns = row.split('\t');
        let name = columns.next()?;
        let tag = match columns.next()? {
            "first" => TagForm::First,
            "pg" => TagForm::Part,
            "-" => TagForm::Nowhere,
            _ => return None,
        };
        let argument = columns.next().filter(|argument| *argument != "-");
        Some(Self { name, tag, argument })
    }

    /// Mirrors keep `library/postgres` behind a path of their own.
    fn is(&self, image: &str) -> bool {
        image == self.name || (self.name == "postgres" && image.ends_with("/library/postgres"))
    }
}

impl Image {
    /// The image of a service, if it has one.
    #[must_use]
    pub fn of(service: &Service<'_>) -> Option<Self> {
        let text = service.image()?.clone();
        let name = image_name(text.as_str());
        let member = FAMILY.iter().find(|member| member.is(name));
        let major = member.and_then(|member| major(&text, member.tag));
        let argument = member.and_then(|member| member.argument?.split_once('='));
        Some(Self { official: member.is_some(), major, argument, text })
    }

    /// The data directory, unless `PGDATA` or an argument names another one. Without a known version the one of 17 and
    /// before.
    #[must_use]
    pub fn data_directory(&self) -> String {
        match &self.major {
            Some(major) if major.number >= 18 => format!("/var/lib/postgresql/{}/docker", major.number),
            _ => "/var/lib/postgresql/data".to_owned(),
        }
    }
}

/// The version that a tag says.
fn major(image: &Text, form: TagForm) -> Option<Major> {
    if image.is_unknown() || image.unset().next().is_some() {
        return None;
    }
    let written = image.as_str();
    let (name, digest) = written.split_once('@').map_or((written, false), |(name, _)| (name, true));
    let tag = name.rfind(':').filter(|colon| !name.get(*colon..).is_some_and(|rest| rest.contains('/')));
    let tag = tag.map_or(name.len()..name.len(), |colon| colon + 1..name.len());
    let text = name.get(tag.clone())?;
    let found = match form {
        TagForm::First => leading_number(text, 0),
        TagForm::Part => {
            let mut start = 0;
            let parts = text.split(['-', '_']).map(|part| {
                let at = start;
                start += part.len() + 1;
                (at, part)
            });
            let mut parts = parts.filter(|(_, part)| part.get(..2).is_some_and(|pg| pg.eq_ignore_ascii_case("pg")));
            parts.find_map(|(at, _)| leading_number(text, at + 2))
        }
        TagForm::Nowhere => None,
    };
    match found {
        Some((range, number)) => {
            let text = image.slice(tag.start + range.start..tag.start + range.end);
            Some(Major { number, text, certain: true })
        }
        // A digest pins one version, and does not say which. A tag such as `latest` or `alpine` moves with the newest.
        None if form == TagForm::First && !digest && !text.starts_with(|first: char| first.is_ascii_digit()) => {
            let text = if tag.is_empty() { image.clone() } else { image.slice(tag) };
            Some(Major { number: NEWEST, text, certain: false })
        }
        None => None,
    }
}

/// The number at `start`, which no letter may follow but those of a version still in the making (`17beta1`, `18rc1`).
fn leading_number(text: &str, start: usize) -> Option<(std::ops::Range<usize>, u32)> {
    let rest = text.get(start..)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let number: u32 = rest.get(..digits)?.parse().ok().filter(|number| (7..100).contains(number))?;
    let behind = rest.get(digits..)?;
    let ends = !behind.starts_with(|next: char| next.is_ascii_alphanumeric());
    (ends || behind.starts_with("beta") || behind.starts_with("rc")).then_some((start..start + digits, number))
}

/// What `initdb` and the entry point write on the first start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FirstStart {
    /// The method of the six records for this machine itself, over sockets.
    pub local: Option<Text>,
    /// The same, over the loopback addresses.
    pub loopback: Option<Text>,
    /// Settings that it writes into postgresql.conf.
    pub settings: Vec<(String, Text)>,
}

impl FirstStart {
    /// What `POSTGRES_INITDB_ARGS` asks for. The entry point hands it to `eval`, so it is split as by a shell.
    #[must_use]
    pub fn of(service: &Service<'_>) -> Self {
        let mut first = Self::default();
        let Some(arguments) = service.variable("POSTGRES_INITDB_ARGS") else { return first };
        let words = crate::postgres::shell::commands(arguments).into_iter().next().unwrap_or_default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let text = word.as_str();
            let long = text.find('=').filter(|_| text.starts_with("--"));
            let (flag, value) = match long {
                Some(equals) => (text.get(..equals).unwrap_or_default(), Some(word.slice(equals + 1..text.len()))),
                None if text.starts_with("--") => (text, None),
                // Short flags take their value in the same word or in the next one.
                None => match text.get(..2) {
                    Some(flag) if text.len() > 2 => (flag, Some(word.slice(2..text.len()))),
                    _ => (text, None),
                },
            };
            let takes = matches!(flag, "-A" | "--auth" | "--auth-local" | "--auth-host" | "-c" | "--set");
            let Some(value) = (if takes { value.or_else(|| words.next()) } else { None }) else { continue };
            match flag {
                "-A" | "--auth" => {
                    first.local = Some(value.clone());
                    first.loopback = Some(value);
                }
                "--auth-local" => first.local = Some(value),
                "--auth-host" => first.loopback = Some(value),
                _ => {
                    if let Some((name, _)) = value.as_str().split_once('=') {
                        let setting = value.slice(name.len() + 1..value.as_str().len());
                        first.settings.push((name.to_ascii_lowercase(), setting));
                    }
                }
            }
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::OriginId;

    fn major_of(image: &str) -> Option<(u32, bool, String)> {
        let text = Text::from_nowhere(image, OriginId::WRITTEN);
        let member = FAMILY.iter().find(|member| member.is(image_name(image)))?;
        major(&text, member.tag).map(|major| (major.number, major.certain, major.text.as_str().to_owned()))
    }

    #[test]
    fn every_row_reads() {
        let rows = include_str!("images.tsv").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        assert_eq!(rows.count(), FAMILY.len());
    }

    #[test]
    fn tags_say_the_major_version() {
        for (image, number, said) in [
            ("postgres:17", 17, "17"),
            ("postgres:17.2-alpine", 17, "17"),
            ("docker.io/library/postgres:16.4-alpine3.20@sha256:0", 16, "16"),
            ("public.ecr.aws/docker/library/postgres:9.6", 9, "9"),
            ("localhost:5000/library/postgres:18beta1", 18, "18"),
            ("pgvector/pgvector:0.8.0-pg16", 16, "16"),
            ("pgvector/pgvector:pg17-trixie", 17, "17"),
            ("timescale/timescaledb:latest-pg15", 15, "15"),
            ("postgis/postgis:16-3.4-alpine", 16, "16"),
            ("apache/age:release_PG16_1.5.0", 16, "16"),
            ("ghcr.io/immich-app/postgres:14-vectorchord0.4.3-pgvectors0.2.0@sha256:0", 14, "14"),
        ] {
            assert_eq!(major_of(image), Some((number, true, said.to_owned())), "{image}");
        }
        for (image, said) in
            [("postgres", "postgres"), ("postgres:latest", "latest"), ("postgres:alpine3.22", "alpine3.22")]
        {
            assert_eq!(major_of(image), Some((NEWEST, false, said.to_owned())), "{image}");
        }
        for image in [
            "postgres@sha256:0",
            "localhost:5000/postgres@sha256:0",
            "pgvector/pgvector:latest",
            "citusdata/citus:13.0",
            "postgres:17x",
        ] {
            assert_eq!(major_of(image), None, "{image}");
        }
    }

    #[test]
    fn only_the_family_is_official() {
        let is = |image: &str| FAMILY.iter().any(|member| member.is(image_name(image)));
        assert!(is("postgres:17") && is("mirror.example.org/proxy/library/postgres:17") && is("postgis/postgis"));
        for image in
            ["bitnami/postgresql:17", "supabase/postgres:15", "kartoza/postgis", "timescale/timescaledb-ha:pg17"]
        {
            assert!(!is(image), "{image}");
        }
    }
}
