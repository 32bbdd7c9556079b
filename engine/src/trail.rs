//! The way of a value as a reader of a finding follows it.

use crate::finding::TrailStep;
use crate::origin::{Role, Span, Step};

/// The steps of a way as a reader follows them. A step that happens at the primary place itself says nothing new.
pub(crate) fn trail(steps: &[Step], primary: Option<Span>) -> Vec<TrailStep> {
    let mut trail: Vec<TrailStep> = Vec::new();
    for step in steps {
        let Some(place) = step.place.filter(|place| Some(*place) != primary) else { continue };
        if step.role == Role::Overrides {
            // It overrides as a part of what is at the place of the step before.
            continue;
        }
        if trail.last().is_some_and(|last| last.place == place && last.role == step.role) {
            continue;
        }
        trail.reserve_exact(1);
        trail.push(TrailStep { role: step.role, message: words(step.role).into(), place });
    }
    trail
}

fn words(role: Role) -> &'static str {
    match role {
        Role::Written => "written here",
        Role::Default => "the default of a variable",
        Role::ImageDefault => "the default of the image",
        Role::CommandLine => "given on this command line",
        Role::AliasOf => "this alias stands for it",
        Role::MergedFrom => "merged in here",
        Role::Overrides => "overrides an earlier value here",
        Role::ExtendedFrom => "taken over by this `extends`",
        Role::IncludedBy => "brought in by this `include`",
        Role::Interpolated => "used here",
        Role::FromEnvFile => "handed to the container by this `env_file`",
        Role::FromShell => "declared from outside",
        Role::MountedAt => "mounted here",
    }
}
