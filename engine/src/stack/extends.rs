//! `extends`: a service taken over from the same file or from another one, and the own attributes laid over it.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use crate::origin::{Role, Span};
use crate::source::SourceFile;
use crate::stack::attributes::Cursor;
use crate::stack::directory_of;
use crate::stack::load::{Loader, Project};
use crate::stack::named::NamedTarget;
use crate::stack::path::Path;
use crate::stack::paths;
use crate::stack::problem::{Problem, ProblemKind};
use crate::stack::shape;
use crate::stack::value::{Data, Directive, Field, Mapping, Value};
use crate::text::Text;

/// How many services may extend each other in a row.
const DEPTH_LIMIT: usize = 64;

/// Replaces every service of a document that extends another by the result.
pub(crate) fn apply(loader: &mut Loader<'_>, document: &mut Value, file: &Arc<SourceFile>, project: &Project) {
    let Some(services) = document.get("services").and_then(Value::as_mapping) else { return };
    let extending: Vec<Box<str>> =
        services.iter().filter(|(_, field)| extension(&field.value).is_some()).map(|(name, _)| name.clone()).collect();
    if extending.is_empty() {
        return;
    }
    let services = services.clone();
    let mut resolver = Resolver { loader, project, chain: Vec::new() };
    let scope = Scope { file: Arc::clone(file), directory: project.directory.clone(), services, refused: Vec::new() };
    for name in extending {
        let Some(service) = resolver.resolve(&scope, &name) else { continue };
        if let Data::Mapping(document) = &mut document.data
            && let Some(services) = document.get_mut("services")
            && let Data::Mapping(services) = &mut services.value.data
            && let Some(field) = services.get_mut(&name)
        {
            field.value = service;
        }
    }
}

/// What a service extends.
fn extension(service: &Value) -> Option<&Value> {
    service.get("extends").filter(|extends| extends.directive != Some(Directive::Reset))
}

/// The services of one file.
struct Scope {
    file: Arc<SourceFile>,
    /// What the files that its services extend are relative to.
    directory: PathBuf,
    services: Mapping,
    /// What is refused of them, if they are used.
    refused: Vec<Problem>,
}

struct Resolver<'a, 'b> {
    loader: &'a mut Loader<'b>,
    project: &'a Project,
    /// The services being resolved, outermost first.
    chain: Vec<(PathBuf, Box<str>)>,
}

impl Resolver<'_, '_> {
    /// A service with what it extends below it.
    fn resolve(&mut self, scope: &Scope, name: &str) -> Option<Value> {
        let service = scope.services.get(name)?.value.clone();
        let of_service = |problem: &&Problem| {
            let rest = problem.subject.strip_prefix("services.").and_then(|rest| rest.strip_prefix(name));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.loader.problems.extend(scope.refused.iter().filter(of_service).cloned());
        let Some(extends) = extension(&service).cloned() else { return Some(service) };
        let subject = format!("services.{name}.extends");
        self.chain.push((scope.file.path.clone(), name.into()));
        let base = self.base(scope, &extends, &subject);
        self.chain.pop();

        let mut own = service;
        if let Data::Mapping(mapping) = &mut own.data {
            mapping.shift_remove("extends");
        }
        let Some(base) = base else {
            // What the service seems to lack may be in the base that could not be had.
            own.repaired = true;
            return Some(own);
        };
        let directive = own.directive;
        let top = Path::default();
        let services = top.key("services");
        let mut merged = self.loader.merge(base, own, Cursor::service(), &services.key(name), true);
        merged.directive = directive;
        Some(merged)
    }

    /// The service that `extends` names, its paths made absolute where it comes from another file.
    fn base(&mut self, scope: &Scope, extends: &Value, subject: &str) -> Option<Value> {
        let name = extends.text_at("service");
        let Some(name) = name else {
            self.problem(ProblemKind::Schema, extends.place, subject, "`extends` names no `service`".to_owned());
            return None;
        };
        let place = name.source().map(|(place, _)| place).or(extends.place);
        let name = name.as_str().to_owned();
        let other = match extends.text_at("file") {
            Some(file) => Some(self.open(file, &scope.directory, extends, subject)?),
            None => None,
        };
        let scope = other.as_ref().unwrap_or(scope);
        let repeated = self.chain.iter().any(|(path, service)| *path == scope.file.path && **service == *name);
        if repeated || self.chain.len() > DEPTH_LIMIT {
            let message = if repeated {
                format!("the service `{name}` extends itself")
            } else {
                format!("more than {DEPTH_LIMIT} services extend each other")
            };
            let kind = if repeated { ProblemKind::Cycle } else { ProblemKind::OverLimit };
            // Each service at the end of a long chain would say the same.
            if repeated || !self.loader.problems.iter().any(|known| known.kind == kind && known.message == message) {
                self.problem(kind, place, subject, message);
            }
            return None;
        }
        if !scope.services.contains_key(name.as_str()) {
            let message = format!("`{}` has no service `{name}` to extend", scope.file.name);
            self.problem(ProblemKind::UndefinedReference, place, subject, message);
            return None;
        }
        if let Some(key) = scope.services.get(name.as_str()).and_then(|field| field.key) {
            let written = extends.get("service").and_then(|name| name.place);
            self.loader.name(written, NamedTarget::Service(key));
        }
        let mut base = self.resolve(scope, &name)?;
        if other.is_some() {
            shape::shape_service_late(&mut base);
            paths::make_absolute(&mut base, Cursor::service(), &scope.directory, &self.project.variables);
        }
        base.travel(&mut self.loader.origins, Role::ExtendedFrom, place);
        Some(base)
    }

    fn open(&mut self, file: &Text, directory: &FilePath, extends: &Value, subject: &str) -> Option<Scope> {
        let place = extends.get("file").and_then(|file| file.place);
        if file.is_empty() {
            self.problem(ProblemKind::MissingFile, place, subject, "the `file` to extend from has no path".to_owned());
            return None;
        }
        let path = paths::absolute(file, directory, &self.project.variables);
        let path = paths::file_path(&path)?;
        self.loader.name(place, NamedTarget::File(path.clone()));
        let file = match self.loader.open(&path) {
            Ok(file) => file,
            Err(error) => {
                self.loader.unreadable(&path, &error, place, subject, ProblemKind::MissingFile);
                return None;
            }
        };
        let variables = Arc::clone(&self.project.variables);
        self.loader.scopes.push((file.id, Arc::clone(&variables)));
        let mut services = Mapping::default();
        // The `include` of such a file does not count.
        let (documents, refused) = self.loader.documents(&file, &variables);
        for document in documents {
            let Data::Mapping(mut document) = document.data else { continue };
            let Some(Field { value, .. }) = document.shift_remove("services") else { continue };
            if let Data::Mapping(more) = value.data {
                services.extend(more);
            }
        }
        let directory = directory_of(&file.path);
        Some(Scope { file, directory, services, refused })
    }

    fn problem(&mut self, kind: ProblemKind, place: Option<Span>, subject: &str, message: String) {
        self.loader.problems.push(Problem::new(kind, place, subject, message));
    }
}
