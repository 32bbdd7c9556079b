//! The baseline of `check`: where it is, and what becomes of it.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stacklint_engine::filter::baseline::Baseline;
use stacklint_engine::outcome::Outcome;
use stacklint_engine::source::Sources;
use stacklint_engine::vfs::{ReadError, Vfs};

use crate::cli::{CheckArgs, Cli};
use crate::error::Error;
use crate::report::output;
use crate::report::summary::counted;

/// The name of the file where nobody says another.
const NAME: &str = "stacklint.baseline.json";

/// A baseline and its file.
#[derive(Debug)]
pub(crate) struct BaselineFile {
    path: PathBuf,
    /// How messages name it.
    name: String,
    /// What it holds; nothing if there is none yet.
    pub(crate) content: Option<Baseline>,
}

/// Whether what was done with the baseline takes the place of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    /// It does.
    Instead,
    /// The report comes, too.
    Beside,
}

impl BaselineFile {
    /// The one that somebody `named`, on the command line or in the configuration, or the nearest one from the root up.
    /// Who writes one need not have it yet.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn read(named: Option<PathBuf>, is_written: bool, vfs: &Vfs) -> Result<Self, Error> {
        let must = named.is_some() && !is_written;
        let path = named.unwrap_or_else(|| nearest(vfs));
        let content = read(&path, vfs, must)?;
        Ok(Self { name: vfs.display(&path), path, content })
    }

    /// Writes it, or tells what of it is no longer needed.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn settle(
        &self,
        args: &CheckArgs,
        outcome: &Outcome,
        sources: &Sources,
        cli: &Cli,
    ) -> Result<Settled, Error> {
        let stale = |entry: &_| outcome.stale.contains(entry);
        if args.write_baseline {
            let mut baseline = self.content.clone().unwrap_or_else(|| Baseline::new(key()));
            baseline.retain(|entry| !stale(entry));
            outcome.findings.iter().for_each(|finding| baseline.add(finding, sources));
            self.write(&baseline)?;
            let all = baseline.entries().count();
            self.tell(
                cli,
                &format!(
                    "`{}` lets {} pass, {} of them new",
                    self.name,
                    counted(all, "finding"),
                    outcome.findings.len()
                ),
            );
            return Ok(Settled::Instead);
        }
        if outcome.stale.is_empty() {
            return Ok(Settled::Beside);
        }
        let entries = outcome.stale.len();
        if args.prune_baseline
            && let Some(mut baseline) = self.content.clone()
        {
            baseline.retain(|entry| !stale(entry));
            self.write(&baseline)?;
            self.tell(cli, &format!("`{}` lets {} less pass", self.name, counted(entries, "finding")));
        } else {
            let message = format!(
                "`{}` lets {} pass that {} no longer there; `--prune-baseline` takes them out",
                self.name,
                counted(entries, "finding"),
                if entries == 1 { "is" } else { "are" }
            );
            self.tell(cli, &message);
        }
        Ok(Settled::Beside)
    }

    fn write(&self, baseline: &Baseline) -> Result<(), Error> {
        let write = |source| Error::WriteBaseline { name: self.name.clone(), source };
        let text = baseline.write().map_err(|error| write(error.into()))?;
        output::to_file(&self.path, |out| out.write_all(text.as_bytes())).map_err(write)
    }

    fn tell(&self, cli: &Cli, message: &str) {
        if !cli.quiet {
            output::to_stderr(|out| writeln!(out, "{message}"));
        }
    }
}

/// The file in the root or in the nearest directory above it that has one; the one of the root if none has.
fn nearest(vfs: &Vfs) -> PathBuf {
    let inside = vfs.root().ancestors().take_while(|directory| vfs.inside(directory));
    let found = inside.map(|directory| directory.join(NAME)).find(|path| vfs.is_present(path));
    found.unwrap_or_else(|| vfs.root().join(NAME))
}

/// What a file holds; nothing if there is none and none `must` be there.
fn read(path: &Path, vfs: &Vfs, must: bool) -> Result<Option<Baseline>, Error> {
    let bytes = match vfs.read(path) {
        Ok(bytes) => bytes,
        Err(ReadError::Missing) if !must => return Ok(None),
        Err(ReadError::Missing) => return Err(Error::NoBaseline { name: vfs.display(path) }),
        Err(error) => return Err(Error::Read { path: path.to_owned(), source: Arc::new(error) }),
    };
    let text = String::from_utf8_lossy(&bytes);
    Baseline::read(&text).map(Some).map_err(|source| Error::Baseline { path: path.to_owned(), source })
}

/// What makes hashes those of this baseline: the seed that the standard library takes from the system for its maps.
fn key() -> String {
    (0..2).map(|_| format!("{:016x}", RandomState::new().build_hasher().finish())).collect()
}
