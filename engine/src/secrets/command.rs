//! Secrets on a command line: flags, assignments before a program, and the habits of single programs.

use std::ops::Range;

use super::key::{KeyClass, key_class};

/// The longest `$(...)` or `${...}` that is passed over as one: what keeps the search linear on hostile text.
const LONGEST: usize = 1024;

/// A secret on a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandSecret {
    /// Which argument holds it.
    pub argument: usize,
    /// The key to judge it under: the flag or variable as written (`--requirepass`, `PGPASSWORD`), or `password` where
    /// only the program gives its letter (`-p`) that meaning.
    pub name: String,
    /// Where in the argument the value stands, in bytes, without quotes.
    pub range: Range<usize>,
}

/// The key of a secret whose flag has no telling name.
const PASSWORD: &str = "password";

/// A word of a command: an argument, or a part of one that a shell splits.
#[derive(Clone, Debug)]
struct Word<'a> {
    argument: usize,
    start: usize,
    text: &'a str,
    /// The first word of a string that a shell reads.
    opens_string: bool,
}

/// How a program takes a secret that no flag's name gives away.
enum Habit {
    /// `-pSECRET`, in one word.
    Glued(&'static str),
    /// `-a SECRET`.
    Next(&'static str),
    /// `-u user:SECRET`.
    Pair(&'static str),
    /// The word so many places behind `after`.
    Behind { after: &'static str, places: usize },
}

/// Source: the programs' manual pages.
fn habits_of(program: &str) -> &'static [Habit] {
    match program {
        "mysql" | "mysqladmin" | "mysqldump" | "mysqlcheck" | "mysqlimport" | "mysqlshow" | "mysqlsh" | "mariadb"
        | "mariadb-admin" | "mariadb-dump" | "mariadb-check" | "xtrabackup" | "mariabackup" => &[Habit::Glued("-p")],
        "redis-cli" | "valkey-cli" | "keydb-cli" => &[Habit::Next("-a")],
        "mongo" | "mongosh" | "sshpass" => &[Habit::Next("-p"), Habit::Glued("-p")],
        "mongodump" | "mongorestore" | "mongoexport" | "mongoimport" | "mongostat" | "cqlsh" | "docker" | "podman" => {
            &[Habit::Next("-p")]
        }
        "sqlcmd" | "bcp" => &[Habit::Next("-P")],
        "ldapsearch" | "ldapadd" | "ldapmodify" | "ldapwhoami" | "ldappasswd" => &[Habit::Next("-w")],
        "curl" => &[Habit::Pair("-u"), Habit::Pair("--user")],
        "http" | "https" => &[Habit::Pair("-u"), Habit::Pair("-a")],
        // mc alias set NAME URL KEY SECRET
        "mc" => &[Habit::Behind { after: "set", places: 4 }, Habit::Behind { after: "add", places: 4 }],
        "rabbitmqctl" => {
            &[Habit::Behind { after: "add_user", places: 2 }, Habit::Behind { after: "change_password", places: 2 }]
        }
        _ => &[],
    }
}

/// Finds the secrets that a command, an entry point or a health check carries: under flags (`--requirepass X`,
/// `--password=X`), in assignments (`PGPASSWORD=x psql`), and as single programs take them (`mysql -pX`,
/// `redis-cli -a X`, `curl -u user:X`). An argument that a shell will split (`sh -c "redis-server --requirepass X"`)
/// is looked into. What is found may still be a reference: the caller judges the piece under `name`.
#[must_use]
pub fn command_arguments(args: &[&str]) -> Vec<CommandSecret> {
    let mut words = Vec::new();
    for (argument, text) in args.iter().enumerate() {
        let is_script = args.len() == 1
            || args
                .get(argument.wrapping_sub(1))
                .is_some_and(|before| matches!(*before, "-c" | "-ec" | "-lc" | "-exc" | "CMD-SHELL"));
        if is_script {
            split_words(argument, 0, text, &mut words, 0);
        } else {
            words.push(Word { argument, start: 0, text, opens_string: false });
        }
    }
    secrets_of(&words)
}

/// Whether a text is worth a look: a flag, or one of the words that take a secret without one.
pub(super) fn may_hold_secret(text: &str) -> bool {
    const WORDS: &[&str] = &[" -", "requirepass", "masterauth", "alias set", "host add", "add_user", "change_password"];
    // Each of the words is followed by an argument.
    text.starts_with('-')
        || memchr::memchr(b' ', text.as_bytes()).is_some() && WORDS.iter().any(|word| text.contains(word))
}

/// The same for one text of which only some may be a command; only flags, since assignments have their own search.
pub(super) fn flags_in(text: &str) -> Vec<(Range<usize>, String)> {
    let mut words = Vec::new();
    split_words(0, 0, text, &mut words, 0);
    secrets_of(&words).into_iter().map(|secret| (secret.range, secret.name)).collect()
}

/// Splits as a shell does, quotes kept out of the words, escapes left in them. A quoted word with blanks in it is split
/// once more: it is as often a command for another shell as an argument, and no secret flag has a blank in it.
fn split_words<'a>(argument: usize, offset: usize, text: &'a str, words: &mut Vec<Word<'a>>, depth: u8) {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut opens_string = true;
    while at < bytes.len() {
        let byte = bytes.get(at).copied().unwrap_or_default();
        if byte.is_ascii_whitespace() {
            opens_string |= byte == b'\n';
            at += 1;
            continue;
        }
        if matches!(byte, b';' | b'|' | b'&' | b'(' | b')') {
            opens_string = true;
            at += 1;
            continue;
        }
        let start = at;
        let mut quote = None;
        let mut previous = 0u8;
        while let Some(&byte) = bytes.get(at) {
            match quote {
                Some(open) if byte == open && previous != b'\\' => quote = None,
                Some(_) => {}
                None if matches!(byte, b'"' | b'\'') && previous != b'\\' => quote = Some(byte),
                None if byte == b'$' && matches!(bytes.get(at + 1), Some(b'(' | b'{')) => {
                    let close = if bytes.get(at + 1) == Some(&b'(') { b')' } else { b'}' };
                    let reach = bytes.len().min(at + LONGEST);
                    let length = memchr::memchr(close, bytes.get(at..reach).unwrap_or_default());
                    at += length.unwrap_or(0);
                    previous = close;
                    at += 1;
                    continue;
                }
                None if byte.is_ascii_whitespace() || matches!(byte, b';' | b'|' | b'&' | b')') => break,
                None => {}
            }
            previous = byte;
            at += 1;
        }
        // An unclosed quote is an apostrophe in prose more often than anything else.
        if quote.is_some() {
            at =
                start + text.get(start..).and_then(|rest| rest.find(char::is_whitespace)).unwrap_or(text.len() - start);
        }
        let word = text.get(start..at).unwrap_or_default();
        let inner = ['"', '\''].iter().find_map(|quote| word.strip_prefix(*quote)?.strip_suffix(*quote));
        match inner {
            Some(inner) if inner.contains(char::is_whitespace) && depth < 3 => {
                split_words(argument, offset + start + 1, inner, words, depth + 1);
            }
            Some(inner) => words.push(Word { argument, start: offset + start + 1, text: inner, opens_string }),
            None => words.push(Word { argument, start: offset + start, text: word, opens_string }),
        }
        opens_string = false;
        at = at.max(start + 1);
    }
}

/// Words before a program that are not the program.
fn is_wrapper(word: &str) -> bool {
    matches!(
        word,
        "exec"
            | "sudo"
            | "env"
            | "sh"
            | "bash"
            | "ash"
            | "-c"
            | "-ec"
            | "-lc"
            | "CMD"
            | "CMD-SHELL"
            | "time"
            | "gosu"
            | "su-exec"
            | "tini"
            | "--"
            | "if"
            | "until"
            | "while"
            | "then"
            | "do"
            | "!"
    ) || word.contains('=')
        || word.ends_with(':')
        || word == "-"
}

fn secrets_of(words: &[Word<'_>]) -> Vec<CommandSecret> {
    let mut found = Vec::new();
    let mut program = "";
    let mut habits: &[Habit] = &[];
    // `docker run -p 80:80` publishes a port; `docker login -p` is a password.
    let logs_in = words.iter().any(|word| word.text == "login");
    for (index, word) in words.iter().enumerate() {
        let previous = index.checked_sub(1).and_then(|before| words.get(before));
        if word.opens_string || previous.is_none_or(|before| is_wrapper(before.text) && !is_option(before.text)) {
            program = word.text.rsplit('/').next().unwrap_or(word.text);
            habits = habits_of(program);
        }
        let mut take = |word: &Word<'_>, range: Range<usize>, name: &str| {
            if range.start < range.end {
                let range = word.start + range.start..word.start + range.end;
                found.push(CommandSecret { argument: word.argument, name: name.to_owned(), range });
            }
        };
        // `--password=X`, `PGPASSWORD=x`, `-Dkey.password=x`.
        if let Some((name, value)) = word.text.split_once('=') {
            let is_name = !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
            if is_name && key_class(name) == KeyClass::Secret {
                take(word, unquoted(value, name.len() + 1), name.trim_start_matches("-D"));
            }
            continue;
        }
        let next = words.get(index + 1);
        let is_flag = is_option(word.text)
            && word.text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
        let takes_next =
            (is_flag || matches!(word.text, "requirepass" | "masterauth")) && key_class(word.text) == KeyClass::Secret;
        if takes_next {
            if let Some(next) = next.filter(|next| !is_option(next.text) && !next.opens_string) {
                take(next, 0..next.text.len(), word.text);
            }
            continue;
        }
        for habit in habits {
            match habit {
                Habit::Glued(flag) if word.text.len() > flag.len() && !word.text.starts_with("-port") => {
                    if let Some(value) = word.text.strip_prefix(flag) {
                        take(word, unquoted(value, flag.len()), PASSWORD);
                    }
                }
                Habit::Next(flag) if word.text == *flag => {
                    let is_port = matches!(program, "docker" | "podman") && !logs_in;
                    if let Some(next) = next.filter(|next| !is_option(next.text) && !is_port) {
                        take(next, 0..next.text.len(), PASSWORD);
                    }
                }
                Habit::Pair(flag) if word.text == *flag => {
                    if let Some((next, colon)) = next.and_then(|next| Some((next, next.text.find(':')?))) {
                        take(next, colon + 1..next.text.len(), PASSWORD);
                    }
                }
                Habit::Behind { after, places } if word.text == *after => {
                    let target = words.get(index + places).filter(|target| {
                        let between = words.get(index + 1..index + places).unwrap_or_default();
                        !target.opens_string
                            && !is_option(target.text)
                            && !between.iter().any(|word| is_option(word.text) || word.opens_string)
                    });
                    if let Some(target) = target {
                        take(target, 0..target.text.len(), PASSWORD);
                    }
                }
                _ => {}
            }
        }
    }
    found
}

fn is_option(word: &str) -> bool {
    word.len() >= 2 && word.starts_with('-')
}

/// The range of `value` inside its word without a pair of quotes around it.
fn unquoted(value: &str, start: usize) -> Range<usize> {
    let inner = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    match inner {
        Some(inner) => start + 1..start + 1 + inner.len(),
        None => start..start + value.len(),
    }
}
