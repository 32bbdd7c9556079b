//! A datastore that forgets everything with its container.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Confidence;
use stacklint_engine::map::HashSet;
use stacklint_engine::rule::StackRule;
use stacklint_engine::stack::container::{ContainerFiles, Found, Mount, MountSource};
use stacklint_engine::stack::value::Value;
use stacklint_engine::stack::{EnvironmentKind, Service, Stack};

use crate::images::stores::{self, DataPath};

declare_rule! {
    pub StatefulServiceWithoutVolume: Stack {
        severity: Medium,
        confidence: Medium,
        since: "0.1.0",
        covers: ["4.39"],
    }
}

/// Profiles for which a datastore is meant to forget.
const TESTS: [&str; 4] = ["test", "tests", "testing", "ci"];

/// Options that put the data elsewhere.
const ELSEWHERE: [&str; 4] = ["data_directory", "--datadir", "--dbpath", "path.data"];

impl StackRule for StatefulServiceWithoutVolume {
    fn check(&self, stack: &Stack, cx: &mut Context<'_>) {
        // Containers whose volumes others take over.
        let lent = stack.services().flat_map(|service| service.items("volumes_from"));
        let lenders: HashSet<&str> = lent.filter_map(|from| from.as_str()?.split(':').next()).collect();
        for service in stack.services().filter(|service| !lenders.contains(service.name)) {
            cx.at_service(&service);
            check_service(&service, cx);
        }
    }
}

fn check_service(service: &Service<'_>, cx: &mut Context<'_>) {
    let Some(image) = service.named_image() else { return };
    let paths = stores::data_paths(service, &image);
    let Some(first) = paths.first() else { return };
    let is_test = |profile: &Value| profile.as_str().is_some_and(|profile| TESTS.contains(&profile));
    let elsewhere = |word: &str| ELSEWHERE.iter().any(|option| word.contains(option));
    if service.value().repaired
        || service.value().get("volumes_from").is_some()
        || service.items("profiles").iter().any(is_test)
        || service.command_line().any(|word| elsewhere(word.as_str()))
    {
        return;
    }
    let subject = format!("services.{}.volumes[{}]", service.name, first.path);
    let Some(files) = cx.container_files(service) else { return };
    if let Some(mount) = paths.iter().find_map(|path| keeps(path, files)) {
        // A directory in memory is how a test database is made on purpose.
        if !matches!(mount.source, MountSource::Tmpfs) || cx.environment() != EnvironmentKind::Prod {
            cx.satisfied(mount.entry, subject);
            return;
        }
    }
    let above = files.mounts().iter().find(|mount| paths.iter().any(|path| is_above(mount, path)));
    // A container that only holds volumes.
    if service.command_line().any(|word| word.as_str().ends_with("/true") || word.as_str() == "true") {
        return;
    }
    let message = format!(
        "{} in `{}` keeps its data in `{}`, and nothing is mounted there: `docker compose down` or a new image leaves \
             the data behind, and the service starts empty",
        first.product, service.name, first.path
    );
    let help = format!("mount a named volume: `volumes: [\"{}-data:{}\"]`", service.name, mount_at(first));
    let violation = match above {
        Some(mount) => {
            let reason = "the image declares a volume of its own below this one, which is a new one each time";
            cx.violation(mount.entry, subject, format!("{message} ({reason})")).confidence(Confidence::High)
        }
        None => cx.violation(service, subject, message),
    };
    cx.report(violation.help(help));
}

/// The mount that keeps what is at a path.
fn keeps<'m, 'a>(path: &DataPath, files: &'m ContainerFiles<'a>) -> Option<&'m Mount<'a>> {
    match files.find(&path.path) {
        Found::Host(_, mount) | Found::Content(_, mount) | Found::Hidden(mount) => {
            Some(mount).filter(|mount| !is_above(mount, path))
        }
        Found::Image => None,
    }
}

/// Whether a mount lies above the volume that an image declares, so that the data never gets to it.
fn is_above(mount: &Mount<'_>, path: &DataPath) -> bool {
    let below = path.path.strip_prefix(mount.target.trim_end_matches('/'));
    path.is_declared && below.is_some_and(|below| below.len() > 1 && below.starts_with('/'))
}

/// Where to mount. PostgreSQL 18 keeps each version in a directory of its own.
fn mount_at(path: &DataPath) -> &str {
    if path.path.starts_with("/var/lib/postgresql/") && path.path.ends_with("/docker") {
        "/var/lib/postgresql"
    } else {
        &path.path
    }
}
