//! Files of PostgreSQL servers that no stack uses: dead where a stack runs its server without them, else judged by
//! themselves. A folder's pg_hba.conf and postgresql.conf belong together.

use std::path::{Path, PathBuf};

use crate::discover::{LooseFile, LooseKind};
use crate::finding::Confidence;
use crate::map::HashSet;
use crate::origin::{Origins, Span};
use crate::outcome::RunError;
use crate::postgres::arguments::{CommandLine, Start};
use crate::postgres::conf;
use crate::postgres::files::{Files, Listing, Located, list_host};
use crate::postgres::hba;
use crate::postgres::server::{
    ASSUMED_MAJOR, LiveConfig, LiveHba, Reach, ReachedFrom, Server, Settings, UnusedFile, UnusedKind,
};
use crate::source::{SourceFile, Sources};
use crate::stack::container::{ContainerFiles, MountSource};
use crate::stack::{Problem, Stack};

/// A stack with PostgreSQL servers, as the files around it see it.
#[derive(Clone, Debug)]
pub(crate) struct Deployment {
    /// The project directory.
    directory: PathBuf,
    /// Its servers, in words.
    servers: String,
    /// Everything that its servers read is known.
    known: bool,
    /// What may be in a container or an image after all: the directories that images are built from, what is mounted into
    /// a server, and single files that are mounted anywhere.
    used: Vec<PathBuf>,
}

/// Servers of files that no stack uses.
#[derive(Debug, Default)]
pub(crate) struct LooseServers {
    pub(crate) servers: Vec<Server>,
    pub(crate) origins: Origins,
    pub(crate) problems: Vec<Problem>,
    pub(crate) errors: Vec<RunError>,
}

impl Deployment {
    /// A stack, if it has a server.
    pub(crate) fn of(stack: &Stack, sources: &Sources) -> Option<Self> {
        if stack.servers.is_empty() {
            return None;
        }
        let is_known = |server: &Server| {
            matches!(server.command.start, Start::Image | Start::Direct)
                && !matches!(server.hba, LiveHba::Unknown)
                && !matches!(server.config, LiveConfig::Unknown)
        };
        let own: HashSet<&str> = stack.servers.iter().filter_map(|server| server.service.as_deref()).collect();
        let mut used = Vec::new();
        for service in stack.services() {
            let context = service.value().get("build").and_then(|build| build.text_at("context"));
            used.extend(context.and_then(crate::stack::file_path));
            let is_server = own.contains(service.name);
            for mount in ContainerFiles::of(&service, stack).mounts() {
                if let MountSource::Host(host) = &mount.source
                    && let Some(path) = crate::stack::file_path(host)
                    && (is_server || sources.vfs().is_file(&path))
                {
                    used.push(path);
                }
            }
        }
        let names = stack.servers.iter().filter_map(|server| Some(format!("`{}`", server.service.as_deref()?)));
        Some(Self {
            directory: stack.spec.directory.clone(),
            servers: names.collect::<Vec<_>>().join(", "),
            known: stack.servers.iter().all(is_known),
            used,
        })
    }

    /// Whether nothing in the stack uses a file.
    fn leaves_out(&self, path: &Path) -> bool {
        self.known && !self.used.iter().any(|used| path.starts_with(used))
    }
}

impl LooseServers {
    /// Judges the files of one folder that nothing has read so far.
    pub(crate) fn of(files: &[LooseFile], deployments: &[Deployment], sources: &Sources) -> Self {
        let mut loose = Self::default();
        let mut hbas = Vec::new();
        let mut confs = Vec::new();
        for file in files {
            let list = match file.kind {
                LooseKind::PgHba => &mut hbas,
                LooseKind::PostgresqlConf => &mut confs,
                _ => continue,
            };
            match sources.open(&file.path) {
                Ok(file) if file.is_judged() => {}
                Ok(file) => list.push(file),
                Err(error) => {
                    let message = format!("cannot read `{}`: {error}", sources.vfs().display(&file.path));
                    loose.errors.push(RunError { message, place: None, partial: error.is_partial() });
                }
            }
        }
        let around = |path: &Path| {
            let above = deployments.iter().filter(|deployment| path.starts_with(&deployment.directory));
            above.max_by_key(|deployment| deployment.directory.components().count())
        };
        let dead = |path: &Path| around(path).filter(|deployment| deployment.leaves_out(path));
        for (list, kind) in [(&mut hbas, UnusedKind::Hba), (&mut confs, UnusedKind::Conf)] {
            list.retain(|file| {
                let Some(deployment) = dead(&file.path) else { return true };
                loose.dead(file, kind, deployment, sources);
                false
            });
        }
        loose.alive(&hbas, &confs, sources);
        loose
    }

    fn dead(
        &mut self,
        file: &std::sync::Arc<SourceFile>,
        kind: UnusedKind,
        deployment: &Deployment,
        sources: &Sources,
    ) {
        file.mark_judged();
        let files = Beside { sources };
        let mut own = Origins::default();
        let first: Option<Span> = match kind {
            UnusedKind::Hba => {
                let hba = hba::load(sources, &files, &mut own, &file.name, ASSUMED_MAJOR);
                hba.records.first().and_then(|record| record.line)
            }
            UnusedKind::Conf => {
                let conf = conf::load(sources, &files, &mut own, &file.name, ASSUMED_MAJOR);
                conf.assignments.first().and_then(|assignment| assignment.key)
            }
        };
        let Some(first) = first else { return };
        let mut server = blank();
        server.unused.push(UnusedFile {
            kind,
            path: file.name.clone(),
            host: Some(file.path.clone()),
            target: None,
            entry: Some(Span { range: first_line(file, first), ..first }),
            confidence: Confidence::Medium,
            instead: Some(deployment.servers.clone()),
        });
        self.servers.push(server);
    }

    fn alive(&mut self, hbas: &[std::sync::Arc<SourceFile>], confs: &[std::sync::Arc<SourceFile>], sources: &Sources) {
        let files = Beside { sources };
        let mut read = Vec::new();
        for file in confs {
            file.mark_judged();
            self.problems.extend(crate::stack::byte_problems(file));
            let conf = conf::load(sources, &files, &mut self.origins, &file.name, ASSUMED_MAJOR);
            self.problems.extend(crate::postgres::server::unread_settings(&conf));
            read.push((file.name.clone(), conf));
        }
        // One pair is one server; of several files nobody knows which belong together.
        let pair = hbas.len() == 1 && read.len() == 1;
        let settings = match read.as_slice() {
            [(_, conf)] => Settings::of_conf(conf),
            _ => Settings::default(),
        };
        for file in hbas {
            file.mark_judged();
            self.problems.extend(crate::stack::byte_problems(file));
            let hba = hba::load(sources, &files, &mut self.origins, &file.name, ASSUMED_MAJOR);
            self.problems.extend(crate::postgres::server::unread(&hba));
            let mut server = blank();
            server.hba = LiveHba::Read { path: file.name.clone(), hba, mount: None };
            server.settings = settings.clone();
            server.ssl = server.settings.ssl();
            if let Some((path, conf)) = read.first().filter(|_| pair) {
                server.config = LiveConfig::Read { path: path.clone(), conf: conf.clone(), mount: None };
            }
            self.servers.push(server);
        }
        for (path, conf) in read.into_iter().filter(|_| !pair) {
            let mut server = blank();
            server.settings = Settings::of_conf(&conf);
            server.ssl = server.settings.ssl();
            server.config = LiveConfig::Read { path, conf, mount: None };
            self.servers.push(server);
        }
    }
}

/// A server of which nothing is known.
fn blank() -> Server {
    Server {
        service: None,
        image: None,
        command: CommandLine::default(),
        settings: Settings::default(),
        config: LiveConfig::Unknown,
        hba: LiveHba::Unknown,
        reach: Reach { from: ReachedFrom::Unknown, place: None },
        unused: Vec::new(),
        ssl: crate::postgres::decision::Ssl::Unknown,
        decisions: std::sync::OnceLock::new(),
    }
}

/// The part of a place that lies in its first line.
fn first_line(file: &SourceFile, place: Span) -> stacklint_parsers::TextRange {
    let written = place.range.of(&file.text);
    let line = written.split(['\r', '\n']).next().unwrap_or_default();
    let end = place.range.start.saturating_add(u32::try_from(line.len()).unwrap_or(0));
    stacklint_parsers::TextRange::new(place.range.start, end)
}

/// The files beside one that nobody uses: what it names from its own directory may lie there, anything else is on the
/// machine that it is meant for.
struct Beside<'a> {
    sources: &'a Sources,
}

impl Files for Beside<'_> {
    fn locate(&self, path: &str) -> Located<'_> {
        let vfs = self.sources.vfs();
        let host = vfs.absolute(Path::new(path));
        let is_here = !path.starts_with('/') && vfs.inside(&host) && vfs.is_file(&host);
        if is_here { Located::File(host) } else { Located::Hidden }
    }

    fn list(&self, directory: &str) -> Listing {
        if directory.starts_with('/') {
            return Listing::Hidden;
        }
        match list_host(self.sources, &self.sources.vfs().absolute(Path::new(directory))) {
            Listing::Names(names) => Listing::Names(names),
            _ => Listing::Hidden,
        }
    }
}
