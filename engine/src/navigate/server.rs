//! What stands at a place of a configuration file of a PostgreSQL server.

use super::Navigator;
use super::facts::{self, Collector, Lost, Shown, Standing, ValueFact};
use super::syntax::touches;
use super::trail::trail_of_text;
use crate::discover::{LooseKind, loose_kind};
use crate::map::HashSet;
use crate::origin::{FileId, Origins, Role, Span, Step};
use crate::postgres::conf::{self, Assignment, Conf};
use crate::postgres::decision::{Decisions, Ssl};
use crate::postgres::files::HostFiles;
use crate::postgres::hba::{self, Hba, HbaRecord};
use crate::postgres::server::{ASSUMED_MAJOR, LiveConfig, LiveHba, Server, Settings, record_subject};
use crate::stack::Stack;
use crate::text::Text;

/// What a server reads, or what a file that no server reads says by itself.
struct Read<'r> {
    stacks: Vec<String>,
    origins: &'r Origins,
    server: Option<&'r Server>,
}

impl Read<'_> {
    fn subject(&self, part: &str) -> String {
        self.server.map_or_else(|| part.to_owned(), |server| server.subject(part))
    }
}

impl Navigator<'_> {
    pub(super) fn server_facts(&self, file: FileId, offset: u32, facts: &mut Collector) {
        for (stack, _) in &self.stacks {
            for server in &stack.servers {
                let stacks = vec![stack.spec.name.clone()];
                let read = Read { stacks, origins: &stack.origins, server: Some(server) };
                if let LiveConfig::Read { conf, .. } = &server.config {
                    self.parameter_facts(&read, conf, &server.settings, (file, offset), facts);
                }
                if let LiveHba::Read { hba, mount, .. } = &server.hba {
                    self.record_facts(&read, hba, server.decisions(), *mount, (file, offset), facts);
                }
                self.unread_facts(stack, server, file, offset, facts);
            }
        }
        if facts.is_empty() && !self.stacks.iter().any(|(stack, _)| stack.mounted.contains(&file)) {
            self.loose_facts(file, offset, facts);
        }
    }

    /// The same of a file that no stack has: what it says by itself.
    fn loose_facts(&self, file: FileId, offset: u32, facts: &mut Collector) {
        let Some(source) = self.sources.file(file) else { return };
        let name = source.file_name();
        let mut origins = Origins::default();
        let (files, path) = (HostFiles(self.sources), source.path.to_string_lossy());
        match loose_kind(name) {
            Some(LooseKind::PostgresqlConf) => {
                let conf = conf::load(self.sources, &files, &mut origins, &path, ASSUMED_MAJOR);
                let settings = Settings::of_conf(&conf);
                let read = Read { stacks: Vec::new(), origins: &origins, server: None };
                self.parameter_facts(&read, &conf, &settings, (file, offset), facts);
            }
            Some(LooseKind::PgHba) => {
                let hba = hba::load(self.sources, &files, &mut origins, &path, ASSUMED_MAJOR);
                let decisions = Decisions::of(hba.records.iter().map(|record| &record.record), Ssl::Unknown);
                let read = Read { stacks: Vec::new(), origins: &origins, server: None };
                self.record_facts(&read, &hba, Some(&decisions), None, (file, offset), facts);
            }
            _ => {}
        }
    }

    /// A parameter of a postgresql.conf. One that is read twice, since its file is included twice, is told once.
    fn parameter_facts(
        &self,
        read: &Read<'_>,
        conf: &Conf,
        settings: &Settings,
        (file, offset): (FileId, u32),
        facts: &mut Collector,
    ) {
        if !conf.files.iter().any(|known| known.id == file) {
            return;
        }
        let place = |assignment: &Assignment| {
            let key = assignment.key?;
            let whole = assignment.value_place.map_or(key.range, |value| key.range.cover(value.range));
            (key.file == file && touches(whole, offset)).then_some(whole)
        };
        let mut seen = HashSet::default();
        for assignment in &conf.assignments {
            let Some(whole) = place(assignment).filter(|whole| seen.insert(*whole)) else { continue };
            facts.about(whole);
            let name = assignment.name.to_ascii_lowercase();
            let setting = settings.get(&name);
            let own = assignment.value.source().map(|(place, _)| place);
            let winner = setting.map_or(&assignment.value, |setting| &setting.value);
            let winning = winner.source().map(|(place, _)| place);
            // Of an empty value nothing stands anywhere: then the order of the file says which one wins.
            let is_last = || conf.last(&name).is_some_and(|last| last.key == assignment.key);
            let counts = if own.is_some() || winning.is_some() { own == winning } else { is_last() };
            let standing = match &assignment.error {
                Some(error) => Standing::Refused(error.message.clone()),
                None if counts => Standing::Counts,
                None => Standing::Overridden(winning),
            };
            let losers = setting.filter(|_| counts).map(|setting| setting.overridden.as_slice()).unwrap_or_default();
            facts.value(ValueFact {
                stacks: read.stacks.clone(),
                path: read.subject(&name),
                value: facts::shown(&self.masker.text(&name, winner)),
                standing,
                overrides: losers.iter().filter_map(|loser| self.loser(&name, loser)).collect(),
                trail: trail_of_text(winner, read.origins),
            });
        }
    }

    fn loser(&self, name: &str, loser: &Text) -> Option<Lost> {
        let (place, _) = loser.source()?;
        Some(Lost { place, text: facts::brief(&self.masker.text(name, loser)) })
    }

    /// A record of a pg_hba.conf.
    fn record_facts(
        &self,
        read: &Read<'_>,
        hba: &Hba,
        decisions: Option<&Decisions>,
        mount: Option<Span>,
        (file, offset): (FileId, u32),
        facts: &mut Collector,
    ) {
        if !hba.files.iter().any(|known| known.id == file) {
            return;
        }
        let place = |record: &HbaRecord| record.line.filter(|line| line.file == file && touches(line.range, offset));
        let mut seen = HashSet::default();
        for (number, record) in hba.records.iter().enumerate() {
            let Some(line) = place(record).filter(|line| seen.insert(*line)) else { continue };
            // A comment behind the record is not about it.
            if record.comment.is_some_and(|comment| comment.range.start < offset) {
                continue;
            }
            facts.about(line.range);
            let standing = match decisions.filter(|decisions| decisions.is_dead(number)) {
                Some(decisions) => {
                    let before = decisions.taken_by(number).iter();
                    let lines = before.filter_map(|index| hba.records.get(*index)?.line);
                    Standing::Unreachable(lines.collect())
                }
                None => Standing::Counts,
            };
            let mut trail = vec![Step { role: Role::Written, place: Some(line), lost: None }];
            trail.extend(read.origins.trail(record.origin));
            trail.extend(mount.map(mounted));
            let subject = record_subject(record);
            let (name, words) = subject.split_once(':').unwrap_or(("", &subject));
            facts.value(ValueFact {
                stacks: read.stacks.clone(),
                // Counted as `pg_hba_file_rules` counts them: the first one that fits decides.
                path: read.subject(&format!("{name} rule {}", number + 1)),
                value: facts::shown(words),
                standing,
                overrides: Vec::new(),
                trail,
            });
        }
    }

    /// A file that is there for a server, which does not read it.
    fn unread_facts(&self, stack: &Stack, server: &Server, file: FileId, offset: u32, facts: &mut Collector) {
        let Some(source) = self.sources.file(file) else { return };
        let is_it = |host: &std::path::PathBuf| *host == source.path;
        for unused in server.unused.iter().filter(|unused| unused.host.as_ref().is_some_and(is_it)) {
            let line = line_around(&source.text, offset);
            if line.of(&source.text).trim().is_empty() {
                continue;
            }
            facts.about(line);
            facts.value(ValueFact {
                stacks: vec![stack.spec.name.clone()],
                path: server.subject(&unused.path),
                value: Shown::Nothing,
                standing: Standing::Unread(unused.instead.clone()),
                overrides: Vec::new(),
                trail: unused.entry.map(mounted).into_iter().collect(),
            });
        }
    }
}

fn mounted(place: Span) -> Step {
    Step { role: Role::MountedAt, place: Some(place), lost: None }
}

/// The line of a text that holds a place, without its line break.
fn line_around(text: &str, offset: u32) -> stacklint_parsers::TextRange {
    let (before, behind) = text.split_at_checked(offset as usize).unwrap_or((text, ""));
    let start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let end = before.len() + behind.find(['\n', '\r']).unwrap_or(behind.len());
    stacklint_parsers::TextRange::from_usize(start..end)
}
