//! Which origins a list lets in.

use std::sync::LazyLock;

use stacklint_engine::anchor::Anchor;
use stacklint_engine::application::{Application, From, Item, Setting, Truth};
use stacklint_engine::map::HashSet;

use super::rows;

static SHARED_SUFFIXES: LazyLock<HashSet<&str>> = LazyLock::new(|| rows(include_str!("shared_suffixes.txt")).collect());

/// Ends of names that never leave a private network.
const PRIVATE_ENDINGS: [&str; 7] = ["localhost", "local", "lan", "internal", "intranet", "home", "test"];

/// An entry that lets in whom nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wide {
    /// Every website.
    Every,
    /// Documents of no origin: those in a sandboxed frame, which every website can open.
    Null,
    /// Everybody who gets a name below a domain that is open to all.
    SharedDomain,
}

/// What is too wide about an origin, if anything is.
pub(crate) fn wide(item: &Item) -> Option<Wide> {
    let origin = item.text.as_str().trim();
    // By itself the word is how some programs are told "none".
    if origin.eq_ignore_ascii_case("null") {
        return (!item.alone).then_some(Wide::Null);
    }
    if is_any_pattern(origin) {
        return Some(Wide::Every);
    }
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    let host = host.split('/').next().unwrap_or(host);
    // A port behind it changes nothing.
    let host = host.split(':').next().unwrap_or(host);
    if matches!(host, "*" | "*.*" | "**") && origin.contains('*') {
        return Some(Wide::Every);
    }
    let below = host.strip_prefix("*.")?.to_ascii_lowercase();
    let is_private = PRIVATE_ENDINGS.contains(&below.as_str());
    let is_top = !below.contains('.') && !below.is_empty() && below.bytes().all(|byte| byte.is_ascii_alphabetic());
    (!is_private && (is_top || SHARED_SUFFIXES.contains(below.as_str()))).then_some(Wide::SharedDomain)
}

/// Whether an expression matches every origin: `.*`, `^https?://.*$`.
fn is_any_pattern(origin: &str) -> bool {
    let bare = origin.trim_matches('/').trim_start_matches('^').trim_end_matches('$');
    let bare = bare.strip_prefix('(').and_then(|bare| bare.strip_suffix(')')).unwrap_or(bare);
    let behind = ["https?://", "https://", "http://", r"https?:\/\/", r"https:\/\/", "http(s)?://"]
        .iter()
        .find_map(|scheme| bare.strip_prefix(scheme))
        .unwrap_or(bare);
    matches!(behind, ".*" | ".+" | "(.*)" | "(.+)" | "[^/]+" | "[^/]*")
}

/// The settings of an application that let every origin in, each with the place that does it.
pub(crate) fn wide_settings<'b>(
    application: &'b Application<'_>,
) -> impl Iterator<Item = (&'b Setting<'b>, Vec<(Anchor, Wide)>)> {
    application.settings().iter().filter_map(|setting| {
        let found: Vec<(Anchor, Wide)> = match setting.id {
            "allowed-origins" => {
                let items = setting.items();
                items.iter().filter_map(|item| Some((Anchor::from(&item.text), wide(item)?))).collect()
            }
            "allow-all-origins" if setting.truth() == Some(Truth::True) => vec![(setting.anchor(), Wide::Every)],
            _ => Vec::new(),
        };
        (!found.is_empty()).then_some((setting, found))
    })
}

/// The setting that sends cookies along to the origins of a list: of the same section, or of another place that speaks
/// of the whole program.
pub(crate) fn credentials<'b>(application: &'b Application<'_>, origins: &Setting<'_>) -> Option<&'b Setting<'b>> {
    let others = application.others().iter().filter(|_| origins.from == From::Environment);
    let mut all = application.settings().iter().chain(others).filter(|setting| setting.id == "cors-credentials");
    let goes_with = |setting: &&Setting<'_>| match (setting.from, origins.from) {
        (From::Label, From::Label) => middleware(setting) == middleware(origins),
        (From::Label, _) | (_, From::Label) => false,
        (From::File, From::File) => setting.section() == origins.section(),
        _ => true,
    };
    all.find(|setting| goes_with(setting) && setting.truth() == Some(Truth::True))
}

/// `traefik.http.middlewares.api` of a label of that middleware.
fn middleware<'b>(setting: &'b Setting<'_>) -> &'b str {
    let name: &str = &setting.name;
    name.match_indices(".headers.").next().map_or(name, |(at, _)| name.get(..at).unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use stacklint_engine::origin::OriginId;
    use stacklint_engine::text::Text;

    use super::*;

    fn of(origin: &str, alone: bool) -> Option<Wide> {
        wide(&Item { text: Text::from_nowhere(origin, OriginId::WRITTEN), alone })
    }

    #[test]
    fn knows_what_lets_everybody_in() {
        for origin in ["*", "http://*", "https://*", "*://*", "https://*:8080", ".*", "^https?://.*$", "https://*.*"] {
            assert_eq!(of(origin, true), Some(Wide::Every), "{origin}");
        }
        for origin in ["https://*.com", "*.vercel.app", "https://*.co.uk", "https://*.github.io:443"] {
            assert_eq!(of(origin, true), Some(Wide::SharedDomain), "{origin}");
        }
        for origin in [
            "https://example.com",
            "https://*.example.com",
            "http://*.localhost",
            "tauri://localhost",
            "^https?://(localhost|127\\.0\\.0\\.1)(:[0-9]+)?$",
            "https://*.shop.example.co.uk",
            "",
        ] {
            assert_eq!(of(origin, true), None, "{origin}");
        }
        assert_eq!(of("null", false), Some(Wide::Null));
        assert_eq!(of("null", true), None);
    }

    #[test]
    fn suffixes_are_domains_in_lower_case() {
        assert!(SHARED_SUFFIXES.iter().all(|suffix| suffix.contains('.') && *suffix == suffix.to_ascii_lowercase()));
    }
}
