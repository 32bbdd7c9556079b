//! Comments that accept findings: `# stacklint: ignore[rule-id] until=2027-01-31 -- reason`.
//!
//! A comment accepts a finding of its rules where it covers the place to edit or any place on the way of the value. What
//! is only related to it does not count, and neither does what reaches beyond what the comment covers.

mod grammar;
mod matching;
mod scope;
mod verdicts;

use std::sync::{Arc, LazyLock};

use aho_corasick::AhoCorasick;
use jiff::civil::Date;
use stacklint_parsers::{Comment, Parsed, TextRange};

use crate::finding::Finding;
use crate::map::{HashMap, HashSet};
use crate::origin::{FileId, Span};
use crate::outcome::FINDING_LIMIT;
use crate::parallel::each;
use crate::rule::Rule;
use crate::secrets::mask_ranges;
use crate::source::{SourceFile, Sources};
use crate::stack::Problem;

pub(super) use grammar::parse_day;
use grammar::{Directive, Fault};
use matching::Index;
use scope::Scopes;

/// What stands for a secret.
const MASK: &str = "***";

/// The word that is in every file with a comment of ours.
static MARK: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(["stacklint"]).ok());

/// All comments of a run that accept findings.
#[derive(Debug)]
pub(crate) struct Suppressions {
    today: Date,
    all: Vec<Suppression>,
    index: Index,
    /// What is wrong with others.
    faults: Vec<Problem>,
}

/// A comment that accepts findings.
#[derive(Debug)]
struct Suppression {
    file: FileId,
    directive: Directive,
    /// What it covers.
    scope: Option<TextRange>,
    /// The comment has its line to itself.
    own_line: bool,
    /// Its line can be taken away.
    removable: bool,
    /// The file was read as a whole: what is not found there is not there.
    whole: bool,
}

/// The rules that a comment can name.
#[derive(Debug)]
struct Known {
    rules: HashMap<&'static str, KnownRule>,
    families: HashSet<&'static str>,
}

#[derive(Clone, Copy, Debug)]
struct KnownRule {
    id: &'static str,
    /// It is not about such comments themselves.
    can_be_accepted: bool,
}

impl Known {
    fn of(rules: &'static [Rule]) -> Self {
        let known = |rule: &Rule| KnownRule { id: rule.id, can_be_accepted: rule.can_be_accepted() };
        Self {
            rules: rules.iter().map(|rule| (rule.id, known(rule))).collect(),
            families: rules.iter().map(|rule| rule.family).collect(),
        }
    }

    fn rule(&self, id: &str) -> Option<KnownRule> {
        self.rules.get(id).copied()
    }

    fn rules(&self) -> impl Iterator<Item = &'static str> {
        self.rules.values().filter(|rule| rule.can_be_accepted).map(|rule| rule.id)
    }

    fn is_family(&self, name: &str) -> bool {
        self.families.contains(name)
    }
}

/// The comments of one file.
#[derive(Debug, Default)]
struct OfFile {
    all: Vec<Suppression>,
    faults: Vec<Problem>,
}

impl OfFile {
    fn read(file: &Arc<SourceFile>, known: &Known) -> Self {
        let was_parsed = file.parsed().is_some();
        let parsed = file.format().map(|format| file.parse(format));
        let (scopes, comments) = match &parsed {
            Some(parsed) => (Scopes::of(file, parsed), parsed.document().comments().to_vec()),
            None => (Scopes::of_lines(file), whole_line_comments(&file.text)),
        };
        if !was_parsed {
            file.release();
        }
        let whole = parsed.is_none_or(|parsed| parsed.document().errors().is_empty());
        let mut read = Self::default();
        for comment in comments {
            match grammar::parse(&file.text, comment.range, known, read.faults.len() < FINDING_LIMIT) {
                None => {}
                Some(Ok(directive)) => {
                    let own_line = comment.own_line && directive.place.start == comment.range.start;
                    read.all.push(Suppression {
                        file: file.id,
                        scope: scopes.of_comment(comment),
                        own_line,
                        removable: !(own_line && scopes.ends_a_block(directive.place)),
                        whole,
                        directive,
                    });
                }
                Some(Err(found)) => {
                    // One beyond the limit is enough to know that there are more.
                    let left = (FINDING_LIMIT + 1).saturating_sub(read.faults.len());
                    read.faults.extend(found.into_iter().take(left).map(|fault| problem(file, fault)));
                }
            }
        }
        read
    }
}

/// Whether there may be a word of ours in a text.
fn may_speak(text: &str) -> bool {
    MARK.as_ref().is_none_or(|mark| mark.is_match(text))
}

impl Suppressions {
    /// Reads the comments of all files that count.
    pub(crate) fn read(
        sources: &Sources,
        catalogue: &'static [Rule],
        today: Date,
        heeded: bool,
        findings: &[Box<Finding>],
    ) -> Self {
        let mut read = Self { today, all: Vec::new(), index: Index::default(), faults: Vec::new() };
        if !heeded {
            return read;
        }
        let files = sources.files();
        let speak = each(&files, |file| may_speak(&file.text));
        let mut files: Vec<_> =
            files.into_iter().zip(speak).filter_map(|(file, speaks)| speaks.then_some(file)).collect();
        // Mostly nobody accepts anything.
        if files.is_empty() {
            return read;
        }
        let known = Known::of(catalogue);
        let pointed: HashSet<FileId> =
            findings.iter().flat_map(|finding| places(finding)).map(|place| place.file).collect();
        files.retain(|file| file.is_judged() || pointed.contains(&file.id));
        files.sort_by(|one, two| one.path.cmp(&two.path));
        for of_file in each(&files, |file| OfFile::read(file, &known)) {
            read.all.extend(of_file.all);
            read.faults.extend(of_file.faults);
        }
        read.index = Index::of(&read.all, read.today);
        read
    }

    /// For each finding the comment that accepts it.
    pub(crate) fn accepted(&self, findings: &[Box<Finding>]) -> Vec<Option<usize>> {
        self.index.accepted(findings)
    }

    /// What a comment says: the reason, and until when.
    pub(crate) fn said(&self, comment: usize) -> Option<(String, Option<Date>)> {
        let directive = &self.all.get(comment)?.directive;
        Some((directive.reason.clone(), directive.until.map(|(day, _)| day)))
    }
}

/// Where the line starts above which a comment on its own line accepts what stands at a place; nothing if no line does.
pub(super) fn line_above(file: &SourceFile, parsed: &Parsed, place: TextRange) -> Option<u32> {
    Scopes::of(file, parsed).line_above(place)
}

/// The places where a comment can accept a finding: first the one to edit.
fn places(finding: &Finding) -> impl Iterator<Item = Span> {
    finding.primary.into_iter().chain(finding.trail.iter().map(|step| step.place))
}

/// A reason as reports may repeat it: without anything like a secret, and without what the finding itself points at if
/// that is one.
pub(super) fn without_secrets(reason: &str, finding: &Finding, sources: &Sources) -> String {
    let mut shown = String::with_capacity(reason.len());
    let mut at = 0;
    for secret in mask_ranges(reason, None) {
        shown.push_str(TextRange::new(at, secret.start).of(reason));
        shown.push_str(MASK);
        at = secret.end;
    }
    shown.push_str(reason.get(at as usize..).unwrap_or_default());
    if finding.family == "secrets" {
        let secret = finding.primary.map(|place| sources.text(place)).unwrap_or_default();
        let secret = secret.trim_matches(['"', '\'']);
        if !secret.is_empty() {
            shown = shown.replace(secret, MASK);
        }
    }
    shown
}

fn problem(file: &SourceFile, fault: Fault) -> Problem {
    let place = Span { file: file.id, range: fault.place };
    Problem::new(fault.kind, Some(place), &file.name, fault.message).help(fault.help)
}

/// The lines of a text that nothing parses which hold nothing but a comment.
fn whole_line_comments(text: &str) -> Vec<Comment> {
    let mut at = 0;
    let mut comments = Vec::new();
    for line in text.split_inclusive('\n') {
        let start = at + line.len() - line.trim_start().len();
        let end = at + line.trim_end().len();
        if line.trim_start().starts_with('#') {
            comments.push(Comment { range: TextRange::from_usize(start..end), own_line: true });
        }
        at += line.len();
    }
    comments
}
