//! The one place where source text becomes showable: secrets masked, hostile characters replaced, every offset as it was.
//!
//! No renderer sees the text of a file but through here. Masking comes first and knows two sources: what
//! `engine::secrets` takes for a secret anywhere in the file, whether a rule points there or not, and what findings of
//! the family `secrets` point at.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use stacklint_engine::finding::Finding;
use stacklint_engine::map::HashMap;
use stacklint_engine::origin::{FileId, Role, Span};
use stacklint_engine::secrets::mask_ranges;
use stacklint_engine::source::{SourceFile, Sources};
use stacklint_engine::text::{PieceKind, Text};
use stacklint_parsers::TextRange;

use crate::formats;
use crate::report::printable;

/// The family whose findings point at secrets.
const SECRETS: &str = "secrets";

/// What stands for a secret outside snippets.
pub(crate) const MASK: &str = "***";

/// The texts of the files of one run, made showable.
#[derive(Debug)]
pub(crate) struct SourceTexts<'a> {
    sources: &'a Sources,
    /// What was pointed at as a secret.
    known: HashMap<FileId, Vec<TextRange>>,
    /// What is masked, for the files that were asked for: in order, without overlaps.
    masks: RefCell<HashMap<FileId, Rc<[TextRange]>>>,
}

impl<'a> SourceTexts<'a> {
    /// The texts of files in which nothing was pointed at.
    pub(crate) fn new(sources: &'a Sources) -> Self {
        Self { sources, known: HashMap::default(), masks: RefCell::default() }
    }

    /// Masks what the findings of the family `secrets` point at, too.
    pub(crate) fn with_findings<'f>(mut self, findings: impl Iterator<Item = &'f Finding>) -> Self {
        for finding in findings.filter(|finding| finding.family == SECRETS) {
            let trail = finding.trail.iter().filter(|step| holds_value(step.role)).map(|step| step.place);
            // A related place may hold the value that lost.
            let related = finding.related.iter().map(|related| related.place).filter(|place| self.may_be_value(*place));
            let places: Vec<Span> = finding.primary.into_iter().chain(trail).chain(related).collect();
            places.into_iter().for_each(|place| self.add(place));
        }
        self
    }

    /// Masks a place, except for the variables it names.
    pub(crate) fn add(&mut self, place: Span) {
        let Some(file) = self.sources.file(place.file) else { return };
        let Some(range) = secret_part(&file.text, place.range) else { return };
        self.known.entry(place.file).or_default().push(range);
        self.masks.get_mut().remove(&place.file);
    }

    /// A key, and what has no letter in it (a port), is no value to hide.
    fn may_be_value(&self, place: Span) -> bool {
        let Some(file) = self.sources.file(place.file) else { return false };
        let behind = file.text.get(place.range.end as usize..).unwrap_or_default();
        !behind.starts_with([':', '=']) && place.range.of(&file.text).contains(char::is_alphabetic)
    }

    /// What of a file is masked: in order, without overlaps.
    pub(crate) fn masks(&self, file: &SourceFile) -> Rc<[TextRange]> {
        if let Some(masks) = self.masks.borrow().get(&file.id) {
            return Rc::clone(masks);
        }
        let parsed = formats::guess(&file.path).map(|format| file.parse(format));
        let mut ranges = mask_ranges(&file.text, parsed.as_deref().map(|parsed| parsed.document()));
        drop(parsed);
        // The tree was dropped after the last stack that needed it; reports go on without it.
        file.release();
        ranges.extend(self.known.get(&file.id).into_iter().flatten());
        ranges.sort_unstable();
        let mut merged: Vec<TextRange> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match merged.last_mut().filter(|last| range.start <= last.end) {
                Some(last) => *last = last.cover(range),
                None => merged.push(range),
            }
        }
        let masks: Rc<[TextRange]> = merged.into();
        self.masks.borrow_mut().insert(file.id, Rc::clone(&masks));
        masks
    }

    /// A part of a file, made showable: exactly as many bytes, line breaks where they were.
    pub(crate) fn show(&self, file: &SourceFile, part: Range<usize>) -> String {
        let text = file.text.get(part.clone()).unwrap_or_default();
        let masks = self.masks(file);
        let first = masks.partition_point(|mask| mask.end as usize <= part.start);
        let mut shown = String::with_capacity(text.len());
        let mut at = 0;
        for mask in masks.iter().skip(first).take_while(|mask| (mask.start as usize) < part.end) {
            // Masks lie on character boundaries, and so does the part: else it is empty.
            let start = (mask.start as usize).saturating_sub(part.start).max(at);
            let end = (mask.end as usize).saturating_sub(part.start).min(text.len()).max(start);
            shown.push_str(text.get(at..start).unwrap_or_default());
            shown.extend(text.bytes().take(end).skip(start).map(|byte| match byte {
                b'\n' | b'\r' => char::from(byte),
                _ => '*',
            }));
            at = end;
        }
        shown.push_str(text.get(at..).unwrap_or_default());
        match printable::same_length(&shown) {
            std::borrow::Cow::Borrowed(_) => shown,
            std::borrow::Cow::Owned(replaced) => replaced,
        }
    }

    /// The parts of a resolved text that are masked where they are written, as ranges of its string.
    pub(crate) fn masked_parts(&self, text: &Text) -> Vec<Range<usize>> {
        let mut parts = Vec::new();
        for (range, piece) in text.pieces() {
            let Some(place) = piece.place.filter(|_| !range.is_empty()) else { continue };
            let Some(file) = self.sources.file(place.file) else { continue };
            let masks = self.masks(&file);
            let first = masks.partition_point(|mask| mask.end <= place.range.start);
            let overlapping = masks.iter().skip(first).take_while(|mask| mask.start < place.range.end);
            match piece.kind {
                PieceKind::Verbatim => parts.extend(overlapping.map(|mask| {
                    let at = |offset: u32| range.start + (offset - place.range.start) as usize;
                    at(mask.start.max(place.range.start))..at(mask.end.min(place.range.end))
                })),
                // Which of its characters came from the masked ones is not known.
                PieceKind::Derived => parts.extend(overlapping.take(1).map(|_| range.clone())),
                PieceKind::Unset | PieceKind::Required | PieceKind::Unknown => {}
            }
        }
        parts
    }
}

/// Whether the value itself stands at a step's place, and not only something that leads to it.
fn holds_value(role: Role) -> bool {
    match role {
        Role::Written | Role::Default | Role::ImageDefault | Role::CommandLine | Role::Overrides | Role::FromShell => {
            true
        }
        Role::AliasOf
        | Role::MergedFrom
        | Role::ExtendedFrom
        | Role::IncludedBy
        | Role::Interpolated
        | Role::FromEnvFile
        | Role::MountedAt => false,
    }
}

/// What of a place can be a secret: nothing of `${NAME}`, the operand of `${NAME:-operand}`, all of anything else.
fn secret_part(text: &str, range: TextRange) -> Option<TextRange> {
    let Some(inner) = range.of(text).strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) else {
        return (!range.is_empty()).then_some(range);
    };
    let name = inner.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let operand = inner.get(name..).unwrap_or_default().trim_start_matches([':', '-', '?', '+', '=']);
    let end = range.end.saturating_sub(1);
    let length = u32::try_from(operand.len()).unwrap_or(u32::MAX);
    (!operand.is_empty()).then(|| TextRange::new(end.saturating_sub(length), end))
}

/// Replaces ranges of a text, in any order, by [`MASK`]; ranges that touch become one.
pub(crate) fn replace_parts(
    text: &str,
    mut parts: Vec<Range<usize>>,
    other: impl Fn(Range<usize>) -> String,
) -> String {
    parts.retain(|part| !part.is_empty());
    parts.sort_unstable_by_key(|part| (part.start, part.end));
    let mut replaced = String::with_capacity(text.len());
    let mut at = 0;
    let mut masked_to = None;
    for part in parts {
        if part.start > at || masked_to.is_none() {
            replaced.push_str(&other(at..part.start.max(at)));
            replaced.push_str(MASK);
        }
        at = at.max(part.end);
        masked_to = Some(at);
    }
    replaced.push_str(&other(at.min(text.len())..text.len()));
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_support::{finding, sources, span_of};

    fn secret(place: Span) -> Finding {
        Finding { family: SECRETS, ..finding("plaintext-secret", Some(place)) }
    }

    #[test]
    fn masks_what_secret_findings_point_at_in_the_same_length() {
        let (sources, files) = sources(&[("a.yaml", "x: h\u{fc}nter\u{1b}2 # \u{1b}[31m\u{202e}\n")]);
        let file = &files[0];
        let texts = SourceTexts::new(&sources).with_findings([secret(span_of(file, "h\u{fc}nter\u{1b}2"))].iter());
        let shown = texts.show(file, 0..file.text.len());
        assert_eq!(shown, "x: ********* # ?[31m\u{fffd}\n");
        assert_eq!(shown.len(), file.text.len());
    }

    #[test]
    fn masks_every_line_of_a_block_and_keeps_its_line_breaks() {
        let text = "x: |\r\n  first line\r\n  second\r\ny: 1\r\n";
        let (sources, files) = sources(&[("a.yaml", text)]);
        let texts =
            SourceTexts::new(&sources).with_findings([secret(span_of(&files[0], "first line\r\n  second"))].iter());
        // The carriage returns of line ends are left to whoever cuts the text into lines: alone they are hostile.
        assert_eq!(texts.show(&files[0], 0..text.len()), "x: |?\n  **********?\n********?\ny: 1?\n");
        assert_eq!(texts.show(&files[0], 8..12), "****");
    }

    #[test]
    fn the_way_of_a_secret_shows_its_references() {
        let text =
            "image: a\npassword: ${PASSWORD:-fallback}\nother: ${PASSWORD}\nenv_file: ./secret.env\nports: [\"5432\"]";
        let (sources, files) = sources(&[("a.txt", text)]);
        let file = &files[0];
        let step =
            |role, text| stacklint_engine::finding::TrailStep { role, message: "".into(), place: span_of(file, text) };
        let mut finding = secret(span_of(file, "${PASSWORD:-fallback}"));
        finding.trail = vec![step(Role::Written, "${PASSWORD}"), step(Role::FromEnvFile, "./secret.env")];
        let related = |text| stacklint_engine::finding::Related { message: "".into(), place: span_of(file, text) };
        finding.related = vec![related("image"), related("5432")];
        let texts = SourceTexts::new(&sources).with_findings([finding].iter());
        assert_eq!(texts.show(file, 0..text.len()), text.replace("fallback", "********"));
    }

    #[test]
    fn parts_that_touch_become_one_mask() {
        let text = "ab secret and more";
        let shown = replace_parts(text, vec![6..9, 3..6, 14..18], |range| text[range].to_owned());
        assert_eq!(shown, "ab *** and ***");
        assert_eq!(replace_parts("xy", vec![0..1, 1..2], |range| "xy"[range].to_owned()), MASK);
        assert_eq!(replace_parts("x", Vec::new(), |range| "x"[range].to_owned()), "x");
    }
}
