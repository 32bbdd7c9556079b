//! What fixes change, as a unified diff: for `--diff`.
//!
//! Lines are compared as the files have them and shown as every report shows them: secrets masked, hostile characters
//! replaced. A stretch that a fix leaves alone is masked on both sides by what either side masks, so that a secret which
//! is no longer pointed at once the fix is in stays hidden.

use std::io::{self, Write};
use std::ops::Range;

use similar::udiff::UnifiedHunkHeader;
use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};
use stacklint_engine::fix::apply::{Change, Judged, Piece};

use crate::report::printable::one_line;
use crate::report::source_text::SourceTexts;

/// So many lines stand around what changes.
const CONTEXT: usize = 3;

/// What masks a byte of a secret.
const MASK: u8 = b'*';

/// Writes what changes between two states of files.
///
/// # Errors
/// If `out` fails.
pub(crate) fn write(
    changes: &[Change],
    before: &Judged,
    after: &Judged,
    colored: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let shown_before = SourceTexts::new(&before.sources).with_findings(before.outcome.findings.iter());
    let shown_after = SourceTexts::new(&after.sources).with_findings(after.outcome.findings.iter());
    let mut changes: Vec<&Change> = changes.iter().collect();
    changes.sort_by(|one, other| one.name.cmp(&other.name));
    for change in changes {
        let files = (before.sources.open(&change.read_as), after.sources.open(&change.read_as));
        let (Ok(was), Ok(is)) = files else { continue };
        let mut old = shown_before.show(&was, 0..was.text.len()).into_bytes();
        let mut new = shown_after.show(&is, 0..is.text.len()).into_bytes();
        mask_alike(change, (was.text.as_bytes(), &mut old), (is.text.as_bytes(), &mut new));
        let (old, new) = (Side::of(&was.text, &old), Side::of(&is.text, &new));
        let mut paper = Paper { colored, out: &mut *out };
        let name = one_line(&change.name);
        // As git does it: a tab ends a name that has blanks in it.
        let end = if name.contains(' ') { "\t" } else { "" };
        paper.line("1", &format!("--- a/{name}{end}"))?;
        paper.line("1", &format!("+++ b/{name}{end}"))?;
        for hunk in group_diff_ops(operations(&touched(change, &old, &new), &old, &new), CONTEXT) {
            paper.line("36", &UnifiedHunkHeader::new(&hunk).to_string())?;
            for operation in &hunk {
                let (tag, was, is) = operation.as_tag_tuple();
                if tag == DiffTag::Equal {
                    paper.lines("", ' ', &old, was)?;
                } else {
                    paper.lines("31", '-', &old, was)?;
                    paper.lines("32", '+', &new, is)?;
                }
            }
        }
    }
    Ok(())
}

/// Masks what was kept on both sides where it is masked on one. Each side is a text and how it is shown, equally long.
fn mask_alike(change: &Change, (was, old): (&[u8], &mut [u8]), (is, new): (&[u8], &mut [u8])) {
    let mut at = 0;
    for piece in change.text.pieces() {
        if let Piece::Kept(range) = piece {
            let here = at..at + range.len();
            let sides = old.get_mut(range.clone()).zip(new.get_mut(here.clone()));
            let texts = was.get(range.clone()).zip(is.get(here));
            if let (Some((old, new)), Some((was, is))) = (sides, texts) {
                for (((old, new), was), is) in old.iter_mut().zip(new).zip(was).zip(is) {
                    if (*old == MASK && *was != MASK) || (*new == MASK && *is != MASK) {
                        (*old, *new) = (MASK, MASK);
                    }
                }
            }
        }
        at += piece.len();
    }
}

/// A text in lines, and how they are shown.
struct Side<'t> {
    lines: Vec<&'t str>,
    shown: Vec<&'t [u8]>,
    /// Where lines start; behind a complete last line one more would.
    starts: Vec<usize>,
}

impl<'t> Side<'t> {
    fn of(text: &'t str, shown: &'t [u8]) -> Self {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let mut starts = vec![0];
        let mut end = 0;
        starts.extend(lines.iter().map(|line| {
            end += line.len();
            end
        }));
        let shown = lines.iter().zip(&starts).map(|(line, start)| shown.get(*start..start + line.len()));
        let shown = shown.map(Option::unwrap_or_default).collect();
        if lines.last().is_some_and(|last| !last.ends_with('\n')) {
            starts.pop();
        }
        Self { lines, shown, starts }
    }

    /// The line that a byte stands in.
    fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    fn starts_line(&self, at: usize) -> bool {
        self.starts.binary_search(&at).is_ok()
    }
}

/// The lines that have to do with a change, on both sides. The others are equal, so that a large file costs no more than
/// reading it.
fn touched(change: &Change, old: &Side<'_>, new: &Side<'_>) -> Vec<(Range<usize>, Range<usize>)> {
    let mut regions: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    let (mut was, mut is) = (0, 0);
    let mut add = |was: Range<usize>, is: Range<usize>| {
        let whole = old.starts_line(was.end) && new.starts_line(is.end);
        let end = |side: &Side<'_>, at: usize| if whole { side.line(at) } else { side.line(at) + 1 };
        let region = (old.line(was.start)..end(old, was.end), new.line(is.start)..end(new, is.end));
        let region =
            (region.0.start..region.0.end.min(old.lines.len()), region.1.start..region.1.end.min(new.lines.len()));
        match regions.last_mut() {
            Some(last) if region.0.start <= last.0.end || region.1.start <= last.1.end => {
                last.0.end = last.0.end.max(region.0.end);
                last.1.end = last.1.end.max(region.1.end);
            }
            _ => regions.push(region),
        }
    };
    // What was put in and not yet told, up to the next stretch that was kept.
    let mut put = 0;
    for piece in change.text.pieces() {
        match piece {
            Piece::Put(bytes) => put += bytes.len(),
            Piece::Kept(range) => {
                if put > 0 || range.start > was {
                    add(was..range.start, is..is + put);
                }
                is += put + range.len();
                (was, put) = (range.end, 0);
            }
        }
    }
    let end = change.text.before().len();
    if put > 0 || end > was {
        add(was..end, is..is + put);
    }
    regions
}

/// From the lines that may differ to those that do.
fn operations(regions: &[(Range<usize>, Range<usize>)], old: &Side<'_>, new: &Side<'_>) -> Vec<DiffOp> {
    let mut operations = Vec::new();
    let (mut was, mut is) = (0, 0);
    let equal = |old_index: usize, new_index: usize, end: usize| DiffOp::Equal {
        old_index,
        new_index,
        len: end.saturating_sub(old_index),
    };
    for (old_lines, new_lines) in regions {
        operations.push(equal(was, is, old_lines.start));
        let old_part = old.lines.get(old_lines.clone()).unwrap_or_default();
        let new_part = new.lines.get(new_lines.clone()).unwrap_or_default();
        let (a, b) = (old_lines.start, new_lines.start);
        operations.extend(capture_diff_slices(Algorithm::Myers, old_part, new_part).into_iter().map(|operation| {
            match operation {
                DiffOp::Equal { old_index, new_index, len } => {
                    DiffOp::Equal { old_index: old_index + a, new_index: new_index + b, len }
                }
                DiffOp::Delete { old_index, old_len, new_index } => {
                    DiffOp::Delete { old_index: old_index + a, old_len, new_index: new_index + b }
                }
                DiffOp::Insert { old_index, new_index, new_len } => {
                    DiffOp::Insert { old_index: old_index + a, new_index: new_index + b, new_len }
                }
                DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                    DiffOp::Replace { old_index: old_index + a, old_len, new_index: new_index + b, new_len }
                }
            }
        }));
        (was, is) = (old_lines.end, new_lines.end);
    }
    operations.push(equal(was, is, old.lines.len()));
    operations.retain(|operation| !matches!(operation, DiffOp::Equal { len: 0, .. }));
    joined(operations)
}

/// Equal lines that follow each other as one stretch: else the context around a change would end between them.
fn joined(operations: Vec<DiffOp>) -> Vec<DiffOp> {
    let mut joined: Vec<DiffOp> = Vec::with_capacity(operations.len());
    for operation in operations {
        match (joined.last_mut(), operation) {
            (Some(DiffOp::Equal { len, .. }), DiffOp::Equal { len: more, .. }) => *len += more,
            (_, operation) => joined.push(operation),
        }
    }
    joined
}

/// Where it is written.
struct Paper<'o> {
    colored: bool,
    out: &'o mut dyn Write,
}

impl Paper<'_> {
    fn line(&mut self, color: &str, text: &str) -> io::Result<()> {
        self.painted(color, text.as_bytes())?;
        self.out.write_all(b"\n")
    }

    fn painted(&mut self, color: &str, text: &[u8]) -> io::Result<()> {
        if !self.colored || color.is_empty() {
            return self.out.write_all(text);
        }
        write!(self.out, "\x1b[{color}m")?;
        self.out.write_all(text)?;
        self.out.write_all(b"\x1b[0m")
    }

    fn lines(&mut self, color: &str, sign: char, side: &Side<'_>, lines: Range<usize>) -> io::Result<()> {
        let written = side.lines.get(lines.clone()).unwrap_or_default();
        let shown = side.shown.get(lines).unwrap_or_default();
        for (written, shown) in written.iter().zip(shown) {
            let line_break = ["\r\n", "\n"].into_iter().find(|end| written.ends_with(end)).unwrap_or_default();
            let shown = shown.get(..shown.len() - line_break.len()).unwrap_or_default();
            let mut line = vec![u8::try_from(sign).unwrap_or_default()];
            line.extend_from_slice(shown);
            self.painted(color, &line)?;
            // A carriage return of a line's end is no harm, and a patch needs it.
            self.out.write_all(if line_break.is_empty() {
                b"\n\\ No newline at end of file\n"
            } else {
                line_break.as_bytes()
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use stacklint_engine::finding::{Edit, Finding};
    use stacklint_engine::fix::apply::Spliced;
    use stacklint_engine::outcome::Outcome;

    use super::*;
    use crate::report::test_support::{finding, sources, span_of};

    /// The diff of a file in which words are replaced; `secret` is pointed at before.
    fn diff(name: &str, text: &str, edits: &[(&str, &str)], secret: Option<&str>) -> String {
        let (before, files) = sources(&[(name, text)]);
        let edits: Vec<Edit> = edits
            .iter()
            .map(|(word, replacement)| Edit { place: span_of(&files[0], word), replacement: (*replacement).to_owned() })
            .collect();
        let mut spliced = Spliced::new(text.as_bytes());
        spliced.edit(&edits).unwrap();
        let after = String::from_utf8(spliced.after()).unwrap();
        let (after, _) = sources(&[(name, &after)]);
        let path = before.vfs().absolute(Path::new(name));
        let change = Change { path: path.clone(), read_as: path, name: name.to_owned(), text: spliced };
        let secret = secret.map(|secret| Finding {
            family: "secrets",
            ..finding("plaintext-secret", Some(span_of(&files[0], secret)))
        });
        let outcome = Outcome { findings: secret.into_iter().collect(), ..Outcome::default() };
        let before = Judged { sources: before, outcome };
        let after = Judged { sources: after, outcome: Outcome::default() };
        let mut written = Vec::new();
        write(&[change], &before, &after, false, &mut written).unwrap();
        String::from_utf8(written).unwrap()
    }

    #[test]
    fn shows_lines_with_three_around_them() {
        let text = "1\n2\n3\n4\n5\n6\n7\n8\n9\na\nb\nc\nd\ne\nf\n";
        let written = diff("a b.txt", text, &[("4", "four"), ("e\n", ""), ("6", "6\nand")], None);
        let expected = "--- a/a b.txt\t\n+++ b/a b.txt\t\n@@ -1,9 +1,10 @@\n 1\n 2\n 3\n-4\n+four\n 5\n 6\n+and\n 7\n \
                        8\n 9\n@@ -11,5 +12,4 @@\n b\n c\n d\n-e\n f\n";
        assert_eq!(written, expected);
        assert_eq!(diff("a", "x\n", &[("x", "x")], None), "--- a/a\n+++ b/a\n");
    }

    #[test]
    fn shows_how_lines_end() {
        let written = diff("a", "a: 1\r\nb: 2", &[("1", "one"), ("2", "2\r\nc: 3")], None);
        let expected = "--- a/a\n+++ b/a\n@@ -1,2 +1,3 @@\n-a: 1\r\n-b: 2\n\\ No newline at end of file\n+a: one\r\n+b: \
                        2\r\n+c: 3\n\\ No newline at end of file\n";
        assert_eq!(written, expected);
        let written = diff("a", "a\nb\n", &[("a\nb\n", "")], None);
        assert_eq!(written, "--- a/a\n+++ b/a\n@@ -1,2 +0,0 @@\n-a\n-b\n");
        let written = diff("a", "a\nb", &[("a\n", "a\nc\n")], None);
        assert_eq!(written, "--- a/a\n+++ b/a\n@@ -1,2 +1,3 @@\n a\n+c\n b\n\\ No newline at end of file\n");
    }

    #[test]
    fn a_secret_stays_hidden_where_nothing_points_at_it_any_more() {
        // Nothing but the finding says that this is a secret.
        let text = "name: x\nword: correct horse # \u{1b}[31m\nmore: correct horse\n";
        let written = diff("a.txt", text, &[("name: x", "name: y"), ("word", "words")], Some("correct horse"));
        assert!(!written.contains('\u{1b}'), "{written}");
        assert!(written.contains("\n-word: ************* # ?[31m\n"), "{written}");
        assert!(written.contains("\n+words: ************* # ?[31m\n"), "{written}");
        assert!(written.contains("\n more: correct horse\n"), "{written}");
    }
}
