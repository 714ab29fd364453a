//! When the doors are open.

use crate::Text;
use chrono::{Datelike, Duration, NaiveDate, NaiveTime, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One stretch of a day, in local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Opening {
    /// The doors open.
    pub from: NaiveTime,
    /// The doors close; later than `from`.
    pub to: NaiveTime,
}

/// Days on which nobody is received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Closure {
    /// The first.
    pub from: NaiveDate,
    /// The last; the first again for a single day.
    pub to: NaiveDate,
    /// Why, for the public.
    pub reason: Text,
}

/// The week, and the exceptions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hours {
    /// From Monday to Sunday: each day's stretches, in order and apart.
    pub week: [Vec<Opening>; 7],
    /// Exceptions.
    #[serde(default)]
    pub closures: Vec<Closure>,
}

impl Hours {
    /// The same hours on every day of the week.
    pub fn daily(from: NaiveTime, to: NaiveTime) -> Self {
        Self { week: std::array::from_fn(|_| vec![Opening { from, to }]), closures: Vec::new() }
    }

    /// The stretches of a day; none on a day of closure.
    pub fn on(&self, date: NaiveDate) -> &[Opening] {
        if self.closure(date).is_some() { &[] } else { self.weekday(date.weekday()) }
    }

    /// The stretches of a day of the week.
    pub fn weekday(&self, day: Weekday) -> &[Opening] {
        &self.week[day.num_days_from_monday() as usize]
    }

    /// Why nobody is received on a day, if it is a day of closure.
    pub fn closure(&self, date: NaiveDate) -> Option<&Closure> {
        self.closures.iter().find(|closure| (closure.from..=closure.to).contains(&date))
    }

    /// For how long the doors are open on the shortest day of the week on which they open, if there is any.
    pub(crate) fn shortest_day(&self) -> Option<Duration> {
        let day = |stretches: &Vec<Opening>| stretches.iter().map(|stretch| stretch.to - stretch.from).sum();
        self.week.iter().filter(|stretches| !stretches.is_empty()).map(day).min()
    }

    /// Whether an hour of the wall falls into the doors' hours on some day of the week, or less than so many hours
    /// before or after them.
    pub(crate) fn meet(&self, hour: u8, before: u8, after: u8) -> bool {
        let (before, after) = (Duration::hours(before.into()), Duration::hours(after.into()));
        let from_midnight = |time: NaiveTime| time - NaiveTime::MIN;
        // What is left after midnight is the next day's.
        let hours = [0, 24].map(|day| Duration::hours(day + i64::from(hour)));
        let meets = |stretch: &Opening, hour: Duration| {
            from_midnight(stretch.from) - before < hour && hour < from_midnight(stretch.to) + after
        };
        self.week.iter().flatten().any(|stretch| hours.iter().any(|hour| meets(stretch, *hour)))
    }

    /// What cannot be right, in words.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (number, openings) in self.week.iter().enumerate() {
            let names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
            if openings.iter().any(|opening| opening.to <= opening.from) {
                faults.push(format!("{} closes before it opens", names[number]));
            }
            if openings.windows(2).any(|pair| pair[1].from <= pair[0].to) {
                faults.push(format!("the hours of {} overlap or are not in order", names[number]));
            }
        }
        if self.week.iter().all(Vec::is_empty) {
            faults.push("the doors never open".into());
        }
        for (number, closure) in self.closures.iter().enumerate() {
            if closure.to < closure.from {
                faults.push(format!("the closure of {} ends before it begins", closure.from));
            }
            let before = &self.closures[..number];
            if let Some(other) = before.iter().find(|it| it.from <= closure.to && closure.from <= it.to) {
                let (one, other) = (closure.from, other.from);
                faults
                    .push(format!("the closures of {other} and {one} overlap: only one reason can be told"));
            }
        }
        faults
    }
}
