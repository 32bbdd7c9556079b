//! The language server: what `check` says of whole stacks, in an editor, while the files are being written.
//!
//! One thread takes messages and owns all that is known; another judges. A run gets what is open in the editor as it is
//! then, in front of what is on disk, and judges the stacks that an edit can have changed, as wholes.
//!
//! A request is a `Question`, asked in `server` and answered in `answers` once what it is about is judged, from the
//! `Snapshot` of its file: the files as they were read then, their stacks, and what was found. `Places` says where that is
//! in the editor's text by now.

mod actions;
mod answers;
mod capabilities;
mod client;
mod commands;
mod diagnostics;
mod document;
mod edits;
mod judge;
mod navigate;
mod notifications;
mod outbox;
mod place;
mod pull;
mod questions;
mod root;
mod server;
mod session;
mod settings;
mod shift;
mod transport;
mod uri;
mod watch;
mod work;
mod worker;

#[cfg(test)]
#[path = "../../tests/lsp/mod.rs"]
mod tests;

use std::io;

use crate::error::Error;
use crate::exit::Exit;
use server::{Ended, serve};

/// Serves an editor on standard input and output until it goes away.
///
/// # Errors
/// If the system has no threads to give.
pub(crate) fn run() -> Result<Exit, Error> {
    let fail = |source: io::Error| Error::Serve { source };
    let (connection, writer) = transport::stdio().map_err(fail)?;
    let ended = serve(&connection).map_err(fail)?;
    drop(connection);
    // What was answered last is written; a writer that failed has nobody to write to.
    let _ = writer.join();
    Ok(match ended {
        Ended::Orderly => Exit::Clean,
        // The protocol wants 1.
        Ended::Abruptly => Exit::Findings,
    })
}
