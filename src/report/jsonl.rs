//! `--format jsonl`: a finding a line, for programs that read one after the other.

use std::io::{self, Write};

use crate::report::contract::Converter;
use crate::report::{Renderer, Report, json_text};

/// The format: the objects of `json`, first the findings, then the errors of the run. Its schema is
/// `schemas/finding-line.schema.json`.
#[derive(Debug)]
pub(crate) struct Jsonl;

impl Renderer for Jsonl {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let contract = Converter::new(report.sources);
        for finding in &report.outcome.findings {
            json_text::write_line(&contract.finding(finding), out)?;
        }
        for error in &report.outcome.errors {
            json_text::write_line(&contract.error(error), out)?;
        }
        Ok(())
    }

    fn is_for_people(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use stacklint_engine::outcome::{Outcome, RunError};

    use super::*;
    use crate::report::test_support::{finding, sources, span_of, validator, written};

    #[test]
    fn every_line_is_a_finding_or_an_error() {
        let (sources, files) = sources(&[("a.yaml", "\u{1f600} a: ##[error]\u{1b}\n")]);
        let mut one = finding("rule", Some(span_of(&files[0], "a")));
        one.fingerprint = "0".repeat(32);
        one.message = "a line\nand ##[error]\u{1b}".to_owned();
        let error = RunError { message: "broken".to_owned(), place: Some(files[0].span()), partial: false };
        let outcome = Outcome { findings: vec![one.clone(), one], errors: vec![error], ..Outcome::default() };
        let text = written(&Jsonl, &Report::of(&sources, &outcome));
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 3);
        let schema = validator("finding-line");
        assert!(lines.iter().all(|line| schema.is_valid(line)), "{text}");
        assert_eq!(lines[0]["location"]["start"]["column"], 3);
        assert_eq!(lines[1]["message"], "a line\nand ##[error]\u{1b}");
        assert_eq!(lines[2]["message"], "broken");
        assert!(!schema.is_valid(&serde_json::json!({"message": "no location"})));
        assert_eq!(written(&Jsonl, &Report::of(&sources, &Outcome::default())), "");
    }
}
