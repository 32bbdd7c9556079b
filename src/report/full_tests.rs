//! What the drawings look like, and what they must never show.

use stacklint_engine::finding::{Related, Severity, TrailStep};
use stacklint_engine::origin::{Role, Span};
use stacklint_engine::outcome::Outcome;
use stacklint_parsers::TextRange;

use super::*;
use crate::report::test_support::{finding, sources, span_of};

fn drawn(sources: &stacklint_engine::source::Sources, findings: Vec<Finding>, colored: bool) -> String {
    let outcome = Outcome { findings, files: 2, ..Outcome::default() };
    let mut written = Vec::new();
    Full.render(&Report { colored, ..Report::of(sources, &outcome) }, &mut written).unwrap();
    String::from_utf8(written).unwrap()
}

#[test]
fn draws_a_trail_through_several_files() {
    let (sources, files) = sources(&[
        (".env", "BIND_IP=0.0.0.0\n"),
        ("compose.yaml", "services:\n  db:\n    ports:\n      - \"${BIND_IP}:5432:5432\"\n"),
    ]);
    let mut finding = finding("published-datastore-port", Some(span_of(&files[0], "0.0.0.0")));
    finding.message = "`db` listens on every interface".to_owned();
    finding.help = Some("bind it to 127.0.0.1".into());
    finding.trail = vec![TrailStep {
        role: Role::Interpolated,
        message: "used here".into(),
        place: span_of(&files[1], "${BIND_IP}"),
    }];
    finding.related = vec![Related { message: "of this service".into(), place: span_of(&files[1], "db") }];
    let expected = "\
high[published-datastore-port]: `db` listens on every interface
  ┌─ .env:1:9
  │
1 │ BIND_IP=0.0.0.0
  │         ^^^^^^^
  │
  ┌─ compose.yaml:2:3
  │
2 │   db:
  │   -- of this service
3 │     ports:
4 │       - \"${BIND_IP}:5432:5432\"
  │          ---------- used here
  │
  = help: bind it to 127.0.0.1
  = https://github.com/stacklint/stacklint/blob/main/rules/src/compose/published_datastore_port.md

1 finding (1 high) in 0 stacks, 2 files read
";
    let drawn = drawn(&sources, vec![finding], false);
    assert_eq!(drawn, expected, "{drawn}");
}

#[test]
fn nothing_of_a_file_reaches_the_terminal_as_a_command() {
    let text = "a\u{1b}]0;x\u{7}: 1\r\n\tb\u{202e}: \u{4f60}\u{597d} target\r\nc\u{200b}: \u{1f600}\rlast: 1";
    let (sources, files) = sources(&[("dir\u{1b}[2J/comp\nose.yaml", text)]);
    let mut findings: Vec<Finding> = ["1", "target", "\u{1f600}", "last"]
        .into_iter()
        .map(|target| finding("rule", Some(span_of(&files[0], target))))
        .collect();
    findings[0].message = "bad \u{1b}[31m\nhigh[other]: forged \u{2067}".to_owned();
    findings[0].help = Some("two\nlines\u{9b}".into());
    let drawn = drawn(&sources, findings, false);
    assert!(!drawn.chars().any(crate::report::printable::is_hostile), "{drawn:?}");
    assert!(drawn.contains("  ┌─ dir?[2J/comp?ose.yaml:2:9\n"), "{drawn}");
    assert!(drawn.contains("2 │     b\u{fffd}: \u{4f60}\u{597d} target\n  │              ^^^^^^\n"), "{drawn}");
    assert!(drawn.contains("3 │ c\u{fffd}: \u{1f600}\n  │     ^^\n"), "{drawn}");
    assert!(drawn.contains("4 │ last: 1\n  │ ^^^^\n"), "{drawn}");
    assert!(drawn.contains("high[rule]: bad ?[31m?high[other]: forged \u{fffd}\n"), "{drawn}");
}

#[test]
fn spans_at_the_very_end_and_of_no_width_are_drawn() {
    for text in ["", "a", "a\n", "a\r\n\r\n", "\u{e9}"] {
        let (sources, files) = sources(&[("a.yaml", text)]);
        let end = u32::try_from(text.len()).unwrap();
        for (start, end) in [(0, 0), (0, end), (end, end), (end + 5, end + 9), (1, 1)] {
            let place = Span { file: files[0].id, range: TextRange::new(start, end) };
            let drawn = drawn(&sources, vec![finding("rule", Some(place))], false);
            assert!(drawn.contains('^') && drawn.contains("a.yaml:"), "{text:?} {start}..{end}: {drawn}");
        }
    }
}

#[test]
fn a_line_of_a_megabyte_is_cut_around_its_label() {
    let text = format!("{}needle{}", "é".repeat(500_000), "y".repeat(500_000));
    let (sources, files) = sources(&[("a.yaml", &text)]);
    let mut finding = finding("rule", Some(span_of(&files[0], "needle")));
    finding.related = vec![
        Related { message: "far away".into(), place: span_of(&files[0], "é") },
        Related { message: "all of it".into(), place: files[0].span() },
    ];
    let drawn = drawn(&sources, vec![finding], false);
    assert!(drawn.len() < 4_000, "{}", drawn.len());
    assert!(drawn.contains("a.yaml:1:500001"), "{drawn}");
    assert!(drawn.contains(&format!("1 │ …{}needleyyy", "é".repeat(30))), "{drawn}");
    assert!(drawn.contains("y…\n"), "{drawn}");
}

#[test]
fn a_label_over_many_lines_is_drawn_on_its_first() {
    let text = "k: |\n  v\n".repeat(1_000);
    let (sources, files) = sources(&[("a.yaml", &text)]);
    let long = drawn(&sources, vec![finding("rule", Some(files[0].span()))], false);
    assert!(long.contains("1 │ k: |\n  │ ^^^^\n"), "{long}");
    let place = Span { file: files[0].id, range: TextRange::new(3, 9) };
    let short = drawn(&sources, vec![finding("rule", Some(place))], false);
    assert!(short.contains("1 │   k: |\n  │ ╭────^\n2 │ │   v\n  │ ╰───^\n"), "{short}");
}

#[test]
fn secrets_are_masked_under_and_beside_the_label() {
    let text = "services:\n  db:\n    environment:\n      A: hunter2hunter2\n      B: correcthorse\n";
    let (sources, files) = sources(&[("compose.yaml", text)]);
    let mut first = finding("plaintext-secret", Some(span_of(&files[0], "hunter2hunter2")));
    first.family = "secrets";
    let mut second = finding("plaintext-secret", Some(span_of(&files[0], "correcthorse")));
    second.family = "secrets";
    let third = finding("other-rule", Some(span_of(&files[0], "environment:\n      A: hunter2hunter2\n      B")));
    let drawn = drawn(&sources, vec![first, second, third], true);
    assert!(!drawn.contains("hunter2") && !drawn.contains("correcthorse"), "{drawn}");
    assert!(drawn.contains("**************"), "{drawn}");
}

#[test]
fn colours_are_there_only_if_wanted() {
    let (sources, files) = sources(&[("a.yaml", "a: 1\n")]);
    let finding = finding("rule", Some(span_of(&files[0], "1")));
    assert!(!drawn(&sources, vec![finding.clone()], false).contains('\u{1b}'));
    let colored = drawn(&sources, vec![finding], true);
    assert!(
        colored.starts_with("\u{1b}[1m\u{1b}[31mhigh[rule]\u{1b}[0m\u{1b}[1m: it is wrong\u{1b}[0m\n"),
        "{colored:?}"
    );
}

#[test]
fn the_summary_says_what_was_done() {
    let (sources, files) = sources(&[("a.yaml", "a: 1\n")]);
    let nothing = drawn(&sources, Vec::new(), false);
    assert_eq!(nothing, "no findings in 0 stacks, 2 files read\n");
    let mut low = finding("rule", Some(span_of(&files[0], "1")));
    low.severity = Severity::Low;
    low.confidence = Confidence::Medium;
    let several = drawn(&sources, vec![finding("rule", None), low], false);
    assert!(several.ends_with("\n2 findings (1 high, 1 low) in 0 stacks, 2 files read\n"), "{several}");
    assert!(several.contains("  = confidence: medium\n"), "{several}");
}

/// A file with so many services, and a finding of each.
fn lacking(services: usize) -> (stacklint_engine::source::Sources, Vec<Finding>) {
    let names: Vec<String> = (1..=services).map(|number| format!("service-{number:02}")).collect();
    let text: String = names.iter().map(|name| format!("{name}:\n  image: x\n")).collect();
    let (sources, files) = sources(&[("compose.yaml", &text)]);
    let mut findings: Vec<Finding> = names
        .iter()
        .map(|name| Finding {
            severity: Severity::Medium,
            help: Some("add it".into()),
            ..finding("missing-no-new-privileges", Some(span_of(&files[0], name)))
        })
        .collect();
    findings[1].help = Some("add it (only with a profile)".into());
    (sources, findings)
}

const LACK: &str =
    "nothing sets `no-new-privileges`, so a setuid program can make whoever gets into the container its root";

#[test]
fn what_a_few_services_lack_is_one_drawing() {
    let (sources, findings) = lacking(3);
    let expected = format!(
        "\
medium[missing-no-new-privileges]: 3 services: {LACK}
  ┌─ compose.yaml:1:1
  │
1 │ service-01:
  │ ^^^^^^^^^^
2 │   image: x
3 │ service-02:
  │ ^^^^^^^^^^
4 │   image: x
5 │ service-03:
  │ ^^^^^^^^^^
  │
  = help: add it
  = help for `service-02`: add it (only with a profile)
  = https://github.com/stacklint/stacklint/blob/main/rules/src/compose/missing_no_new_privileges.md

3 findings (3 medium) in 0 stacks, 2 files read
"
    );
    let drawn = drawn(&sources, findings, false);
    assert_eq!(drawn, expected, "{drawn}");
}

#[test]
fn what_many_services_lack_is_drawn_once_and_listed() {
    let (sources, mut findings) = lacking(12);
    let other = finding("published-datastore-port", findings[3].primary);
    findings.insert(4, other);
    findings[11].severity = Severity::High;
    let expected = format!(
        "\
medium[missing-no-new-privileges]: 11 services: {LACK}
  ┌─ compose.yaml:1:1
  │
1 │ service-01:
  │ ^^^^^^^^^^
  │
  = also in line 3 (`service-02`), 5 (`service-03`), 7 (`service-04`), 9 (`service-05`),
    11 (`service-06`), 13 (`service-07`), 15 (`service-08`), 17 (`service-09`), 19 (`service-10`),
    23 (`service-12`)
  = help: add it
"
    );
    let drawn = drawn(&sources, findings, false);
    assert!(drawn.starts_with(&expected), "{drawn}");
    assert_eq!(drawn.matches("missing-no-new-privileges]").count(), 2, "one of them is worse: {drawn}");
    assert!(drawn.ends_with("13 findings (2 high, 11 medium) in 0 stacks, 2 files read\n"), "{drawn}");
}
