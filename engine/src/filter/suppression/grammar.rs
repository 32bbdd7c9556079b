//! What a comment says: `# stacklint: ignore[rule-id, other-rule] until=2027-01-31 -- reason`.
//!
//! Whoever accepts a finding must see at once when that fails. So a comment that is meant for us has all its effect or
//! none, and what keeps it from having one is a finding at the very characters.

use jiff::civil::Date;
use stacklint_parsers::TextRange;

use super::Known;
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

/// Words this unlike are not suggested.
const LIKENESS: f64 = 0.75;

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
    let likeness = strsim::jaro_winkler(known, &written.to_ascii_lowercase().replace(['_', ' '], "-"));
    (likeness >= LIKENESS).then_some(likeness)
}

fn is_like(written: &str, known: &str) -> bool {
    likeness(known, written).is_some()
}

fn by_likeness(one: &(f64, &str), two: &(f64, &str)) -> std::cmp::Ordering {
    one.0.total_cmp(&two.0).then_with(|| two.1.cmp(one.1))
}

#[cfg(test)]
mod tests {
    use super::super::KnownRule;
    use super::*;

    const FAMILY: &str = "compose";

    fn known() -> Known {
        let rule = |id: &'static str, can_be_accepted| (id, KnownRule { id, can_be_accepted });
        let rules =
            [rule("published-datastore-port", true), rule("plaintext-secret", true), rule("unused-suppression", false)];
        Known { rules: rules.into(), families: [FAMILY].into() }
    }

    /// What a comment says: its rules, its day and its reason.
    fn said(comment: &str) -> (Vec<&'static str>, Option<String>, String) {
        let text = format!("a: b {comment}");
        let place = TextRange::from_usize(5..text.len());
        let directive = parse(&text, place, &known(), true).expect("it is ours").expect("it is well formed");
        for (id, place) in &directive.rules {
            assert_eq!(place.of(&text), *id);
        }
        let until = directive.until.map(|(day, place)| {
            assert_eq!(place.of(&text), day.to_string());
            day.to_string()
        });
        (directive.rules.iter().map(|(id, _)| *id).collect(), until, directive.reason)
    }

    /// What is wrong with a comment: the kind, the characters, and the help.
    fn wrong(comment: &str) -> Vec<(ProblemKind, String, String)> {
        let text = format!("a: b {comment}");
        let place = TextRange::from_usize(5..text.len());
        let faults = parse(&text, place, &known(), true).expect("it is ours").expect_err("it is malformed");
        faults.into_iter().map(|fault| (fault.kind, fault.place.of(&text).to_owned(), fault.help)).collect()
    }

    #[test]
    fn reads_what_is_well_formed() {
        let port = "published-datastore-port";
        let (rules, until, reason) = said("# stacklint: ignore[published-datastore-port] -- behind the VPN, OPS-123");
        assert_eq!((rules, until, reason.as_str()), (vec![port], None, "behind the VPN, OPS-123"));
        let (rules, until, reason) =
            said("#StackLint :  IGNORE[ published-datastore-port ,plaintext-secret] until=2027-01-31 --lab");
        assert_eq!(rules, [port, "plaintext-secret"]);
        assert_eq!((until.as_deref(), reason.as_str()), (Some("2027-01-31"), "lab"));
        assert_eq!(said("## stacklint: ignore[plaintext-secret,plaintext-secret] -- a").0, ["plaintext-secret"]);
        assert_eq!(said("# pinned # stacklint: ignore[plaintext-secret] -- a -- b [c]").2, "a -- b [c]");
        // A line that pg_hba.conf joins.
        let joined = "# stacklint: ignore[plaintext-secret,\\\n published-datastore-port\\\r\n ] \\\n -- one\\\ntwo";
        assert_eq!((said(joined).0.len(), said(joined).2.as_str()), (2, "one two"));
    }

    #[test]
    fn passes_over_what_is_not_meant() {
        for comment in [
            "# stacklint",
            "# run stacklint: ignore[plaintext-secret] -- a",
            "# stacklint ignores this file",
            "# see stacklint/stacklint#12",
            "# stacklinter: ignore[plaintext-secret] -- a",
            "# ignore[plaintext-secret] -- a",
            "# `# stacklint: ignore[plaintext-secret] -- a`",
            "#",
        ] {
            let place = TextRange::from_usize(0..comment.len());
            assert_eq!(parse(comment, place, &known(), true), None, "{comment}");
        }
    }

    #[test]
    fn says_what_is_malformed_at_the_very_characters() {
        let cases = [
            ("# stacklint: ingore[plaintext-secret] -- a", "ingore", "did you mean `ignore`?"),
            ("# stacklint: disable[plaintext-secret] -- a", "disable", FORM),
            ("# stacklint:", "# stacklint:", FORM),
            ("# stacklint ignore[plaintext-secret] -- a", "stacklint ignore", FORM),
            ("# stacklint-ignore[plaintext-secret] -- a", "stacklint-ignore", FORM),
            ("# stacklint ignore plaintext-secret", "stacklint ignore", FORM),
            ("# stacklint: ignore [plaintext-secret] -- a", "ignore [", "write `ignore[` in one piece"),
            ("# stacklint: ignore(plaintext-secret) -- a", "ignore", "the rules stand in `[` and `]`"),
            ("# stacklint: ignore plaintext-secret -- a", "ignore", FORM),
            ("# stacklint: ignore[plaintext-secret -- a", "[", "put `]` behind the last rule"),
            ("# stacklint: ignore[] -- a", "[]", FORM),
            ("# stacklint: ignore[plaintext-secret,] -- a", "[plaintext-secret,]", FORM),
            ("# stacklint: ignore[plaintxt-secret] -- a", "plaintxt-secret", "did you mean `plaintext-secret`?"),
            ("# stacklint: ignore[Plaintext_Secret] -- a", "Plaintext_Secret", "did you mean `plaintext-secret`?"),
            ("# stacklint: ignore[zzz] -- a", "zzz", "`stacklint rules` lists them"),
            ("# stacklint: ignore[*] -- a", "*", "name the rules one by one"),
            ("# stacklint: ignore[compose] -- a", "compose", "`compose` is a family: name the rules one by one"),
            (
                "# stacklint: ignore[unused-suppression] -- a",
                "unused-suppression",
                "mend the comment that the finding is about",
            ),
            (
                "# stacklint: ignore[plaintext-secret] until=2027-02-30 -- a",
                "2027-02-30",
                "write the day as `YYYY-MM-DD`",
            ),
            (
                "# stacklint: ignore[plaintext-secret] until=31.01.2027 -- a",
                "31.01.2027",
                "write the day as `YYYY-MM-DD`",
            ),
            ("# stacklint: ignore[plaintext-secret] until= -- a", "", "write the day as `YYYY-MM-DD`"),
            (
                "# stacklint: ignore[plaintext-secret] until 2027-01-31 -- a",
                "until 2027-01-31 -- a",
                "write `until=YYYY-MM-DD` in one piece",
            ),
            (
                "# stacklint: ignore[plaintext-secret] untill=2027-01-31 -- a",
                "untill=2027-01-31 -- a",
                "write `until=YYYY-MM-DD` in one piece",
            ),
            (
                "# stacklint: ignore[plaintext-secret] util=2027-01-31 -- a",
                "util=2027-01-31 -- a",
                "did you mean `until=` instead of `util=`?",
            ),
            (
                "# stacklint: ignore[plaintext-secret] until=2027-01-31 until=2027-01-30 -- a",
                "until=2027-01-30",
                "keep one `until=`",
            ),
            ("# stacklint: ignore[plaintext-secret] -- a until=2027-01-31", "until=2027-01-31", "put it before ` -- `"),
            ("# stacklint: ignore[plaintext-secret] - a", "- a", "write two hyphens before the reason: ` -- `"),
            (
                "# stacklint: ignore[plaintext-secret] \u{2014} a",
                "\u{2014} a",
                "write two hyphens before the reason: ` -- `",
            ),
            (
                "# stacklint: ignore[plaintext-secret] because",
                "because",
                "the reason stands behind two hyphens: ` -- reason`",
            ),
        ];
        for (comment, place, help) in cases {
            let expected = (ProblemKind::MalformedSuppression, place.to_owned(), help.to_owned());
            assert_eq!(wrong(comment), [expected], "{comment}");
        }
    }

    #[test]
    fn one_unknown_rule_takes_the_effect_of_all() {
        let places: Vec<String> = wrong("# stacklint: ignore[plaintext-secret, nope, , zzz] -- a")
            .into_iter()
            .map(|(_, place, _)| place)
            .collect();
        assert_eq!(places, ["nope", "[plaintext-secret, nope, , zzz]", "zzz"]);
        let many = format!("# stacklint: ignore[{}] -- a", ",".repeat(100_000));
        assert_eq!(wrong(&many).len(), FAULT_LIMIT);
    }

    #[test]
    fn a_reason_is_words() {
        for comment in [
            "# stacklint: ignore[plaintext-secret]",
            "# stacklint: ignore[plaintext-secret] until=2027-01-31",
            "# stacklint: ignore[plaintext-secret] --",
            "# stacklint: ignore[plaintext-secret] -- ...",
        ] {
            let found = wrong(comment);
            assert_eq!(found[0].0, ProblemKind::SuppressionWithoutReason, "{comment}");
            assert_eq!((found.len(), found[0].1.as_str()), (1, comment));
        }
        let long = format!("# stacklint: ignore[plaintext-secret] -- {}", "word ".repeat(100_000));
        assert!(said(&long).2.len() <= REASON_LIMIT + 4);
    }
}
