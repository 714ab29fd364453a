//! How long people took lately: what a forecast can know of how this hall works.

use crate::{ServiceId, Time, VisitId};
use chrono::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// How many of the last receptions of a service are remembered: enough for a spread, few enough to follow a
/// morning that grows slow.
const REMEMBERED: usize = 24;

/// The last receptions of each service. They outlive the day: this morning is more like yesterday than like a
/// figure of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Pace(BTreeMap<ServiceId, VecDeque<Reception>>);

/// One visitor at one counter: from when the counter could take somebody until it could again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reception {
    /// Who.
    pub visit: VisitId,
    /// From when.
    pub from: Time,
    /// Until when.
    pub until: Time,
}

impl Pace {
    /// How long the last receptions of a service took, in seconds.
    pub fn seconds(&self, service: &ServiceId) -> impl Iterator<Item = f64> {
        let last = self.0.get(service).into_iter().flatten();
        last.map(|reception| (reception.until - reception.from).max(Duration::zero()).as_seconds_f64())
    }

    /// When a visitor's last reception ended, as far as it is remembered.
    pub(crate) fn last_end(&self, visit: VisitId) -> Option<Time> {
        let all = self.0.values().flatten().filter(|reception| reception.visit == visit);
        all.map(|reception| reception.until).max()
    }

    /// Somebody was received.
    pub(crate) fn record(&mut self, service: &ServiceId, reception: Reception) {
        let last = self.0.entry(service.clone()).or_default();
        last.push_back(reception);
        if last.len() > REMEMBERED {
            last.pop_front();
        }
    }

    /// The end of a visitor's last reception was taken back: since when the counter is busy with them.
    pub(crate) fn take_back(&mut self, service: &ServiceId, visit: VisitId) -> Option<Time> {
        let last = self.0.get_mut(service)?;
        let place = last.iter().rposition(|reception| reception.visit == visit)?;
        last.remove(place).map(|reception| reception.from)
    }
}
