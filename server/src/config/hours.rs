//! Opening hours as an operator writes them: `mon = ["08:30-12:15", "13:30-16:00"]`.

use chrono::{NaiveDate, NaiveTime};
use domain::{Closure, Hours, Opening, Text};
use serde::{Deserialize, Deserializer, de::Error};

/// `[sites.NAME.hours]`: the stretches of each day of the week; a day that is not named is closed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WeekConfig {
    mon: Vec<Stretch>,
    tue: Vec<Stretch>,
    wed: Vec<Stretch>,
    thu: Vec<Stretch>,
    fri: Vec<Stretch>,
    sat: Vec<Stretch>,
    sun: Vec<Stretch>,
}

/// `[[sites.NAME.closures]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosureConfig {
    /// The first day.
    from: NaiveDate,
    /// The last day; the first if not given.
    to: Option<NaiveDate>,
    /// Why, for the public.
    reason: Text,
}

#[derive(Clone, Copy, Debug)]
struct Stretch(Opening);

impl<'de> Deserialize<'de> for Stretch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || D::Error::custom("it must be a stretch of a day in quotes, such as \"08:30-12:15\"");
        let (from, to) = text.split_once('-').ok_or_else(wrong)?;
        let time = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").map_err(|_| wrong());
        Ok(Self(Opening { from: time(from)?, to: time(to)? }))
    }
}

/// Reads `"08:30"`.
pub(super) fn wall_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveTime>, D::Error> {
    let text = String::deserialize(deserializer)?;
    NaiveTime::parse_from_str(&text, "%H:%M")
        .map(Some)
        .map_err(|_| D::Error::custom("it must be a time in quotes, such as \"08:30\""))
}

/// The hours of a site: the same every day from `opens` to `closes`, or those of the week.
pub(super) fn hours(
    daily: Option<(NaiveTime, NaiveTime)>,
    week: Option<&WeekConfig>,
    closures: &[ClosureConfig],
) -> Hours {
    let mut hours = daily.map_or_else(Hours::default, |(from, to)| Hours::daily(from, to));
    if let Some(week) = week {
        let days = [&week.mon, &week.tue, &week.wed, &week.thu, &week.fri, &week.sat, &week.sun];
        hours.week = days.map(|day| day.iter().map(|stretch| stretch.0).collect());
    }
    let closure = |config: &ClosureConfig| Closure {
        from: config.from,
        to: config.to.unwrap_or(config.from),
        reason: config.reason.clone(),
    };
    hours.closures = closures.iter().map(closure).collect();
    hours
}
