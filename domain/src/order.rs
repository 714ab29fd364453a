//! Who is next, and why.
//!
//! The order is decided at call time on one shared pool, filtered by what the counter can serve:
//! legal priority first, by arrival; then whoever an agent put first; then the earliest deadline
//! ([`Visit::deadline`]). Ties break by arrival, then by id, so that every machine finds the same person.

use crate::{Branch, CounterId, Punctuality, Service, ServiceId, Time, Turn, Visit, VisitId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why this visit was called now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallReason {
    /// What the visit's rank rests on.
    pub class: Class,
    /// When the visitor arrived.
    pub arrival: Time,
    /// How long the visitor had been present, in seconds.
    pub waited_seconds: u32,
}

/// What a rank rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// Missed a call and came back, or was put last: from then on.
    Returned,
    /// The next service of the same visit: the end of the one before.
    NextService {
        /// When that one ended.
        since: Time,
    },
    /// Put first by an agent.
    First {
        /// When.
        since: Time,
    },
    /// Chosen by somebody who may, out of order.
    ByHand,
}

/// What visits are compared by: smaller is sooner.
pub type Rank = (Group, Time, Time, VisitId);

/// Who goes before whom, whatever the deadlines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The law puts them first.
    Priority,
    /// An agent put them first.
    First,
    /// Everybody else.
    Others,
}

impl Branch {
    /// Everybody who can be called now and whom the counter can serve, in calling order.
    pub fn waiting_for(&self, counter: CounterId, now: Time) -> Vec<&Visit> {
        let known = self.known();
        let mut waiting: Vec<(Rank, &Visit)> =
            self.within_reach(counter, now).map(|visit| (known.rank(visit), visit)).collect();
        waiting.sort_by_key(|(rank, _)| *rank);
        waiting.into_iter().map(|(_, visit)| visit).collect()
    }

    /// The one to call next to a counter.
    pub fn next_for(&self, counter: CounterId, now: Time) -> Option<&Visit> {
        let known = self.known();
        self.within_reach(counter, now).min_by_key(|visit| known.rank(visit))
    }

    /// Everybody who is present and can be called.
    pub fn waiting(&self, now: Time) -> impl Iterator<Item = &Visit> {
        self.visits.values().filter(move |visit| visit.state.can_be_called(now))
    }

    /// Everybody who can be called now and whom the counter can serve, in no order.
    pub fn within_reach(&self, counter: CounterId, now: Time) -> impl Iterator<Item = &Visit> {
        let services = self.site.iter().flat_map(|site| site.services.keys().map(move |id| (site, id)));
        let gives: Vec<(&ServiceId, bool)> =
            services.map(|(site, id)| (id, site.can_serve(counter, id))).collect();
        // A service that is configured no longer is given everywhere, see `Site::can_serve`.
        let is_counter = self.site.as_ref().is_some_and(|site| site.counters.contains_key(&counter));
        self.waiting(now).filter(move |visit| {
            gives.iter().find(|(id, _)| **id == visit.service).map_or(is_counter, |(_, given)| *given)
        })
    }

    /// By when a visit should be called.
    pub fn deadline(&self, visit: &Visit) -> Time {
        self.known().deadline(visit)
    }

    /// Where a visit stands in the one order of everybody who waits.
    pub fn rank(&self, visit: &Visit) -> Rank {
        self.known().rank(visit)
    }

    fn known(&self) -> Known<'_> {
        Known {
            services: self.site.iter().flat_map(|site| &site.services).collect(),
            unknown: Service::default(),
        }
    }
}

/// The services of a site in a row: there are few of them and many who wait, so that this finds them faster than a map.
struct Known<'a> {
    services: Vec<(&'a ServiceId, &'a Service)>,
    unknown: Service,
}

impl Known<'_> {
    fn service(&self, id: &ServiceId) -> &Service {
        self.services.iter().find(|(known, _)| *known == id).map_or(&self.unknown, |(_, service)| service)
    }

    fn deadline(&self, visit: &Visit) -> Time {
        visit.deadline(self.service(&visit.entry), self.service(&visit.service))
    }

    fn rank(&self, visit: &Visit) -> Rank {
        let (group, time) = match visit.place() {
            _ if visit.priority => (Group::Priority, visit.arrival),
            Turn::First { since } => (Group::First, since),
            Turn::Entry | Turn::Next { .. } | Turn::Back { .. } => (Group::Others, self.deadline(visit)),
        };
        (group, time, visit.arrival, visit.id)
    }
}

impl CallReason {
    /// The reason for calling a visit at a moment.
    pub fn of(visit: &Visit, now: Time) -> Self {
        let class = match (visit.place(), &visit.booked) {
            _ if visit.priority => Class::Priority,
            (Turn::First { since }, _) => Class::First { since },
            (Turn::Next { since }, _) => Class::NextService { since },
            (Turn::Back { .. }, _) => Class::Returned,
            (Turn::Entry, Some(booked)) if booked.punctuality == Punctuality::OnTime => {
                Class::BookedOnTime { slot: booked.slot }
            }
            (Turn::Entry, Some(booked)) => Class::BookedLate { slot: booked.slot },
            (Turn::Entry, None) => Class::WalkIn,
        };
        Self::with(class, visit, now)
    }

    /// The reason for calling a visit out of order.
    pub fn by_hand(visit: &Visit, now: Time) -> Self {
        Self::with(Class::ByHand, visit, now)
    }

    /// Since when the visitor could have been called.
    pub(crate) fn ready_since(&self) -> Time {
        match self.class {
            Class::NextService { since } | Class::First { since } => since.max(self.arrival),
            Class::Priority
            | Class::BookedOnTime { .. }
            | Class::BookedLate { .. }
            | Class::WalkIn
            | Class::Returned
            | Class::ByHand => self.arrival,
        }
    }

    fn with(class: Class, visit: &Visit, now: Time) -> Self {
        let waited = (now - visit.arrival).num_seconds().max(0);
        Self { class, arrival: visit.arrival, waited_seconds: u32::try_from(waited).unwrap_or(u32::MAX) }
    }
}
