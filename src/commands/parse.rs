//! `parse`: how one file is read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use stacklint_engine::origin::Span;
use stacklint_engine::source::{SourceFile, Sources};
use stacklint_engine::text::Text;
use stacklint_engine::vfs::Vfs;
use stacklint_parsers::dotenv::Dotenv;
use stacklint_parsers::dotenv::loaders::{self, Environment, LoaderAnswer};
use stacklint_parsers::{Document, Format, Node, NodeId, NodeKind, Parsed, ScalarStyle, TextRange};

use crate::cli::ParseArgs;
use crate::commands::answer;
use crate::commands::masking::Masking;
use crate::error::Error;
use crate::exit::Exit;
use crate::formats;
use crate::report::json_text;
use crate::report::location::{Locator, Position};
use crate::report::source_text::{MASK, SourceTexts};

/// Runs the command.
///
/// # Errors
/// If the file cannot be read, or nobody knows what it is.
pub(crate) fn run(args: &ParseArgs) -> Result<Exit, Error> {
    let unknown = || Error::UnknownFormat { path: args.file.clone() };
    let format = args.format.or_else(|| formats::guess(&args.file)).ok_or_else(unknown)?;
    let here = PathBuf::from(".");
    let mut vfs = Vfs::on_disk(&here).map_err(|source| Error::Root { path: here, source })?;
    let path = vfs.absolute(&args.file);
    vfs.admit(&path);
    // The boundary holds the file itself; a link in its directory does not lead outside.
    vfs.allow_outside();
    let sources = Sources::new(vfs);
    let file = sources.open(&path).map_err(|source| Error::Read { path: args.file.clone(), source })?;
    let reader = Reader {
        file: &file,
        locator: Locator::new(&sources),
        masking: Masking::new(SourceTexts::new(&sources), args.show_secrets),
    };
    match &*file.parse(format) {
        parsed @ (Parsed::Yaml(_) | Parsed::PgHba(_) | Parsed::PgHba13(_) | Parsed::PostgresqlConf(_)) => {
            answer(|out| json_text::write(&reader.yaml(parsed.document()), out))?;
        }
        Parsed::Dotenv(dotenv) | Parsed::DotenvRaw(dotenv) => {
            answer(|out| json_text::write(&reader.dotenv(format, dotenv, &args.variables), out))?;
        }
    }
    Ok(Exit::Clean)
}

struct Reader<'a> {
    file: &'a Arc<SourceFile>,
    locator: Locator<'a>,
    masking: Masking<'a>,
}

#[derive(Serialize)]
struct JsonYaml {
    format: &'static str,
    documents: Vec<JsonNode>,
    errors: Vec<JsonSyntaxError>,
}

/// A node. The parser reads no more than 128 levels, so writing them one in the other needs little stack.
#[derive(Serialize)]
struct JsonNode {
    kind: &'static str,
    style: Option<&'static str>,
    tag: Option<String>,
    anchor: Option<String>,
    span: JsonSpan,
    #[serde(flatten)]
    content: JsonContent,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum JsonContent {
    /// The decoded text of a scalar, the name of an alias.
    Value(String),
    Items(Vec<JsonNode>),
    Entries(Vec<JsonEntry>),
}

#[derive(Serialize)]
struct JsonEntry {
    key: JsonNode,
    value: JsonNode,
}

#[derive(Serialize)]
struct JsonSpan {
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct JsonSyntaxError {
    message: String,
    span: JsonSpan,
}

#[derive(Serialize)]
struct JsonDotenv {
    format: &'static str,
    entries: Vec<JsonDotenvEntry>,
    /// What each program makes of the file: its variables, or why it refuses it.
    loaders: BTreeMap<&'static str, JsonLoader>,
}

#[derive(Serialize)]
struct JsonDotenvEntry {
    key: String,
    line: u32,
}

#[derive(Serialize)]
#[serde(untagged)]
enum JsonLoader {
    /// None for a name that python-dotenv knows without a value.
    Variables(BTreeMap<String, Option<String>>),
    /// `docker run --env-file` hands duplicates on.
    List(Vec<String>),
    Refused(String),
}

impl Reader<'_> {
    fn yaml(&self, document: &Document) -> JsonYaml {
        JsonYaml {
            format: Format::Yaml.name(),
            documents: document.roots().iter().map(|root| self.node(document, *root, "")).collect(),
            errors: self.errors(document),
        }
    }

    /// A node under the key it stands at.
    fn node(&self, document: &Document, id: NodeId, key: &str) -> JsonNode {
        let Node { range, kind, tag, anchor, .. } = document.node(id);
        let (kind, style, content) = match kind {
            NodeKind::Scalar(scalar) => {
                let text = Text::from_scalar(document, self.file.id, id);
                let value = self.masking.text(key, &text, |range| text.as_str().get(range).unwrap_or_default().into());
                ("scalar", Some(style(scalar.style)), JsonContent::Value(value))
            }
            NodeKind::Sequence(items) => {
                let items = items.iter().map(|item| self.node(document, *item, key)).collect();
                ("sequence", None, JsonContent::Items(items))
            }
            NodeKind::Mapping(entries) => {
                let entries = entries.iter().map(|entry| {
                    let name = document.scalar(entry.key).unwrap_or_default();
                    JsonEntry { key: self.node(document, entry.key, ""), value: self.node(document, entry.value, name) }
                });
                ("mapping", None, JsonContent::Entries(entries.collect()))
            }
            NodeKind::Alias(name, _) => ("alias", None, JsonContent::Value(name.to_string())),
        };
        JsonNode {
            kind,
            style,
            tag: tag.as_ref().map(|tag| tag.name.to_string()),
            anchor: anchor.as_ref().map(|anchor| anchor.name.to_string()),
            span: self.span(*range),
            content,
        }
    }

    fn dotenv(&self, format: Format, dotenv: &Dotenv, variables: &[(String, String)]) -> JsonDotenv {
        let entries = dotenv.entries.iter().map(|entry| JsonDotenvEntry {
            key: entry.name.to_string(),
            line: self.span(dotenv.document.node(entry.key).range).start.line,
        });
        let environment: Environment = variables.iter().cloned().collect();
        let answers = loaders::answers(dotenv.document.text(), &environment).into_iter();
        JsonDotenv {
            format: format.name(),
            entries: entries.collect(),
            loaders: answers.map(|(loader, answer)| (loader, self.answer(dotenv, answer))).collect(),
        }
    }

    fn answer(&self, dotenv: &Dotenv, answer: LoaderAnswer) -> JsonLoader {
        match answer {
            LoaderAnswer::Variables(variables) => {
                let masked = variables.into_iter().map(|(name, value)| {
                    let value = value.map(|value| self.variable(dotenv, &name, &value));
                    (name, value)
                });
                JsonLoader::Variables(masked.collect())
            }
            LoaderAnswer::List(assignments) => {
                let masked = assignments.into_iter().map(|assignment| match assignment.split_once('=') {
                    Some((name, value)) => format!("{name}={}", self.variable(dotenv, name, value)),
                    None => assignment,
                });
                JsonLoader::List(masked.collect())
            }
            LoaderAnswer::Refused(why) => JsonLoader::Refused(why),
        }
    }

    /// The value of a variable, masked if it is a secret or was made of one: loaders differ in what they make of a line,
    /// so that nothing less than the whole will do.
    fn variable(&self, dotenv: &Dotenv, name: &str, value: &str) -> String {
        let masked = self.masking.string(name, value);
        let written = dotenv.entries.iter().filter(|entry| &*entry.name == name).filter_map(|entry| entry.value);
        let mut texts = written.map(|node| Text::from_scalar(&dotenv.document, self.file.id, node));
        let whole = masked == value && texts.any(|text| self.masking.is_masked_at_source(&text));
        if whole { MASK.to_owned() } else { masked }
    }

    fn errors(&self, document: &Document) -> Vec<JsonSyntaxError> {
        let errors = document.errors().iter();
        errors.map(|error| JsonSyntaxError { message: error.message.clone(), span: self.span(error.range) }).collect()
    }

    fn span(&self, range: TextRange) -> JsonSpan {
        let nowhere = Position { line: 1, column: 1, offset: 0 };
        self.locator.locate(Span { file: self.file.id, range }).map_or(
            JsonSpan { start: nowhere, end: nowhere },
            |location| JsonSpan { start: location.start, end: location.end },
        )
    }
}

fn style(style: ScalarStyle) -> &'static str {
    match style {
        ScalarStyle::Plain => "plain",
        ScalarStyle::SingleQuoted => "single_quoted",
        ScalarStyle::DoubleQuoted => "double_quoted",
        ScalarStyle::Literal => "literal",
        ScalarStyle::Folded => "folded",
    }
}
