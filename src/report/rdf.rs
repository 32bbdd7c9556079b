//! Diagnostics as reviewdog knows them (its Reviewdog Diagnostic Format): what `rdjson` lists, and `rdjsonl` writes one a
//! line.
//!
//! Columns are bytes of UTF-8 from 1, ends are exclusive. Paths are relative to the root, as reviewdog takes them to be
//! relative to the directory that it runs in.

use serde::Serialize;
use stacklint_engine::finding::{Finding, Fix};
use stacklint_engine::line_index::ColumnUnit;
use stacklint_engine::origin::Span;

use crate::report::Report;
use crate::report::level::Level;
use crate::report::location::{Location, Position};
use crate::report::printable::one_line;
use crate::report::remark::{self, Remark};
use crate::report::site::{Base, Sites};

/// A diagnostic.
#[derive(Debug, Serialize)]
pub(crate) struct Diagnostic {
    message: String,
    location: RdLocation,
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
    code: Code,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<RelatedLocation>,
}

/// Who says so.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Source {
    name: &'static str,
    url: &'static str,
}

/// Us.
pub(crate) const SOURCE: Source = Source { name: env!("CARGO_PKG_NAME"), url: env!("CARGO_PKG_REPOSITORY") };

#[derive(Debug, Serialize)]
struct Code {
    value: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Debug, Serialize)]
struct RdLocation {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

#[derive(Debug, Serialize)]
struct Range {
    start: LineColumn,
    end: LineColumn,
}

#[derive(Debug, Serialize)]
struct LineColumn {
    line: u32,
    column: u32,
}

/// A text to put in place of a range of the file of the diagnostic.
#[derive(Debug, Serialize)]
struct Suggestion {
    range: Range,
    text: String,
}

#[derive(Debug, Serialize)]
struct RelatedLocation {
    message: String,
    location: RdLocation,
}

/// All that a report says. A diagnostic that stands alone says who says so.
pub(crate) fn diagnostics(report: &Report<'_>, stand_alone: bool) -> Vec<Diagnostic> {
    let sites = Sites::new(report, Base::Root, ColumnUnit::Utf8);
    let source = stand_alone.then_some(SOURCE);
    remark::all(report).iter().map(|remark| diagnostic(remark, &sites, source)).collect()
}

fn diagnostic(remark: &Remark<'_>, sites: &Sites<'_>, source: Option<Source>) -> Diagnostic {
    let help = remark.help().map(|help| format!("\nhelp: {}", one_line(help))).unwrap_or_default();
    let shown = sites.shown(remark);
    Diagnostic {
        message: format!("{}{help}", one_line(&remark.message())),
        // A diagnostic of a whole file has no range; one of no file at all is dropped.
        location: shown
            .and_then(|place| at(place, sites))
            .unwrap_or_else(|| RdLocation { path: sites.anchor(remark).path, range: None }),
        severity: match remark.level() {
            Level::Error => "ERROR",
            Level::Warning => "WARNING",
            Level::Notice => "INFO",
        },
        source,
        code: Code { value: remark.code(), url: remark.url() },
        suggestions: remark.finding().map(|finding| suggestions(finding, shown, sites)).unwrap_or_default(),
        related_locations: remark.finding().map(|finding| related(finding, sites)).unwrap_or_default(),
    }
}

/// The fixes that are one edit beside the place that is shown. Each suggestion is taken by itself, so that one half of a
/// fix must not be one.
fn suggestions(finding: &Finding, shown: Option<Span>, sites: &Sites<'_>) -> Vec<Suggestion> {
    let suggestion = |fix: &Fix| {
        let [edit] = fix.edits.as_slice() else { return None };
        if shown?.file != edit.place.file {
            return None;
        }
        Some(Suggestion { range: sites.at(edit.place)?.into(), text: edit.replacement.clone() })
    };
    finding.fixes.iter().filter_map(suggestion).collect()
}

/// The way of the value, and what else has to do with it.
fn related(finding: &Finding, sites: &Sites<'_>) -> Vec<RelatedLocation> {
    let trail = finding.trail.iter().map(|step| (step.place, &step.message));
    let related = finding.related.iter().map(|other| (other.place, &other.message));
    trail
        .chain(related)
        .filter_map(|(place, message)| {
            Some(RelatedLocation { message: one_line(message).into_owned(), location: at(place, sites)? })
        })
        .collect()
}

fn at(place: Span, sites: &Sites<'_>) -> Option<RdLocation> {
    let mut location = sites.at(place)?;
    let path = std::mem::take(&mut location.path);
    Some(RdLocation { path, range: Some(location.into()) })
}

impl From<Location> for Range {
    fn from(location: Location) -> Self {
        Self { start: location.start.into(), end: location.end.into() }
    }
}

impl From<Position> for LineColumn {
    fn from(position: Position) -> Self {
        Self { line: position.line, column: position.column }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use stacklint_engine::finding::{Edit, Related, Safety, TrailStep};
    use stacklint_engine::origin::Role;
    use stacklint_engine::outcome::Outcome;

    use super::*;
    use crate::report::test_support::{finding, sources, span_of};

    fn written(report: &Report<'_>) -> Vec<Value> {
        diagnostics(report, false).iter().map(|diagnostic| serde_json::to_value(diagnostic).unwrap()).collect()
    }

    #[test]
    fn columns_are_bytes_and_ends_exclusive() {
        let (sources, files) = sources(&[("a.yaml", "x: 1\r\n\t\u{1f600}\u{e9}: bad # c\r\ny: 1\r\n")]);
        let place = span_of(&files[0], "bad");
        let outcome = Outcome { findings: vec![finding("rule", Some(place))], ..Outcome::default() };
        let range = json!({"start": {"line": 2, "column": 10}, "end": {"line": 2, "column": 13}});
        let diagnostics = written(&Report::of(&sources, &outcome));
        assert_eq!(diagnostics[0]["location"], json!({"path": "a.yaml", "range": range}));
        // As reviewdog cuts it out of the line.
        let line = "\t\u{1f600}\u{e9}: bad # c";
        assert_eq!(&line[10 - 1..13 - 1], "bad");
    }

    #[test]
    fn a_fix_of_one_edit_is_a_suggestion() {
        let (sources, files) = sources(&[("a.yaml", "\u{e9}: bad\n"), ("b.yaml", "x: y\n")]);
        let mut found = finding("rule", Some(span_of(&files[0], "bad")));
        let edit = |file: usize, text, replacement: &str| Edit {
            place: span_of(&files[file], text),
            replacement: replacement.to_owned(),
        };
        let fix = |edits| Fix { title: "mend it".to_owned(), safety: Safety::Safe, edits };
        found.fixes = vec![
            fix(vec![edit(0, "bad", "good")]),
            fix(vec![edit(1, "y", "z")]),
            fix(vec![edit(0, "\u{e9}", "e"), edit(0, "bad", "good")]),
        ];
        found.trail =
            vec![TrailStep { role: Role::Interpolated, message: "used\nhere".into(), place: span_of(&files[1], "y") }];
        found.related = vec![Related { message: "its key".into(), place: span_of(&files[0], "\u{e9}") }];
        let outcome = Outcome { findings: vec![found], ..Outcome::default() };
        let diagnostic = &written(&Report::of(&sources, &outcome))[0];
        let at =
            |start: u32, end: u32| json!({"start": {"line": 1, "column": start}, "end": {"line": 1, "column": end}});
        assert_eq!(diagnostic["suggestions"], json!([{"range": at(5, 8), "text": "good"}]));
        assert_eq!(
            diagnostic["related_locations"],
            json!([
                {"message": "used?here", "location": {"path": "b.yaml", "range": at(4, 5)}},
                {"message": "its key", "location": {"path": "a.yaml", "range": at(1, 3)}},
            ])
        );
    }
}
