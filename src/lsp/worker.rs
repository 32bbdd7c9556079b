//! The thread that judges, so that the editor is always listened to.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::judge::{Job, Judged, judge};

/// Judges one thing after another.
#[derive(Debug)]
pub(crate) struct Worker {
    jobs: Sender<Job>,
    results: Receiver<Outcome>,
}

/// How a job ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// With a result.
    Done(Box<Judged>),
    /// Nobody waited for it any more.
    Cancelled,
    /// By a defect of ours.
    Failed,
}

impl Worker {
    /// Starts the thread; it ends with this.
    ///
    /// # Errors
    /// If the system has no thread to give.
    pub(crate) fn start(name: &str) -> std::io::Result<Self> {
        let (jobs, todo) = unbounded::<Job>();
        let (done, results) = unbounded();
        // With threads of its own an edit does not wait for those that look through everything.
        let pool = rayon::ThreadPoolBuilder::new().build().map_err(std::io::Error::other)?;
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            for job in todo {
                // Whatever breaks, the next job starts from nothing.
                let outcome = match catch_unwind(AssertUnwindSafe(|| pool.install(|| judge(&job)))) {
                    Ok(Some(judged)) => Outcome::Done(Box::new(judged)),
                    Ok(None) => Outcome::Cancelled,
                    Err(_) => Outcome::Failed,
                };
                if done.send(outcome).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { jobs, results })
    }

    /// Hands a job over; whether there is somebody to do it.
    pub(crate) fn give(&self, job: Job) -> bool {
        self.jobs.send(job).is_ok()
    }

    /// Where results come from.
    pub(crate) fn results(&self) -> &Receiver<Outcome> {
        &self.results
    }
}
