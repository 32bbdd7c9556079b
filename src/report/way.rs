//! The steps of a value's way in words: `resolve` ends its lines with them, and the editor shows them.

/// A step, by the name of its role, and where it happened; nothing for one that says nothing new of the way.
pub(crate) fn step(role: &str, place: Option<&str>) -> Option<String> {
    Some(match (role, place) {
        ("written", Some(place)) => place.to_owned(),
        ("default", Some(place)) => format!("the default in {place}"),
        ("alias_of", Some(place)) => format!("by the alias in {place}"),
        ("merged_from", Some(place)) => format!("merged in {place}"),
        ("extended_from", Some(place)) => format!("extended in {place}"),
        ("included_by", Some(place)) => format!("included in {place}"),
        ("interpolated", Some(place)) => format!("used in {place}"),
        ("from_env_file", Some(place)) => format!("by the env_file in {place}"),
        ("mounted_at", Some(place)) => format!("mounted in {place}"),
        ("command_line", Some(place)) => format!("by the command line in {place}"),
        ("image_default", _) => "the default of the image".to_owned(),
        ("from_shell", _) => "declared from outside".to_owned(),
        // Of one that overrides only what it overrides is worth a word.
        _ => return None,
    })
}
