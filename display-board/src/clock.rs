//! The one place where the board reads the time and makes ids. What the time means stands elsewhere.

use chrono::{DateTime, TimeDelta, Utc};
use std::time::Instant;
use uuid::Uuid;

/// The site's clock: what the server said last, and what has passed since by this machine's steady clock.
/// Before the server said anything it is this machine's own time, which is right on most machines.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    told: DateTime<Utc>,
    at: Instant,
}

impl Clock {
    /// By this machine alone.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn of_this_machine() -> Self {
        Self { told: Utc::now(), at: Instant::now() }
    }

    /// By what a server said before this program started, which was written down when this machine's clock showed
    /// `written`: what has passed since is known even if that clock is wrong, as long as it is wrong in the same way.
    pub fn resumed(told: DateTime<Utc>, written: DateTime<Utc>) -> Self {
        let machine = Self::of_this_machine();
        let passed = (machine.told - written).max(TimeDelta::zero());
        Self { told: told + passed, at: machine.at }
    }

    /// By what a server said; `at` is when it was heard.
    pub fn told(told: DateTime<Utc>, at: Instant) -> Self {
        Self { told, at }
    }

    /// The time at `now`, which does not lie before what was told.
    pub fn time(&self, now: Instant) -> DateTime<Utc> {
        self.told + now.saturating_duration_since(self.at)
    }
}

/// A fresh UUIDv7.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}
