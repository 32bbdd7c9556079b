//! What a comment says: `# stacklint: ignore[rule-id, other-rule] until=2027-01-31 -- reason`.
//!
//! Whoever accepts a finding must see at once when that fails. So a comment that is meant for us has all its effect or
//! none, and what keeps it from having one is a finding at the very characters.

use jiff::civil::Date;
use stacklint_parsers::TextRange;

use super::Known;
use crate::similar;
use crate::stack::ProblemKind;

/// What starts our comments, in any case.
const NAME: &str = "stacklint";

/// What they say.
const DIRECTIVE: &str = "ignore";

/// How one is written.
const FORM: &str = "write `# stacklint: ignore[rule-id] -- reason`";

/// So many things are said to be wrong with one comment.
const FAULT_LIMIT: usize = 8;

/// A longer reason is cut in reports: every finding that a comment accepts carries it.
const REASON_LIMIT: usize = 1_000;

/// A comment that is written as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directive {
    /// From its comment sign to its end.
    pub(super) place: TextRange,
    /// The rules, each once, with their places.
    pub(super) rules: Vec<(&'static str, TextRange)>,
    /// Why.
    pub(super) reason: String,
    /// The last day it holds on, and its place.
    pub(super) until: Option<(Date, TextRange)>,
}

/// What keeps a comment from having an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) kind: ProblemKind,
    pub(super) place: TextRange,
    pub(super) message: String,
    pub(super) help: String,
}

/// Reads a comment, of which `place` is from its sign to its end; nothing if it is not meant for us.
pub(super) fn parse(
    text: &str,
    place: TextRange,
    known: &Known,
    suggest: bool,
) -> Option<Result<Directive, Vec<Fault>>> {
    let comment = place.of(text);
    let signs = comment.match_indices('#').map(|(at, _)| at);
    // Behind a comment of somebody else's another one can start: a line has only one end.
    let mut starts = signs.filter(|at| comment.get(..*at).is_some_and(is_apart));
    starts.find_map(|at| {
        let sign = comment.get(at..)?;
        let body = sign.trim_start_matches('#');
        let mut reader = Reader { text: comment, at: at + sign.len() - body.len(), start: place.start, known, suggest };
        reader.skip_blanks();
        if !starts_with(reader.rest(), NAME) {
            return None;
        }
        let own = TextRange::new(reader.place(at..at).start, place.end);
        let name = reader.at;
        reader.at += NAME.len();
        reader.comment(name, own)
    })
}

/// Whether a word can start behind this.
fn is_apart(before: &str) -> bool {
    before.is_empty() || before.ends_with(char::is_whitespace)
}

/// Whether a text starts with a word in ASCII, in any case.
fn starts_with(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

struct Reader<'a> {
    /// The comment.
    text: &'a str,
    /// How far it is read.
    at: usize,
    /// Where it starts in the file.
    start: u32,
    known: &'a Known,
    /// Say which rule may have been meant: that is dear, and nobody reads it a thousand times.
    suggest: bool,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn place(&self, range: std::ops::Range<usize>) -> TextRange {
        let range = TextRange::from_usize(range);
        TextRange::new(self.start.saturating_add(range.start), self.start.saturating_add(range.end))
    }

    /// Goes over blanks; a backslash that continues the line, as in `pg_hba.conf`, is one.
    fn skip_blanks(&mut self) {
        self.at += blanks(self.rest());
    }

    /// The characters up to a blank.
    fn word(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|character: char| character.is_whitespace()).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    /// The letters and dashes from here on.
    fn name(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|character: char| !character.is_ascii_alphabetic() && character != '-');
        rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
    }

    /// Reads on behind the name, which stands at `name`.
    fn comment(&mut self, name: usize, own: TextRange) -> Option<Result<Directive, Vec<Fault>>> {
        let malformed = |place, message: &str, help: String| Some(Err(vec![fault(place, message, help)]));
        let gap = blanks(self.rest());
        if !self.rest().get(gap..)?.starts_with(':') {
            // Somebody may well talk about stacklint.
            self.at +=
                self.rest().len() - self.rest().trim_start_matches([' ', '\t', '-', '_', '.', '=', ';', ',']).len();
            let word = self.name();
            let end = self.at + word.len();
            self.at = end;
            self.skip_blanks();
            let is_meant = is_like(word, DIRECTIVE)
                && (self.rest().starts_with(['[', '(']) || self.known.rule(self.name()).is_some());
            let place = self.place(name..end);
            return is_meant
                .then(|| malformed(place, "this comment has no effect: a colon is missing", FORM.to_owned()))
                .flatten();
        }
        self.at += gap + 1;
        self.skip_blanks();
        let word = self.name();
        let start = self.at;
        self.at += word.len();
        if !word.eq_ignore_ascii_case(DIRECTIVE) {
            let place = if word.is_empty() { own } else { self.place(start..self.at) };
            let help = if is_like(word, DIRECTIVE) { format!("did you mean `{DIRECTIVE}`?") } else { FORM.to_owned() };
            return malformed(place, "this comment has no effect: `ignore` is all that can be said here", help);
        }
        Some(self.directive(start, own))
    }

    fn directive(&mut self, start: usize, own: TextRange) -> Result<Directive, Vec<Fault>> {
        let rules = self.rules(start)?;
        let mut directive = Directive { place: own, rules, reason: String::new(), until: None };
        loop {
            self.skip_blanks();
            let word = self.word();
            let place = self.place(self.at..self.at + word.len());
            if word.is_empty() {
                break;
            } else if word.starts_with("--") {
                directive.reason = self.reason()?;
                break;
            } else if let Some(date) = word.get("until=".len()..).filter(|_| starts_with(word, "until=")) {
                if directive.until.is_some() {
                    let message = "this comment has no effect: it has two last days";
                    return Err(vec![fault(place, message, "keep one `until=`".to_owned())]);
                }
                let place = self.place(self.at + word.len() - date.len()..self.at + word.len());
                directive.until = Some((day(date, place)?, place));
                self.at += word.len();
            } else {
                let rest = self.rest().trim_end().len();
                let place = self.place(self.at..self.at + rest);
                return Err(vec![unknown_word(word, place)]);
            }
        }
        if !directive.reason.chars().any(char::is_alphanumeric) {
            return Err(vec![Fault {
                kind: ProblemKind::SuppressionWithoutReason,
                place: own,
                message: "this comment has no effect: it does not say why the finding is accepted".to_owned(),
                help: "say it behind the brackets: ` -- reason`".to_owned(),
            }]);
        }
        Ok(directive)
    }

    /// The rules in their brackets.
    fn rules(&mut self, start: usize) -> Result<Vec<(&'static str, TextRange)>, Vec<Fault>> {
        let directive = self.place(start..self.at);
        let gap = blanks(self.rest());
        let opening = self.rest().get(gap..).unwrap_or_default();
        if !opening.starts_with('[') {
            let help =
                if opening.starts_with('(') { "the rules stand in `[` and `]`".to_owned() } else { FORM.to_owned() };
            return Err(vec![fault(directive, "this comment has no effect: it names no rule in brackets", help)]);
        }
        if gap > 0 {
            let place = self.place(start..self.at + gap + 1);
            let help = "write `ignore[` in one piece".to_owned();
            return Err(vec![fault(place, "this comment has no effect: a blank stands before the bracket", help)]);
        }
        let Some(length) = opening.find(']') else {
            let place = self.place(self.at..self.at + 1);
            let help = "put `]` behind the last rule".to_owned();
            return Err(vec![fault(place, "this comment has no effect: the bracket is not closed", help)]);
        };
        let mut at = self.at + 1;
        let inside = opening.get(1..length).unwrap_or_default();
        let mut rules: Vec<(&'static str, TextRange)> = Vec::new();
        let mut faults = Vec::new();
        for item in inside.split(',') {
            let before = blanks(item);
            let id = trim_end(item.get(before..).unwrap_or_default());
            let place = self.place(at + before..at + before + id.len());
            match self.known.rule(id) {
                Some(rule) if rule.can_be_accepted => {
                    if rules.iter().all(|(known, _)| *known != rule.id) {
                        rules.push((rule.id, place));
                    }
                }
                Some(_) => {
                    let message = "this comment has no effect: findings about such comments cannot be accepted by one";
                    faults.push(fault(place, message, "mend the comment that the finding is about".to_owned()));
                }
                None if id.is_empty() => {
                    let place = self.place(self.at..self.at + length + 1);
                    faults.push(fault(place, "this comment has no effect: a rule is missing", FORM.to_owned()));
                }
                None => faults.push(self.unknown_rule(id, place)),
            }
            at += item.len() + 1;
            if faults.len() == FAULT_LIMIT {
                break;
            }
        }
        self.at += length + 1;
        if faults.is_empty() { Ok(rules) } else { Err(faults) }
    }

    fn unknown_rule(&self, id: &str, place: TextRange) -> Fault {
        // Only what looks like an id is repeated: nobody knows what else may stand there.
        let is_plain = id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let named = if is_plain { format!("no rule is called `{id}`") } else { "there is no such rule".to_owned() };
        let help = if self.known.is_family(id) {
            format!("`{id}` is a family: name the rules one by one")
        } else if matches!(id, "*" | "all") {
            "name the rules one by one".to_owned()
        } else {
            let rules = self.known.rules().filter(|_| self.suggest);
            match rules.filter_map(|known| Some((likeness(known, id)?, known))).max_by(by_likeness) {
                Some((_, known)) => format!("did you mean `{known}`?"),
                None if id.contains(char::is_whitespace) => "put a comma between rules".to_owned(),
                None => "`stacklint rules` lists them".to_owned(),
            }
        };
        fault(place, &format!("this comment has no effect: {named}"), help)
    }

    /// The reason, at whose dashes the reader stands.
    fn reason(&mut self) -> Result<String, Vec<Fault>> {
        let dashes = self.rest().len() - self.rest().trim_start_matches('-').len();
        self.at += dashes;
        self.skip_blanks();
        let rest = self.rest();
        for (at, _) in rest.match_indices("until=") {
            let alone = rest.get(..at).is_some_and(is_apart);
            let date = rest.get(at + "until=".len()..).unwrap_or_default();
            if alone && date.starts_with(|character: char| character.is_ascii_digit()) {
                let length = date.find(char::is_whitespace).unwrap_or(date.len()) + "until=".len();
                let place = self.place(self.at + at..self.at + at + length);
                let help = "put it before ` -- `".to_owned();
                return Err(vec![fault(place, "this comment has no effect: the last day stands in its reason", help)]);
            }
        }
        let words = rest.split('\n').flat_map(|line| line.trim_end().trim_end_matches('\\').split_whitespace());
        let mut reason = String::new();
        for word in words {
            if reason.len() + word.len() > REASON_LIMIT {
                reason.push_str(" ...");
                break;
            }
            if !reason.is_empty() {
                reason.push(' ');
            }
            reason.push_str(word);
        }
        Ok(reason)
    }
}

/// A day as it must be written, `YYYY-MM-DD`.
fn day(text: &str, place: TextRange) -> Result<Date, Vec<Fault>> {
    parse_day(text).ok_or_else(|| {
        vec![fault(
            place,
            "this comment has no effect: there is no such day",
            "write the day as `YYYY-MM-DD`".to_owned(),
        )]
    })
}

/// A day written `YYYY-MM-DD`, and in no other form.
#[must_use]
pub(crate) fn parse_day(text: &str) -> Option<Date> {
    let shape = text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    if !shape.eq(*b"0000-00-00") {
        return None;
    }
    let mut parts = text.split('-');
    let year = parts.next()?.parse().ok()?;
    Date::new(year, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?).ok()
}

fn unknown_word(word: &str, place: TextRange) -> Fault {
    let help = if starts_with(word, "until") {
        "write `until=YYYY-MM-DD` in one piece".to_owned()
    } else if word.starts_with(['-', '\u{2013}', '\u{2014}']) {
        "write two hyphens before the reason: ` -- `".to_owned()
    } else if word.starts_with('[') {
        "put all rules into one pair of brackets, with commas between them".to_owned()
    } else if let Some((name, _)) = word.split_once('=').filter(|(name, _)| is_like(name, "until")) {
        format!("did you mean `until=` instead of `{name}=`?")
    } else {
        "the reason stands behind two hyphens: ` -- reason`".to_owned()
    };
    fault(place, "this comment has no effect: nobody knows what this means", help)
}

fn fault(place: TextRange, message: &str, help: String) -> Fault {
    Fault { kind: ProblemKind::MalformedSuppression, place, message: message.to_owned(), help }
}

/// How many bytes of blanks a text starts with.
fn blanks(text: &str) -> usize {
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        match rest.strip_prefix('\\').filter(|behind| behind.starts_with(['\n', '\r'])) {
            Some(behind) => rest = behind,
            None => return text.len() - rest.len(),
        }
    }
}

fn trim_end(text: &str) -> &str {
    let trimmed = text.trim_end();
    let is_continued = trimmed.len() < text.len() && trimmed.ends_with('\\');
    if is_continued { trimmed.trim_end_matches('\\').trim_end() } else { trimmed }
}

/// How alike a known word and a written one are; nothing if that is too unlike to be meant.
fn likeness(known: &str, written: &str) -> Option<f64> {
    if written.len() > 2 * known.len() + 8 {
        return None;
    }
    similar::likeness(known, &written.to_ascii_lowercase().replace(['_', ' '], "-"))
}

fn is_like(written: &str, known: &str) -> bool {
    likeness(known, written).is_some()
}

fn by_likeness(one: &(f64, &str), two: &(f64, &str)) -> std::cmp::Ordering {
    one.0.total_cmp(&two.0).then_with(|| two.1.cmp(one.1))
}

#[cfg(test)]
#[path = "grammar_tests.rs"]
mod tests;
