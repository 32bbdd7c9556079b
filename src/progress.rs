//! What somebody at a terminal sees while a run takes long: one line on standard error, rewritten in place.

use std::io::{self, IsTerminal as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use stacklint_engine::progress::Progress;
use stacklint_engine::run::Options;

use crate::report::output;

/// Nobody wants to hear how far a run has come that takes less.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the line is rewritten.
const PACE: Duration = Duration::from_millis(100);

/// To the start of the line, and all of it gone.
const CLEAR: &str = "\r\x1b[2K";

/// Whether the line is there.
static SHOWN: AtomicBool = AtomicBool::new(false);

/// Does what runs with these options, and meanwhile shows how far that has come.
pub(crate) fn of<R>(options: &Options, quiet: bool, work: impl FnOnce() -> R) -> R {
    during(wanted(quiet), || line(&options.progress), work)
}

fn line(progress: &Progress) -> String {
    let (stacks, judged, files) = (progress.stacks(), progress.judged(), progress.files());
    if stacks == 0 {
        "looking for stacks".to_owned()
    } else if judged < stacks {
        format!("judging: {judged} of {stacks} stacks, {files} files read")
    } else {
        format!("putting together what was found: {stacks} stacks, {files} files read")
    }
}

/// Whether somebody may be waiting at a terminal that can rewrite a line.
fn wanted(quiet: bool) -> bool {
    !quiet && io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Does the work, and meanwhile shows what `line` says. The line is gone when the work is done, or has panicked.
fn during<R>(wanted: bool, line: impl Fn() -> String + Send, work: impl FnOnce() -> R) -> R {
    if !wanted {
        return work();
    }
    thread::scope(|scope| {
        // Dropped when the work is over in whatever way: that wakes the other thread, which otherwise sleeps.
        let (over, is_over) = mpsc::channel::<()>();
        scope.spawn(move || {
            let mut pause = PATIENCE;
            while is_over.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                show(&line());
                pause = PACE;
            }
            clear();
        });
        let over = over;
        let result = work();
        drop(over);
        result
    })
}

/// Takes the line away, so that something else can be written in its place.
pub(crate) fn clear() {
    if SHOWN.swap(false, Ordering::Relaxed) {
        output::to_stderr(|out| out.write_all(CLEAR.as_bytes()));
    }
}

fn show(line: &str) {
    SHOWN.store(true, Ordering::Relaxed);
    output::to_stderr(|out| write!(out, "{CLEAR}{line}"));
}

#[cfg(test)]
mod tests {
    use std::panic::{self, AssertUnwindSafe};

    use super::*;

    #[test]
    fn a_short_run_says_nothing_and_its_panic_ends_the_line() {
        let silent = || -> String { panic!("nobody asks") };
        assert_eq!(during(true, silent, || 7), 7);
        assert!(panic::catch_unwind(AssertUnwindSafe(|| during(true, silent, || panic!("the work")))).is_err());
        assert!(!SHOWN.load(Ordering::Relaxed));
    }
}
