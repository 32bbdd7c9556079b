//! What the log of a pipeline makes of our output: GitHub's runner takes lines of it for commands.
//!
//! Text for people quotes files, and whoever opens a pull request says what is in them. So that no line of a file speaks
//! for us, the runner is told to heed no command until a word comes that nobody can know before. Programs' formats need
//! none of that: they quote no lines, and what they say is escaped.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{self, Write};

/// Whether GitHub's runner reads what we write.
pub(crate) fn is_read_by_github() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// Writes a text in which the runner finds no commands. Also where writing fails in between, it finds commands again.
///
/// # Errors
/// If `out` fails.
pub(crate) fn without_commands(
    out: &mut dyn Write,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let word = word();
    writeln!(out, "::stop-commands::{word}")?;
    let mut text = Lines { out, at_start: true };
    let written = write(&mut text);
    let at_start = text.at_start;
    if !at_start {
        writeln!(out)?;
    }
    writeln!(out, "::{word}::")?;
    written
}

/// A word that nobody can know before: the seed that the standard library takes from the system for its maps.
fn word() -> String {
    (0..2).map(|_| format!("{:016x}", RandomState::new().build_hasher().finish())).collect()
}

/// Knows whether a line has begun.
struct Lines<'a> {
    out: &'a mut dyn Write,
    at_start: bool,
}

impl Write for Lines<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        if let Some(last) = written.checked_sub(1).and_then(|last| bytes.get(last)) {
            self.at_start = *last == b'\n';
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, result: impl FnOnce() -> io::Result<()>) -> Vec<String> {
        let mut out = Vec::new();
        let _ = without_commands(&mut out, |out| out.write_all(text.as_bytes()).and_then(|()| result()));
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_text_stands_between_a_word_and_the_same_word() {
        for (text, lines) in [("a\n::error::b\n", 2), ("a", 1), ("", 0)] {
            let written = written(text, || Ok(()));
            assert_eq!(written.len(), lines + 2, "{written:?}");
            let word = written[0].strip_prefix("::stop-commands::").unwrap();
            assert_eq!(word.len(), 32);
            assert_eq!(*written.last().unwrap(), format!("::{word}::"));
        }
        assert_ne!(written("", || Ok(()))[0], written("", || Ok(()))[0], "another one every time");
    }

    #[test]
    fn commands_count_again_after_a_failure() {
        let written = written("half", || Err(io::Error::other("full disk")));
        assert!(written.len() == 3 && written[1] == "half", "{written:?}");
    }
}
