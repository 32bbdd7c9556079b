//! Attributes that Docker Compose knows, and values that are of another kind than theirs.
//!
//! Docker Compose validates after every layer, the layers so far taken together. Nearly all of it a layer shows by
//! itself, while its short syntaxes still are what somebody wrote; what only the layers together show (an attribute left
//! without a value, one that is missing, an item that stands there twice) is looked for in the merged model.

mod table;

use std::borrow::Cow;

use crate::map::HashMap;
use crate::origin::Span;
use crate::stack::attributes::{Attribute, Shape, Unique};
use crate::stack::path::Path;
use crate::stack::problem::{Problem, ProblemKind};
use crate::stack::value::{Data, Directive, Field, Key, Mapping, Scalar, ScalarKind, Value};
use table::{Form, Keys, NO_BOUND, Node, Others, Takes};

/// Checks one document, its variables replaced, before its short syntaxes are brought into their long form.
pub(crate) fn check_document(document: &Value, problems: &mut Vec<Problem>) {
    let root = table::root();
    Written { problems }.value(document, None, &root.takes, Some(root), &Path::default());
}

/// Checks what `layer` left in the merged layers so far.
pub(crate) fn check_merged(model: &Value, layer: &Layer, problems: &mut Vec<Problem>) {
    let (root, top) = (table::root(), Path::default());
    let mut merged = Merged { problems };
    for Touched { section, names } in &layer.0 {
        let Some((section, field)) = model.as_mapping().and_then(|model| model.get_key_value(section)) else {
            continue;
        };
        let Some(node) = root.children.get(&**section) else { continue };
        let path = top.key(section);
        match (&field.value.data, names) {
            (Data::Mapping(entries), Some(names)) => {
                let takes = node.takes.mapping.as_deref();
                for (name, field) in names.iter().filter_map(|name| entries.get_key_value(name)) {
                    let Some(takes) = takes.filter(|_| node.looks_at(name)) else { continue };
                    merged.field(field, takes, node.any.as_deref(), &path.key(name));
                }
            }
            _ => merged.field(field, &node.takes, Some(node), &path),
        }
    }
}

/// Whether a subject such as `services.db.group_add` names a list in which Docker Compose refuses two equal items, also
/// where two layers bring them.
pub(crate) fn is_distinct_list(subject: &str) -> bool {
    let node = subject.split('.').try_fold(table::root(), |node, key| node.below(key));
    node.is_some_and(|node| node.takes.distinct && node.attribute.unique.is_none())
}

/// What a layer touches: sections, and the names in them. A stack of many layers is not checked as a whole after each.
#[derive(Debug)]
pub(crate) struct Layer(Vec<Touched>);

/// A section that a layer touches.
#[derive(Debug)]
struct Touched {
    section: Key,
    /// The names in it, if it is a mapping.
    names: Option<Vec<Key>>,
}

impl Layer {
    /// What a document touches.
    pub(crate) fn of(document: &Value) -> Self {
        let names = |field: &Field| field.value.as_mapping().map(|entries| entries.keys().cloned().collect());
        let touched = |(section, field): (&str, &Field)| Touched { section: section.into(), names: names(field) };
        Self(document.fields().map(touched).collect())
    }
}

impl Node {
    fn below(&self, key: &str) -> Option<&Self> {
        self.children.get(key).or(self.any.as_deref())
    }

    /// Whether what stands under `key` is looked at.
    fn looks_at(&self, key: &str) -> bool {
        match self.keys {
            Keys::Any | Keys::NoExtensions | Keys::Names => true,
            Keys::NamesOrOthers => is_name(key),
            Keys::LettersOrOthers => !key.is_empty() && key.bytes().all(|letter| letter.is_ascii_lowercase()),
        }
    }

    fn knows(&self, key: &str) -> bool {
        self.children.contains_key(key)
            || match self.others {
                Others::Extensions => key.starts_with("x-"),
                Others::None => false,
                Others::Any => true,
            }
    }
}

/// What is special about a value of that node.
fn attribute_of(node: Option<&Node>) -> Attribute {
    node.map(|node| node.attribute).unwrap_or_default()
}

fn is_name(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, b'.' | b'_' | b'-'))
}

/// The check of a document by itself.
struct Written<'a> {
    problems: &'a mut Vec<Problem>,
}

impl Written<'_> {
    fn value(&mut self, value: &Value, key: Option<Span>, takes: &Takes, node: Option<&Node>, path: &Path<'_>) {
        // What is reset never gets as far, and what recovery left of a value may have any shape.
        if value.directive == Some(Directive::Reset) || value.repaired || takes.anything {
            return;
        }
        match &value.data {
            // A layer may have a value for it.
            Data::Null => {}
            Data::Scalar(scalar) => {
                if takes.scalar(scalar) {
                    self.scalar(value, scalar, node, path);
                } else if scalar.kind != ScalarKind::String || attribute_of(node).cast.is_none() {
                    // A string that should be something else, and could not be read as that, is known already.
                    self.other_kind(value, key, takes, path);
                }
            }
            Data::Sequence(items) => match &takes.list {
                Some(item) => self.list(items, item, takes.distinct, node, path),
                None => self.other_kind(value, key, takes, path),
            },
            Data::Mapping(fields) => match (node, &takes.mapping) {
                (Some(node), None) if takes.structure => self.structure(fields, node, path),
                (_, Some(inner)) => self.mapping(fields, inner, node, path),
                _ => self.other_kind(value, key, takes, path),
            },
        }
    }

    fn list(&mut self, items: &[Value], takes: &Takes, distinct: bool, node: Option<&Node>, path: &Path<'_>) {
        for (index, item) in items.iter().enumerate() {
            let path = path.index(index);
            match item.is_null() && !takes.nothing && !item.repaired {
                true => refuse(self.problems, item.place, &path, format!("`{path}` has no value"), None),
                false => {
                    let node = node.and_then(|node| node.any.as_deref());
                    self.value(item, item.place, takes, node, &path);
                }
            }
        }
        // Elsewhere the list is still as it was in the merged model.
        let attribute = attribute_of(node);
        let kept = matches!(attribute.unique, None | Some(Unique::Layered));
        if distinct && kept && attribute.shape.is_some_and(changes_items) {
            refuse_equal_items(items, path, self.problems);
        }
    }

    fn mapping(&mut self, fields: &Mapping, takes: &Takes, node: Option<&Node>, path: &Path<'_>) {
        let keys = node.map(|node| node.keys).unwrap_or_default();
        // Docker Compose says nothing about the keys of these.
        let numeric = takes.number || takes.written_integer;
        let open = takes.anything || (numeric && !(takes.nothing && takes.boolean));
        // They become a list, whose items no layer replaces.
        let hosts = attribute_of(node).shape == Some(Shape::ExtraHosts);
        for (name, field) in fields {
            let below = path.key(name);
            if (keys == Keys::Names && !is_name(name)) || (name.is_empty() && !open) {
                let message = match name.is_empty() {
                    true => format!("a key of `{path}` is empty"),
                    false => format!("`{name}` is no name: it takes letters, digits, `.`, `_` and `-`"),
                };
                refuse(self.problems, field.key.or(field.value.place), &below, message, None);
            } else if keys == Keys::NoExtensions && name.starts_with("x-") && field.value.directive.is_none() {
                let message = format!("`{name}` starts with `x-`, which Docker Compose does not take here");
                refuse(self.problems, field.key.or(field.value.place), &below, message, None);
            } else if hosts && field.value.is_null() && field.value.directive.is_none() && !field.value.repaired {
                let message = format!("`{below}` has no value");
                refuse(self.problems, field.key.or(field.value.place), &below, message, Some(EMPTY));
            } else if node.is_none_or(|node| node.looks_at(name)) {
                let node = node.and_then(|node| node.any.as_deref());
                self.value(&field.value, field.key, takes, node, &below);
            } else if keys == Keys::LettersOrOthers {
                self.other_limit(field, takes, node.and_then(|node| node.any.as_deref()), &below);
            }
        }
    }

    /// A limit whose name the schema does not know. It is a number or a mapping all the same.
    fn other_limit(&mut self, field: &Field, takes: &Takes, node: Option<&Node>, path: &Path<'_>) {
        let value = &field.value;
        let fits = match &value.data {
            Data::Null | Data::Mapping(_) => true,
            Data::Scalar(scalar) => match scalar.kind {
                ScalarKind::Int => true,
                // What cannot be cast is known already.
                ScalarKind::String => attribute_of(node).cast.is_some(),
                _ => false,
            },
            Data::Sequence(_) => false,
        };
        if !fits && !value.repaired && value.directive != Some(Directive::Reset) {
            self.other_kind(value, field.key, takes, path);
        }
    }

    fn structure(&mut self, fields: &Mapping, node: &Node, path: &Path<'_>) {
        for (name, field) in fields {
            let path = path.key(name);
            match node.children.get(&**name) {
                Some(node) => self.value(&field.value, field.key, &node.takes, Some(node), &path),
                None if node.knows(name) || field.value.directive == Some(Directive::Reset) => {}
                None => {
                    let message = format!("`{name}` is no attribute that Docker Compose knows here");
                    let help = match suggestion(name, node) {
                        Some(known) => format!("did you mean `{known}`?"),
                        None if node.others == Others::None => "correct the name, or remove it".to_owned(),
                        None => "correct the name, or start it with `x-` if it is your own".to_owned(),
                    };
                    let place = field.key.or(field.value.place);
                    let problem = Problem::new(ProblemKind::UnknownAttribute, place, &path.to_string(), message);
                    self.problems.push(problem.help(help));
                }
            }
        }
    }

    /// A scalar of the right kind.
    fn scalar(&mut self, value: &Value, scalar: &Scalar, node: Option<&Node>, path: &Path<'_>) {
        let Some(node) = node else { return };
        let text = scalar.text.as_str();
        if scalar.text.is_unknown() {
            return;
        }
        if let Some(choices) = node.choices
            && !choices.split_ascii_whitespace().any(|choice| choice == text)
        {
            let choices: Vec<_> = choices.split_ascii_whitespace().map(|choice| format!("`{choice}`")).collect();
            let message = match choices.as_slice() {
                [only] => format!("`{path}` takes {only} or a list"),
                several => format!("`{path}` takes one of {}", several.join(", ")),
            };
            refuse(self.problems, value.place, path, message, None);
        }
        if let Some((least, most)) = node.range
            && scalar.kind != ScalarKind::String
            && let Ok(number) = text.parse::<f64>()
            && (number < least as f64 || (most != NO_BOUND && number >= most as f64 + 1.0))
        {
            let message = match most {
                most if most >= i64::MAX.into() => format!("`{path}` takes a number from {least} on"),
                most => format!("`{path}` takes a number from {least} to {most}"),
            };
            refuse(self.problems, value.place, path, message, None);
        }
        let message = match node.form {
            Some(Form::ContainerName) if !holds_container_name(text) => {
                "takes a name of at least two letters, digits, `_`, `.` or `-`"
            }
            Some(Form::PullPolicy) if !holds_pull_policy(text) => {
                "takes `always`, `missing`, `never`, `build`, `refresh`, `daily`, `weekly` or `every_` and a duration"
            }
            _ => return,
        };
        refuse(self.problems, value.place, path, format!("`{path}` {message}"), None);
    }

    fn other_kind(&mut self, value: &Value, key: Option<Span>, takes: &Takes, path: &Path<'_>) {
        let message = format!("`{path}` takes {}", takes.in_words());
        let quotes = takes.string && matches!(value.data, Data::Scalar(_));
        let place = match &value.data {
            Data::Scalar(_) => value.place.or(key),
            _ => key.or(value.place),
        };
        refuse(self.problems, place, path, message, quotes.then_some("put the value in quotes"));
    }
}

/// The attribute of a structure that somebody may have meant.
fn suggestion<'a>(name: &str, node: &'a Node) -> Option<&'a str> {
    let close = |known: &&str| strsim::damerau_levenshtein(name, known) <= 1 + name.len() / 6;
    let mut close: Vec<&str> = node.children.keys().copied().filter(|known| close(known)).collect();
    close.sort_by_key(|known| (strsim::damerau_levenshtein(name, known), *known));
    close.first().copied()
}

/// Docker Compose looks for a stretch that could be a name, wherever it stands.
fn holds_container_name(text: &str) -> bool {
    let follows = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'_' | b'.' | b'-');
    let bytes = text.as_bytes();
    let mut pairs = bytes.iter().zip(bytes.iter().skip(1));
    pairs.any(|(first, next)| first.is_ascii_alphanumeric() && follows(*next))
}

/// The same for the policies.
fn holds_pull_policy(text: &str) -> bool {
    const POLICIES: [&str; 8] = ["always", "never", "build", "if_not_present", "missing", "refresh", "daily", "weekly"];
    let every = |(at, word): (usize, &str)| {
        let rest = text.get(at + word.len()..).unwrap_or_default();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0 && rest.as_bytes().get(digits).is_some_and(|unit| b"wdhms".contains(unit))
    };
    POLICIES.iter().any(|policy| text.contains(policy)) || text.match_indices("every_").any(every)
}

/// The check of layers together.
struct Merged<'a> {
    problems: &'a mut Vec<Problem>,
}

impl Merged<'_> {
    fn field(&mut self, field: &Field, takes: &Takes, node: Option<&Node>, path: &Path<'_>) {
        if field.value.is_null() && !takes.nothing && !takes.anything && !field.value.repaired {
            let message = format!("`{path}` has no value");
            refuse(self.problems, field.key.or(field.value.place), path, message, Some(EMPTY));
        }
        self.value(&field.value, takes, node, path);
    }

    fn value(&mut self, value: &Value, takes: &Takes, node: Option<&Node>, path: &Path<'_>) {
        let Some(node) = node.filter(|node| node.shows_merged && !value.repaired) else { return };
        match &value.data {
            Data::Null | Data::Scalar(_) => {}
            Data::Sequence(items) => {
                if let Some(takes) = takes.list.as_deref() {
                    for (index, item) in items.iter().enumerate() {
                        self.value(item, takes, node.any.as_deref(), &path.index(index));
                    }
                }
                if takes.distinct && node.attribute.unique.is_none() {
                    refuse_equal_items(items, path, self.problems);
                }
            }
            Data::Mapping(fields) => match &takes.mapping {
                None if takes.structure => {
                    // Layers show nothing of a single value that is there.
                    let is_single = |field: &Field| matches!(field.value.data, Data::Scalar(_));
                    for (name, field) in fields.iter().filter(|(_, field)| !is_single(field)) {
                        if let Some(below) = node.children.get(&**name) {
                            self.field(field, &below.takes, Some(below), &path.key(name));
                        }
                    }
                    for name in node.required.split_ascii_whitespace().filter(|name| !fields.contains_key(*name)) {
                        refuse(self.problems, value.place, path, format!("`{path}` needs `{name}`"), None);
                    }
                }
                Some(inner) => {
                    for (name, field) in fields {
                        // A limit of any name has a value.
                        let limit = node.keys == Keys::LettersOrOthers && field.value.is_null();
                        if limit || node.looks_at(name) {
                            self.field(field, inner, node.below(name), &path.key(name));
                        }
                    }
                }
                None => {}
            },
        }
    }
}

impl Takes {
    fn scalar(&self, scalar: &Scalar) -> bool {
        match scalar.kind {
            ScalarKind::String => self.string,
            ScalarKind::Bool => self.boolean,
            ScalarKind::Int => self.integer || self.number || self.written_integer,
            ScalarKind::Float => self.number || (self.integer && is_whole(scalar.text.as_str())),
            ScalarKind::Timestamp => false,
        }
    }

    fn in_words(&self) -> String {
        let single = match self {
            Self { boolean: true, integer: false, number: false, .. } => "`true` or `false`",
            Self { boolean: true, .. } => "a string, a number or a boolean",
            Self { number: true, .. } => "a number",
            Self { integer: true, .. } | Self { written_integer: true, .. } => "a whole number",
            Self { string: true, .. } => "a string",
            _ => "",
        };
        let mapping = if self.structure || self.mapping.is_some() { "a mapping" } else { "" };
        let of_strings = |takes: &Self| {
            takes.string
                && !takes.number
                && !takes.integer
                && !takes.written_integer
                && !takes.boolean
                && !takes.structure
        };
        let list = match self.list.as_deref() {
            Some(takes) if of_strings(takes) => "a list of strings",
            Some(_) => "a list",
            None => "",
        };
        let words: Vec<&str> = [single, mapping, list].into_iter().filter(|words| !words.is_empty()).collect();
        match words.as_slice() {
            [before @ .., last] if !before.is_empty() => format!("{} or {last}", before.join(", ")),
            _ => words.concat(),
        }
    }
}

fn is_whole(number: &str) -> bool {
    number.parse::<f64>().is_ok_and(|number| number.fract() == 0.0)
}

/// Lists in whose canonical form equal items can no longer be seen.
fn changes_items(shape: Shape) -> bool {
    use Shape::{Contexts, DependsOn, Environment, ExtraHosts, Labels, NamedList};
    matches!(shape, NamedList | DependsOn | Environment | Contexts | Labels | ExtraHosts)
}

fn refuse_equal_items(items: &[Value], path: &Path<'_>, problems: &mut Vec<Problem>) {
    let mut seen: HashMap<(&str, ScalarKind), Option<Span>> = HashMap::default();
    for item in items {
        let Data::Scalar(Scalar { text, kind, .. }) = &item.data else { continue };
        let Some(first) = seen.insert((text.as_str(), *kind), item.place) else { continue };
        let layered = matches!((first, item.place), (Some(first), Some(place)) if first.file != place.file);
        let (kind, help) = match layered {
            true => (ProblemKind::DuplicateItem, "Docker Compose adds up the lists of layers here: remove this one"),
            false => (ProblemKind::Schema, "remove one of the two"),
        };
        let subject = path.to_string();
        let message = format!("`{subject}` has the same item twice");
        problems.push(Problem::new(kind, item.place, &subject, message).help(help).related("the same item", first));
    }
}

fn refuse(
    problems: &mut Vec<Problem>,
    place: Option<Span>,
    path: &Path<'_>,
    message: String,
    help: Option<&'static str>,
) {
    let mut problem = Problem::new(ProblemKind::Schema, place, &path.to_string(), message);
    problem.help = help.map(Cow::Borrowed);
    problems.push(problem);
}

const EMPTY: &str = "give it a value, or remove the key; Docker Compose refuses a key without a value here";
