//! The name of a project, which its networks and volumes carry in the engine.

use stacklint_parsers::{Document, Format, NodeId};

use crate::origin::OriginId;
use crate::stack::StackSpec;
use crate::stack::build::Builder;
use crate::stack::interpolate::Interpolator;
use crate::stack::load::Loader;
use crate::stack::problem::{Problem, ProblemKind};
use crate::stack::value::Value;
use crate::stack::variables::Variables;
use crate::text::Text;

/// `name` of the last file that has one, or `COMPOSE_PROJECT_NAME`, or the name of the project directory.
pub(super) fn of_project(loader: &mut Loader<'_>, spec: &StackSpec, variables: &Variables) -> Text {
    if let Some(variable) = variables.get("COMPOSE_PROJECT_NAME").filter(|variable| !variable.text.is_empty()) {
        if normalize_name(variable.text.as_str()) != variable.text.as_str() {
            let message = "`COMPOSE_PROJECT_NAME` is no project name";
            let problem = Problem::new(ProblemKind::Schema, variable.place, "name", message);
            loader.problems.push(problem.help(
                "a project name has lower-case letters, digits, `-` and `_`, and starts with a letter or a digit",
            ));
        }
        return variable.text.clone();
    }
    let mut name = None;
    for path in &spec.files {
        let Ok(file) = loader.open(path) else { continue };
        let parsed = file.parse(Format::Yaml);
        let document = parsed.document();
        // Its problems are found again, and reported, where the file is loaded.
        let mut problems = Vec::new();
        let mut builder = Builder::new(document, file.id, &mut loader.origins, &mut problems);
        let written = document.roots().iter().filter_map(|root| written_name(&mut builder, document, *root));
        name = written.last().or(name);
    }
    if let Some(name) = name {
        let (mut problems, mut unset) = (Vec::new(), Vec::new());
        let origins = &mut loader.origins;
        let name = Interpolator { variables, origins, problems: &mut problems, unset: &mut unset }.text(&name, "name");
        if name.is_empty() {
            let place = name.source().map(|(place, _)| place).or_else(|| name.unset().next());
            loader.problems.push(Problem::new(ProblemKind::Schema, place, "name", "the project name is empty"));
        }
        let normal = normalize_name(name.as_str());
        if normal == name.as_str() && !normal.is_empty() {
            return name;
        }
        if !normal.is_empty() {
            let source = name.source();
            let origin = source.map_or(OriginId::WRITTEN, |(_, origin)| origin);
            return Text::derived(&normal, source.map(|(place, _)| place), origin);
        }
    }
    let directory = spec.directory.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    Text::from_nowhere(&normalize_name(&directory), OriginId::WRITTEN)
}

/// The `name` of a document: its own one, or what a merge key brings. One without a value does not count.
fn written_name(builder: &mut Builder<'_>, document: &Document, root: NodeId) -> Option<Text> {
    let mut value = |key| {
        let entry = document.entries(root).iter().rfind(|entry| document.scalar(entry.key) == Some(key))?;
        Some(builder.value(entry.value))
    };
    let name = value("name").or_else(|| {
        let merged = value("<<")?;
        let mut merged = std::iter::once(&merged).chain(merged.items());
        merged.find_map(|merged| merged.get("name")).cloned()
    });
    name.as_ref().and_then(Value::as_text).filter(|name| !name.is_empty()).cloned()
}

/// A project name holds lower-case letters, digits, `-` and `_`, and starts with a letter or digit.
fn normalize_name(name: &str) -> String {
    let kept = |letter: &char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '_');
    name.to_lowercase().chars().filter(kept).collect::<String>().trim_start_matches(['-', '_']).to_owned()
}
