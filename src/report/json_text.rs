//! JSON as every command writes it: harmless on a terminal and in the log of a pipeline, without losing a character.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use crate::report::printable;

/// Writes a value, indented, and a line feed.
///
/// # Errors
/// If `out` fails.
pub(crate) fn write(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    write_with(value, PrettyFormatter::new(), out)
}

/// Writes a value on one line, and a line feed.
///
/// # Errors
/// If `out` fails.
pub(crate) fn write_line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    write_with(value, CompactFormatter, out)
}

fn write_with(value: &impl Serialize, formatter: impl Formatter, out: &mut dyn Write) -> io::Result<()> {
    let mut out = out;
    value.serialize(&mut Serializer::with_formatter(&mut out, Harmless(formatter)))?;
    out.write_all(b"\n")
}

/// Escapes what a terminal or the log of a pipeline would act on. `serde_json` itself escapes C0 only.
struct Harmless<F>(F);

impl<F: Formatter> Formatter for Harmless<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        // Nearly every text is printable ASCII, and no command.
        if printable::is_plain(fragment) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut written = 0;
        let commands = printable::log_commands(fragment);
        let mut commands = commands.iter().copied().peekable();
        for (at, character) in fragment.char_indices() {
            let is_command = commands.next_if_eq(&at).is_some();
            if !is_command && !printable::is_hostile(character) {
                continue;
            }
            writer.write_all(fragment.as_bytes().get(written..at).unwrap_or_default())?;
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
            written = at + character.len_utf8();
        }
        writer.write_all(fragment.as_bytes().get(written..).unwrap_or_default())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_without_losing_a_character() {
        let text = "a\u{1b}\u{7f}\u{202e}\u{e0041}\"\u{1f600}";
        let mut written = Vec::new();
        write(&text, &mut written).unwrap();
        let written = String::from_utf8(written).unwrap();
        assert_eq!(written, "\"a\\u001b\\u007f\\u202e\\udb40\\udc41\\\"\u{1f600}\"\n");
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
    }

    #[test]
    fn what_a_log_would_take_for_a_command_is_escaped() {
        let text = "a ##[error]b ##VSO[c] ###[d] ## [e]";
        let mut written = Vec::new();
        write_line(&[text], &mut written).unwrap();
        let written = String::from_utf8(written).unwrap();
        assert_eq!(written, "[\"a ##\\u005berror]b ##VSO\\u005bc] ###\\u005bd] ## [e]\"]\n");
        assert_eq!(serde_json::from_str::<Vec<String>>(&written).unwrap(), [text]);
    }
}
