//! Reading on behind a syntax error.
//!
//! The event parser stops at the first error. So the line at fault is blanked with as many spaces as it has bytes, which
//! keeps every other byte at its place, and the text is read again. Which line it is shows in how far the next reading
//! comes: the line of the error is tried, then the lines above it, where a quote or a bracket may have been left open.

use std::sync::Arc;

use granit_parser::{ErrorKind, ScanError};

use crate::range::TextRange;
use crate::{Document, NodeId, NodeKind, SyntaxError};

use super::build::{Attempt, build};
use super::prepare::Reading;
use super::{gap, message};

/// How many lines are blanked in one file.
const MAX_REPAIRS: usize = 8;

/// How many lines with text are tried above the line of an error.
const LINES_ABOVE: usize = 3;

/// How many bytes are read again in one file, so that the time stays in proportion to its size: a Compose file of
/// ordinary size has [`MAX_ATTEMPTS`] for them, a file of many megabytes [`MIN_ATTEMPTS`].
const REREAD_BUDGET: usize = 16 << 20;

/// How often a file is read again at most: for each repair the four lines in question, and as much for quoted texts.
const MAX_ATTEMPTS: usize = 2 * MAX_REPAIRS * (1 + LINES_ABOVE);

/// How often even the largest file is read again.
const MIN_ATTEMPTS: usize = 2;

/// Reads `text`, around its errors where possible.
pub(super) fn read(text: &Arc<str>) -> Document {
    let mut reading = Reading::new(text);
    let mut errors = Vec::new();
    let mut blanked = Vec::new();
    let mut attempts_left = (REREAD_BUDGET / text.len().max(1)).clamp(MIN_ATTEMPTS, MAX_ATTEMPTS);
    let mut attempt = build(text, &reading);
    while let Some(stop) = attempt.stop.take() {
        if let Some((joined, next)) = join(text, &reading, &stop, attempt.cursor, &mut attempts_left) {
            reading = joined;
            attempt = next;
            continue;
        }
        let repair =
            if blanked.len() < MAX_REPAIRS { repair(text, &mut reading, &stop, &mut attempts_left) } else { None };
        let mut error = message::syntax_error(&stop, reading.text());
        let Some(repair) = repair else {
            // What stands behind the last error stays unread.
            let rest = message::place(&stop, reading.text())..text.len();
            error.skipped = Some(TextRange::from_usize(rest));
            errors.push(error);
            break;
        };
        reading.blank(repair.line);
        if repair.line.end <= error.range.start {
            error.range = repair.line;
            if let Some(words) = message::left_open(repair.line.of(text)) {
                error.message = words.to_owned();
            }
        }
        error.skipped = Some(repair.line);
        errors.push(error);
        blanked.push(repair.line);
        attempt = repair.attempt;
    }
    let Attempt { mut document, errors: found, .. } = attempt;
    errors.extend(found);
    reading.mend(&mut document, &mut errors);
    for line in blanked {
        mark(&mut document, line);
    }
    errors.sort_by_key(|error: &SyntaxError| error.range);
    errors.into_iter().for_each(|error| document.push_error(error));
    document
}

/// What go-yaml reads and the event parser does not: a quoted text that goes on at less indentation than its key.
///
/// It is read on one line, unless the parser stumbles behind it: then its quote was rather left open.
fn join<'t>(
    text: &Arc<str>,
    reading: &Reading<'t>,
    stop: &ScanError,
    cursor: u32,
    attempts_left: &mut usize,
) -> Option<(Reading<'t>, Attempt)> {
    if !matches!(stop.kind(), ErrorKind::InvalidQuotedScalarIndent) {
        return None;
    }
    let scalar = gap::quoted_scalar(reading.text(), cursor as usize)?;
    *attempts_left = attempts_left.checked_sub(1)?;
    let line_end = gap::line_end(reading.text().as_bytes(), scalar.end);
    let joined = reading.join(scalar);
    let attempt = build(text, &joined);
    let reached = attempt.stop.as_ref().is_none_or(|stop| message::place(stop, joined.text()) > line_end);
    reached.then_some((joined, attempt))
}

/// A line whose absence lets the parser read on, and what it reads then.
struct Repair {
    line: TextRange,
    attempt: Attempt,
}

/// The line to blank because of an error: the one behind which the next error comes last.
fn repair(text: &Arc<str>, reading: &mut Reading<'_>, stop: &ScanError, attempts_left: &mut usize) -> Option<Repair> {
    let place = message::place(stop, reading.text());
    let mut best: Option<(usize, Repair)> = None;
    for line in candidates(reading.text(), place) {
        *attempts_left = attempts_left.checked_sub(1)?;
        let before = reading.try_blank(line);
        let attempt = build(text, reading);
        let reached = attempt.stop.as_ref().map_or(usize::MAX, |stop| message::place(stop, reading.text()));
        reading.restore(line, &before);
        if reached > best.as_ref().map_or(place, |(reached, _)| *reached) {
            best = Some((reached, Repair { line, attempt }));
        }
        if reached == usize::MAX || *attempts_left == 0 {
            break;
        }
    }
    best.map(|(_, repair)| repair)
}

/// The lines that may be at fault for an error at `place`, without indentation and line break. The likeliest one comes
/// first: one that looks unfinished, else the one of the error.
fn candidates(text: &str, place: usize) -> Vec<TextRange> {
    let bytes = text.as_bytes();
    let mut lines = Vec::with_capacity(1 + LINES_ABOVE);
    let mut end = gap::line_end(bytes, place);
    loop {
        let start = gap::line_start(bytes, end);
        let line = text.get(start..end).unwrap_or_default();
        let content = line.trim();
        // A comment is at fault only where the parser says so.
        if !content.is_empty() && (lines.is_empty() || !content.starts_with('#')) {
            let start = start + line.len() - line.trim_start().len();
            lines.push(TextRange::from_usize(start..start + content.len()));
        }
        if start == 0 || lines.len() > LINES_ABOVE {
            break;
        }
        end = start - 1;
    }
    lines.sort_by_cached_key(|line| message::left_open(line.of(text)).is_none());
    lines
}

/// Marks the innermost collections that the blanked line stood in, and what they stand in.
fn mark(document: &mut Document, line: TextRange) {
    let Some(mut node) = root_of(document, line) else { return };
    loop {
        document.node_mut(node).repaired = true;
        match child_of(document, node, line) {
            Some(child) => node = child,
            None => return,
        }
    }
}

/// The top node of the document that the line stands in.
fn root_of(document: &Document, line: TextRange) -> Option<NodeId> {
    let roots = document.roots();
    let index = roots.partition_point(|root| document.node(*root).range.start <= line.start);
    let before = index.checked_sub(1).and_then(|index| roots.get(index)).copied();
    let next = roots.get(index).copied();
    let Some(before) = before else { return next };
    let gap = TextRange::new(document.node(before).range.end, line.start).of(document.text());
    if gap.lines().any(|line| line.starts_with("---")) { next.or(Some(before)) } else { Some(before) }
}

/// The child of a collection that the line stood in, or would have continued.
fn child_of(document: &Document, node: NodeId, line: TextRange) -> Option<NodeId> {
    let text = document.text();
    let range = document.node(node).range;
    let (children, mapping) = match &document.node(node).kind {
        NodeKind::Mapping(entries) => {
            (entries.iter().flat_map(|entry| [entry.key, entry.value]).collect::<Vec<_>>(), true)
        }
        NodeKind::Sequence(items) => (items.clone(), false),
        NodeKind::Scalar(_) | NodeKind::Alias(..) => return None,
    };
    let index = children.partition_point(|child| document.node(*child).range.start <= line.start).checked_sub(1)?;
    let before = children.get(index).copied()?;
    if document.node(before).range.contains(line) {
        return Some(before);
    }
    if is_flow(text, range) {
        return None;
    }
    if mapping && index % 2 == 0 {
        // Between a key and its value.
        return children.get(index + 1).copied();
    }
    // Behind the child: its own line if it is indented deeper than the collection is, or if it is an item of a list
    // that is as far indented as its key.
    let column = column(text, range.start);
    let indent = indentation(text, line.start);
    let child = document.node(before);
    let continues = indent > column
        || mapping
            && indent == column
            && matches!(child.kind, NodeKind::Sequence(_))
            && line.of(text).starts_with('-')
            && self::column(text, child.range.start) == column;
    let open = match child.kind {
        NodeKind::Mapping(_) | NodeKind::Sequence(_) => !is_flow(text, child.range),
        NodeKind::Scalar(_) => child.range.is_empty(),
        NodeKind::Alias(..) => false,
    };
    (continues && open).then_some(before)
}

fn is_flow(text: &str, range: TextRange) -> bool {
    range.of(text).starts_with(['[', '{'])
}

/// How deep a line is indented whose text starts at `at`; behind a tab, which counts nothing in YAML, as deep as it can.
fn indentation(text: &str, at: u32) -> usize {
    let column = column(text, at);
    let blanks = TextRange::new(at - u32::try_from(column).unwrap_or(at), at).of(text);
    if blanks.contains('\t') { usize::MAX } else { column }
}

/// How many bytes of its line stand before `at`.
fn column(text: &str, at: u32) -> usize {
    at as usize - gap::line_start(text.as_bytes(), at as usize)
}
