//! What is wrong with the input itself: found while the stack is put together, reported by the rules of its kind.

use std::borrow::Cow;

use crate::finding::{Fix, Severity};
use crate::origin::Span;

/// A problem of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of problem.
    pub kind: ProblemKind,
    /// What is wrong, without any value of the input.
    pub message: String,
    /// What to do about it, where that is not in the message.
    pub help: Option<Cow<'static, str>>,
    /// The place to edit; nowhere where the input as a whole is at fault.
    pub place: Option<Span>,
    /// Other places that have to do with it.
    pub related: Vec<(String, Span)>,
    /// The logical path of what it is about, such as `services.db.env_file`.
    pub subject: String,
    /// A severity other than that of the rule that reports it.
    pub severity: Option<Severity>,
    /// It is of a file that only a program in a container reads: Docker Compose does not mind.
    pub of_program: bool,
    /// Edits that mend it.
    pub fix: Option<Fix>,
}

/// Kinds of [`Problem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// A part of a file breaks the grammar of its format.
    Syntax,
    /// Bytes that are no text.
    UnreadableText,
    /// The same key twice in one mapping.
    DuplicateKey,
    /// `${...}` that Docker Compose does not understand.
    Interpolation,
    /// A required variable has no value.
    RequiredVariable,
    /// A required `env_file` does not exist.
    MissingEnvFile,
    /// A file that the stack names does not exist.
    MissingFile,
    /// A file cannot be read at all.
    UnreadableFile,
    /// A file lies outside the read boundary.
    OutsideRoot,
    /// More than we read.
    OverLimit,
    /// An `include` or `extends` reaches itself.
    Cycle,
    /// A name that nothing defines.
    UndefinedReference,
    /// An attribute that Docker Compose does not know.
    UnknownAttribute,
    /// An item that two layers add to a list in which it may stand once.
    DuplicateItem,
    /// Docker Compose refuses the shape of a value.
    Schema,
    /// The top-level `version`, which Docker Compose passes over.
    ObsoleteVersion,
    /// A form that Docker Compose still reads, and warns of.
    DeprecatedForm,
    /// A file with a default name that Docker Compose passes over for another one.
    ShadowedFile,
    /// A check of ours failed.
    Internal,
    /// A comment accepts findings and does not say why.
    SuppressionWithoutReason,
    /// A comment means to accept findings and does not say which, or until when.
    MalformedSuppression,
    /// The day until which a comment accepts findings is over.
    ExpiredSuppression,
    /// A comment accepts what is not found.
    UnusedSuppression,
}

impl ProblemKind {
    /// What to do about a problem of the kind that says nothing of its own.
    pub(crate) fn help(self) -> Option<&'static str> {
        match self {
            Self::Cycle => Some("take out the reference that leads back: Docker Compose refuses the stack"),
            Self::OverLimit => Some("split it up or shorten it; what lies within the limit was checked"),
            Self::UnreadableFile => Some("correct the path, or make the file readable"),
            _ => None,
        }
    }

    /// Whether Docker Compose refuses the stack because of it.
    #[must_use]
    pub fn refused_by_compose(self) -> bool {
        match self {
            Self::Syntax
            | Self::DuplicateKey
            | Self::Interpolation
            | Self::RequiredVariable
            | Self::MissingEnvFile
            | Self::MissingFile
            | Self::UnreadableFile
            | Self::Cycle
            | Self::UndefinedReference
            | Self::UnknownAttribute
            | Self::DuplicateItem
            | Self::Schema => true,
            Self::UnreadableText
            | Self::OutsideRoot
            | Self::OverLimit
            | Self::ObsoleteVersion
            | Self::DeprecatedForm
            | Self::ShadowedFile
            | Self::Internal
            | Self::SuppressionWithoutReason
            | Self::MalformedSuppression
            | Self::ExpiredSuppression
            | Self::UnusedSuppression => false,
        }
    }

    /// Whether it is about a comment that accepts findings: no such comment can accept it.
    #[must_use]
    pub fn is_about_suppression(self) -> bool {
        matches!(
            self,
            Self::SuppressionWithoutReason
                | Self::MalformedSuppression
                | Self::ExpiredSuppression
                | Self::UnusedSuppression
        )
    }

    /// Whether something stayed unjudged because of it, so that the run did not do all it was asked to.
    #[must_use]
    pub fn leaves_unjudged(self) -> bool {
        matches!(self, Self::OutsideRoot | Self::OverLimit | Self::Internal | Self::UnreadableFile)
    }
}

impl Problem {
    /// A problem at `place`.
    #[must_use]
    pub fn new(kind: ProblemKind, place: Option<Span>, subject: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            help: None,
            place,
            related: Vec::new(),
            subject: subject.to_owned(),
            severity: None,
            of_program: false,
            fix: None,
        }
    }

    /// Whether Docker Compose refuses the stack because of it.
    #[must_use]
    pub fn refused_by_compose(&self) -> bool {
        self.kind.refused_by_compose() && !self.of_program
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Names another place.
    #[must_use]
    pub fn related(mut self, message: impl Into<String>, place: Option<Span>) -> Self {
        self.related.extend(place.map(|place| (message.into(), place)));
        self
    }
}
