//! The simple commands of a shell script, as far as they can be read without running it.

use crate::text::{PieceKind, Text};

/// A script is read up to this many words: nobody writes a longer one on a command line.
const WORD_LIMIT: usize = 10_000;

/// Words that stand before a command without being one (POSIX.1-2017 XCU 2.4, and bash's `time`).
const RESERVED: [&str; 13] =
    ["if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "{", "}", "time"];

/// The simple commands of a script in the order they are written, each a list of words without quotes.
///
/// A word that the shell would expand (`$NAME`, `$(...)`, backquotes, `*`) is there with its spelling and counts as
/// unknown. Reading ends at a here-document.
#[must_use]
pub fn commands(script: &Text) -> Vec<Vec<Text>> {
    let mut reader = Reader { script, commands: vec![Vec::new()], word: None, left: WORD_LIMIT, skip: false };
    reader.read();
    reader.commands.retain(|command| !command.is_empty());
    reader.commands
}

struct Reader<'a> {
    script: &'a Text,
    commands: Vec<Vec<Text>>,
    word: Option<Word>,
    /// How many more words are read.
    left: usize,
    /// The next word is the target of a redirection.
    skip: bool,
}

#[derive(Default)]
struct Word {
    text: Text,
    /// The shell puts something else in its place.
    expanded: bool,
    quoted: bool,
}

impl Reader<'_> {
    fn read(&mut self) {
        let text = self.script.as_str();
        let mut characters = text.char_indices().peekable();
        let mut quote = None;
        while let Some((at, character)) = characters.next() {
            if self.left == 0 {
                return;
            }
            let end = at + character.len_utf8();
            match (quote, character) {
                (Some('\''), '\'') | (Some('"'), '"') => quote = None,
                (Some('\''), _) => self.push(at..end),
                (_, '\\') => match characters.next() {
                    // A line goes on.
                    Some((_, '\n')) => {}
                    Some((next, escaped)) if quote.is_none() || matches!(escaped, '"' | '\\' | '$' | '`') => {
                        self.push(next..next + escaped.len_utf8());
                    }
                    Some((next, escaped)) => {
                        self.push(at..end);
                        self.push(next..next + escaped.len_utf8());
                    }
                    None => self.push(at..end),
                },
                (_, '$' | '`') => {
                    self.push(at..end);
                    self.word().expanded = true;
                }
                (Some(_), _) => self.push(at..end),
                (None, '\'' | '"') => {
                    quote = Some(character);
                    self.word().quoted = true;
                }
                (None, '#') if self.word.is_none() => while characters.next_if(|(_, next)| *next != '\n').is_some() {},
                (None, ' ' | '\t' | '\r') => self.end_word(),
                (None, '\n' | ';' | '&' | '|' | '(' | ')') => self.end_command(),
                (None, '<' | '>') => {
                    if self
                        .word
                        .as_ref()
                        .is_some_and(|word| word.text.as_str().bytes().all(|byte| byte.is_ascii_digit()))
                    {
                        self.word = None;
                    }
                    self.end_word();
                    let doubled = characters.next_if(|(_, next)| *next == character).is_some();
                    if doubled && character == '<' {
                        return;
                    }
                    characters.next_if(|(_, next)| *next == '&');
                    self.skip = true;
                }
                (None, '*' | '?' | '[') => {
                    self.push(at..end);
                    self.word().expanded = true;
                }
                (None, _) => self.push(at..end),
            }
        }
        self.end_word();
    }

    fn word(&mut self) -> &mut Word {
        self.word.get_or_insert_default()
    }

    fn push(&mut self, range: std::ops::Range<usize>) {
        let word = self.word.get_or_insert_default();
        for (part, piece) in self.script.cut(range) {
            word.text.push_joined(part, &piece);
        }
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        self.left -= 1;
        if std::mem::take(&mut self.skip) {
            return;
        }
        let Some(command) = self.commands.last_mut() else { return };
        if command.is_empty() && !word.quoted && RESERVED.contains(&word.text.as_str()) {
            return;
        }
        command.push(if word.expanded { unknown(&word.text) } else { word.text });
    }

    fn end_command(&mut self) {
        self.end_word();
        self.skip = false;
        if self.commands.last().is_some_and(|command| !command.is_empty()) {
            self.commands.push(Vec::new());
        }
    }
}

/// The same text, marked as one that only the machine knows.
fn unknown(text: &Text) -> Text {
    let mut marked = Text::default();
    for (range, piece) in text.pieces() {
        let part = text.as_str().get(range).unwrap_or_default();
        marked.push(part, piece.place, PieceKind::Unknown, piece.origin);
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::OriginId;

    fn read(script: &str) -> Vec<Vec<String>> {
        let script = Text::from_nowhere(script, OriginId::WRITTEN);
        let words = |command: Vec<Text>| command.iter().map(|word| word.as_str().to_owned()).collect();
        commands(&script).into_iter().map(words).collect()
    }

    #[test]
    fn reads_simple_commands() {
        let cases: [(&str, &[&[&str]]); 9] = [
            ("a 'b c' \"d e\"f; g", &[&["a", "b c", "d ef"], &["g"]]),
            ("if [ -f x ]; then exec a -b; fi", &[&["[", "-f", "x", "]"], &["exec", "a", "-b"]]),
            ("a && b || c | d & e", &[&["a"], &["b"], &["c"], &["d"], &["e"]]),
            ("a # no word\nb#c \\\n d", &[&["a"], &["b#c", "d"]]),
            ("a > /dev/null 2>&1 b <c", &[&["a", "b"]]),
            ("a \\; '\\n' \"\\n\\\"\"", &[&["a", ";", "\\n", "\\n\""]]),
            ("cat <<EOF\na\nEOF", &[&["cat"]]),
            ("(a; b)\n\n{ c; }", &[&["a"], &["b"], &["c"]]),
            ("'if' ''", &[&["if", ""]]),
        ];
        for (script, expected) in cases {
            assert_eq!(read(script), expected, "{script}");
        }
    }

    #[test]
    fn what_the_shell_expands_is_unknown() {
        let script = Text::from_nowhere("a $B '$C' \"$D\" `e` *.f \\$g", OriginId::WRITTEN);
        let unknown: Vec<bool> = commands(&script)[0].iter().map(Text::is_unknown).collect();
        assert_eq!(unknown, [false, true, false, true, true, true, false]);
    }
}
