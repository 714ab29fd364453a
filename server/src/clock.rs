//! The one place where the server reads the time and makes ids.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// How far the log may be ahead of the clock. Clocks are set right by minutes, and by an hour if somebody took
/// summer for winter; more is another day.
const AHEAD_MAX: Duration = Duration::days(1);

/// Exit status if the log is far ahead of the clock, for the service manager to try again: a machine without a
/// battery gets the time a while after it began.
pub const EXIT_CLOCK: i32 = 75;

/// The server's clock. In training it starts at another time of day and runs on from there; every
/// device takes its time from the server, so the whole site follows.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    read: fn() -> DateTime<Utc>,
    draw: fn() -> Uuid,
    offset: Duration,
    is_training: bool,
}

impl Default for Clock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    fn default() -> Self {
        Self::reading(Utc::now, Uuid::now_v7)
    }
}

impl Clock {
    /// Another machine's, such as a simulated one: `read` tells the time, `draw` makes fresh UUIDv7s.
    pub fn reading(read: fn() -> DateTime<Utc>, draw: fn() -> Uuid) -> Self {
        Self { read, draw, offset: Duration::zero(), is_training: false }
    }

    /// A clock for training, which shows `start` now.
    pub fn starting_at(start: DateTime<Utc>) -> Self {
        let machine = Self::default();
        Self { offset: start - machine.now(), is_training: true, ..machine }
    }

    /// Whether it was set for training.
    pub fn is_training(&self) -> bool {
        self.is_training
    }

    /// Whether a time of the log is so far ahead that it or this clock was not the true time. Nothing is
    /// recorded before the last event, so the site would stay in a day to come.
    pub fn is_far_behind(&self, recorded: DateTime<Utc>) -> bool {
        recorded - self.now() > AHEAD_MAX
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        // Stored times have milliseconds: more would not survive the way to a kiosk and back.
        let now = (self.read)() + self.offset;
        DateTime::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now)
    }

    /// A fresh UUIDv7.
    pub fn new_id(&self) -> Uuid {
        (self.draw)()
    }
}
