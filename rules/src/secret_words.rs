//! What the `secrets` rules have in common: how a secret is named without being shown, and the way out for it.

use stacklint_engine::secrets::{NeighbourKind, Reason, Verdict};
use stacklint_engine::setting::{Definition, Secret, Setting, Site};

use crate::images;

/// The secrets of a setting that one of the rules for literal values may speak of: those of one verdict that are no
/// default of a variable (`fallback-secret`) and stand in no template.
pub(crate) fn literal<'a>(setting: &'a Setting<'_>, verdict: Verdict) -> impl Iterator<Item = &'a Secret> {
    let of_verdict = move |secret: &&Secret| secret.verdict == verdict;
    setting.secrets.iter().filter(of_verdict).filter(|secret| secret.fallback.is_none() && !secret.template)
}

/// The secret as a message names it: `POSTGRES_PASSWORD`, the secret in `DATABASE_URL`, `DB_PASSWORD` in `.env`.
pub(crate) fn named(setting: &Setting<'_>, secret: &Secret) -> String {
    if let Some(Definition { file, name, is_whole }) = &secret.definition {
        let part = if *is_whole { "" } else { "the secret in " };
        return format!("{part}`{name}` in `{file}`");
    }
    let name = &setting.name;
    let command = || {
        let service = setting.service.map(|service| format!(" of `{}`", service.name)).unwrap_or_default();
        format!(" on the command line{service}")
    };
    match setting.site {
        Site::Command if name.is_empty() => format!("a secret{}", command()),
        Site::Command => format!("`{name}`{}", command()),
        _ if setting.is_only(secret) => format!("`{name}`"),
        _ => format!("the secret in `{name}`"),
    }
}

/// Why a value is easily guessed, as the end of a sentence about it.
pub(crate) fn weakness(reason: Reason) -> &'static str {
    match reason {
        Reason::KnownDefault => "is a well-known default",
        Reason::Guessable => "is made of common words and words of its own name",
        Reason::Equals(NeighbourKind::User) => "repeats the user name beside it",
        Reason::Equals(NeighbourKind::Database) => "repeats the name of the database",
        Reason::Equals(NeighbourKind::Service) => "repeats the name of its service or host",
        Reason::Equals(NeighbourKind::Image) => "repeats the name of the image",
        Reason::Equals(NeighbourKind::Template) | Reason::TemplateEcho => "is still the value that the template shows",
        Reason::EqualsKey => "repeats its own name",
        Reason::PlaceholderText => "is still a placeholder",
        Reason::VendorSample => "is a sample from a vendor's documentation",
        _ => "is easily guessed",
    }
}

/// What to do about a secret that is written down.
pub(crate) fn way_out(setting: &Setting<'_>, secret: &Secret) -> String {
    if let Some(Definition { file, .. }) = &secret.definition {
        return format!(
            "take `{file}` out of git (`git rm --cached`, and a line in `.gitignore`) and replace the secret, which has \
             been shared"
        );
    }
    if setting.subject.contains(".build.args.") {
        return "use a build secret (`build: secrets:`, and `RUN --mount=type=secret`): an argument stays readable in the \
                image"
            .to_owned();
    }
    if setting.site == Site::File {
        return format!(
            "leave it empty here and hand the program a new value, since this one has been shared: as the variable `{}` if \
             it reads its environment, or in a file that `.gitignore` excludes",
            environment_name(&setting.name)
        );
    }
    let file_variable = setting
        .service
        .filter(|_| setting.site == Site::Environment)
        .and_then(|service| images::secret_file_variable(&service, &setting.name));
    if let Some(file_variable) = file_variable {
        let secret = setting.name.to_ascii_lowercase();
        return format!(
            "replace it by a Compose secret: `{file_variable}: /run/secrets/{secret}`, `secrets: [{secret}]` at the \
             service, and its `file:` outside of git"
        );
    }
    let variable = variable(setting, secret);
    format!(
        "write `${{{variable}:?set {variable}}}` in its place, and into a `.env` that `.gitignore` excludes {}",
        new_value(&variable)
    )
}

/// Where a new value comes from.
fn new_value(name: &str) -> &'static str {
    if is_password(name) {
        "a new value: the output of `openssl rand -hex 32`"
    } else {
        "a new value: what its issuer or its tool gives you, or, if you choose it yourself, the output of \
         `openssl rand -hex 32`"
    }
}

/// Whether a name is that of a password, which its owner chooses, and whoever has it logs in with.
pub(crate) fn is_password(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.any(|word| word.contains("pass") || word.ends_with("pwd") || word == "pw")
}

/// What to do about a value that everyone can guess.
pub(crate) fn replacement(setting: &Setting<'_>, secret: &Secret) -> String {
    match &secret.definition {
        Some(Definition { file, name, .. }) => {
            format!("set in `{file}` {}", new_value(name))
        }
        None => way_out(setting, secret),
    }
}

/// The variable that most programs read in place of a setting of a file: `DATABASE_PASSWORD` for `database.password`.
fn environment_name(path: &str) -> String {
    let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    path.chars().map(letter).collect()
}

/// A name for the variable that could stand in the place of a secret: `DB_PASSWORD` of `DB_PASSWORD` and of `DB_URL`.
fn variable(setting: &Setting<'_>, secret: &Secret) -> String {
    let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    let upper = |name: &str| name.chars().map(letter).collect::<String>();
    let last = upper(setting.name.rsplit('.').next().unwrap_or_default());
    let flag = last.trim_start_matches('_');
    let name = if setting.site == Site::Command && setting.is_only(secret) && flag.len() > 1 {
        flag.to_owned()
    } else if setting.site == Site::Command || last.is_empty() {
        format!("{}_PASSWORD", setting.service.map_or_else(|| "APP".to_owned(), |service| upper(service.name)))
    } else if setting.is_only(secret) {
        last
    } else {
        let base = ["_URL", "_URI", "_DSN"].iter().find_map(|ending| last.strip_suffix(ending)).unwrap_or(&last);
        format!("{base}_PASSWORD")
    };
    if name.starts_with(|first: char| first.is_ascii_digit()) { format!("_{name}") } else { name }
}
