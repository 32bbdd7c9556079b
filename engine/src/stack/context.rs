//! What a stack runs for: production, development, or nobody knows. Every answer says why.

use std::path::Path;

use stacklint_parsers::Format;

use crate::application::Configuration;
use crate::named::named;
use crate::source::{SourceFile, Sources};
use crate::stack::Stack;

/// What a stack runs for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// The answer.
    pub kind: EnvironmentKind,
    /// What says so, in words; empty if nothing does.
    pub reason: String,
}

/// The kinds of [`Environment`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EnvironmentKind {
    /// Development, test or CI.
    Dev,
    /// Nothing says what for: treated as strictly as production, worded less surely.
    Unknown,
    /// Production.
    Prod,
}

named!(EnvironmentKind: Dev = "dev", Unknown = "unknown", Prod = "prod");

impl Environment {
    /// Nothing says what for.
    #[must_use]
    pub fn unknown() -> Self {
        Self { kind: EnvironmentKind::Unknown, reason: String::new() }
    }

    /// An environment with its reason.
    #[must_use]
    pub fn new(kind: EnvironmentKind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into() }
    }
}

const PROD_NAMES: [&str; 3] = ["prod", "production", "prd"];
const DEV_NAMES: [&str; 8] = ["dev", "development", "devel", "local", "test", "tests", "testing", "ci"];

/// Variables by which programs are told what they run for.
const DECLARATIONS: [&str; 12] = [
    "APP_ENV",
    "APP_ENVIRONMENT",
    "NODE_ENV",
    "RAILS_ENV",
    "RACK_ENV",
    "FLASK_ENV",
    "DJANGO_ENV",
    "MIX_ENV",
    "ASPNETCORE_ENVIRONMENT",
    "DOTNET_ENVIRONMENT",
    "GO_ENV",
    "ENVIRONMENT",
];

/// What a word of a file name or a declaration means.
pub(crate) fn kind_of(word: &str) -> Option<EnvironmentKind> {
    let is_word = |name: &&str| word.eq_ignore_ascii_case(name);
    if PROD_NAMES.iter().any(is_word) {
        Some(EnvironmentKind::Prod)
    } else if DEV_NAMES.iter().any(is_word) {
        Some(EnvironmentKind::Dev)
    } else {
        None
    }
}

/// What the name of a file says, by its words between `.`, `-` and `_`.
#[must_use]
pub fn environment_named(path: &Path) -> Option<EnvironmentKind> {
    path.file_name()?.to_string_lossy().split(['.', '-', '_']).find_map(kind_of)
}

/// The same with its reason; `shown` is the file as reports name it.
fn named(path: &Path, shown: &str) -> Option<Environment> {
    let kind = environment_named(path)?;
    Some(Environment::new(kind, format!("the file name `{shown}` says so")))
}

/// What declarations say; they must agree.
fn agreed(declarations: impl Iterator<Item = (EnvironmentKind, String)>) -> Environment {
    let mut agreed: Option<Environment> = None;
    for (kind, reason) in declarations {
        match &agreed {
            None => agreed = Some(Environment::new(kind, reason)),
            Some(known) if known.kind == kind => {}
            Some(_) => return Environment::unknown(),
        }
    }
    agreed.unwrap_or_else(Environment::unknown)
}

/// What a stack runs for: what somebody said, then the name of a layer or env file, then a declaration in it. The last
/// layer decides, since it is the one put on top for a purpose; declarations must agree.
pub(super) fn infer(stack: &Stack, sources: &Sources) -> Environment {
    if let Some(environment) = &stack.spec.environment {
        return environment.clone();
    }
    let vfs = sources.vfs();
    let env_files = stack.spec.env_files.iter().flatten();
    let mut layers = stack.spec.files.iter().chain(env_files).rev();
    if let Some(environment) = layers.find_map(|path| named(path, &vfs.display(path))) {
        return environment;
    }
    let services = stack.services();
    agreed(services.flat_map(|service| {
        let declared = service.environment().filter_map(|variable| {
            let rank = DECLARATIONS.iter().position(|name| *name == variable.name)?;
            Some((rank, variable.name, kind_of(variable.text()?.as_str())?))
        });
        let mut declared: Vec<_> = declared.collect();
        declared.sort_unstable_by_key(|(rank, ..)| *rank);
        let worded = |(_, name, kind)| (kind, format!("the service `{}` sets `{name}`", service.name));
        declared.into_iter().map(worded).collect::<Vec<_>>()
    }))
}

/// What configuration files outside any stack are for: what the name of a layer says, then a declaration in them.
pub(crate) fn of_configuration(configuration: &Configuration) -> Environment {
    configuration.environment.clone().unwrap_or_else(|| {
        agreed(configuration.settings.iter().filter(|setting| setting.id.ends_with("-env")).filter_map(|setting| {
            let kind = kind_of(setting.value.as_str()?)?;
            let file = configuration.layers.first()?;
            Some((kind, format!("`{}` in `{}` says so", setting.path, file.name)))
        }))
    })
}

/// What an env file outside any stack is for: what its name says, then a declaration in it.
pub(crate) fn of_env_file(file: &SourceFile) -> Environment {
    named(&file.path, &file.name).unwrap_or_else(|| {
        let parsed = file.parse(Format::Dotenv);
        let Some(dotenv) = parsed.as_dotenv() else { return Environment::unknown() };
        let declared = dotenv.entries.iter().filter(|entry| DECLARATIONS.contains(&&*entry.name));
        agreed(declared.filter_map(|entry| {
            let kind = kind_of(dotenv.value(entry)?)?;
            Some((kind, format!("`{}` in `{}` says so", entry.name, file.name)))
        }))
    })
}
