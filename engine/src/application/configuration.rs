//! One configuration: its layers, what they come to together, and what the environment makes of it.

use super::names::{self, Index, Likeness};
use super::{From, tree};
use crate::map::{HashSet, IndexMap};
use crate::origin::{FileId, Origins, Role, Span, Step};
use crate::stack::Environment;
use crate::stack::value::{Data, Field, Key, Mapping, Scalar, ScalarKind, Value};

/// What a program reads from its configuration files.
#[derive(Debug)]
pub struct Configuration {
    /// The service whose program reads it; none for files that no stack mounts or builds in.
    pub(crate) service: Option<Key>,
    /// What it is for, where the name of a layer says so.
    pub(crate) environment: Option<Environment>,
    /// Its files, the lowest layer first.
    pub(crate) layers: Vec<Layer>,
    /// The layers over each other, each value with its way.
    pub(crate) tree: Value,
    /// The settings that rules know.
    pub(crate) settings: Vec<FileSetting>,
    /// What variables of the environment take the place of.
    pub(crate) overrides: Vec<Override>,
    /// The ids of known settings that a template beside the files shows, or a comment in them.
    pub(crate) shown: Vec<(&'static str, From)>,
}

/// One file of a configuration.
#[derive(Debug)]
pub(crate) struct Layer {
    /// As reports name it.
    pub(crate) name: String,
    /// The file; that of the Compose file for a text in it.
    pub(crate) file: Option<FileId>,
    /// Its documents.
    pub(crate) documents: Vec<Value>,
    /// The paths of its values that something above takes the place of.
    pub(crate) overridden: HashSet<String>,
}

impl Layer {
    /// Whether something above takes the place of the value at a path.
    pub(crate) fn is_overridden(&self, path: &str) -> bool {
        // Lists take each other's place as a whole.
        let list = path.split('[').next().unwrap_or(path);
        self.overridden.contains(path) || self.overridden.contains(list)
    }
}

/// A setting that rules know, of files.
#[derive(Debug)]
pub(crate) struct FileSetting {
    pub(crate) id: &'static str,
    pub(crate) path: String,
    pub(crate) value: Value,
    pub(crate) key: Option<Span>,
    /// The variable that decides, and how surely it does.
    pub(crate) variable: Option<(Key, Likeness)>,
}

/// A setting of files that a variable of the environment takes the place of, whether rules know it or not.
#[derive(Debug)]
pub(crate) struct Override {
    pub(crate) path: String,
    pub(crate) file: Field,
    pub(crate) name: Key,
    pub(crate) variable: Field,
    /// Nothing where the file itself asks for the variable.
    pub(crate) likeness: Option<Likeness>,
}

/// How deep settings are looked for.
const DEPTH: usize = 12;

impl Configuration {
    /// The configuration that layers make, with an environment over it.
    pub(crate) fn new(
        service: Option<&str>,
        environment: Option<Environment>,
        layers: Vec<Layer>,
        variables: &Environs<'_>,
        origins: &mut Origins,
    ) -> Self {
        let mut tree = Value::new(Data::Mapping(Mapping::default()), None, crate::origin::OriginId::WRITTEN);
        for document in layers.iter().flat_map(|layer| &layer.documents) {
            if document.as_mapping().is_some() && !tree::is_manifest(document) {
                tree::lay_over(&mut tree, document.clone(), origins);
            }
        }
        let mut configuration = Self {
            service: service.map(Into::into),
            environment,
            layers,
            tree,
            settings: Vec::new(),
            overrides: Vec::new(),
            shown: Vec::new(),
        };
        configuration.note_overridden(variables);
        configuration.collect(variables, origins);
        configuration
    }

    /// Notes which values of each layer do not count in the end.
    fn note_overridden(&mut self, variables: &Environs<'_>) {
        let mut above: HashSet<String> = HashSet::default();
        for layer in self.layers.iter_mut().rev() {
            let mut own = Vec::new();
            for document in &layer.documents {
                each_leaf(document, &mut String::new(), 0, &mut |path, _| own.push(path.to_owned()));
            }
            for path in &own {
                if variables.index.find(path).is_some() || above.contains(path) {
                    layer.overridden.insert(path.clone());
                }
            }
            above.extend(own);
        }
    }

    /// The service whose program reads it; none for files that no stack mounts or builds in.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }

    /// The file that says most, as reports name it.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.layers.first().map(|layer| layer.name.as_str())
    }

    /// Its files over each other, without what the environment makes of them.
    #[must_use]
    pub fn tree(&self) -> &Value {
        &self.tree
    }

    /// Calls `seen` with each single value and each list of [`Self::tree`]: the path to it, and its field.
    pub fn each_leaf<'a>(&'a self, mut seen: impl FnMut(&str, &'a Field)) {
        each_leaf(&self.tree, &mut String::new(), 0, &mut seen);
    }

    /// The paths of the values that a variable of the environment takes the place of.
    #[must_use]
    pub fn overridden(&self) -> HashSet<&str> {
        self.overrides.iter().map(|one| one.path.as_str()).collect()
    }

    fn collect(&mut self, variables: &Environs<'_>, origins: &mut Origins) {
        let mut found = Vec::new();
        let mut overrides = Vec::new();
        self.each_leaf(|path, field| {
            overrides.extend(variables.over(path, field));
            let Some(id) = names::known(path) else { return };
            found.push((id, path.to_owned(), field.value.clone(), field.key));
        });
        self.overrides = overrides;
        for (id, path, value, key) in found {
            let decided = variables.index.find(&path).and_then(|(at, likeness)| Some((variables.field(at)?, likeness)));
            let setting = match decided {
                Some(((name, field), likeness)) => {
                    let mut winner = field.value.clone();
                    let step = Step { role: Role::Overrides, place: winner.place, lost: value.place };
                    winner.take_step(origins, step);
                    FileSetting { id, path, value: winner, key: field.key, variable: Some((name.into(), likeness)) }
                }
                None => {
                    let (value, name) = variables.replace(value, origins);
                    let variable = name.map(|name| (name, Likeness::Same));
                    FileSetting { id, path, value, key, variable }
                }
            };
            self.settings.push(setting);
        }
    }
}

impl FileSetting {
    /// Whether a variable of the environment decides it.
    pub(crate) fn is_decided_by(&self, variable: &str) -> bool {
        self.variable.as_ref().is_some_and(|(name, _)| &**name == variable)
    }
}

/// The environment of a program.
#[derive(Debug, Default)]
pub(crate) struct Environs<'a> {
    pub(crate) fields: Vec<(&'a str, &'a Field)>,
    pub(crate) index: Index,
}

impl<'a> Environs<'a> {
    pub(crate) fn of(service: &'a Value, own: &[&str]) -> Self {
        let fields: Vec<_> = service.get("environment").into_iter().flat_map(Value::fields).collect();
        // A variable without a value takes nothing's place.
        let given = fields.iter().map(|(name, field)| if field.value.is_null() { "" } else { *name });
        let index = Index::new(given, own);
        Self { fields, index }
    }

    /// The variable that takes the place of what files say at a path: one that goes by its name, or the one that the file
    /// itself asks for, with a default of its own for the case that it is not there.
    fn over(&self, path: &str, file: &Field) -> Option<Override> {
        let text = file.value.as_text();
        let (asked, default) = text.and_then(|text| placeholder(text.as_str())).unzip();
        let default = text.zip(default.flatten()).map(|(text, part)| Scalar::new(text.slice(part), ScalarKind::String));
        let own = self.fields.iter().find(|(name, field)| Some(*name) == asked && !field.value.is_null()).copied();
        let by_name = || {
            let (at, likeness) = self.index.find(path)?;
            Some((self.field(at)?, Some(likeness)))
        };
        let ((name, variable), likeness) = own.map(|own| (own, None)).or_else(by_name)?;
        let below = match default {
            Some(default) => Value::new(Data::Scalar(default), file.value.place, file.value.origin),
            None => file.value.clone(),
        };
        let (path, name, variable) = (path.to_owned(), name.into(), variable.clone());
        Some(Override { path, file: Field::new(file.key, below), name, variable, likeness })
    }

    fn field(&self, at: usize) -> Option<(&'a str, &'a Field)> {
        self.fields.get(at).copied()
    }

    /// The value that a text such as `${SERVER_MODE:debug}` comes to, as frameworks replace it when they read the file:
    /// the variable's, or the default behind the name. Nothing is known of a variable that the container does not have.
    fn replace(&self, value: Value, origins: &mut Origins) -> (Value, Option<Key>) {
        let Some((name, default)) = value.as_str().and_then(placeholder) else { return (value, None) };
        if let Some((_, field)) = self.fields.iter().find(|(known, field)| *known == name && !field.value.is_null()) {
            let mut used = field.value.clone();
            used.travel(origins, Role::Interpolated, value.place);
            return (used, Some(name.into()));
        }
        let name = name.into();
        match (default, value.as_text()) {
            (Some(default), Some(text)) => {
                let part = text.slice(default);
                let scalar = Scalar::new(part, ScalarKind::String);
                (Value::new(Data::Scalar(scalar), value.place, value.origin), Some(name))
            }
            _ => (value.with(Data::Null), Some(name)),
        }
    }
}

/// The name in `${NAME}`, `${NAME:-default}`, `${NAME:default}` or `$NAME`, where that is the whole text, and where the
/// default stands.
fn placeholder(text: &str) -> Option<(&str, Option<std::ops::Range<usize>>)> {
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-'))
    };
    let inner = match text.strip_prefix("${") {
        Some(rest) => rest.strip_suffix('}')?,
        None => return text.strip_prefix('$').filter(|name| is_name(name)).map(|name| (name, None)),
    };
    if is_name(inner) {
        return Some((inner, None));
    }
    let end = inner.find(':')?;
    let (name, rest) = inner.split_at_checked(end)?;
    let rest = rest.get(1..)?;
    let rest = match rest.as_bytes().first() {
        Some(b'-' | b'=') => rest.get(1..)?,
        Some(b'?') => return is_name(name).then_some((name, None)),
        _ => rest,
    };
    let start = text.len() - 1 - rest.len();
    is_name(name).then_some((name, Some(start..start + rest.len())))
}

/// Calls `seen` with each single value and each list of a tree: the path to it, and its field.
pub(crate) fn each_leaf<'a>(value: &'a Value, path: &mut String, depth: usize, seen: &mut impl FnMut(&str, &'a Field)) {
    if depth > DEPTH {
        return;
    }
    for (key, field) in value.fields() {
        let length = path.len();
        if length > 0 {
            path.push('.');
        }
        path.push_str(key);
        match &field.value.data {
            Data::Mapping(_) => each_leaf(&field.value, path, depth + 1, seen),
            _ => seen(path, field),
        }
        path.truncate(length);
    }
}

/// Puts documents of one profile apart: those that always count, and by profile the others (Spring Boot's
/// `spring.config.activate.on-profile`, and `spring.profiles` before 2.4).
pub(crate) fn by_profile(documents: Vec<Value>) -> (Vec<Value>, IndexMap<String, Vec<Value>>) {
    let mut always = Vec::new();
    let mut profiles: IndexMap<String, Vec<Value>> = IndexMap::default();
    for document in documents {
        match profile(&document) {
            Some(profile) => profiles.entry(profile).or_default().push(document),
            None => always.push(document),
        }
    }
    (always, profiles)
}

fn profile(document: &Value) -> Option<String> {
    let dotted = |path: &str| {
        let glued = document.get(path);
        let mut at = Some(document);
        for part in path.split('.') {
            at = at.and_then(|value| value.get(part));
        }
        glued.or(at).and_then(Value::as_str).map(str::to_owned)
    };
    dotted("spring.config.activate.on-profile").or_else(|| dotted("spring.profiles"))
}
