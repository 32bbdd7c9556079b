//! Where a format says that something is: the paths and columns that its reader wants, and never nowhere.

use stacklint_engine::finding::Finding;
use stacklint_engine::line_index::ColumnUnit;
use stacklint_engine::map::HashMap;
use stacklint_engine::origin::Span;
use stacklint_engine::source::Sources;

use crate::report::Report;
use crate::report::location::{Location, Locator, Position};
use crate::report::remark::Remark;

/// What stands for a file where none is to blame: the directory that paths are relative to.
const NO_FILE: &str = ".";

/// What paths are relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// The root: for programs that run where we did.
    Root,
    /// The git top: for sites that show the repository. A place in a file that git ignores cannot be looked at there; a
    /// finding is then shown at the first place of its way that can.
    Repository,
}

/// Finds out where remarks are.
#[derive(Debug)]
pub(crate) struct Sites<'a> {
    report: Report<'a>,
    base: Base,
    locator: Locator<'a>,
}

impl<'a> Sites<'a> {
    /// For one report.
    pub(crate) fn new(report: &Report<'a>, base: Base, unit: ColumnUnit) -> Self {
        Self { report: *report, base, locator: Locator::counting(report.sources, unit) }
    }

    /// The place that is shown of a remark.
    pub(crate) fn shown(&self, remark: &Remark<'_>) -> Option<Span> {
        match (self.base, remark.finding()) {
            (Base::Repository, Some(finding)) => shown(finding, self.report.sources),
            _ => remark.place(),
        }
    }

    /// Where a remark is, if it is anywhere.
    pub(crate) fn of(&self, remark: &Remark<'_>) -> Option<Location> {
        self.at(self.shown(remark)?)
    }

    /// Where a remark is, for formats that drop what is nowhere: that is at the start of the first file of its stack, or
    /// of any stack.
    pub(crate) fn anchor(&self, remark: &Remark<'_>) -> Location {
        self.of(remark).unwrap_or_else(|| {
            let stacks = &self.report.outcome.stacks;
            let own = remark.finding().and_then(|finding| finding.stacks.first());
            let own = own.and_then(|own| stacks.iter().find(|stack| stack.name == *own.name));
            let name = own.or(stacks.first()).and_then(|stack| stack.files.first());
            let start = Position { line: 1, column: 1, offset: 0 };
            Location { path: name.map_or(NO_FILE.to_owned(), |name| self.path_of(name)), start, end: start }
        })
    }

    /// Where a span is.
    pub(crate) fn at(&self, place: Span) -> Option<Location> {
        let mut location = self.locator.locate(place)?;
        if self.base == Base::Repository {
            let file = self.report.sources.file(place.file)?;
            location.path = self.report.sources.vfs().display_from_top(&file.path);
        }
        Some(location)
    }

    /// The path of a file that reports know by its name.
    fn path_of(&self, name: &str) -> String {
        match self.base {
            Base::Root => name.to_owned(),
            Base::Repository => {
                let vfs = self.report.sources.vfs();
                vfs.display_from_top(&vfs.absolute(std::path::Path::new(name)))
            }
        }
    }
}

/// The place that a viewer of the repository can be shown: the primary one, unless git ignores its file (an `.env` with
/// secrets, as it should be). Then that is the first step of the way that is seen, the line of the Compose file that uses
/// the value.
pub(crate) fn shown(finding: &Finding, sources: &Sources) -> Option<Span> {
    let is_ignored = |place: Span| sources.file(place.file).is_some_and(|file| file.ignored);
    let primary = finding.primary?;
    if !is_ignored(primary) {
        return Some(primary);
    }
    let steps = finding.trail.iter().map(|step| step.place);
    let mut places = steps.chain(finding.related.iter().map(|related| related.place));
    Some(places.find(|place| !is_ignored(*place)).unwrap_or(primary))
}

/// Things by the file that they are in, the files in the order of their first.
pub(crate) fn by_file<T>(things: impl IntoIterator<Item = (Location, T)>) -> Vec<(String, Vec<(Location, T)>)> {
    let mut files: Vec<(String, Vec<(Location, T)>)> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::default();
    for (location, thing) in things {
        let index = *known.entry(location.path.clone()).or_insert(files.len());
        match files.get_mut(index) {
            Some((_, things)) => things.push((location, thing)),
            None => files.push((location.path.clone(), vec![(location, thing)])),
        }
    }
    files
}

/// The last line that has something of the place: one that ends behind a line feed has nothing of the next.
pub(crate) fn last_line(location: &Location) -> u32 {
    let behind = location.end.column == 1 && location.end.line > location.start.line;
    if behind { location.end.line - 1 } else { location.end.line }
}

#[cfg(test)]
mod tests {
    use stacklint_engine::finding::{Confidence, Severity, StackVerdict, TrailStep};
    use stacklint_engine::origin::Role;
    use stacklint_engine::outcome::{Outcome, StackSummary};

    use super::*;
    use crate::report::test_support::{finding, sources, span_of};

    #[test]
    fn what_git_ignores_is_shown_where_it_is_used() {
        let (sources, files) = sources(&[(".gitignore", ".env\n"), (".env", "A=b\n"), ("compose.yaml", "x: ${A}\n")]);
        let mut used = finding("rule", Some(span_of(&files[1], "b")));
        used.trail =
            vec![TrailStep { role: Role::Interpolated, message: "".into(), place: span_of(&files[2], "${A}") }];
        let outcome = Outcome::default();
        let remark = Remark::Finding(&used);
        let path = |base| {
            let sites = Sites::new(&Report::of(&sources, &outcome), base, ColumnUnit::CodePoint);
            sites.of(&remark).unwrap().path
        };
        assert_eq!((path(Base::Repository), path(Base::Root)), ("compose.yaml".to_owned(), ".env".to_owned()));
    }

    #[test]
    fn nothing_is_nowhere() {
        let (sources, files) = sources(&[("a/compose.yaml", "a\nb\n"), ("b/compose.yaml", "")]);
        let stack = |name: &str| StackSummary {
            name: name.to_owned(),
            files: vec![format!("{name}/compose.yaml")],
            missing: Vec::new(),
            environment: "unknown",
            reason: String::new(),
            errors: Vec::new(),
        };
        let outcome = Outcome { stacks: vec![stack("a"), stack("b")], ..Outcome::default() };
        let empty = Outcome::default();
        let found = finding("internal-error", None);
        let path = |outcome, finding: Finding| {
            let sites = Sites::new(&Report::of(&sources, outcome), Base::Repository, ColumnUnit::CodePoint);
            sites.anchor(&Remark::Finding(&finding)).path
        };
        assert_eq!(path(&outcome, found.clone()), "a/compose.yaml");
        assert_eq!(path(&empty, found.clone()), ".");
        let verdict = StackVerdict {
            name: "b".into(),
            environment: "unknown",
            severity: Severity::High,
            confidence: Confidence::High,
        };
        assert_eq!(path(&outcome, Finding { stacks: vec![verdict], ..found }), "b/compose.yaml");
        let sites = Sites::new(&Report::of(&sources, &outcome), Base::Root, ColumnUnit::CodePoint);
        let lines = |text| last_line(&sites.at(span_of(&files[0], text)).unwrap());
        assert_eq!((lines("a"), lines("a\n"), lines("a\nb"), lines("\n")), (1, 1, 2, 1));
    }
}
