//! Where values come from: spans, and the steps a value took from the place it is written at to where it takes effect.

use stacklint_parsers::TextRange;

/// A file of one run; the number behind it means nothing outside the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub(crate) u32);

impl FileId {
    /// No file: of what is read from a text that stands in pieces of other files.
    pub(crate) const NONE: Self = Self(u32::MAX);
}

/// A stretch of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The bytes.
    pub range: TextRange,
}

impl Span {
    /// The part of this span `start..end` bytes into it.
    #[must_use]
    pub(crate) fn slice(self, start: u32, end: u32) -> Self {
        let at = |offset: u32| self.range.start.saturating_add(offset).min(self.range.end);
        Self { file: self.file, range: TextRange::new(at(start), at(end)) }
    }
}

/// What a step of a value's way did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The value stands there.
    Written,
    /// It is the default inside `${NAME:-default}`.
    Default,
    /// The image or the program supplies it.
    ImageDefault,
    /// A command line gives it.
    CommandLine,
    /// An alias `*name` stands for it.
    AliasOf,
    /// A merge key `<<` brought it.
    MergedFrom,
    /// It wins over the value of an earlier layer.
    Overrides,
    /// A service took it over with `extends`.
    ExtendedFrom,
    /// An `include` brought it.
    IncludedBy,
    /// `${NAME}` was replaced by it.
    Interpolated,
    /// An `env_file` hands it to the container.
    FromEnvFile,
    /// A declared variable (`--env`, a stack's `variables`) supplies it.
    FromShell,
    /// A mount puts it where the program reads it.
    MountedAt,
}

impl Role {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Default => "default",
            Self::ImageDefault => "image_default",
            Self::CommandLine => "command_line",
            Self::AliasOf => "alias_of",
            Self::MergedFrom => "merged_from",
            Self::Overrides => "overrides",
            Self::ExtendedFrom => "extended_from",
            Self::IncludedBy => "included_by",
            Self::Interpolated => "interpolated",
            Self::FromEnvFile => "from_env_file",
            Self::FromShell => "from_shell",
            Self::MountedAt => "mounted_at",
        }
    }
}

/// One step of a value's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// What it did.
    pub role: Role,
    /// Where; nowhere for a default of the image or the program.
    pub place: Option<Span>,
    /// The value that lost to this one there.
    pub lost: Option<Span>,
}

/// A way in the arena [`Origins`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OriginId(u32);

impl OriginId {
    /// The way of what is simply written where it takes effect.
    pub const WRITTEN: Self = Self(0);
}

/// The ways of all values of one stack: steps, each linked to the one before it.
///
/// A way does not name the place where its value is written: the value holds that beside its `OriginId`. So all values
/// that travelled together share one way, and taking a whole service over costs one step instead of one per value.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    steps: Vec<(Step, OriginId)>,
}

impl Origins {
    /// The way `before`, and then `step`.
    pub fn push(&mut self, before: OriginId, step: Step) -> OriginId {
        self.steps.push((step, before));
        OriginId(u32::try_from(self.steps.len()).unwrap_or(u32::MAX))
    }

    /// The steps of a way, from the written value to where it takes effect.
    #[must_use]
    pub fn trail(&self, origin: OriginId) -> Vec<Step> {
        let mut trail: Vec<Step> = self.steps_back(origin).collect();
        trail.reverse();
        trail
    }

    /// The steps of a way, the last one first.
    pub(crate) fn steps_back(&self, origin: OriginId) -> impl Iterator<Item = Step> {
        let step = |at: OriginId| self.steps.get(at.0.checked_sub(1)? as usize).copied();
        std::iter::successors(step(origin), move |(_, before)| step(*before)).map(|(step, _)| step)
    }
}

/// A value, where it is written, and the way it took from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced<T> {
    /// The value.
    pub value: T,
    /// Where it is written; nowhere for a default of the image or the program.
    pub place: Option<Span>,
    /// How it came from there.
    pub origin: OriginId,
}
