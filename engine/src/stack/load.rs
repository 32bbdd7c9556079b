//! One project loaded as Docker Compose loads it: file by file, document by document, layer over layer.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use stacklint_parsers::dotenv::Entry;
use stacklint_parsers::{Document, Format, NodeKind, SyntaxErrorKind, TextRange};

use crate::edits::without_lines;
use crate::map::HashMap;
use crate::map::{IndexMap, IndexSet};
use crate::origin::{FileId, OriginId, Origins, Role, Span, Step};
use crate::source::{SourceFile, Sources};
use crate::stack::attributes::Cursor;
use crate::stack::build::Builder;
use crate::stack::complete;
use crate::stack::extends;
use crate::stack::include;
use crate::stack::interpolate::Interpolator;
use crate::stack::merge::{Ignored, Merger};
use crate::stack::named::{Named, NamedTarget};
use crate::stack::path::Path;
use crate::stack::paths;
use crate::stack::problem::{Problem, ProblemKind};
use crate::stack::schema;
use crate::stack::shape;
use crate::stack::value::{Data, Directive, Key, Mapping, Value};
use crate::stack::variables::{Variable, Variables};
use crate::text::{PieceKind, Text};
use crate::vfs::ReadError;

/// Loads one stack and collects what it met.
#[derive(Debug)]
pub(crate) struct Loader<'a> {
    /// The files.
    pub(crate) sources: &'a Sources,
    /// The ways of all values.
    pub(crate) origins: Origins,
    /// What is wrong with the input.
    pub(crate) problems: Vec<Problem>,
    /// What layers write in vain.
    pub(crate) ignored: Vec<Ignored>,
    /// Lists with an item that is to be reset, and that item: see [`Builder::into_reset_items`].
    pub(crate) reset_items: HashMap<Span, Span>,
    /// Whether any file has a `!reset` or `!override`.
    has_directives: bool,
    /// Variables without a value, with the places of their use.
    pub(crate) unset: Vec<(Key, Span)>,
    /// All files read for the stack, in the order they were read.
    pub(crate) files: IndexSet<FileId>,
    /// The files among them that define variables, with the format that they are read as.
    pub(crate) env_files: IndexMap<FileId, Format>,
    /// The files that programs in containers read.
    pub(crate) mounted: IndexSet<FileId>,
    /// What `include` and `extends` name.
    pub(crate) named: Vec<Named>,
    /// The variables in scope in each Compose file.
    pub(crate) scopes: Vec<(FileId, Arc<Variables>)>,
    /// How many more bytes of files may be read that another program of the stack reads too.
    pub(crate) repeats_left: usize,
    /// Files that were wanted and are absent.
    pub(crate) missing: IndexSet<PathBuf>,
    /// How many more mappings its port ranges may become.
    pub(crate) ports_left: u32,
    /// How many more projects it may include.
    pub(crate) includes_left: u32,
    /// Where a configuration names its files.
    pub(crate) named_at: Vec<(PathBuf, Span)>,
}

/// A project to load: the stack itself, or one that it includes.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// The Compose files, first layer first.
    pub(crate) files: Vec<PathBuf>,
    /// What relative paths belong to.
    pub(crate) directory: PathBuf,
    /// The variables in scope.
    pub(crate) variables: Arc<Variables>,
    /// The files being included, outermost first.
    pub(crate) including: Vec<PathBuf>,
    /// The `include` that names it; nowhere for the stack itself.
    pub(crate) named_at: Option<Span>,
}

impl<'a> Loader<'a> {
    /// A loader that has read nothing.
    pub(crate) fn new(sources: &'a Sources) -> Self {
        Self {
            sources,
            origins: Origins::default(),
            problems: Vec::new(),
            ignored: Vec::new(),
            reset_items: HashMap::default(),
            has_directives: false,
            unset: Vec::new(),
            files: IndexSet::default(),
            env_files: IndexMap::default(),
            mounted: IndexSet::default(),
            named: Vec::new(),
            scopes: Vec::new(),
            repeats_left: crate::application::REPEAT_BUDGET,
            missing: IndexSet::default(),
            ports_left: shape::PORT_BUDGET,
            includes_left: include::BUDGET,
            named_at: Vec::new(),
        }
    }

    /// The merged model of a project; its paths are absolute.
    pub(crate) fn project(&mut self, project: &Project) -> Value {
        let mut model = Value::new(Data::Mapping(Mapping::default()), None, OriginId::WRITTEN);
        for path in &project.files {
            match self.open(path) {
                Ok(file) => model = self.layer(model, &file, project),
                Err(error) => {
                    let subject = if project.named_at.is_some() { "include" } else { "" };
                    let place = project.named_at.or_else(|| self.place_of_name(path));
                    self.unreadable(path, &error, place, subject, ProblemKind::MissingFile);
                }
            }
        }
        shape::shape_late(&mut model, &mut self.problems, &mut self.ports_left);
        complete::complete(self, &mut model, &project.variables);
        paths::make_absolute(&mut model, Cursor::root(), &project.directory, &project.variables);
        model
    }

    /// Where a configuration names a file of the stack.
    pub(crate) fn place_of_name(&self, path: &FilePath) -> Option<Span> {
        self.named_at.iter().find(|(named, _)| named == path).map(|(_, place)| *place)
    }

    fn layer(&mut self, mut model: Value, file: &Arc<SourceFile>, project: &Project) -> Value {
        self.scopes.push((file.id, Arc::clone(&project.variables)));
        let (documents, refused) = self.documents(file, &project.variables);
        self.problems.extend(refused);
        for mut document in documents {
            include::apply(self, &mut document, file, project);
            extends::apply(self, &mut document, file, project);
            let layer = schema::Layer::of(&document);
            model = self.merge(model, document, Cursor::root(), &Path::default(), false);
            let known = self.problems.len();
            schema::check_merged(&model, &layer, &mut self.problems);
            let repeated = self.problems.iter_mut().skip(known);
            for problem in repeated.filter(|problem| problem.kind == ProblemKind::DuplicateItem) {
                let fix = |place| without_lines(self.sources, place, "-", "remove the item from this layer");
                problem.fix = problem.place.and_then(fix);
            }
            // Docker Compose drops it once it has looked at it, so that a later layer stands alone with its own.
            if let Data::Mapping(fields) = &mut model.data {
                fields.shift_remove("version");
            }
        }
        model
    }

    /// The documents of a Compose file on their own: variables replaced, in canonical form. Beside them what is refused
    /// of those parts of them that are used.
    pub(crate) fn documents(&mut self, file: &Arc<SourceFile>, variables: &Variables) -> (Vec<Value>, Vec<Problem>) {
        let parsed = file.parse(Format::Yaml);
        let document = parsed.document();
        let (mut values, mut refused) = (Vec::new(), Vec::new());
        for root in document.roots() {
            let mut builder = Builder::new(document, file.id, &mut self.origins, &mut self.problems);
            let mut value = builder.value(*root);
            self.has_directives |= builder.has_directives();
            self.reset_items.extend(builder.into_reset_items());
            if value.is_null() {
                // A file without anything in it is passed over, an empty document among others is not.
                if document.roots().len() > 1 && !value.repaired {
                    let message = "one of the documents of this file is empty";
                    let problem = Problem::new(ProblemKind::Schema, value.place, "", message);
                    self.problems.push(problem.help("remove the `---`; Docker Compose refuses the file"));
                }
                continue;
            }
            if value.as_mapping().is_none() {
                if !value.repaired && !matches!(document.node(*root).kind, NodeKind::Alias(..)) {
                    let message = "the top level of a Compose file must be a mapping with keys such as `services`";
                    self.problems.push(Problem::new(ProblemKind::Schema, value.place, "", message));
                }
                continue;
            }
            self.obsolete_version(&value);
            self.null_services(&value);
            self.interpolator(variables).tree(&mut value, Cursor::root(), &Path::default());
            schema::check_document(&value, &mut refused);
            shape::shape(&mut value, Cursor::root(), &Path::default(), &mut self.problems, &mut self.ports_left);
            values.push(value);
        }
        (values, refused)
    }

    /// A layer without services may leave `services` out, but not without a value: Docker Compose looks for services that
    /// extend others before it merges anything.
    fn null_services(&mut self, document: &Value) {
        let Some(field) = document.as_mapping().and_then(|fields| fields.get("services")) else { return };
        if field.value.is_null() && !field.value.repaired && field.value.directive != Some(Directive::Reset) {
            let message = "`services` has no value";
            let problem = Problem::new(ProblemKind::Schema, field.key, "services", message);
            self.problems
                .push(problem.help("remove the key where there are no services; Docker Compose refuses the file"));
        }
    }

    /// Docker Compose warns once of each file with a `version`.
    fn obsolete_version(&mut self, document: &Value) {
        let Some(field) = document.as_mapping().and_then(|fields| fields.get("version")) else { return };
        let message = "`version` is obsolete: Docker Compose passes over it";
        let mut problem = Problem::new(ProblemKind::ObsoleteVersion, field.key, "version", message);
        problem = problem.help("remove the line: it says nothing about which attributes are known");
        if let (Some(key), Some(value)) =
            (field.key, field.value.place.filter(|value| Some(value.file) == field.key.map(|key| key.file)))
        {
            let range = TextRange::new(key.range.start, key.range.end.max(value.range.end));
            problem.fix = without_lines(self.sources, Span { range, ..key }, "", "remove `version`");
        }
        self.problems.push(problem);
    }

    /// `layer` over `base`.
    pub(crate) fn merge(&mut self, base: Value, layer: Value, cursor: Cursor, path: &Path<'_>, keep: bool) -> Value {
        let Self { origins, problems, ignored, reset_items, has_directives, .. } = self;
        Merger { origins, problems, keep_directives: keep, ignored, reset_items, has_directives: *has_directives }
            .merge(base, layer, cursor, path)
    }

    /// Takes note of what a text at `place` names.
    pub(crate) fn name(&mut self, place: Option<Span>, target: NamedTarget) {
        self.named.extend(place.map(|place| Named { place, target }));
    }

    pub(crate) fn interpolator<'b>(&'b mut self, variables: &'b Variables) -> Interpolator<'b> {
        Interpolator { variables, origins: &mut self.origins, problems: &mut self.problems, unset: &mut self.unset }
    }

    /// Opens a file of the stack. At the first time its own problems become those of the stack.
    pub(crate) fn open(&mut self, path: &FilePath) -> Result<Arc<SourceFile>, Arc<ReadError>> {
        let file = self.sources.open(path)?;
        file.mark_judged();
        self.files.insert(file.id);
        Ok(file)
    }

    /// Says why a file that the stack names was not read.
    pub(crate) fn unreadable(
        &mut self,
        path: &FilePath,
        error: &ReadError,
        place: Option<Span>,
        subject: &str,
        if_missing: ProblemKind,
    ) {
        let vfs = self.sources.vfs();
        let name = vfs.display(path);
        let problem = match error {
            ReadError::Missing | ReadError::Ignored => {
                self.missing.insert(path.to_owned());
                vfs.want(path);
                Problem::new(if_missing, place, subject, format!("`{name}` does not exist"))
                    .help("correct the path, or create the file")
            }
            ReadError::Outside => Problem::new(
                ProblemKind::OutsideRoot,
                place,
                subject,
                format!("`{name}` lies outside the project and was not read"),
            )
            .help("move the file into the project, or allow it with `--allow-outside` if you trust what is read"),
            ReadError::TooLarge(_) => {
                Problem::new(ProblemKind::OverLimit, place, subject, format!("`{name}` is {error} and was not read"))
            }
            ReadError::Directory | ReadError::Io(_) => {
                Problem::new(ProblemKind::UnreadableFile, place, subject, format!("cannot read `{name}`: {error}"))
            }
        };
        self.problems.push(problem);
    }

    /// Reads variables from a `.env` file into `variables`, in place of those that it has.
    ///
    /// A variable that the file itself uses is looked up in `variables` first, then in the file above.
    pub(crate) fn variables_from(&mut self, file: &Arc<SourceFile>, variables: &mut Variables) {
        let outer = Arc::new(variables.clone());
        let entries = self.env_entries(file, &outer, Format::Dotenv);
        variables.reserve(entries.len());
        for (name, _, variable) in entries {
            if let Some(variable) = variable {
                variables.define(&name, variable);
            }
        }
    }

    /// The entries of a `.env` file with the places of their keys, variables in them replaced: first by `outer`, then by
    /// earlier entries. A key without `=` has no value of its own.
    pub(crate) fn env_entries(
        &mut self,
        file: &Arc<SourceFile>,
        outer: &Arc<Variables>,
        format: Format,
    ) -> Vec<(Key, Span, Option<Variable>)> {
        let known = self.env_files.entry(file.id).or_insert(format);
        // What is read in both ways is judged as what variables come from.
        if format == Format::Dotenv {
            *known = format;
        }
        let parsed = file.parse(format);
        let Some(dotenv) = parsed.as_dotenv() else { return Vec::new() };
        let document = parsed.document();
        let mut known = Variables::below(Arc::clone(outer));
        // Mostly no entry uses another one.
        let uses_variables =
            |entry: &Entry| entry.expanded && dotenv.value(entry).is_some_and(|value| value.contains('$'));
        let are_used = dotenv.entries.iter().any(uses_variables);
        let mut entries = Vec::with_capacity(dotenv.entries.len());
        for entry in &dotenv.entries {
            let key = Span { file: file.id, range: document.node(entry.key).range };
            let Some(node) = entry.value else {
                entries.push(((*entry.name).into(), key, None));
                continue;
            };
            let mut text = Text::from_scalar(document, file.id, node);
            if entry.expanded && text.as_str().contains('$') {
                let subject = format!("{}:{}", file.name, entry.name);
                text = self.interpolator(&known).text(&text, &subject);
            }
            let place = Span { file: file.id, range: document.node(node).range };
            let variable = Variable { text, place: Some(place), unknown: false };
            if are_used {
                known.define(&entry.name, variable.clone());
            }
            entries.push(((*entry.name).into(), key, Some(variable)));
        }
        entries
    }

    /// The way of what a declared variable supplies.
    pub(crate) fn shell_origin(&mut self) -> OriginId {
        self.origins.push(OriginId::WRITTEN, Step { role: Role::FromShell, place: None, lost: None })
    }
}

/// The variables that every project has: its directory, and what only the machine knows.
pub(crate) fn implied_variables(directory: &FilePath) -> Variables {
    let mut variables = Variables::default();
    variables.supply("PWD", &directory.to_string_lossy(), OriginId::WRITTEN);
    for (name, used) in [("HOME", "${HOME}"), ("USER", "${USER}")] {
        let mut text = Text::default();
        text.push(used, None, PieceKind::Unknown, OriginId::WRITTEN);
        variables.define(name, Variable { text, place: None, unknown: true });
    }
    variables
}

/// So many lines of an env file are reported one by one; more are counted.
const SHOWN_LINES: usize = 5;

/// The problems of a file on its own, whatever stack it belongs to.
pub fn file_problems(file: &SourceFile, format: Format) -> Vec<Problem> {
    let mut problems = byte_problems(file);
    problems.extend(document_problems(file, format, file.parse(format).document()));
    problems
}

/// The bytes of a file that are no text.
pub(crate) fn byte_problems(file: &SourceFile) -> Vec<Problem> {
    use crate::bytes::ByteProblemKind;
    let mut problems = Vec::new();
    for problem in &file.byte_problems {
        let (what, help) = match problem.kind {
            ByteProblemKind::InvalidUtf8 => ("bytes that are not UTF-8", "save the file as UTF-8"),
            ByteProblemKind::Nul => ("a zero byte", "remove it; programs that read the file may stop there"),
            ByteProblemKind::Utf16 => ("UTF-16 text, of which nothing was read", "save the file as UTF-8"),
        };
        let place = Span { file: file.id, range: problem.range };
        let message = format!("`{}` has {what} at byte offset {}", file.name, problem.range.start);
        problems.push(Problem::new(ProblemKind::UnreadableText, Some(place), &file.name, message).help(help));
    }
    problems
}

/// The errors of a document that was read from a file.
pub(crate) fn document_problems(file: &SourceFile, format: Format, document: &Document) -> Vec<Problem> {
    let mut problems = Vec::new();
    let errors = document.errors();
    // A file of another format under the name of an env file breaks the grammar in every line: a few lines show it.
    let shown = if format != Format::Yaml && errors.len() > SHOWN_LINES + 1 { SHOWN_LINES } else { errors.len() };
    for error in errors.iter().take(shown) {
        let kind = match error.kind {
            SyntaxErrorKind::Malformed => ProblemKind::Syntax,
            SyntaxErrorKind::OverLimit => ProblemKind::OverLimit,
        };
        let place = Span { file: file.id, range: error.range };
        problems.push(Problem::new(kind, Some(place), &file.name, error.message.clone()));
    }
    if let Some(first) = errors.get(shown) {
        let place = Span { file: file.id, range: first.range };
        let message =
            format!("and {} more lines of `{}` that Docker Compose cannot read", errors.len() - shown, file.name);
        problems.push(
            Problem::new(ProblemKind::Syntax, Some(place), &file.name, message)
                .help("an env file has lines of the form `NAME=value`; is this one meant for another program?"),
        );
    }
    problems
}
