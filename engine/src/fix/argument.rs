//! One more argument for a PostgreSQL server.

use stacklint_parsers::TextRange;

use super::{insertion, lines};
use crate::check::Context;
use crate::finding::{Edit, Fix, Safety};
use crate::origin::Span;
use crate::stack::Service;
use crate::stack::value::Value;

impl Context<'_> {
    /// Starts a PostgreSQL server with one more `-c name=value`, behind the arguments it has.
    #[must_use]
    pub fn fix_by_argument(&self, service: &Service<'_>, argument: &str) -> Option<Fix> {
        let command = service.value().get("command").filter(|command| !command.is_null());
        let edit = match command {
            None if service.value().get("entrypoint").is_some() => return None,
            None => {
                let place = service.value().place?;
                let keys = service.value().fields().filter_map(|(_, field)| field.key);
                let own = keys.filter(|key| key.file == place.file && place.range.contains(key.range));
                let first = own.min_by_key(|key| key.range.start)?;
                self.new_key(place, first, &format!("command: postgres -c {argument}"))?
            }
            Some(command) => self.new_words(command, argument)?,
        };
        let title = format!("start the server with `-c {argument}`");
        Some(Fix { title, safety: Safety::Unsafe, edits: vec![edit] })
    }

    /// `-c` and an argument behind the last word of a command.
    fn new_words(&self, command: &Value, argument: &str) -> Option<Edit> {
        let place = command.place?;
        let file = self.sources().file(place.file)?;
        let last = command.items().last()?;
        let written = self.sources().text(place);
        let at = |offset: u32| Span { file: place.file, range: TextRange::empty(offset) };
        let inside = |span: &Span| span.file == place.file && place.range.contains(span.range);
        if !written.starts_with(['[', '-']) {
            // A string: behind its last word, unless that word has quotes of its own.
            let (word, _) = last.as_text()?.source().filter(|(word, _)| inside(word))?;
            let behind = file.text.get(word.range.end as usize..)?.chars().next();
            let quote = written.chars().next().filter(|first| matches!(first, '"' | '\''));
            let closes = quote.is_some() && behind == quote && word.range.end + 1 == place.range.end;
            let ends = closes || quote.is_none() && behind.is_none_or(|next| matches!(next, '\n' | '\r' | ' '));
            return ends.then(|| insertion(at(word.range.end), format!(" -c {argument}")));
        }
        let item = last.place.filter(inside)?;
        let quote = match self.sources().text(item).chars().next() {
            Some(quote @ ('"' | '\'')) => quote.to_string(),
            _ => String::new(),
        };
        let words = [format!("{quote}-c{quote}"), format!("{quote}{argument}{quote}")];
        if written.starts_with('[') {
            return Some(insertion(at(item.range.end), format!(", {}", words.join(", "))));
        }
        let before = lines::before(&file, item.range.start);
        let end = lines::end_of_line(&file, item.range.end)?;
        let line_break = lines::line_break(&file, item.range.end);
        let is_item = before.trim_matches(' ') == "-";
        let lines = words.map(|word| format!("{line_break}{before}{word}")).concat();
        is_item.then(|| insertion(at(end), lines))
    }
}
