//! What is known about datastores by their images: how they are opened to everybody, and where they keep their data.

use std::sync::LazyLock;

use stacklint_engine::check::Context;
use stacklint_engine::directive::Directive;
use stacklint_engine::map::HashMap;
use stacklint_engine::stack::{Image, Service};
use stacklint_engine::text::Text;

use super::by_name::Table;
use super::columns;

static OPEN: LazyLock<Table<5>> = LazyLock::new(|| Table::of(include_str!("open_datastores.tsv"), 1));
/// The rows about each image, by its whole name.
static DATA_PATHS: LazyLock<HashMap<&str, Vec<[&str; 6]>>> = LazyLock::new(|| {
    let mut rows: HashMap<_, Vec<_>> = HashMap::default();
    for row in columns::<6>(include_str!("data_paths.tsv")) {
        let [_, images, ..] = row;
        images.split(' ').for_each(|image| rows.entry(image).or_default().push(row));
    }
    rows
});

/// How a datastore lets everybody in.
#[derive(Debug)]
pub(crate) enum Login<'a> {
    /// Something gives it a login.
    Asked,
    /// A variable or a flag switches it off.
    SwitchedOff {
        /// Which.
        by: String,
        /// Where.
        at: &'a Text,
        /// The variable that gives it a login instead, if there is one.
        instead: Option<&'static str>,
    },
    /// Nothing switches one on.
    Missing,
}

/// Whether a datastore asks who comes: what it is, and the answer. Nothing for other images, and where a configuration file
/// or a script decides.
pub(crate) fn login<'a>(service: &Service<'a>, cx: &Context<'_>) -> Option<(&'static str, Login<'a>)> {
    let [product, _, opens, closes, default] = OPEN.rows_of(service.image_name()?).next()?;
    let words: Vec<&Text> = service.command_line().collect();
    let has_word = |wanted: &str| words.iter().any(|word| word.as_str().contains(wanted));
    // Options that an image hands on to its program.
    let arguments = |wanted: &str| {
        let mut options = service.environment().filter(|variable| variable.name.ends_with("_ARGS"));
        options.any(|variable| variable.text().is_some_and(|text| text.as_str().contains(wanted)))
    };
    let is_set = |name: &str| {
        service.environment().any(|variable| {
            variable.name == name
                && variable.text().is_none_or(|text| !text.is_empty() || text.unset().next().is_some())
        })
    };
    let is_closed = closes.split(' ').any(|name| {
        let in_command = match name.strip_prefix("--") {
            Some(_) => has_word(name),
            // Short flags are words of their own.
            None if name.starts_with('-') => words.iter().any(|word| word.as_str() == name),
            None => has_word(name) || arguments(name) || is_set(name),
        };
        name != "-" && in_command
    });
    if let Some((name, text)) = opens
        .split(' ')
        .find_map(|how| opened(service, how, &words))
        .filter(|(name, _)| !is_closed || name.starts_with("--"))
    {
        // A file, where the image takes one.
        let variables =
            || closes.split(' ').filter(|name| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'));
        let instead = variables().find(|name| name.ends_with("_FILE")).or_else(|| variables().next());
        return Some((product, Login::SwitchedOff { by: name, at: text, instead }));
    }
    if is_closed || *default == "closed" {
        return Some((product, Login::Asked));
    }
    if let Some(settings) = settings(service, cx) {
        let asks = |name: &str| matches!(name, "requirepass" | "aclfile" | "user");
        let closed = settings.iter().any(|setting| asks(&setting.name) && !setting.value.is_empty());
        return Some((product, if closed { Login::Asked } else { Login::Missing }));
    }
    // A file that nobody can read here, or a program of somebody's own.
    let is_script = service.value().get("entrypoint").is_some() || service.value().get("build").is_some();
    let decides = |word: &&Text| [".conf", ".cnf", ".sh", ".acl"].iter().any(|ending| word.as_str().contains(ending));
    (!is_script && !words.iter().any(decides)).then_some((product, Login::Missing))
}

/// The settings of the file that the command of a Redis names, if it can be read. One that takes in others says nothing
/// for sure.
pub(crate) fn settings(service: &Service<'_>, cx: &Context<'_>) -> Option<Vec<Directive>> {
    let words = service.command_line().flat_map(|word| word.as_str().split(' '));
    let path = words.into_iter().find(|word| word.starts_with('/') && word.ends_with(".conf"))?;
    let settings = cx.directives(&cx.container_files(service)?.find(path))?;
    (!settings.iter().any(|setting| setting.name == "include")).then_some(settings)
}

/// Whether a variable or a flag of the table opens a service.
fn opened<'a>(service: &Service<'a>, how: &str, words: &[&'a Text]) -> Option<(String, &'a Text)> {
    if how.starts_with("--") {
        let word =
            words.iter().find(|word| word.as_str() == how || word.as_str().split(' ').any(|part| part == how))?;
        return Some((how.to_owned(), word));
    }
    let (name, wanted) = how.split_once('=').map_or((how, None), |(name, value)| (name, Some(value)));
    let text = service.variable(name)?;
    let value = text.as_str().to_ascii_lowercase();
    let holds = wanted.map_or(!value.is_empty(), |wanted| value == wanted);
    (holds && !text.is_unknown()).then(|| (name.to_owned(), text))
}

/// Where a datastore keeps its data.
#[derive(Debug)]
pub(crate) struct DataPath {
    /// What it is.
    pub(crate) product: &'static str,
    /// The path inside its container.
    pub(crate) path: String,
    /// The image declares a volume there, so that a mount on a directory above does not reach it.
    pub(crate) is_declared: bool,
}

/// Where the datastore of an image keeps its data; several paths where the version is not known.
pub(crate) fn data_paths(service: &Service<'_>, image: &Image<'_>) -> Vec<DataPath> {
    let Some(rows) = DATA_PATHS.get(image.name) else { return Vec::new() };
    // Images built upon PostgreSQL have a version of their own before its: `2.17.2-pg17`.
    let inner = image
        .tag
        .and_then(|tag| tag.rsplit_once("pg"))
        .and_then(|(_, version)| version.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok());
    let major = inner.or_else(|| image.major());
    let fits = |versions: &str| match (major, versions.split_once('-')) {
        (Some(major), Some(("", last))) => last.parse().is_ok_and(|last: u32| major <= last),
        (Some(major), Some((first, _))) => first.parse().is_ok_and(|first: u32| major >= first),
        _ => true,
    };
    let rows = rows.iter().filter(|[_, _, versions, ..]| fits(versions));
    rows.map(|[product, _, _, path, variable, declared]| {
        match service.variable(variable).filter(|path| path.as_str().starts_with('/')) {
            Some(elsewhere) => DataPath { product, path: elsewhere.as_str().to_owned(), is_declared: false },
            None => {
                let major = major.map_or_else(|| "18".to_owned(), |major| major.to_string());
                DataPath { product, path: path.replace("{major}", &major), is_declared: *declared == "volume" }
            }
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::rows;

    #[test]
    fn every_row_reads() {
        assert_eq!(OPEN.rows().len(), rows(include_str!("open_datastores.tsv")).count());
        assert_eq!(columns::<6>(include_str!("data_paths.tsv")).len(), rows(include_str!("data_paths.tsv")).count());
        assert!(OPEN.rows().iter().all(|[.., default]| matches!(*default, "open" | "closed")));
        for [product, _, versions, path, _, declared] in DATA_PATHS.values().flatten() {
            assert!(path.starts_with('/') && matches!(*declared, "volume" | "-"), "{product}");
            assert!(*versions == "*" || versions.split_once('-').is_some(), "{product}");
        }
    }
}
