//! How many connections a service may keep open to its database.

use std::sync::LazyLock;

use stacklint_engine::application::{Configuration, endings, folded};
use stacklint_engine::map::HashMap;
use stacklint_engine::stack::Service;
use stacklint_engine::stack::value::Value;
use stacklint_engine::text::Text;

use super::is_known;
use crate::images::columns;

static NAMES: LazyLock<HashMap<String, Kind>> = LazyLock::new(|| {
    let row = |[kind, names]: [&'static str; 2]| {
        let kind = Kind::parse(kind)?;
        Some(names.split(' ').map(move |name| (folded(name), kind)))
    };
    columns(include_str!("pools.tsv")).into_iter().filter_map(row).flatten().collect()
});

/// What a number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Pool,
    Overflow,
    Workers,
}

impl Kind {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "pool" => Self::Pool,
            "overflow" => Self::Overflow,
            "workers" => Self::Workers,
            _ => return None,
        })
    }
}

/// The connections that the containers of a service may open together.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    /// What says how many one process keeps.
    pub(crate) text: Text,
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) overflow: u64,
    pub(crate) workers: u64,
    pub(crate) replicas: u64,
}

impl Pool {
    /// That of a service, if anything says how large it is. `limits` are what its URLs say.
    pub(crate) fn of(service: &Service<'_>, configurations: &[&Configuration], limits: Vec<Said>) -> Option<Self> {
        let mut said = limits;
        for variable in service.environment() {
            said.extend(Said::of(variable.name, variable.value));
        }
        for configuration in configurations {
            let overridden = configuration.overridden();
            configuration.each_leaf(|path, field| {
                if !overridden.contains(path) {
                    said.extend(Said::of(path, &field.value));
                }
            });
        }
        let largest = |kind: Kind| said.iter().filter(|said| said.kind == kind).max_by_key(|said| said.number);
        let number = |kind: Kind| largest(kind).map(|said| said.number);
        let pool = largest(Kind::Pool)?;
        let replicas = service.value().text_at("scale").or_else(|| service.value().get("deploy")?.text_at("replicas"));
        Some(Self {
            text: pool.text.clone(),
            name: pool.name.clone(),
            size: pool.number,
            overflow: number(Kind::Overflow).unwrap_or(0),
            workers: workers(service).or(number(Kind::Workers)).unwrap_or(1).max(1),
            replicas: replicas.and_then(|replicas| replicas.as_str().parse().ok()).unwrap_or(1),
        })
    }

    /// All of them together.
    pub(crate) fn connections(&self) -> u64 {
        let one = self.size.saturating_add(self.overflow);
        one.saturating_mul(self.workers).saturating_mul(self.replicas)
    }

    /// The product, as a message shows it: `2 containers of 4 processes with 20 each`.
    pub(crate) fn shown(&self) -> String {
        let mut shown = String::new();
        if self.replicas > 1 {
            shown.push_str(&format!("{} containers with ", self.replicas));
        }
        if self.workers > 1 {
            shown.push_str(&format!("{} processes with ", self.workers));
        }
        shown.push_str(&self.size.saturating_add(self.overflow).to_string());
        shown
    }
}

/// A number with what it says.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    kind: Kind,
    number: u64,
    text: Text,
    name: String,
}

impl Said {
    fn of(name: &str, value: &Value) -> Option<Self> {
        let text = value.as_text()?;
        let number = number(text)?;
        let kind = endings(name).find_map(|ending| NAMES.get(&ending).copied())?;
        Some(Self { kind, number, text: text.clone(), name: name.to_owned() })
    }

    /// What a URL says of the pool (`connection_limit` of Prisma, `pool_max_conns` of pgx).
    pub(crate) fn in_url(name: &str, text: &Text) -> Option<Self> {
        Some(Self { kind: Kind::Pool, number: number(text)?, text: text.clone(), name: name.to_owned() })
    }
}

/// A number of something; 0 is mostly no limit.
fn number(text: &Text) -> Option<u64> {
    let number = text.as_str().trim().parse().ok().filter(|_| is_known(text))?;
    (1..1_000_000).contains(&number).then_some(number)
}

/// The processes that a command starts: `gunicorn --workers 4`, `uvicorn --workers=4`, `gunicorn -w 4`.
fn workers(service: &Service<'_>) -> Option<u64> {
    let mut words = service.command_line().flat_map(|text| text.as_str().split_whitespace());
    let server = words.find(|word| {
        let program = word.rsplit('/').next().unwrap_or(word);
        matches!(program, "gunicorn" | "uvicorn" | "hypercorn" | "granian" | "fastapi")
    })?;
    let is_short = server.ends_with("gunicorn") || server.ends_with("hypercorn");
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--workers") {
            Some("") => words.next(),
            Some(value) => value.strip_prefix('='),
            None if is_short && word == "-w" => words.next(),
            None => continue,
        };
        return value?.parse().ok().filter(|workers| (1..10_000).contains(workers));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_reads() {
        for [kind, names] in columns::<2>(include_str!("pools.tsv")) {
            assert!(Kind::parse(kind).is_some(), "{kind}");
            for name in names.split(' ') {
                assert!(endings(name).any(|ending| NAMES.contains_key(&ending)), "{name}");
            }
        }
        assert_eq!(
            columns::<2>(include_str!("pools.tsv")).len(),
            crate::images::rows(include_str!("pools.tsv")).count()
        );
    }
}
