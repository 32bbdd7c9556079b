//! How far the first scan has come, for clients that show it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stacklint_engine::progress::Progress;

use super::outbox::{Asked, Outbox};
use crate::report::summary::counted;

/// What the client knows the scan by.
const TOKEN: &str = "stacklint-scan";

/// How often it is told.
const PACE: Duration = Duration::from_millis(100);

/// How far the first scan has come.
#[derive(Debug, Default)]
pub(crate) struct Work {
    state: State,
    /// When it was last told.
    told: Option<Instant>,
    last: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// The client does not want to know, or knows all.
    #[default]
    Over,
    /// The client was asked whether it shows it.
    Asked,
    /// It shows it.
    Shown,
}

impl Work {
    /// Asks the client to show it.
    pub(crate) fn offer(&mut self, out: &mut Outbox) {
        self.state = State::Asked;
        out.ask("window/workDoneProgress/create", json!({"token": TOKEN}), Asked::Progress);
    }

    /// The client has said whether it shows it.
    pub(crate) fn agreed(&mut self, agreed: bool, out: &Outbox) {
        if self.state != State::Asked {
            return;
        }
        self.state = if agreed { State::Shown } else { State::Over };
        if agreed {
            let message = "looking for stacks";
            let value = json!({"kind": "begin", "title": "stacklint", "message": message, "percentage": 0});
            send(out, &value);
        }
    }

    /// Whether the client is to be told from time to time.
    pub(crate) fn due(&self) -> Option<Instant> {
        (self.state == State::Shown).then(|| self.told.map_or_else(Instant::now, |told| told + PACE))
    }

    /// Tells how far it has come.
    pub(crate) fn tell(&mut self, progress: Option<&Progress>, out: &Outbox) {
        self.told = Some(Instant::now());
        let Some(progress) = progress else { return };
        let (stacks, judged, files) = (progress.stacks(), progress.judged(), progress.files());
        if stacks == 0 {
            return;
        }
        let message = format!("{judged} of {}, {} read", counted(stacks, "stack"), counted(files, "file"));
        if message != self.last {
            let percentage = judged.saturating_mul(100) / stacks;
            send(out, &json!({"kind": "report", "message": message, "percentage": percentage}));
            self.last = message;
        }
    }

    /// All is judged.
    pub(crate) fn end(&mut self, findings: usize, files: usize, out: &Outbox) {
        if self.state == State::Shown {
            let message = format!("{} in {}", counted(findings, "finding"), counted(files, "file"));
            send(out, &json!({"kind": "end", "message": message}));
            self.state = State::Over;
        }
    }
}

fn send(out: &Outbox, value: &Value) {
    out.notify("$/progress", json!({"token": TOKEN, "value": value}));
}
