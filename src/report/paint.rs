//! How codespan-reporting's drawings come out: colours, and our own words for how bad something is.

use std::io::{self, Write};

use codespan_reporting::diagnostic::{LabelStyle, Severity};
use codespan_reporting::term::{GeneralWriteResult, WriteStyle};
use stacklint_engine::finding;

const RESET: &str = "\x1b[0m";
const BOLD: &str = "\x1b[1m";
const BLUE: &str = "\x1b[34m";

/// Takes a drawing.
///
/// codespan-reporting knows five severities of its own and writes their names at the head of a drawing. What it writes
/// there is dropped, and `head` written instead.
pub(crate) struct Painter<'a> {
    out: &'a mut dyn Write,
    colored: bool,
    head: String,
    in_head: bool,
}

impl<'a> Painter<'a> {
    /// Paints one drawing under a head such as `high[rule]`.
    pub(crate) fn new(out: &'a mut dyn Write, colored: bool, head: String) -> Self {
        Self { out, colored, head, in_head: false }
    }

    fn style(&mut self, style: &str) -> io::Result<()> {
        if self.colored { self.out.write_all(style.as_bytes()) } else { Ok(()) }
    }
}

/// The level whose colour a severity has.
pub(crate) fn level(severity: finding::Severity) -> Severity {
    match severity {
        finding::Severity::Critical | finding::Severity::High => Severity::Error,
        finding::Severity::Medium => Severity::Warning,
        finding::Severity::Low => Severity::Note,
        finding::Severity::Info => Severity::Help,
    }
}

/// A word in the colour of a level.
pub(crate) fn word(word: &str, level: Severity) -> String {
    format!("{BOLD}{}{word}{RESET}", color(level))
}

/// A word that stands out.
pub(crate) fn bold(word: &str) -> String {
    format!("{BOLD}{word}{RESET}")
}

fn color(severity: Severity) -> &'static str {
    match severity {
        Severity::Bug => "\x1b[35m",
        Severity::Error => "\x1b[31m",
        Severity::Warning => "\x1b[33m",
        Severity::Note => "\x1b[36m",
        Severity::Help => "\x1b[32m",
    }
}

impl Write for Painter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.in_head { Ok(bytes.len()) } else { self.out.write(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl WriteStyle for Painter<'_> {
    fn set_header(&mut self, severity: Severity) -> GeneralWriteResult {
        self.style(BOLD)?;
        self.style(color(severity))?;
        self.out.write_all(self.head.as_bytes())?;
        self.in_head = true;
        Ok(())
    }

    fn set_header_message(&mut self) -> GeneralWriteResult {
        self.in_head = false;
        self.style(RESET)?;
        self.style(BOLD)
    }

    fn set_line_number(&mut self) -> GeneralWriteResult {
        self.style(BLUE)
    }

    fn set_note_bullet(&mut self) -> GeneralWriteResult {
        self.style(BLUE)
    }

    fn set_source_border(&mut self) -> GeneralWriteResult {
        self.style(BLUE)
    }

    fn set_label(&mut self, severity: Severity, label_style: LabelStyle) -> GeneralWriteResult {
        self.style(match label_style {
            LabelStyle::Primary => color(severity),
            LabelStyle::Secondary => BLUE,
        })
    }

    fn reset(&mut self) -> GeneralWriteResult {
        self.style(RESET)
    }
}
