//! Names that nothing defines: services, networks, volumes, secrets and configs that an active service refers to.
//!
//! Docker Compose 2.40 refuses each of them when it starts to use the stack (`checkConsistency` of compose-go's loader).
//! It does not look at services behind an inactive profile.

use crate::origin::Span;
use crate::stack::problem::{Problem, ProblemKind};
use crate::stack::value::Value;
use crate::stack::{Service, Stack};

/// The references of a stack that lead nowhere. None if a part of the stack could not be read: it may hold the name.
pub(super) fn undefined(stack: &Stack) -> Vec<Problem> {
    let unread = |problem: &Problem| {
        use ProblemKind::{Cycle, MissingFile, OutsideRoot, OverLimit, Syntax, UndefinedReference, UnreadableFile};
        matches!(
            problem.kind,
            Cycle | MissingFile | OutsideRoot | OverLimit | Syntax | UndefinedReference | UnreadableFile
        )
    };
    if stack.problems.iter().any(unread) {
        return Vec::new();
    }
    let mut finder = Finder { stack, problems: Vec::new() };
    stack.services().filter(|service| service.active).for_each(|service| finder.service(&service));
    finder.problems
}

struct Finder<'a> {
    stack: &'a Stack,
    problems: Vec<Problem>,
}

impl Finder<'_> {
    fn service(&mut self, service: &Service<'_>) {
        let value = service.value();
        for (name, field) in value.get("networks").into_iter().flat_map(Value::fields) {
            // Docker Compose makes this one by itself.
            if name != "default" {
                self.name(service, "networks", name, field.key.or(field.value.place));
            }
        }
        for (name, field) in value.get("depends_on").into_iter().flat_map(Value::fields) {
            self.name(service, "services", name, field.key.or(field.value.place));
        }
        for mode in ["network_mode", "ipc", "pid"] {
            let mode = value.get(mode);
            if let Some(name) = mode.and_then(Value::as_str).and_then(|mode| mode.strip_prefix("service:")) {
                self.name(service, "services", name, mode.and_then(|mode| mode.place));
            }
        }
        for section in ["secrets", "configs"] {
            for item in value.get(section).map(Value::items).unwrap_or_default() {
                self.source(service, section, item);
            }
        }
        let build_secrets = value.get("build").and_then(|build| build.get("secrets"));
        for item in build_secrets.map(Value::items).unwrap_or_default() {
            self.source(service, "secrets", item);
        }
        for mount in value.get("volumes").map(Value::items).unwrap_or_default() {
            if mount.get("type").and_then(Value::as_str) == Some("volume") {
                self.source(service, "volumes", mount);
            }
        }
    }

    fn source(&mut self, service: &Service<'_>, section: &str, item: &Value) {
        let source = item.get("source");
        if let Some(name) = source.and_then(Value::as_str).filter(|name| !name.is_empty()) {
            self.name(service, section, name, source.and_then(|source| source.place).or(item.place));
        }
    }

    fn name(&mut self, service: &Service<'_>, section: &str, name: &str, place: Option<Span>) {
        if self.stack.model.get(section).is_some_and(|defined| defined.get(name).is_some()) {
            return;
        }
        let kind = section.trim_end_matches('s');
        let message = format!("the service `{}` refers to the {kind} `{name}`, which nothing defines", service.name);
        let help = match section {
            "services" => format!("correct the name, or define the service `{name}`"),
            _ => format!("correct the name, or add `{name}` to the top-level `{section}`"),
        };
        let subject = format!("services.{}.{section}.{name}", service.name);
        self.problems.push(Problem::new(ProblemKind::UndefinedReference, place, &subject, message).help(help));
    }
}
