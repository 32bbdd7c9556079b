//! Bash's `set -a; . FILE`, as far as a file is assignments. No shell is run: quoting, expansion and the order of
//! assignments are modelled after the manual (sections 3.1.2, 3.4, 3.5), and where Bash would do anything else, run a
//! command above all, there is no answer.

use std::collections::BTreeMap;

use super::{Budget, Environment, Pairs, echoed};

/// How many `${...}` and quotes may lie in each other.
const MAX_DEPTH: usize = 32;

/// Variables that Bash sets or computes itself, so that they are not empty where nobody set them.
const SHELL_VARIABLES: [&str; 31] = [
    "_",
    "BASH",
    "BASHOPTS",
    "BASHPID",
    "BASH_ARGV0",
    "BASH_COMMAND",
    "BASH_SUBSHELL",
    "BASH_VERSINFO",
    "BASH_VERSION",
    "DIRSTACK",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "HOSTNAME",
    "HOSTTYPE",
    "IFS",
    "LINENO",
    "MACHTYPE",
    "OLDPWD",
    "OPTIND",
    "OSTYPE",
    "PATH",
    "PPID",
    "PS4",
    "PWD",
    "RANDOM",
    "SECONDS",
    "SHLVL",
    "UID",
];

/// Variables that cannot be assigned, or that take a value of their own.
const SPECIAL_VARIABLES: [&str; 17] = [
    "BASHOPTS",
    "BASHPID",
    "BASH_ARGV0",
    "BASH_VERSINFO",
    "DIRSTACK",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "LINENO",
    "PPID",
    "RANDOM",
    "SECONDS",
    "SHELLOPTS",
    "SRANDOM",
    "UID",
];

/// The variables that the file sets, or why there is no answer.
pub(super) fn load(text: &str, environment: &Environment) -> Result<Pairs, String> {
    let set = BTreeMap::new();
    let mut shell = Shell { text, at: 0, environment, set, replaced: Vec::new(), unused: 0, budget: Budget::default() };
    match shell.file() {
        Ok(()) => Ok(shell.set.into_iter().collect()),
        Err(why) => {
            let read = text.get(..shell.at).unwrap_or(text);
            Err(format!("line {}: {why}", 1 + read.bytes().filter(|&byte| byte == b'\n').count()))
        }
    }
}

/// A value, or why there is none.
type Modelled<T> = Result<T, &'static str>;

const COMMAND: &str = "Bash would run a part of the line as a command";
const SYNTAX: &str = "Bash refuses this line, or it redirects or groups commands";
const UNCLOSED: &str = "a quote or brace is never closed, which Bash refuses";
const EXPANSION: &str = "this kind of expansion is not modelled";
const SHELL_STATE: &str = "the value depends on the shell itself";
const SPECIAL: &str = "this variable has a meaning of its own in Bash";
const MISSING: &str = "a required variable is missing, and Bash stops";
const TOO_DEEP: &str = "expansions are nested too deeply";

struct Shell<'a> {
    text: &'a str,
    at: usize,
    environment: &'a Environment,
    set: BTreeMap<String, String>,
    /// What the assignments of the current statement replaced.
    replaced: Vec<(String, Option<String>)>,
    /// How many operands that Bash would not expand we are in: they are read, but change and refuse nothing.
    unused: usize,
    budget: Budget,
}

/// Where a word stands, which decides what its characters mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    /// The value of an assignment: blanks and operators end it.
    Value,
    /// The same as an argument of `export`, where braces would make several of it.
    Argument,
    /// Between double quotes.
    Quoted,
    /// An operand of `${...}` outside of quotes.
    Operand,
    /// An operand of `${...}` between double quotes.
    QuotedOperand,
}

impl Context {
    fn is_quoted(self) -> bool {
        matches!(self, Self::Quoted | Self::QuotedOperand)
    }
}

impl<'a> Shell<'a> {
    fn file(&mut self) -> Modelled<()> {
        if self.text.contains('\0') {
            return Err("Bash drops a NUL");
        }
        loop {
            self.skip_blanks();
            match self.peek() {
                None => return Ok(()),
                Some('\n') => self.skip('\n'),
                Some(_) => self.statement()?,
            }
        }
    }

    /// Assignments, or `export` and its arguments, up to `;`, `&`, `&&` or the end of the line.
    fn statement(&mut self) -> Modelled<()> {
        self.replaced.clear();
        let mut exports = false;
        let mut words = 0;
        loop {
            self.skip_blanks();
            match self.peek() {
                None | Some('\n') => break,
                Some(';') => {
                    self.skip(';');
                    break;
                }
                Some('&') => return self.ampersand(words),
                Some(_) if words == 0 && self.starts_with_word("export") => {
                    self.at += "export".len();
                    exports = true;
                }
                Some(_) if exports => self.argument()?,
                Some(_) => self.assignment(Context::Value)?,
            }
            words += 1;
        }
        // `export` alone prints, and a `;` needs something before it.
        if words == 0 || (exports && words == 1) { Err(COMMAND) } else { Ok(()) }
    }

    /// `&&` goes on, as an assignment always succeeds; `&` had the statement run in a shell of its own.
    fn ampersand(&mut self, words: usize) -> Modelled<()> {
        self.skip('&');
        if words == 0 {
            return Err(SYNTAX);
        }
        if self.peek() != Some('&') {
            for (name, value) in self.replaced.drain(..).rev() {
                match value {
                    Some(value) => self.set.insert(name, value),
                    None => self.set.remove(&name),
                };
            }
            return Ok(());
        }
        self.skip('&');
        self.skip_blanks();
        if self.peek().is_none_or(|next| matches!(next, '\n' | ';' | '&')) { Err(SYNTAX) } else { Ok(()) }
    }

    fn argument(&mut self) -> Modelled<()> {
        let name = self.identifier();
        if name.is_empty() || self.peek().is_some_and(|next| !ends_word(next)) {
            self.at -= name.len();
            return self.assignment(Context::Argument);
        }
        if let (false, Some(value)) = (self.set.contains_key(name), self.environment.get(name)) {
            self.set.insert(name.to_owned(), value.clone());
        }
        Ok(())
    }

    fn assignment(&mut self, context: Context) -> Modelled<()> {
        let name = self.identifier();
        let appended = self.rest().starts_with("+=");
        if name.is_empty() || !(appended || self.peek() == Some('=')) {
            return Err(COMMAND);
        }
        self.at += if appended { 2 } else { 1 };
        let mut value = String::new();
        if appended {
            value.push_str(self.known(name)?.unwrap_or_default());
        }
        self.word(&mut value, context, 0)?;
        self.assign(name, value)
    }

    fn assign(&mut self, name: &str, value: String) -> Modelled<()> {
        if SPECIAL_VARIABLES.contains(&name) {
            return Err(SPECIAL);
        }
        self.budget.take(value.len())?;
        let replaced = self.set.insert(name.to_owned(), value);
        self.replaced.push((name.to_owned(), replaced));
        Ok(())
    }

    /// Appends what is read up to the end of the word, which is left in place.
    fn word(&mut self, value: &mut String, context: Context, depth: usize) -> Modelled<()> {
        if depth > MAX_DEPTH {
            return Err(TOO_DEEP);
        }
        // `~` is the home directory at the start and behind a colon.
        let mut tilde = !context.is_quoted();
        while let Some(character) = self.peek() {
            let at_tilde = std::mem::replace(&mut tilde, false);
            match (character, context) {
                ('}', Context::Operand | Context::QuotedOperand) | ('"', Context::Quoted) => return Ok(()),
                ('"', Context::QuotedOperand) => return Err(EXPANSION),
                ('{', Context::Argument) => return Err(EXPANSION),
                ('|' | '<' | '>' | '(' | ')', Context::Value | Context::Argument) => return Err(SYNTAX),
                (_, Context::Value | Context::Argument) if ends_word(character) => return Ok(()),
                ('`', _) => return Err(COMMAND),
                ('\'', Context::Value | Context::Argument | Context::Operand) => {
                    self.skip(character);
                    let (quoted, _) = self.rest().split_once('\'').ok_or(UNCLOSED)?;
                    value.push_str(quoted);
                    self.at += quoted.len() + 1;
                }
                ('"', _) => self.quotes(value, depth)?,
                ('\\', _) => {
                    self.skip(character);
                    self.escaped(value, context);
                }
                ('$', _) => {
                    self.skip(character);
                    self.expansion(value, context, depth)?;
                }
                ('~', _) if at_tilde => self.home(value, context)?,
                _ => {
                    self.skip(character);
                    value.push(character);
                    tilde = character == ':' && matches!(context, Context::Value | Context::Argument);
                }
            }
        }
        if matches!(context, Context::Value | Context::Argument) { Ok(()) } else { Err(UNCLOSED) }
    }

    fn quotes(&mut self, value: &mut String, depth: usize) -> Modelled<()> {
        self.skip('"');
        self.word(value, Context::Quoted, depth + 1)?;
        self.skip('"');
        Ok(())
    }

    /// The character behind a backslash. Between double quotes the backslash stays before most of them.
    fn escaped(&mut self, value: &mut String, context: Context) {
        let Some(character) = self.peek() else { return value.push('\\') };
        self.skip(character);
        let special = match character {
            '\n' => return,
            '$' | '`' | '"' | '\\' => true,
            '}' => context == Context::QuotedOperand,
            _ => false,
        };
        if context.is_quoted() && !special {
            value.push('\\');
        }
        value.push(character);
    }

    fn home(&mut self, value: &mut String, context: Context) -> Modelled<()> {
        let next = self.rest().chars().nth(1);
        let whole = next.is_none_or(|next| matches!(next, '/' | ':') || ends_word(next));
        if context == Context::Operand || !(whole || matches!(next, Some('"' | '\'' | '\\'))) {
            return Err(EXPANSION);
        }
        self.skip('~');
        if whole {
            value.push_str(self.known("HOME")?.ok_or(SHELL_STATE)?);
        } else {
            value.push('~');
        }
        Ok(())
    }

    /// What stands behind a `$`.
    fn expansion(&mut self, value: &mut String, context: Context, depth: usize) -> Modelled<()> {
        let Some(next) = self.peek() else {
            value.push('$');
            return Ok(());
        };
        match next {
            '{' => {
                self.skip(next);
                self.braced(value, context, depth)?;
            }
            '(' => {
                let behind = self.rest().get(1..).unwrap_or_default();
                let (command, _) = behind.split_once(')').ok_or(UNCLOSED)?;
                value.push_str(&echoed(command).ok_or(COMMAND)?);
                self.at += command.len() + 2;
            }
            '\'' | '[' if !context.is_quoted() || next == '[' => return Err(EXPANSION),
            // A translated string: there is no translation.
            '"' if !context.is_quoted() => self.quotes(value, depth)?,
            // There are no arguments.
            '1'..='9' | '@' | '*' => self.skip(next),
            '#' => {
                self.skip(next);
                value.push('0');
            }
            '0' | '?' | '$' | '!' | '-' => return Err(SHELL_STATE),
            _ => {
                let name = self.identifier();
                if name.is_empty() {
                    value.push('$');
                } else {
                    value.push_str(self.known(name)?.unwrap_or_default());
                }
            }
        }
        self.budget.fits(value.len())
    }

    /// What stands behind a `${`.
    fn braced(&mut self, value: &mut String, context: Context, depth: usize) -> Modelled<()> {
        let name = self.identifier();
        if name.is_empty() {
            return Err(EXPANSION);
        }
        let known = self.known(name)?.map(str::to_owned);
        let colon = self.peek() == Some(':');
        if colon {
            self.skip(':');
        }
        let operator = self.peek().ok_or(UNCLOSED)?;
        self.skip(operator);
        if operator == '}' && !colon {
            value.push_str(known.as_deref().unwrap_or_default());
            return Ok(());
        }
        if !matches!(operator, '-' | '+' | '?' | '=') {
            return Err(EXPANSION);
        }
        let present = known.filter(|known| !(colon && known.is_empty()));
        let used = present.is_some() == (operator == '+');
        self.unused += usize::from(!used);
        let mut operand = String::new();
        let inner = if context.is_quoted() { Context::QuotedOperand } else { Context::Operand };
        self.word(&mut operand, inner, depth + 1)?;
        self.unused -= usize::from(!used);
        self.skip('}');
        if !used {
            value.push_str(present.as_deref().filter(|_| operator != '+').unwrap_or_default());
            return Ok(());
        }
        if self.unused == 0 {
            match operator {
                '?' => return Err(MISSING),
                '=' => self.assign(name, operand.clone())?,
                _ => {}
            }
        }
        value.push_str(&operand);
        Ok(())
    }

    /// The value of a variable, if it is set.
    fn known(&self, name: &str) -> Modelled<Option<&str>> {
        match self.set.get(name).or_else(|| self.environment.get(name)) {
            Some(value) => Ok(Some(value)),
            None if SHELL_VARIABLES.contains(&name) || name == "_" => Err(SHELL_STATE),
            None => Ok(None),
        }
    }

    /// The name at the current position, which is left; empty where none starts.
    fn identifier(&mut self) -> &'a str {
        let rest = self.rest();
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let length = rest.bytes().take_while(|&byte| fits(byte)).count();
        let name = rest.get(..length).filter(|name| !name.starts_with(|first: char| first.is_ascii_digit()));
        let name = name.unwrap_or_default();
        self.at += name.len();
        name
    }

    fn starts_with_word(&self, word: &str) -> bool {
        let behind = self.rest().strip_prefix(word);
        behind.is_some_and(|behind| behind.chars().next().is_none_or(ends_word))
    }

    /// Goes over blanks, joined lines and, as a word could start here, a comment.
    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            self.at += blanks;
            if self.rest().starts_with("\\\n") {
                self.at += 2;
            } else if self.rest().starts_with('#') {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            } else {
                return;
            }
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Goes over the character that was peeked at.
    fn skip(&mut self, character: char) {
        self.at += character.len_utf8();
    }
}

/// Whether an unquoted character ends a word.
fn ends_word(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')')
}
