//! `--format concise`: one finding a line, as compilers and editors have long read them.

use std::io::{self, Write};

use stacklint_engine::origin::Span;

use crate::report::location::Locator;
use crate::report::printable::one_line;
use crate::report::{Renderer, Report};

/// The format: `path:line:column: severity[rule] message`.
#[derive(Debug)]
pub(crate) struct Concise;

impl Renderer for Concise {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let locator = Locator::new(report.sources);
        for finding in &report.outcome.findings {
            place(&locator, finding.primary, out)?;
            writeln!(out, "{}[{}] {}", finding.severity, finding.rule, one_line(&finding.message))?;
        }
        for error in &report.outcome.errors {
            place(&locator, error.place, out)?;
            writeln!(out, "error {}", one_line(&error.message))?;
        }
        Ok(())
    }
}

/// What stands before a message; nothing where the run as a whole is at fault.
fn place(locator: &Locator<'_>, place: Option<Span>, out: &mut dyn Write) -> io::Result<()> {
    let Some(location) = place.and_then(|place| locator.locate(place)) else { return Ok(()) };
    write!(out, "{}:{}:{}: ", one_line(&location.path), location.start.line, location.start.column)
}
