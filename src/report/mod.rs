//! What a run found, written down: one file per format, and what the formats share.

#[cfg(test)]
mod all_tests;
mod azure;
mod checkstyle;
mod concise;
mod contract;
pub(crate) mod diff;
pub(crate) mod excerpt;
mod fold;
pub(crate) mod full;
mod github;
mod gitlab;
mod grouped;
mod json;
pub(crate) mod json_text;
mod jsonl;
mod junit;
mod level;
pub(crate) mod location;
pub(crate) mod log;
mod markdown;
pub(crate) mod output;
pub(crate) mod page;
pub(crate) mod paint;
pub(crate) mod printable;
mod rdf;
mod rdjson;
mod rdjsonl;
mod remark;
mod sarif;
mod site;
pub(crate) mod source_text;
mod statistics;
pub(crate) mod summary;
pub(crate) mod table;
#[cfg(test)]
pub(crate) mod test_support;
pub(crate) mod way;
mod xml;

use std::io::{self, Write};
use std::path::PathBuf;
use std::str::FromStr;

use stacklint_engine::outcome::Outcome;
use stacklint_engine::source::Sources;

use crate::exit::Exit;

/// What there is to report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report<'a> {
    /// The files that findings point into.
    pub(crate) sources: &'a Sources,
    /// What was found, in the order it is to be reported in.
    pub(crate) outcome: &'a Outcome,
    /// Formats for people use colours.
    pub(crate) colored: bool,
    /// Formats for people end with a summary.
    pub(crate) summary: bool,
    /// What the process will answer.
    pub(crate) exit: Exit,
    /// What was asked to be checked, relative to the git top, with `/`; empty for all of it.
    pub(crate) scope: &'a str,
}

#[cfg(test)]
impl<'a> Report<'a> {
    /// A report of a hand-made run.
    pub(crate) fn of(sources: &'a Sources, outcome: &'a Outcome) -> Self {
        Self { sources, outcome, colored: false, summary: true, exit: Exit::Clean, scope: "" }
    }
}

/// A way to write a report down.
pub(crate) trait Renderer {
    /// Writes all of it.
    ///
    /// # Errors
    /// If `out` fails.
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()>;

    /// Whether it is text for people, which may quote lines of files: see [`log`].
    fn is_for_people(&self) -> bool {
        true
    }
}

macro_rules! formats {
    ($($variant:ident = $renderer:expr, $name:literal: $doc:literal;)*) => {
        /// A format of reports.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Format {
            $(#[doc = $doc] $variant,)*
        }

        impl Format {
            /// All of them.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name on the command line.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What writes it.
            pub(crate) fn renderer(self) -> &'static dyn Renderer {
                match self {
                    $(Self::$variant => &$renderer,)*
                }
            }
        }
    };
}

// A format is one file and one line here.
formats! {
    Full = full::Full, "full": "Snippets with labels in every file that a value came through.";
    Concise = concise::Concise, "concise": "One finding a line.";
    Grouped = grouped::Grouped, "grouped": "One finding a line, below its file.";
    Markdown = markdown::Markdown, "markdown": "Tables, the worst first, for the summary of a job.";
    Json = json::Json, "json": "The contract for programs.";
    Jsonl = jsonl::Jsonl, "jsonl": "The same, one finding a line.";
    Sarif = sarif::Sarif, "sarif": "For code scanning: SARIF 2.1.0.";
    Statistics = statistics::Statistics, "statistics": "How often each rule has something to say.";
    Github = github::Github, "github": "Annotations of GitHub Actions.";
    Gitlab = gitlab::Gitlab, "gitlab": "A Code Quality report of GitLab.";
    Azure = azure::Azure, "azure": "Issues of Azure Pipelines.";
    Junit = junit::Junit, "junit": "Test results, as JUnit writes them.";
    Checkstyle = checkstyle::Checkstyle, "checkstyle": "The XML of Checkstyle.";
    Rdjson = rdjson::Rdjson, "rdjson": "For reviewdog.";
    Rdjsonl = rdjsonl::Rdjsonl, "rdjsonl": "For reviewdog, one finding a line.";
}

/// Where a report goes, and how it looks: `json`, `json=report.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    /// The format.
    pub(crate) format: Format,
    /// The file; none for standard output.
    pub(crate) file: Option<PathBuf>,
}

impl FromStr for Destination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => return Err("expected a file name behind `=`".to_owned()),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = Format::ALL.iter().copied().find(|format| format.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
            format!("expected one of {}", names.join(", "))
        })?;
        Ok(Self { format, file })
    }
}

/// The page of a rule on the web.
pub(crate) fn rule_url(family: &str, id: &str) -> String {
    let repository = env!("CARGO_PKG_REPOSITORY");
    format!("{repository}/blob/main/rules/src/{family}/{}.md", id.replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_destinations() {
        let json = |file: Option<&str>| Destination { format: Format::Json, file: file.map(PathBuf::from) };
        assert_eq!("json".parse(), Ok(json(None)));
        assert_eq!("json=a=b.json".parse(), Ok(json(Some("a=b.json"))));
        assert!("json=".parse::<Destination>().is_err());
        let error = "yaml".parse::<Destination>().unwrap_err();
        assert!(error.starts_with("expected one of full, concise, "), "{error}");
    }

    #[test]
    fn a_rule_has_its_page_beside_it() {
        assert!(rule_url("compose", "published-datastore-port").ends_with("/compose/published_datastore_port.md"));
    }
}
