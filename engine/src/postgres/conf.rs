//! A `postgresql.conf` with all that it includes: which parameter it gives which value.

use std::sync::Arc;

use stacklint_parsers::postgresql_conf::{self, EntryKind};
use stacklint_parsers::{Format, SyntaxErrorKind};

use super::files::{self, Files, Listing, NotOpened, Opened};
use super::parameters::Parameters;
use super::refusal::refusal;
pub use super::refusal::{AssignmentError, AssignmentErrorKind, error};
use crate::map::HashMap;
use crate::origin::{OriginId, Origins, Role, Span, Step};
use crate::source::{SourceFile, Sources};
use crate::text::Text;

/// So many assignments and files are read for one server, those of a file once for each time that it is included.
const BUDGET: usize = 100_000;

/// So deep the server includes files (`CONF_FILE_MAX_DEPTH`).
const DEPTH: usize = 10;

/// What the files say.
#[derive(Clone, Debug, Default)]
pub struct Conf {
    /// The assignments, in the order in which the server reads them: the last one of a name wins.
    pub assignments: Vec<Assignment>,
    /// What the server refuses beside the assignments with an error, and what we could not read.
    pub problems: Vec<ConfProblem>,
    /// All files that were read, the file itself first.
    pub files: Vec<Arc<SourceFile>>,
}

/// One `name = value`.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The name as written.
    pub name: Box<str>,
    /// Where the name stands.
    pub key: Option<Span>,
    /// The value without its quotes, with its sources.
    pub value: Text,
    /// All of the value as written, quotes and all.
    pub value_place: Option<Span>,
    /// The value stands in single quotes.
    pub quoted: bool,
    /// The number of its line, from 1.
    pub line: u32,
    /// The path of its file, as the server knows it.
    pub file: Arc<str>,
    /// How its file came to be read.
    pub origin: OriginId,
    /// Why the server refuses it.
    pub error: Option<AssignmentError>,
    /// Whether it takes effect in a server that reads the files, as `pg_file_settings` says: false if it is refused, if a
    /// later one with the same spelling replaces it, and for all where one of the names or lines cannot be read.
    pub applied: bool,
    /// Its rank among the assignments and the problems.
    pub order: u32,
}

/// What is wrong beside the assignments.
#[derive(Clone, Debug)]
pub struct ConfProblem {
    /// What kind of problem.
    pub kind: ConfProblemKind,
    /// What is wrong.
    pub message: String,
    /// What to do about it; empty where the message says it.
    pub help: String,
    /// The place to edit.
    pub place: Option<Span>,
    /// The number of the line, from 1; 0 for what is about no line.
    pub line: u32,
    /// The path of its file, as the server knows it.
    pub file: Arc<str>,
    /// The rank among the assignments and the problems.
    pub order: u32,
}

/// Kinds of [`ConfProblem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConfProblemKind {
    /// A line breaks the grammar.
    Syntax,
    /// A file or directory that is included does not exist.
    Missing,
    /// A file or directory cannot be read.
    Unreadable,
    /// A file includes itself, or files include each other too deep.
    Cycle,
    /// A file lies outside the project and was not read. The server may read it.
    Outside,
    /// More than we read. The server may read it.
    OverLimit,
    /// A file that the server reads is in a volume or in the image: nobody knows what is in it.
    Hidden,
    /// A line has bytes that are not UTF-8. The server reads it.
    NotText,
}

impl ConfProblem {
    /// Whether the server refuses the files.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        !self.is_unread()
    }

    /// Whether assignments may stand here that we do not know.
    #[must_use]
    pub fn is_unread(&self) -> bool {
        {
            use ConfProblemKind::{Hidden, NotText, Outside, OverLimit};
            matches!(self.kind, Outside | OverLimit | Hidden | NotText)
        }
    }
}

impl Conf {
    /// The assignments of a parameter, in any spelling, in the order in which the server reads them.
    pub fn all(&self, name: &str) -> impl DoubleEndedIterator<Item = &Assignment> {
        self.assignments.iter().filter(move |assignment| assignment.name.eq_ignore_ascii_case(name))
    }

    /// The assignment of a parameter that wins: the last one.
    #[must_use]
    pub fn last(&self, name: &str) -> Option<&Assignment> {
        self.all(name).next_back()
    }

    /// Whether the server refuses what is written here.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.problems.iter().any(ConfProblem::is_refused)
            || self.assignments.iter().any(|assignment| assignment.error.is_some())
    }
}

/// Reads the file that the server knows as `path`, for a server of a major version.
pub fn load(sources: &Sources, files: &dyn Files, origins: &mut Origins, path: &str, major: u32) -> Conf {
    let mut loader =
        Loader { sources, files, origins, conf: Conf::default(), order: 0, left: BUDGET, spent: false, refused: 0 };
    match loader.open(path) {
        Ok(opened) => {
            loader.file(&opened, &[], OriginId::WRITTEN);
        }
        Err(reason) => {
            let fault = fault(&reason, path);
            loader.problem(fault, None, 0, &path.into());
        }
    }
    let mut conf = loader.conf;
    judge(&mut conf, major);
    conf
}

struct Loader<'a> {
    sources: &'a Sources,
    files: &'a dyn Files,
    origins: &'a mut Origins,
    conf: Conf,
    order: u32,
    left: usize,
    /// More was to be read than the budget allows.
    spent: bool,
    /// How many of the problems the server refuses.
    refused: usize,
}

struct Fault {
    kind: ConfProblemKind,
    message: String,
    help: String,
}

/// A file as a link of a chain of includes: the files that lead to it, outermost first, and its way.
struct Including<'c> {
    names: &'c [Arc<str>],
    origin: OriginId,
}

impl<'a> Loader<'a> {
    fn open(&mut self, name: &str) -> Result<Opened<'a>, NotOpened> {
        files::open(self.sources, self.files, name, Format::PostgresqlConf, &mut self.conf.files)
    }

    /// Reads a file; whether the server could read all of it.
    fn file(&mut self, opened: &Opened<'a>, above: &[Arc<str>], origin: OriginId) -> bool {
        let Some(conf) = opened.parsed.as_postgresql_conf() else { return true };
        let before = self.refused;
        let mut names = above.to_vec();
        names.push(Arc::clone(&opened.name));
        let including = Including { names: &names, origin };
        let mut errors = conf.document.errors().iter().peekable();
        let text = conf.document.text();
        let mut lines = LineCounter { text, at: 0, line: 1 };
        for entry in &conf.entries {
            let start = conf.document.node(entry.key).range.start;
            while let Some(error) = errors.next_if(|error| error.range.start < start) {
                self.syntax(opened, error, &mut lines);
            }
            if self.spent {
                break;
            }
            if entry.kind == EntryKind::Parameter {
                self.assignment(opened, conf, entry, origin);
            } else {
                self.include(opened, conf, entry, &including);
            }
        }
        for error in errors {
            self.syntax(opened, error, &mut lines);
        }
        self.refused == before
    }

    fn syntax(&mut self, opened: &Opened<'_>, error: &stacklint_parsers::SyntaxError, lines: &mut LineCounter<'_>) {
        let line = lines.line_of(error.range.to_usize().start);
        let fault = match error.kind {
            // Bytes beyond ASCII are letters to the server, whatever their encoding; we do not see which they are.
            SyntaxErrorKind::Malformed if opened.is_no_text(error.skipped.unwrap_or(error.range)) => Fault {
                kind: ConfProblemKind::NotText,
                message: "bytes that are not UTF-8 stand outside of quotes here, and the line was not read".to_owned(),
                help: "save the file as UTF-8".to_owned(),
            },
            SyntaxErrorKind::Malformed => {
                Fault { kind: ConfProblemKind::Syntax, message: error.message.clone(), help: String::new() }
            }
            SyntaxErrorKind::OverLimit => {
                Fault { kind: ConfProblemKind::OverLimit, message: error.message.clone(), help: String::new() }
            }
        };
        self.problem(fault, opened.place(error.range), line, &opened.name);
    }

    fn spend(&mut self) -> Result<(), Fault> {
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            return Ok(());
        }
        self.spent = true;
        Err(Fault {
            kind: ConfProblemKind::OverLimit,
            message: format!("more than {BUDGET} parameters and files are read, and what follows was not"),
            help: "is a file included again and again?".to_owned(),
        })
    }

    fn assignment(
        &mut self,
        opened: &Opened<'_>,
        conf: &postgresql_conf::PostgresqlConf,
        entry: &postgresql_conf::Entry,
        origin: OriginId,
    ) {
        if let Err(fault) = self.spend() {
            let place = opened.place(conf.document.node(entry.key).range);
            self.problem(fault, place, entry.line, &opened.name);
            return;
        }
        let order = self.rank();
        self.conf.assignments.push(Assignment {
            name: entry.name.clone(),
            key: opened.node(entry.key),
            value: opened.text(entry.value, origin),
            value_place: opened.node(entry.value),
            quoted: entry.quoted,
            line: entry.line,
            file: Arc::clone(&opened.name),
            origin,
            error: None,
            applied: false,
            order,
        });
    }

    fn include(
        &mut self,
        opened: &Opened<'a>,
        conf: &postgresql_conf::PostgresqlConf,
        entry: &postgresql_conf::Entry,
        including: &Including<'_>,
    ) {
        let place = opened.node(entry.value);
        let name = conf.value(entry);
        let done = if name.trim_matches([' ', '\t', '\r', '\n']).is_empty() {
            Err(Fault {
                kind: ConfProblemKind::Missing,
                message: "the name of what to include is empty".to_owned(),
                help: "name a file, or remove the line".to_owned(),
            })
        } else if entry.kind == EntryKind::IncludeDir {
            self.directory(&files::relative_to(&opened.name, name), place, including)
        } else {
            let done = self.enter(&files::relative_to(&opened.name, name), place, including).map(|_| ());
            let optional = entry.kind == EntryKind::IncludeIfExists;
            done.or_else(|fault| if optional && fault.kind == ConfProblemKind::Missing { Ok(()) } else { Err(fault) })
        };
        if let Err(fault) = done {
            self.problem(fault, place, entry.line, &opened.name);
        }
    }

    /// Reads the file at `path`, which is named at `place`; whether the server could read all of it.
    fn enter(&mut self, path: &str, place: Option<Span>, including: &Including<'_>) -> Result<bool, Fault> {
        if including.names.iter().any(|name| **name == *path) {
            return Err(Fault {
                kind: ConfProblemKind::Cycle,
                message: "the file includes itself, and the server refuses it".to_owned(),
                help: "remove the line".to_owned(),
            });
        }
        if including.names.len() > DEPTH {
            return Err(Fault {
                kind: ConfProblemKind::Cycle,
                message: format!("files are included more than {DEPTH} deep, and the server refuses that"),
                help: "move what they hold up".to_owned(),
            });
        }
        // Files without any parameter cost something, too.
        self.spend()?;
        let opened = self.open(path).map_err(|reason| fault(&reason, path))?;
        let step = Step { role: Role::IncludedBy, place, lost: None };
        let origin = self.origins.push(including.origin, step);
        Ok(self.file(&opened, including.names, origin))
    }

    fn directory(&mut self, path: &str, place: Option<Span>, including: &Including<'_>) -> Result<(), Fault> {
        let names = match self.files.list(path) {
            Listing::Names(names) => names,
            Listing::Hidden => return Err(fault(&NotOpened::Hidden, path)),
            Listing::Absent => return Err(fault(&NotOpened::Absent, path)),
            Listing::Outside => return Err(fault(&NotOpened::Outside, path)),
            Listing::Refused(reason) => return Err(fault(&NotOpened::Refused(reason), path)),
        };
        for name in files::included(path, names) {
            if self.spent {
                break;
            }
            // The server leaves out the rest of a directory behind a file that it cannot read.
            if !self.enter(&name, place, including)? {
                break;
            }
        }
        Ok(())
    }

    fn problem(&mut self, fault: Fault, place: Option<Span>, line: u32, file: &Arc<str>) {
        let order = self.rank();
        let Fault { kind, message, help } = fault;
        let problem = ConfProblem { kind, message, help, place, line, file: Arc::clone(file), order };
        self.refused += usize::from(problem.is_refused());
        self.conf.problems.push(problem);
    }

    fn rank(&mut self) -> u32 {
        self.order = self.order.saturating_add(1);
        self.order
    }
}

/// Numbers of lines, for places in the order of the text.
struct LineCounter<'t> {
    text: &'t str,
    at: usize,
    line: u32,
}

impl LineCounter<'_> {
    fn line_of(&mut self, at: usize) -> u32 {
        let passed = self.text.as_bytes().get(self.at..at).unwrap_or_default();
        let breaks = passed.iter().filter(|byte| **byte == b'\n').count();
        self.line = self.line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
        self.at = self.at.max(at);
        self.line
    }
}

/// Why the file or directory at `path` was not read.
fn fault(reason: &NotOpened, path: &str) -> Fault {
    let (kind, message, help) = match reason {
        NotOpened::Absent => (
            ConfProblemKind::Missing,
            format!("`{path}` does not exist, and the server does not start without it"),
            "create it, correct its path, which is relative to the file that names it, or write `include_if_exists`",
        ),
        NotOpened::Hidden => (
            ConfProblemKind::Hidden,
            format!("`{path}` cannot be read here, so that it may set parameters that nobody knows"),
            "mount the file from the project to have it judged",
        ),
        NotOpened::Outside => (
            ConfProblemKind::Outside,
            format!("`{path}` lies outside the project and was not read"),
            "move the file into the project, or allow it with `--allow-outside` if you trust what is read",
        ),
        NotOpened::TooLarge(why) => {
            (ConfProblemKind::OverLimit, format!("`{path}` is {why} and was not read"), "split the file")
        }
        NotOpened::Directory => {
            (ConfProblemKind::Unreadable, format!("`{path}` is a directory"), "name a file, or write `include_dir`")
        }
        NotOpened::Refused(why) => {
            (ConfProblemKind::Unreadable, format!("cannot read `{path}`: {why}"), "name a file that can be read")
        }
    };
    Fault { kind, message, help: help.to_owned() }
}

/// For so many unknown names a name is looked for that may have been meant: it takes as long as all else of a file.
const GUESSES: usize = 100;

/// Says of every assignment whether the server takes it (`ProcessConfigFileInternal` of src/backend/utils/misc/guc.c).
fn judge(conf: &mut Conf, major: u32) {
    // Of two with one spelling only the later is looked at, of two spellings of one parameter both are.
    let mut last: HashMap<&str, u32> = HashMap::default();
    for assignment in &conf.assignments {
        last.insert(&assignment.name, assignment.order);
    }
    let superseded: Vec<bool> = conf
        .assignments
        .iter()
        .map(|assignment| {
            let known = Parameters::find(&assignment.name, major).is_some();
            known && last.get(&*assignment.name).is_some_and(|order| *order != assignment.order)
        })
        .collect();
    let mut guesses = GUESSES;
    for (assignment, superseded) in conf.assignments.iter_mut().zip(&superseded) {
        let refused = |guess| refusal(&assignment.name, assignment.value.as_str(), major, guess);
        assignment.error = if *superseded { None } else { refused(guesses > 0) };
        let unknown = |error: &AssignmentError| error.kind == AssignmentErrorKind::UnknownName;
        guesses = guesses.saturating_sub(usize::from(assignment.error.as_ref().is_some_and(unknown)));
    }
    let of_name = |error: &AssignmentError| error.kind.is_of_name();
    let refused = conf.problems.iter().any(ConfProblem::is_refused)
        || conf.assignments.iter().any(|assignment| assignment.error.as_ref().is_some_and(of_name));
    for (assignment, superseded) in conf.assignments.iter_mut().zip(superseded) {
        assignment.applied = !refused && !superseded && assignment.error.is_none();
    }
}
