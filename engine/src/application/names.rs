//! The names of settings: `cors.allowed_origins`, `CORS_ALLOWED_ORIGINS` and `Cors__AllowedOrigins` are one.

use crate::letters::push_lower;
use crate::map::HashMap;
use std::cell::RefCell;
use std::sync::LazyLock;

/// Words that stand before the name of a setting without being a part of it, whatever the program (`APP_`, `DJANGO_`).
const PREFIXES: [&str; 8] = ["app", "application", "django", "next", "nuxt", "flask", "api", "config"];

/// Words before the name of a setting that make it the setting of something else.
const OTHERS: [&str; 10] = ["test", "testing", "dev", "staging", "old", "example", "sample", "default", "ci", "e2e"];

/// The longest name in the table, in words.
const LONGEST: usize = 6;

/// A row of the table.
#[derive(Clone, Copy, Debug)]
struct Known {
    id: &'static str,
    /// It is the whole name.
    whole: bool,
}

static TABLE: LazyLock<HashMap<String, Known>> = LazyLock::new(|| {
    let mut table = HashMap::default();
    for row in include_str!("aliases.tsv").lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let Some((id, names)) = row.split_once('\t') else { continue };
        for name in names.split(' ') {
            let (whole, name) = name.strip_prefix('=').map_or((false, name), |name| (true, name));
            table.insert(folded(name), Known { id, whole });
        }
    }
    table
});

/// The name with case and separators taken away: what names of one setting have in common.
#[must_use]
pub fn folded(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    name.chars().filter(|letter| letter.is_alphanumeric()).for_each(|letter| push_lower(&mut folded, letter));
    folded
}

/// The ends of a name that start with a word, longest first, folded: `httpcookiesecure`, `cookiesecure`, `secure`.
pub fn endings(name: &str) -> impl Iterator<Item = String> {
    let Words { folded, starts } = words(name);
    let longest = starts.len().saturating_sub(LONGEST);
    starts.into_iter().skip(longest).filter_map(move |start| folded.get(start..).map(str::to_owned))
}

/// The words of a name.
struct Words {
    /// The name, folded: one word behind the other.
    folded: String,
    /// Where in it each of them starts.
    starts: Vec<usize>,
}

/// The words of a name: at separators, and at the humps of `allowedOrigins`.
fn words(name: &str) -> Words {
    let mut words = Words { folded: String::with_capacity(name.len()), starts: Vec::with_capacity(8) };
    let mut before = ' ';
    for letter in name.chars() {
        let starts = !before.is_alphanumeric() || (letter.is_uppercase() && before.is_lowercase());
        before = letter;
        if letter.is_alphanumeric() {
            words.starts.extend(starts.then_some(words.folded.len()));
            push_lower(&mut words.folded, letter);
        }
    }
    words
}

/// The id of the setting that a name stands for, if rules know it.
#[must_use]
pub fn known(name: &str) -> Option<&'static str> {
    /// Stacks say the same few hundred names again and again.
    const REMEMBERED: usize = 4096;
    thread_local! {
        static KNOWN: RefCell<HashMap<Box<str>, Option<&'static str>>> = RefCell::default();
    }
    if name.len() > 128 {
        return None;
    }
    if let Some(id) = KNOWN.with_borrow(|known| known.get(name).copied()) {
        return id;
    }
    let id = look_up(name);
    KNOWN.with_borrow_mut(|known| {
        if known.len() < REMEMBERED {
            known.insert(name.into(), id);
        }
    });
    id
}

fn look_up(name: &str) -> Option<&'static str> {
    let mut words = words(name);
    // The items of a list as variables of their own: `Cors__AllowedOrigins__0`.
    while let [_, .., last] = *words.starts
        && words.folded.get(last..).is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit()))
    {
        words.starts.pop();
        words.folded.truncate(last);
    }
    let longest = words.starts.len().saturating_sub(LONGEST);
    words.starts.iter().enumerate().skip(longest).find_map(|(index, start)| {
        let known = TABLE.get(words.folded.get(*start..)?)?;
        let is_whole = index == 0 || index == 1 && PREFIXES.contains(&words.folded.get(..*start)?);
        (is_whole || !known.whole).then_some(known.id)
    })
}

/// How sure it is that a variable of the environment takes the place of a setting in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// It has a word in front that is not known: the program's own name, most likely.
    Prefixed,
    /// It is the same name, or with a well-known prefix.
    Same,
}

/// The variables of an environment, found by the settings of files that they may stand for.
#[derive(Debug, Default)]
pub(crate) struct Index {
    whole: HashMap<String, usize>,
    /// Without their first word, which is kept beside.
    behind: HashMap<String, (String, usize)>,
    /// Words that the program's variables may start with: the names of the project and of the service.
    own: Vec<String>,
}

impl Index {
    pub(crate) fn new<'a>(variables: impl Iterator<Item = &'a str>, own: &[&str]) -> Self {
        let own = own.iter().map(|own| folded(own)).filter(|own| !own.is_empty()).collect();
        let mut index = Self { own, ..Self::default() };
        for (number, variable) in variables.enumerate() {
            let Words { folded, starts } = words(variable);
            if let Some((first, rest)) = starts.get(1).and_then(|second| folded.split_at_checked(*second)) {
                index.behind.insert(rest.to_owned(), (first.to_owned(), number));
            }
            index.whole.insert(folded, number);
        }
        index
    }

    /// The number of the variable that stands for the setting `path`.
    pub(crate) fn find(&self, path: &str) -> Option<(usize, Likeness)> {
        let wanted = folded(path);
        if wanted.is_empty() || self.whole.is_empty() {
            return None;
        }
        if let Some(number) = self.whole.get(&wanted) {
            return Some((*number, Likeness::Same));
        }
        let prefixes = PREFIXES.iter().copied().chain(self.own.iter().map(String::as_str));
        let known = prefixes.into_iter().find_map(|prefix| self.whole.get(&format!("{prefix}{wanted}")));
        if let Some(number) = known {
            return Some((*number, Likeness::Same));
        }
        let (prefix, number) = self.behind.get(&wanted)?;
        // A name of one word (`port`, `password`) ends too many others.
        let speaks = path.contains(['.', '_', '-']) && !OTHERS.contains(&prefix.as_str());
        speaks.then_some((*number, Likeness::Prefixed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_setting_has_many_spellings() {
        for name in [
            "cors.allowed_origins",
            "CORS_ALLOWED_ORIGINS",
            "cors.allowedOrigins",
            "Cors__AllowedOrigins",
            "CORS__ALLOWED_ORIGINS",
            "app.cors.allowed-origins",
            "BACKEND_CORS_ORIGINS",
            "N8N_CORS_ALLOW_ORIGIN",
            "http.cors.allow-origin",
            "Access-Control-Allow-Origin",
            "traefik.http.middlewares.api.headers.accesscontrolalloworiginlist",
            "allowedOrigins",
            "Cors__AllowedOrigins__0",
        ] {
            assert_eq!(known(name), Some("allowed-origins"), "{name}");
        }
        for name in ["cors.allowed_methods", "CORS_ALLOW_HEADERS", "cors", "origin", "DEFAULT_ORIGIN", "expose_headers"]
        {
            assert_eq!(known(name), None, "{name}");
        }
    }

    #[test]
    fn short_names_are_whole() {
        for (name, id) in [
            ("server.mode", Some("server-mode")),
            ("APP_SERVER_MODE", Some("server-mode")),
            ("mode", Some("server-mode")),
            ("GIN_MODE", Some("gin-mode")),
            ("NODE_ENV", Some("node-env")),
            ("kanae.dev_mode", Some("development-switch")),
            ("backup.environment", None),
            ("file.mode", None),
            ("deploy.mode", None),
            ("N8N_NODE_ENV", None),
            ("network_mode", None),
        ] {
            assert_eq!(known(name), id, "{name}");
        }
    }

    #[test]
    fn every_row_reads() {
        let rows = include_str!("aliases.tsv").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        for row in rows {
            let (id, names) = row.split_once('\t').unwrap();
            assert!(!id.is_empty() && names.split(' ').all(|name| !folded(name).is_empty()), "{row}");
            for name in names.split(' ') {
                assert_eq!(known(name.trim_start_matches('=')), Some(id), "{name}");
                assert!(words(name).starts.len() <= LONGEST, "{name}");
            }
        }
    }

    #[test]
    fn a_variable_is_a_setting_of_a_file() {
        let is_same = |variable: &str, path: &str, own: &[&str]| {
            Index::new([variable].into_iter(), own).find(path).map(|(_, likeness)| likeness)
        };
        assert_eq!(is_same("SERVER_MODE", "server.mode", &[]), Some(Likeness::Same));
        assert_eq!(is_same("Server__Mode", "server.mode", &[]), Some(Likeness::Same));
        assert_eq!(is_same("APP_SERVER_MODE", "server.mode", &[]), Some(Likeness::Same));
        assert_eq!(is_same("MY_SHOP_SERVER_MODE", "server.mode", &["my-shop"]), Some(Likeness::Same));
        assert_eq!(is_same("SHOP_SERVER_MODE", "server.mode", &[]), Some(Likeness::Prefixed));
        assert_eq!(is_same("TEST_SERVER_MODE", "server.mode", &[]), None);
        assert_eq!(is_same("POSTGRES_PASSWORD", "password", &[]), None);
        assert_eq!(is_same("MODE", "server.mode", &[]), None);
    }
}
