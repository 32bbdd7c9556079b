//! What must not happen to files that are edited: what the files said before, held against what they say then.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use stacklint_parsers::{Format, SyntaxErrorKind};

use super::plan::Candidate;
use super::{Change, Judged, Reason, identity};
use crate::source::SourceFile;
use crate::stack::ProblemKind;

/// Something that fixes broke, or did not mend.
#[derive(Debug)]
pub(super) struct Complaint {
    /// The files it has to do with, by name; all if there are none.
    pub(super) files: Vec<String>,
    /// What it is.
    pub(super) reason: Reason,
}

/// What speaks against edited files: an error of syntax, a refusal by Docker Compose or a failure of ours that was not
/// there before; a stack that is no longer found; a finding that is still there although its fix is in.
pub(super) fn complaints(
    before: &Judged,
    after: &Judged,
    texts: &BTreeMap<PathBuf, Change>,
    chosen: &[Candidate<'_>],
) -> Vec<Complaint> {
    let mut complaints = syntax(before, after, texts);
    complaints.extend(stacks(before, after));
    complaints.extend(failures(before, after));
    complaints.extend(in_vain(before, after, chosen));
    complaints
}

/// Read as it was read before, no edited file may have more errors.
fn syntax(before: &Judged, after: &Judged, texts: &BTreeMap<PathBuf, Change>) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for change in texts.values() {
        let (Ok(was), Ok(is)) = (before.sources.open(&change.read_as), after.sources.open(&change.read_as)) else {
            continue;
        };
        let Some(format) = was.format().filter(|_| was.text != is.text) else { continue };
        let (was, is) = (errors(&was, format), errors(&is, format));
        if is.len() > was.len() {
            let new = is.iter().find(|message| !was.contains(message)).or(is.first());
            let message = new.map(|message| format!(": {message}")).unwrap_or_default();
            let what = format!("`{}` would have a syntax error{message}", change.name);
            complaints.push(Complaint { files: vec![change.name.clone()], reason: Reason::Breaks(what) });
        }
    }
    complaints
}

fn errors(file: &Arc<SourceFile>, format: Format) -> Vec<String> {
    // Not as a parse of the file: what its tree costs is only for now.
    let parsed = format.parse(Arc::clone(&file.text));
    let errors = parsed.document().errors().iter();
    errors.filter(|error| error.kind == SyntaxErrorKind::Malformed).map(|error| error.message.to_string()).collect()
}

fn stacks(before: &Judged, after: &Judged) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let is: HashMap<&str, _> = after.outcome.stacks.iter().map(|stack| (stack.name.as_str(), stack)).collect();
    for was in &before.outcome.stacks {
        let Some(is) = is.get(was.name.as_str()) else {
            let what = format!("the stack `{}` would no longer be found", was.name);
            complaints.push(Complaint { files: was.files.clone(), reason: Reason::Breaks(what) });
            continue;
        };
        let mut known: HashMap<(ProblemKind, &str), usize> = HashMap::new();
        for problem in &was.errors {
            *known.entry((problem.kind, &problem.subject)).or_default() += 1;
        }
        let new = is.errors.iter().find(|problem| match known.get_mut(&(problem.kind, problem.subject.as_str())) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        });
        if let Some(problem) = new {
            let what = format!("Docker Compose would refuse the stack `{}`: {}", was.name, problem.message);
            let files = was.files.iter().chain(&is.files).cloned().collect();
            complaints.push(Complaint { files, reason: Reason::Breaks(what) });
        }
    }
    complaints
}

/// What made the run itself fail.
fn failures(before: &Judged, after: &Judged) -> Vec<Complaint> {
    let known: Vec<&str> = before.outcome.errors.iter().map(|error| error.message.as_str()).collect();
    let errors = after.outcome.errors.iter().filter(|error| !error.partial && !known.contains(&error.message.as_str()));
    let complaint = |error: &crate::outcome::RunError| {
        let file = error.place.and_then(|place| after.sources.file(place.file)).map(|file| file.name.clone());
        Complaint {
            files: file.into_iter().collect(),
            reason: Reason::Breaks(format!("the check fails: {}", error.message)),
        }
    };
    errors.map(complaint).collect()
}

/// Of the findings of one rule about one thing as many must be gone as have their fix in.
fn in_vain(before: &Judged, after: &Judged, chosen: &[Candidate<'_>]) -> Vec<Complaint> {
    let count = |judged: &Judged| {
        let mut counts: HashMap<_, usize> = HashMap::new();
        for finding in &judged.outcome.findings {
            *counts.entry(identity(finding, &judged.sources)).or_default() += 1;
        }
        counts
    };
    let (was, is) = (count(before), count(after));
    let mut mended: HashMap<_, usize> = HashMap::new();
    for candidate in chosen {
        *mended.entry(identity(candidate.finding, &before.sources)).or_default() += 1;
    }
    let of = |counts: &HashMap<_, usize>, key| counts.get(key).copied().unwrap_or_default();
    let in_vain = mended.iter().filter(|(key, mended)| of(&is, key) + **mended > of(&was, key));
    in_vain.map(|((_, file, _), _)| Complaint { files: vec![file.clone()], reason: Reason::InVain }).collect()
}
