//! What an editor's settings say about how files are judged: the flags of `check`, under `stacklint`.

use std::path::PathBuf;
use std::str::FromStr;

use serde_json::{Map, Value};
use stacklint_engine::config::{Choice, Flags, Setup};
use stacklint_engine::discover::Defaults;
use stacklint_engine::finding::{Confidence, Severity};
use stacklint_engine::similar::similar;
use stacklint_engine::stack::{Environment, EnvironmentKind};

use crate::catalogue;

/// The section of an editor's settings that is ours.
pub(crate) const SECTION: &str = "stacklint";

/// Keys of settings that are the editor's business: a server that hears of them has nothing to complain about.
const EDITORS: [&str; 6] = ["path", "server", "trace", "trace.server", "args", "logLevel"];

/// What holds for one directory of the editor.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Settings {
    enable: Option<bool>,
    select: Vec<String>,
    ignore: Vec<String>,
    min_severity: Option<Severity>,
    min_confidence: Option<Confidence>,
    fail_on: Option<Severity>,
    environment: Option<EnvironmentKind>,
    config: Option<PathBuf>,
}

/// How files are judged.
#[derive(Clone, Debug)]
pub(crate) struct Judging {
    pub(crate) setup: Setup,
    pub(crate) defaults: Defaults,
    /// The configuration that was named, which may be read wherever it is.
    pub(crate) config: Option<PathBuf>,
}

impl Settings {
    /// Reads settings, whether they are all of an editor's or ours only, and says what of them nobody understands.
    pub(crate) fn read(value: &Value) -> (Self, Vec<String>) {
        let mut settings = Self::default();
        let mut odd = Vec::new();
        let value = value.get(SECTION).or_else(|| value.get("settings")).unwrap_or(value);
        if let Value::Object(said) = value {
            settings.read_object(said, &mut odd);
        }
        (settings, odd)
    }

    fn read_object(&mut self, said: &Map<String, Value>, odd: &mut Vec<String>) {
        for (key, value) in said {
            // What an editor sends for a setting that nobody made.
            if value.is_null() {
                continue;
            }
            let plain: String = key.chars().filter(|letter| !matches!(letter, '_' | '-')).collect();
            let understood = match plain.to_ascii_lowercase().as_str() {
                "enable" => value.as_bool().map(|on| self.enable = Some(on)),
                "select" => names(value).map(|names| self.select = known(names, odd)),
                "ignore" => names(value).map(|names| self.ignore = known(names, odd)),
                "minseverity" => word(value).map(|severity| self.min_severity = severity),
                "minconfidence" => word(value).map(|confidence| self.min_confidence = confidence),
                "failon" => word(value).map(|severity| self.fail_on = severity),
                "environment" => word(value).map(|environment| self.environment = environment),
                "config" | "configuration" => {
                    value.as_str().map(|path| self.config = (!path.is_empty()).then(|| path.into()))
                }
                _ if EDITORS.contains(&key.as_str()) => Some(()),
                _ => {
                    odd.push(format!("the setting `{SECTION}.{key}` is unknown{}", meant(key)));
                    continue;
                }
            };
            if understood.is_none() {
                odd.push(format!("the setting `{SECTION}.{key}` cannot be {value}"));
            }
        }
    }

    /// Whether anything is to be judged.
    pub(crate) fn enabled(&self) -> bool {
        self.enable != Some(false)
    }

    /// How files are judged below a directory.
    pub(crate) fn judging(&self, root: &std::path::Path) -> Judging {
        let config = self.config.as_ref().map(|path| root.join(path));
        let choice = config.clone().map_or(Choice::Nearest, Choice::File);
        let flags = |select: &[String], ignore: &[String]| Flags {
            select: select.to_vec(),
            ignore: ignore.to_vec(),
            fail_on: self.fail_on,
            min_severity: self.min_severity,
            min_confidence: self.min_confidence,
            environment: None,
        };
        let setup = Setup::new(catalogue::all(), choice.clone(), flags(&self.select, &self.ignore));
        // Only known names are kept.
        let setup = setup.unwrap_or_else(|_| Setup::all(catalogue::all(), choice));
        let environment = self.environment.map(|kind| Environment::new(kind, "the editor's settings say so"));
        Judging { setup, defaults: Defaults { environment, ..Defaults::default() }, config }
    }
}

const KEYS: [&str; 8] =
    ["enable", "select", "ignore", "minSeverity", "minConfidence", "failOn", "environment", "config"];

fn meant(key: &str) -> String {
    similar(key, KEYS.iter().copied()).map(|known| format!("; did you mean `{known}`?")).unwrap_or_default()
}

/// A list of names, or one text with commas between them.
fn names(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => {
            Some(text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect())
        }
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// Those of the names that mean a rule or a family.
fn known(names: Vec<String>, odd: &mut Vec<String>) -> Vec<String> {
    let (known, unknown): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| {
        let all = catalogue::all();
        all.iter().any(|rule| rule.is_named(name))
    });
    odd.extend(unknown.into_iter().map(|name| format!("there is no rule and no family `{name}`, which settings name")));
    known
}

/// A word of a list of words; none if it is empty.
fn word<T: FromStr>(value: &Value) -> Option<Option<T>> {
    match value.as_str()? {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_settings_as_editors_send_them() {
        let said = json!({"select": ["compose"], "minSeverity": "high", "environment": "prod", "config": null});
        let (settings, odd) = Settings::read(&json!({"stacklint": said}));
        assert_eq!(odd, Vec::<String>::new());
        assert_eq!(
            (settings.select.as_slice(), settings.min_severity),
            (&["compose".to_owned()][..], Some(Severity::High))
        );
        assert_eq!(Settings::read(&said).0, settings);
        assert_eq!(Settings::read(&json!({"settings": said})).0, settings);
        assert!(settings.enabled() && !Settings::read(&json!({"enable": false})).0.enabled());
    }

    #[test]
    fn says_what_it_does_not_understand() {
        let (settings, odd) =
            Settings::read(&json!({"selct": [], "select": ["nope", "compose"], "minSeverity": 3, "trace": {}}));
        assert_eq!(settings.select, ["compose"]);
        assert_eq!(odd.len(), 3, "{odd:?}");
        assert!(odd.iter().any(|line| line.contains("did you mean `select`?")));
        for nothing in [json!(null), json!(7), json!([]), json!({"stacklint": "x"})] {
            assert_eq!(Settings::read(&nothing), (Settings::default(), Vec::new()));
        }
    }
}
