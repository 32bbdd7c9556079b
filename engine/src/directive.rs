//! The settings of a program's file in the plainest of formats: one `name value` a line, `#` before comments.
//!
//! Redis, Valkey and many others are configured so. A rule asks for what stands at a path of a container, and gets texts
//! that know their place.

use crate::check::Context;
use crate::origin::OriginId;
use crate::stack::container::Found;
use crate::stack::paths::file_path;
use crate::text::{PieceKind, Text};

/// Larger files are no settings that somebody wrote.
const SIZE_LIMIT: usize = 1 << 20;

/// A setting of a file.
#[derive(Clone, Debug)]
pub struct Directive {
    /// Its name in lower case.
    pub name: String,
    /// What stands behind it, without quotes around it.
    pub value: Text,
    /// Its whole line, with the line break.
    pub line: Text,
}

impl Context<'_> {
    /// The settings in what a container finds at a path, in their order. Nothing if that cannot be read here: it is in a
    /// volume or in the image, lies outside of what may be read, or is no such file.
    #[must_use]
    pub fn directives(&self, found: &Found<'_, '_>) -> Option<Vec<Directive>> {
        let whole = match found {
            Found::Content(text, _) => (*text).clone(),
            Found::Host(path, _) => {
                let path = file_path(&Text::from_nowhere(&path.to_string_lossy(), OriginId::WRITTEN))?;
                let file = self.sources().open(&path).ok()?;
                let mut text = Text::default();
                text.push(&file.text, Some(file.span()), PieceKind::Verbatim, OriginId::WRITTEN);
                text
            }
            Found::Hidden(_) | Found::Image => return None,
        };
        (whole.as_str().len() <= SIZE_LIMIT).then(|| directives(&whole))
    }
}

fn directives(whole: &Text) -> Vec<Directive> {
    let mut start = 0;
    let lines = whole.as_str().split_inclusive(['\n', '\r']).map(|line| {
        let range = start..start + line.len();
        start = range.end;
        range
    });
    let directive = |range: std::ops::Range<usize>| {
        let line = whole.as_str().get(range.clone())?;
        let setting = line.trim();
        let (name, value) = setting.split_once([' ', '\t']).filter(|_| !setting.starts_with('#'))?;
        let value = value.trim_start();
        let end = range.start + line.trim_end().len();
        let mut place = end - value.len()..end;
        let is_quoted = |quote: char| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
        if is_quoted('"') || is_quoted('\'') {
            place = place.start + 1..place.end - 1;
        }
        Some(Directive { name: name.to_ascii_lowercase(), value: whole.slice(place), line: whole.slice(range) })
    };
    lines.filter_map(directive).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::{FileId, Span};
    use stacklint_parsers::TextRange;

    #[test]
    fn reads_settings_with_their_places() {
        let text = "# protected-mode yes\r\n  Protected-Mode   no \nrequirepass \"a b\"\nsave \"\"\nport\n";
        let mut whole = Text::default();
        let range = TextRange::from_usize(0..text.len());
        whole.push(text, Some(Span { file: FileId(0), range }), PieceKind::Verbatim, OriginId::WRITTEN);
        let found: Vec<_> = directives(&whole)
            .into_iter()
            .map(|found| {
                (found.name, found.value.as_str().to_owned(), found.value.source().map(|(place, _)| place.range))
            })
            .collect();
        let at = |part: &str| {
            let start = text.find(part).unwrap();
            Some(TextRange::from_usize(start..start + part.len()))
        };
        assert_eq!(
            found[0],
            (
                "protected-mode".to_owned(),
                "no".to_owned(),
                at("no \n").map(|range| TextRange::new(range.start, range.start + 2))
            )
        );
        assert_eq!(found[1], ("requirepass".to_owned(), "a b".to_owned(), at("a b")));
        assert_eq!((found[2].0.as_str(), found[2].1.as_str(), found.len()), ("save", "", 3));
    }
}
