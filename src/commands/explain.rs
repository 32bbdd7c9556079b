//! `explain`: the page of one rule, under a head that says what its findings may be.

use std::io::{self, Write};

use stacklint_engine::finding::Safety;
use stacklint_engine::rule::Rule;

use crate::catalogue;
use crate::cli::ExplainArgs;
use crate::commands::answer;
use crate::error::Error;
use crate::exit::Exit;

/// Runs the command.
///
/// # Errors
/// If there is no such rule, or standard output fails.
pub(crate) fn run(args: &ExplainArgs) -> Result<Exit, Error> {
    let rule = catalogue::find(&args.id)?;
    answer(|out| {
        head(rule, out)?;
        writeln!(out, "\n{}", rule.page.trim())
    })?;
    Ok(Exit::Clean)
}

fn head(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    let declaration = rule.declaration;
    writeln!(out, "family:      {}", rule.family)?;
    writeln!(out, "severity:    {}", declaration.severity)?;
    for (severity, reason) in declaration.levels {
        writeln!(out, "             {severity}: {reason}")?;
    }
    writeln!(out, "confidence:  {}", declaration.confidence)?;
    writeln!(out, "fix:         {}", declaration.fix.map_or("none", Safety::name))?;
    writeln!(out, "since:       {}", declaration.since)?;
    for (name, items) in [("covers: ", declaration.covers), ("maps to:", declaration.maps)] {
        if !items.is_empty() {
            writeln!(out, "{name}     {}", items.join(", "))?;
        }
    }
    Ok(())
}
