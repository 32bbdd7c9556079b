//! The trees of configuration files: read, put where they belong, and laid over each other.

use std::path::Path;
use std::sync::Arc;

use stacklint_parsers::{Document, Format, TextRange};

use crate::origin::{FileId, OriginId, Origins, Role, Span, Step};
use crate::source::SourceFile;
use crate::stack::value::{Data, Value};
use crate::stack::{Builder, Problem, ProblemKind, byte_problems, document_problems, file_problems};
use crate::text::{PieceKind, Text};

/// A file, or a text in a Compose file, read as YAML.
#[derive(Debug)]
pub(crate) struct Read {
    /// Its documents that hold something.
    pub(crate) documents: Vec<Value>,
    /// The comments that look like a setting: the names of the settings around them, and their own.
    pub(crate) commented: Vec<String>,
}

/// Reads a file. What is wrong with it goes to `problems`.
pub(crate) fn read(file: &SourceFile, origins: &mut Origins, problems: &mut Vec<Problem>) -> Read {
    let without_comments = if is_json(&file.name) { without_comments(&file.text) } else { None };
    let parsed = match without_comments {
        Some(text) => Arc::new(Format::Yaml.parse(text.into())),
        None => file.parse(Format::Yaml),
    };
    let document = parsed.document();
    let mut own = Vec::new();
    let documents = build(document, file.id, origins, &mut own);
    own.extend(byte_problems(file));
    own.extend(document_problems(file, Format::Yaml, document));
    admit(own, is_rendered_first(&file.text), &file.name, problems);
    Read { documents, commented: commented(document) }
}

/// Reads a file of variables that the program itself reads, as one section without any below it.
pub(crate) fn read_variables(file: &SourceFile, problems: &mut Vec<Problem>) -> Read {
    admit(file_problems(file, Format::Dotenv), false, &file.name, problems);
    let variables = super::variables_of(file).into_iter().collect();
    let document = Value::new(Data::Mapping(variables), None, OriginId::WRITTEN);
    Read { documents: vec![document], commented: Vec::new() }
}

/// Reads the text of a Compose file's `configs: content:`.
pub(crate) fn read_content(content: &Text, name: &str, origins: &mut Origins, problems: &mut Vec<Problem>) -> Read {
    let without_comments = if is_json(name) { without_comments(content.as_str()) } else { None };
    let parsed = Format::Yaml.parse(without_comments.as_deref().unwrap_or(content.as_str()).into());
    let document = parsed.document();
    let mut own = Vec::new();
    // The places of this tree are those of the text, until each is put where the text stands.
    let nowhere = FileId::NONE;
    let mut documents = build(document, nowhere, origins, &mut own);
    documents.iter_mut().for_each(|value| settle(value, content));
    for error in document.errors() {
        let place = Some(Span { file: nowhere, range: error.range });
        own.push(Problem::new(ProblemKind::Syntax, place, name, error.message.clone()));
    }
    for problem in &mut own {
        problem.place = problem.place.and_then(|place| place_in(content, place));
        problem.related.retain_mut(|(_, place)| match place_in(content, *place) {
            Some(found) => {
                *place = found;
                true
            }
            None => false,
        });
    }
    admit(own, is_rendered_first(content.as_str()), name, problems);
    Read { documents, commented: commented(document) }
}

fn build(document: &Document, file: FileId, origins: &mut Origins, problems: &mut Vec<Problem>) -> Vec<Value> {
    let mut values = Vec::new();
    for root in document.roots() {
        let value = Builder::new(document, file, origins, problems).value(*root);
        if !value.is_null() {
            values.push(value);
        }
    }
    values
}

/// Hands on the problems that matter to whatever program reads the file, in words that hold for it.
fn admit(own: Vec<Problem>, rendered: bool, name: &str, problems: &mut Vec<Problem>) {
    for mut problem in own {
        match problem.kind {
            // Some other program writes the real file: what it makes of this one nobody knows.
            ProblemKind::Syntax | ProblemKind::DuplicateKey if rendered => continue,
            ProblemKind::DuplicateKey => {
                problem.help = Some(
                    "remove one of the two: some programs refuse the file, the others take the last of them".into(),
                );
            }
            // Keys that are numbers are nothing special outside of Compose files.
            ProblemKind::Schema => continue,
            ProblemKind::Syntax => {
                problem.help = Some(format!("correct it: the program that reads `{name}` refuses the file").into());
            }
            _ => {}
        }
        problem.of_program = true;
        name.clone_into(&mut problem.subject);
        problems.push(problem);
    }
}

/// Whether a text is rendered by a template engine (Helm, Jinja, ERB) before anybody reads it as YAML: an expression
/// stands where YAML has a key, an item or a value. In quotes it is a text as any other, which programs render later.
fn is_rendered_first(text: &str) -> bool {
    let opens = |text: &str| ["{{", "{%", "{#", "<%"].iter().any(|open| text.starts_with(open));
    text.lines().any(|line| {
        let mut rest = line.trim_start();
        while let Some(item) = rest.strip_prefix("- ") {
            rest = item.trim_start();
        }
        let value = rest.split_once(": ").map(|(_, value)| value.trim_start()).unwrap_or_default();
        !rest.starts_with('#') && (opens(rest) || opens(value))
    })
}

/// Puts a tree that was read from a text where the text stands.
fn settle(value: &mut Value, content: &Text) {
    value.place = value.place.and_then(|place| place_in(content, place));
    match &mut value.data {
        Data::Null => {}
        Data::Scalar(scalar) => {
            let mut settled = Text::default();
            for (range, piece) in scalar.text.pieces() {
                let part = scalar.text.as_str().get(range).unwrap_or_default();
                match piece.place {
                    Some(place) if piece.kind == PieceKind::Verbatim => {
                        settled.append_slice(content, place.range.to_usize());
                    }
                    place => {
                        let place = place.and_then(|place| place_in(content, place));
                        settled.push(part, place, PieceKind::Derived, piece.origin);
                    }
                }
            }
            scalar.text = settled;
        }
        Data::Sequence(items) => items.iter_mut().for_each(|item| settle(item, content)),
        Data::Mapping(mapping) => {
            for field in mapping.values_mut() {
                field.key = field.key.and_then(|key| place_in(content, key));
                settle(&mut field.value, content);
            }
        }
    }
}

/// Where a part of a text stands, if one place says it.
fn place_in(content: &Text, part: Span) -> Option<Span> {
    let range = part.range.to_usize();
    // An empty value stands at the character before it.
    let range = if range.is_empty() { range.start.checked_sub(1)?..range.end } else { range };
    let part = content.slice(range);
    let first = part.pieces().find_map(|(_, piece)| piece.place)?;
    let whole = part.source().map(|(place, _)| place);
    // A part over several lines of a block has the indentation between its pieces.
    let reach = || {
        let places = part.pieces().filter_map(|(_, piece)| piece.place).filter(|place| place.file == first.file);
        let end = places.map(|place| place.range.end).max().unwrap_or(first.range.end);
        Span { file: first.file, range: TextRange::new(first.range.start, end.max(first.range.start)) }
    };
    Some(whole.unwrap_or_else(reach))
}

/// The settings that comments name: `# mode: debug` below `server:` is `server.mode`.
fn commented(document: &Document) -> Vec<String> {
    let text = document.text();
    let mut found = Vec::new();
    let comments = document.comments().iter().filter(|comment| comment.own_line);
    for comment in comments.take(2_000) {
        let written = comment.range.of(text).trim_start_matches('#').trim_start();
        let Some((name, _)) = written.split_once(':').filter(|(name, _)| is_key(name)) else { continue };
        let start = comment.range.start as usize;
        let before = text.get(..start).unwrap_or_default();
        let indent = start - before.rfind('\n').map_or(0, |line| line + 1);
        // The nearest line above that is indented less and opens a section.
        let above = before.lines().rev().skip(1).take(50);
        let section =
            above.filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty()).find_map(|line| {
                let depth = line.len() - line.trim_start().len();
                (depth < indent).then(|| line.trim().strip_suffix(':').filter(|key| is_key(key)))
            });
        match section.flatten() {
            Some(section) => found.push(format!("{section}.{name}")),
            None => found.push(name.to_owned()),
        }
    }
    found
}

fn is_key(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.'))
}

/// `layer` over `base`: mappings add up, everything else takes the place of what was there and names it.
pub(crate) fn lay_over(base: &mut Value, layer: Value, origins: &mut Origins) {
    match (&mut base.data, layer) {
        (Data::Mapping(base), Value { data: Data::Mapping(layer), .. }) => {
            for (key, field) in layer {
                match base.get_mut(&*key) {
                    None => {
                        base.insert(key, field);
                    }
                    Some(known) => {
                        known.earlier_keys.extend(known.key);
                        known.key = field.key.or(known.key);
                        lay_over(&mut known.value, field.value, origins);
                    }
                }
            }
        }
        (_, mut layer) => {
            let step = Step { role: Role::Overrides, place: layer.place, lost: base.place };
            layer.take_step(origins, step);
            let repaired = base.repaired;
            *base = layer;
            base.repaired |= repaired;
        }
    }
}

/// Whether a tree is a manifest of Kubernetes or a like: not a configuration that a program reads, but what makes one.
pub(crate) fn is_manifest(tree: &Value) -> bool {
    tree.get("apiVersion").is_some() && tree.get("kind").is_some()
}

/// Whether a path names a JSON file. JSON is read as YAML, which it is but for comments.
pub(crate) fn is_json(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// JSON with blanks for its comments, which ASP.NET Core and others allow (JSON with comments); nothing if it has none.
fn without_comments(text: &str) -> Option<String> {
    if !text.contains("//") && !text.contains("/*") {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    let mut quoted = false;
    while let Some(byte) = bytes.get(at).copied() {
        let next = bytes.get(at + 1).copied();
        match (byte, next) {
            (b'\\', _) if quoted => at += 1,
            (b'"', _) => quoted = !quoted,
            (b'/', Some(sign @ (b'/' | b'*'))) if !quoted => {
                let rest = text.get(at + 2..).unwrap_or_default();
                let length = match sign {
                    b'/' => rest.find(['\n', '\r']),
                    _ => rest.find("*/").map(|end| end + 2),
                };
                let end = at + 2 + length.unwrap_or(rest.len());
                for byte in bytes.iter_mut().take(end).skip(at).filter(|byte| !matches!(byte, b'\n' | b'\r')) {
                    *byte = b' ';
                }
                at = end - 1;
            }
            _ => {}
        }
        at += 1;
    }
    String::from_utf8(bytes).ok()
}

/// Whether a path names a YAML file.
pub(crate) fn is_yaml(path: &str) -> bool {
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    extension.eq_ignore_ascii_case("yaml") || extension.eq_ignore_ascii_case("yml")
}
