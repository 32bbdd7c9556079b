//! How far a run has come, for somebody who waits for it.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How far a run has come. Read it from another thread while the run goes on.
#[derive(Debug, Default)]
pub struct Progress {
    stacks: AtomicUsize,
    judged: AtomicUsize,
    files: AtomicUsize,
}

impl Progress {
    /// How many stacks there are to judge; 0 as long as they are looked for.
    #[must_use]
    pub fn stacks(&self) -> usize {
        self.stacks.load(Ordering::Relaxed)
    }

    /// How many of them are judged.
    #[must_use]
    pub fn judged(&self) -> usize {
        self.judged.load(Ordering::Relaxed)
    }

    /// How many files were read, as of the last stack that was judged.
    #[must_use]
    pub fn files(&self) -> usize {
        self.files.load(Ordering::Relaxed)
    }

    /// So many stacks there are, and none is judged yet: fixes are tried in several rounds.
    pub(crate) fn plan(&self, stacks: usize) {
        self.judged.store(0, Ordering::Relaxed);
        self.stacks.store(stacks, Ordering::Relaxed);
    }

    /// One more stack is judged, and all together so many files were read.
    pub(crate) fn judged_one(&self, files: usize) {
        self.judged.fetch_add(1, Ordering::Relaxed);
        self.files.fetch_max(files, Ordering::Relaxed);
    }
}
