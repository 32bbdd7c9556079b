//! Our own errors: what went wrong with the run before or beside its findings.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use miette::Diagnostic as _;
use stacklint_engine::filter::baseline::BaselineError;
use stacklint_engine::vfs::ReadError;

use crate::exit::Exit;
use crate::report::output;
use crate::report::paint::Painter;
use crate::report::printable::{one_line, same_length};

/// Why a command could not do what it was asked to.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub(crate) enum Error {
    /// The root or the current directory cannot be resolved.
    #[error("cannot use `{}` as the root: {source}", path.display())]
    #[diagnostic(code(root), help("the root is a directory; reported paths are relative to it"))]
    Root {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// `--select` or `--ignore` name what is neither a rule nor a family, or `explain` what is no rule.
    #[error("there is no {what} `{name}`")]
    #[diagnostic(code(unknown_rule))]
    UnknownRule {
        /// What was expected.
        what: &'static str,
        /// What was said.
        name: String,
        /// What may have been meant.
        #[help]
        help: String,
    },
    /// Two reports would be mixed up.
    #[error("more than one report would go to standard output")]
    #[diagnostic(code(output), help("name a file for all but one of them: `--format json=report.json`"))]
    TwoReports,
    /// A report cannot be written.
    #[error("cannot write {target}: {source}")]
    #[diagnostic(code(output))]
    Write {
        /// Where to.
        target: String,
        /// Why not.
        source: io::Error,
    },
    /// A file that a command is about cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    #[diagnostic(code(input))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: Arc<ReadError>,
    },
    /// The baseline that was named is not there.
    #[error("there is no baseline `{name}`")]
    #[diagnostic(code(baseline), help("`--write-baseline` makes it; `--no-baseline` goes without"))]
    NoBaseline {
        /// The file.
        name: String,
    },
    /// A baseline cannot be written.
    #[error("cannot write the baseline `{name}`: {source}")]
    #[diagnostic(
        code(baseline),
        help("`--baseline FILE` names another place, which `check` needs to be told then, too")
    )]
    WriteBaseline {
        /// The file.
        name: String,
        /// Why not.
        source: io::Error,
    },
    /// A baseline cannot be used.
    #[error("cannot use the baseline `{}`: {source}", path.display())]
    #[diagnostic(
        code(baseline),
        help("`--write-baseline` with `--baseline FILE` writes another; `--no-baseline` goes without")
    )]
    Baseline {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: BaselineError,
    },
    /// There is a configuration already.
    #[error("there is a configuration already: `{name}`")]
    #[diagnostic(code(init), help("`--force` overwrites it, `--stdout` prints what would be written"))]
    Exists {
        /// The file.
        name: String,
    },
    /// The text of a file was to come from standard input, and cannot.
    #[error("cannot take the text of `{}` from standard input: {reason}", path.display())]
    #[diagnostic(code(input))]
    Stdin {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
        /// What to do.
        #[help]
        help: &'static str,
    },
    /// A manual page of what is no command.
    #[error("there is no command `{name}`")]
    #[diagnostic(code(usage))]
    UnknownCommand {
        /// What was said.
        name: String,
        /// What there is.
        #[help]
        help: String,
    },
    /// A file's name does not say what it is.
    #[error("the name `{}` does not say what the file is", path.display())]
    #[diagnostic(code(input), help("say it: `--as yaml`, `--as dotenv`, `--as pg-hba`, `--as postgresql-conf`"))]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// The language server cannot start.
    #[error("cannot serve an editor: {source}")]
    #[diagnostic(code(lsp))]
    Serve {
        /// Why not.
        source: io::Error,
    },
    /// A command is about a stack, and there is none.
    #[error("there is no stack in `{directory}`")]
    #[diagnostic(code(no_stack), help("name a directory with a Compose file, or its files with `-f`"))]
    NoStack {
        /// The directory.
        directory: String,
    },
}

impl Error {
    /// What the process answers to it.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::NoStack { .. } => Exit::Nothing,
            _ => Exit::Failed,
        }
    }

    /// Draws it on standard error, in the look of findings.
    pub(crate) fn draw(&self, colored: bool) {
        use codespan_reporting::diagnostic::Diagnostic;

        let code = self.code().map(|code| format!("[{}]", code.to_string().replace('_', "-")));
        let head = format!("error{}", code.unwrap_or_default());
        let notes = self.help().map(|help| format!("help: {}", same_length(&help.to_string()))).into_iter().collect();
        let drawing = Diagnostic::bug().with_message(one_line(&self.to_string())).with_notes(notes);
        output::to_stderr(|out| {
            crate::report::full::emit(&mut Painter::new(out, colored, head), &Default::default(), &drawing)
        });
    }
}
