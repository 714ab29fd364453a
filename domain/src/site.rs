//! The configuration of a site, as data.

use crate::{CounterId, Language, ServiceDay, ServiceId, SiteId, Time};
use chrono::{DateTime, NaiveTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A text that is shown to people, in each language that the site wrote it in. French is always there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(BTreeMap<Language, String>);

impl Text {
    /// A text from its languages.
    pub fn new(words: impl IntoIterator<Item = (Language, String)>) -> Self {
        Self(words.into_iter().collect())
    }

    /// The words in a language, or else in French, or else nothing.
    pub fn get(&self, language: &str) -> &str {
        let find =
            |code: &str| self.0.iter().find(|(l, _)| l.as_str() == code).map(|(_, words)| words.as_str());
        find(language).or_else(|| find("fr")).unwrap_or_default()
    }
}

/// When a booked visitor may check in, in minutes around the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Check-in opens this long before the slot.
    pub before_minutes: u16,
    /// Up to here after the slot the visitor is on time.
    pub after_minutes: u16,
    /// Up to here after the slot the visitor is late, but served; then a person decides.
    pub late_minutes: u16,
}

/// 30 minutes before to 15 minutes after (DESIGN §4), and late until an hour after.
impl Default for Window {
    fn default() -> Self {
        Self { before_minutes: 30, after_minutes: 15, late_minutes: 60 }
    }
}

/// How people without a booking take a ticket for a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkIn {
    /// What the kiosk writes on the choice.
    pub label: Text,
    /// The drawing beside it: `desk`, `document`, `computer`, `card` or `vehicle`; a ticket otherwise.
    #[serde(default)]
    pub icon: Option<String>,
    /// At most so many a day, over all kiosks; `None` is no limit.
    pub daily_limit: Option<u32>,
}

/// What a visitor comes for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// The name that agents use. It can reveal a procedure, so the public never sees it.
    pub internal_label: String,
    /// What tickets and screens say: neutral, such as « Service A ».
    pub public_label: Text,
    /// When booked visitors may check in.
    pub window: Window,
    /// Booked visitors should be called within this long of their slot, in minutes.
    pub target_booked_minutes: u16,
    /// Walk-in and late visitors should be called within this long of their arrival, in minutes.
    pub target_other_minutes: u16,
    /// Whether and how people come without a booking.
    pub walk_in: Option<WalkIn>,
}

/// Where an agent receives visitors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// The services that can be given here.
    pub serves: BTreeSet<ServiceId>,
}

/// How often and how fast a visitor may be called again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecallRule {
    /// Calls of one visit, the first included.
    pub calls_max: u8,
    /// Seconds between two calls.
    pub cool_down_seconds: u16,
}

/// Everything that the rules need to know of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Its code.
    pub id: SiteId,
    /// Its name, as it heads tickets and screens.
    pub name: Text,
    /// Its wall time.
    pub zone: Tz,
    /// The local hour at which a new service day begins.
    pub rollover_hour: u8,
    /// The doors open, local time.
    pub opens: NaiveTime,
    /// The doors close, local time.
    pub closes: NaiveTime,
    /// What people come for.
    pub services: BTreeMap<ServiceId, Service>,
    /// Where they are received.
    pub counters: BTreeMap<CounterId, Counter>,
    /// How people are called again.
    pub recall: RecallRule,
    /// The names of the sites beside it, to tell visitors where they are expected.
    #[serde(default)]
    pub neighbours: BTreeMap<SiteId, Text>,
}

/// Something in a site's configuration that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SiteFault {
    /// The hour does not exist once on every day.
    #[error(
        "the service day of {0} must not begin between 02:00 and 03:59: those hours are missing or double when the clocks change"
    )]
    Rollover(SiteId),
    /// Nothing is ever open.
    #[error("{0} closes before it opens")]
    Hours(SiteId),
    /// A counter names a service that does not exist.
    #[error("counter {1} of {0} serves `{2}`, which is not a service of the site")]
    UnknownService(SiteId, CounterId, ServiceId),
    /// Nobody could be received.
    #[error("no counter of {0} serves `{1}`: its visitors would wait for ever")]
    Unserved(SiteId, ServiceId),
    /// Late before on time.
    #[error("service `{1}` of {0}: `late_minutes` must not be smaller than `after_minutes`")]
    Window(SiteId, ServiceId),
    /// Without a French word a sign would be empty.
    #[error("service `{1}` of {0} has no French public label")]
    Label(SiteId, ServiceId),
}

impl Site {
    /// A moment on the site's walls.
    pub fn local(&self, time: Time) -> DateTime<Tz> {
        time.with_timezone(&self.zone)
    }

    /// The service day of a moment.
    pub fn day(&self, time: Time) -> ServiceDay {
        ServiceDay::at(time, self.zone, self.rollover_hour)
    }

    /// Whether the doors are open.
    pub fn is_open(&self, time: Time) -> bool {
        let wall = self.local(time).time();
        self.opens <= wall && wall < self.closes
    }

    /// Every fault of the configuration; none when it can be used.
    pub fn faults(&self) -> Vec<SiteFault> {
        let id = || self.id.clone();
        let mut faults = Vec::new();
        if (2..=3).contains(&self.rollover_hour) || self.rollover_hour > 23 {
            faults.push(SiteFault::Rollover(id()));
        }
        if self.closes <= self.opens {
            faults.push(SiteFault::Hours(id()));
        }
        for (number, counter) in &self.counters {
            let unknown = counter.serves.iter().filter(|service| !self.services.contains_key(*service));
            faults.extend(unknown.map(|service| SiteFault::UnknownService(id(), *number, service.clone())));
        }
        for (code, service) in &self.services {
            if !self.counters.values().any(|counter| counter.serves.contains(code)) {
                faults.push(SiteFault::Unserved(id(), code.clone()));
            }
            if service.window.late_minutes < service.window.after_minutes {
                faults.push(SiteFault::Window(id(), code.clone()));
            }
            if service.public_label.get("fr").is_empty() {
                faults.push(SiteFault::Label(id(), code.clone()));
            }
        }
        faults
    }
}
