//! How far a run has come, for somebody who waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How far a run has come; clones say the same. Read it from another thread while the run goes on.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    stacks: AtomicUsize,
    judged: AtomicUsize,
    files: AtomicUsize,
}

impl Progress {
    /// How many stacks there are to judge; 0 as long as they are looked for.
    #[must_use]
    pub fn stacks(&self) -> usize {
        self.0.stacks.load(Ordering::Relaxed)
    }

    /// How many of them are judged.
    #[must_use]
    pub fn judged(&self) -> usize {
        self.0.judged.load(Ordering::Relaxed)
    }

    /// How many files were read, as of the last stack that was judged.
    #[must_use]
    pub fn files(&self) -> usize {
        self.0.files.load(Ordering::Relaxed)
    }

    /// So many stacks there are, and none is judged yet: fixes are tried in several rounds.
    pub(crate) fn plan(&self, stacks: usize) {
        self.0.judged.store(0, Ordering::Relaxed);
        self.0.stacks.store(stacks, Ordering::Relaxed);
    }

    /// One more stack is judged, and all together so many files were read.
    pub(crate) fn judged_one(&self, files: usize) {
        self.0.judged.fetch_add(1, Ordering::Relaxed);
        self.0.files.fetch_max(files, Ordering::Relaxed);
    }
}
