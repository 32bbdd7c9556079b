//! What the server knows while an editor is connected: open texts, the directories worked in, and the run under way.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gen_lsp_types::Diagnostic;
use stacklint_engine::cancel::Cancel;
use stacklint_engine::progress::Progress;
use stacklint_engine::vfs::clean;
use stacklint_parsers::Format;

use super::client::Client;
use super::diagnostics::document_at;
use super::document::Document;
use super::judge::{Job, Scope, Snapshot};
use super::outbox::{Level, Outbox};
use super::place::{Place, is_ours};
use super::root::{Lane, Root};
use super::settings::Settings;
use super::uri;
use super::worker::{Outcome, Worker};

/// Where files came and went more are to follow: a branch is checked out, a directory renamed.
const SETTLING: Duration = Duration::from_millis(40);

/// What is known of an editor and its files.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) client: Client,
    /// Those opened last behind the others.
    pub(crate) documents: Vec<Document>,
    pub(crate) roots: Vec<Root>,
    /// What holds where no root has settings of its own.
    pub(crate) settings: Settings,
    /// The editor named directories to work in.
    pub(crate) has_workspace: bool,
    /// One of each lane at most.
    running: Vec<Running>,
    /// What the client was last told of each file that something is wrong with, and under which name.
    sent: BTreeMap<PathBuf, String>,
    /// Read and wanted files as they last were, for clients that cannot watch them.
    pub(crate) stamps: super::watch::Stamps,
}

/// A run under way.
#[derive(Debug)]
struct Running {
    lane: Lane,
    root: PathBuf,
    scope: Scope,
    /// Those because of which it runs.
    files: BTreeSet<PathBuf>,
    /// The texts that it judges, by URI.
    versions: HashMap<String, (i32, Arc<str>)>,
    cancel: Cancel,
    progress: Progress,
}

/// What a run brought.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// The files of which something else is to be shown.
    pub(crate) changed: BTreeSet<PathBuf>,
    /// The open files that were judged.
    pub(crate) judged: BTreeSet<PathBuf>,
    /// The runs whose place it took, which are given back once the client has heard of the new one.
    pub(crate) replaced: Vec<Arc<Snapshot>>,
}

impl Session {
    pub(crate) fn new(client: Client, settings: Settings) -> Self {
        Self {
            client,
            documents: Vec::new(),
            roots: Vec::new(),
            settings,
            has_workspace: false,
            running: Vec::new(),
            sent: BTreeMap::new(),
            stamps: super::watch::Stamps::default(),
        }
    }

    /// Adds a directory to work in. One that lies in another is a part of that.
    pub(crate) fn add_root(&mut self, uri: &str, out: &Outbox) {
        let found = uri::to_path(uri).map(|path| path.canonicalize().map_err(|error| (path, error)));
        let path = match found {
            Some(Ok(path)) if is_too_much(&path) => {
                let message = format!(
                    "`{}` is not looked through: only what open files have to do with is judged; open the directory of a project",
                    path.display()
                );
                return out.log(Level::Info, &message);
            }
            Some(Ok(path)) if path.is_dir() => path,
            Some(Ok(path)) => return out.log(Level::Warning, &format!("`{}` is no directory", path.display())),
            Some(Err((path, error))) => {
                return out.log(Level::Warning, &format!("cannot work in `{}`: {error}", path.display()));
            }
            None => return out.log(Level::Info, &format!("`{uri}` is no directory of this machine")),
        };
        self.has_workspace = true;
        if self.roots.iter().any(|root| !root.visiting && path.starts_with(&root.place.path)) {
            return;
        }
        let place = Place { path, uri: uri.to_owned(), only: None };
        let inside: Vec<PathBuf> = self
            .roots
            .iter()
            .map(|root| root.place.path.clone())
            .filter(|other| other.starts_with(&place.path))
            .collect();
        inside.iter().for_each(|path| drop(self.remove_root(path)));
        self.roots.push(Root::new(place, false, self.settings.clone(), Instant::now()));
    }

    /// Takes a directory away. What was shown of its files is to be shown no more.
    pub(crate) fn remove_root(&mut self, path: &Path) -> BTreeSet<PathBuf> {
        let Some(index) = self.roots.iter().position(|root| root.place.path == path) else { return BTreeSet::new() };
        self.cancel(path);
        let mut root = self.roots.swap_remove(index);
        root.clear()
    }

    /// Looks after the directories of open files that lie in none that the editor works in.
    pub(crate) fn visit(&mut self) -> BTreeSet<PathBuf> {
        let mut wanted: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
        for path in self.documents.iter().filter_map(|document| document.path.as_deref()) {
            let is_inside = || self.roots.iter().any(|root| !root.visiting && path.starts_with(&root.place.path));
            // The disk is asked last: there may be thousands of open texts, and this is asked anew for each one more.
            if !is_ours(path) || is_inside() {
                continue;
            }
            let Some(directory) = path.parent().filter(|directory| directory.is_dir()) else { continue };
            let top = directory.ancestors().find(|directory| directory.join(".git").exists()).unwrap_or(directory);
            let on_the_way = directory.ancestors().take_while(|directory| directory.starts_with(top));
            wanted.entry(top.to_owned()).or_default().extend(on_the_way.map(Path::to_owned));
        }
        let gone = self.roots.iter().filter(|root| root.visiting && !wanted.contains_key(&root.place.path));
        let gone: Vec<PathBuf> = gone.map(|root| root.place.path.clone()).collect();
        let cleared = gone.iter().flat_map(|path| self.remove_root(path)).collect();
        let now = Instant::now();
        for (path, directories) in wanted {
            // Without any directory to work in, the repository of the file is meant. A repository looked into is not.
            let is_repository = path.join(".git").exists();
            let only = (self.has_workspace || !is_repository || is_too_much(&path)).then_some(directories);
            match self.roots.iter_mut().find(|root| root.place.path == path) {
                Some(root) if root.place.only == only => {}
                Some(root) => {
                    root.place = Arc::new(Place { only, ..Place::clone(&root.place) });
                    root.want_all(now);
                }
                None => {
                    let place = Place { uri: uri::from_path(&path), path, only };
                    self.roots.push(Root::new(place, true, self.settings.clone(), now));
                }
            }
        }
        cleared
    }

    /// Takes settings, of one root or of all. What was shown of files is to be shown no more where nothing is judged.
    pub(crate) fn set(&mut self, settings: &Settings, path: Option<&Path>) -> BTreeSet<PathBuf> {
        let mut cleared = BTreeSet::new();
        if path.is_none() {
            self.settings = settings.clone();
        }
        for root in self.roots.iter_mut().filter(|root| path.is_none_or(|path| root.place.path == path)) {
            if !root.set(settings.clone(), Instant::now()) {
                continue;
            }
            cancel(&self.running, &root.place.path);
            if !settings.enabled() {
                cleared.extend(root.clear());
            }
        }
        cleared
    }

    /// The text of a file is another one.
    pub(crate) fn touch(&mut self, path: &Path) {
        let now = Instant::now();
        for root in &mut self.roots {
            if root.touch(path, now) {
                // A run over everything goes on: what it says of this file is judged once more.
                let edits = self.running.iter().filter(|running| running.lane == Lane::Edits);
                edits.filter(|running| running.root == root.place.path).for_each(|running| running.cancel.cancel());
            }
        }
    }

    /// A file came, or went.
    pub(crate) fn touch_existence(&mut self, path: &Path) {
        let due = Instant::now() + SETTLING;
        for root in &mut self.roots {
            if root.touch_existence(path, due) {
                cancel(&self.running, &root.place.path);
            }
        }
    }

    /// All is to be judged anew.
    pub(crate) fn touch_all(&mut self) {
        let now = Instant::now();
        self.roots.iter_mut().for_each(|root| root.want_all(now));
        self.running.iter().for_each(|running| running.cancel.cancel());
    }

    /// Nobody waits any more for what runs in a root.
    fn cancel(&self, root: &Path) {
        cancel(&self.running, root);
    }

    /// Gives a worker what is to be done next in its lane, if it has nothing to do. Says when to ask again.
    pub(crate) fn run_next(&mut self, lane: Lane, worker: &Worker) -> Option<Instant> {
        if self.running.iter().any(|running| running.lane == lane) {
            return None;
        }
        let now = Instant::now();
        loop {
            let next = self.roots.iter_mut().filter(|root| root.settings.enabled());
            let next = next.filter_map(|root| Some((root.due(lane, now)?, root))).min_by_key(|(due, _)| *due);
            let (due, root) = next?;
            if due > now {
                return Some(due);
            }
            let Some((scope, files)) = root.take_scope(lane, &self.documents, now) else { continue };
            let job = job(root, scope, &self.documents, self.client);
            let texts = job.documents.iter();
            let versions = texts.map(|text| (text.uri.clone(), (text.version, Arc::clone(&text.text)))).collect();
            let running = Running {
                lane,
                root: root.place.path.clone(),
                scope: job.scope.clone(),
                files,
                versions,
                cancel: job.cancel.clone(),
                progress: job.progress.clone(),
            };
            if worker.give(job) {
                self.running.push(running);
            }
            return None;
        }
    }

    /// What would judge the folders of a file, or all of a root; nothing for a file that is judged nowhere.
    pub(crate) fn job_for(&self, root: &Root, path: Option<&Path>) -> Option<Job> {
        let scope = match path {
            Some(path) => root.scope_of(path)?,
            None => Scope::All,
        };
        Some(job(root, scope, &self.documents, self.client))
    }

    /// Whether nothing is left to judge.
    pub(crate) fn is_settled(&self) -> bool {
        let now = Instant::now();
        let mut roots = self.roots.iter().filter(|root| root.settings.enabled());
        self.running.is_empty()
            && roots.all(|root| [Lane::All, Lane::Edits].iter().all(|lane| root.due(*lane, now).is_none()))
    }

    /// Whether all that can be said of a file now is known, whatever is still looked through elsewhere.
    pub(crate) fn knows(&self, path: &Path) -> bool {
        let mut around = self.roots.iter().filter(|root| root.settings.enabled() && root.is_about(path));
        let is_running = |root: &Root| {
            self.running.iter().any(|running| running.lane == Lane::Edits && running.root == root.place.path)
        };
        around.all(|root| root.knows(path) && !is_running(root)) || self.is_settled()
    }

    /// How far the run over everything has come.
    pub(crate) fn scan(&self) -> Option<Progress> {
        self.running.iter().find(|running| running.lane == Lane::All).map(|running| running.progress.clone())
    }

    /// Takes in how the run under way ended.
    pub(crate) fn take(&mut self, lane: Lane, outcome: Outcome, out: &Outbox) -> News {
        let mut news = News::default();
        let Some(index) = self.running.iter().position(|running| running.lane == lane) else { return news };
        let running = self.running.swap_remove(index);
        let now = Instant::now();
        let Some(root) = self.roots.iter_mut().find(|root| root.place.path == running.root) else { return news };
        let judged = match outcome {
            Outcome::Done(judged) if !running.cancel.is_cancelled() => *judged,
            Outcome::Done(_) | Outcome::Cancelled => {
                root.want_again(&running.scope, &running.files, now);
                return news;
            }
            Outcome::Failed => {
                root.failed(&running.scope);
                out.log(
                    Level::Error,
                    "a run failed: a defect of stacklint; what it was about is judged at the next edit",
                );
                return news;
            }
        };
        for (uri, text) in &judged.good {
            if let Some(document) = self.documents.iter_mut().find(|document| document.uri == *uri) {
                document.good = Some(Arc::clone(text));
            }
        }
        if running.scope == Scope::All {
            // What was judged beside it knew the groups by other numbers.
            cancel(&self.running, &running.root);
        }
        let taken = root.take(&running.scope, judged, now);
        taken.log.iter().for_each(|line| out.log(Level::Warning, line));
        (news.changed, news.replaced) = (taken.changed, taken.replaced);
        // What was edited meanwhile is judged once more, and only then shown: the places are those of the old text.
        for document in &self.documents {
            let Some(path) = &document.path else { continue };
            let judged = running.versions.get(&document.uri);
            if judged.is_some_and(|(version, text)| *version == document.version && *text == document.text) {
                if taken.judged.contains(path) {
                    news.judged.insert(path.clone());
                }
            } else {
                root.touch(path, now);
                news.changed.remove(path);
            }
        }
        news
    }

    /// What is to be shown of a file.
    pub(crate) fn diagnostics(&self, path: &Path) -> Vec<Diagnostic> {
        let mut all: Vec<Diagnostic> = Vec::new();
        for diagnostics in self.roots.iter().filter_map(|root| root.diagnostics(path)) {
            if all.is_empty() {
                all.extend(diagnostics.iter().cloned());
            } else {
                // Two directories may see the same file.
                all.extend(diagnostics.iter().filter(|other| !all.contains(other)).cloned().collect::<Vec<_>>());
            }
        }
        all
    }

    /// How the client names a file.
    pub(crate) fn uri_of(&self, path: &Path) -> String {
        if let Some(document) = document_at(&self.documents, path) {
            return document.uri.clone();
        }
        let root = self.roots.iter().find(|root| path.starts_with(&root.place.path));
        root.map_or_else(|| uri::from_path(path), |root| root.place.uri_of(path))
    }

    /// Tells the client what is wrong with files.
    pub(crate) fn publish(&mut self, paths: &BTreeSet<PathBuf>, out: &Outbox) {
        for path in paths {
            let diagnostics = self.diagnostics(path);
            let uri = self.uri_of(path);
            let version = document_at(&self.documents, path).map(|document| document.version);
            let before = self.sent.remove(path);
            if let Some(other) = before.as_ref().filter(|before| **before != uri) {
                publish(out, other, None, &[]);
            }
            if !diagnostics.is_empty() {
                self.sent.insert(path.clone(), uri.clone());
            } else if before.is_none() && version.is_none() {
                continue;
            }
            publish(out, &uri, version, &diagnostics);
        }
    }

    /// How much is remembered, for a test that nothing piles up.
    #[cfg(test)]
    pub(crate) fn entries(&self) -> usize {
        let roots: usize = self.roots.iter().map(Root::entries).sum();
        self.documents.len() + self.sent.len() + self.stamps.entries() + roots
    }
}

fn job(root: &Root, scope: Scope, documents: &[Document], client: Client) -> Job {
    let documents: Vec<Document> = documents.iter().filter(|document| document.path.is_some()).cloned().collect();
    let formats = documents.iter().filter_map(|document| {
        let path = document.path.as_ref()?;
        Some((path.clone(), root.snapshot(path)?.format(path)?))
    });
    let formats: HashMap<PathBuf, Format> = formats.collect();
    Job {
        place: Arc::clone(&root.place),
        judging: Arc::clone(&root.judging),
        scope,
        documents,
        formats,
        configurations: root.configurations.clone(),
        broken: root.scanned.then(|| root.broken.clone()),
        client,
        cancel: Cancel::default(),
        progress: Progress::default(),
    }
}

fn cancel(running: &[Running], root: &Path) {
    running.iter().filter(|running| running.root == root).for_each(|running| running.cancel.cancel());
}

fn publish(out: &Outbox, uri: &str, version: Option<i32>, diagnostics: &[Diagnostic]) {
    let mut params = serde_json::json!({"uri": uri, "diagnostics": diagnostics});
    if let (Some(version), Some(params)) = (version, params.as_object_mut()) {
        params.insert("version".to_owned(), version.into());
    }
    out.notify("textDocument/publishDiagnostics", params);
}

/// A path as runs know it: the links of its directory followed, but not its own.
pub(crate) fn settled(path: &Path) -> PathBuf {
    let path = clean(path);
    match (path.parent().and_then(|parent| parent.canonicalize().ok()), path.file_name()) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => path,
    }
}

/// Whether a directory holds everything there is, or everything somebody has: editors work there when nobody said where.
fn is_too_much(directory: &Path) -> bool {
    let home = std::env::home_dir().and_then(|home| home.canonicalize().ok());
    directory.parent().is_none() || home.as_deref() == Some(directory)
}
