//! `--format rdjson`: for reviewdog, which comments on changes.

use std::io::{self, Write};

use serde::Serialize;

use crate::report::rdf::{self, Diagnostic, SOURCE, Source};
use crate::report::{Renderer, Report, json_text};

/// The format: one object with all diagnostics.
#[derive(Debug)]
pub(crate) struct Rdjson;

#[derive(Serialize)]
struct DiagnosticResult {
    source: Source,
    diagnostics: Vec<Diagnostic>,
}

impl Renderer for Rdjson {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let result = DiagnosticResult { source: SOURCE, diagnostics: rdf::diagnostics(report, false) };
        json_text::write(&result, out)
    }

    fn is_for_people(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use stacklint_engine::outcome::Outcome;

    use super::*;
    use crate::report::test_support::{every_kind, rdjson_schema, sources, written};

    #[test]
    fn every_kind_of_remark_is_a_diagnostic() {
        let (sources, outcome) = every_kind();
        let result: Value = serde_json::from_str(&written(&Rdjson, &Report::of(&sources, &outcome))).unwrap();
        let schema = jsonschema::validator_for(&rdjson_schema("DiagnosticResult")).unwrap();
        let errors: Vec<String> = schema.iter_errors(&result).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let diagnostics = result["diagnostics"].as_array().unwrap();
        let severities: Vec<&Value> = diagnostics.iter().map(|diagnostic| &diagnostic["severity"]).collect();
        assert_eq!(severities, ["WARNING", "ERROR", "ERROR", "ERROR", "WARNING", "INFO", "INFO", "ERROR"]);
        assert_eq!(diagnostics[7]["location"], json!({"path": "deploy/compose.yaml"}), "the whole file");
        assert!(diagnostics[2]["message"].as_str().unwrap().ends_with("\nhelp: mend it"));
    }

    #[test]
    fn a_clean_run_has_no_diagnostics() {
        let (sources, _) = sources(&[]);
        let outcome = Outcome::default();
        let result: Value = serde_json::from_str(&written(&Rdjson, &Report::of(&sources, &outcome))).unwrap();
        assert_eq!(result["diagnostics"], json!([]));
        assert_eq!(result["source"]["name"], "stacklint");
    }
}
