//! The id of a rule in a comment that accepts its findings, or in the configuration.

use stacklint_parsers::TextRange;

/// A word that may be the id of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleWord<'a> {
    /// The word.
    pub id: &'a str,
    /// Where it stands.
    pub range: TextRange,
}

/// The word at a place that may be the id of a rule. In a file that is no configuration it has to stand in the brackets of
/// `stacklint: ignore[...]`.
#[must_use]
pub fn rule_word(text: &str, offset: u32, is_configuration: bool) -> Option<RuleWord<'_>> {
    let offset = offset as usize;
    let (before, behind) = text.split_at_checked(offset)?;
    let is_part = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let start = offset - (before.len() - before.trim_end_matches(is_part).len());
    let end = offset + (behind.len() - behind.trim_start_matches(is_part).len());
    let id = text.get(start..end).filter(|id| id.contains(|letter: char| letter.is_ascii_lowercase()))?;
    if !is_configuration && !in_brackets(text.get(..start)?) {
        return None;
    }
    Some(RuleWord { id, range: TextRange::from_usize(start..end) })
}

/// Whether a text ends in the brackets of a comment that accepts findings.
fn in_brackets(before: &str) -> bool {
    let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
    let Some((head, list)) = line.rsplit_once('[') else { return false };
    let words = list.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | ',' | ' ' | '\t'));
    let head = head.trim_end().to_ascii_lowercase();
    words
        && head.strip_suffix("ignore").is_some_and(|head| head.trim_end().trim_end_matches(':').ends_with("stacklint"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_named_in_a_comment_or_in_the_configuration() {
        let text = "a: b # stacklint: ignore[plaintext-secret, port-conflict] -- no-reason\r\nselect: [pg-ssl-off]";
        let word = |at: &str, is_configuration| {
            let offset = u32::try_from(text.find(at).unwrap() + 2).unwrap();
            rule_word(text, offset, is_configuration).map(|word| word.id)
        };
        assert_eq!(word("plaintext", false), Some("plaintext-secret"));
        assert_eq!(word("port-conflict", false), Some("port-conflict"));
        assert_eq!(word("no-reason", false), None);
        assert_eq!(word("pg-ssl-off", false), None);
        assert_eq!(word("pg-ssl-off", true), Some("pg-ssl-off"));
        for offset in 0..=text.len() + 2 {
            let word = rule_word(text, u32::try_from(offset).unwrap(), true);
            assert!(word.is_none_or(|word| word.range.of(text) == word.id));
        }
    }
}
