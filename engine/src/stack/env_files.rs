//! `env_file` and `environment` folded into what a container will find in its environment.

use std::sync::Arc;

use stacklint_parsers::Format;

use crate::finding::Severity;
use crate::origin::{OriginId, Role, Step};
use crate::stack::load::Loader;
use crate::stack::paths;
use crate::stack::problem::{Problem, ProblemKind};
use crate::stack::value::{Data, Field, Mapping, Scalar, ScalarKind, Value};
use crate::stack::variables::{Variable, Variables};
use crate::template::template_of;

/// Folds the env files of a service into its `environment`, which wins over them. A key without a value takes that of
/// the project's variable of the same name.
///
/// Docker Compose does not read the files of a service that no active profile starts: one that is missing is noted, but
/// no problem of the stack.
pub(crate) fn fold(loader: &mut Loader<'_>, name: &str, service: &mut Value, variables: &Arc<Variables>, active: bool) {
    let Data::Mapping(fields) = &mut service.data else { return };
    fold_labels(loader, name, fields, variables, active);
    let mut effective = Mapping::default();
    let env_files = fields.get("env_file").map(|field| field.value.clone());
    if let Some(env_files) = &env_files {
        let mut scope = Arc::clone(variables);
        for (index, entry) in env_files.items().iter().enumerate() {
            let subject = format!("services.{name}.env_file[{index}]");
            scope = read(loader, entry, &subject, scope, variables, active, &mut effective);
        }
    }
    let written = fields.get_mut("environment");
    let position =
        written.as_ref().map(|field| (field.key, field.earlier_keys.clone(), field.value.place, field.value.repaired));
    let own = written.map(|field| std::mem::replace(&mut field.value.data, Data::Null));
    if let Some(Data::Mapping(own)) = own {
        // Mostly there is no env file, and nothing to lay over anything.
        if effective.is_empty() {
            effective = own;
        } else {
            for (key, mut field) in own {
                if let Some(loser) = effective.get(&key) {
                    let step = Step { role: Role::Overrides, place: field.value.place, lost: loser.value.place };
                    field.value.take_step(&mut loader.origins, step);
                }
                effective.insert(key, field);
            }
        }
    }
    if effective.is_empty() && position.is_none() {
        return;
    }
    let (key, earlier_keys, place, repaired) = position.unwrap_or_default();
    let mut value = Value::new(Data::Mapping(effective), place, OriginId::WRITTEN);
    value.repaired = repaired;
    fields.insert("environment".into(), Field { key, earlier_keys, value });
}

/// Folds the label files of a service into its `labels`, which win over them.
fn fold_labels(loader: &mut Loader<'_>, name: &str, fields: &mut Mapping, variables: &Arc<Variables>, active: bool) {
    let Some(label_files) = fields.get("label_file").map(|field| field.value.clone()) else { return };
    let mut labels = Mapping::default();
    for (index, entry) in label_files.items().iter().enumerate() {
        if entry.as_str() == Some("") && active {
            let subject = format!("services.{name}.label_file[{index}]");
            let message = "this `label_file` has no path";
            loader.problems.push(Problem::new(ProblemKind::MissingFile, entry.place, &subject, message));
        }
        let Some(path) = entry.as_text().and_then(paths::file_path) else { continue };
        let file = match loader.open(&path) {
            Ok(file) => file,
            Err(error) => {
                if active {
                    let subject = format!("services.{name}.label_file[{index}]");
                    loader.unreadable(&path, &error, entry.place, &subject, ProblemKind::MissingFile);
                }
                continue;
            }
        };
        for (key, span, variable) in loader.env_entries(&file, variables, Format::Dotenv) {
            let Some(variable) = variable else { continue };
            let mut value = scalar(&variable, OriginId::WRITTEN);
            value.travel(&mut loader.origins, Role::FromEnvFile, entry.place);
            labels.insert(key, Field::new(Some(span), value));
        }
    }
    let written = fields.get("labels").cloned();
    for (key, field) in written.iter().flat_map(|field| field.value.fields()) {
        labels.insert(key.into(), field.clone());
    }
    let place = written.as_ref().and_then(|field| field.value.place);
    let value = Value::new(Data::Mapping(labels), place, OriginId::WRITTEN);
    let (key, earlier_keys) = written.map(|field| (field.key, field.earlier_keys)).unwrap_or_default();
    fields.insert("labels".into(), Field { key, earlier_keys, value });
}

fn scalar(variable: &Variable, origin: OriginId) -> Value {
    let scalar = Scalar::new(variable.text.clone(), ScalarKind::String);
    Value::new(Data::Scalar(scalar), variable.place, origin)
}

/// Reads one env file into `effective`. Returns the variables that the env file behind it may use: Docker Compose looks
/// first at the env files before, then at the project's variables.
fn read(
    loader: &mut Loader<'_>,
    entry: &Value,
    subject: &str,
    scope: Arc<Variables>,
    variables: &Variables,
    active: bool,
    effective: &mut Mapping,
) -> Arc<Variables> {
    let Some(text) = entry.text_at("path") else { return scope };
    let place = entry.get("path").and_then(|path| path.place).or(entry.place);
    let required = active && entry.get("required").and_then(Value::as_str) != Some("false");
    if text.is_empty() {
        if required {
            loader.problems.push(Problem::new(
                ProblemKind::MissingEnvFile,
                place,
                subject,
                "this `env_file` has no path",
            ));
        }
        return scope;
    }
    let Some(path) = paths::file_path(text) else { return scope };
    let file = match loader.open(&path) {
        Ok(file) => file,
        Err(error) => {
            if required {
                let before = loader.problems.len();
                loader.unreadable(&path, &error, place, subject, ProblemKind::MissingEnvFile);
                advise(loader, before, &path);
            } else {
                loader.missing.insert(path);
            }
            return scope;
        }
    };
    let format = entry.text_at("format");
    if let Some(format) = format.filter(|format| !matches!(format.as_str(), "" | "raw")) {
        let message = "this is no format of env files: the only one to be named is `raw`";
        let place = format.source().map(|(place, _)| place).or(place);
        loader.problems.push(Problem::new(ProblemKind::Schema, place, subject, message));
    }
    let raw = format.is_some_and(|format| format.as_str() == "raw");
    let format = if raw { Format::DotenvRaw } else { Format::Dotenv };
    let mut next = Variables::above(Arc::clone(&scope));
    for (key, span, variable) in loader.env_entries(&file, &scope, format) {
        // A bare key takes the project's variable, and is left out without one.
        let Some(variable) = variable.or_else(|| variables.get(&key).cloned()) else { continue };
        let mut value = scalar(&variable, OriginId::WRITTEN);
        value.travel(&mut loader.origins, Role::FromEnvFile, place);
        next.define(&key, variable);
        effective.insert(key, Field::new(Some(span), value));
    }
    Arc::new(next)
}

/// Names the template beside a missing env file, if there is one.
fn advise(loader: &mut Loader<'_>, before: usize, path: &std::path::Path) {
    let vfs = loader.sources.vfs();
    let name = vfs.display(path);
    let template = template_of(path, vfs);
    let help = match &template {
        Some(template) => format!("create it from `{}`, or add `required: false`", vfs.display(template)),
        None => format!("create `{name}`, correct the path, or add `required: false` if it is optional"),
    };
    let missing = loader.problems.iter_mut().skip(before).filter(|problem| problem.kind == ProblemKind::MissingEnvFile);
    for problem in missing {
        problem.help = Some(help.clone().into());
        // A fresh clone lacks a file that its author makes from the template.
        problem.severity = template.as_ref().map(|_| Severity::Medium);
    }
}
