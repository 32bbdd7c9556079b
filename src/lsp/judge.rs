//! One run: from what is open in the editor, and on disk, to diagnostics.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stacklint_engine::cancel::Cancel;
use stacklint_engine::check::check_syntax;
use stacklint_engine::config::{NAMES, Policies};
use stacklint_engine::origin::{FileId, Span};
use stacklint_engine::outcome::{Outcome, RunError};
use stacklint_engine::progress::Progress;
use stacklint_engine::run::{Grouped, Options, Part, run_in_groups};
use stacklint_engine::source::Sources;
use stacklint_engine::vfs::{DEFAULT_SIZE_LIMIT, Vfs};
use stacklint_parsers::Format;

use super::client::Client;
use super::diagnostics::{ByFile, Places, document_at};
use super::document::Document;
use super::navigate::Stacks;
use super::place::Place;
use super::settings::Judging;
use crate::commands::baseline::BaselineFile;
use crate::commands::today;
use crate::formats;

/// What to judge.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) place: Arc<Place>,
    pub(crate) judging: Arc<Judging>,
    pub(crate) scope: Scope,
    /// The open texts, those opened last behind the others.
    pub(crate) documents: Vec<Document>,
    /// What files are read as, as far as that is known.
    pub(crate) formats: HashMap<PathBuf, Format>,
    /// The configurations as they were when they could last be used.
    pub(crate) configurations: BTreeMap<PathBuf, Arc<str>>,
    /// Those that could never be used; nothing where none was looked at yet.
    pub(crate) broken: Option<BTreeSet<PathBuf>>,
    pub(crate) client: Client,
    pub(crate) cancel: Cancel,
    pub(crate) progress: Progress,
}

/// How much of a root to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of it.
    All,
    /// For the time being, what is beside open files and on the way up from there: a large directory is looked through
    /// for a while.
    Near(BTreeSet<PathBuf>),
    /// Some groups of folders.
    Groups {
        /// Their numbers.
        numbers: BTreeSet<u32>,
        /// Their folders; shared, since a scope is handed around and they may be thousands.
        directories: Arc<BTreeSet<PathBuf>>,
        /// Nothing went wrong with the others.
        rest_is_whole: bool,
    },
}

/// What was judged, with the files it was judged from.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) sources: Sources,
    pub(crate) outcome: Outcome,
    pub(crate) grouped: Grouped,
    /// The numbers of the files that were read.
    pub(crate) files: HashMap<PathBuf, FileId>,
    /// Its stacks, for whoever asks about them.
    pub(crate) stacks: Stacks,
}

impl Snapshot {
    fn new(sources: Sources, outcome: Outcome, grouped: Grouped) -> Self {
        let files = sources.files().iter().map(|file| (file.path.clone(), file.id)).collect();
        Self { sources, outcome, grouped, files, stacks: Stacks::default() }
    }

    /// What a file was read as.
    pub(crate) fn format(&self, path: &Path) -> Option<Format> {
        self.sources.file(*self.files.get(path)?)?.format()
    }
}

/// What came of a job.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) reports: ByFile,
    /// The open texts that could be read, by URI: what each said.
    pub(crate) good: Vec<(String, Arc<str>)>,
    /// The configurations that count.
    pub(crate) configurations: BTreeMap<PathBuf, Arc<str>>,
    /// Those that cannot be used, and never could.
    pub(crate) broken: BTreeSet<PathBuf>,
    /// What could not be judged as a whole: the file of each error, where one is known.
    pub(crate) errors: Vec<Option<PathBuf>>,
    /// What somebody should hear that has no place in a file.
    pub(crate) log: Vec<String>,
}

/// The files of a job as they are open in the editor, and how they are judged.
///
/// # Errors
/// If the root cannot be read.
pub(crate) fn files(job: &Job) -> std::io::Result<(Sources, Options)> {
    let sources = open(job, &Held::default())?;
    let options = options(job, &sources, &mut Vec::new());
    Ok((sources, options))
}

/// Does a job; nothing if nobody waits for it any more.
pub(crate) fn judge(job: &Job) -> Option<Judged> {
    let mut log = Vec::new();
    let (mut held, good) = Held::of_documents(job);
    let snapshot = loop {
        let sources = match open(job, &held) {
            Ok(sources) => sources,
            Err(error) => {
                let message = format!("cannot read `{}`: {error}", job.place.path.display());
                return Some(Judged::nothing(vec![message]));
            }
        };
        let options = options(job, &sources, &mut log);
        let (outcome, grouped) = run_in_groups(&sources, &options);
        if job.cancel.is_cancelled() {
            return None;
        }
        // Each time some more are held: no more often than there are configurations.
        if !held.hold_configurations(job, &sources, &outcome.errors) {
            break Snapshot::new(sources, outcome, grouped);
        }
        log.clear();
    };
    let mut reports = ByFile::new();
    let places = Places::new(&snapshot.sources, &job.place, &job.documents, job.client);
    places.add_all(&snapshot.outcome, &mut reports);
    // What a finding says at its place already is not said twice.
    let found = |error: &RunError| error.place.is_some() && places.has_finding(&snapshot.outcome, error);
    for error in snapshot.outcome.errors.iter().filter(|error| !found(error)) {
        if !places.add_error(error, &mut reports) {
            log.push(error.message.clone());
        }
    }
    drop(places);
    held.add_problems(job, &snapshot, &mut reports);
    // Who asks for a tree later parses that one file again.
    snapshot.sources.files().iter().for_each(|file| file.release());
    let errors = snapshot.outcome.errors.iter().map(|error| at_fault(error, &snapshot.sources)).collect();
    let configurations = configurations(job, &held, &snapshot);
    let broken = broken(job, &snapshot);
    Some(Judged { snapshot: Arc::new(snapshot), reports, good, configurations, broken, errors, log })
}

impl Judged {
    /// What comes of what cannot be looked at.
    fn nothing(log: Vec<String>) -> Self {
        let vfs = Vfs::in_memory([]);
        let snapshot = Snapshot::new(Sources::new(vfs), Outcome::default(), Grouped::default());
        Self {
            snapshot: Arc::new(snapshot),
            reports: ByFile::new(),
            good: Vec::new(),
            configurations: BTreeMap::new(),
            broken: BTreeSet::new(),
            errors: vec![None],
            log,
        }
    }
}

/// The files below the root, with what is open in front of them.
fn open(job: &Job, held: &Held) -> std::io::Result<Sources> {
    let mut vfs = Vfs::on_disk(&job.place.path)?;
    if let Some(config) = &job.judging.config {
        vfs.admit(config);
    }
    let documents = job.documents.iter().filter_map(|document| Some((document.path.clone()?, &document.text)));
    let texts = documents.map(|(path, text)| (path, Arc::<[u8]>::from(Arc::clone(text))));
    let held = held.texts.iter().map(|(path, text)| (path.clone(), Arc::<[u8]>::from(Arc::clone(text))));
    Ok(Sources::new(vfs.over(texts.chain(held))))
}

fn options(job: &Job, sources: &Sources, log: &mut Vec<String>) -> Options {
    let part = match &job.scope {
        Scope::All => job.place.only.clone().map(|directories| Part { directories, rest_is_whole: true }),
        // Who knows what else there is.
        Scope::Near(directories) => Some(Part { directories: directories.clone(), rest_is_whole: false }),
        Scope::Groups { directories, rest_is_whole, .. } => {
            Some(Part { directories: BTreeSet::clone(directories), rest_is_whole: *rest_is_whole })
        }
    };
    let setup = job.judging.setup.clone();
    let policy = Policies::new(&setup, sources).of(&job.place.path).ok();
    let named = policy.and_then(|policy| policy.baseline.as_ref().map(|said| said.value.clone()));
    let baseline = match BaselineFile::read(named, false, sources.vfs()) {
        Ok(baseline) => baseline.content,
        Err(error) => {
            log.push(error.to_string());
            None
        }
    };
    Options {
        paths: vec![job.place.path.clone()],
        part,
        defaults: job.judging.defaults.clone(),
        today: today(),
        baseline,
        progress: job.progress.clone(),
        cancel: job.cancel.clone(),
        ..Options::new(setup)
    }
}

/// The configurations that count, and what they say.
fn configurations(job: &Job, held: &Held, snapshot: &Snapshot) -> BTreeMap<PathBuf, Arc<str>> {
    let mut configurations = BTreeMap::new();
    let used = snapshot.grouped.folders.iter().flat_map(|folder| folder.policy.files.iter());
    for file in used.filter_map(|id| snapshot.sources.file(*id)) {
        configurations.entry(file.path.clone()).or_insert_with(|| Arc::clone(&file.text));
    }
    let broken = job.configurations.iter().filter(|(path, _)| held.texts.contains_key(*path));
    configurations.extend(broken.map(|(path, text)| (path.clone(), Arc::clone(text))));
    configurations
}

/// The file that an error is about.
fn at_fault(error: &RunError, sources: &Sources) -> Option<PathBuf> {
    let named = || Some(sources.vfs().absolute(Path::new(error.message.split('`').nth(1)?)));
    error.place.and_then(|place| sources.file(place.file)).map(|file| file.path.clone()).or_else(named)
}

/// The configurations that cannot be used, and never could.
fn broken(job: &Job, snapshot: &Snapshot) -> BTreeSet<PathBuf> {
    let errors = snapshot.outcome.errors.iter().filter(|error| !error.partial);
    let places = errors.filter_map(|error| snapshot.sources.file(error.place?.file));
    let files = places.map(|file| file.path.clone());
    files.filter(|path| is_configuration(path) || job.judging.config.as_ref() == Some(path)).collect()
}

/// Files that are read as they were when they could last be read, since now they cannot: half a key is no reason to
/// forget what is known of a stack.
#[derive(Debug, Default)]
struct Held {
    texts: BTreeMap<PathBuf, Arc<str>>,
    /// What is wrong with configurations as they are.
    reports: ByFile,
}

impl Held {
    /// Of the open texts those that cannot be read any more; and those that now can, by URI. Each that changed is parsed
    /// once for that, on every keystroke.
    fn of_documents(job: &Job) -> (Self, Vec<(String, Arc<str>)>) {
        let mut held = Self::default();
        let mut good = Vec::new();
        for document in &job.documents {
            let Some(path) = &document.path else { continue };
            let known = document.good.as_ref();
            if known.is_some_and(|known| *known == document.text) {
                continue;
            }
            if !is_broken(job, document) {
                good.push((document.uri.clone(), Arc::clone(&document.text)));
            } else if let Some(known) = known {
                held.texts.insert(path.clone(), Arc::clone(known));
            }
        }
        (held, good)
    }

    /// Holds configurations that cannot be used, and says why not; whether there are more than before.
    fn hold_configurations(&mut self, job: &Job, sources: &Sources, errors: &[RunError]) -> bool {
        let mut more = false;
        for error in errors.iter().filter(|error| !error.partial) {
            let Some(file) = error.place.and_then(|place| sources.file(place.file)) else { continue };
            let Some(good) = known_good(job, &file.path).filter(|good| *good != file.text) else { continue };
            let places = Places::new(sources, &job.place, &job.documents, job.client);
            places.add_error(error, &mut self.reports);
            more |= self.texts.insert(file.path.clone(), good).is_none();
        }
        more
    }

    /// Adds what is wrong with the texts as they are.
    fn add_problems(&mut self, job: &Job, snapshot: &Snapshot, reports: &mut ByFile) {
        for (path, diagnostics) in std::mem::take(&mut self.reports) {
            reports.entry(path).or_default().extend(diagnostics);
        }
        let read = self.texts.keys().filter(|path| snapshot.files.contains_key(*path));
        let now = read.filter_map(|path| document_at(&job.documents, path));
        let now: Vec<(&PathBuf, &Document)> =
            now.filter_map(|document| Some((document.path.as_ref()?, document))).collect();
        if now.is_empty() {
            return;
        }
        let texts = now.iter().map(|(path, document)| ((*path).clone(), Arc::<[u8]>::from(Arc::clone(&document.text))));
        let sources = Sources::new(snapshot.sources.vfs().over(texts));
        let setup = job.judging.setup.clone();
        // Of the configuration what counts is what it last said.
        let policies = Policies::new(&setup, &snapshot.sources);
        let places = Places::new(&sources, &job.place, &job.documents, job.client);
        for (path, document) in now {
            let policy = path.parent().and_then(|directory| policies.of(directory).ok());
            let read = sources.open(path).ok().zip(format_of(job, document)).zip(policy);
            let Some(((file, format), policy)) = read else { continue };
            if job.configurations.contains_key(path) || is_configuration(path) {
                // Whatever rules it chooses, it has to be heard of that it cannot be used.
                let first = file.parse(format).document().errors().first().map(|error| RunError {
                    message: error.message.clone(),
                    place: Some(Span { file: file.id, range: error.range }),
                    partial: false,
                });
                if let Some(error) = first {
                    places.add_error(&error, reports);
                }
                continue;
            }
            for finding in check_syntax(&file, format, &policy, &sources) {
                if policy.shows(finding.severity, finding.confidence) {
                    places.add(&finding, &snapshot.outcome, reports);
                }
            }
        }
    }
}

/// What a configuration said when it could last be used; nothing at all if it was not there then.
fn known_good(job: &Job, path: &Path) -> Option<Arc<str>> {
    let was_absent = || {
        let broken = job.broken.as_ref()?;
        (is_configuration(path) && !broken.contains(path)).then(|| Arc::from(""))
    };
    job.configurations.get(path).cloned().or_else(was_absent)
}

fn is_configuration(path: &Path) -> bool {
    path.file_name().is_some_and(|name| NAMES.iter().any(|known| name == *known))
}

fn format_of(job: &Job, document: &Document) -> Option<Format> {
    let path = document.path.as_deref()?;
    job.formats.get(path).copied().or_else(|| formats::guess(path))
}

/// Whether a text cannot be read as what it is. One that is too large for a run is not even tried.
fn is_broken(job: &Job, document: &Document) -> bool {
    if document.text.len() as u64 > DEFAULT_SIZE_LIMIT {
        return false;
    }
    let Some(format) = format_of(job, document) else { return false };
    !format.parse(Arc::clone(&document.text)).document().errors().is_empty()
}
