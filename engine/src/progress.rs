//! How far a run has come, for somebody who waits for it.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How far a run has come. Read it from another thread while the run goes on.
#[derive(Debug, Default)]
pub struct Progress {
    stacks: AtomicUsize,
    judged: AtomicUsize,
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

    pub(crate) fn plan(&self, stacks: usize) {
        self.stacks.store(stacks, Ordering::Relaxed);
    }

    pub(crate) fn judged_one(&self) {
        self.judged.fetch_add(1, Ordering::Relaxed);
    }
}
