//! What the process answers, the same for every format.

use std::process::ExitCode;

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing is wrong.
    Clean = 0,
    /// There are findings, or Docker Compose would refuse the stack, or an editor left without a farewell.
    Findings = 1,
    /// The run itself failed, in part or as a whole.
    Failed = 2,
    /// There was nothing to check.
    Nothing = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
