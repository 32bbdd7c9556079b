//! Where reports go: standard output, or a file that is there as a whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes to standard output. That nobody reads on (`| head`) is no error.
///
/// # Errors
/// If writing fails for another reason.
pub(crate) fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    forgive_broken_pipe(write(&mut out).and_then(|()| out.flush()))
}

/// Writes to standard error, where there is nobody left to tell if that fails.
pub(crate) fn to_stderr(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
    let mut out = BufWriter::new(io::stderr().lock());
    let _ = write(&mut out).and_then(|()| out.flush());
}

fn forgive_broken_pipe(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes to a file: into a new one beside it, which then takes its place, so that no reader sees half a report. What is
/// no regular file (`/dev/stderr`, a pipe) is written to as it is.
///
/// # Errors
/// If writing fails; the file is then as it was.
pub(crate) fn to_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // Through a link, so that the link stays one.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if is_stream(&target) {
        let mut out = BufWriter::new(OpenOptions::new().write(true).open(&target)?);
        return forgive_broken_pipe(write(&mut out).and_then(|()| out.flush()));
    }
    let beside = beside(&target)?;
    let written = File::create_new(&beside).and_then(|file| {
        let mut out = BufWriter::new(file);
        write(&mut out)?;
        out.flush()?;
        if let Ok(metadata) = fs::metadata(&target) {
            fs::set_permissions(&beside, metadata.permissions())?;
        }
        fs::rename(&beside, &target)
    });
    if written.is_err() {
        // What went wrong first is what the user must hear of.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Whether what stands at a path takes what is written as it comes: `/dev/stderr`, a pipe.
pub(crate) fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file())
}

fn beside(target: &Path) -> io::Result<PathBuf> {
    let name = target.file_name().ok_or_else(|| io::Error::other("not a file name"))?;
    Ok(target.with_file_name(format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_or_stays() {
        let directory = std::env::temp_dir().join(format!("stacklint-output-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join("report.json");
        to_file(&path, |out| out.write_all(b"first")).unwrap();
        to_file(&path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("full disk"))
        })
        .unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"first");
        to_file(&path, |out| out.write_all(b"second")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "nothing is left behind");
        fs::remove_dir_all(&directory).unwrap();
    }
}
