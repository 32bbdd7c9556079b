//! python-dotenv 1.2 (`parser.py`, `variables.py`): a line that does not fit is left out, and only `${NAME}` and
//! `${NAME:-default}` are replaced, in single quotes too.

use std::collections::BTreeMap;

use super::{Budget, Environment};

/// Names with their values, or none for a bare name, in order.
pub(super) fn load(text: &str, environment: &Environment) -> Result<Vec<Binding>, &'static str> {
    // Python opens text files with universal newlines.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = Reader { rest: text.strip_prefix('\u{feff}').unwrap_or(&text) };
    let mut known: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut loaded = Vec::new();
    let mut budget = Budget::default();
    while !reader.rest.is_empty() {
        match reader.binding() {
            Some(Some((name, value))) => {
                let value = value.map(|value| expand(&value, &known, environment, &mut budget)).transpose()?;
                known.insert(name.clone(), value.clone());
                loaded.push((name, value));
            }
            Some(None) => {}
            None => reader.rest = reader.rest.split_once('\n').map_or("", |(_, behind)| behind),
        }
    }
    Ok(loaded)
}

struct Reader<'a> {
    rest: &'a str,
}

/// A name and, if an `=` stands behind it, its value.
type Binding = (String, Option<String>);

impl Reader<'_> {
    /// The next statement: a binding, or none for a comment or the end. None at all where the line does not fit.
    fn binding(&mut self) -> Option<Option<Binding>> {
        self.rest = self.rest.trim_start_matches(is_space);
        if self.rest.is_empty() {
            return Some(None);
        }
        if let Some(exported) = self.rest.strip_prefix("export").filter(|rest| rest.starts_with(is_blank)) {
            self.rest = exported.trim_start_matches(is_blank);
        }
        let name = self.name()?;
        self.rest = self.rest.trim_start_matches(is_blank);
        let mut value = None;
        if let Some(behind) = self.rest.strip_prefix('=') {
            self.rest = behind.trim_start_matches(is_blank);
            let commented = self.rest.len() < behind.len() && self.rest.starts_with('#');
            value = Some(if commented { String::new() } else { self.value()? });
        }
        let line = self.rest.split('\n').next().unwrap_or_default();
        let left = line.trim_start_matches(is_blank);
        if !left.is_empty() && !left.starts_with('#') {
            return None;
        }
        self.rest = self.rest.get(line.len()..).map(|rest| rest.strip_prefix('\n').unwrap_or(rest)).unwrap_or_default();
        Some(name.map(|name| (name, value)))
    }

    /// The name; none inside where a comment starts.
    fn name(&mut self) -> Option<Option<String>> {
        if self.rest.starts_with('#') {
            return Some(None);
        }
        if let Some(quoted) = self.rest.strip_prefix('\'') {
            let (name, behind) = quoted.split_once('\'').filter(|(name, _)| !name.is_empty())?;
            self.rest = behind;
            return Some(Some(name.to_owned()));
        }
        let end = self.rest.find(|character| matches!(character, '=' | '#') || is_space(character));
        let (name, behind) = self.rest.split_at_checked(end.unwrap_or(self.rest.len()))?;
        self.rest = behind;
        (!name.is_empty()).then(|| Some(name.to_owned()))
    }

    fn value(&mut self) -> Option<String> {
        for quote in ['\'', '"'] {
            if let Some(quoted) = self.rest.strip_prefix(quote) {
                let (value, behind) = unquote(quoted, quote)?;
                self.rest = behind;
                return Some(value);
            }
        }
        let (line, behind) = self.rest.split_at_checked(self.rest.find('\n').unwrap_or(self.rest.len()))?;
        self.rest = behind;
        let comment = line.match_indices('#').map(|(at, _)| line.get(..at).unwrap_or_default());
        let value = comment.into_iter().find(|before| before.ends_with(is_space)).unwrap_or(line);
        Some(value.trim_end_matches(is_space).to_owned())
    }
}

/// The text up to the closing quote with its escapes decoded, and what stands behind.
fn unquote(text: &str, quote: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        if character == quote {
            return Some((value, text.get(at + 1..).unwrap_or_default()));
        }
        if character != '\\' {
            value.push(character);
            continue;
        }
        let (_, escaped) = characters.next()?;
        let decoded = match escaped {
            '\\' | '\'' => Some(escaped),
            _ if quote == '\'' => None,
            '"' => Some('"'),
            'a' => Some('\x07'),
            'b' => Some('\x08'),
            'f' => Some('\x0c'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\x0b'),
            _ => None,
        };
        match decoded {
            Some(decoded) => value.push(decoded),
            None => value.extend(['\\', escaped]),
        }
    }
    None
}

/// Replaces `${NAME}` and `${NAME:-default}`. What the file set before wins over the environment; a bare name of the file
/// is nothing, whatever the default.
fn expand(
    value: &str,
    known: &BTreeMap<String, Option<String>>,
    environment: &Environment,
    budget: &mut Budget,
) -> Result<String, &'static str> {
    let mut expanded = String::new();
    let mut rest = value;
    while let Some((before, behind)) = rest.split_once("${") {
        expanded.push_str(before);
        let Some((reference, after)) = reference(behind) else {
            expanded.push_str("${");
            rest = behind;
            continue;
        };
        let (name, default) = reference.split_once(":-").unwrap_or((reference, ""));
        match (known.get(name), environment.get(name)) {
            (Some(value), _) => expanded.push_str(value.as_deref().unwrap_or_default()),
            (None, Some(value)) => expanded.push_str(value),
            (None, None) => expanded.push_str(default),
        }
        budget.fits(expanded.len())?;
        rest = after;
    }
    expanded.push_str(rest);
    budget.take(expanded.len())?;
    Ok(expanded)
}

/// What stands between `${` and `}`, if it is a name, which can have any character but `:` and `}`, and perhaps a default.
fn reference(text: &str) -> Option<(&str, &str)> {
    let stop = text.find([':', '}'])?;
    let (reference, after) = text.split_once('}')?;
    let fits = reference.get(stop..).is_none_or(|operator| operator.is_empty() || operator.starts_with(":-"));
    fits.then_some((reference, after))
}

/// Python's `str.isspace`.
fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\x1c'..='\x1f')
}

fn is_blank(character: char) -> bool {
    is_space(character) && character != '\n'
}
