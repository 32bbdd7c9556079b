//! Why a server refuses a name or a value.

use stacklint_parsers::invisible;

use super::parameters::{Parameters, ValueErrorKind};

/// Why an assignment is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignmentError {
    /// What is wrong.
    pub kind: AssignmentErrorKind,
    /// What is wrong, without the value.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// What to write instead of the name or the value, where that is certain.
    pub suggestion: Option<String>,
}

/// Kinds of [`AssignmentError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AssignmentErrorKind {
    /// No server has a parameter of this name.
    UnknownName,
    /// A character in the name cannot be seen.
    InvisibleCharacter,
    /// Earlier majors have it.
    Removed {
        /// The last one.
        last: u32,
    },
    /// Later majors have it.
    NotYet {
        /// The first one.
        first: u32,
    },
    /// The value is none.
    Value(ValueErrorKind),
}

impl AssignmentErrorKind {
    /// Whether the name is at fault, so that the server applies nothing at all.
    #[must_use]
    pub fn is_of_name(self) -> bool {
        !matches!(self, Self::Value(_))
    }
}

/// Why a server of a major version refuses a value for a name.
#[must_use]
pub fn error(name: &str, value: &str, major: u32) -> Option<AssignmentError> {
    refusal(name, value, major, true)
}

/// `guess` says whether to look for what an unknown name may have meant.
pub(super) fn refusal(name: &str, value: &str, major: u32, guess: bool) -> Option<AssignmentError> {
    let Some(parameter) = Parameters::find(name, major) else {
        // A name with a dot belongs to an extension, and any is taken.
        return if name.contains('.') { None } else { Some(unknown(name, major, guess)) };
    };
    if !parameter.in_file {
        return Some(AssignmentError {
            kind: AssignmentErrorKind::Value(ValueErrorKind::ReadOnly),
            message: format!("`{}` tells something about the server, and nobody can set it", parameter.name),
            help: "remove the line".to_owned(),
            suggestion: None,
        });
    }
    let error = parameter.value(value, major).err()?;
    Some(AssignmentError {
        kind: AssignmentErrorKind::Value(error.kind),
        message: error.message,
        help: error.help,
        suggestion: error.suggestion,
    })
}

fn unknown(name: &str, major: u32, guess: bool) -> AssignmentError {
    let error = |kind, message: String, help: String, suggestion| AssignmentError { kind, message, help, suggestion };
    let hidden = |character: &char| invisible(*character).is_some();
    if let Some(what) = name.chars().find_map(invisible) {
        let message = format!("there is {what} in the name, and the server does not start: it knows no such parameter");
        let clean: String = name.chars().filter(|character| !hidden(character)).collect();
        let suggestion = Parameters::find(&clean, major).map(|_| clean);
        return error(AssignmentErrorKind::InvisibleCharacter, message, "remove it".to_owned(), suggestion);
    }
    let known = Parameters::named(name);
    if let Some(last) = known.iter().rev().map(|parameter| parameter.last).find(|last| *last < major) {
        let message =
            format!("PostgreSQL {last} was the last to have this parameter, and {major} does not start with it");
        let help = replacement(name)
            .map_or_else(|| "remove the line".to_owned(), |replacement| format!("remove the line; {replacement}"));
        return error(AssignmentErrorKind::Removed { last }, message, help, None);
    }
    if let Some(first) = known.first().map(|parameter| parameter.first) {
        let message = format!("this parameter exists from PostgreSQL {first} on, and {major} does not start with it");
        let help = "remove the line, or use a newer server".to_owned();
        return error(AssignmentErrorKind::NotYet { first }, message, help, None);
    }
    let similar = if guess { Parameters::similar(name, major) } else { None };
    let message = "PostgreSQL has no parameter of this name, and does not start with it".to_owned();
    let help = match similar {
        Some(similar) => format!("did you mean `{similar}`?"),
        None => "correct its name, or remove the line; a parameter of an extension has its prefix, as in `auto_explain.log_analyze`"
            .to_owned(),
    };
    error(AssignmentErrorKind::UnknownName, message, help, similar.map(str::to_owned))
}

/// What took the place of a removed parameter, by the release notes of the major that removed it.
fn replacement(name: &str) -> Option<&'static str> {
    Some(match &*name.to_ascii_lowercase() {
        "wal_keep_segments" => "`wal_keep_size` took its place, in megabytes: segments times 16",
        "force_parallel_mode" => "it is `debug_parallel_query` now",
        "promote_trigger_file" => "promote with `pg_ctl promote` or `pg_promote()`",
        "lc_collate" | "lc_ctype" => "each database has its own since it was made",
        _ => return None,
    })
}
