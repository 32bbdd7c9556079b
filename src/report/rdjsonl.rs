//! `--format rdjsonl`: for reviewdog, a diagnostic a line.

use std::io::{self, Write};

use crate::report::{Renderer, Report, json_text, rdf};

/// The format: diagnostics that stand alone.
#[derive(Debug)]
pub(crate) struct Rdjsonl;

impl Renderer for Rdjsonl {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        rdf::diagnostics(report, true).iter().try_for_each(|diagnostic| json_text::write_line(diagnostic, out))
    }

    fn is_for_people(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::report::test_support::{every_kind, rdjson_schema, written};

    #[test]
    fn every_line_is_a_diagnostic_that_says_whose_it_is() {
        let (sources, outcome) = every_kind();
        let schema = jsonschema::validator_for(&rdjson_schema("Diagnostic")).unwrap();
        let text = written(&Rdjsonl, &Report::of(&sources, &outcome));
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 8);
        for line in lines {
            assert!(schema.is_valid(&line), "{line}");
            assert_eq!(line["source"]["name"], "stacklint");
        }
    }
}
