//! A port published on the loopback address alone.

use stacklint_parsers::TextRange;
use stacklint_parsers::interpolation::{self, Part};

use super::insertion;
use crate::check::Context;
use crate::finding::{Edit, Fix, Safety};
use crate::origin::Span;
use crate::stack::{Certainty, Port};
use crate::text::{PieceKind, Text};

const LOOPBACK: &str = "127.0.0.1";

impl Context<'_> {
    /// Publishes a port on the loopback address alone: the written address is replaced, or one is put before a short
    /// entry or into a long one.
    ///
    /// Of an entry that repeats one of a layer below both are edited: Docker Compose takes the two for one as long as they
    /// are the same, and publishes both when only one of them has the address. Where it is a guess that one lies on the
    /// other, each has a fix of its own.
    #[must_use]
    pub fn fix_by_loopback(&self, port: &Port<'_>) -> Option<Fix> {
        let edit = match port.entry().get("host_ip") {
            Some(address) if address.as_str().is_some_and(|address| !address.is_empty()) => {
                self.other_address(address.as_text()?)?
            }
            Some(address) => self.default_in_braces(address.as_text()?)?,
            None => self.new_address(port)?,
        };
        let mut edits = vec![edit];
        if self.stack().is_none_or(|stack| stack.spec.certainty != Certainty::Guessed) {
            for below in self.origins().trail(port.entry().origin).iter().filter_map(|step| step.lost) {
                let is_short = port.entry().get("host_ip").is_none() && !self.sources().text(below).starts_with('{');
                edits.push(is_short.then(|| self.new_prefix(below)).flatten()?);
            }
        }
        Some(Fix { title: format!("publish it on {LOOPBACK} only"), safety: Safety::Unsafe, edits })
    }

    /// The loopback address in the place of another one, without the brackets of IPv6.
    fn other_address(&self, address: &Text) -> Option<Edit> {
        let (mut place, _) = address.source()?;
        let wider = TextRange::new(place.range.start.saturating_sub(1), place.range.end.saturating_add(1));
        let wider = Span { range: wider, ..place };
        if self.sources().text(wider) == format!("[{}]", address.as_str()) {
            place = wider;
        }
        Some(Edit { place, replacement: LOOPBACK.to_owned() })
    }

    /// `${BIND_IP}` with nothing behind it, whose variable is not set: a default fits before the brace.
    fn default_in_braces(&self, address: &Text) -> Option<Edit> {
        let mut pieces = address.pieces().map(|(_, piece)| piece);
        let place = pieces.next().filter(|piece| piece.kind == PieceKind::Unset)?.place?;
        let variable = self.variable_at(place)?;
        let bare = pieces.next().is_none() && variable.operator.is_none();
        let end = place.range.end.checked_sub(1).filter(|_| self.sources().text(place).ends_with('}'))?;
        bare.then(|| insertion(Span { range: TextRange::empty(end), ..place }, format!(":-{LOOPBACK}")))
    }

    fn new_address(&self, port: &Port<'_>) -> Option<Edit> {
        let entry = port.entry();
        let place = entry.place?;
        let own_keys = entry.fields().filter_map(|(_, field)| field.key).filter(|key| key.file == place.file);
        match own_keys.filter(|key| place.range.contains(key.range)).min_by_key(|key| key.range.start) {
            Some(first_key) => self.new_key(place, first_key, &format!("host_ip: {LOOPBACK}")),
            None => self.new_prefix(place),
        }
    }

    /// An address before a short entry such as `5432:5432`.
    fn new_prefix(&self, entry: Span) -> Option<Edit> {
        let written = self.sources().text(entry);
        let quoted = written.starts_with(['"', '\'']);
        let inner = if quoted { written.get(1..written.len().checked_sub(1)?)? } else { written.as_str() };
        let template = interpolation::parse(inner);
        let literals = template.parts.iter().filter_map(|part| match part {
            Part::Literal(range) => inner.get(range.start as usize..range.end as usize),
            _ => None,
        });
        let has_variables = template.variables().next().is_some();
        let colons = literals.map(|literal| literal.matches(':').count()).sum::<usize>();
        let prefix = match colons {
            // Neither a block scalar nor a tag nor an escape: the text is what it says.
            _ if !template.errors.is_empty() || inner.contains(['\\', '\n', '!', '|', '>']) => return None,
            // A variable may hold any part of the syntax.
            0 if has_variables => return None,
            0 => format!("{LOOPBACK}::"),
            1 => format!("{LOOPBACK}:"),
            2 if inner.starts_with(':') => LOOPBACK.to_owned(),
            _ => return None,
        };
        let at = entry.range.start.saturating_add(u32::from(quoted));
        Some(insertion(Span { range: TextRange::empty(at), ..entry }, prefix))
    }
}
