//! `include`: whole projects, each with its own directory and its own `.env`, brought into the file that names them.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use indexmap::map::Entry;

use crate::origin::{Role, Span};
use crate::source::SourceFile;
use crate::stack::attributes::Cursor;
use crate::stack::load::{Loader, Project};
use crate::stack::named::NamedTarget;
use crate::stack::path::Path;
use crate::stack::paths;
use crate::stack::problem::{Problem, ProblemKind};
use crate::stack::value::{Data, Field, Mapping, Value};
use crate::stack::variables::Variables;
use crate::text::Text;

/// How many files may include each other in a row.
const DEPTH_LIMIT: usize = 32;

/// How many projects one stack may include: files that each include two others double their number at every level.
pub(crate) const BUDGET: u32 = 1_000;

/// The sections whose entries an included project brings.
const SECTIONS: [&str; 6] = ["services", "networks", "volumes", "secrets", "configs", "models"];

/// Loads what a document includes and brings it in.
pub(crate) fn apply(loader: &mut Loader<'_>, document: &mut Value, file: &Arc<SourceFile>, project: &Project) {
    let Data::Mapping(fields) = &mut document.data else { return };
    let Some(include) = fields.shift_remove("include") else { return };
    let mut including = project.including.clone();
    including.push(file.path.clone());
    for entry in include.value.items() {
        let place = entry.get("path").and_then(|path| path.place).or(entry.place);
        let Some(included) = included_project(loader, entry, project, &including, place) else { continue };
        let mut model = loader.project(&included);
        model.travel(&mut loader.origins, Role::IncludedBy, place);
        import(loader, model, document, place);
    }
}

/// The project that an entry of `include` names.
fn included_project(
    loader: &mut Loader<'_>,
    entry: &Value,
    project: &Project,
    including: &[PathBuf],
    place: Option<Span>,
) -> Option<Project> {
    let files: Vec<PathBuf> = entry
        .get("path")
        .map(Value::items)
        .unwrap_or_default()
        .iter()
        .filter_map(|item| {
            let path = item.as_text().filter(|path| !path.is_empty())?;
            let found = local_path(loader, path, project, place)?;
            loader.name(item.place, NamedTarget::File(found.clone()));
            Some(found)
        })
        .collect();
    let unnamed = |list: Option<&Value>| {
        let items = list.map(Value::items).unwrap_or_default().iter();
        items.filter(|item| item.as_str() == Some("")).find_map(|item| item.place)
    };
    for (key, kind) in [("path", ProblemKind::MissingFile), ("env_file", ProblemKind::MissingEnvFile)] {
        if let Some(place) = unnamed(entry.get(key)) {
            let message = format!("a `{key}` of this `include` is empty");
            loader.problems.push(Problem::new(kind, Some(place), "include", message));
        }
    }
    let Some(first) = files.first() else {
        // Even of an `include` that names no file the env files have to be there.
        included_variables(loader, entry, project, &project.directory);
        return None;
    };
    if let Some(repeated) = files.iter().find(|file| including.contains(file)) {
        let name = loader.sources.vfs().display(repeated);
        let message = format!("`{name}` includes itself");
        loader.problems.push(Problem::new(ProblemKind::Cycle, place, "include", message));
        return None;
    }
    if including.len() > DEPTH_LIMIT {
        let message = format!("more than {DEPTH_LIMIT} files include each other; this one was not read");
        loader.problems.push(Problem::new(ProblemKind::OverLimit, place, "include", message));
        return None;
    }
    let Some(left) = loader.includes_left.checked_sub(1) else {
        let message = format!("this stack includes more than {BUDGET} projects; the rest is not read");
        // Each further one would say the same.
        if !loader.problems.iter().any(|problem| problem.kind == ProblemKind::OverLimit && problem.message == message) {
            loader.problems.push(Problem::new(ProblemKind::OverLimit, place, "include", message));
        }
        return None;
    };
    loader.includes_left = left;
    let directory = match entry.text_at("project_directory").filter(|directory| !directory.is_empty()) {
        Some(directory) => paths::file_path(&paths::absolute(directory, &project.directory, &project.variables))?,
        None => first.parent().unwrap_or(first).to_owned(),
    };
    let variables = included_variables(loader, entry, project, &directory);
    Some(Project { files, directory, variables: Arc::new(variables), including: including.to_vec(), named_at: place })
}

fn local_path(loader: &mut Loader<'_>, path: &Text, project: &Project, place: Option<Span>) -> Option<PathBuf> {
    if path.as_str().contains("://") || path.as_str().starts_with("git@") {
        let message = "this `include` is fetched over the network and was not read";
        loader.problems.push(
            Problem::new(ProblemKind::OutsideRoot, place, "include", message)
                .help("check the included repository by itself; stacklint opens no connection"),
        );
        return None;
    }
    paths::file_path(&paths::absolute(path, &project.directory, &project.variables))
}

/// The variables of an included project: those of its parent, and below them those of its own env files.
fn included_variables(loader: &mut Loader<'_>, entry: &Value, project: &Project, directory: &FilePath) -> Variables {
    let mut variables = Variables::below(Arc::clone(&project.variables));
    let named = entry.get("env_file").map(Value::items).unwrap_or_default();
    if named.is_empty() {
        let path = directory.join(".env");
        if loader.sources.vfs().is_present(&path) {
            match loader.open(&path) {
                Ok(file) => loader.variables_from(&file, &mut variables),
                Err(error) => loader.unreadable(&path, &error, entry.place, "include", ProblemKind::MissingEnvFile),
            }
        }
    }
    for env_file in named {
        let Some(text) = env_file.as_text().filter(|text| !text.is_empty()) else { continue };
        let path = paths::absolute(text, &project.directory, &project.variables);
        let Some(path) = paths::file_path(&path) else { continue };
        loader.name(env_file.place, NamedTarget::File(path.clone()));
        match loader.open(&path) {
            // `/dev/null` is how one says that there is no file.
            _ if path == FilePath::new("/dev/null") => {}
            Ok(file) => loader.variables_from(&file, &mut variables),
            Err(error) => {
                loader.unreadable(&path, &error, env_file.place, "include", ProblemKind::MissingEnvFile);
            }
        }
    }
    variables
}

/// The included model below the including document. Docker Compose 2.40 refuses a name that both define differently; we
/// say so, and judge the including file's as the one that would win.
///
/// What an included project is called, and its extension fields, are its own affair.
fn import(loader: &mut Loader<'_>, model: Value, document: &mut Value, place: Option<Span>) {
    let (Data::Mapping(mut sections), Data::Mapping(own)) = (model.data, &mut document.data) else { return };
    for section in SECTIONS {
        let Some(included) = sections.shift_remove(section) else { continue };
        let Data::Mapping(entries) = included.value.data else { continue };
        let empty = || {
            Field::new(included.key, Value::new(Data::Mapping(Mapping::default()), included.value.place, model.origin))
        };
        let target = &mut own.entry(section.into()).or_insert_with(empty).value;
        if target.is_null() {
            target.data = Data::Mapping(Mapping::default());
        }
        let (Data::Mapping(target), None) = (&mut target.data, target.directive) else { continue };
        for (name, field) in entries {
            match target.entry(name) {
                Entry::Vacant(slot) => {
                    slot.insert(field);
                }
                Entry::Occupied(mut slot) => clash(loader, section, &mut slot, field, place),
            }
        }
    }
}

/// A name that the including document defines as well.
fn clash(
    loader: &mut Loader<'_>,
    section: &'static str,
    slot: &mut indexmap::map::OccupiedEntry<'_, Box<str>, Field>,
    included: Field,
    place: Option<Span>,
) {
    let name = slot.key().clone();
    if !same(&slot.get().value, &included.value) {
        let message = format!("`{section}.{name}` is defined here and, otherwise, by an included file");
        let problem = Problem::new(ProblemKind::Schema, slot.get().key, &format!("{section}.{name}"), message)
            .help("Docker Compose refuses this: give one of them another name, or override it in a layer")
            .related("the included definition", included.key)
            .related("included here", place);
        loader.problems.push(problem);
    }
    let nothing = Field::new(None, Value::new(Data::Null, None, included.value.origin));
    let own = slot.insert(nothing);
    let top = Path::default();
    let sections = top.key(section);
    let cursor = Cursor::root().key(section).key(&name);
    let value = loader.merge(included.value, own.value, cursor, &sections.key(&name), true);
    let mut earlier_keys: Vec<Span> = included.key.into_iter().collect();
    earlier_keys.extend(own.earlier_keys);
    slot.insert(Field { key: own.key.or(included.key), earlier_keys, value });
}

/// Whether two values say the same.
fn same(left: &Value, right: &Value) -> bool {
    match (&left.data, &right.data) {
        (Data::Null, Data::Null) => true,
        (Data::Scalar(left), Data::Scalar(right)) => left.text.as_str() == right.text.as_str(),
        (Data::Sequence(left), Data::Sequence(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Data::Mapping(left), Data::Mapping(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, field)| right.get(key).is_some_and(|other| same(&field.value, &other.value)))
        }
        _ => false,
    }
}
