//! What GitHub, and any other reader of SARIF, is promised.

use serde_json::{Value, json};
use stacklint_engine::finding::{Confidence, Edit, Fix, Related, Safety, Severity, StackVerdict, TrailStep};
use stacklint_engine::origin::{Role, Span};
use stacklint_engine::outcome::{RunError, Suppressed};
use stacklint_engine::source::Sources;

use super::*;
use crate::catalogue;
use crate::report::test_support::{FINGERPRINT, finding, sources, span_of, stack};

fn rules() -> Vec<&'static stacklint_engine::rule::Rule> {
    catalogue::all().iter().collect()
}

fn schema() -> jsonschema::Validator {
    let schema = include_str!("../../../tests/data/sarif-schema-2.1.0.json");
    let mut schema: Value = serde_json::from_str(schema).unwrap();
    // A pattern with a bracket too many, which is no regular expression.
    for definition in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][definition]["properties"]["language"];
        language.as_object_mut().unwrap().remove("pattern").unwrap();
    }
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

/// The document of an outcome, which keeps to the schema and reads back as it was written.
fn written(sources: &Sources, mut outcome: Outcome, limit: usize) -> Value {
    outcome.rules = rules();
    let outcome = &outcome;
    let report = Report { exit: Exit::Findings, scope: "deploy", ..Report::of(sources, outcome) };
    let document = document(&report, limit);
    let value = serde_json::to_value(&document).unwrap();
    let schema = schema();
    let errors: Vec<String> =
        schema.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let mut bytes = Vec::new();
    json_text::write(&document, &mut bytes).unwrap();
    assert_eq!(serde_json::from_slice::<serde_sarif::sarif::Sarif>(&bytes).unwrap(), document);
    value
}

fn results(sources: &Sources, findings: Vec<Finding>) -> Vec<Value> {
    let outcome = Outcome { findings, ..Outcome::default() };
    written(sources, outcome, RESULT_LIMIT)["runs"][0]["results"].as_array().unwrap().clone()
}

fn step(role: Role, message: &str, place: Span) -> TrailStep {
    TrailStep { role, message: message.to_owned().into(), place }
}

fn verdict(stack: &str) -> StackVerdict {
    StackVerdict { name: stack.into(), environment: "unknown", severity: Severity::High, confidence: Confidence::High }
}

#[test]
fn every_rule_is_described_within_the_limits_of_github() {
    let (sources, _) = sources(&[]);
    let document = written(&sources, Outcome::default(), RESULT_LIMIT);
    let run = &document["runs"][0];
    assert_eq!(run["results"], json!([]));
    assert_eq!(run["tool"]["driver"]["semanticVersion"], env!("CARGO_PKG_VERSION"));
    assert_eq!(run["automationDetails"]["id"], "stacklint/deploy/");
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    assert!(run["originalUriBaseIds"]["%SRCROOT%"]["uri"].is_null(), "a report names no directory of the machine");
    let described = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(described.len(), catalogue::all().len());
    for (rule, described) in catalogue::all().iter().zip(described) {
        let text = |field: &Value| field["text"].as_str().unwrap().to_owned();
        assert_eq!(described["id"], rule.id);
        let name = described["name"].as_str().unwrap();
        assert!(name.chars().all(char::is_alphanumeric) && name.len() < 255, "{name}");
        for field in ["shortDescription", "fullDescription"] {
            let described = text(&described[field]);
            assert!((20..=1024).contains(&described.chars().count()), "{}: {described}", rule.id);
            assert!(described.ends_with(['.', '…']) && !described.contains('\n'), "{}: {described}", rule.id);
        }
        assert!(text(&described["help"]).starts_with(&text(&described["shortDescription"])), "{}", rule.id);
        let markdown = described["help"]["markdown"].as_str().unwrap();
        assert!(markdown.contains("\n## Why\n") && !markdown.contains("^ finding\n"), "{}", rule.id);
        assert!(!markdown.contains("```bad") && !markdown.contains("```good"), "{}", rule.id);
        let properties = &described["properties"];
        assert!((2..=20).contains(&properties["tags"].as_array().unwrap().len()), "{}", rule.id);
        let score = properties["security-severity"].as_str().map(|score| score.parse::<f64>().unwrap());
        let band = score.map(|score| match score {
            9.1..=10.0 => Severity::Critical,
            7.0..=8.9 => Severity::High,
            4.0..=6.9 => Severity::Medium,
            1.0..=3.9 => Severity::Low,
            _ => Severity::Info,
        });
        assert!(band.is_none_or(|band| band == rule.declaration.severity), "{}", rule.id);
    }
    let missing = described.iter().find(|rule| rule["id"] == "missing-no-new-privileges").unwrap();
    assert_eq!(missing["name"], "MissingNoNewPrivileges");
    assert_eq!(missing["defaultConfiguration"]["level"], "warning");
    let tags = ["security", "compose", "cis-docker:5.26", "owasp-docker:4", "checklist:2.5", "checklist:3.7"];
    assert_eq!(missing["properties"]["tags"], json!(tags));
    let syntax = described.iter().find(|rule| rule["id"] == "syntax-error").unwrap();
    assert!(syntax["properties"]["security-severity"].is_null() && syntax["properties"]["tags"][0] == "correctness");
}

#[test]
fn places_are_counted_as_editors_count() {
    let text = "\u{feff}\u{1f600}é: one\r\n\u{1f600}é: two\rx: three";
    let (sources, files) = sources(&[("compose.yaml", text)]);
    let all = ["one", "two", "three"].map(|word| finding("rule", Some(span_of(&files[0], word))));
    let results = results(&sources, all.to_vec());
    let region = |index: usize| results[index]["locations"][0]["physicalLocation"]["region"].clone();
    assert_eq!(
        region(0),
        json!({"startLine": 1, "startColumn": 6, "endLine": 1, "endColumn": 9, "byteOffset": 11, "byteLength": 3})
    );
    assert_eq!(
        region(1),
        json!({"startLine": 2, "startColumn": 6, "endLine": 2, "endColumn": 9, "byteOffset": 24, "byteLength": 3})
    );
    assert_eq!((&region(2)["startLine"], &region(2)["startColumn"]), (&json!(3), &json!(4)));
}

#[test]
fn paths_are_uris() {
    for (path, uri) in [
        ("a b/compose.yaml", "a%20b/compose.yaml"),
        ("c:/d.yaml", "c%3A/d.yaml"),
        ("a\\b.yaml", "a%5Cb.yaml"),
        ("100%/é#?.yaml", "100%25/%C3%A9%23%3F.yaml"),
        ("[x]+~_-.yaml", "%5Bx%5D%2B~_-.yaml"),
    ] {
        let (sources, files) = sources(&[(path, "a: 1")]);
        let results = results(&sources, vec![finding("rule", Some(span_of(&files[0], "1")))]);
        let artifact = &results[0]["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(*artifact, json!({"uri": uri, "uriBaseId": "%SRCROOT%"}));
    }
}

#[test]
fn a_result_says_all_that_is_known() {
    let (sources, files) = sources(&[
        (".env", "BASE=0.0.0.0\nBIND=${BASE}\n"),
        ("compose.yaml", "services:\n  db: ${BIND} [x]\n"),
        ("other.yaml", "db: {}\n"),
    ]);
    let mut finding = finding("published-datastore-port", Some(span_of(&files[0], "0.0.0.0")));
    finding.message = "`ports: [\"1\"]` is bad \\ {0}".to_owned();
    finding.help = Some("write [127.0.0.1]".into());
    finding.trail = vec![
        step(Role::Interpolated, "used here", span_of(&files[0], "${BASE}")),
        step(Role::Interpolated, "used [here]", span_of(&files[1], "${BIND}")),
        step(Role::Interpolated, "used here", span_of(&files[1], "[x]")),
    ];
    finding.related = vec![Related { message: "its service".into(), place: span_of(&files[2], "db") }];
    let edit = |place, text: &str| Edit { place, replacement: text.to_owned() };
    let edits = vec![
        edit(span_of(&files[0], "0.0.0.0"), "127.0.0.1"),
        edit(span_of(&files[2], ": {}"), ""),
        edit(Span { file: files[0].id, range: stacklint_parsers::TextRange::empty(5) }, "x"),
    ];
    finding.fixes = vec![Fix { title: "bind it".to_owned(), safety: Safety::Unsafe, edits }];
    finding.stacks = vec![verdict(".")];
    let results = results(&sources, vec![finding]);
    let result = &results[0];
    assert_eq!(
        result["message"]["text"],
        "`ports: \\[\"1\"\\]` is bad \\\\ {0}. Help: write \\[127.0.0.1\\]. See also: [used here](1), [used \
         \\[here\\]](2), [used here](3), [its service](4)."
    );
    let index = catalogue::all().iter().position(|rule| rule.id == "published-datastore-port").unwrap();
    assert_eq!((&result["ruleIndex"], &result["level"]), (&json!(index), &json!("error")));
    let related = result["relatedLocations"].as_array().unwrap();
    let ids: Vec<i64> = related.iter().map(|location| location["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [1, 2, 3, 4]);
    assert_eq!(related[1]["message"]["text"], "used \\[here\\]");
    assert_eq!(related[3]["physicalLocation"]["artifactLocation"]["uri"], "other.yaml");
    // The value goes through two files to its first use; the second use is one step away.
    let flows = result["codeFlows"].as_array().unwrap();
    assert_eq!(flows.len(), 1);
    let lines: Vec<&Value> = flows[0]["threadFlows"][0]["locations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["location"]["physicalLocation"]["region"]["startLine"])
        .collect();
    assert_eq!(lines, [1, 2, 2]);
    let fix = &result["fixes"][0];
    assert_eq!((&fix["description"]["text"], &fix["properties"]["safety"]), (&json!("bind it"), &json!("unsafe")));
    let changes = fix["artifactChanges"].as_array().unwrap();
    let files: Vec<&Value> = changes.iter().map(|change| &change["artifactLocation"]["uri"]).collect();
    assert_eq!(files, [".env", "other.yaml"]);
    let replaced = &changes[0]["replacements"][0];
    assert_eq!(replaced["deletedRegion"]["byteOffset"], 5);
    assert_eq!(
        (&replaced["deletedRegion"]["byteLength"], &replaced["insertedContent"]["text"]),
        (&json!(7), &json!("127.0.0.1"))
    );
    assert_eq!(changes[0]["replacements"][1]["deletedRegion"]["byteLength"], 0);
    assert!(changes[1]["replacements"][0]["insertedContent"].is_null());
    assert_eq!(result["properties"], json!({"severity": "high", "confidence": "high", "stacks": ["."]}));
    assert_eq!(result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "services.db");
}

#[test]
fn a_fingerprint_is_that_of_every_report() {
    let (sources, files) = sources(&[("compose.yaml", "bad")]);
    let results = results(&sources, vec![finding("rule", Some(span_of(&files[0], "bad")))]);
    assert_eq!(
        results[0]["partialFingerprints"],
        json!({"primaryLocationLineHash": format!("{FINGERPRINT}:1"), "stacklint/v1": FINGERPRINT})
    );
}

#[test]
fn what_git_ignores_is_shown_where_it_is_used() {
    let (sources, files) = sources(&[
        (".gitignore", ".env\n"),
        ("deploy/.env", "\nPASSWORD=postgres\n"),
        ("deploy/compose.yaml", "services:\n  db: ${PASSWORD}\n  old: ${PASSWORD}\n"),
    ]);
    let mut used = finding("default-credential", Some(span_of(&files[1], "postgres")));
    used.trail = vec![step(Role::Interpolated, "used here", span_of(&files[2], "${PASSWORD}"))];
    used.related = vec![Related { message: "its service".into(), place: span_of(&files[2], "db") }];
    let unused = finding("default-credential", used.primary);
    let results = results(&sources, vec![used, unused]);
    let file = |location: &Value| location["physicalLocation"]["artifactLocation"]["uri"].clone();
    assert_eq!(file(&results[0]["locations"][0]), "deploy/compose.yaml");
    assert_eq!(results[0]["locations"][0]["physicalLocation"]["region"]["startLine"], 2);
    assert_eq!(file(&results[0]["relatedLocations"][0]), "deploy/.env");
    let message = results[0]["message"]["text"].as_str().unwrap();
    let place = "The place to change is [deploy/.env:2](1), in a file that git ignores. See also: [its service](2).";
    assert!(message.ends_with(place), "{message}");
    assert_eq!(file(&results[1]["locations"][0]), "deploy/.env", "nothing else is known");
}

#[test]
fn what_is_nowhere_is_in_the_first_file_of_its_stack() {
    let (sources, _) = sources(&[("deploy/compose.yaml", "a: 1")]);
    let finding = Finding { stacks: vec![verdict("deploy")], ..finding("internal-error", None) };
    let outcome = Outcome { findings: vec![finding], stacks: vec![stack()], ..Outcome::default() };
    let document = written(&sources, outcome, RESULT_LIMIT);
    let place = &document["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "deploy/compose.yaml");
    assert_eq!(place["region"], json!({"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}));
}

#[test]
fn what_was_accepted_is_a_suppressed_result() {
    let (sources, files) = sources(&[("compose.yaml", "one two")]);
    let suppressed = |word: &str, by, until: Option<&str>| Suppressed {
        finding: finding("rule", Some(span_of(&files[0], word))),
        by,
        reason: "behind a firewall".to_owned(),
        until: until.map(str::to_owned),
    };
    let suppressed = vec![suppressed("one", "inline", Some("2027-01-31")), suppressed("two", "baseline", None)];
    let document = written(&sources, Outcome { suppressed, ..Outcome::default() }, RESULT_LIMIT);
    let results = &document["runs"][0]["results"];
    let suppression = |index: usize| &results[index]["suppressions"][0];
    assert_eq!(
        *suppression(0),
        json!({"kind": "inSource", "status": "accepted", "justification": "behind a firewall",
            "properties": {"by": "inline", "until": "2027-01-31"}})
    );
    assert_eq!(
        (&suppression(1)["kind"], &suppression(1)["properties"]),
        (&json!("external"), &json!({"by": "baseline"}))
    );
}

#[test]
fn errors_of_the_run_and_what_is_left_out_are_notifications() {
    let (sources, files) = sources(&[("compose.yaml", "one two three")]);
    let found = |word: &str, severity| Finding { severity, ..finding("rule", Some(span_of(&files[0], word))) };
    let findings = vec![found("one", Severity::Low), found("two", Severity::High), found("three", Severity::Medium)];
    let error = RunError { message: "[x] is unread".to_owned(), place: Some(files[0].span()), partial: false };
    let outcome = Outcome { findings, errors: vec![error], ..Outcome::default() };
    let document = written(&sources, outcome, 2);
    let run = &document["runs"][0];
    let levels: Vec<&Value> = run["results"].as_array().unwrap().iter().map(|result| &result["level"]).collect();
    assert_eq!(levels, ["error", "warning"], "the worst, in their order");
    let invocation = &run["invocations"][0];
    assert_eq!((&invocation["executionSuccessful"], &invocation["exitCode"]), (&json!(true), &json!(1)));
    let notifications = invocation["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(notifications[0]["message"]["text"], "\\[x\\] is unread");
    assert_eq!(notifications[0]["level"], "error");
    assert_eq!(notifications[0]["locations"][0]["physicalLocation"]["region"]["endColumn"], 14);
    let cut = notifications[1]["message"]["text"].as_str().unwrap();
    assert!(cut.starts_with("1 of 3 results are left out"), "{cut}");
}

#[test]
fn a_result_has_no_more_places_than_github_takes() {
    let text = "x ".repeat(1_200);
    let (sources, files) = sources(&[("compose.yaml", &text)]);
    let mut finding = finding("rule", Some(span_of(&files[0], "x x")));
    let at =
        |index: u32| Span { file: files[0].id, range: stacklint_parsers::TextRange::new(2 * index, 2 * index + 1) };
    finding.trail = (0..1_200).map(|index| step(Role::Interpolated, "used here", at(index))).collect();
    let document = written(&sources, Outcome { findings: vec![finding], ..Outcome::default() }, RESULT_LIMIT);
    let run = &document["runs"][0];
    assert_eq!(run["results"][0]["relatedLocations"].as_array().unwrap().len(), 1_000);
    let message = run["results"][0]["message"]["text"].as_str().unwrap();
    assert!(message.ends_with("[used here](8), and 992 more."), "{message}");
    let notice = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    assert!(notice.starts_with("200 places of `rule` in `services.db` are left out"), "{notice}");
}
