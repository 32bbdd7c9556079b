//! Settings that make a program safer, and whether a value does.

use std::sync::LazyLock;

use stacklint_engine::application::{Setting, Truth, endings, folded};
use stacklint_engine::finding::Severity;
use stacklint_engine::map::HashMap;

use super::cors;
use super::mode::{self, Mode};
use super::rows;

static TABLE: LazyLock<HashMap<String, (Kind, &str)>> = LazyLock::new(|| {
    let row = |row: &'static str| {
        let mut columns = row.split('\t');
        let kind = Kind::parse(columns.next()?)?;
        let effect = columns.next()?;
        Some(columns.next()?.split(' ').map(move |name| (folded(name), (kind, effect))))
    };
    rows(include_str!("hardening.tsv")).filter_map(row).flatten().collect()
});

/// What makes a value the safer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    True,
    False,
    SameSite,
    TlsMode,
    Hosts,
}

impl Kind {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "true" => Self::True,
            "false" => Self::False,
            "same-site" => Self::SameSite,
            "tls-mode" => Self::TlsMode,
            "hosts" => Self::Hosts,
            _ => return None,
        })
    }

    /// Whether a value is the safer one; nothing where nobody can tell.
    fn holds(self, setting: &Setting<'_>) -> Option<bool> {
        let word = || setting.text().map(|text| folded(text.as_str()));
        match self {
            Self::True | Self::False => match setting.truth()? {
                // A switch that says nothing is its default.
                _ if setting.is_empty() => None,
                Truth::True => Some(self == Self::True),
                Truth::False => Some(self == Self::False),
                Truth::Unclear => None,
            },
            Self::SameSite => match word()?.as_str() {
                "strict" | "lax" => Some(true),
                "none" => Some(false),
                _ => None,
            },
            Self::TlsMode => match word()?.as_str() {
                "require" | "required" | "verifyca" | "verifyfull" | "verifyidentity" => Some(true),
                "disable" | "disabled" | "allow" | "prefer" | "preferred" => Some(false),
                _ => None,
            },
            Self::Hosts => {
                let items = setting.items();
                let is_wide = |host: &str| matches!(host, "*" | "0.0.0.0/0" | "::/0" | ".");
                (!items.is_empty()).then(|| !items.iter().any(|item| is_wide(item.text.as_str())))
            }
        }
    }
}

/// A setting that makes a program safer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hardening {
    /// What is so, where it is taken back.
    pub(crate) effect: &'static str,
    /// How bad that is.
    pub(crate) severity: Severity,
    judge: fn(&Setting<'_>, Option<Kind>) -> Option<bool>,
    kind: Option<Kind>,
}

impl Hardening {
    /// What a setting is, if it makes a program safer.
    pub(crate) fn of(setting: &Setting<'_>) -> Option<Self> {
        if let Some(program) = mode::program(setting) {
            let judge = |setting: &Setting<'_>, _| match mode::mode(setting)? {
                Mode::Release => Some(true),
                Mode::Development => Some(false),
                Mode::Other => None,
            };
            return Some(Self { effect: program.effect, severity: Severity::High, judge, kind: None });
        }
        match setting.id {
            "allowed-origins" => {
                let judge = |setting: &Setting<'_>, _| {
                    let items = setting.items();
                    (!items.is_empty()).then(|| !items.iter().any(|item| cors::wide(item).is_some()))
                };
                Some(Self { effect: EVERY_WEBSITE, severity: Severity::High, judge, kind: None })
            }
            "allow-all-origins" => {
                let judge = |setting: &Setting<'_>, _| Kind::False.holds(setting);
                Some(Self { effect: EVERY_WEBSITE, severity: Severity::High, judge, kind: None })
            }
            _ => {
                let (kind, effect) = endings(&setting.name).find_map(|ending| TABLE.get(&ending).copied())?;
                let judge = |setting: &Setting<'_>, kind: Option<Kind>| kind?.holds(setting);
                Some(Self { effect, severity: Severity::Medium, judge, kind: Some(kind) })
            }
        }
    }

    /// Whether a value makes the program safer; nothing where nobody can tell.
    pub(crate) fn holds(&self, setting: &Setting<'_>) -> Option<bool> {
        (self.judge)(setting, self.kind)
    }
}

const EVERY_WEBSITE: &str = "any page that somebody opens can read what this program answers";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_reads() {
        for row in rows(include_str!("hardening.tsv")) {
            let columns: Vec<&str> = row.split('\t').collect();
            assert_eq!(columns.len(), 3, "{row}");
            assert!(Kind::parse(columns[0]).is_some() && !columns[1].is_empty(), "{row}");
            assert!(columns[2].split(' ').all(|name| TABLE.contains_key(&folded(name))), "{row}");
            // Each is found by its own name: it is no longer than what is looked up.
            assert!(columns[2].split(' ').all(|name| endings(name).any(|ending| ending == folded(name))), "{row}");
        }
    }
}
