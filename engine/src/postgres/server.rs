//! A PostgreSQL server as it will run: which configuration file and which pg_hba.conf it reads, and which values win.
//!
//! Sources of values, weakest first: what is built in or the image's first start writes, the configuration file with all
//! that it includes, the command line (`guc.c`). What `ALTER SYSTEM` wrote lies in the data directory, where nobody can
//! see it from here.

mod container;
mod live;
mod reach;
mod settings;
mod unused;

pub(crate) use container::InContainer;
pub use live::{FirstHba, LiveConfig, LiveHba};
pub(in crate::postgres) use live::{unread, unread_settings};
pub use reach::{Reach, ReachedFrom};
pub use settings::{Setting, SettingSource, Settings};
pub use unused::{UnusedFile, UnusedKind};

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use crate::finding::Confidence;
use crate::origin::Origins;
use crate::postgres::arguments::{CommandLine, Start};
use crate::postgres::decision::{Decisions, Ssl};
use crate::postgres::hba::HbaRecord;
use crate::postgres::image::{FirstStart, Image, Major};
use crate::source::{SourceFile, Sources};
use crate::stack::container::ContainerFiles;
use crate::stack::{Problem, Service, Stack};

/// The major version that a server is read as where nothing says which it is.
pub const ASSUMED_MAJOR: u32 = 17;

/// A PostgreSQL server.
#[derive(Debug)]
pub struct Server {
    /// The service that runs it; none for files that no stack uses.
    pub service: Option<Box<str>>,
    /// The image of the service.
    pub image: Option<Image>,
    /// What the service starts.
    pub command: CommandLine,
    /// The values that win.
    pub settings: Settings,
    /// The configuration file that it reads.
    pub config: LiveConfig,
    /// The records that it reads.
    pub hba: LiveHba,
    /// From where it can be reached.
    pub reach: Reach,
    /// Files that are brought into its container as its configuration, and that it does not read.
    pub unused: Vec<UnusedFile>,
    pub(crate) ssl: Ssl,
    pub(crate) decisions: OnceLock<Option<Decisions>>,
}

/// What working out a server brought besides it.
#[derive(Debug, Default)]
pub(crate) struct Byproducts {
    /// The files that were read.
    pub(crate) files: Vec<Arc<SourceFile>>,
    /// Files that a mount names and that do not exist.
    pub(crate) missing: Vec<PathBuf>,
    /// What was left unread.
    pub(crate) problems: Vec<Problem>,
}

/// The servers of a stack, in the order of its services.
pub(crate) fn of_stack(stack: &Stack, origins: &mut Origins, sources: &Sources) -> (Vec<Server>, Byproducts) {
    let mut byproducts = Byproducts::default();
    let servers =
        stack.services().filter_map(|service| Server::of(&service, stack, origins, sources, &mut byproducts)).collect();
    (servers, byproducts)
}

impl Server {
    fn of(
        service: &Service<'_>,
        stack: &Stack,
        origins: &mut Origins,
        sources: &Sources,
        byproducts: &mut Byproducts,
    ) -> Option<Self> {
        let image = Image::of(service);
        let official = image.as_ref().is_some_and(|image| image.official);
        let command = CommandLine::of(service, official, origins);
        match command.start {
            Start::Direct | Start::Wrapped => {}
            Start::Image | Start::Opaque if official => {}
            _ => return None,
        }
        let files = ContainerFiles::of(service, stack);
        let first = FirstStart::of(service);
        let plan =
            live::Plan { service, image: image.as_ref(), command: &command, files: &files, first: &first, sources };
        let live::Live { config, settings, hba } = plan.work_out(origins, byproducts);
        let reach = Reach::of(service, stack, &settings);
        let mut server = Self {
            service: Some(service.name.into()),
            image,
            command,
            settings,
            config,
            hba,
            reach,
            unused: Vec::new(),
            ssl: Ssl::Unknown,
            decisions: OnceLock::new(),
        };
        server.ssl = server.settings.ssl();
        server.unused = unused::of(&server, &files, sources);
        Some(server)
    }

    /// The major version, if anything says which it is.
    #[must_use]
    pub fn major(&self) -> Option<&Major> {
        self.image.as_ref()?.major.as_ref()
    }

    /// The service that runs it.
    #[must_use]
    pub fn service_in<'a>(&self, stack: Option<&'a Stack>) -> Option<Service<'a>> {
        stack?.service(self.service.as_deref()?)
    }

    /// Whether it offers TLS.
    #[must_use]
    pub fn ssl(&self) -> Ssl {
        self.ssl
    }

    /// How sure it is that its records are those that are known here: a script before it, an image that nobody knows, or
    /// somebody after the first start may have brought others.
    #[must_use]
    pub fn hba_confidence(&self) -> Confidence {
        let seen = matches!(self.hba, LiveHba::Read { .. });
        if self.service.is_some() && seen && self.command.is_certain() { Confidence::High } else { Confidence::Medium }
    }

    /// How sure it is that a parameter has the value that is known here, or none.
    #[must_use]
    pub fn confidence_of(&self, parameter: &str) -> Confidence {
        let said = self.settings.get(parameter).map(|setting| setting.source);
        let seen = match said {
            Some(SettingSource::CommandLine) => true,
            _ => self.settings.is_complete() && matches!(self.config, LiveConfig::Read { .. }),
        };
        if self.service.is_some() && seen && self.command.is_certain() { Confidence::High } else { Confidence::Medium }
    }

    /// The records that it reads, if they are in a file that could be read.
    #[must_use]
    pub fn records(&self) -> &[HbaRecord] {
        match &self.hba {
            LiveHba::Read { hba, .. } => &hba.records,
            _ => &[],
        }
    }

    /// What its records decide; nothing where they are not known.
    #[must_use]
    pub fn decisions(&self) -> Option<&Decisions> {
        let decide = || match &self.hba {
            LiveHba::Read { hba, .. } => Some(Decisions::of(hba.records.iter().map(|record| &record.record), self.ssl)),
            LiveHba::FirstStart(first) => Some(Decisions::of(first.records.iter(), self.ssl)),
            LiveHba::Unknown => None,
        };
        self.decisions.get_or_init(decide).as_ref()
    }

    /// The logical path of something about it: `services.db.ssl`, or the file's name for one that no stack uses.
    #[must_use]
    pub fn subject(&self, part: &str) -> String {
        match &self.service {
            Some(service) => format!("services.{service}.{part}"),
            None => part.to_owned(),
        }
    }
}

/// The stable name of a record: the words it begins with, since lines move.
#[must_use]
pub fn record_subject(record: &HbaRecord) -> String {
    let file = record.file.rsplit('/').next().unwrap_or_default();
    let words =
        record.fields.iter().map(|field| field.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(","));
    // Options may hold secrets.
    let known = record.record.method.at.field + 1;
    format!("{file}:{}", words.take(known).collect::<Vec<_>>().join(" "))
}
