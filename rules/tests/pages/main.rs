//! The page of each rule is its test: every `bad` example gives exactly the marked findings of this rule, every `good`
//! one none, and a fix gives the text that the page shows.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it must be")]

mod page;

use std::collections::BTreeMap;
use std::path::Path;

use page::{Example, Mark, Page};
use stacklint_engine::filter::parse_day;
use stacklint_engine::finding::{Finding, Safety};
use stacklint_engine::fix::apply;
use stacklint_engine::line_index::ColumnUnit;
use stacklint_engine::origin::Span;
use stacklint_engine::rule::{Check, Rule};
use stacklint_engine::run::{self, Options};
use stacklint_engine::source::Sources;
use stacklint_engine::vfs::Vfs;

/// The sections of a page, in this order.
const SECTIONS: [&str; 5] = ["Why", "When not", "How to fix", "Sources", "Examples"];

/// Rules whose bad example is no text, each with the reason.
const WITHOUT_BAD_EXAMPLE: [(&str, &str); 2] =
    [("internal-error", "a defect of stacklint"), ("unreadable-text", "bytes that no text can show")];

#[test]
fn every_page_holds_what_it_says() {
    let mut failures = Vec::new();
    for rule in stacklint_rules::all() {
        match Page::parse(rule.page) {
            Ok(page) => {
                let errors = form(rule, &page).into_iter().chain(page.examples.iter().flat_map(|it| hold(rule, it)));
                failures.extend(errors.map(|error| format!("{}/{}: {error}", rule.family, rule.id)));
            }
            Err(error) => failures.push(format!("{}/{}: {error}", rule.family, rule.id)),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn fixes_of_all_rules_together_leave_nothing_to_fix() {
    let mut failures = Vec::new();
    for rule in stacklint_rules::all() {
        for example in Page::parse(rule.page).unwrap().examples.iter().filter(|example| !example.good) {
            let once = apply::repair(vfs(&example.files), &every_rule(), Safety::Unsafe);
            for (number, reason) in &once.refused {
                let finding = &once.after().outcome.findings[*number];
                failures.push(format!("{} in line {}: {}: {reason}", rule.id, example.line, finding.rule));
            }
            let mut files: BTreeMap<String, String> = example.files.iter().cloned().collect();
            for change in &once.changes {
                files.insert(change.name.clone(), String::from_utf8(change.text.after()).unwrap());
            }
            let files: Vec<_> = files.into_iter().collect();
            let twice = apply::repair(vfs(&files), &every_rule(), Safety::Unsafe);
            if !twice.changes.is_empty() {
                failures.push(format!("{} in line {}: a second run changes more", rule.id, example.line));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_list_and_the_folders_agree() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut on_disk: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let families: std::collections::BTreeSet<_> = stacklint_rules::all().iter().map(|rule| rule.family).collect();
    for family in families {
        for entry in std::fs::read_dir(source.join(family)).unwrap() {
            let path = entry.unwrap().path();
            let part = |part: Option<&std::ffi::OsStr>| part.unwrap().to_str().unwrap().to_owned();
            let id = part(path.file_stem()).replace('_', "-");
            on_disk.entry((family.to_owned(), id)).or_default().push(part(path.extension()));
        }
    }
    on_disk.values_mut().for_each(|kinds| kinds.sort());
    let listed: BTreeMap<_, _> = stacklint_rules::all()
        .iter()
        .map(|rule| ((rule.family.to_owned(), rule.id.to_owned()), vec!["md".to_owned(), "rs".to_owned()]))
        .collect();
    assert_eq!(on_disk, listed, "each rule is one .rs, one .md and one word in rules/src/lib.rs");
    let ids: std::collections::BTreeSet<_> = stacklint_rules::all().iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), stacklint_rules::all().len(), "an id stands for one rule, whatever its family");
}

/// What is wrong with the form of a page.
fn form(rule: &Rule, page: &Page) -> Vec<String> {
    let mut errors = Vec::new();
    let mut must = |holds: bool, error: &str| {
        if !holds {
            errors.push(error.to_owned());
        }
    };
    must(page.title == rule.id, "the page starts with `# ` and the id");
    must(page.sections == SECTIONS, &format!("the sections are {}", SECTIONS.join(", ")));
    must(!rule.summary().is_empty() && !rule.summary().starts_with('#'), "a paragraph below the id says what it is");
    let sources = rule.page.split("\n## Sources\n").nth(1).unwrap_or_default().split("\n## ").next();
    must(sources.is_some_and(|sources| sources.contains("https://")), "`Sources` links to one at least");
    let bad = page.examples.iter().filter(|example| !example.good).count();
    if WITHOUT_BAD_EXAMPLE.iter().all(|(id, _)| *id != rule.id) {
        must(bad >= 2, "there are two `bad` examples at least");
        must(page.examples.len() - bad >= 2, "there are two `good` examples at least");
    }
    let several = page.examples.iter().any(|example| !example.good && example.files.len() > 1);
    must(bad == 0 || several, "one `bad` example shows a stack of several files");
    let fixed = page.examples.iter().any(|example| !example.fixed.is_empty());
    must(fixed == rule.declaration.fix.is_some(), "the declaration has a fix if and only if the page shows one");
    errors
}

/// How an example differs from what the rule says.
fn hold(rule: &'static Rule, example: &Example) -> Vec<String> {
    let mut errors = Vec::new();
    let (sources, findings) = run(rule, &example.files);
    let mut found: Vec<Mark> = Vec::new();
    for finding in &findings {
        match finding.primary.map(|span| mark(&sources, span)) {
            Some(Ok(mark)) => found.push(mark),
            Some(Err(error)) => errors.push(error),
            None => errors.push(format!("a finding without a place: {}", finding.message)),
        }
        errors.extend(undeclared(rule, finding));
        errors.extend(
            finding.primary.filter(|_| rule.family == "secrets").and_then(|span| tells(finding, &sources.text(span))),
        );
    }
    found.sort();
    let mut marked = example.marks.clone();
    marked.sort();
    let shown = |marks: &[Mark]| marks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if example.good && !marked.is_empty() {
        errors.push("a good example marks nothing".to_owned());
    } else if !example.good && marked.is_empty() {
        errors.push(format!("a bad example marks its findings: [{}]", shown(&found)));
    } else if found != marked {
        errors.push(format!("marked [{}], found [{}]", shown(&marked), shown(&found)));
    }
    if let (false, Some(fix)) = (example.fixed.is_empty(), findings.iter().find_map(|finding| finding.fixes.first())) {
        errors.extend(fixed(rule, example, fix.safety));
    } else if !example.fixed.is_empty() {
        errors.push("the page shows a fix, the rule offers none".to_owned());
    }
    errors.into_iter().map(|error| format!("example in line {}: {error}", example.line)).collect()
}

/// What a finding says that the rule does not declare, or that it must not say at all.
fn undeclared(rule: &Rule, finding: &Finding) -> Option<String> {
    let levels = rule.declaration.levels.iter().map(|(severity, _)| *severity);
    let mut declared = levels.chain([rule.declaration.severity]);
    let lowered = finding.stacks.iter().any(|stack| stack.environment == "dev");
    if !lowered && !declared.any(|severity| severity == finding.severity) {
        return Some(format!("the severity {} is not declared", finding.severity));
    }
    let one_line = |text: &str| !text.contains('\n');
    if !one_line(&finding.message) || !finding.help.as_deref().is_none_or(one_line) {
        return Some(format!("a message is one line: {:?}", finding.message));
    }
    None
}

/// Whether a finding gives away the secret it is about.
fn tells(finding: &Finding, secret: &str) -> Option<String> {
    let edits = finding.fixes.iter().flat_map(|fix| &fix.edits).map(|edit| edit.replacement.as_str());
    let mut texts = edits.chain([finding.message.as_str()]).chain(finding.help.as_deref());
    // A secret such as `postgres` is a word of its surroundings as well.
    let telling = secret.len() > 10 && texts.any(|text| text.contains(secret));
    telling.then(|| "a message shows the secret".to_owned())
}

/// Applies the first fix of every finding, as `check --fix` does: the files are then those of the page, and the rule is
/// silent.
fn fixed(rule: &'static Rule, example: &Example, first: Safety) -> Vec<String> {
    let mut errors = Vec::new();
    if Some(first) != rule.declaration.fix {
        errors.push("the fix has another safety than the rule declares".to_owned());
    }
    let repair = apply::repair(vfs(&example.files), &options(rule, &example.files), Safety::Unsafe);
    for (number, reason) in &repair.refused {
        let subject = repair.after().outcome.findings.get(*number).map(|finding| finding.subject.as_str());
        errors.push(format!("the fix of `{}` is refused: {reason}", subject.unwrap_or_default()));
    }
    let mut files: BTreeMap<String, String> = example.files.iter().cloned().collect();
    for change in &repair.changes {
        files.insert(change.name.clone(), String::from_utf8(change.text.after()).unwrap());
    }
    let shown: BTreeMap<_, _> = example.fixed.iter().cloned().collect();
    for (name, text) in &files {
        let before = example.files.iter().find(|(file, _)| file == name).map(|(_, text)| text);
        let expected = shown.get(name).or(before);
        if expected != Some(text) {
            errors.push(format!("after the fix `{name}` is\n{text}"));
        }
    }
    let fixed: Vec<_> = files.into_iter().collect();
    let (_, left) = run(rule, &fixed);
    if !left.is_empty() {
        errors.push(format!("{} findings are left after the fix", left.len()));
    }
    errors
}

/// The day it is in the examples.
const TODAY: &str = "2026-01-01";

/// What one rule says about a folder with these files. A comment that accepts findings is judged by what all rules find.
fn run(rule: &'static Rule, files: &[(String, String)]) -> (Sources, Vec<Finding>) {
    let sources = Sources::new(vfs(files));
    let mut findings = run::run(&sources, &options(rule, files)).findings;
    findings.retain(|finding| finding.rule == rule.id);
    (sources, findings)
}

/// What runs for an example of a rule: the rule and, where it is about comments that accept findings, those they name.
fn options(rule: &Rule, files: &[(String, String)]) -> Options {
    let is_about_comments = matches!(rule.check, Check::Problem(kind) if kind.is_about_suppression());
    let is_named = |other: &&Rule| is_about_comments && files.iter().any(|(_, text)| text.contains(other.id));
    let named = stacklint_rules::all().iter().filter(is_named).map(|other| other.id);
    let rules: Vec<&str> = named.chain([rule.id]).collect();
    let options = Options::all(stacklint_rules::all(), &rules).unwrap();
    Options { today: parse_day(TODAY).unwrap(), ..options }
}

fn every_rule() -> Options {
    Options { today: parse_day(TODAY).unwrap(), ..Options::all(stacklint_rules::all(), &[]).unwrap() }
}

fn vfs(files: &[(String, String)]) -> Vfs {
    Vfs::in_memory(files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())))
}

fn mark(sources: &Sources, span: Span) -> Result<Mark, String> {
    let file = sources.file(span.file).unwrap();
    let position = |offset| file.lines().position(&file.text, offset, ColumnUnit::CodePoint);
    let (start, end) = (position(span.range.start), position(span.range.end));
    if start.line != end.line {
        return Err(format!("{}:{}: a finding of several lines belongs in `fixtures/`", file.name, start.line + 1));
    }
    let one_based = |number: u32| number as usize + 1;
    Ok(Mark {
        file: file.name.clone(),
        line: one_based(start.line),
        start: one_based(start.column),
        end: one_based(end.column),
    })
}
