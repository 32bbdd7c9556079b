//! A `pg_hba.conf` with all that it reads: its records in the order the server tries them.
//!
//! `@file` and, from PostgreSQL 16 on, `include`, `include_if_exists` and `include_dir` bring text of other files. Every
//! token of a record knows the file it is written in.

use std::sync::Arc;

use stacklint_parsers::pg_hba::record::{At, Placed, Record};
use stacklint_parsers::pg_hba::shown::{Shown, shown};
use stacklint_parsers::pg_hba::{self, Entry, IncludeKind, RecordErrorKind, TokenView};
use stacklint_parsers::{Format, SyntaxErrorKind};

use super::files::{self, Files, Listing, NotOpened, Opened};
use crate::origin::{OriginId, Origins, Role, Span, Step};
use crate::source::{SourceFile, Sources};
use crate::text::Text;

/// So many tokens are read for one server, those of a file once for each time that it is spliced in.
const TOKEN_BUDGET: usize = 1_000_000;

/// Up to PostgreSQL 15 the server splices files into files until it has too many open at once.
const DEPTH_15: usize = 100;

/// From PostgreSQL 16 on (`CONF_FILE_MAX_DEPTH`).
const DEPTH: usize = 10;

/// The records of a server.
#[derive(Clone, Debug, Default)]
pub struct Hba {
    /// The records, in the order in which the server tries them. It loads them only if there is no problem that
    /// [`HbaProblem::is_refused`].
    pub records: Vec<HbaRecord>,
    /// What the server refuses, and what we could not read.
    pub problems: Vec<HbaProblem>,
    /// All files that were read, the file itself first.
    pub files: Vec<Arc<SourceFile>>,
}

/// One record, and where each part of it stands.
#[derive(Clone, Debug)]
pub struct HbaRecord {
    /// What it says.
    pub record: Record,
    /// Its fields and their tokens; those of `@file` in place of it. Nobody writes them back: `line` is for that.
    pub fields: Vec<Vec<HbaToken>>,
    /// From its first to its last character, with its comment; of a record that backslashes continue, all its lines.
    pub line: Option<Span>,
    /// Its comment, from the `#`.
    pub comment: Option<Span>,
    /// The number of the first of its lines, from 1.
    pub number: u32,
    /// The path of its file, as the server knows it.
    pub file: Arc<str>,
    /// How its file came to be read.
    pub origin: OriginId,
    /// Its rank among the records and the problems.
    pub order: u32,
}

/// A token of a record.
#[derive(Clone, Debug)]
pub struct HbaToken {
    /// Its text, without quotes, with its sources.
    pub text: Text,
    /// All of it as written, quotes and all.
    pub place: Option<Span>,
    /// Its first character is a quote, so that it is a name and never a keyword.
    pub quoted: bool,
}

/// What is wrong.
#[derive(Clone, Debug)]
pub struct HbaProblem {
    /// What kind of problem.
    pub kind: HbaProblemKind,
    /// What is wrong. No secret in it.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// The place to edit: the token at fault, or the line.
    pub place: Option<Span>,
    /// All of its line.
    pub line: Option<Span>,
    /// The number of the line, from 1; 0 for what is about no line.
    pub number: u32,
    /// The path of its file, as the server knows it.
    pub file: Arc<str>,
    /// The rank among the records and the problems.
    pub order: u32,
}

/// Kinds of [`HbaProblem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HbaProblemKind {
    /// The server refuses the line.
    Record(RecordErrorKind),
    /// A file that is read from here does not exist.
    Missing,
    /// A file or directory cannot be read.
    Unreadable,
    /// A file is read from itself, or too deep.
    Cycle,
    /// A directory is included as if it were a file: the server reads nothing from it, and says so nowhere.
    Directory,
    /// There is no record at all: the server does not start.
    NoRecords,
    /// A file lies outside the project and was not read. The server may read it.
    Outside,
    /// More than we read. The server may read it.
    OverLimit,
    /// A file that the server reads is in a volume or in the image: nobody knows what is in it.
    Hidden,
}

impl HbaProblem {
    /// Whether the server refuses the file, and all others with it.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        !self.is_unread() && self.kind != HbaProblemKind::Directory
    }

    /// Whether records may stand here that we do not know.
    #[must_use]
    pub fn is_unread(&self) -> bool {
        matches!(self.kind, HbaProblemKind::Outside | HbaProblemKind::OverLimit | HbaProblemKind::Hidden)
    }
}

impl HbaRecord {
    /// A token.
    #[must_use]
    pub fn token(&self, at: At) -> Option<&HbaToken> {
        self.fields.get(at.field)?.get(at.token)
    }

    /// The token that says a part of the record: a database, a user, the method, an option.
    #[must_use]
    pub fn part<T>(&self, part: &Placed<T>) -> Option<&HbaToken> {
        self.token(part.at)
    }

    /// The type: the first word.
    #[must_use]
    pub fn kind(&self) -> Option<&HbaToken> {
        self.token(At { field: 0, token: 0 })
    }

    /// The address; none for `local`.
    #[must_use]
    pub fn address(&self) -> Option<&HbaToken> {
        self.token(self.record.address.as_ref()?.at)
    }

    /// The mask, where it has a field of its own.
    #[must_use]
    pub fn mask(&self) -> Option<&HbaToken> {
        let at = self.record.address.as_ref()?.at;
        let separate = self.record.method.at.field == at.field + 2;
        self.token(At { field: at.field + 1, token: 0 }).filter(|_| separate)
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> Option<&HbaToken> {
        self.token(self.record.method.at)
    }

    /// The columns of the view `pg_hba_file_rules`.
    #[must_use]
    pub fn shown(&self) -> Shown {
        shown(&self.record, &views(&self.fields))
    }
}

/// Reads the file that the server knows as `path`, for a server of a major version.
pub fn load(sources: &Sources, files: &dyn Files, origins: &mut Origins, path: &str, major: u32) -> Hba {
    let mut loader = Loader {
        sources,
        files,
        origins,
        major,
        hba: Hba::default(),
        order: 0,
        tokens_left: TOKEN_BUDGET,
        spent: false,
    };
    let place = Chain { names: Vec::new(), origin: OriginId::WRITTEN };
    match loader.open(path) {
        Ok(opened) => {
            for line in loader.lines(&opened, &place) {
                loader.line(line);
            }
            if loader.hba.records.is_empty() && loader.hba.problems.is_empty() {
                loader.no_records(&opened);
            }
        }
        Err(reason) => {
            let fault = fault(&reason, path);
            let at = Whereabouts { line: None, number: 0, file: path.into() };
            loader.problem(fault, None, &at);
        }
    }
    loader.hba
}

/// How a file came to be read: the files that name it, outermost first.
#[derive(Clone)]
struct Chain {
    names: Vec<Arc<str>>,
    origin: OriginId,
}

struct Loader<'a> {
    sources: &'a Sources,
    files: &'a dyn Files,
    origins: &'a mut Origins,
    major: u32,
    hba: Hba,
    order: u32,
    tokens_left: usize,
    /// More was to be read than the budget allows.
    spent: bool,
}

/// A logical line with the tokens of `@file` in their places.
struct Line {
    fields: Result<Vec<Vec<HbaToken>>, (Fault, Option<Span>)>,
    comment: Option<Span>,
    at: Whereabouts,
    origin: OriginId,
}

#[derive(Clone)]
struct Whereabouts {
    line: Option<Span>,
    number: u32,
    file: Arc<str>,
}

struct Fault {
    kind: HbaProblemKind,
    message: String,
    help: String,
}

impl<'a> Loader<'a> {
    fn open(&mut self, name: &str) -> Result<Opened<'a>, NotOpened> {
        files::open(self.sources, self.files, name, Format::pg_hba(self.major), &mut self.hba.files)
    }

    /// The lines of a file, those of the files it includes in place of the directives.
    fn lines(&mut self, opened: &Opened<'a>, chain: &Chain) -> Vec<Line> {
        let mut lines = Vec::new();
        let Some(hba) = opened.parsed.as_pg_hba() else { return lines };
        let mut chain = chain.clone();
        chain.names.push(Arc::clone(&opened.name));
        for line in &hba.lines {
            let at =
                Whereabouts { line: opened.place(line.range), number: line.number, file: Arc::clone(&opened.name) };
            let fields = self.fields(opened, line, &chain);
            let comment = line.comment.and_then(|range| opened.place(range));
            let line = Line { fields, comment, at, origin: chain.origin };
            self.include(line, &chain, &mut lines);
            if self.spent {
                break;
            }
        }
        let at = |range| Whereabouts { line: opened.place(range), number: 0, file: Arc::clone(&opened.name) };
        for error in hba.document.errors().iter().filter(|error| error.kind == SyntaxErrorKind::OverLimit) {
            let fault = Fault { kind: HbaProblemKind::OverLimit, message: error.message.clone(), help: String::new() };
            let at = at(error.range);
            let place = at.line;
            lines.push(Line { fields: Err((fault, place)), comment: None, at, origin: chain.origin });
        }
        lines
    }

    fn fields(
        &mut self,
        opened: &Opened<'a>,
        line: &pg_hba::Line,
        chain: &Chain,
    ) -> Result<Vec<Vec<HbaToken>>, (Fault, Option<Span>)> {
        let Some(hba) = opened.parsed.as_pg_hba() else { return Ok(Vec::new()) };
        let mut fields = Vec::new();
        for field in &line.fields {
            let mut tokens = Vec::new();
            for token in &field.tokens {
                let place = opened.node(token.node);
                self.spend().map_err(|fault| (fault, place))?;
                let name = hba.text(token).strip_prefix('@').filter(|name| !token.quoted && !name.is_empty());
                match name {
                    Some(name) => self.splice(name, &mut tokens, chain, place).map_err(|fault| (fault, place))?,
                    None => {
                        let text = opened.text(token.node, chain.origin);
                        tokens.push(HbaToken { text, place, quoted: token.quoted });
                    }
                }
            }
            // A file without any token leaves no field.
            if !tokens.is_empty() {
                fields.push(tokens);
            }
        }
        Ok(fields)
    }

    fn spend(&mut self) -> Result<(), Fault> {
        if let Some(left) = self.tokens_left.checked_sub(1) {
            self.tokens_left = left;
            return Ok(());
        }
        self.spent = true;
        Err(Fault {
            kind: HbaProblemKind::OverLimit,
            message: format!("more than {TOKEN_BUDGET} words are read from here, and what follows was not"),
            help: "is a file read again and again?".to_owned(),
        })
    }

    /// Appends all tokens of the file that `@name` stands for.
    fn splice(
        &mut self,
        name: &str,
        tokens: &mut Vec<HbaToken>,
        chain: &Chain,
        place: Option<Span>,
    ) -> Result<(), Fault> {
        let (opened, chain) = match self.enter(name, chain, place) {
            // A directory is opened like a file, and there is nothing in it.
            Err(fault) if fault.kind == HbaProblemKind::Directory && self.major >= 14 => return Ok(()),
            Err(fault) if fault.kind == HbaProblemKind::Directory => {
                return Err(Fault { kind: HbaProblemKind::Unreadable, ..fault });
            }
            entered => entered?,
        };
        for line in self.lines(&opened, &chain) {
            match line.fields {
                Ok(fields) => tokens.extend(fields.into_iter().flatten()),
                Err((fault, _)) => return Err(fault),
            }
        }
        Ok(())
    }

    /// Opens a file that another names at `place`.
    fn enter(&mut self, name: &str, chain: &Chain, place: Option<Span>) -> Result<(Opened<'a>, Chain), Fault> {
        let from = chain.names.last().map_or("", |name| &**name);
        self.enter_path(&files::relative_to(from, name), chain, place)
    }

    fn enter_path(&mut self, path: &str, chain: &Chain, place: Option<Span>) -> Result<(Opened<'a>, Chain), Fault> {
        let depth = if self.major < 16 { DEPTH_15 } else { DEPTH };
        if chain.names.iter().any(|known| **known == *path) {
            return Err(Fault {
                kind: HbaProblemKind::Cycle,
                message: "the file is read from itself, and the server gives up".to_owned(),
                help: "remove the line or the word that names it".to_owned(),
            });
        }
        if chain.names.len() > depth {
            return Err(Fault {
                kind: HbaProblemKind::Cycle,
                message: format!("files are read from files more than {depth} deep, and the server gives up"),
                help: "move what they hold up".to_owned(),
            });
        }
        // Files without any word cost something, too.
        self.spend()?;
        let opened = self.open(path).map_err(|reason| fault(&reason, path))?;
        let step = Step { role: Role::IncludedBy, place, lost: None };
        let origin = self.origins.push(chain.origin, step);
        Ok((opened, Chain { names: chain.names.clone(), origin }))
    }

    /// Replaces a directive by the lines of its files.
    fn include(&mut self, mut line: Line, chain: &Chain, lines: &mut Vec<Line>) {
        let include = match line.fields.as_ref().map(|fields| pg_hba::interpret(&views(fields), self.major)) {
            Ok(Ok(Entry::Include(include))) => include,
            _ => return lines.push(line),
        };
        let place = line.fields.as_ref().ok().and_then(|fields| fields.get(1)?.first()?.place);
        let name = &*include.path.value;
        let failed = match include.kind {
            IncludeKind::IncludeDir => self.include_directory(name, chain, place, lines),
            kind => match self.enter(name, chain, place) {
                Ok((opened, chain)) => {
                    lines.extend(self.lines(&opened, &chain));
                    Ok(())
                }
                Err(fault) if kind == IncludeKind::IncludeIfExists && fault.kind == HbaProblemKind::Missing => Ok(()),
                Err(fault) => Err(fault),
            },
        };
        if let Err(fault) = failed {
            line.fields = Err((fault, place));
            lines.push(line);
        }
    }

    fn include_directory(
        &mut self,
        name: &str,
        chain: &Chain,
        place: Option<Span>,
        lines: &mut Vec<Line>,
    ) -> Result<(), Fault> {
        let from = chain.names.last().map_or("", |name| &**name);
        let directory = files::relative_to(from, name);
        let names = match self.files.list(&directory) {
            Listing::Names(names) => names,
            Listing::Hidden => return Err(fault(&NotOpened::Hidden, &directory)),
            Listing::Absent => return Err(fault(&NotOpened::Absent, &directory)),
            Listing::Outside => return Err(fault(&NotOpened::Outside, &directory)),
            Listing::Refused(reason) => return Err(fault(&NotOpened::Refused(reason), &directory)),
        };
        let mut failed = Ok(());
        for path in files::included(&directory, names) {
            match self.enter_path(&path, chain, place) {
                Ok((opened, chain)) => lines.extend(self.lines(&opened, &chain)),
                Err(fault) => failed = failed.and(Err(fault)),
            }
        }
        failed
    }

    fn line(&mut self, line: Line) {
        let fields = match line.fields {
            Ok(fields) if fields.is_empty() => return,
            Ok(fields) => fields,
            Err((fault, place)) => {
                self.problem(fault, place, &line.at);
                return;
            }
        };
        match pg_hba::interpret(&views(&fields), self.major) {
            Ok(Entry::Record(record)) => {
                let Whereabouts { line: place, number, file } = line.at;
                let order = self.rank();
                let (comment, origin) = (line.comment, line.origin);
                let record = HbaRecord { record, fields, line: place, comment, number, file, origin, order };
                self.hba.records.push(record);
            }
            // Directives are gone by now.
            Ok(Entry::Include(_)) => {}
            Err(error) => {
                let token = error.at.and_then(|at| fields.get(at.field)?.get(at.token));
                let place = token.and_then(|token| token.place).or(line.at.line);
                let fault =
                    Fault { kind: HbaProblemKind::Record(error.kind), message: error.message, help: error.help };
                self.problem(fault, place, &line.at);
            }
        }
    }

    fn problem(&mut self, fault: Fault, place: Option<Span>, at: &Whereabouts) {
        let order = self.rank();
        let Whereabouts { line, number, file } = at.clone();
        let Fault { kind, message, help } = fault;
        self.hba.problems.push(HbaProblem { kind, message, help, place, line, number, file, order });
    }

    fn no_records(&mut self, opened: &Opened<'_>) {
        let fault = Fault {
            kind: HbaProblemKind::NoRecords,
            message: "there is no record in this file, and the server does not start without one".to_owned(),
            help: "add a record, such as `hostssl all all 10.0.0.0/8 scram-sha-256`".to_owned(),
        };
        let at = Whereabouts { line: None, number: 0, file: Arc::clone(&opened.name) };
        let place = opened.place(stacklint_parsers::TextRange::default());
        self.problem(fault, place, &at);
    }

    fn rank(&mut self) -> u32 {
        self.order = self.order.saturating_add(1);
        self.order
    }
}

fn views(fields: &[Vec<HbaToken>]) -> Vec<Vec<TokenView<'_>>> {
    let mut views = Vec::with_capacity(fields.len());
    for field in fields {
        views.push(field.iter().map(|token| TokenView { text: token.text.as_str(), quoted: token.quoted }).collect());
    }
    views
}

/// Why the file at `path` was not opened.
fn fault(reason: &NotOpened, path: &str) -> Fault {
    let (kind, message, help) = match reason {
        NotOpened::Absent => (
            HbaProblemKind::Missing,
            format!("`{path}` does not exist, and the server refuses all records because of it"),
            "create the file, or correct its path: it is relative to the file that names it",
        ),
        NotOpened::Hidden => (
            HbaProblemKind::Hidden,
            format!("`{path}` cannot be read here, so that records may follow from it that nobody knows"),
            "mount the file from the project to have it judged",
        ),
        NotOpened::Outside => (
            HbaProblemKind::Outside,
            format!("`{path}` lies outside the project and was not read"),
            "move the file into the project, or allow it with `--allow-outside` if you trust what is read",
        ),
        NotOpened::TooLarge(why) => {
            (HbaProblemKind::OverLimit, format!("`{path}` is {why} and was not read"), "split the file")
        }
        NotOpened::Directory => (
            HbaProblemKind::Directory,
            format!("`{path}` is a directory, and nothing is read from it"),
            "name a file, or write `include_dir`",
        ),
        NotOpened::Refused(why) => {
            (HbaProblemKind::Unreadable, format!("cannot read `{path}`: {why}"), "name a file that can be read")
        }
    };
    Fault { kind, message, help: help.to_owned() }
}
