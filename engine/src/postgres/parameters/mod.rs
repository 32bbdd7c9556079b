//! The parameters of servers, and whether a value is one of them.
//!
//! The table is `parameters.tsv`, recorded from real servers of majors 12 to 18.

mod number;
mod texts;

use std::cmp::Ordering;
use std::sync::OnceLock;

/// The majors that the table knows.
pub const MAJORS: std::ops::RangeInclusive<u32> = 12..=18;

static TABLE: &str = include_str!("parameters.tsv");

/// Names of long ago that servers still take (`map_old_guc_names` of src/backend/utils/misc/guc.c), with the first major.
const OLD_NAMES: &[(&str, &str, u32)] =
    &[("sort_mem", "work_mem", 0), ("ssl_ecdh_curve", "ssl_groups", 18), ("vacuum_mem", "maintenance_work_mem", 0)];

/// A parameter of some majors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Its name, as the server spells it.
    pub name: &'static str,
    /// The first major that these facts hold for.
    pub first: u32,
    /// The last one.
    pub last: u32,
    /// When it takes effect.
    pub context: ParameterContext,
    /// Its values.
    pub kind: ParameterKind,
    /// The value it has where nothing sets it: in [`Parameter::unit`]s for numbers. None for no value at all.
    pub default: Option<&'static str>,
    /// The unit of numbers without one.
    pub unit: Option<&'static str>,
    /// A file may set it.
    pub in_file: bool,
}

/// When a parameter takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterContext {
    /// Never: it tells something about the server.
    Internal,
    /// At the start of the server.
    Postmaster,
    /// When the server reads its files again.
    Sighup,
    /// At the start of a session.
    Backend,
    /// At any time.
    Session,
}

/// What values a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParameterKind {
    /// A switch.
    Bool,
    /// A whole number from `min` to `max`.
    Integer {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// A number from `min` to `max`.
    Real {
        /// The smallest.
        min: f64,
        /// The largest.
        max: f64,
    },
    /// One of some words, separated by commas; those with a `~` are taken but not shown.
    Enum(&'static str),
    /// Any text.
    String,
}

/// A value as the server understands it.
#[derive(Clone, Debug, PartialEq)]
pub enum ParameterValue {
    /// A switch.
    Bool(bool),
    /// A whole number, in the parameter's unit.
    Integer(i64),
    /// A number, in the parameter's unit.
    Real(f64),
    /// A word, in the spelling of the table.
    Word(&'static str),
    /// A text.
    Text(String),
}

/// Why a value is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueError {
    /// What is wrong.
    pub kind: ValueErrorKind,
    /// What is wrong, without the value.
    pub message: String,
    /// What would be right.
    pub help: String,
    /// What to write instead, where that is certain.
    pub suggestion: Option<String>,
}

/// Classes of [`ValueError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueErrorKind {
    /// A file cannot set the parameter.
    ReadOnly,
    /// It is no switch.
    Bool,
    /// It is none of the words.
    Word,
    /// It is no number.
    Number,
    /// There is no such unit, or none at all for this parameter.
    Unit,
    /// The number is too small or too large.
    Range,
    /// The text is none that the server takes.
    Text,
}

/// All parameters.
#[derive(Clone, Copy, Debug)]
pub struct Parameters;

impl Parameters {
    /// All lines of the table: a parameter that changed between majors has several.
    #[must_use]
    pub fn all() -> &'static [Parameter] {
        static PARSED: OnceLock<Vec<Parameter>> = OnceLock::new();
        PARSED.get_or_init(|| {
            let mut parameters: Vec<Parameter> = TABLE.lines().filter_map(Parameter::of_line).collect();
            parameters.sort_by(|one, two| in_order(one.name, two.name).then(one.first.cmp(&two.first)));
            parameters
        })
    }

    /// The parameter that a name, in any case, means for a major. A later major than the table knows counts as its last.
    #[must_use]
    pub fn find(name: &str, major: u32) -> Option<&'static Parameter> {
        let major = major.clamp(*MAJORS.start(), *MAJORS.end());
        let old = OLD_NAMES.iter().find(|(old, _, since)| major >= *since && old.eq_ignore_ascii_case(name));
        let name = old.map_or(name, |(_, new, _)| new);
        Self::named(name).iter().find(|parameter| (parameter.first..=parameter.last).contains(&major))
    }

    /// What is known of a name in any major, in their order.
    #[must_use]
    pub fn named(name: &str) -> &'static [Parameter] {
        let all = Self::all();
        let start = all.partition_point(|parameter| in_order(parameter.name, name) == Ordering::Less);
        let found = all.get(start..).unwrap_or_default();
        let count = found.iter().take_while(|parameter| parameter.name.eq_ignore_ascii_case(name)).count();
        found.get(..count).unwrap_or_default()
    }

    /// The parameter of a major whose name is most like a name that nothing has.
    #[must_use]
    pub fn similar(name: &str, major: u32) -> Option<&'static str> {
        let name = name.to_ascii_lowercase();
        let major = major.clamp(*MAJORS.start(), *MAJORS.end());
        let known = Self::all().iter().filter(|parameter| (parameter.first..=parameter.last).contains(&major));
        let most = |known: &str| 1 + known.len().min(name.len()) / 5;
        known
            .map(|parameter| parameter.name)
            .filter(|known| known.len().abs_diff(name.len()) <= most(known))
            .map(|known| (strsim::damerau_levenshtein(&name, &known.to_ascii_lowercase()), known))
            .filter(|(distance, known)| *distance <= most(known))
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, known)| known)
    }
}

/// The order of names without regard to case.
fn in_order(one: &str, two: &str) -> Ordering {
    one.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(two.bytes().map(|byte| byte.to_ascii_lowercase()))
}

impl Parameter {
    fn of_line(line: &'static str) -> Option<Self> {
        if line.starts_with('#') {
            return None;
        }
        let mut cells = line.split('\t').map(|cell| Some(cell).filter(|cell| *cell != "\\N"));
        let mut cell = || cells.next().flatten();
        let (name, first, last) = (cell()?, cell()?.parse().ok()?, cell()?.parse().ok()?);
        let context = match cell()? {
            "internal" => ParameterContext::Internal,
            "postmaster" => ParameterContext::Postmaster,
            "sighup" => ParameterContext::Sighup,
            "backend" | "superuser-backend" => ParameterContext::Backend,
            _ => ParameterContext::Session,
        };
        let (kind, unit, min, max, words) = (cell()?, cell(), cell(), cell(), cell());
        let kind = match kind {
            "bool" => ParameterKind::Bool,
            "integer" => ParameterKind::Integer { min: min?.parse().ok()?, max: max?.parse().ok()? },
            "real" => ParameterKind::Real {
                min: min.map_or(Some(f64::NEG_INFINITY), |min| min.parse().ok())?,
                max: max.map_or(Some(f64::INFINITY), |max| max.parse().ok())?,
            },
            "enum" => ParameterKind::Enum(words?),
            _ => ParameterKind::String,
        };
        let default = cell();
        let in_file = cell() == Some("file");
        Some(Self { name, first, last, context, kind, default, unit, in_file })
    }

    /// What a value of a file or a command line means to a server of a major version.
    ///
    /// # Errors
    /// If the server refuses it. What depends on the machine (a locale, a time zone, the memory), on another parameter or
    /// on a grammar of its own (`synchronous_standby_names`) passes.
    pub fn value(&self, text: &str, major: u32) -> Result<ParameterValue, ValueError> {
        match self.kind {
            ParameterKind::Bool => parse_bool(text).map(ParameterValue::Bool).ok_or_else(|| {
                let help = "write `on` or `off`";
                ValueError::new(
                    ValueErrorKind::Bool,
                    format!("`{}` is a switch, and this is no value of one", self.name),
                    help,
                )
            }),
            ParameterKind::Enum(words) => self.word(words, text),
            ParameterKind::Integer { min, max } => self.integer(text, min, max),
            ParameterKind::Real { min, max } => self.real(text, min, max),
            ParameterKind::String => self.text(text, major),
        }
    }

    fn word(&self, words: &'static str, text: &str) -> Result<ParameterValue, ValueError> {
        // A word of its own may be empty: `ssl_max_protocol_version` has one.
        let mut all = words.split(',').map(|word| word.strip_prefix('~').unwrap_or(word).trim_matches('"'));
        if let Some(word) = all.find(|word| word.eq_ignore_ascii_case(text)) {
            return Ok(ParameterValue::Word(word));
        }
        let shown: Vec<String> = words
            .split(',')
            .filter(|word| !word.starts_with('~') && !word.is_empty())
            .map(|word| format!("`{word}`"))
            .collect();
        let message = format!("this is none of the values of `{}`", self.name);
        Err(ValueError::new(ValueErrorKind::Word, message, format!("write one of {}", shown.join(", "))))
    }

    /// `parse_int` of src/backend/utils/misc/guc.c.
    fn integer(&self, text: &str, min: i64, max: i64) -> Result<ParameterValue, ValueError> {
        let number = number::integer(text).ok_or_else(|| self.no_number())?;
        let value = self.in_own_unit(number)?.round_ties_even();
        let overflows = value > f64::from(i32::MAX) || value < f64::from(i32::MIN);
        // In the range of `i32` the conversion is exact.
        let whole = value as i64;
        if overflows || whole < min || whole > max {
            return Err(self.out_of_range(&min.to_string(), &max.to_string()));
        }
        Ok(ParameterValue::Integer(whole))
    }

    fn real(&self, text: &str, min: f64, max: f64) -> Result<ParameterValue, ValueError> {
        let number = number::real(text).ok_or_else(|| self.no_number())?;
        let value = self.in_own_unit(number)?;
        if value < min || value > max {
            return Err(self.out_of_range(&min.to_string(), &max.to_string()));
        }
        Ok(ParameterValue::Real(value))
    }

    fn no_number(&self) -> ValueError {
        let example = match self.unit {
            Some("ms" | "s" | "min") => " and a unit of time, such as `30s`",
            Some(_) => " and a unit of memory, such as `64MB`",
            None => "",
        };
        let message = format!("`{}` is a number, and this is none", self.name);
        ValueError::new(ValueErrorKind::Number, message, format!("write a number{example}"))
    }

    fn out_of_range(&self, min: &str, max: &str) -> ValueError {
        let unit = match self.unit {
            Some("8kB") => " blocks of 8kB".to_owned(),
            Some(unit) => format!(" {unit}"),
            None => String::new(),
        };
        let message = format!("the value is outside the range of `{}`", self.name);
        ValueError::new(ValueErrorKind::Range, message, format!("it goes from {min} to {max}{unit}"))
    }

    /// A number with its unit, in the unit of the parameter.
    fn in_own_unit(&self, number: number::Number<'_>) -> Result<f64, ValueError> {
        if number.unit.is_empty() {
            return Ok(number.value);
        }
        let Some(own) = self.unit else {
            let message = format!("`{}` is a number without a unit", self.name);
            return Err(ValueError::new(ValueErrorKind::Unit, message, "remove what follows the number"));
        };
        let table = units(own);
        let Some(at) = table.iter().position(|(name, _)| *name == number.unit) else {
            return Err(self.no_unit(&number, &table));
        };
        let value = number.value * table.get(at).map_or(1.0, |(_, factor)| *factor);
        // A fraction is rounded to the next smaller unit, if there is one.
        Ok(match table.get(at + 1) {
            Some((_, smaller)) => (value / smaller).round_ties_even() * smaller,
            None => value,
        })
    }

    fn no_unit(&self, number: &number::Number<'_>, table: &[(&'static str, f64)]) -> ValueError {
        let names: Vec<String> = table.iter().rev().map(|(name, _)| format!("`{name}`")).collect();
        let message = format!("the number of `{}` has a unit that PostgreSQL does not know", self.name);
        let time = matches!(self.unit, Some("ms" | "s" | "min"));
        let meant = match &*number.unit.to_ascii_lowercase() {
            "b" | "byte" | "bytes" if !time => Some("B"),
            "k" | "kb" | "kib" if !time => Some("kB"),
            "m" | "mb" | "mib" if !time => Some("MB"),
            "g" | "gb" | "gib" if !time => Some("GB"),
            "t" | "tb" | "tib" if !time => Some("TB"),
            "us" | "\u{b5}s" if time => Some("us"),
            "ms" | "msec" | "millis" if time => Some("ms"),
            "s" | "sec" | "secs" | "second" | "seconds" if time => Some("s"),
            "m" | "min" | "mins" | "minute" | "minutes" if time => Some("min"),
            "h" | "hour" | "hours" if time => Some("h"),
            "d" | "day" | "days" if time => Some("d"),
            _ => None,
        };
        let mut error =
            ValueError::new(ValueErrorKind::Unit, message, format!("units are {}; case matters", names.join(", ")));
        error.suggestion = meant.map(|unit| format!("{}{unit}", number.written));
        if let Some(suggestion) = &error.suggestion {
            error.help = format!("write `{suggestion}`; {}", error.help);
        }
        error
    }

    fn text(&self, text: &str, major: u32) -> Result<ParameterValue, ValueError> {
        match texts::fault(self.name, text, major) {
            None => Ok(ParameterValue::Text(text.to_owned())),
            Some(help) => {
                let message = format!("this is no value of `{}`", self.name);
                Err(ValueError::new(ValueErrorKind::Text, message, help))
            }
        }
    }
}

impl ValueError {
    fn new(kind: ValueErrorKind, message: String, help: impl Into<String>) -> Self {
        Self { kind, message, help: help.into(), suggestion: None }
    }
}

impl ParameterValue {
    /// The value as `SHOW` and `postgres -C` spell it, numbers without a unit.
    #[must_use]
    pub fn spelled(&self) -> String {
        match self {
            Self::Bool(true) => "on".to_owned(),
            Self::Bool(false) => "off".to_owned(),
            Self::Integer(number) => number.to_string(),
            Self::Real(number) => number.to_string(),
            Self::Word(word) => (*word).to_owned(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// A switch: `on`, `off`, `true`, `false`, `yes`, `no`, `1`, `0`, or the start of one that no other has, in any case
/// (`parse_bool` of src/backend/utils/adt/bool.c).
#[must_use]
pub fn parse_bool(text: &str) -> Option<bool> {
    let text = text.to_ascii_lowercase();
    let starts = |word: &str, least: usize| text.len() >= least && word.starts_with(&*text);
    if starts("true", 1) || starts("yes", 1) || text == "on" || text == "1" {
        Some(true)
    } else if starts("false", 1) || starts("no", 1) || starts("off", 2) || text == "0" {
        Some(false)
    } else {
        None
    }
}

/// The units that go with a parameter's own, the largest first, each with its size in that
/// (`memory_unit_conversion_table` and `time_unit_conversion_table` of src/backend/utils/misc/guc.c).
fn units(own: &str) -> Vec<(&'static str, f64)> {
    const MEMORY: &[(&str, f64)] =
        &[("TB", 1_099_511_627_776.0), ("GB", 1_073_741_824.0), ("MB", 1_048_576.0), ("kB", 1024.0), ("B", 1.0)];
    const TIME: &[(&str, f64)] = &[
        ("d", 86_400_000_000.0),
        ("h", 3_600_000_000.0),
        ("min", 60_000_000.0),
        ("s", 1_000_000.0),
        ("ms", 1000.0),
        ("us", 1.0),
    ];
    let (table, base) = match own {
        "ms" => (TIME, 1000.0),
        "s" => (TIME, 1_000_000.0),
        "min" => (TIME, 60_000_000.0),
        "B" => (MEMORY, 1.0),
        "kB" => (MEMORY, 1024.0),
        "MB" => (MEMORY, 1_048_576.0),
        // Blocks: `8kB`, and of the log as large as it was compiled.
        blocks => {
            let kilobytes = blocks.strip_suffix("kB").and_then(|number| number.parse::<u32>().ok()).unwrap_or(8);
            (MEMORY, f64::from(kilobytes) * 1024.0)
        }
    };
    table.iter().map(|(name, size)| (*name, size / base)).collect()
}
