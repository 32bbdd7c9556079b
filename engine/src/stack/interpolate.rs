//! `${NAME}` and its forms replaced by their values, and strings cast to the type their attribute has.

use std::fmt::Display;
use std::ops::Range;

use stacklint_parsers::interpolation::{self, Operator, Part, Template};

use crate::origin::{OriginId, Origins, Role, Span, Step};
use crate::stack::attributes::{Cast, Cursor};
use crate::stack::path::Path;
use crate::stack::problem::{Problem, ProblemKind};
use crate::stack::value::{Data, Key, Scalar, ScalarKind, Value};
use crate::stack::variables::{Variable, Variables};
use crate::text::{PieceKind, Text};

/// How long one value may become: variables that double each other grow exponentially with their number.
const LENGTH_LIMIT: usize = 1 << 20;

/// Replaces variables.
#[derive(Debug)]
pub(crate) struct Interpolator<'a> {
    /// The variables in scope.
    pub(crate) variables: &'a Variables,
    /// Where the ways of the pieces are kept.
    pub(crate) origins: &'a mut Origins,
    /// What Docker Compose refuses.
    pub(crate) problems: &'a mut Vec<Problem>,
    /// Variables that nothing sets and that have no default, with the place of their use.
    pub(crate) unset: &'a mut Vec<(Key, Span)>,
}

/// Whether what stands behind an operator counts: in the place of the variable, or as the reason why it is refused.
pub(crate) fn takes_operand(operator: Option<Operator>, known: Option<&Variable>) -> bool {
    let is_empty = known.is_none_or(|known| known.text.is_empty() && !known.unknown);
    match operator {
        Some(Operator::DefaultIfUnsetOrEmpty | Operator::RequiredNonEmpty) => is_empty,
        Some(Operator::DefaultIfUnset | Operator::Required) => known.is_none(),
        Some(Operator::AlternateIfNonEmpty) => !is_empty,
        Some(Operator::AlternateIfSet) => known.is_some(),
        None => false,
    }
}

impl Interpolator<'_> {
    /// Replaces the variables in all strings of a tree and casts the results. Keys stay as they are.
    pub(crate) fn tree(&mut self, value: &mut Value, cursor: Cursor, path: &Path<'_>) {
        match &mut value.data {
            Data::Null => {}
            Data::Scalar(scalar) => {
                if scalar.kind == ScalarKind::String {
                    if scalar.text.as_str().as_bytes().contains(&b'$') {
                        let written = std::mem::take(&mut scalar.text);
                        let parsed = interpolation::parse(written.as_str());
                        scalar.text = self.parsed(&written, &parsed, path);
                        scalar.fallback = self.fallback(&written, &parsed).filter(|other| **other != scalar.text);
                    }
                    let attribute = cursor.attribute();
                    if let Some(cast) = attribute.cast {
                        self.cast(scalar, cast, attribute.late, value.place, path);
                    }
                }
            }
            Data::Sequence(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.tree(item, cursor.item(), &path.index(index));
                }
            }
            Data::Mapping(mapping) => {
                for (key, field) in mapping {
                    self.tree(&mut field.value, cursor.key(key), &path.key(key));
                }
            }
        }
    }

    /// The text with every default in it taken, if it has one.
    fn fallback(&mut self, written: &Text, parsed: &Template) -> Option<Box<Text>> {
        let text = written.as_str();
        let is_bare = |part: &Part| !matches!(part, Part::Variable(variable) if variable.operator.is_some());
        if parsed.parts.iter().all(is_bare) {
            return None;
        }
        let has_default = parsed.variables().any(|variable| {
            let defaults =
                matches!(variable.operator, Some(Operator::DefaultIfUnset | Operator::DefaultIfUnsetOrEmpty));
            let name = text.get(usize_range(&variable.name)).unwrap_or_default();
            // Without a value it is taken anyway.
            defaults && self.variables.get(name).is_some_and(|known| !known.text.is_empty())
        });
        if !has_default {
            return None;
        }
        let (mut problems, mut unset) = (Vec::new(), Vec::new());
        let none = Variables::default();
        let mut bare =
            Interpolator { variables: &none, origins: self.origins, problems: &mut problems, unset: &mut unset };
        let mut fallback = Text::default();
        bare.parts(written, &parsed.parts, &"", &mut fallback);
        Some(Box::new(fallback))
    }

    /// A text with its variables replaced. What cannot be replaced stays as it is.
    pub(crate) fn text(&mut self, text: &Text, subject: &str) -> Text {
        self.parsed(text, &interpolation::parse(text.as_str()), &subject)
    }

    /// The same for a text that was taken apart. What it belongs to is only spelled out where something is wrong.
    fn parsed(&mut self, text: &Text, parsed: &Template, subject: &dyn Display) -> Text {
        for error in &parsed.errors {
            let place = text.source_of(usize_range(&error.range)).map(|(place, _)| place);
            let kind = match error.kind {
                interpolation::ErrorKind::TooDeep => ProblemKind::OverLimit,
                _ => ProblemKind::Interpolation,
            };
            self.problems.push(
                Problem::new(kind, place, &subject.to_string(), error.kind.to_string())
                    .help("write `$$` for a dollar sign that is meant literally; Docker Compose refuses the file"),
            );
        }
        let mut result = Text::default();
        self.parts(text, &parsed.parts, subject, &mut result);
        if result.as_str().len() > LENGTH_LIMIT {
            let place = text.source().map(|(place, _)| place);
            let message =
                format!("variables make this value longer than {} KiB; it is left as written", LENGTH_LIMIT >> 10);
            self.problems.push(Problem::new(ProblemKind::OverLimit, place, &subject.to_string(), message));
            return text.clone();
        }
        result
    }

    fn parts(&mut self, text: &Text, parts: &[Part], subject: &dyn Display, result: &mut Text) {
        for part in parts {
            if result.as_str().len() > LENGTH_LIMIT {
                return;
            }
            match part {
                Part::Literal(range) | Part::Invalid(range) => result.append_slice(text, usize_range(range)),
                Part::Escape(range) => {
                    let source = text.source_of(usize_range(range));
                    let origin = source.map_or(OriginId::WRITTEN, |(_, origin)| origin);
                    result.push("$", source.map(|(place, _)| place), PieceKind::Derived, origin);
                }
                Part::Variable(variable) => self.variable(text, variable, subject, result),
            }
        }
    }

    fn variable(&mut self, text: &Text, variable: &interpolation::Variable, subject: &dyn Display, result: &mut Text) {
        let name = text.as_str().get(usize_range(&variable.name)).unwrap_or_default();
        let site = text.source_of(usize_range(&variable.range));
        let place = site.map(|(place, _)| place);
        let known = self.variables.get(name);
        let operand_wanted = takes_operand(variable.operator, known);
        // Docker Compose evaluates an operand whether it is used or not: a faulty one refuses the file either way.
        let mut operand = Text::default();
        self.parts(text, &variable.operand, subject, &mut operand);
        match variable.operator {
            Some(Operator::RequiredNonEmpty | Operator::Required) if operand_wanted => {
                let state = if known.is_some() { "empty" } else { "not set" };
                let message = format!("the required variable `{name}` is {state}");
                self.problems.push(
                    Problem::new(ProblemKind::RequiredVariable, place, &subject.to_string(), message)
                        .help("set it in `.env`, or name the file that sets it with `--env-file`"),
                );
                result.push("", place, PieceKind::Required, OriginId::WRITTEN);
            }
            Some(
                Operator::DefaultIfUnsetOrEmpty
                | Operator::DefaultIfUnset
                | Operator::AlternateIfNonEmpty
                | Operator::AlternateIfSet,
            ) if operand_wanted => {
                if operand.is_empty() {
                    let at = text.source_of(usize_range(&variable.operand_range)).map(|(place, _)| place);
                    operand.push("", at.or(place), PieceKind::Derived, OriginId::WRITTEN);
                }
                let step = Step { role: Role::Default, place, lost: None };
                result.append_after(&operand, |origin| self.origins.push(origin, step));
            }
            Some(Operator::AlternateIfNonEmpty | Operator::AlternateIfSet) => {
                result.push("", place, PieceKind::Derived, OriginId::WRITTEN);
            }
            _ => match known {
                Some(known) if known.unknown => {
                    let spelled = format!("${{{name}}}");
                    result.push(&spelled, place, PieceKind::Unknown, OriginId::WRITTEN);
                }
                Some(known) => {
                    let step = Step { role: Role::Interpolated, place, lost: None };
                    let mut next = |origin| self.origins.push(origin, step);
                    match known.text.is_empty() {
                        true => result.push("", known.place, PieceKind::Derived, next(OriginId::WRITTEN)),
                        false => result.append_after(&known.text, next),
                    }
                }
                None => {
                    self.unset.extend(place.map(|place| (name.into(), place)));
                    result.push("", place, PieceKind::Unset, OriginId::WRITTEN);
                }
            },
        }
    }

    /// Casts a string to the type of its attribute, as Docker Compose does after replacing variables.
    fn cast(&mut self, scalar: &mut Scalar, cast: Cast, late: bool, place: Option<Span>, path: &Path<'_>) {
        let text = scalar.text.as_str();
        let (kind, spelling) = match cast {
            Cast::Bool => (ScalarKind::Bool, boolean(text).map(|value| value.to_string())),
            Cast::Int | Cast::Unsigned => (ScalarKind::Int, integer(text)),
            Cast::Float => {
                (ScalarKind::Float, text.parse::<f64>().ok().filter(|_| !text.is_empty()).map(super::scalar::float))
            }
        };
        let Some(spelling) = spelling else {
            if scalar.text.is_unknown() || late {
                return;
            }
            self.problems.push(uncastable(scalar, cast, place, path));
            return;
        };
        if cast == Cast::Bool && !text.eq_ignore_ascii_case(&spelling) {
            let message = format!("`{path}` is `{text}`, which YAML 1.2 does not take for a boolean");
            let problem = Problem::new(ProblemKind::DeprecatedForm, place, &path.to_string(), message);
            self.problems.push(problem.help(format!("write `{spelling}`")));
        }
        scalar.kind = kind;
        if spelling != text {
            let (place, origin) = match scalar.text.source() {
                Some((place, origin)) => (Some(place), origin),
                None => (place, OriginId::WRITTEN),
            };
            scalar.text = Text::derived(&spelling, place, origin);
        }
    }
}

/// What is wrong with a string that cannot be cast to the type of its attribute.
pub(crate) fn uncastable(scalar: &Scalar, cast: Cast, place: Option<Span>, path: &Path<'_>) -> Problem {
    let wanted = match cast {
        Cast::Bool => "`true` or `false`",
        Cast::Int | Cast::Unsigned => "a whole number",
        Cast::Float => "a number",
    };
    let message = match scalar.text.unset().next() {
        Some(_) => format!("`{path}` takes {wanted}; its variable is not set, which leaves nothing"),
        None => format!("`{path}` takes {wanted}"),
    };
    Problem::new(ProblemKind::Schema, place, &path.to_string(), message)
}

fn usize_range(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

/// What Docker Compose takes for a boolean in a string, in any case.
fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "y" | "yes" | "on" => Some(true),
        "false" | "n" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Go's `strconv.Atoi`: decimal digits with an optional sign.
fn integer(text: &str) -> Option<String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let decimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    decimal.then(|| text.parse::<i64>().ok()).flatten().map(|value| value.to_string())
}
