//! `explain`: the page of one rule, under a head that says what its findings may be.

use std::io::{self, Write};
use std::path::PathBuf;

use stacklint_engine::config::{By, Flags, Policies, Policy, Setup};
use stacklint_engine::finding::Safety;
use stacklint_engine::rule::Rule;
use stacklint_engine::source::Sources;

use crate::catalogue;
use crate::cli::{Cli, ExplainArgs, StackArgs};
use crate::commands::{answer, policy_at};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::location::Locator;
use crate::run;

/// Runs the command.
///
/// # Errors
/// If there is no such rule, or standard output fails.
pub(crate) fn run(args: &ExplainArgs, cli: &Cli) -> Result<Exit, Error> {
    let rule = catalogue::find(&args.id)?;
    let target = run::open(&[PathBuf::from(".")], &StackArgs::default(), &args.input)?;
    let setup = Setup::new(catalogue::all(), target.choice, Flags::default())?;
    let policies = Policies::new(&setup, &target.sources);
    let here = match policy_at(target.sources.vfs().root(), &policies, &target.sources, cli) {
        Ok(policy) => said(rule, &policy, &target.sources),
        Err(exit) => return Ok(exit),
    };
    answer(|out| {
        head(rule, here.as_deref(), out)?;
        writeln!(out, "\n{}", rule.page.trim())
    })?;
    Ok(Exit::Clean)
}

/// What the configuration of the root makes of the rule, and where.
fn said(rule: &Rule, policy: &Policy, sources: &Sources) -> Option<String> {
    let place = |by: By| {
        let By::File(span) = by else { return None };
        let location = Locator::new(sources).locate(span)?;
        Some(format!("{}:{}", location.path, location.start.line))
    };
    if let Some(by) = policy.left_out.get(rule.id) {
        return Some(format!("does not run: {}", place(*by)?));
    }
    let said = policy.severity.get(rule.id)?;
    Some(format!("{}: {}", said.value, place(said.by)?))
}

fn head(rule: &Rule, here: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    let declaration = rule.declaration;
    writeln!(out, "family:      {}", rule.family)?;
    writeln!(out, "severity:    {}", declaration.severity)?;
    for (severity, reason) in declaration.levels {
        writeln!(out, "             {severity}: {reason}")?;
    }
    if let Some(here) = here {
        writeln!(out, "here:        {here}")?;
    }
    writeln!(out, "confidence:  {}", declaration.confidence)?;
    writeln!(out, "fix:         {}", declaration.fix.map_or("none", Safety::name))?;
    writeln!(out, "since:       {}", declaration.since)?;
    for parameter in declaration.parameters {
        writeln!(out, "parameter:   {} ({}): {}", parameter.name, parameter.kind.name(), parameter.about)?;
    }
    for (name, items) in [("covers: ", declaration.covers), ("maps to:", declaration.maps)] {
        if !items.is_empty() {
            writeln!(out, "{name}     {}", items.join(", "))?;
        }
    }
    Ok(())
}
