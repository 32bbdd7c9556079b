//! Secrets in what `resolve` and `parse` print: masked unless the user asked to see them.

use std::ops::Range;

use stacklint_engine::origin::Span;
use stacklint_engine::secrets::{Candidate, KeyClass, Verdict, judge, key_class};
use stacklint_engine::setting;
use stacklint_engine::source::Sources;
use stacklint_engine::stack::Stack;
use stacklint_engine::stack::container::ContainerFiles;
use stacklint_engine::text::{PieceKind, Text};

use crate::report::source_text::{MASK, SourceTexts, replace_parts};

/// Where the secrets of a stack are written: also those that only their place in it makes secrets, such as the argument
/// behind a flag.
pub(crate) fn secret_places(stack: &Stack, sources: &Sources) -> Vec<Span> {
    let hidden = |kind: PieceKind| matches!(kind, PieceKind::Verbatim | PieceKind::Derived);
    let mut places = Vec::new();
    let files = ContainerFiles::of_services(stack);
    for secret in setting::of_stack(stack, &files, sources).iter().flat_map(|setting| &setting.secrets) {
        if secret.verdict.is_exposed() || secret.verdict == Verdict::Hash {
            let pieces = secret.text.pieces().filter(|(_, piece)| hidden(piece.kind));
            places.extend(pieces.filter_map(|(_, piece)| piece.place));
        }
    }
    places
}

/// Knows what not to print.
#[derive(Debug)]
pub(crate) struct Masking<'a> {
    /// None if secrets are to be shown.
    texts: Option<SourceTexts<'a>>,
}

impl<'a> Masking<'a> {
    /// Masks what is masked in these texts, or, with `show`, nothing.
    pub(crate) fn new(texts: SourceTexts<'a>, show: bool) -> Self {
        Self { texts: (!show).then_some(texts) }
    }

    /// Masks every secret of a stack where it is written, too.
    pub(crate) fn of(stack: &Stack, sources: &'a Sources, show: bool) -> Self {
        let mut texts = SourceTexts::new(sources);
        secret_places(stack, sources).into_iter().for_each(|place| texts.add(place));
        Self::new(texts, show)
    }

    /// A resolved text under its key; `other` prints the parts of its string that may be seen.
    ///
    /// What a file masks is masked wherever it comes out; what no file says is judged by its key.
    pub(crate) fn text(&self, key: &str, text: &Text, other: impl Fn(Range<usize>) -> String) -> String {
        let parts = match &self.texts {
            Some(texts) => {
                let mut parts = texts.masked_parts(text);
                parts.extend(secret_parts(key, text.as_str()));
                parts
            }
            None => Vec::new(),
        };
        replace_parts(text.as_str(), parts, other)
    }

    /// A string under its key.
    pub(crate) fn string(&self, key: &str, value: &str) -> String {
        let parts = if self.texts.is_some() { secret_parts(key, value) } else { Vec::new() };
        replace_parts(value, parts, |range| value.get(range).unwrap_or_default().to_owned())
    }

    /// A string that is a secret whatever it looks like.
    pub(crate) fn whole(&self, value: &str) -> String {
        if self.texts.is_some() && !value.is_empty() { MASK.to_owned() } else { value.to_owned() }
    }

    /// What a file says at a place; a text that is masked in part says nothing.
    pub(crate) fn written(&self, sources: &Sources, place: Span) -> String {
        let written = sources.text(place).to_string();
        match (&self.texts, sources.file(place.file)) {
            (Some(texts), Some(file)) if texts.show(&file, place.range.to_usize()) != written => MASK.to_owned(),
            _ => written,
        }
    }

    /// Whether a number or a switch under a key is to be masked.
    pub(crate) fn hides(&self, key: &str, value: &str) -> bool {
        self.texts.is_some() && !secret_parts(key, value).is_empty()
    }

    /// Whether any part of a text is masked where it is written.
    pub(crate) fn is_masked_at_source(&self, text: &Text) -> bool {
        self.texts.as_ref().is_some_and(|texts| !texts.masked_parts(text).is_empty())
    }
}

/// The parts of a value that its key and its form make secrets; all of it where the key says so and nothing is known
/// about the value.
fn secret_parts(key: &str, value: &str) -> Vec<Range<usize>> {
    let judgements = judge(&Candidate { key, value, neighbours: &[] });
    if judgements.is_empty() && key_class(key) == KeyClass::Secret && !value.is_empty() {
        return vec![Range { start: 0, end: value.len() }];
    }
    let hidden = |verdict: Verdict| verdict.is_exposed() || verdict == Verdict::Hash;
    judgements.into_iter().filter(|judgement| hidden(judgement.verdict)).map(|judgement| judgement.range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_support::sources;

    #[test]
    fn masks_by_key_and_form() {
        let (sources, _) = sources(&[]);
        let masked = Masking::new(SourceTexts::new(&sources), false);
        assert_eq!(masked.string("POSTGRES_PASSWORD", "kE9xTq2vLm4zRw8pYd3n"), "***");
        assert_eq!(
            masked.string("DATABASE_URL", "postgres://app:kE9xTq2vLm4zRw8p@db/app"),
            "postgres://app:***@db/app"
        );
        assert_eq!(masked.string("POSTGRES_USER", "app"), "app");
        assert_eq!(masked.string("POSTGRES_PASSWORD_FILE", "/run/secrets/db"), "/run/secrets/db");
        let shown = Masking::new(SourceTexts::new(&sources), true);
        assert_eq!(shown.string("POSTGRES_PASSWORD", "kE9xTq2vLm4zRw8pYd3n"), "kE9xTq2vLm4zRw8pYd3n");
    }
}
