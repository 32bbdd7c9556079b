//! Files of a PostgreSQL server as the server shows them in its views.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Serialize;
use stacklint_engine::origin::Origins;
use stacklint_engine::postgres::conf::{self, Assignment, AssignmentError, ConfProblem};
use stacklint_engine::postgres::files::{Files, Listing, Located, list_host};
use stacklint_engine::postgres::hba::{self, HbaProblem, HbaProblemKind, HbaRecord};
use stacklint_engine::source::Sources;
use stacklint_engine::vfs::Vfs;
use stacklint_parsers::Format;

use super::Reader;

/// Options whose value is a secret whatever it looks like.
const SECRET_OPTIONS: [&str; 2] = ["ldapbindpasswd", "radiussecrets"];

#[derive(Serialize)]
pub(super) struct JsonRows<T> {
    format: &'static str,
    rows: Vec<T>,
}

/// A row of `pg_hba_file_rules`: of a record, or of an error, which has nothing but its place.
#[derive(Default, Serialize)]
pub(super) struct JsonHbaRow {
    /// Counts the records; an error has none.
    rule_number: Option<u32>,
    file_name: String,
    /// None where an error is about no line.
    line_number: Option<u32>,
    #[serde(rename = "type")]
    kind: Option<&'static str>,
    database: Option<Vec<String>>,
    user_name: Option<Vec<String>>,
    address: Option<String>,
    netmask: Option<String>,
    auth_method: Option<&'static str>,
    /// None where there is none, as in the view.
    options: Option<Vec<String>>,
    error: Option<String>,
}

/// A row of `pg_file_settings`: of an assignment, or of an error, which has nothing but its place.
#[derive(Serialize)]
pub(super) struct JsonSettingRow {
    sourcefile: String,
    sourceline: Option<u32>,
    name: Option<String>,
    setting: Option<String>,
    applied: bool,
    error: Option<String>,
}

/// Whether files of a format name others to read.
pub(super) fn reads_others(format: Format) -> bool {
    matches!(format, Format::PgHba | Format::PgHba13 | Format::PostgresqlConf)
}

/// Lets the files beside a file be read, which it may name. Gives the path with the links of its directory followed, so
/// that it lies inside the boundary.
pub(super) fn admit(vfs: &mut Vfs, path: PathBuf, format: Format) -> PathBuf {
    match path.parent() {
        Some(directory) if reads_others(format) => {
            vfs.admit(directory);
            followed(&path)
        }
        _ => path,
    }
}

fn followed(path: &Path) -> PathBuf {
    match (path.parent().map(Path::canonicalize), path.file_name()) {
        (Some(Ok(directory)), Some(name)) => directory.join(name),
        _ => path.to_owned(),
    }
}

/// Paths as the command line and the files give them: relative ones start at the current directory, as for a server that
/// was started there.
struct GivenFiles<'a>(&'a Sources);

impl Files for GivenFiles<'_> {
    fn locate(&self, path: &str) -> Located<'_> {
        Located::File(followed(&self.0.vfs().absolute(Path::new(path))))
    }

    fn list(&self, directory: &str) -> Listing {
        list_host(self.0, &followed(&self.0.vfs().absolute(Path::new(directory))))
    }
}

impl Reader<'_> {
    pub(super) fn pg_hba(&self, path: &Path, major: u32) -> JsonRows<JsonHbaRow> {
        let files = GivenFiles(self.sources);
        let hba = hba::load(self.sources, &files, &mut Origins::default(), &path.to_string_lossy(), major);
        let records = hba.records.iter().zip(1..).map(|(record, rule)| (record.order, self.record(record, rule)));
        // The server has no row for these.
        let silent = |kind| matches!(kind, HbaProblemKind::NoRecords | HbaProblemKind::Directory);
        let problems = hba.problems.iter().filter(|problem| !silent(problem.kind));
        let problems = problems.map(|problem| (problem.order, hba_problem(problem)));
        JsonRows { format: Format::PgHba.name(), rows: in_order(records.chain(problems)) }
    }

    fn record(&self, record: &HbaRecord, rule: u32) -> JsonHbaRow {
        let shown = record.shown();
        let options = shown.options.iter().map(|(name, value)| {
            let value = if SECRET_OPTIONS.contains(name) {
                self.masking.whole(value)
            } else {
                self.masking.string(name, value)
            };
            format!("{name}={value}")
        });
        let options: Vec<String> = options.collect();
        JsonHbaRow {
            rule_number: Some(rule),
            file_name: record.file.to_string(),
            line_number: Some(record.number),
            kind: Some(shown.kind),
            database: Some(shown.databases),
            user_name: Some(shown.users),
            address: shown.address,
            netmask: shown.netmask,
            auth_method: Some(shown.method),
            options: Some(options).filter(|options| !options.is_empty()),
            error: None,
        }
    }

    pub(super) fn postgresql_conf(&self, path: &Path, major: u32) -> JsonRows<JsonSettingRow> {
        let files = GivenFiles(self.sources);
        let conf = conf::load(self.sources, &files, &mut Origins::default(), &path.to_string_lossy(), major);
        // The server looks at values only where it can read all lines and knows all names.
        let of_name = |error: &AssignmentError| error.kind.is_of_name();
        let only_names = conf.problems.iter().any(ConfProblem::is_refused)
            || conf.assignments.iter().any(|assignment| assignment.error.as_ref().is_some_and(of_name));
        let assignments =
            conf.assignments.iter().map(|assignment| (assignment.order, self.assignment(assignment, only_names)));
        let problems = conf.problems.iter().map(|problem| (problem.order, conf_problem(problem)));
        JsonRows { format: Format::PostgresqlConf.name(), rows: in_order(assignments.chain(problems)) }
    }

    fn assignment(&self, assignment: &Assignment, only_names: bool) -> JsonSettingRow {
        let error = assignment.error.as_ref().filter(|error| error.kind.is_of_name() || !only_names);
        let value = &assignment.value;
        let show = |range: Range<usize>| value.as_str().get(range).unwrap_or_default().to_owned();
        JsonSettingRow {
            sourcefile: assignment.file.to_string(),
            sourceline: Some(assignment.line),
            name: Some(assignment.name.to_string()),
            setting: Some(self.masking.text(&assignment.name, value, show)),
            applied: assignment.applied,
            error: error.map(|error| sentence(&error.message, &error.help)),
        }
    }
}

fn hba_problem(problem: &HbaProblem) -> JsonHbaRow {
    JsonHbaRow {
        file_name: problem.file.to_string(),
        line_number: Some(problem.number).filter(|number| *number > 0),
        error: Some(sentence(&problem.message, &problem.help)),
        ..JsonHbaRow::default()
    }
}

fn conf_problem(problem: &ConfProblem) -> JsonSettingRow {
    JsonSettingRow {
        sourcefile: problem.file.to_string(),
        sourceline: Some(problem.line).filter(|line| *line > 0),
        name: None,
        setting: None,
        applied: false,
        error: Some(sentence(&problem.message, &problem.help)),
    }
}

fn sentence(message: &str, help: &str) -> String {
    if help.is_empty() { message.to_owned() } else { format!("{message}; {help}") }
}

fn in_order<T>(rows: impl Iterator<Item = (u32, T)>) -> Vec<T> {
    let mut rows: Vec<(u32, T)> = rows.collect();
    rows.sort_by_key(|(order, _)| *order);
    rows.into_iter().map(|(_, row)| row).collect()
}
