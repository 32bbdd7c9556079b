//! The command line of a service, read as `postgres` reads it.
//!
//! Options as PostgreSQL 12 to 18 take them (`src/backend/postmaster/postmaster.c`, `PostmasterMain`): short flags
//! through getopt, `-c name=value` and `--name=value` with `-` in the name read as `_`. The official image's entry point
//! puts `postgres` before a first word that begins with `-` (docker-library/postgres, `docker-entrypoint.sh`).

use crate::origin::{Origins, Role, Span, Step};
use crate::postgres::shell;
use crate::stack::Service;
use crate::stack::value::Value;
use crate::text::Text;

/// What a service starts.
#[derive(Clone, Debug, Default)]
pub struct CommandLine {
    /// How sure it is that it starts a server with these arguments.
    pub start: Start,
    /// The arguments, in the order they are given.
    pub arguments: Vec<Argument>,
}

/// What is known of the start of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// The service says nothing: the image starts what it starts by itself.
    #[default]
    Image,
    /// `postgres` with these arguments.
    Direct,
    /// `postgres` with these arguments, at the end of a script or a program that may do more.
    Wrapped,
    /// Something of which nobody can see here what it starts.
    Opaque,
    /// Another program.
    Other,
}

/// An argument of `postgres`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// It sets a parameter. The name is as the server looks it up: `-` read as `_`, letter case as written.
    Setting {
        /// The parameter.
        name: Box<str>,
        /// Its value.
        value: Text,
    },
    /// `-D DIRECTORY`.
    DataDirectory(Text),
    /// The server refuses to start because of it.
    Malformed(Text, Malformed),
}

/// Why an argument is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// `-c ssl`: no `=` and no value.
    NoValue,
    /// `-c 'ssl = off'`: no parameter has such a name.
    NoName,
    /// A flag without the argument it takes.
    NoArgument,
    /// A flag that `postgres` does not know.
    UnknownFlag,
    /// A word that belongs to no flag.
    Stray,
}

impl CommandLine {
    /// What a service starts. `entry_point` says that the image brings the official entry point.
    #[must_use]
    pub fn of(service: &Service<'_>, entry_point: bool, origins: &mut Origins) -> Self {
        let mut words = |key: &str| -> Vec<Text> {
            let Some(value) = service.value().get(key) else { return Vec::new() };
            let mut words: Vec<Text> = value.items().iter().filter_map(Value::as_text).cloned().collect();
            // Where a way forks it is the whole command that a reader looks for, not its single word.
            words.iter_mut().for_each(|word| travel(word, value.place, origins));
            words
        };
        let replaced = service.value().get("entrypoint").is_some_and(|value| !value.is_null());
        let mut argv = words("entrypoint");
        argv.extend(words("command"));
        if argv.is_empty() {
            return Self::default();
        }
        Self::read(&argv, entry_point && !replaced)
    }

    /// Reads words; with `entry_point` as what the official entry point gets.
    #[must_use]
    pub fn read(argv: &[Text], entry_point: bool) -> Self {
        let Some((start, words)) = server(argv, entry_point, 0) else {
            let program = argv.first().map(|word| base_name(word.as_str())).unwrap_or_default();
            let start = if CLIENTS.contains(&program) { Start::Other } else { Start::Opaque };
            return Self { start, arguments: Vec::new() };
        };
        if words.first().is_some_and(|first| OTHER_MODES.contains(&first.as_str())) {
            return Self { start: Start::Other, arguments: Vec::new() };
        }
        let mut arguments = Vec::new();
        Getopt { words: &words, next: 0 }.read(&mut arguments);
        Self { start, arguments }
    }

    /// Whether nothing but these arguments decides how the server runs.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        matches!(self.start, Start::Image | Start::Direct)
    }

    /// The values given for a parameter, in order: the last one wins.
    pub fn values<'a>(&'a self, parameter: &'a str) -> impl DoubleEndedIterator<Item = &'a Text> {
        self.arguments.iter().filter_map(move |argument| match argument {
            Argument::Setting { name, value } if name.eq_ignore_ascii_case(parameter) => Some(value),
            _ => None,
        })
    }

    /// The last `-D`.
    #[must_use]
    pub fn data_directory(&self) -> Option<&Text> {
        self.arguments.iter().rev().find_map(|argument| match argument {
            Argument::DataDirectory(directory) => Some(directory),
            _ => None,
        })
    }
}

fn travel(word: &mut Text, place: Option<Span>, origins: &mut Origins) {
    word.travel(|origin| origins.push(origin, Step { role: Role::CommandLine, place, lost: None }));
}

/// Programs of the image, and idle ones, that start no server.
const CLIENTS: [&str; 20] = [
    "psql",
    "pg_dump",
    "pg_dumpall",
    "pg_restore",
    "pg_basebackup",
    "pg_isready",
    "pg_receivewal",
    "pg_recvlogical",
    "pg_amcheck",
    "pgbench",
    "createdb",
    "createuser",
    "dropdb",
    "vacuumdb",
    "reindexdb",
    "clusterdb",
    "sleep",
    "tail",
    "true",
    "echo",
];

/// First arguments with which `postgres` is no server (`src/backend/main/main.c`).
const OTHER_MODES: [&str; 9] =
    ["--help", "-?", "--version", "-V", "--single", "--boot", "--check", "--describe-config", "-C"];

const SHELLS: [&str; 5] = ["sh", "bash", "dash", "ash", "zsh"];

/// Without one of these words in it no script starts a server.
const SERVERS: [&str; 3] = ["postgres", "postmaster", "docker-entrypoint.sh"];

/// So deep a shell in a shell is looked into.
const NESTING_LIMIT: usize = 4;

/// The arguments that `postgres` gets in the end.
fn server(argv: &[Text], entry_point: bool, depth: usize) -> Option<(Start, Vec<Text>)> {
    let mut at = 0;
    let mut start = Start::Direct;
    let mut entered = entry_point;
    while let Some(word) = argv.get(at) {
        let word = word.as_str();
        at += 1;
        match base_name(word) {
            "postgres" | "postmaster" => return Some((start, argv.get(at..)?.to_vec())),
            _ if entered && word.starts_with('-') => return Some((start, argv.get(at - 1..)?.to_vec())),
            "docker-entrypoint.sh" | "immich-docker-entrypoint.sh" => entered = true,
            "exec" | "nohup" | "command" => {}
            "gosu" | "su-exec" => at += 1,
            "tini" | "dumb-init" | "docker-init" | "env" => {
                let skipped = |word: &Text| word.as_str().starts_with('-') || is_assignment(word.as_str());
                at += argv.get(at..)?.iter().take_while(|word| skipped(word)).count();
            }
            shell if SHELLS.contains(&shell) && depth < NESTING_LIMIT => {
                let flags = argv.get(at..)?;
                let script = flags.iter().position(|flag| is_script_flag(flag.as_str()))?;
                let options = flags.get(..script)?.iter().all(|flag| flag.as_str().starts_with('-'));
                let script = flags.get(script + 1).filter(|_| options)?;
                // Most scripts have nothing to do with a server, and need not be read.
                if !SERVERS.iter().any(|server| script.as_str().contains(server)) {
                    return None;
                }
                // Of several the last one is the one that stays.
                let mut found = shell::commands(script).into_iter().rev();
                let (_, arguments) = found.find_map(|command| server(&command, false, depth + 1))?;
                return Some((Start::Wrapped, arguments));
            }
            _ if depth > 0 && is_assignment(word) => {}
            // A script of its own that hands the rest on, as entry points do.
            program if is_script(program) => {
                entered = false;
                start = Start::Wrapped;
            }
            _ => return None,
        }
    }
    None
}

fn base_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// `-c`, also among others: `-ec`, `-lc`.
fn is_script_flag(flag: &str) -> bool {
    flag.strip_prefix('-').is_some_and(|letters| letters.ends_with('c') && !letters.starts_with('-'))
}

fn is_script(program: &str) -> bool {
    program.ends_with(".sh") || program.contains("entrypoint")
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// The words of a command line, taken one after the other as getopt does.
struct Getopt<'a> {
    words: &'a [Text],
    next: usize,
}

impl Getopt<'_> {
    fn take(&mut self) -> Option<&Text> {
        let word = self.words.get(self.next)?;
        self.next += 1;
        Some(word)
    }

    fn read(&mut self, arguments: &mut Vec<Argument>) {
        let mut only_strays = false;
        while let Some(word) = self.take().cloned() {
            let text = word.as_str();
            if text == "--" && !only_strays {
                only_strays = true;
            } else if only_strays || !text.starts_with('-') || text == "-" {
                arguments.push(Argument::Malformed(word, Malformed::Stray));
            } else {
                self.flags(&word, arguments);
            }
        }
    }

    /// A word of flags: several without an argument, the last one perhaps with one, in this word or the next.
    fn flags(&mut self, word: &Text, arguments: &mut Vec<Argument>) {
        let text = word.as_str();
        for (at, flag) in text.char_indices().skip(1) {
            let rest = at + flag.len_utf8()..text.len();
            let setting = |name: &str, value: Text| Argument::Setting { name: name.into(), value };
            let switch = |name: &str, value: &str| {
                let place = word.source_of(at..rest.start);
                let origin = place.map_or(crate::origin::OriginId::WRITTEN, |(_, origin)| origin);
                setting(name, Text::derived(value, place.map(|(place, _)| place), origin))
            };
            let simple: &[(&str, &str)] = match flag {
                'E' => &[("log_statement", "all")],
                'e' => &[("datestyle", "euro")],
                'F' => &[("fsync", "off")],
                'i' => &[("listen_addresses", "*")],
                'l' => &[("ssl", "on")],
                'O' => &[("allow_system_table_mods", "on")],
                'P' => &[("ignore_system_indexes", "on")],
                's' => &[("log_statement_stats", "on")],
                'b' | 'j' | 'n' | 'T' => &[],
                'c' | '-' | 'B' | 'C' | 'D' | 'd' | 'f' | 'h' | 'k' | 'N' | 'p' | 'r' | 'S' | 't' | 'W' => {
                    let argument = if rest.is_empty() { self.take().cloned() } else { Some(word.slice(rest)) };
                    match argument {
                        Some(argument) => with_argument(flag, argument, arguments),
                        None => arguments.push(Argument::Malformed(word.clone(), Malformed::NoArgument)),
                    }
                    return;
                }
                _ => {
                    arguments.push(Argument::Malformed(word.clone(), Malformed::UnknownFlag));
                    return;
                }
            };
            arguments.extend(simple.iter().map(|(name, value)| switch(name, value)));
        }
    }
}

fn with_argument(flag: char, argument: Text, arguments: &mut Vec<Argument>) {
    let name = match flag {
        'c' | '-' => return arguments.push(named(argument)),
        'D' => return arguments.push(Argument::DataDirectory(argument)),
        'd' => return debug(&argument, arguments),
        'B' => "shared_buffers",
        'h' => "listen_addresses",
        'k' => "unix_socket_directories",
        'N' => "max_connections",
        'p' => "port",
        'S' => "work_mem",
        'W' => "post_auth_delay",
        // They switch off plans, name an output file, choose statistics: no parameter of interest.
        _ => return,
    };
    arguments.push(Argument::Setting { name: name.into(), value: argument });
}

/// `name=value` (`ParseLongOption` in guc.c).
fn named(argument: Text) -> Argument {
    let text = argument.as_str();
    let Some((name, _)) = text.split_once('=') else {
        return Argument::Malformed(argument, Malformed::NoValue);
    };
    let is_name = |part: &str| {
        let mut bytes = part.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_' || first >= 0x80)
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80)
    };
    let name = name.replace('-', "_");
    if !name.split('.').all(is_name) {
        return Argument::Malformed(argument, Malformed::NoName);
    }
    let value = argument.slice(name.len() + 1..text.len());
    Argument::Setting { name: name.into(), value }
}

/// `-d LEVEL` (`set_debug_options` in postgres.c).
fn debug(level: &Text, arguments: &mut Vec<Argument>) {
    let number: u8 = level.as_str().trim().parse().unwrap_or(0);
    let place = level.source();
    let mut push = |name: &str, value: &str| {
        let origin = place.map_or(crate::origin::OriginId::WRITTEN, |(_, origin)| origin);
        let value = Text::derived(value, place.map(|(place, _)| place), origin);
        arguments.push(Argument::Setting { name: name.into(), value });
    };
    match number {
        0 => push("log_min_messages", "notice"),
        number => push("log_min_messages", &format!("debug{}", number.min(5))),
    }
    let more = [
        (1, "log_connections", "on"),
        (1, "log_disconnections", "on"),
        (2, "log_statement", "all"),
        (3, "debug_print_parse", "on"),
        (4, "debug_print_plan", "on"),
        (5, "debug_print_rewritten", "on"),
    ];
    for (from, name, value) in more {
        if number >= from {
            push(name, value);
        }
    }
}

#[cfg(test)]
mod tests;
