//! Entries of `security_opt` as Docker reads them.
//!
//! Source: moby, `parseSecurityOpt` in `daemon/daemon_unix.go`. An entry is cut at its first `=`, or at its first `:` if
//! it has no `=`. `no-new-privileges` alone means true; a value is read by Go's `strconv.ParseBool`, and whatever that
//! does not know makes Docker refuse to create the container. Of several entries the last one counts.

use stacklint_engine::stack::Service;
use stacklint_engine::stack::value::Value;
use stacklint_engine::text::{PieceKind, Text};

const NO_NEW_PRIVILEGES: &str = "no-new-privileges";

/// Whether the processes of a service may gain privileges.
#[derive(Debug)]
pub(crate) enum NoNewPrivileges<'a> {
    /// No entry says anything.
    Unsaid,
    /// They may not: this entry says so.
    Set(&'a Value),
    /// They may: this entry says so, with that value.
    Unset(&'a Value, Text),
    /// Docker refuses this entry for that value.
    Refused(&'a Value, Text),
    /// It depends on a variable that the files do not define.
    Unknown,
}

/// What the entries of a service say of `no-new-privileges`.
pub(crate) fn no_new_privileges<'a>(service: &Service<'a>) -> NoNewPrivileges<'a> {
    let mut said = NoNewPrivileges::Unsaid;
    for entry in service.value().get("security_opt").map(Value::items).unwrap_or_default() {
        let Some(text) = entry.as_text() else { continue };
        if may_become(text) {
            said = NoNewPrivileges::Unknown;
            continue;
        }
        let option = text.as_str();
        let Some(rest) = option.strip_prefix(NO_NEW_PRIVILEGES) else { continue };
        if rest.is_empty() {
            said = NoNewPrivileges::Set(entry);
            continue;
        }
        // `no-new-privileges:x=y` is cut at `=`, and then is another option.
        let separator = if rest.contains('=') { '=' } else { ':' };
        if !rest.starts_with(separator) {
            continue;
        }
        let value = text.slice(NO_NEW_PRIVILEGES.len() + 1..option.len());
        said = match value.as_str() {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => NoNewPrivileges::Set(entry),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => NoNewPrivileges::Unset(entry, value),
            _ => return NoNewPrivileges::Refused(entry, value),
        };
    }
    said
}

/// Whether an entry says something of `no-new-privileges` once its variables have the values that only the machine, or
/// somebody who has yet to set them, knows.
fn may_become(text: &Text) -> bool {
    let mut open = text
        .pieces()
        .filter(|(_, piece)| matches!(piece.kind, PieceKind::Unset | PieceKind::Required | PieceKind::Unknown));
    let Some((first, _)) = open.next() else { return false };
    let known = text.as_str().get(..first.start).unwrap_or_default();
    known.starts_with(NO_NEW_PRIVILEGES) || NO_NEW_PRIVILEGES.starts_with(known)
}
