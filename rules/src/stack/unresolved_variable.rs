//! A variable that nothing sets, where what it leaves out decides how the stack runs.

use std::collections::BTreeMap;

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::map::HashSet;
use stacklint_engine::origin::Span;
use stacklint_engine::rule::StackRule;
use stacklint_engine::stack::value::Value;
use stacklint_engine::stack::{Service, Stack};
use stacklint_engine::text::PieceKind;

declare_rule! {
    pub UnresolvedVariable: Stack {
        severity: Medium,
        confidence: Medium,
        since: "0.1.0",
        levels: [Info: "the stack has no env file, so its variables may come from a shell"],
    }
}

/// Attributes of a service that rules read, apart from its environment.
const READ: [&str; 20] = [
    "cap_add",
    "cap_drop",
    "cgroup",
    "command",
    "container_name",
    "devices",
    "entrypoint",
    "image",
    "ipc",
    "network_mode",
    "pid",
    "ports",
    "privileged",
    "read_only",
    "restart",
    "security_opt",
    "tmpfs",
    "user",
    "userns_mode",
    "volumes",
];

impl StackRule for UnresolvedVariable {
    fn check(&self, stack: &Stack, cx: &mut Context<'_>) {
        if stack.unset.is_empty() {
            return;
        }
        let mut unset: Vec<(Span, &str)> = stack.unset.iter().map(|(name, place)| (*place, &**name)).collect();
        unset.sort_unstable();
        unset.dedup();
        // What Docker Compose refuses is reported as that.
        let refused: Vec<Span> = stack.problems.iter().filter_map(|problem| problem.place).collect();
        let mut found: BTreeMap<&str, Vec<(Span, String)>> = BTreeMap::new();
        for service in stack.services() {
            let told = told_elsewhere(&service);
            for (key, field) in service.value().fields().filter(|(key, _)| READ.contains(key)) {
                for place in places(&field.value) {
                    let first = unset
                        .partition_point(|(used, _)| (used.file, used.range.start) < (place.file, place.range.start));
                    let inside = unset
                        .iter()
                        .skip(first)
                        .take_while(|(used, _)| place.file == used.file && place.range.contains(used.range));
                    for (used, name) in inside.filter(|(used, _)| !told.contains(used)) {
                        let uses = found.entry(*name).or_default();
                        if uses.iter().all(|(known, _)| known != used) && uses.len() < SHOWN {
                            uses.push((*used, format!("`{key}` of `{}`", service.name)));
                        }
                    }
                }
            }
        }
        let has_env_file = !stack.interpolation_files.is_empty();
        for (name, uses) in found {
            let [(first, slot), more @ ..] = uses.as_slice() else { continue };
            if refused.iter().any(|place| place.file == first.file && place.range.contains(first.range)) {
                continue;
            }
            let message =
                format!("nothing sets `{name}`: Docker Compose puts nothing in its place in {slot}, and goes on");
            let (severity, help) = if has_env_file {
                (
                    Severity::Medium,
                    format!("set `{name}` in the env file of the stack, or write `${{{name}:?}}` or a default"),
                )
            } else {
                let help =
                    format!("set `{name}` in `.env`, or write `${{{name}:?}}`, so that a missing value is an error");
                (Severity::Info, help)
            };
            let mut violation =
                cx.violation(*first, format!("variables.{name}"), message).severity(severity).help(help);
            for (used, slot) in more {
                violation = violation.related(format!("and in {slot}"), *used);
            }
            cx.report(violation);
        }
    }
}

/// So many uses of a variable are named.
const SHOWN: usize = 4;

/// The addresses of ports: `bind-address-fails-open` speaks of them.
fn told_elsewhere(service: &Service<'_>) -> HashSet<Span> {
    let addresses = service.ports().filter_map(|port| port.empty_address());
    let pieces = addresses.flat_map(|address| address.pieces().map(|(_, piece)| piece).collect::<Vec<_>>());
    pieces.filter(|piece| piece.kind == PieceKind::Unset).filter_map(|piece| piece.place).collect()
}

/// Where an attribute stands: a single value, or each item of a list.
fn places(value: &Value) -> Vec<Span> {
    match value.as_sequence() {
        Some(items) => items.iter().filter_map(|item| item.place).collect(),
        None => value.place.into_iter().collect(),
    }
}
