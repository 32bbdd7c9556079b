//! What is wrong with a line that the server cannot read, and what would be right.

use std::ops::Range;

use pest::iterators::Pair;

use super::Rule;
use crate::invisible::invisible;

/// What is wrong, and where in the line.
pub(super) struct Diagnosis {
    pub(super) message: String,
    pub(super) range: Range<usize>,
}

/// Looks at the tokens of a line that is no setting.
pub(super) fn line(line: &str, tokens: &[Pair<'_, Rule>]) -> Diagnosis {
    Reader { line, tokens }.diagnose()
}

struct Reader<'a> {
    line: &'a str,
    tokens: &'a [Pair<'a, Rule>],
}

impl Reader<'_> {
    fn diagnose(&self) -> Diagnosis {
        let rule = |at: usize| self.tokens.get(at).map(Pair::as_rule).filter(|rule| !is_end(*rule));
        if self.line.trim_end_matches('\r').contains('\r') {
            let at = self.line.find('\r').unwrap_or_default();
            let message =
                "a carriage return ends no line for PostgreSQL, so that all this is one; end lines with a line feed";
            return Diagnosis { message: message.to_owned(), range: at..at + 1 };
        }
        match rule(0) {
            Some(Rule::id | Rule::qualified) => {}
            _ => return self.name(),
        }
        let value = if rule(1) == Some(Rule::equals) { 2 } else { 1 };
        match rule(value) {
            None => return self.no_value(value),
            Some(Rule::string | Rule::id | Rule::unquoted | Rule::integer | Rule::real) => {}
            Some(_) => return self.value(value),
        }
        self.more(value)
    }

    /// The line does not start with a name.
    fn name(&self) -> Diagnosis {
        let text = self.text(0);
        let message = match text.chars().next() {
            Some(first) if invisible(first).is_some() => return self.invisible(0, first),
            Some('"' | '\'') => "the name of a parameter is written without quotes".to_owned(),
            Some('=') => "there is no name before the `=`".to_owned(),
            Some(';' | '/' | '-') => "a comment starts with `#`; other lines are `name = value`".to_owned(),
            Some('[') => "there are no sections in this file; lines are `name = value`".to_owned(),
            _ if text.ends_with(':') => "name and value are separated by `=` or a blank, not by `:`".to_owned(),
            _ => {
                "this is no name of a parameter; it has letters, digits and `_`, and at most one `.` within".to_owned()
            }
        };
        Diagnosis { message, range: self.word(0) }
    }

    fn no_value(&self, at: usize) -> Diagnosis {
        let name = self.tokens.first().map(|name| name.as_span().start()..name.as_span().end()).unwrap_or_default();
        let end =
            at.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(name.end, |last| last.as_span().end());
        let message = "the parameter has no value; write `name = value` with the value on the same line, or `''` for an \
            empty one";
        Diagnosis { message: message.to_owned(), range: name.start..end }
    }

    /// What stands where the value should is none.
    fn value(&self, at: usize) -> Diagnosis {
        let text = self.text(at);
        let directive = super::EntryKind::of(self.text(0)) != super::EntryKind::Parameter;
        let quotes = if directive { "the name of the file" } else { "the value" };
        let message = match text.chars().next() {
            Some(first) if invisible(first).is_some() => return self.invisible(at, first),
            Some('=') => "there is one `=` too many between name and value".to_owned(),
            Some('"') => "`\"` is no quote here; put the value in single quotes".to_owned(),
            Some('\'') => "this quote is not closed on its line; a `'` within is written `''`".to_owned(),
            Some(':') => "name and value are separated by `=` or a blank, not by `:`".to_owned(),
            _ => format!("{quotes} needs single quotes around it, as it is no plain word or number"),
        };
        Diagnosis { message, range: self.word(at) }
    }

    /// Something follows the value.
    fn more(&self, value: usize) -> Diagnosis {
        let at = value + 1;
        let text = self.text(at);
        let glued = self.start(at) == self.end(value);
        let number = matches!(self.rule(value), Some(Rule::integer | Rule::real));
        let unit = matches!(self.rule(at), Some(Rule::id))
            && self.tokens.get(at + 1).is_none_or(|token| is_end(token.as_rule()));
        let message = match text.chars().next() {
            Some(first) if invisible(first).is_some() => return self.invisible(at, first),
            Some(';') if self.text(at + 1).is_empty() => "a line does not end in `;`; remove it".to_owned(),
            Some('"') if !glued => "`\"` is no quote here, and a parameter has one value; use single quotes".to_owned(),
            Some('\'') if !glued && self.rule(at) == Some(Rule::other) => {
                "this quote is not closed on its line; a `'` within is written `''`".to_owned()
            }
            _ if number && unit && glued => {
                "a number with a fraction and a unit needs single quotes around it, such as '1.5GB'".to_owned()
            }
            _ if number && unit => "a blank between number and unit needs single quotes, such as '4 MB'".to_owned(),
            _ if self.rule(value) == Some(Rule::string) && glued => {
                "a `'` within the value is written `''`; here the quotes close too early".to_owned()
            }
            _ if glued || text.starts_with(',') => "the value needs single quotes around all of it".to_owned(),
            _ => "something follows the value; put a value of several words in single quotes, and each parameter on a \
                line of its own"
                .to_owned(),
        };
        let range = if glued { self.start(value)..self.word(at).end } else { self.word(at) };
        Diagnosis { message, range }
    }

    fn invisible(&self, at: usize, character: char) -> Diagnosis {
        let name = invisible(character).unwrap_or_default();
        let start = self.start(at);
        let message = format!("there is {name} here, which cannot be seen and is no blank to PostgreSQL; remove it");
        Diagnosis { message, range: start..start + character.len_utf8() }
    }

    fn rule(&self, at: usize) -> Option<Rule> {
        self.tokens.get(at).map(Pair::as_rule)
    }

    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).filter(|token| !is_end(token.as_rule())).map_or("", |token| token.as_str())
    }

    fn start(&self, at: usize) -> usize {
        self.tokens.get(at).map_or(self.line.len(), |token| token.as_span().start())
    }

    fn end(&self, at: usize) -> usize {
        self.tokens.get(at).map_or(self.line.len(), |token| token.as_span().end())
    }

    /// The token and what touches it, up to a blank or a comment.
    fn word(&self, at: usize) -> Range<usize> {
        let start = self.start(at);
        let end = self.end(at);
        let behind = self.line.get(end..).unwrap_or_default();
        start..end + behind.find([' ', '\t', '\r', '#']).unwrap_or(behind.len())
    }
}

fn is_end(rule: Rule) -> bool {
    matches!(rule, Rule::comment | Rule::EOI)
}
