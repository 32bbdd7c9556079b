//! Docker Compose's `$NAME` and `${NAME}` in values: which parts a text has, before any variable is known.
//!
//! Compose has no grammar for it. compose-go finds a candidate with the regular expression
//! `\$(?i:\$|[_a-z][_a-z0-9]*|{(?:[_a-z][_a-z0-9]*(?::?[-+?](.*))?}|))`, which is greedy up to the last `}` of the line,
//! and then counts braces to find where the variable really ends (`template/template.go`). This module gives the same
//! parts in one pass; what looks odd below is the real program's answer, recorded in `tests/recorded/interpolation.json`:
//!
//! - An operator stands directly behind the name; whatever follows it up to the closing brace is the operand.
//! - Every `{` of an operand opens a brace, not only that of `${`, and the byte behind a `{` is never looked at: the
//!   operand of `${A:-{{x}}}` ends after its first two `}`. Where the count does not come out, the variable reaches to
//!   the last `}` of the line.
//! - A `${...}` cannot span lines. A `${` that starts no variable is an error, also inside an operand that is not used;
//!   a `$` before anything else is text.
//! - The case of letters does not matter, and for Go that makes `ſ` (U+017F) and `K` (U+212A) letters of a name.

use std::fmt;
use std::ops::Range;

/// How many operands may lie in each other: `${A:-${B:-c}}` has two. Compose knows no limit; people nest two or three.
pub const MAX_DEPTH: usize = 32;

/// How long a text may grow when its variables are replaced. Compose knows no limit.
pub const MAX_LENGTH: usize = 1 << 22;

/// A text and what Compose would replace in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// The parts of the text in order, without a gap.
    pub parts: Vec<Part>,
    /// What is wrong, in the order of the text. Compose refuses a file for the first of them, wherever it stands.
    pub errors: Vec<Error>,
}

/// A part of a text. Ranges are bytes of the text that was parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text that stays as it is.
    Literal(Range<u32>),
    /// `$$`, which stands for `$`.
    Escape(Range<u32>),
    /// A variable to replace.
    Variable(Variable),
    /// A `${` that starts no variable, or an operand nested too deeply. There is an [`Error`] for it.
    Invalid(Range<u32>),
}

/// A reference to a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// All of `$NAME` or `${NAME...}`.
    pub range: Range<u32>,
    /// The name.
    pub name: Range<u32>,
    /// What stands behind the name.
    pub operator: Option<Operator>,
    /// The parts of the default, the alternative or the message behind the operator.
    pub operand: Vec<Part>,
    /// Where the operand stands; empty at the end of the name where there is none.
    pub operand_range: Range<u32>,
}

/// What happens besides replacing a variable by its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `:-`: the operand where the variable is unset or empty.
    DefaultIfUnsetOrEmpty,
    /// `-`: the operand where the variable is unset.
    DefaultIfUnset,
    /// `:?`: refuse with the operand as message where the variable is unset or empty.
    RequiredNonEmpty,
    /// `?`: refuse with the operand as message where the variable is unset.
    Required,
    /// `:+`: the operand where the variable is set and not empty, else nothing.
    AlternateIfNonEmpty,
    /// `+`: the operand where the variable is set, else nothing.
    AlternateIfSet,
}

/// Something that Compose refuses, or that we do not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Where, in bytes of the text that was parsed.
    pub range: Range<u32>,
}

/// Kinds of [`Error`]. Their `Display` is the message; none repeats text of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// `${}`.
    MissingName,
    /// `${1A}`, `${ A}`.
    InvalidName,
    /// `${A.b}`, `${A }`, `${A/b}`.
    UnexpectedCharacter,
    /// `${A:=b}`, `${A=b}`: a shell's operator that Compose does not have.
    AssignmentOperator,
    /// `${A`, and `${A:-b` whose `}` stands on a later line.
    Unclosed,
    /// More than [`MAX_DEPTH`] operands in each other.
    TooDeep,
}

/// Why a text has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The text is not a valid template.
    Invalid(Error),
    /// A required variable has no value.
    Missing {
        /// The variable's name.
        name: String,
        /// Its message, often empty. Variables in it are replaced, so it can hold values.
        message: String,
        /// Where the variable stands in the text.
        range: Range<u32>,
    },
    /// The value is longer than [`MAX_LENGTH`].
    TooLong,
}

impl Template {
    /// The text with every variable replaced, as Compose does it: operands are evaluated whether they are used or not, so
    /// an unused default can refuse the file. An unset variable is nothing. `text` is the one that was parsed.
    ///
    /// # Errors
    ///
    /// The first thing for which Compose refuses the file.
    pub fn resolve(&self, text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, Refusal> {
        self.resolve_parts(&self.parts, text, lookup)
    }

    fn resolve_parts(
        &self,
        parts: &[Part],
        text: &str,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<String, Refusal> {
        let mut value = String::new();
        for part in parts {
            match part {
                Part::Literal(range) => value.push_str(slice(text, range)),
                Part::Escape(_) => value.push('$'),
                Part::Variable(variable) => value.push_str(&self.resolve_variable(variable, text, lookup)?),
                Part::Invalid(range) => {
                    let known = self.errors.iter().find(|error| error.range.start == range.start);
                    let error = known.cloned().unwrap_or(Error { kind: ErrorKind::Unclosed, range: range.clone() });
                    return Err(Refusal::Invalid(error));
                }
            }
            if value.len() > MAX_LENGTH {
                return Err(Refusal::TooLong);
            }
        }
        Ok(value)
    }

    fn resolve_variable(
        &self,
        variable: &Variable,
        text: &str,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<String, Refusal> {
        let operand = self.resolve_parts(&variable.operand, text, lookup)?;
        let name = slice(text, &variable.name);
        let value = lookup(name);
        let non_empty = value.as_deref().is_some_and(|value| !value.is_empty());
        let missing = |message| Refusal::Missing { name: name.to_owned(), message, range: variable.range.clone() };
        match variable.operator {
            None => Ok(value.unwrap_or_default()),
            Some(Operator::DefaultIfUnset) => Ok(value.unwrap_or(operand)),
            Some(Operator::DefaultIfUnsetOrEmpty) => Ok(value.filter(|_| non_empty).unwrap_or(operand)),
            Some(Operator::Required) => value.ok_or_else(|| missing(operand)),
            Some(Operator::RequiredNonEmpty) => value.filter(|_| non_empty).ok_or_else(|| missing(operand)),
            Some(Operator::AlternateIfSet) => Ok(value.map(|_| operand).unwrap_or_default()),
            Some(Operator::AlternateIfNonEmpty) => Ok(if non_empty { operand } else { String::new() }),
        }
    }

    /// Every variable of the text, with those inside operands, in the order of the text.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        let mut pending: Vec<&Part> = self.parts.iter().rev().collect();
        std::iter::from_fn(move || {
            loop {
                if let Part::Variable(variable) = pending.pop()? {
                    pending.extend(variable.operand.iter().rev());
                    return Some(variable);
                }
            }
        })
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::MissingName => "`${}` names no variable; a literal `${` is written `$${`",
            Self::InvalidName => {
                "a variable's name starts with a letter or `_` directly behind `${`; a literal `${` is written `$${`"
            }
            Self::UnexpectedCharacter => {
                "behind a variable's name only `}` or one of the operators `:-`, `-`, `:?`, `?`, `:+`, `+` can follow; \
                 a literal `${` is written `$${`"
            }
            Self::AssignmentOperator => "Compose has no `=` or `:=` operator; a default is written `${NAME:-default}`",
            Self::Unclosed => "this `${` has no `}` on its line; a literal `${` is written `$${`",
            Self::TooDeep => "defaults are nested more deeply than stacklint reads",
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(formatter)
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(error) => error.fmt(formatter),
            Self::TooLong => formatter.write_str("the value grows too long"),
            Self::Missing { name, message, .. } if message.is_empty() => {
                write!(formatter, "required variable {name} is missing a value")
            }
            Self::Missing { name, message, .. } => {
                write!(formatter, "required variable {name} is missing a value: {message}")
            }
        }
    }
}

impl std::error::Error for Refusal {}

/// The parts of a text (of which only the first 4 GiB are read).
///
/// Takes time linear in the text's length for each level of nesting, of which there are at most [`MAX_DEPTH`].
#[must_use]
pub fn parse(text: &str) -> Template {
    let mut errors = Vec::new();
    let parts = Scanner { bytes: text.as_bytes(), text, errors: &mut errors }.parts(0..text.len(), 0);
    errors.sort_by_key(|error| error.range.start);
    Template { parts, errors }
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    errors: &'a mut Vec<Error>,
}

/// The line that a scan is in: the last `}` of it decides how far a `${...}` may reach.
#[derive(Default)]
struct Line {
    end: usize,
    last_brace: Option<usize>,
}

impl Scanner<'_> {
    /// The parts of one text, which is the whole or an operand. compose-go hands an operand to the same function as a
    /// text of its own, so a variable in it ends at the last `}` of the operand at the latest.
    fn parts(&mut self, range: Range<usize>, depth: usize) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut line = Line::default();
        let mut literal = range.start;
        let mut at = range.start;
        while let Some(dollar) = self.find(b'$', at..range.end) {
            let part = match self.byte(dollar + 1, range.end) {
                Some(b'$') => Part::Escape(narrow(dollar..dollar + 2)),
                Some(b'{') => {
                    if line.end <= dollar {
                        line = self.line(dollar..range.end);
                    }
                    self.braced(dollar, &line, range.end, depth)
                }
                _ => {
                    let name = self.name(dollar + 1, range.end);
                    if name.is_empty() {
                        at = dollar + 1;
                        continue;
                    }
                    let end = name.end;
                    Part::Variable(Variable {
                        range: narrow(dollar..end),
                        name: narrow(name),
                        operator: None,
                        operand: Vec::new(),
                        operand_range: narrow(end..end),
                    })
                }
            };
            if literal < dollar {
                parts.push(Part::Literal(narrow(literal..dollar)));
            }
            at = part.range().end as usize;
            literal = at;
            parts.push(part);
        }
        if literal < range.end {
            parts.push(Part::Literal(narrow(literal..range.end)));
        }
        parts
    }

    /// The part that starts with the `${` at `dollar`, in a text that ends at `end`.
    fn braced(&mut self, dollar: usize, line: &Line, end: usize, depth: usize) -> Part {
        let name = self.name(dollar + 2, end);
        if name.is_empty() {
            let kind = match self.byte(name.end, end) {
                Some(b'}') => ErrorKind::MissingName,
                Some(b'\n') | None => ErrorKind::Unclosed,
                Some(_) => ErrorKind::InvalidName,
            };
            return self.invalid(dollar, name.end, end, kind);
        }
        if self.byte(name.end, end) == Some(b'}') {
            return Part::Variable(Variable {
                range: narrow(dollar..name.end + 1),
                operator: None,
                operand: Vec::new(),
                operand_range: narrow(name.end..name.end),
                name: narrow(name),
            });
        }
        let Some((operator, operand_start)) = self.operator(name.end, end) else {
            let next = self.byte(name.end, end);
            let kind = match (next, self.byte(name.end + 1, end)) {
                (Some(b'='), _) | (Some(b':'), Some(b'=')) => ErrorKind::AssignmentOperator,
                (None | Some(b'\n'), _) => ErrorKind::Unclosed,
                _ => ErrorKind::UnexpectedCharacter,
            };
            return self.invalid(dollar, name.end, end, kind);
        };
        let Some(limit) = line.last_brace.filter(|&brace| brace >= operand_start) else {
            return self.invalid(dollar, operand_start, end, ErrorKind::Unclosed);
        };
        let close = self.closing_brace(dollar..limit + 1).unwrap_or(limit);
        let operand_range = operand_start..close;
        let operand = if depth < MAX_DEPTH {
            self.parts(operand_range.clone(), depth + 1)
        } else {
            self.errors.push(Error { kind: ErrorKind::TooDeep, range: narrow(operand_range.clone()) });
            vec![Part::Invalid(narrow(operand_range.clone()))]
        };
        Part::Variable(Variable {
            range: narrow(dollar..close + 1),
            name: narrow(name),
            operator: Some(operator),
            operand,
            operand_range: narrow(operand_range),
        })
    }

    /// Records an error for the `${` at `dollar`, of which `read` is as far as it could be understood. Only the `${` itself
    /// is left out, as compose-go goes on behind it; the error covers what was probably meant to be the variable.
    fn invalid(&mut self, dollar: usize, read: usize, end: usize, kind: ErrorKind) -> Part {
        // Not beyond the next `$`, so that many of them cost no more than their own length.
        let rest = self.bytes.get(read..end).unwrap_or_default();
        let stop = rest.iter().position(|byte| matches!(byte, b'}' | b'$' | b'\n'));
        let closed = stop.filter(|&stop| rest.get(stop) == Some(&b'}')).map(|stop| read + stop + 1);
        self.errors.push(Error { kind, range: narrow(dollar..closed.unwrap_or(read)) });
        Part::Invalid(narrow(dollar..dollar + 2))
    }

    /// The name that starts at `start`; empty where none does.
    fn name(&self, start: usize, end: usize) -> Range<usize> {
        let rest = self.text.get(start..end).unwrap_or_default();
        let length = rest
            .char_indices()
            .find(|&(index, character)| {
                let letter = character.is_ascii_alphabetic() || matches!(character, '_' | '\u{17f}' | '\u{212a}');
                !(letter || (index > 0 && character.is_ascii_digit()))
            })
            .map_or(rest.len(), |(index, _)| index);
        start..start + length
    }

    /// The operator at `start` and where its operand starts.
    fn operator(&self, start: usize, end: usize) -> Option<(Operator, usize)> {
        let colon = self.byte(start, end) == Some(b':');
        let sign = if colon { start + 1 } else { start };
        let operator = match (self.byte(sign, end)?, colon) {
            (b'-', true) => Operator::DefaultIfUnsetOrEmpty,
            (b'-', false) => Operator::DefaultIfUnset,
            (b'?', true) => Operator::RequiredNonEmpty,
            (b'?', false) => Operator::Required,
            (b'+', true) => Operator::AlternateIfNonEmpty,
            (b'+', false) => Operator::AlternateIfSet,
            _ => return None,
        };
        Some((operator, sign + 1))
    }

    /// The brace that closes the first one, if the count comes out. compose-go skips the byte behind each `{`.
    fn closing_brace(&self, range: Range<usize>) -> Option<usize> {
        let mut open = 0_usize;
        let mut at = range.start;
        while let Some(byte) = self.byte(at, range.end) {
            match byte {
                b'}' if open == 1 => return Some(at),
                b'}' => open = open.saturating_sub(1),
                b'{' => {
                    open += 1;
                    at += 1;
                }
                _ => {}
            }
            at += 1;
        }
        None
    }

    fn line(&self, range: Range<usize>) -> Line {
        let end = self.find(b'\n', range.clone()).unwrap_or(range.end);
        let line = self.bytes.get(range.start..end).unwrap_or_default();
        let last_brace = line.iter().rposition(|&byte| byte == b'}').map(|index| range.start + index);
        Line { end, last_brace }
    }

    fn find(&self, byte: u8, range: Range<usize>) -> Option<usize> {
        let start = range.start;
        self.bytes.get(range)?.iter().position(|&found| found == byte).map(|index| start + index)
    }

    /// The byte at `at` of a text that ends at `end`.
    fn byte(&self, at: usize, end: usize) -> Option<u8> {
        if at < end { self.bytes.get(at).copied() } else { None }
    }
}

impl Part {
    /// Where the part stands.
    #[must_use]
    pub fn range(&self) -> Range<u32> {
        match self {
            Self::Literal(range) | Self::Escape(range) | Self::Invalid(range) => range.clone(),
            Self::Variable(variable) => variable.range.clone(),
        }
    }
}

fn narrow(range: Range<usize>) -> Range<u32> {
    let narrow = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    narrow(range.start)..narrow(range.end)
}

fn slice<'a>(text: &'a str, range: &Range<u32>) -> &'a str {
    text.get(range.start as usize..range.end as usize).unwrap_or_default()
}
