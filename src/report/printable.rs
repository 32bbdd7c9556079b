//! What a terminal must not get from a stranger's text: characters that move the cursor, turn the direction of the line
//! around, or hide. And what the log of a pipeline must not: words that GitHub and Azure take for commands.

use std::borrow::Cow;

/// Whether a character acts on a terminal instead of being shown: control characters except line feed and tab, controls
/// of direction, separators of lines, and what Unicode calls `Default_Ignorable_Code_Point` except variation selectors
/// (emoji are written with them).
pub(crate) fn is_hostile(character: char) -> bool {
    match character {
        '\n' | '\t' | ' '..='~' => false,
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => true,
        other => other.is_control(),
    }
}

/// Whether a text is printable ASCII without the beginning of a command.
pub(crate) fn is_plain(text: &str) -> bool {
    let mut before = b' ';
    text.bytes().all(|byte| {
        let is_plain = matches!(byte, b' '..=b'~') && (byte != b'#' || before != b'#');
        before = byte;
        is_plain
    })
}

/// The text with every hostile character replaced by as many bytes: U+FFFD where it has three, else `?`. The bracket of
/// what a log takes for a command becomes another one. Offsets into the text stay true.
pub(crate) fn same_length(text: &str) -> Cow<'_, str> {
    without_log_commands(replace(text, is_hostile))
}

/// The text on one line: without hostile characters, line breaks and tabs.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    without_log_commands(replace(text, |character| matches!(character, '\n' | '\t') || is_hostile(character)))
}

/// Where the brackets are of what would be a command in a log, wherever in a line it stands: `##[error]` for the runner of
/// GitHub, `##vso[task.complete]` for the agent of Azure, `##teamcity[...]`. (`::command::` is one at the start of a line
/// only.)
pub(crate) fn log_commands(text: &str) -> Vec<usize> {
    let mut brackets = Vec::new();
    if !text.contains("##") {
        return brackets;
    }
    let mut hashes = 0;
    let mut in_word = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'#' => {
                hashes = if in_word { 1 } else { hashes + 1 };
                in_word = false;
                continue;
            }
            b'[' if hashes >= 2 => brackets.push(at),
            letter if hashes >= 2 && letter.is_ascii_alphabetic() => {
                in_word = true;
                continue;
            }
            _ => {}
        }
        (hashes, in_word) = (0, false);
    }
    brackets
}

fn without_log_commands(text: Cow<'_, str>) -> Cow<'_, str> {
    let commands = log_commands(&text);
    if commands.is_empty() {
        return text;
    }
    let mut text = text.into_owned();
    for bracket in commands {
        text.replace_range(bracket..=bracket, "(");
    }
    Cow::Owned(text)
}

fn replace(text: &str, hostile: impl Fn(char) -> bool) -> Cow<'_, str> {
    // Printable ASCII, which nearly every text is, is no work.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.chars().any(&hostile) {
        return Cow::Borrowed(text);
    }
    let mut replaced = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            shown if !hostile(shown) => replaced.push(shown),
            '\t' => replaced.push(' '),
            hidden if hidden.len_utf8() == 3 => replaced.push(char::REPLACEMENT_CHARACTER),
            hidden => replaced.extend(std::iter::repeat_n('?', hidden.len_utf8())),
        }
    }
    Cow::Owned(replaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_by_as_many_bytes() {
        let text = "a\u{1b}[31mb\u{7f}\u{85}\u{202e}c\u{200b}\u{e0041}\td\r\n";
        let shown = same_length(text);
        assert_eq!(shown, "a?[31mb???\u{fffd}c\u{fffd}????\td?\n");
        assert_eq!(shown.len(), text.len());
        assert_eq!(one_line("a\r\nb\tc"), "a??b c");
    }

    #[test]
    fn a_log_gets_no_commands() {
        let text = "##[error]a ##vso[task]b ##VSO[c ###[d ##teamcity[e ## [f #[g ##h#[i ##j k[l ##\u{e9}[";
        assert_eq!(
            one_line(text),
            "##(error]a ##vso(task]b ##VSO(c ###(d ##teamcity(e ## [f #[g ##h#[i ##j k[l ##\u{e9}["
        );
        assert!(matches!(same_length("a # ## b [c]"), Cow::Borrowed(_)));
        // Nothing of a long line is looked at twice.
        let long = "#".repeat(1 << 20);
        assert!(log_commands(&long).is_empty());
    }

    #[test]
    fn leaves_what_is_only_foreign() {
        let text = "\u{1f600} \u{2764}\u{fe0f} \u{4f60}\u{597d} \u{e9} a\u{301}";
        assert!(matches!(same_length(text), Cow::Borrowed(_)));
    }
}
