//! Which files a server reads.
//!
//! `SelectConfigFiles` in guc.c: the configuration file is `config_file`, or `postgresql.conf` in the directory that `-D`
//! or `PGDATA` names; `hba_file`, or `pg_hba.conf` in that same directory, wherever the configuration file lies. Relative
//! paths start at the working directory of the process.

use stacklint_parsers::pg_hba::record::{Address, At, ConnectionKind, Database, Method, Placed, Record, User};

use crate::map::HashMap;
use crate::origin::{OriginId, Origins, Role, Span, Step};
use crate::postgres::arguments::{CommandLine, Start};
use crate::postgres::conf::{self, Conf, ConfProblem, ConfProblemKind};
use crate::postgres::decision::Decisions;
use crate::postgres::files::{Files as _, Located, relative_to};
use crate::postgres::hba::{self, Hba, HbaProblemKind};
use crate::postgres::image::{FirstStart, Image};
use crate::postgres::server::container::InContainer;
use crate::postgres::server::settings::{SettingSource, Settings};
use crate::postgres::server::{ASSUMED_MAJOR, Byproducts};
use crate::source::Sources;
use crate::stack::container::{ContainerFiles, Found};
use crate::stack::{Problem, ProblemKind, Service};
use crate::text::Text;

/// What `initdb` makes the first postgresql.conf of, in the Debian images and in those of Alpine.
const SAMPLES: [&str; 2] =
    ["/usr/share/postgresql/postgresql.conf.sample", "/usr/local/share/postgresql/postgresql.conf.sample"];

/// The configuration file that a server reads.
#[derive(Clone, Debug)]
pub enum LiveConfig {
    /// A file that could be read.
    Read {
        /// Its path, as the server knows it.
        path: String,
        /// What it holds.
        conf: Conf,
        /// The mount that brings it.
        mount: Option<Span>,
    },
    /// What the first start of the official image writes, if nobody changed it since.
    FirstStart,
    /// A file that nobody can read here.
    Unknown,
}

/// The pg_hba.conf that a server reads.
#[derive(Clone, Debug)]
pub enum LiveHba {
    /// A file that could be read.
    Read {
        /// Its path, as the server knows it.
        path: String,
        /// What it holds.
        hba: Hba,
        /// The mount that brings it.
        mount: Option<Span>,
    },
    /// What the first start of the official image writes, if nobody changed it since.
    FirstStart(FirstHba),
    /// A file that nobody can read here.
    Unknown,
}

/// The records that the first start of the official image writes.
#[derive(Clone, Debug)]
pub struct FirstHba {
    /// Six for this machine itself, then one for all others.
    pub records: Vec<Record>,
    /// The method for all others, with what says it: a variable, an argument, or nothing but the version.
    pub method: Text,
}

/// What decides which files a server reads.
pub(super) struct Plan<'a> {
    pub(super) service: &'a Service<'a>,
    pub(super) image: Option<&'a Image>,
    pub(super) command: &'a CommandLine,
    pub(super) files: &'a ContainerFiles<'a>,
    pub(super) first: &'a FirstStart,
    pub(super) sources: &'a Sources,
}

/// What a server reads.
pub(super) struct Live {
    pub(super) config: LiveConfig,
    pub(super) settings: Settings,
    pub(super) hba: LiveHba,
}

impl Plan<'_> {
    pub(super) fn work_out(&self, origins: &mut Origins, byproducts: &mut Byproducts) -> Live {
        if self.command.start == Start::Opaque {
            return Live { config: LiveConfig::Unknown, settings: Settings::default(), hba: LiveHba::Unknown };
        }
        let mut settings = Settings::default();
        if let Some(port) = self.service.variable("PGPORT") {
            settings.set("port", port.clone(), SettingSource::Environment);
        }
        let directory = self.directory();
        let config = self.config(directory.as_deref(), &mut settings, origins, byproducts);
        settings.set_arguments(self.command);
        settings.complete = match &config {
            LiveConfig::Read { conf, .. } => {
                self.command.is_certain() && !conf.problems.iter().any(ConfProblem::is_unread)
            }
            LiveConfig::FirstStart => self.command.is_certain(),
            LiveConfig::Unknown => false,
        };
        settings.listens_by_default = matches!(config, LiveConfig::FirstStart);
        let hba = self.hba(directory.as_deref(), &settings, origins, byproducts);
        Live { config, settings, hba }
    }

    fn is_official(&self) -> bool {
        self.image.is_some_and(|image| image.official)
    }

    /// The directory that `-D` or `PGDATA` names; nothing if nobody knows.
    fn directory(&self) -> Option<String> {
        if let Some(directory) = self.command.data_directory() {
            return self.absolute(directory);
        }
        match self.service.variable("PGDATA") {
            Some(directory) if !directory.is_empty() => self.absolute(directory),
            _ => self.image.filter(|image| image.official).map(Image::data_directory),
        }
    }

    /// A path as the server process sees it.
    fn absolute(&self, path: &Text) -> Option<String> {
        let working = self.service.value().text_at("working_dir");
        let working = working.filter(|directory| !directory.is_unknown()).map_or("/", Text::as_str);
        let usable = !path.is_empty() && !path.is_unknown() && path.unset().next().is_none();
        usable.then(|| relative_to(&format!("{working}/."), path.as_str()))
    }

    /// What the image starts with by itself, if the service has no command of its own.
    fn image_argument(&self, name: &str) -> Option<&'static str> {
        let (known, value) = self.image?.argument.filter(|_| self.command.start == Start::Image)?;
        (known == name).then_some(value)
    }

    fn files(&self) -> InContainer<'_> {
        InContainer { files: self.files, sources: self.sources }
    }

    /// The entry that brings the file at a path.
    fn mount(&self, path: &str) -> Option<Span> {
        match self.files.find(path) {
            Found::Host(_, mount) | Found::Content(_, mount) | Found::Hidden(mount) => mount.entry.place,
            Found::Image => None,
        }
    }

    /// The host's path behind a path, where a mount names a source that does not exist.
    fn note_missing(&self, path: &str, byproducts: &mut Byproducts) {
        if let (Found::Host(host, _), Located::Hidden) = (self.files.find(path), self.files().locate(path)) {
            self.sources.vfs().want(&host);
            byproducts.missing.push(host);
        }
    }

    fn config(
        &self,
        directory: Option<&str>,
        settings: &mut Settings,
        origins: &mut Origins,
        byproducts: &mut Byproducts,
    ) -> LiveConfig {
        let named = self.command.values("config_file").next_back();
        let own = self.image_argument("config_file");
        let path = match (named, own) {
            (Some(path), _) => self.absolute(path),
            (None, Some(path)) => Some(path.to_owned()),
            (None, None) => directory.map(|directory| format!("{directory}/postgresql.conf")),
        };
        let Some(path) = path else { return LiveConfig::Unknown };
        if self.readable(&path) {
            return self.read(path, settings, origins, byproducts);
        }
        self.note_missing(&path, byproducts);
        // Of its own data directory the official image knows what it wrote; of another one nobody does.
        let written_first = own.is_some() || named.is_none() && self.command.data_directory().is_none();
        if !(self.is_official() && written_first) {
            return LiveConfig::Unknown;
        }
        if let Some(sample) = SAMPLES.iter().find(|sample| own.is_none() && self.readable(sample)) {
            return self.read((*sample).to_owned(), settings, origins, byproducts);
        }
        for (name, value) in &self.first.settings {
            settings.set(name, value.clone(), SettingSource::FirstStart);
        }
        LiveConfig::FirstStart
    }

    fn read(
        &self,
        path: String,
        settings: &mut Settings,
        origins: &mut Origins,
        byproducts: &mut Byproducts,
    ) -> LiveConfig {
        let mount = self.mount(&path);
        let mut conf = conf::load(self.sources, &self.files(), origins, &path, self.major());
        let mut way = Way::default();
        for assignment in &mut conf.assignments {
            if let Some(place) = self.mount(&assignment.file).or(mount) {
                way.end(&mut assignment.value, place, origins);
            }
        }
        byproducts.problems.extend(unread_settings(&conf));
        byproducts.files.extend(conf.files.iter().cloned());
        for assignment in &conf.assignments {
            settings.set(&assignment.name, assignment.value.clone(), SettingSource::File);
        }
        LiveConfig::Read { path, conf, mount }
    }

    /// Whether there is something to read at a path: the file itself, or one whose absence is a fact.
    fn readable(&self, path: &str) -> bool {
        match self.files().locate(path) {
            Located::Text(_) => true,
            // A directory that is brought in may not hold the file, or not yet.
            Located::File(host) => self.sources.vfs().is_present(&host),
            Located::Hidden | Located::Absent => false,
        }
    }

    fn major(&self) -> u32 {
        self.image.and_then(|image| image.major.as_ref()).map_or(ASSUMED_MAJOR, |major| major.number)
    }

    fn hba(
        &self,
        directory: Option<&str>,
        settings: &Settings,
        origins: &mut Origins,
        byproducts: &mut Byproducts,
    ) -> LiveHba {
        let named = settings.get("hba_file").map(|setting| &setting.value);
        let path = match named {
            Some(path) => self.absolute(path),
            None if settings.complete || self.command.start == Start::Wrapped => {
                directory.map(|directory| format!("{directory}/pg_hba.conf"))
            }
            None => None,
        };
        let Some(path) = path else { return LiveHba::Unknown };
        if self.readable(&path) {
            let mount = self.mount(&path);
            let mut hba = hba::load(self.sources, &self.files(), origins, &path, self.major());
            let mut way = Way::default();
            for record in &mut hba.records {
                let Some(place) = self.mount(&record.file).or(mount) else { continue };
                for token in record.fields.iter_mut().flatten() {
                    way.end(&mut token.text, place, origins);
                }
            }
            byproducts.problems.extend(unread(&hba));
            byproducts.files.extend(hba.files.iter().cloned());
            return LiveHba::Read { path, hba, mount };
        }
        self.note_missing(&path, byproducts);
        let written_first = named.is_none() && self.command.data_directory().is_none() && settings.complete;
        match (self.is_official() && written_first).then(|| self.first_hba(settings)).flatten() {
            Some(first) => LiveHba::FirstStart(first),
            None => LiveHba::Unknown,
        }
    }

    /// The records that `initdb` and then the entry point write.
    fn first_hba(&self, settings: &Settings) -> Option<FirstHba> {
        let or_trust = |method: &Option<Text>| match method {
            Some(method) => Method::named(method.as_str()),
            None => Some(Method::Trust),
        };
        let local = or_trust(&self.first.local)?;
        let loopback = or_trust(&self.first.loopback)?;
        let written = self.service.variable("POSTGRES_HOST_AUTH_METHOD").filter(|method| !method.is_empty());
        let method = match (written, settings.get("password_encryption")) {
            (Some(method), _) => method.clone(),
            (None, Some(encryption)) => {
                let md5 = !encryption.value.as_str().eq_ignore_ascii_case("scram-sha-256");
                let (place, origin) = encryption.value.source().unzip();
                Text::derived(if md5 { "md5" } else { "scram-sha-256" }, place, origin.unwrap_or(OriginId::WRITTEN))
            }
            (None, None) => {
                let method = if self.major() >= 14 { "scram-sha-256" } else { "md5" };
                Text::from_nowhere(method, OriginId::WRITTEN)
            }
        };
        let others = Method::named(method.as_str())?;
        let one = |address: std::net::IpAddr| {
            let mask = match address {
                std::net::IpAddr::V4(_) => std::net::Ipv4Addr::BROADCAST.into(),
                std::net::IpAddr::V6(_) => std::net::Ipv6Addr::from_bits(u128::MAX).into(),
            };
            Address::Net { address, mask }
        };
        let here = [
            (None, local),
            (Some(one(std::net::Ipv4Addr::LOCALHOST.into())), loopback),
            (Some(one(std::net::Ipv6Addr::LOCALHOST.into())), loopback),
        ];
        let mut records = Vec::new();
        for database in [Database::All, Database::Replication] {
            records.extend(here.clone().map(|(address, method)| record(database.clone(), address, method)));
        }
        records.push(record(Database::All, Some(Address::All), others));
        Some(FirstHba { records, method })
    }
}

fn record(database: Database, address: Option<Address>, method: Method) -> Record {
    let at = At { field: 0, token: 0 };
    Record {
        kind: if address.is_none() { ConnectionKind::Local } else { ConnectionKind::Host },
        databases: vec![Placed { value: database, at }],
        users: vec![Placed { value: User::All, at }],
        address: address.map(|value| Placed { value, at }),
        method: Placed { value: method, at },
        options: Vec::new(),
    }
}

/// Adds mounts to the ways of texts. Texts that came the same way go on together.
#[derive(Default)]
struct Way {
    known: HashMap<(OriginId, Span), OriginId>,
}

impl Way {
    fn end(&mut self, text: &mut Text, mount: Span, origins: &mut Origins) {
        text.travel(|origin| {
            let step = Step { role: Role::MountedAt, place: Some(mount), lost: None };
            *self.known.entry((origin, mount)).or_insert_with(|| origins.push(origin, step))
        });
    }
}

/// What of the records was left unread, as problems of the stack.
pub(in crate::postgres) fn unread(hba: &Hba) -> Vec<Problem> {
    let mut problems = Vec::new();
    for problem in &hba.problems {
        let kind = match problem.kind {
            HbaProblemKind::Outside => ProblemKind::OutsideRoot,
            HbaProblemKind::OverLimit => ProblemKind::OverLimit,
            _ => continue,
        };
        let place = problem.place.or(problem.line);
        problems.push(Problem::new(kind, place, &problem.file, problem.message.clone()).help(problem.help.clone()));
    }
    let judged = Decisions::count(hba.records.iter().map(|record| &record.record));
    if let Some(first) = hba.records.get(judged) {
        let message = format!("which connections get to a record was worked out for the first {judged} records only");
        let problem =
            Problem::new(ProblemKind::OverLimit, first.kind().and_then(|word| word.place), &first.file, message);
        problems.push(problem.help("group users in roles, and write `+role`"));
    }
    problems
}

/// What of the settings was left unread, as problems of the stack.
pub(in crate::postgres) fn unread_settings(conf: &Conf) -> Vec<Problem> {
    let kind = |problem: &ConfProblem| match problem.kind {
        ConfProblemKind::Outside => Some(ProblemKind::OutsideRoot),
        ConfProblemKind::OverLimit => Some(ProblemKind::OverLimit),
        _ => None,
    };
    let worded = conf.problems.iter().filter_map(|problem| {
        let found = Problem::new(kind(problem)?, problem.place, &problem.file, problem.message.clone());
        Some(if problem.help.is_empty() { found } else { found.help(problem.help.clone()) })
    });
    worded.collect()
}
