//! A command line split into its words.
//!
//! Docker Compose splits with mattn/go-shellwords: quotes and backslashes as in a shell, no variables; an unquoted `;`,
//! `&`, `|`, `<` or `>` ends the command, and what stands behind it is lost.

use std::ops::Range;

use super::text_value;
use crate::stack::value::{Data, Value};
use crate::text::Text;

/// A string to the list of its words; a list stays.
pub(super) fn command(value: Value) -> Data {
    let Some(text) = value.as_text() else { return value.data };
    match words(text) {
        Some(words) => Data::Sequence(with_fallbacks(words, &value)),
        // Refused in the end, if no later layer replaces it.
        None => value.data,
    }
}

/// The words as values. Where the defaults of variables give as many words, each word knows its own.
fn with_fallbacks(words: Vec<Text>, value: &Value) -> Vec<Value> {
    let fallback = match &value.data {
        Data::Scalar(scalar) => scalar.fallback.as_deref().and_then(self::words),
        _ => None,
    };
    let mut fallbacks = fallback.filter(|fallback| fallback.len() == words.len()).into_iter().flatten();
    let with_fallback = |word: Text| {
        let fallback = fallbacks.next().filter(|fallback| *fallback != word).map(Box::new);
        let mut value = text_value(word, value);
        if let Data::Scalar(scalar) = &mut value.data {
            scalar.fallback = fallback;
        }
        value
    };
    words.into_iter().map(with_fallback).collect()
}

fn words(text: &Text) -> Option<Vec<Text>> {
    let line = text.as_str();
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut quote = None;
    let mut escaped = false;
    // `$(...)` and backquotes group words; nothing in them is run.
    let mut depth = 0_u32;
    let mut previous = ' ';
    for (at, character) in line.char_indices() {
        let mut push = || word.get_or_insert_default().push(text, at..at + character.len_utf8());
        let before = std::mem::replace(&mut previous, character);
        if escaped {
            push();
            escaped = false;
            continue;
        }
        match (quote, character) {
            (None | Some('"'), '\\') => escaped = true,
            (Some('`'), '`') => {
                push();
                quote = None;
            }
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => push(),
            (None, '"' | '\'') if depth == 0 => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, '`') => {
                push();
                quote = Some('`');
            }
            (None, '(') if before == '$' || depth > 0 => {
                depth += 1;
                push();
            }
            (None, '(') => return None,
            (None, ')') => {
                depth = depth.checked_sub(1)?;
                push();
            }
            (None, ' ' | '\t' | '\r' | '\n') if depth == 0 => words.extend(word.take().map(|word| word.end(text))),
            (None, ';' | '&' | '|' | '<' | '>') if depth == 0 => {
                // A digit before `>` names a file descriptor and is no word.
                let word = word.map(|word| word.end(text));
                let starts_with_digit = |word: &Text| word.as_str().starts_with(|first: char| first.is_ascii_digit());
                words.extend(word.filter(|word| character != '>' || !starts_with_digit(word)));
                return Some(words);
            }
            (None, _) => push(),
        }
    }
    if quote.is_some() || escaped || depth > 0 {
        return None;
    }
    words.extend(word.map(|word| word.end(text)));
    Some(words)
}

/// A word that is being read.
#[derive(Default)]
struct Word {
    /// What is taken over.
    text: Text,
    /// What is to be taken over next: characters that stand side by side are one part.
    next: Range<usize>,
}

impl Word {
    fn push(&mut self, text: &Text, range: Range<usize>) {
        if self.next.end == range.start {
            self.next.end = range.end;
            return;
        }
        self.take_over(text);
        self.next = range;
    }

    fn take_over(&mut self, text: &Text) {
        if self.next.is_empty() {
            return;
        }
        for (part, piece) in text.cut(self.next.clone()) {
            self.text.push_joined(part, &piece);
        }
    }

    fn end(mut self, text: &Text) -> Text {
        self.take_over(text);
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::OriginId;

    /// Answers of Docker Compose 2.40.3.
    #[test]
    fn splits_as_docker_compose_does() {
        for (line, expected) in [
            ("echo a; echo b", Some(&["echo", "a"] as &[&str])),
            (r#"a "b c" 'd e' f\ g "h\"i" ''"#, Some(&["a", "b c", "d e", "f g", "h\"i", ""])),
            ("a > b", Some(&["a"])),
            ("a `ls` $(x y) z", Some(&["a", "`ls`", "$(x y)", "z"])),
            ("a 2>b", Some(&["a"])),
            ("", Some(&[])),
            (r#"a\nb 'c\d' "e\f" g#h #i"#, Some(&["anb", "c\\d", "ef", "g#h", "#i"])),
            ("a\tb\n c", Some(&["a", "b", "c"])),
            ("a && b", Some(&["a"])),
            ("a (b", None),
            ("\"unclosed", None),
            ("a `b", None),
        ] {
            let words = words(&Text::from_nowhere(line, OriginId::WRITTEN));
            let words = words.as_ref().map(|words| words.iter().map(Text::as_str).collect::<Vec<_>>());
            assert_eq!(words.as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn a_word_keeps_its_places() {
        let text = Text::from_nowhere("a 'b c'", OriginId::WRITTEN);
        let word = &words(&text).unwrap()[1];
        assert_eq!(word.pieces().count(), 1, "{word:?}");
        assert_eq!(word.pieces().next().map(|(_, piece)| piece.kind), Some(crate::text::PieceKind::Derived));
    }
}
