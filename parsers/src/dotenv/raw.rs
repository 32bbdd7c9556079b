//! The Docker command line's reading of an env file (docker/cli `pkg/kvfile`): `docker run --env-file`, and `env_file:`
//! with `format: raw` in Docker Compose. Lines, no quotes, no escapes, no comments behind a value, no variables.

use std::sync::Arc;

use super::Dotenv;
use super::compose::{Builder, Value};
use crate::document::{Scalar, ScalarStyle, ScalarValue};
use crate::range::TextRange;

/// A longer line does not fit the buffer of Go's `bufio.Scanner` (`MaxScanTokenSize`), and the file is refused.
const MAX_LINE: usize = 64 * 1024 - 1;

/// Reads a file as `docker run --env-file` and `env_file:` with `format: raw` do.
#[must_use]
pub fn parse(text: Arc<str>) -> Dotenv {
    let mut builder = Builder::new(Arc::clone(&text));
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let line = line.strip_suffix('\n').unwrap_or(line);
        if line.len() > MAX_LINE {
            let range = TextRange::from_usize(start..start + line.len());
            builder.error("Docker refuses a line of 64 KiB or more", range, range);
            continue;
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        let unmarked = if start == 0 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
        let statement = unmarked.trim_start();
        read_line(&mut builder, statement, start + (line.len() - statement.len()));
    }
    builder.finish()
}

/// Reads one line without the blanks before it; `start` is where it stands in the file.
fn read_line(builder: &mut Builder, statement: &str, start: usize) {
    let end = start + statement.len();
    let whole = TextRange::from_usize(start..end);
    if statement.is_empty() {
        return;
    }
    if statement.starts_with('#') {
        return builder.comment(whole, true);
    }
    let separator = statement.find('=');
    let name = statement.get(..separator.unwrap_or(statement.len())).unwrap_or_default();
    let key = TextRange::from_usize(start..start + name.len());
    if name.is_empty() {
        let range = TextRange::from_usize(start..start + 1);
        return builder.error("no variable's name stands before the `=`; Docker refuses the file", range, whole);
    }
    if name.contains([' ', '\t']) {
        let message = "a variable's name cannot contain blanks, here also not before the `=` or behind `export`; \
                       Docker refuses the file";
        return builder.error(message, key, whole);
    }
    let value = separator.map(|separator| {
        let range = TextRange::from_usize(start + separator + 1..end);
        let scalar = Scalar { style: ScalarStyle::Plain, value: ScalarValue::Verbatim(range) };
        Value { range, scalar, quote: None, raw: range, expanded: false }
    });
    builder.entry(key, value, false);
}
