//! What the mode of a program is, and what the value for production would be.

use std::sync::LazyLock;

use stacklint_engine::application::{Setting, Truth};

use super::rows;

/// A row of `modes.tsv`.
#[derive(Debug)]
pub(crate) struct Program {
    id: &'static str,
    /// Its name, as a sentence has it.
    pub(crate) name: &'static str,
    /// What it does outside of production.
    pub(crate) effect: &'static str,
    /// The value for production.
    pub(crate) release: &'static str,
}

static PROGRAMS: LazyLock<Vec<Program>> = LazyLock::new(|| {
    let program = |row: &'static str| {
        let mut columns = row.split('\t');
        let mut column = || columns.next();
        Some(Program { id: column()?, name: column()?, effect: column()?, release: column()? })
    };
    rows(include_str!("modes.tsv")).filter_map(program).collect()
});

/// The program whose mode a setting is.
pub(crate) fn program(setting: &Setting<'_>) -> Option<&'static Program> {
    PROGRAMS.iter().find(|program| program.id == setting.id)
}

/// What a mode is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Production.
    Release,
    /// Development or tests.
    Development,
    /// Something else: staging, a profile with a name of its own.
    Other,
}

const RELEASE: [&str; 5] = ["release", "prod", "production", "prd", "live"];
const DEVELOPMENT: [&str; 10] =
    ["debug", "dev", "devel", "develop", "development", "test", "testing", "tests", "local", "localhost"];

/// What the value of a setting is for; nothing if it is not known or says nothing.
pub(crate) fn mode(setting: &Setting<'_>) -> Option<Mode> {
    match setting.id {
        "production-switch" => match setting.truth()? {
            Truth::True => Some(Mode::Release),
            Truth::False => Some(Mode::Development),
            Truth::Unclear => None,
        },
        "development-switch" => match setting.truth()? {
            Truth::True => Some(Mode::Development),
            Truth::False => Some(Mode::Release),
            Truth::Unclear => None,
        },
        _ => {
            let modes: Vec<Mode> = setting.items().iter().map(|item| mode_of(item.text.as_str())).collect();
            // Of several profiles the one for production decides.
            [Mode::Release, Mode::Development, Mode::Other].into_iter().find(|mode| modes.contains(mode))
        }
    }
}

fn mode_of(word: &str) -> Mode {
    let word = word.to_ascii_lowercase();
    if RELEASE.contains(&word.as_str()) || word.starts_with("prod-") || word.starts_with("production-") {
        Mode::Release
    } else if DEVELOPMENT.contains(&word.as_str()) {
        Mode::Development
    } else {
        Mode::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_reads() {
        assert_eq!(PROGRAMS.len(), rows(include_str!("modes.tsv")).count());
    }

    #[test]
    fn knows_modes() {
        for word in ["release", "Production", "prod-eu"] {
            assert_eq!(mode_of(word), Mode::Release, "{word}");
        }
        for word in ["debug", "Development", "test"] {
            assert_eq!(mode_of(word), Mode::Development, "{word}");
        }
        for word in ["staging", "standalone", "cluster", "http"] {
            assert_eq!(mode_of(word), Mode::Other, "{word}");
        }
    }
}
