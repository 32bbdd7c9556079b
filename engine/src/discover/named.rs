//! The stacks that a configuration names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Defaults, Folder, Plan, folder};
use crate::config::file::NamedStack;
use crate::config::{By, Policy, Said};
use crate::origin::Span;
use crate::source::Sources;
use crate::stack::{Environment, StackSpec};
use crate::vfs;

/// Adds the named stacks whose first file stands in a `wanted` directory. Each configuration is asked once, however many
/// folders it holds for.
pub(super) fn add(plan: &mut Plan, wanted: &dyn Fn(&Path) -> bool, sources: &Sources, defaults: &Defaults) {
    let mut asked: Vec<Arc<Policy>> = Vec::new();
    for folder in &plan.folders {
        if folder.policy.stacks.is_none() {
            continue;
        }
        match asked.iter_mut().find(|policy| same_stacks(policy, &folder.policy)) {
            // Who only extends the one that names the stacks does not name them again.
            Some(known) if folder.policy.files.len() < known.files.len() => *known = Arc::clone(&folder.policy),
            Some(_) => {}
            None => asked.push(Arc::clone(&folder.policy)),
        }
    }
    for policy in asked {
        let Some((base, stacks)) = &policy.stacks else { continue };
        let specs = stacks.iter().map(|stack| spec(stack, base, &policy, sources, defaults));
        let specs = specs.filter(|spec| spec.files.first().and_then(|file| file.parent()).is_some_and(wanted));
        let stacks: Vec<StackSpec> = specs.collect();
        plan.folders.push(Folder { path: base.clone(), policy, stacks, loose: Vec::new() });
    }
}

/// Whether two policies name their stacks in the same place.
fn same_stacks(left: &Policy, right: &Policy) -> bool {
    let places = |policy: &Policy| {
        let stacks = policy.stacks.iter().flat_map(|(_, stacks)| stacks);
        stacks.map(|stack| stack.by).collect::<Vec<_>>()
    };
    left.files == right.files || (left.stacks.is_some() && places(left) == places(right))
}

fn spec(said: &Said<NamedStack>, base: &Path, policy: &Policy, sources: &Sources, defaults: &Defaults) -> StackSpec {
    let stack = &said.value;
    let path = |text: &str| vfs::clean(&base.join(text));
    let files: Vec<PathBuf> = stack.files.iter().map(|file| path(&file.value)).collect();
    let directory = match (&stack.project_directory, files.first()) {
        (Some(directory), _) => path(&directory.value),
        (None, Some(first)) => crate::stack::directory_of(first),
        (None, None) => base.to_owned(),
    };
    let named = stack.files.iter().chain(stack.env_files.iter().flatten());
    let named_at = named.filter_map(|name| match said.by {
        By::File(place) => Some((path(&name.value), Span { file: place.file, range: name.range })),
        _ => None,
    });
    let own = stack.variables.0.iter().map(|(name, value)| (name.value.clone(), value.clone()));
    let environment = stack.environment.as_ref().map(|environment| {
        let reason = format!("the configuration of the stack `{}` says so", stack.name.value);
        Environment::new(environment.value, reason)
    });
    StackSpec {
        env_files: stack.env_files.as_ref().map(|files| files.iter().map(|file| path(&file.value)).collect()),
        // What the command line declares comes last and wins.
        variables: own.chain(defaults.variables.iter().cloned()).collect(),
        profiles: stack.profiles.iter().chain(&defaults.profiles).cloned().collect(),
        environment: defaults.environment.clone().or(environment).or_else(|| policy.environment(sources)),
        named_at: named_at.collect(),
        ..folder::spec(stack.name.value.clone(), files, directory, defaults)
    }
}
