//! Whether a text is one of PostgreSQL's regular expressions, as the server checks when it loads the file: the syntax of
//! advanced expressions (src/backend/regex/regc_lex.c and regcomp.c).

use std::iter::Peekable;
use std::str::Chars;

/// The largest number in `{m,n}` (`DUPMAX`).
const MOST_REPETITIONS: u32 = 255;

const CLASSES: [&str; 13] = [
    "alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit", "word",
];

/// Names of single characters within `[. .]` and `[= =]` (`cnames` of src/backend/regex/regc_locale.c).
const CHARACTERS: &str = "NUL SOH STX ETX EOT ENQ ACK BEL alert BS backspace HT tab LF newline VT vertical-tab FF \
    form-feed CR carriage-return SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC IS4 FS IS3 GS IS2 RS IS1 US space \
    exclamation-mark quotation-mark number-sign dollar-sign percent-sign ampersand apostrophe left-parenthesis \
    right-parenthesis asterisk plus-sign comma hyphen hyphen-minus period full-stop slash solidus zero one two three four \
    five six seven eight nine colon semicolon less-than-sign equals-sign greater-than-sign question-mark commercial-at \
    left-square-bracket backslash reverse-solidus right-square-bracket circumflex circumflex-accent underscore low-line \
    grave-accent left-brace left-curly-bracket vertical-line right-brace right-curly-bracket tilde DEL";

/// What is wrong with an expression; nothing where it is one.
pub(super) fn fault(pattern: &str) -> Option<&'static str> {
    let mut body = pattern;
    if let Some(rest) = pattern.strip_prefix("***") {
        match rest.chars().next() {
            // What follows is plain text.
            Some('=') => return None,
            Some(':') => body = rest.get(1..).unwrap_or_default(),
            _ => return Some("`***` at its start is followed by neither `=` nor `:`"),
        }
    }
    if let Some(options) =
        body.strip_prefix("(?").filter(|rest| rest.starts_with(|first: char| first.is_ascii_alphabetic()))
    {
        let (options, rest) = options.split_once(')')?;
        if options.contains(|option: char| !"bceimnpqstwx".contains(option)) {
            return Some("there is no such option as behind its first `(?`");
        }
        if options.contains(['b', 'e', 'q', 'x']) {
            // Another syntax, and seldom: the server knows.
            return None;
        }
        body = rest;
    }
    Checker { rest: body.chars().peekable(), groups: Vec::new(), open: Vec::new(), quantifiable: false }.run().err()
}

struct Checker<'p> {
    rest: Peekable<Chars<'p>>,
    /// Of each capturing group whether it is closed.
    groups: Vec<bool>,
    /// Of each open parenthesis which group it captures, and whether what it makes may be repeated.
    open: Vec<(Option<usize>, bool)>,
    /// What was read last may be repeated.
    quantifiable: bool,
}

type Checked = Result<(), &'static str>;

impl Checker<'_> {
    fn run(&mut self) -> Checked {
        while let Some(character) = self.rest.next() {
            match character {
                '(' => self.open()?,
                ')' => {
                    let (group, quantifiable) = self.open.pop().ok_or("a `)` closes nothing")?;
                    if let Some(closed) = group.and_then(|group| self.groups.get_mut(group)) {
                        *closed = true;
                    }
                    self.quantifiable = quantifiable;
                }
                '*' | '+' | '?' => self.repeat()?,
                '{' if self.rest.peek().is_some_and(char::is_ascii_digit) => {
                    self.bound()?;
                    self.repeat()?;
                }
                '^' | '$' | '|' => self.quantifiable = false,
                '[' => {
                    self.bracket()?;
                    self.quantifiable = true;
                }
                '\\' => self.escape()?,
                _ => self.quantifiable = true,
            }
        }
        if self.open.is_empty() { Ok(()) } else { Err("a `(` is never closed") }
    }

    fn open(&mut self) -> Checked {
        if self.rest.next_if_eq(&'?').is_none() {
            self.open.push((Some(self.groups.len()), true));
            self.groups.push(false);
            self.quantifiable = false;
            return Ok(());
        }
        let quantifiable = match self.rest.next() {
            Some(':') => true,
            Some('=' | '!') => false,
            Some('<') if self.rest.next_if(|next| matches!(next, '=' | '!')).is_some() => false,
            Some('#') => {
                // A comment.
                return if self.rest.any(|character| character == ')') { Ok(()) } else { Err("a `(` is never closed") };
            }
            _ => return Err("`(?` is followed by nothing that it may be"),
        };
        self.open.push((None, quantifiable));
        self.quantifiable = false;
        Ok(())
    }

    /// A quantifier was read.
    fn repeat(&mut self) -> Checked {
        if !self.quantifiable {
            return Err("a quantifier such as `*` has nothing before it to repeat");
        }
        // The shortest match first.
        self.rest.next_if_eq(&'?');
        self.quantifiable = false;
        Ok(())
    }

    /// The rest of `{m}`, `{m,}` or `{m,n}`.
    fn bound(&mut self) -> Checked {
        let least = self.number();
        let most = if self.rest.next_if_eq(&',').is_some() { self.number() } else { least };
        if self.rest.next() != Some('}') {
            return Err("a `{` is not closed behind its numbers; with a comma in it, all needs double quotes around");
        }
        let least = least.unwrap_or_default();
        if least > MOST_REPETITIONS || most.is_some_and(|most| most > MOST_REPETITIONS || most < least) {
            return Err("the numbers in `{}` are no range up to 255");
        }
        Ok(())
    }

    fn number(&mut self) -> Option<u32> {
        let mut number: Option<u32> = None;
        while let Some(digit) = self.rest.peek().and_then(|digit| digit.to_digit(10)) {
            number = Some(number.unwrap_or_default().saturating_mul(10).saturating_add(digit));
            self.rest.next();
        }
        number
    }

    fn escape(&mut self) -> Checked {
        let invalid = "there is no such escape as one of its `\\`";
        let character = self.rest.next().ok_or("it ends with a `\\`")?;
        self.quantifiable = true;
        match character {
            'A' | 'm' | 'M' | 'y' | 'Y' | 'Z' => self.quantifiable = false,
            'a' | 'b' | 'B' | 'e' | 'f' | 'n' | 'r' | 't' | 'v' | '0' | 'd' | 'D' | 's' | 'S' | 'w' | 'W' => {}
            'c' => drop(self.rest.next().ok_or(invalid)?),
            'u' => self.hexadecimal(4, 4).ok_or(invalid)?,
            'U' => self.hexadecimal(8, 8).ok_or(invalid)?,
            'x' => self.hexadecimal(1, usize::MAX).ok_or(invalid)?,
            '1'..='9' => self.reference(character)?,
            _ if character.is_ascii_alphanumeric() => return Err(invalid),
            _ => {}
        }
        Ok(())
    }

    fn hexadecimal(&mut self, least: usize, most: usize) -> Option<()> {
        let mut count = 0;
        while count < most && self.rest.next_if(char::is_ascii_hexdigit).is_some() {
            count += 1;
        }
        (count >= least).then_some(())
    }

    /// `\1` names a group; a number of several digits only if there are so many, else it is a character.
    fn reference(&mut self, first: char) -> Checked {
        let mut number = first.to_digit(10).unwrap_or_default();
        let mut several = false;
        while let Some(digit) = self.rest.peek().and_then(|digit| digit.to_digit(10)) {
            several = true;
            number = number.saturating_mul(10).saturating_add(digit);
            self.rest.next();
        }
        let group = usize::try_from(number).ok().and_then(|number| self.groups.get(number.checked_sub(1)?));
        match group {
            Some(true) => Ok(()),
            None if several => Ok(()),
            _ => Err("a `\\` and a number name a group that there is not, or that is not closed yet"),
        }
    }

    /// The rest of `[...]`.
    fn bracket(&mut self) -> Checked {
        let open = "a `[` is never closed";
        self.rest.next_if_eq(&'^');
        let mut first = true;
        // The start of a range, where there may be one.
        let mut start: Option<char> = None;
        loop {
            let character = self.rest.next().ok_or(open)?;
            let element = match character {
                ']' if !first => return Ok(()),
                '[' => match self.rest.peek() {
                    Some(&kind @ ('.' | '=' | ':')) => {
                        self.rest.next();
                        self.named(kind)?
                    }
                    _ => Some('['),
                },
                '\\' => self.bracket_escape()?,
                _ => Some(character),
            };
            let range = character == '-' && !first && self.rest.peek().is_some_and(|next| *next != ']');
            first = false;
            if range {
                let from = start.ok_or("a range in `[]` starts with no character")?;
                let to = match self.rest.next().ok_or(open)? {
                    '[' => match self.rest.next_if(|next| matches!(next, '.' | '=' | ':')) {
                        Some('.') => self.named('.')?,
                        Some(_) => return Err("a range in `[]` ends in no character"),
                        None => Some('['),
                    },
                    '\\' => self.bracket_escape()?,
                    other => Some(other),
                };
                match to {
                    Some(to) if to >= from => {}
                    Some(_) => return Err("a range in `[]` goes backwards"),
                    None => return Err("a range in `[]` ends in no character"),
                }
                start = None;
                continue;
            }
            start = element;
        }
    }

    /// The rest of `[.x.]`, `[=x=]` or `[:class:]`: its character, where it is one.
    fn named(&mut self, kind: char) -> Result<Option<char>, &'static str> {
        let mut name = String::new();
        loop {
            let character = self.rest.next().ok_or("a `[` is never closed")?;
            if character == kind && self.rest.next_if_eq(&']').is_some() {
                break;
            }
            name.push(character);
        }
        if kind == ':' {
            let known = CLASSES.contains(&name.as_str()) || matches!(name.as_str(), "<" | ">");
            return if known { Ok(None) } else { Err("there is no such class of characters as within its `[: :]`") };
        }
        let mut characters = name.chars();
        match (characters.next(), characters.next()) {
            (Some(single), None) => Ok(Some(single).filter(|_| kind == '.')),
            (Some(_), Some(_)) if CHARACTERS.split(' ').any(|known| known == name) => Ok(None),
            _ => Err("there is no such character as within its `[. .]`"),
        }
    }

    fn bracket_escape(&mut self) -> Result<Option<char>, &'static str> {
        let next = self.rest.peek().copied();
        match next {
            Some('A' | 'm' | 'M' | 'y' | 'Y' | 'Z') => Err("this escape cannot stand in `[]`"),
            Some(next) if next.is_ascii_alphanumeric() => self.escape().map(|()| None),
            Some(next) => {
                self.rest.next();
                Ok(Some(next))
            }
            None => Err("it ends with a `\\`"),
        }
    }
}
