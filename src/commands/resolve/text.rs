//! The text form of a resolved stack: `path = value  # where it is written, and how it came here`.

use std::io::{self, Write};

use serde_json::Value as Json;

use crate::commands::resolve::Resolved;
use crate::commands::resolve::origins::{Origins, Step, push_key};
use crate::report::location::Location;
use crate::report::printable::one_line;
use crate::report::way;

/// Writes it.
///
/// # Errors
/// If `out` fails.
pub(super) fn write(resolved: &Resolved<'_>, out: &mut dyn Write) -> io::Result<()> {
    const SECTIONS: [&str; 6] = ["name", "services", "networks", "volumes", "secrets", "configs"];
    let model = resolved.model.as_object().into_iter().flatten();
    let mut model: Vec<(&String, &Json)> = model.collect();
    model.sort_by_key(|(key, _)| SECTIONS.iter().position(|section| section == key).unwrap_or(SECTIONS.len()));
    let mut walk = Walk { origins: &resolved.origins, path: String::new(), pointer: String::new(), out };
    for (section, value) in model {
        match value {
            // What belongs together stands together.
            Json::Object(entries) if SECTIONS.contains(&section.as_str()) => {
                for (name, entry) in entries {
                    writeln!(walk.out)?;
                    walk.inside(&quoted_key(section), section, |walk| {
                        walk.inside(&format!(".{}", quoted_key(name)), name, |walk| walk.value(entry))
                    })?;
                }
            }
            value => {
                if section != "name" {
                    writeln!(walk.out)?;
                }
                walk.inside(&quoted_key(section), section, |walk| walk.value(value))?;
            }
        }
    }
    Ok(())
}

struct Walk<'a> {
    origins: &'a Origins,
    path: String,
    pointer: String,
    out: &'a mut dyn Write,
}

impl Walk<'_> {
    fn value(&mut self, value: &Json) -> io::Result<()> {
        match value {
            Json::Object(entries) if !entries.is_empty() => entries.iter().try_for_each(|(key, value)| {
                let dot = if self.path.is_empty() { "" } else { "." };
                self.inside(&format!("{dot}{}", quoted_key(key)), key, |walk| walk.value(value))
            }),
            Json::Array(items) if !items.is_empty() => items.iter().enumerate().try_for_each(|(index, item)| {
                self.inside(&format!("[{index}]"), &index.to_string(), |walk| walk.value(item))
            }),
            leaf => self.leaf(leaf),
        }
    }

    fn inside(&mut self, segment: &str, key: &str, write: impl FnOnce(&mut Self) -> io::Result<()>) -> io::Result<()> {
        let lengths = (self.path.len(), self.pointer.len());
        self.path.push_str(segment);
        push_key(&mut self.pointer, key);
        let written = write(self);
        self.path.truncate(lengths.0);
        self.pointer.truncate(lengths.1);
        written
    }

    fn leaf(&mut self, value: &Json) -> io::Result<()> {
        let trail = self.origins.get(&self.pointer);
        // What Docker Compose adds by itself is worth a line only where it says something.
        let empty = match value {
            Json::Null => true,
            Json::Object(entries) => entries.is_empty(),
            _ => self.path.contains('['),
        };
        if trail.is_none() && empty && self.path != "services" {
            return Ok(());
        }
        write!(self.out, "{} = {}", one_line(&self.path), shown(value))?;
        match trail {
            Some(trail) => writeln!(self.out, "  # {}", one_line(&words(trail))),
            None => writeln!(self.out),
        }
    }
}

/// A key; in quotes where a dot in it would read as two keys.
fn quoted_key(key: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-' | '/');
    if !key.is_empty() && key.chars().all(plain) { key.to_owned() } else { Json::String(key.to_owned()).to_string() }
}

/// A value; a string in quotes only where it would read as something else.
fn shown(value: &Json) -> String {
    let Json::String(text) = value else { return value.to_string() };
    let plain = !text.is_empty()
        && text.trim() == text
        && !text.contains(['\n', '\t', '"', '#'])
        && !text.starts_with(['{', '['])
        && !matches!(text.as_str(), "true" | "false" | "null")
        && text.parse::<f64>().is_err();
    let text = if plain { text.clone() } else { value.to_string() };
    one_line(&text).into_owned()
}

fn words(trail: &[Step]) -> String {
    let mut words: Vec<String> = Vec::new();
    for step in trail {
        let location = step.location.as_ref().map(place);
        let word = way::step(step.role, location.as_deref());
        let lost = step.lost.as_ref().map(|lost| match &step.lost_text {
            Some(text) => format!("overrides {text} in {}", place(lost)),
            None => format!("overrides {}", place(lost)),
        });
        words.extend([word, lost].into_iter().flatten());
    }
    words.dedup();
    words.join(", ")
}

fn place(location: &Location) -> String {
    format!("{}:{}", location.path, location.start.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_in_quotes_only_where_it_would_read_as_something_else() {
        for (text, expected) in [
            ("postgres:17", "postgres:17"),
            ("5432", "\"5432\""),
            ("", "\"\""),
            ("a b", "a b"),
            (" a", "\" a\""),
            ("a # b", "\"a # b\""),
            ("true", "\"true\""),
            ("x\u{1b}y", "x?y"),
            ("a\nb", "\"a\\nb\""),
        ] {
            assert_eq!(shown(&Json::String(text.to_owned())), expected);
        }
        assert_eq!(shown(&Json::Null), "null");
        assert_eq!(quoted_key("com.example"), "\"com.example\"");
    }
}
