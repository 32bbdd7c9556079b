//! `parse`: how one file is read.

mod dotenv;
mod postgres;
mod yaml;

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use stacklint_engine::origin::Span;
use stacklint_engine::source::{SourceFile, Sources};
use stacklint_engine::vfs::Vfs;
use stacklint_parsers::{Parsed, TextRange};

use crate::cli::ParseArgs;
use crate::commands::answer;
use crate::commands::masking::Masking;
use crate::error::Error;
use crate::exit::Exit;
use crate::formats;
use crate::report::json_text;
use crate::report::location::{Locator, Position};
use crate::report::source_text::SourceTexts;

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
    let path = postgres::admit(&mut vfs, path, format);
    // A file that reads no other leads nowhere, and a link to it may.
    if args.allow_outside || !postgres::reads_others(format) {
        vfs.allow_outside();
    }
    let sources = Sources::new(vfs);
    let file = sources.open(&path).map_err(|source| Error::Read { path: args.file.clone(), source })?;
    let reader = Reader {
        sources: &sources,
        file: &file,
        locator: Locator::new(&sources),
        masking: Masking::new(SourceTexts::new(&sources), args.show_secrets),
    };
    match &*file.parse(format) {
        Parsed::Yaml(document) => answer(|out| json_text::write(&reader.yaml(document), out))?,
        Parsed::Dotenv(dotenv) | Parsed::DotenvRaw(dotenv) => {
            answer(|out| json_text::write(&reader.dotenv(format, dotenv, &args.variables), out))?;
        }
        Parsed::PgHba(_) | Parsed::PgHba13(_) => {
            answer(|out| json_text::write(&reader.pg_hba(&args.file, args.pg_major), out))?;
        }
        Parsed::PostgresqlConf(_) => {
            answer(|out| json_text::write(&reader.postgresql_conf(&args.file, args.pg_major), out))?;
        }
    }
    Ok(Exit::Clean)
}

struct Reader<'a> {
    sources: &'a Sources,
    file: &'a Arc<SourceFile>,
    locator: Locator<'a>,
    masking: Masking<'a>,
}

#[derive(Serialize)]
struct JsonSpan {
    start: Position,
    end: Position,
}

impl Reader<'_> {
    fn span(&self, range: TextRange) -> JsonSpan {
        let nowhere = Position { line: 1, column: 1, offset: 0 };
        self.locator.locate(Span { file: self.file.id, range }).map_or(
            JsonSpan { start: nowhere, end: nowhere },
            |location| JsonSpan { start: location.start, end: location.end },
        )
    }
}
