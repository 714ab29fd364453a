//! What was shown, for a server that was restored from a backup and does not know it: the only thing that a board ever
//! sends.

use domain::board::BoardChange;
use protocol::{
    client::{ClientError, Returning},
    recovery::HandBack,
    snapshot::BoardSnapshot,
};
use std::{error::Error, time::Duration};

/// How long to wait before the next try.
const AGAIN: Duration = Duration::from_secs(2);

/// The calls as the feed brought them.
#[derive(Debug, Default)]
pub struct Shown {
    known: Option<BoardSnapshot>,
}

impl Shown {
    /// A board that starts with what it remembers.
    pub fn new(remembered: Option<BoardSnapshot>) -> Self {
        Self { known: remembered }
    }

    /// What the server waits for since before this board started.
    pub fn at_start(&self) -> Option<HandBack> {
        // It may have been told before the restart: nothing of that log is known here any more.
        self.known.as_ref().filter(|known| known.awaited).map(|_| nothing())
    }

    /// The server told its state. Gives what it waits for, if anything.
    pub fn replaced(&mut self, snapshot: &BoardSnapshot) -> Option<HandBack> {
        let before = self.known.replace(snapshot.clone());
        if !snapshot.awaited {
            return None;
        }
        let lost = before.filter(|before| before.cursor.epoch != snapshot.cursor.epoch);
        Some(lost.map_or_else(nothing, |lost| HandBack {
            epoch: lost.cursor.epoch,
            calls: lost.board.calls,
            last: true,
            ..HandBack::default()
        }))
    }

    /// One change more.
    pub fn changed(&mut self, change: &BoardChange) {
        if let Some(known) = &mut self.known {
            known.board.apply(change);
        }
    }
}

fn nothing() -> HandBack {
    HandBack { last: true, ..HandBack::default() }
}

/// Hands it back until the server has it, or does not want it.
pub async fn hand_back(server: &impl Returning, part: &HandBack) {
    loop {
        match server.hand_back(part).await {
            Ok(_) => return,
            Err(error @ ClientError::Refused(_)) if error.is_permanent() => {
                tracing::warn!(error = &error as &dyn Error, "the server does not take back what was shown");
                return;
            }
            Err(_) => server.pause(AGAIN).await,
        }
    }
}

#[cfg(test)]
mod tests;
