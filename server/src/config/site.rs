//! A site as an operator writes it.

use crate::import::Mapping;
use chrono::NaiveTime;
use chrono_tz::Tz;
use domain::{Counter, CounterId, RecallRule, Service, ServiceId, Site, SiteId, Text};
use serde::{Deserialize, Deserializer, de::Error};
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
    /// `"08:30"`
    #[serde(deserialize_with = "wall_time")]
    pub opens: NaiveTime,
    /// `"16:00"`
    #[serde(deserialize_with = "wall_time")]
    pub closes: NaiveTime,
    /// How people are called again.
    #[serde(default = "recall")]
    pub recall: RecallRule,
    /// `[sites.NAME.services.CODE]`
    pub services: BTreeMap<ServiceId, ServiceConfig>,
    /// `3 = ["RT", "REC"]`: which services each counter gives.
    pub counters: BTreeMap<CounterId, BTreeSet<ServiceId>>,
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
    pub window: domain::Window,
    /// Minutes after the slot.
    #[serde(default = "ten")]
    pub target_booked_minutes: u16,
    /// Minutes after the arrival.
    #[serde(default = "forty")]
    pub target_other_minutes: u16,
    /// Whether and how people come without a booking.
    #[serde(default)]
    pub walk_in: Option<domain::WalkIn>,
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
fn recall() -> RecallRule {
    RecallRule { calls_max: 3, cool_down_seconds: 5 }
}

fn wall_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    NaiveTime::parse_from_str(&text, "%H:%M")
        .map_err(|_| D::Error::custom(format!("`{text}` is not a time such as 08:30")))
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
    /// The site as the rules know it, without its neighbours.
    pub fn to_site(&self, id: &SiteId) -> Site {
        let service = |config: &ServiceConfig| Service {
            internal_label: config.internal_label.clone(),
            public_label: config.public_label.clone(),
            window: config.window,
            target_booked_minutes: config.target_booked_minutes,
            target_other_minutes: config.target_other_minutes,
            walk_in: config.walk_in.clone(),
        };
        let counter = |serves: &BTreeSet<ServiceId>| Counter { serves: serves.clone() };
        Site {
            id: id.clone(),
            name: self.name.clone(),
            zone: self.zone,
            rollover_hour: self.rollover_hour,
            opens: self.opens,
            closes: self.closes,
            services: self.services.iter().map(|(code, config)| (code.clone(), service(config))).collect(),
            counters: self
                .counters
                .iter()
                .map(|(number, serves)| (CounterId(number.0), counter(serves)))
                .collect(),
            recall: self.recall,
            neighbours: BTreeMap::new(),
        }
    }
}
