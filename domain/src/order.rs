//! Who is next, and why.
//!
//! The order is decided at call time on one shared pool, filtered by what the counter can serve:
//! legal priority first, by arrival; then the earliest deadline ([`Visit::deadline`]). Ties break
//! by arrival, then by id, so that every machine finds the same person.

use crate::{Branch, CounterId, Punctuality, Time, Visit, VisitId, VisitState};
use serde::{Deserialize, Serialize};

/// Why this visit was called now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallReason {
    /// What the visit's rank rests on.
    pub class: Class,
    /// When the visitor arrived.
    pub arrival: Time,
    /// How long the visitor had been present, in seconds.
    pub waited_seconds: u32,
}

/// What a rank rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "class", rename_all = "snake_case")]
pub enum Class {
    /// A card of articles L241-3 or R215-3 CASF.
    Priority,
    /// Booked and on time: the slot.
    BookedOnTime {
        /// When expected.
        slot: Time,
    },
    /// Booked and late: the arrival.
    BookedLate {
        /// When expected.
        slot: Time,
    },
    /// No booking: the arrival.
    WalkIn,
    /// Missed a call and came back: the return.
    Returned,
}

/// What visits are compared by: smaller is sooner.
pub type Rank = (bool, Time, Time, VisitId);

impl Branch {
    /// Everybody who waits and whom the counter can serve, in calling order.
    pub fn waiting_for(&self, counter: CounterId) -> Vec<&Visit> {
        let Some(serves) = self.site.as_ref().and_then(|site| site.counters.get(&counter)).map(|c| &c.serves)
        else {
            return Vec::new();
        };
        let mut waiting: Vec<(Rank, &Visit)> = self
            .waiting()
            .filter(|visit| serves.contains(&visit.service))
            .map(|visit| (self.rank(visit), visit))
            .collect();
        waiting.sort_by_key(|(rank, _)| *rank);
        waiting.into_iter().map(|(_, visit)| visit).collect()
    }

    /// The one to call next to a counter.
    pub fn next_for(&self, counter: CounterId) -> Option<&Visit> {
        let serves = &self.site.as_ref()?.counters.get(&counter)?.serves;
        self.waiting().filter(|visit| serves.contains(&visit.service)).min_by_key(|visit| self.rank(visit))
    }

    /// Everybody who is present and not called.
    pub fn waiting(&self) -> impl Iterator<Item = &Visit> {
        self.visits.values().filter(|visit| visit.state == VisitState::Waiting)
    }

    fn rank(&self, visit: &Visit) -> Rank {
        let deadline = match self.service(&visit.service) {
            Some(service) if !visit.priority => visit.deadline(service),
            _ => visit.arrival,
        };
        (!visit.priority, deadline, visit.arrival, visit.id)
    }
}

impl CallReason {
    /// The reason for calling a visit at a moment.
    pub fn of(visit: &Visit, now: Time) -> Self {
        let class = match (&visit.booked, visit.returned) {
            _ if visit.priority => Class::Priority,
            (_, Some(_)) => Class::Returned,
            (Some(booked), None) if booked.punctuality == Punctuality::OnTime => {
                Class::BookedOnTime { slot: booked.slot }
            }
            (Some(booked), None) => Class::BookedLate { slot: booked.slot },
            (None, None) => Class::WalkIn,
        };
        let waited = (now - visit.arrival).num_seconds().max(0);
        Self { class, arrival: visit.arrival, waited_seconds: u32::try_from(waited).unwrap_or(u32::MAX) }
    }
}
