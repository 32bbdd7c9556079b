//! Files that define settings by themselves: env files, and the configuration files of programs.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use stacklint_parsers::Format;

use super::{
    Collector, Definition, Fallback, Secret, Site, Surroundings, Template, has_variable_of, is_public_half, is_whole,
};
use crate::application::{self, Configuration};
use crate::origin::Span;
use crate::secrets::{Neighbour, NeighbourKind, Verdict};
use crate::source::SourceFile;
use crate::stack::value::{Data, Scalar, Value};
use crate::stack::{Service, Stack};
use crate::template::{is_template, template_of};
use crate::text::Text;

/// A configuration file while its settings are collected.
struct File<'a> {
    layer: &'a application::Layer,
    template: Option<Arc<Template>>,
    service: Option<Service<'a>>,
}

impl<'a> Collector<'a, '_> {
    /// The entries of an env file. Their variables are replaced if a stack uses the file for interpolation; elsewhere the
    /// service that loads it has the effective values.
    pub(super) fn env_file(&mut self, file: &Arc<SourceFile>, format: Format, stack: Option<&Stack>) {
        let parsed = file.parse(format);
        let Some(dotenv) = parsed.as_dotenv() else { return };
        let around = Surroundings::none(Site::EnvFile);
        // Looked at only for the few names that are half a pair.
        let has = |name: &str| dotenv.entries.iter().any(|entry| &*entry.name == name);
        let template = self.template(file);
        for entry in &dotenv.entries {
            let Some(node) = entry.value else { continue };
            let place = Span { file: file.id, range: dotenv.document.node(node).range };
            let resolved = stack
                .and_then(|stack| stack.variables.get(&entry.name))
                .filter(|variable| variable.place == Some(place))
                .map(|variable| variable.text.clone());
            let text = resolved.unwrap_or_else(|| Text::from_scalar(&dotenv.document, file.id, node));
            let template = template.as_ref().and_then(|values| values.get(&entry.name)).map(String::as_str);
            let key = if is_public_half(&entry.name, has) { "" } else { &entry.name };
            let secrets = self.judge(key, &text, &around, template);
            if !secrets.is_empty() {
                let subject = format!("{}:{}", file.name, entry.name);
                self.push(&around, Cow::Owned(entry.name.to_string()), Cow::Owned(text), subject, secrets);
            }
        }
    }

    /// The values of the template beside a file, if there is one.
    fn template(&mut self, file: &SourceFile) -> Option<Arc<Template>> {
        if is_template(&file.name) {
            return None;
        }
        if let Some(known) = self.templates.get(&file.id) {
            return Some(Arc::clone(known));
        }
        let values = Arc::new(self.read_template(file)?);
        self.templates.insert(file.id, Arc::clone(&values));
        Some(values)
    }

    fn read_template(&self, file: &SourceFile) -> Option<Template> {
        let template = template_of(&file.path, self.sources.vfs())?;
        let template = self.sources.open(&template).ok()?;
        if crate::discover::loose_kind(&file.name).is_none_or(|kind| kind != crate::discover::LooseKind::Env) {
            return Some(application::values_of(&template));
        }
        let parsed = template.parse(Format::Dotenv);
        let dotenv = parsed.as_dotenv()?;
        let value =
            |entry: &stacklint_parsers::dotenv::Entry| Some((entry.name.clone(), dotenv.value(entry)?.to_owned()));
        Some(dotenv.entries.iter().filter_map(value).collect())
    }

    /// The variable whose value stands at `place`, if the file is an env file.
    pub(super) fn definition(&self, file: &SourceFile, place: Span) -> Option<Definition> {
        let parsed = file.parse(*self.env_files.get(&file.id)?);
        let dotenv = parsed.as_dotenv()?;
        let value =
            |entry: &stacklint_parsers::dotenv::Entry| entry.value.map(|value| dotenv.document.node(value).range);
        // Entries stand in order, and a file may define a secret in each of very many.
        let start = |entry: &stacklint_parsers::dotenv::Entry| dotenv.document.node(entry.key).range.start;
        let behind = dotenv.entries.partition_point(|entry| start(entry) <= place.range.start);
        let entry = dotenv.entries.get(behind.checked_sub(1)?)?;
        value(entry).filter(|value| value.contains(place.range))?;
        let is_whole = value(entry).is_some_and(|value| is_whole(value.of(&file.text), place.range.of(&file.text)));
        Some(Definition { file: file.name.clone(), name: entry.name.to_string(), is_whole })
    }

    /// A template that a stack loads is no template any more: its values are what runs.
    pub(super) fn is_only_template(&self, file: &SourceFile) -> bool {
        is_template(&file.name) && !self.env_files.contains_key(&file.id) && !self.mounted.contains(&file.id)
    }

    /// The values of a program's configuration files. Each layer is judged: a secret is written down in it even where a
    /// higher one wins. What a higher layer takes the place of, or stands in a section that is switched off, is not what the program runs with.
    pub(super) fn configuration(&mut self, configuration: &'a Configuration, service: Option<Service<'a>>) {
        let mut around = service.map_or_else(|| Surroundings::none(Site::File), Surroundings::of);
        around.site = Site::File;
        for layer in &configuration.layers {
            let file = layer.file.and_then(|id| self.sources.file(id)).filter(|file| file.name == layer.name);
            let template = file.and_then(|file| self.template(&file));
            let file = File { layer, template, service };
            for document in &layer.documents {
                self.section(document, &mut String::new(), &file, &mut around);
            }
        }
    }

    fn section(&mut self, value: &'a Value, path: &mut String, file: &File<'a>, around: &mut Surroundings<'a>) {
        match &value.data {
            Data::Null => {}
            Data::Scalar(scalar) => self.file_value(scalar, path, None, file, around),
            Data::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    let length = path.len();
                    let _ = write!(path, "[{index}]");
                    self.section(item, path, file, around);
                    path.truncate(length);
                }
            }
            Data::Mapping(_) => {
                let outer = around.neighbours.len();
                let is_off = value.get("enabled").and_then(Value::as_str).is_some_and(|enabled| enabled == "false");
                let was_off = around.off;
                around.off |= is_off;
                around.neighbours.splice(0..0, beside(value));
                let added = around.neighbours.len() - outer;
                // `- name: DB_PASSWORD` with `value: ...` below it.
                let named = value.get("name").and_then(Value::as_str).filter(|_| value.get("value").is_some());
                for (key, field) in value.fields() {
                    let length = path.len();
                    if length > 0 {
                        path.push('.');
                    }
                    path.push_str(key);
                    match (&field.value.data, named) {
                        (Data::Scalar(scalar), Some(name)) if key == "value" => {
                            self.file_value(scalar, path, Some(name), file, around);
                        }
                        _ => self.section(&field.value, path, file, around),
                    }
                    path.truncate(length);
                }
                around.neighbours.drain(..added);
                around.off = was_off;
            }
        }
    }

    fn file_value(
        &mut self,
        scalar: &'a Scalar,
        path: &str,
        named: Option<&'a str>,
        file: &File<'a>,
        around: &Surroundings<'a>,
    ) {
        let name = named.map_or_else(|| without_indexes(path), str::to_owned);
        // `users` or `value` says nothing without what it belongs to, and what stands further out says nothing of it.
        let key =
            name.rmatch_indices('.').nth(1).map_or(name.as_str(), |(dot, _)| name.get(dot + 1..).unwrap_or(&name));
        let template = file.template.as_ref().and_then(|values| values.get(path)).map(String::as_str);
        let mut secrets = self.judge(key, &scalar.text, around, template);
        // What nothing reads, or what is not the value in the end, is no default that the program runs with.
        if around.off || file.layer.is_overridden(path) {
            let unused =
                |secret: &Secret| matches!(secret.verdict, Verdict::Default | Verdict::Placeholder | Verdict::Empty);
            secrets.retain(|secret| !unused(secret));
        }
        for secret in &mut secrets {
            if secret.fallback.is_some()
                && file.service.is_some_and(|service| has_variable_of(&service, &scalar.text, &secret.text))
            {
                secret.fallback = Some(Fallback::Unused);
            }
        }
        if !secrets.is_empty() {
            let subject = format!("{}:{path}", file.layer.name);
            self.push(around, Cow::Owned(name), Cow::Borrowed(&scalar.text), subject, secrets);
        }
    }
}

/// The names that stand beside a secret in its section.
fn beside(section: &Value) -> Vec<Neighbour<'_>> {
    let kind = |key: &str| {
        let last = key.rsplit(['_', '-', '.']).next().unwrap_or(key).to_ascii_lowercase();
        Some(match last.as_str() {
            "user" | "username" | "login" => NeighbourKind::User,
            "db" | "dbname" | "database" => NeighbourKind::Database,
            "host" | "hostname" => NeighbourKind::Service,
            _ => return None,
        })
    };
    let mut found: Vec<Neighbour<'_>> = section
        .fields()
        .filter_map(|(key, field)| Some(Neighbour { kind: kind(key)?, text: field.value.as_str()? }))
        .take(8)
        .collect();
    // What repeats several of them is said to repeat the user's name first.
    found.sort_by_key(|neighbour| match neighbour.kind {
        NeighbourKind::User => 0,
        NeighbourKind::Database => 1,
        _ => 2,
    });
    found
}

/// `users.password` of `users[0].password`.
fn without_indexes(path: &str) -> String {
    let mut name = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, behind)) = rest.split_once('[') {
        match behind.split_once(']').filter(|(index, _)| index.bytes().all(|byte| byte.is_ascii_digit())) {
            Some((_, behind)) => {
                name.push_str(before);
                rest = behind;
            }
            None => break,
        }
    }
    name.push_str(rest);
    name
}
