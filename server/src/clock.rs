//! The one place where the server reads the time and makes ids.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// The server's clock. In training it starts at another time of day and runs on from there; every
/// device takes its time from the server, so the whole site follows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    offset: Duration,
}

impl Clock {
    /// A clock that shows `start` now.
    pub fn starting_at(start: DateTime<Utc>) -> Self {
        Self { offset: start - Self::default().now() }
    }

    /// The time.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn now(&self) -> DateTime<Utc> {
        // Stored times have milliseconds: more would not survive the way to a kiosk and back.
        let now = Utc::now() + self.offset;
        DateTime::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now)
    }

    /// A fresh UUIDv7.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}
