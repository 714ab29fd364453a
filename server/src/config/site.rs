//! A site as an operator writes it.

use super::hours::{self, ClosureConfig, WeekConfig};
use crate::import::Mapping;
use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use configuration::Fault;
use domain::{
    Counter, CounterId, RecallRule, Service, ServiceId, Site, SiteId, Text, WalkIn, Window, ZoneId,
    site::{Message, SiteFault},
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// `[sites.NAME]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteConfig {
    /// The name that heads tickets and screens, per language.
    pub name: Text,
    /// The wall time, by IANA name.
    #[serde(default = "paris")]
    pub zone: Tz,
    /// The local hour at which a new service day begins; not 2 or 3.
    #[serde(default = "four")]
    pub rollover_hour: u8,
    /// `"08:30"`: when the doors open on every day of the week, if `hours` does not say otherwise.
    #[serde(default, deserialize_with = "hours::wall_time")]
    pub opens: Option<NaiveTime>,
    /// `"16:00"`
    #[serde(default, deserialize_with = "hours::wall_time")]
    pub closes: Option<NaiveTime>,
    /// `[sites.NAME.hours]`: the hours of each day of the week.
    #[serde(default)]
    pub hours: Option<WeekConfig>,
    /// `[[sites.NAME.closures]]`: days on which nobody is received.
    #[serde(default)]
    pub closures: Vec<ClosureConfig>,
    /// `[sites.NAME.zones]`: the waiting rooms by their codes, with their names.
    #[serde(default)]
    pub zones: BTreeMap<ZoneId, Text>,
    /// `[sites.NAME.notes]`: what can be noted by code when a visitor is handed on.
    #[serde(default)]
    pub notes: BTreeMap<String, String>,
    /// `[[sites.NAME.messages]]`: what everybody who comes should read; of several for a day, the first.
    #[serde(default)]
    pub messages: Vec<MessageConfig>,
    /// How people are called again.
    #[serde(default)]
    pub recall: RecallConfig,
    /// `[sites.NAME.services.CODE]`
    pub services: BTreeMap<ServiceId, ServiceConfig>,
    /// `3 = ["RT", "REC"]`: which services each counter gives; `3 = { serves = ["RT"], zone = "hall" }` also
    /// where it stands.
    pub counters: BTreeMap<CounterId, CounterConfig>,
    /// How the columns of this site's booking files are called.
    #[serde(default)]
    pub import: Mapping,
}

/// A service as an operator writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceConfig {
    /// For agents only.
    pub internal_label: String,
    /// For the public: neutral.
    pub public_label: Text,
    /// When booked visitors may check in.
    #[serde(default)]
    pub window: WindowConfig,
    /// Minutes after the slot.
    #[serde(default = "ten")]
    pub target_booked_minutes: u16,
    /// Minutes after the arrival.
    #[serde(default = "forty")]
    pub target_other_minutes: u16,
    /// How long it takes at the counter, in minutes, as far as is known.
    #[serde(default = "ten")]
    pub minutes: u16,
    /// How long somebody who missed a call may come back by themselves, in minutes.
    #[serde(default = "sixty")]
    pub return_minutes: u16,
    /// Whether and how people come without a booking.
    #[serde(default)]
    pub walk_in: Option<WalkInConfig>,
    /// The services that follow in the same visit, in order.
    #[serde(default)]
    pub then: Vec<ServiceId>,
    /// Where its visitors wait; everywhere if not given.
    #[serde(default)]
    pub zones: BTreeSet<ZoneId>,
    /// What can be delivered at the end, by code.
    #[serde(default)]
    pub outcomes: BTreeMap<String, String>,
    /// Which list of documents belongs to it.
    #[serde(default)]
    pub checklist: Option<String>,
}

/// `[sites.NAME.services.CODE.window]`, as [`Window`].
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WindowConfig {
    before_minutes: u16,
    after_minutes: u16,
    late_minutes: u16,
}

impl Default for WindowConfig {
    fn default() -> Self {
        let Window { before_minutes, after_minutes, late_minutes } = Window::default();
        Self { before_minutes, after_minutes, late_minutes }
    }
}

/// `[sites.NAME.services.CODE.walk_in]`, as [`WalkIn`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WalkInConfig {
    /// What the kiosk's button says, per language.
    pub label: Text,
    /// The picture beside it, by name.
    pub icon: Option<String>,
    /// How many tickets a day, over all kiosks and desks.
    pub daily_limit: Option<u32>,
    /// How long before closing the last ticket must be likely to be called.
    #[serde(default = "WalkIn::stop_before_closing")]
    pub stop_before_closing_minutes: Option<u16>,
}

/// `[sites.NAME.recall]`, as [`RecallRule`].
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecallConfig {
    calls_max: u8,
    cool_down_seconds: u16,
}

impl Default for RecallConfig {
    fn default() -> Self {
        Self { calls_max: 3, cool_down_seconds: 5 }
    }
}

/// `[[sites.NAME.messages]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageConfig {
    /// What it says, per language.
    text: Text,
    /// The first day on which it is shown; from now on if not given.
    from: Option<NaiveDate>,
    /// The last day; for good if not given.
    to: Option<NaiveDate>,
}

/// A counter as an operator writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a list of services, or { serves = [...], zone = \"...\" }")]
pub enum CounterConfig {
    /// What it gives.
    Serves(BTreeSet<ServiceId>),
    /// What it gives and where it stands.
    Placed {
        /// What it gives.
        serves: BTreeSet<ServiceId>,
        /// Where.
        zone: ZoneId,
    },
}

impl CounterConfig {
    fn serves(&self) -> &BTreeSet<ServiceId> {
        match self {
            Self::Serves(serves) | Self::Placed { serves, .. } => serves,
        }
    }

    fn to_counter(&self) -> Counter {
        match self {
            Self::Serves(serves) => Counter { serves: serves.clone(), zone: None },
            Self::Placed { serves, zone } => Counter { serves: serves.clone(), zone: Some(zone.clone()) },
        }
    }
}

fn paris() -> Tz {
    chrono_tz::Europe::Paris
}
fn four() -> u8 {
    4
}
fn ten() -> u16 {
    10
}
fn forty() -> u16 {
    40
}
fn sixty() -> u16 {
    60
}

/// Every site as the rules know it, each with the names of the others.
pub fn all(configs: &BTreeMap<SiteId, SiteConfig>) -> Vec<Site> {
    let names: BTreeMap<SiteId, Text> =
        configs.iter().map(|(id, config)| (id.clone(), config.name.clone())).collect();
    let site = |(id, config): (&SiteId, &SiteConfig)| {
        let mut neighbours = names.clone();
        neighbours.remove(id);
        Site { neighbours, ..config.to_site(id) }
    };
    configs.iter().map(site).collect()
}

impl SiteConfig {
    /// Everything that cannot be right, each with the key that says it.
    pub(super) fn faults(&self, id: &SiteId) -> Vec<Fault> {
        let mut faults = Vec::new();
        let code = id.as_str();
        let is_code = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if code.is_empty() || !code.bytes().all(is_code) {
            let reason = "a site's code is made of small letters, digits and hyphens";
            faults.push(Fault::new(format!("sites.{code}"), reason));
        }
        let hours = if self.hours.is_some() { "hours" } else { "closes" };
        let key = |fault: &SiteFault| match fault {
            SiteFault::Rollover(_) | SiteFault::RolloverWhileOpen(_) => "rollover_hour".to_owned(),
            SiteFault::Hours(..) => hours.to_owned(),
            SiteFault::UnknownZone(..) => "zones".to_owned(),
            SiteFault::Sequence(_, service, ..) => format!("services.{service}.then"),
            SiteFault::UnknownService(_, counter, _) | SiteFault::OutOfReach(_, counter, _) => {
                format!("counters.{counter}")
            }
            SiteFault::Unserved(_, service) => format!("services.{service}"),
            SiteFault::Window(_, service) => format!("services.{service}.window"),
            SiteFault::Minutes(_, service) => format!("services.{service}.minutes"),
            SiteFault::StopBeforeClosing(_, service) => {
                format!("services.{service}.walk_in.stop_before_closing_minutes")
            }
            SiteFault::Mute(_, place) | SiteFault::Odd(_, place, _) => place.clone(),
            SiteFault::Message(..) => "messages".to_owned(),
        };
        let told = |fault: SiteFault| Fault::new(format!("sites.{code}.{}", key(&fault)), fault.to_string());
        faults.extend(self.to_site(id).faults().into_iter().map(told));
        let strange =
            self.import.services.iter().filter(|(_, service)| !self.services.contains_key(*service));
        faults.extend(strange.map(|(word, service)| {
            let reason = format!("`{word}` is `{service}`, which is not a service of the site");
            Fault::new(format!("sites.{code}.import.services"), reason)
        }));
        if self.opens.is_some() != self.closes.is_some() {
            let (lone, other) = if self.opens.is_some() { ("opens", "closes") } else { ("closes", "opens") };
            faults.push(Fault::new(format!("sites.{code}.{lone}"), format!("it needs `{other}` beside it")));
        } else if self.hours.is_some() && self.opens.is_some() {
            let reason = "`hours` says when the doors open; write one or the other";
            faults.push(Fault::new(format!("sites.{code}.opens"), reason));
        }
        faults
    }

    /// What is not wrong, but surely not what was meant.
    pub(super) fn doubts(&self, id: &SiteId) -> Vec<String> {
        let limit =
            |service: &ServiceConfig| service.walk_in.as_ref().and_then(|walk_in| walk_in.daily_limit);
        let closed = self.services.iter().filter(|(_, service)| limit(service) == Some(0));
        let doubt = |code| {
            format!(
                "sites.{id}.services.{code}.walk_in.daily_limit is 0: nobody gets a ticket for it without an appointment"
            )
        };
        let idle = self.counters.iter().filter(|(_, counter)| counter.serves().is_empty());
        let nothing = |counter| format!("sites.{id}.counters.{counter} gives no service: it can call nobody");
        closed.map(|(code, _)| doubt(code)).chain(idle.map(|(counter, _)| nothing(counter))).collect()
    }

    /// The site as the rules know it, without its neighbours.
    pub fn to_site(&self, id: &SiteId) -> Site {
        let window = |config: WindowConfig| Window {
            before_minutes: config.before_minutes,
            after_minutes: config.after_minutes,
            late_minutes: config.late_minutes,
        };
        let walk_in = |config: &WalkInConfig| WalkIn {
            label: config.label.clone(),
            icon: config.icon.clone(),
            daily_limit: config.daily_limit,
            stop_before_closing_minutes: config.stop_before_closing_minutes,
        };
        let service = |config: &ServiceConfig| Service {
            internal_label: config.internal_label.clone(),
            public_label: config.public_label.clone(),
            window: window(config.window),
            target_booked_minutes: config.target_booked_minutes,
            target_other_minutes: config.target_other_minutes,
            minutes: config.minutes,
            return_minutes: config.return_minutes,
            walk_in: config.walk_in.as_ref().map(walk_in),
            then: config.then.clone(),
            zones: config.zones.clone(),
            outcomes: config.outcomes.clone(),
            checklist: config.checklist.clone(),
        };
        let message =
            |config: &MessageConfig| Message { text: config.text.clone(), from: config.from, to: config.to };
        Site {
            id: id.clone(),
            name: self.name.clone(),
            zone: self.zone,
            rollover_hour: self.rollover_hour,
            hours: hours::hours(self.opens.zip(self.closes), self.hours.as_ref(), &self.closures),
            zones: self.zones.clone(),
            notes: self.notes.clone(),
            messages: self.messages.iter().map(message).collect(),
            services: self.services.iter().map(|(code, config)| (code.clone(), service(config))).collect(),
            counters: self.counters.iter().map(|(number, counter)| (*number, counter.to_counter())).collect(),
            recall: RecallRule {
                calls_max: self.recall.calls_max,
                cool_down_seconds: self.recall.cool_down_seconds,
            },
            neighbours: BTreeMap::new(),
        }
    }
}
