//! Errors of the event parser in plain words: what is wrong, and what would be right.
//!
//! No message quotes the file: what stands there may be a secret.

use granit_parser::{ErrorKind, ScanError};

use crate::range::TextRange;
use crate::{SyntaxError, SyntaxErrorKind};

use super::gap;

/// The finding for an error of the event parser, which read `text`.
pub(super) fn syntax_error(error: &ScanError, text: &str) -> SyntaxError {
    let (kind, message) = words(error.kind());
    SyntaxError { message: message.to_owned(), range: range(error, text), skipped: None, kind }
}

/// Where the event parser stopped: what it could not read, up to the end of its line.
fn range(error: &ScanError, text: &str) -> TextRange {
    let at = place(error, text);
    let end = match error.kind() {
        ErrorKind::UnknownQuotedScalarEscape => next_character(text, next_character(text, at)),
        ErrorKind::UnexpectedCharacter { .. }
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::MisplacedFlowCollectionEnd
        | ErrorKind::MismatchedFlowCollectionEnd { .. }
        | ErrorKind::UnclosedFlowCollection { .. } => next_character(text, at),
        _ => {
            let end = gap::line_end(text.as_bytes(), at);
            at + text.get(at..end).map_or(0, |line| line.trim_end().len())
        }
    };
    TextRange::from_usize(at..end)
}

fn next_character(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.chars().next()).map_or(at, |character| at + character.len_utf8())
}

/// The byte that the event parser stopped at.
pub(super) fn place(error: &ScanError, text: &str) -> usize {
    let mut at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let rest = text.get(at..).unwrap_or_default().as_bytes();
    // For these the parser tells only where the scalar starts.
    let behind = match error.kind() {
        ErrorKind::TabInPlainScalar => indenting_tab(rest),
        ErrorKind::UnknownQuotedScalarEscape => unknown_escape(rest),
        _ => None,
    };
    at + behind.unwrap_or_default()
}

fn indenting_tab(rest: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at = gap::line_end(rest, at);
        at += gap::line_break(rest, at);
        match rest.get(at..)?.iter().position(|byte| *byte != b' ') {
            Some(blanks) if rest.get(at + blanks) == Some(&b'\t') => return Some(at + blanks),
            Some(_) => {}
            None => return None,
        }
    }
}

fn unknown_escape(rest: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += rest.get(at..)?.iter().position(|byte| *byte == b'\\')?;
        if !rest.get(at + 1)?.is_ascii_graphic() || b"0abtnvfreN_LPxuU\"/\\".contains(rest.get(at + 1)?) {
            at += 2;
        } else {
            return Some(at);
        }
    }
}

fn words(kind: &ErrorKind) -> (SyntaxErrorKind, &'static str) {
    let words = match kind {
        ErrorKind::RecursionLimitExceeded => {
            return (SyntaxErrorKind::OverLimit, "Nested too deep: nothing reads this. Nest less.");
        }
        ErrorKind::DirectiveByteLimitExceeded { .. }
        | ErrorKind::TooManyReservedDirectiveParams { .. }
        | ErrorKind::YamlVersionTooLong
        | ErrorKind::AnchorCountOverflow => {
            return (SyntaxErrorKind::OverLimit, "A `%` directive or an anchor goes beyond what is read. Remove it.");
        }
        ErrorKind::UnexpectedEofFlowSequence | ErrorKind::ExpectedFlowSequenceSeparator => {
            "A list that starts with `[` needs `,` between its items and `]` at its end. Add the missing one."
        }
        ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator => {
            "A mapping that starts with `{` needs `,` between its entries and `}` at its end. Add the missing one."
        }
        ErrorKind::UnclosedFlowCollection { open: '[' } => UNCLOSED_SEQUENCE,
        ErrorKind::UnclosedFlowCollection { .. } => UNCLOSED_MAPPING,
        ErrorKind::MismatchedFlowCollectionEnd { .. } => {
            "The brackets don't match: close `[` with `]` and `{` with `}`."
        }
        ErrorKind::MisplacedFlowCollectionEnd => "This bracket closes nothing. Remove it, or quote the value.",
        ErrorKind::UnclosedQuotedScalar => UNCLOSED_QUOTE,
        ErrorKind::DocumentIndicatorInQuotedScalar => {
            "A quoted text is still open where a line starts with `---` or `...`. Close its quote before that line."
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            "Nothing may follow a closing quote on its line but a comment behind a blank. Put all of it inside the quotes, or double the inner quote (`''`, or `\\\"` in double quotes)."
        }
        ErrorKind::InvalidQuotedScalarIndent => {
            "A quoted text goes on at too little indentation. Close its quote, or indent the line deeper than its key."
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            "Double quotes don't know this `\\` escape. Write `\\\\` for a backslash, or use single quotes."
        }
        ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidLowSurrogateHexEscape
        | ErrorKind::InvalidLowSurrogate
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate
        | ErrorKind::InvalidUnicodeEscape => {
            "A `\\x`, `\\u` or `\\U` escape doesn't name a character. Give it 2, 4 or 8 hexadecimal digits."
        }
        ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation => {
            "A tab stands where YAML wants spaces. Indent with spaces."
        }
        ErrorKind::TabInPlainScalar => "A text goes on behind a tab. Indent with spaces, or quote the text.",
        ErrorKind::TabAtBlockScalarStart => "The text behind `|` or `>` starts with a tab. Indent it with spaces.",
        ErrorKind::InvalidIndentation | ErrorKind::InvalidFlowScalarIndent => {
            "This line is indented less than what it belongs to. Align it."
        }
        ErrorKind::ExpectedBlockMappingKey => {
            "A key was expected here. Align the line with the keys it belongs to, or complete it to `key: value`."
        }
        ErrorKind::ExpectedBlockSequenceEntry => {
            "An item that starts with `- ` was expected here. Align the line with the list, or with the key it belongs to."
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => NO_KEY,
        ErrorKind::MappingValueNotAllowed | ErrorKind::MappingKeyNotAllowed => {
            "A `key: value` can't start here. Quote a text that has `: ` in it, or put the key on its own line, aligned with its siblings."
        }
        ErrorKind::BlockSequenceEntryNotAllowed => {
            "A list item can't start here. Put `- ` on its own line, below its key."
        }
        ErrorKind::BlockEntryInFlowCollection | ErrorKind::PlainScalarStartsWithDashFlowIndicator => {
            "A `-` item can't stand inside `[...]` or `{...}`. Separate the items with `,`, or quote the `-`."
        }
        ErrorKind::InvalidBlockEntryWhitespace => "A `-` of a list wants a space behind it, not a tab.",
        ErrorKind::InvalidMappingValueWhitespace => "A `:` wants a space behind it, not a tab.",
        ErrorKind::InvalidColonPlacement | ErrorKind::FlowMappingValueAdjacentCollection => {
            "The `:` is out of place. Put it on the line of its key, with a space behind it."
        }
        ErrorKind::CommentInterceptedScalar => {
            "A text of several lines can't have a comment in between. Quote the text, or move the comment."
        }
        ErrorKind::CommentNotSeparated => "A comment wants a blank before its `#`. Add one, or quote the text.",
        ErrorKind::ZeroBlockScalarIndent => "The indentation behind `|` or `>` is a digit from 1 to 9.",
        ErrorKind::InvalidBlockScalarHeader => {
            "Behind `|` or `>` only `+`, `-`, a digit and a comment may stand. Start the text on the next line."
        }
        ErrorKind::InvalidBlockScalarIndent => {
            "This line is indented less than the text it belongs to. Indent all lines of the text alike."
        }
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => {
            "A control character can't stand in YAML. Remove it, or write it as an escape in double quotes."
        }
        ErrorKind::UnexpectedCharacter { .. } => {
            "A value can't start with this character: YAML reserves it. Quote the value."
        }
        ErrorKind::BomInsideDocument => "A byte order mark can only start a file. Remove it.",
        ErrorKind::UndeclaredTagHandle => "This tag needs a `%TAG` line that declares its prefix. Use `!name` instead.",
        ErrorKind::ExpectedTagBang
        | ErrorKind::ExpectedTagDirectiveBang
        | ErrorKind::InvalidGlobalTagCharacter
        | ErrorKind::InvalidTagDirectiveTerminator
        | ErrorKind::InvalidTagTerminator
        | ErrorKind::MissingTagUri
        | ErrorKind::UnclosedVerbatimTag
        | ErrorKind::InvalidTagEscape
        | ErrorKind::InvalidTagUtf8LeadingByte
        | ErrorKind::InvalidTagUtf8TrailingByte
        | ErrorKind::InvalidTagUtf8 => {
            "This tag can't be read. Write `!name` and a blank before the value, or quote a value that starts with `!`."
        }
        ErrorKind::MissingAnchorOrAliasName => {
            "A name must follow `&` or `*` at once. Quote a value that starts with one of them."
        }
        ErrorKind::UnknownAnchor => UNKNOWN_ANCHOR,
        ErrorKind::ExpectedNodeContent => "A value was expected here. Add it, or remove what announces it.",
        ErrorKind::ExpectedDocumentStart => {
            "The document has ended before this line. Align the line with the first key, or start a new document with `---`."
        }
        ErrorKind::InvalidDocumentEnd => "Nothing may follow `...` on its line but a comment.",
        ErrorKind::MissingDocumentEndBeforeDirective
        | ErrorKind::DuplicateVersionDirective
        | ErrorKind::UnsupportedYamlMajorVersion
        | ErrorKind::DuplicateTagDirective
        | ErrorKind::InvalidDirectiveTerminator
        | ErrorKind::DirectiveDisallowed
        | ErrorKind::MissingYamlVersionSeparator
        | ErrorKind::MissingDirectiveName
        | ErrorKind::InvalidDirectiveName
        | ErrorKind::MissingYamlVersion => {
            "This `%` line is not a directive that YAML knows. Remove it, or quote a value that starts with `%`."
        }
        ErrorKind::UnexpectedEof | ErrorKind::UnexpectedEofBlockSequence | ErrorKind::UnexpectedEofBlockMapping => {
            "The file ends in the middle of a value. Complete it."
        }
        _ => "This is not valid YAML. Check the indentation and the quotes here and on the line above.",
    };
    (SyntaxErrorKind::Malformed, words)
}

/// What a line leaves open or unfinished, where the event parser stumbled only behind it.
pub(super) fn left_open(line: &str) -> Option<&'static str> {
    // Nobody leaves a line of this length unfinished by hand.
    if line.len() > 4_096 {
        return None;
    }
    let mut brackets = Vec::new();
    let mut characters = line.char_indices();
    while let Some((at, character)) = characters.next() {
        // A quote within a word is a character like any other.
        let opens =
            line.get(..at).is_none_or(|before| before.ends_with([' ', '\t', '[', '{', ',']) || before.is_empty());
        match character {
            '#' if opens => break,
            '[' | '{' => brackets.push(character),
            ']' | '}' => drop(brackets.pop()),
            '"' | '\'' if opens => loop {
                match characters.next() {
                    None => return Some(UNCLOSED_QUOTE),
                    Some((_, '\\')) if character == '"' => drop(characters.next()),
                    Some((_, next)) if next == character => break,
                    Some(_) => {}
                }
            },
            _ => {}
        }
    }
    match brackets.last() {
        Some('[') => Some(UNCLOSED_SEQUENCE),
        Some(_) => Some(UNCLOSED_MAPPING),
        None if !line.contains(':') && !line.starts_with('-') => Some(NO_KEY),
        None => None,
    }
}

const NO_KEY: &str = "This line is not `key: value`. Add the `:` and a blank behind the key. (A key is one line of at most 1,024 characters.)";
const UNCLOSED_QUOTE: &str = "This quote is never closed. Add the closing quote.";
const UNCLOSED_SEQUENCE: &str = "This `[` is never closed. Add the `]`.";
const UNCLOSED_MAPPING: &str = "This `{` is never closed. Add the `}`.";

/// For an alias without an anchor before it.
pub(super) const UNKNOWN_ANCHOR: &str = "No anchor of this name stands before the alias. Define it with `&name` further up, or quote a value that starts with `*`.";

/// For an alias inside the node that its anchor names.
pub(super) const CYCLIC_ALIAS: &str =
    "This alias stands inside the very value that its anchor names. A value can't contain itself: write it out.";

/// For an alias of a node that was left out.
pub(super) const CUT_ALIAS: &str = "This alias stands for a value that is nested too deep to be read.";
