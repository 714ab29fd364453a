//! The service day: what « today » means at a site.

use crate::Time;
use chrono::{Duration, NaiveDate, Timelike};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A day of service. It begins at the site's roll-over hour and not at midnight, so that an
/// evening that ends late still belongs to its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ServiceDay(pub NaiveDate);

impl ServiceDay {
    /// The service day of a moment at a site whose day begins at `rollover_hour`, local time.
    ///
    /// The hour lies outside 02:00–03:59 (validated with the site's configuration): those do not
    /// exist, or exist twice, on the Sundays when the clocks change.
    pub fn at(time: Time, zone: Tz, rollover_hour: u8) -> Self {
        let local = time.with_timezone(&zone).naive_local();
        let early = local.hour() < u32::from(rollover_hour);
        Self(if early { local.date() - Duration::days(1) } else { local.date() })
    }

    /// Days from this one to `later`; negative when it lies before.
    pub fn days_until(self, later: ServiceDay) -> i64 {
        (later.0 - self.0).num_days()
    }
}

impl fmt::Display for ServiceDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::Paris;

    fn day(utc: &str) -> String {
        ServiceDay::at(utc.parse().unwrap(), Paris, 4).to_string()
    }

    #[test]
    fn the_day_begins_at_the_roll_over_hour_of_the_site() {
        assert_eq!(day("2026-11-23T02:59:59Z"), "2026-11-22");
        assert_eq!(day("2026-11-23T03:00:00Z"), "2026-11-23");
    }

    #[test]
    fn both_sundays_of_daylight_saving_roll_over_once() {
        // 29 March 2026, 02:00 → 03:00 in Paris; 04:00 is 02:00 UTC.
        assert_eq!(day("2026-03-29T01:59:59Z"), "2026-03-28");
        assert_eq!(day("2026-03-29T02:00:00Z"), "2026-03-29");
        // 25 October 2026, 03:00 → 02:00 in Paris; 04:00 is 03:00 UTC.
        assert_eq!(day("2026-10-25T02:59:59Z"), "2026-10-24");
        assert_eq!(day("2026-10-25T03:00:00Z"), "2026-10-25");
    }
}
