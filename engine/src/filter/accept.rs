//! How a finding can be accepted where it stands: a comment above it, or an entry of the configuration. The reason is left
//! for whoever accepts it; without one neither has an effect.

use std::path::Path;

use stacklint_parsers::{Document, Format, NodeId, NodeKind, PathSegment, TextRange};

use super::suppression;
use crate::finding::Edit;
use crate::origin::Span;
use crate::rule::Rule;
use crate::source::SourceFile;

/// Puts a comment on a line of its own that accepts what a rule finds at a place; nothing where none can stand.
#[must_use]
pub fn comment(file: &SourceFile, range: TextRange, rule: &Rule) -> Option<Edit> {
    let format = file.format()?;
    // JSON is read as YAML, but whoever else reads it knows no comments.
    let is_json = file.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    if is_json || !rule.can_be_accepted() {
        return None;
    }
    let at = suppression::line_above(file, &file.parse(format), range)?;
    let line = file.text.get(at as usize..)?;
    let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
    let indent = line.get(..indent)?;
    let line_break = line_break(&file.text);
    let replacement = format!("{indent}# stacklint: ignore[{}] -- {line_break}", rule.id);
    Some(Edit { place: Span { file: file.id, range: TextRange::empty(at) }, replacement })
}

/// How a new configuration begins that accepts what a rule finds at a place of a file; nothing where no pattern can say it.
#[must_use]
pub fn configuration(base: &Path, file: &SourceFile, range: TextRange, rule: &Rule) -> Option<String> {
    let entry = entry(base, file, range, rule)?;
    Some(format!("ignores:\n{}", lines(&entry, "  ", "\n")))
}

/// Adds an entry to a configuration that accepts what a rule finds at a place of a file. Paths of the configuration are
/// relative to `base`. Nothing where no pattern can say it, or it is not clear where the entry goes.
#[must_use]
pub fn ignore(
    configuration: &SourceFile,
    base: &Path,
    file: &SourceFile,
    range: TextRange,
    rule: &Rule,
) -> Option<Edit> {
    let entry = entry(base, file, range, rule)?;
    let text = &*configuration.text;
    let line_break = line_break(text);
    let parsed = configuration.parse(Format::Yaml);
    let document = parsed.document();
    if !document.errors().is_empty() {
        return None;
    }
    let edit =
        |range: TextRange, replacement: String| Edit { place: Span { file: configuration.id, range }, replacement };
    let behind = |offset: u32, inserted: String| {
        let at = offset as usize
            + text.get(offset as usize..)?.find('\n').map_or(text.len() - offset as usize, |end| end + 1);
        let is_ended = text.get(..at)?.ends_with('\n') || at == 0;
        let before = if is_ended { "" } else { line_break };
        Some(edit(TextRange::from_usize(at..at), format!("{before}{inserted}")))
    };
    let end = u32::try_from(text.len()).ok()?;
    let root = match document.roots() {
        [] => return behind(end, format!("ignores:{line_break}{}", lines(&entry, "  ", line_break))),
        [root] => *root,
        _ => return None,
    };
    let is_flow = |node: NodeId| document.node(node).range.of(text).starts_with(['{', '[']);
    let Some(known) = document.entries(root).iter().find(|known| document.scalar(known.key) == Some("ignores")) else {
        let last = document.entries(root).last().filter(|_| !is_flow(root))?;
        let margin = margin(text, document.entries(root).first()?, document)?;
        let at = document.node(last.value).range.end.max(document.node(last.key).range.end);
        let entry = lines(&entry, &format!("{margin}  "), line_break);
        return behind(at, format!("{margin}ignores:{line_break}{entry}"));
    };
    let value = document.node(known.value);
    match (&value.kind, document.items(known.value)) {
        (NodeKind::Sequence(_), [first, .., last]) | (NodeKind::Sequence(_), [first @ last])
            if !is_flow(known.value) =>
        {
            let start = document.node(*first).range.start as usize;
            let line = text.get(..start)?.rsplit('\n').next()?;
            let margin = line.trim_end().strip_suffix('-').filter(|before| before.trim().is_empty())?;
            behind(document.node(*last).range.end, lines(&entry, margin, line_break))
        }
        (NodeKind::Sequence(_), []) | (NodeKind::Scalar(_), _)
            if value.range.of(text).trim().trim_matches(['[', ']', ' ', '~']).is_empty() =>
        {
            let key = document.node(known.key).range.end;
            let rest = text.get(key as usize..value.range.end.max(key) as usize)?;
            let colon = u32::try_from(rest.find(':')? + 1).ok()?;
            let range = TextRange::new(key + colon, value.range.end.max(key + colon));
            let margin = margin(text, document.entries(root).first()?, document)?;
            let entry = lines(&entry, &format!("{margin}  "), line_break);
            let entry = entry.trim_end_matches(['\r', '\n']);
            Some(edit(range, format!("{line_break}{entry}")))
        }
        _ => None,
    }
}

/// The list that holds a place of a file: an entry of the configuration is about all of it.
#[must_use]
pub fn list_around(file: &SourceFile, range: TextRange) -> Option<String> {
    let parsed = file.parse(file.format()?);
    let keys = parsed.document().path_to(range);
    let at = keys.iter().position(|step| matches!(step, PathSegment::Index(_)))?;
    match keys.get(at.checked_sub(1)?)? {
        PathSegment::Key(name) => Some((*name).to_owned()),
        PathSegment::Index(_) => None,
    }
}

/// What the keys of a block stand behind.
fn margin<'t>(text: &'t str, first: &stacklint_parsers::Entry, document: &Document) -> Option<&'t str> {
    let start = document.node(first.key).range.start as usize;
    let line = text.get(..start)?.rsplit('\n').next()?.trim_start_matches('\u{feff}');
    line.trim().is_empty().then_some(line)
}

/// The fields of an entry.
fn entry(base: &Path, file: &SourceFile, range: TextRange, rule: &Rule) -> Option<[String; 3]> {
    if !rule.can_be_accepted() {
        return None;
    }
    let relative = file.path.strip_prefix(base).ok()?;
    let parts: Option<Vec<&str>> = relative.components().map(|part| part.as_os_str().to_str()).collect();
    let path = parts?.join("/");
    if path.contains(['#', '\n', '\r']) {
        return None;
    }
    let mut pattern: String = path
        .chars()
        .map(|character| match character {
            '*' | '?' | '[' | ']' | '{' | '}' | '\\' => format!("[{character}]"),
            other => other.to_string(),
        })
        .collect();
    if let Some(format) = file.format() {
        let parsed = file.parse(format);
        let keys = parsed.document().path_to(range);
        // An index says another thing once something is put in before it.
        let keys = keys.iter().map_while(|step| if let PathSegment::Key(key) = step { Some(*key) } else { None });
        let keys: Vec<String> = keys.map(|key| key.replace('~', "~0").replace('/', "~1")).collect();
        if !keys.is_empty() && keys.iter().all(|key| !key.chars().any(char::is_control)) {
            pattern.push_str("#/");
            pattern.push_str(&keys.join("/"));
        }
    }
    Some([format!("rule: {}", rule.id), format!("path: {}", quoted(&pattern)), "reason: \"\"".to_owned()])
}

fn lines(fields: &[String; 3], margin: &str, line_break: &str) -> String {
    let [first, second, third] = fields;
    format!("{margin}- {first}{line_break}{margin}  {second}{line_break}{margin}  {third}{line_break}")
}

/// A text as YAML writes it.
fn quoted(text: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "._/~#-".contains(character);
    let starts_plain = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '.');
    if starts_plain && text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

/// How the lines of a text end.
fn line_break(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text.get(..at).is_some_and(|line| line.ends_with('\r')) => "\r\n",
        _ => "\n",
    }
}
