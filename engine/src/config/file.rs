//! What a `stacklint.yaml` can say.
//!
//! The doc comments are what an editor shows, by the published schema: write them for users.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

use crate::config::spanned::{Spanned, Table};
use crate::finding::{Confidence, Severity};
use crate::stack::EnvironmentKind;

/// Configuration of stacklint: it holds for the stacks in its directory and below, down to the next such file.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct File {
    /// Other configuration files, relative to this one, that count first; what this file says wins.
    pub extends: Vec<Spanned<String>>,
    /// Run only these rules and families. Without it all run.
    pub select: Option<Vec<Spanned<String>>>,
    /// Do not run these rules and families.
    pub ignore: Vec<Spanned<String>>,
    /// The severity of all findings of a rule or family, in place of what the rule says itself.
    pub severity: Table<Spanned<Severity>>,
    /// Fail on findings of this severity and above; `high` without it.
    pub fail_on: Option<Spanned<Severity>>,
    /// Report findings of this severity and above; `low` without it.
    pub min_severity: Option<Spanned<Severity>>,
    /// Report, and fail on, findings of this confidence and above. Without it all are reported, and those of medium
    /// confidence and above fail.
    pub min_confidence: Option<Spanned<Confidence>>,
    /// What the stacks run for. Without it names and declarations of the stack decide.
    pub environment: Option<Spanned<EnvironmentKind>>,
    /// The stacks, in place of those found by the names of files.
    pub stacks: Option<Vec<Spanned<NamedStack>>>,
    /// Other severities, or none, for parts of files. Of several that match the last one wins.
    pub overrides: Vec<Override>,
    /// Findings that somebody accepted.
    pub ignores: Vec<Spanned<Ignore>>,
    /// What rules ask for, by rule and parameter.
    pub parameters: Table<Table<Spanned<Parameter>>>,
    /// The file of findings that were there before; `stacklint.baseline.json` beside the configuration without it.
    pub baseline: Option<Spanned<String>>,
}

/// A stack as it is started.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NamedStack {
    /// Its name in reports and for `--stack`.
    pub name: Spanned<String>,
    /// Its Compose files, the first layer first.
    pub files: Vec<Spanned<String>>,
    /// The files that define its variables, in place of `.env`.
    #[serde(default)]
    pub env_files: Option<Vec<Spanned<String>>>,
    /// Its active profiles; `*` is all.
    #[serde(default)]
    pub profiles: Vec<String>,
    /// What it runs for.
    #[serde(default)]
    pub environment: Option<Spanned<EnvironmentKind>>,
    /// Variables that the shell supplies.
    #[serde(default)]
    pub variables: Table<String>,
    /// Its project directory; that of the first file without it.
    #[serde(default)]
    pub project_directory: Option<Spanned<String>>,
}

/// Other severities, or none, for findings in some files.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Patterns of files relative to this one, each with a JSON pointer behind `#` if it is about a part of the file:
    /// `deploy/dev/**`, `compose.yaml#/services/mailhog`. They are held against the file that a value comes from.
    pub files: Vec<Spanned<String>>,
    /// The severity of all findings of a rule or family there.
    #[serde(default)]
    pub severity: Table<Spanned<Severity>>,
    /// Rules and families that have nothing to say there.
    #[serde(default)]
    pub ignore: Vec<Spanned<String>>,
}

/// A finding, or several, that somebody accepted.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Ignore {
    /// The rule.
    pub rule: Spanned<String>,
    /// The file, as in `overrides`.
    pub path: Spanned<String>,
    /// Why it is accepted.
    pub reason: Spanned<String>,
    /// The last day on which it is, as YYYY-MM-DD.
    #[serde(default)]
    pub until: Option<Spanned<String>>,
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(untagged))]
pub enum Parameter {
    /// One value.
    One(Scalar),
    /// A list of values.
    Many(Vec<Spanned<Scalar>>),
}

/// A single value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(untagged))]
pub enum Scalar {
    /// `true` or `false`.
    Boolean(bool),
    /// A number.
    Integer(i64),
    /// A text.
    Text(String),
}

// By hand: what serde derives for enums without tags reads a value of any depth before it looks at it, and a few aliases
// make a few lines a billion values.
impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, a number, `true` or `false`")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Integer(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Parameter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ParameterVisitor;

        impl<'de> Visitor<'de> for ParameterVisitor {
            type Value = Parameter;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("text, a number, `true` or `false`, or a list of them")
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Parameter, E> {
                ScalarVisitor.visit_bool(value).map(Parameter::One)
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Parameter, E> {
                ScalarVisitor.visit_i64(value).map(Parameter::One)
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Parameter, E> {
                ScalarVisitor.visit_str(value).map(Parameter::One)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Parameter, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = items.next_element()? {
                    values.push(value);
                }
                Ok(Parameter::Many(values))
            }
        }

        deserializer.deserialize_any(ParameterVisitor)
    }
}
