//! What the `secrets` rules have in common: how a secret is named without being shown, and the way out for it.

use stacklint_engine::secrets::{NeighbourKind, Reason, Verdict};
use stacklint_engine::setting::{Secret, Setting, Site};

use crate::images;

/// The secrets of a setting that one of the rules for literal values may speak of: those of one verdict that are no
/// default of a variable (`fallback-secret`) and stand in no template.
pub(crate) fn literal<'a>(setting: &'a Setting<'_>, verdict: Verdict) -> impl Iterator<Item = &'a Secret> {
    let of_verdict = move |secret: &&Secret| secret.verdict == verdict;
    setting.secrets.iter().filter(of_verdict).filter(|secret| secret.fallback.is_none() && !secret.template)
}

/// The secret as a message names it: `POSTGRES_PASSWORD`, the secret in `DATABASE_URL`.
pub(crate) fn named(setting: &Setting<'_>, secret: &Secret) -> String {
    let service = setting.service.map(|service| format!(" of `{}`", service.name)).unwrap_or_default();
    let name = &setting.name;
    if name.is_empty() {
        return format!("a secret on the command line{service}");
    }
    let place = if setting.site == Site::Command { format!(" on the command line{service}") } else { String::new() };
    if secret.text.as_str().len() < setting.text.as_str().trim().len() {
        format!("the secret in `{name}`{place}")
    } else {
        format!("`{name}`{place}")
    }
}

/// Why a value is easily guessed, as the end of a sentence about it.
pub(crate) fn weakness(reason: Reason) -> &'static str {
    match reason {
        Reason::KnownDefault => "is a well-known default",
        Reason::Guessable => "is made of common words and words of its own name",
        Reason::Equals(NeighbourKind::User) => "is the user name beside it once more",
        Reason::Equals(NeighbourKind::Database) => "is the name of the database once more",
        Reason::Equals(NeighbourKind::Service) => "is the name of the service or host once more",
        Reason::Equals(NeighbourKind::Image) => "is the name of the image once more",
        Reason::Equals(NeighbourKind::Template) | Reason::TemplateEcho => {
            "is still the value of the template, which everyone has who has the repository"
        }
        Reason::EqualsKey => "only repeats its own name",
        Reason::PlaceholderText => "still is the text that asks to be replaced",
        Reason::VendorSample => "is a sample from a vendor's documentation",
        _ => "is easily guessed",
    }
}

/// What to do about a secret that is written down.
pub(crate) fn way_out(setting: &Setting<'_>, secret: &Secret) -> String {
    let name = &setting.name;
    if let Some(file) = &secret.env_file {
        return format!(
            "take `{file}` out of git (`git rm --cached`, and a line in `.gitignore`) and replace the secret, which has \
             been shared"
        );
    }
    let file_variable = setting
        .service
        .filter(|_| setting.site == Site::Environment)
        .and_then(|service| images::secret_file_variable(&service, name));
    if let Some(file_variable) = file_variable {
        let secret = name.to_ascii_lowercase();
        return format!(
            "replace it by a Compose secret: `{file_variable}: /run/secrets/{secret}`, `secrets: [{secret}]` at the \
             service, and its `file:` outside of git"
        );
    }
    let variable = variable(setting, secret);
    format!(
        "write `${{{variable}:?set {variable}}}` in its place and a new value (`openssl rand -hex 32`) into a `.env` that \
         `.gitignore` excludes"
    )
}

/// What to do about a value that everyone can guess.
pub(crate) fn replacement(setting: &Setting<'_>, secret: &Secret) -> String {
    match &secret.env_file {
        Some(file) => format!("set a value of your own in `{file}`, such as the output of `openssl rand -hex 32`"),
        None => way_out(setting, secret),
    }
}

/// A name for the variable that could stand in the place of a secret.
fn variable(setting: &Setting<'_>, secret: &Secret) -> String {
    let whole = secret.text.as_str().len() >= setting.text.as_str().trim().len();
    let base = if whole && setting.site != Site::Command {
        setting.name.to_string()
    } else {
        let owner = setting.service.map_or("app", |service| service.name);
        format!("{owner}_password")
    };
    let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    let name: String = base.chars().map(letter).collect();
    if name.starts_with(|first: char| first.is_ascii_digit()) { format!("_{name}") } else { name }
}
