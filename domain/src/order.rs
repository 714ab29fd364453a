//! Who is next, and why.
//!
//! The order is decided at call time on one shared pool, filtered by what the counter can serve:
//! legal priority first, by arrival; then whoever an agent put first; then the earliest deadline
//! ([`Branch::deadline`]). Ties break by arrival, then by id, so that every machine finds the same person. Whoever was called
//! a moment ago and did not come yet is passed over for as long as that is a moment ([`Branch::cools_down`]).

use crate::{
    Branch, CounterId, Punctuality, Service, ServiceId, Site, Time, Turn, Visit, VisitId,
    visit::{Booked, Claim, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why this visit was called now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallReason {
    /// What the visit's rank rests on.
    pub class: Class,
    /// When the visitor arrived.
    pub arrival: Time,
    /// How long the visitor had waited for this call, in seconds: since the arrival, or since the visitor's turn began anew if
    /// that was later, with a card or without one.
    pub waited_seconds: u32,
}

/// What a rank rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
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
    /// Missed a call and came back: from then on.
    Returned {
        /// When.
        since: Time,
    },
    /// Put last by an agent: from then on.
    PutLast {
        /// When.
        since: Time,
    },
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
        let known = self.known(Some(counter));
        let mut waiting: Vec<(Rank, &Visit)> = self.ranked(&known, now).collect();
        waiting.sort_by_key(|(rank, _)| *rank);
        waiting.into_iter().map(|(_, visit)| visit).collect()
    }

    /// The one to call next to a counter: the first in calling order whom nobody called a moment ago.
    pub fn next_for(&self, counter: CounterId, now: Time) -> Option<&Visit> {
        let known = self.known(Some(counter));
        let ready = self.ranked(&known, now).filter(|(_, visit)| self.cools_down(visit, now).is_none());
        ready.min_by_key(|(rank, _)| *rank).map(|(_, visit)| visit)
    }

    /// Seconds until a visit can be called again, 1 or more, if it was called a moment ago and nobody came: nobody is called
    /// twice in a breath, also when they were put back or a call was taken back in between.
    pub fn cools_down(&self, visit: &Visit, now: Time) -> Option<u32> {
        let announced = visit.announced.filter(|announced| announced.response != Response::Came)?;
        let rule = self.site.as_ref()?.recall;
        let left = i64::from(rule.cool_down_seconds) - (now - announced.last).num_seconds();
        u32::try_from(left).ok().filter(|seconds| *seconds > 0)
    }

    /// Everybody who is present and can be called.
    pub fn waiting(&self, now: Time) -> impl Iterator<Item = &Visit> {
        self.visits.values().filter(move |visit| visit.can_be_called(now))
    }

    /// Everybody whose visit is not over: who can be called now, in calling order over all services, and after them those
    /// who are at a counter, away, or missed a call.
    pub fn everybody(&self, now: Time) -> Vec<&Visit> {
        let known = self.known(None);
        let live = self.visits.values().filter(|visit| visit.state.is_live());
        let rank = |visit: &Visit| known.rank(visit, known.service(&visit.service).0);
        let mut all: Vec<((bool, Rank), &Visit)> =
            live.map(|visit| ((!visit.state.can_be_called(now), rank(visit)), visit)).collect();
        all.sort_by_key(|(place, _)| *place);
        all.into_iter().map(|(_, visit)| visit).collect()
    }

    /// Everybody who can be called now and whom the counter can serve, in no order.
    pub fn within_reach(&self, counter: CounterId, now: Time) -> impl Iterator<Item = &Visit> {
        let known = self.known(Some(counter));
        self.waiting(now).filter(move |visit| known.service(&visit.service).1)
    }

    fn ranked<'a>(&'a self, known: &Known<'a>, now: Time) -> impl Iterator<Item = (Rank, &'a Visit)> {
        self.waiting(now).filter_map(|visit| {
            let (present, is_given) = known.service(&visit.service);
            is_given.then(|| (known.rank(visit, present), visit))
        })
    }

    /// By when a visit should be called.
    pub fn deadline(&self, visit: &Visit) -> Time {
        let known = self.known(None);
        let (present, _) = known.service(&visit.service);
        visit.best(|claim| known.deadline(visit, claim, present))
    }

    /// Where a visit stands in the one order of everybody who waits.
    pub fn rank(&self, visit: &Visit) -> Rank {
        let known = self.known(None);
        known.rank(visit, known.service(&visit.service).0)
    }

    /// Why a visit is called at a moment: of several claims the one that its rank rests on.
    pub fn reason(&self, visit: &Visit, now: Time) -> CallReason {
        let known = self.known(None);
        let (present, _) = known.service(&visit.service);
        let (.., class) = visit.best(|claim| {
            let is_behind = !matches!(claim.turn, Turn::First { .. });
            (is_behind, known.deadline(visit, claim, present), Class::of(claim))
        });
        let since = class.since().map_or(visit.arrival, |since| since.max(visit.arrival));
        let waited = (now - since).num_seconds().max(0);
        CallReason {
            class: if visit.priority { Class::Priority } else { class },
            arrival: visit.arrival,
            waited_seconds: u32::try_from(waited).unwrap_or(u32::MAX),
        }
    }

    /// The reason for calling a visit out of order at a moment.
    pub fn reason_by_hand(&self, visit: &Visit, now: Time) -> CallReason {
        CallReason { class: Class::ByHand, ..self.reason(visit, now) }
    }

    /// What the site's services are, and which of them a counter gives.
    fn known(&self, counter: Option<CounterId>) -> Known<'_> {
        let services = self.site.iter().flat_map(|site| site.services.iter().map(move |known| (site, known)));
        let gives = |site: &Site, id| counter.is_some_and(|counter| site.can_serve(counter, id));
        let is_counter =
            |counter| self.site.as_ref().is_some_and(|site| site.counters.contains_key(&counter));
        Known {
            services: services.map(|(site, (id, service))| (id, service, gives(site, id))).collect(),
            unknown: Service::default(),
            // A service that is configured no longer is given everywhere, see `Site::can_serve`.
            gives_unknown: counter.is_some_and(is_counter),
        }
    }
}

/// The services of a site in a row: there are few of them and many who wait, so that this finds them faster than a map.
struct Known<'a> {
    services: Vec<(&'a ServiceId, &'a Service, bool)>,
    unknown: Service,
    gives_unknown: bool,
}

impl Known<'_> {
    /// A service, and whether the counter that is asked about gives it.
    fn service(&self, id: &ServiceId) -> (&Service, bool) {
        let known = self.services.iter().find(|(known, ..)| *known == id);
        known.map_or((&self.unknown, self.gives_unknown), |(_, service, given)| (service, *given))
    }

    fn deadline(&self, visit: &Visit, claim: &Claim<'_>, present: &Service) -> Time {
        // Nearly everybody waits for what they came for.
        let of = |id: &ServiceId| if *id == visit.service { present } else { self.service(id).0 };
        claim.deadline(of(claim.entry), of(claim.by))
    }

    fn rank(&self, visit: &Visit, present: &Service) -> Rank {
        let (group, time) = if visit.priority {
            (Group::Priority, visit.card_since())
        } else {
            visit.best(|claim| match claim.turn {
                Turn::First { since } => (Group::First, since),
                Turn::Entry | Turn::Next { .. } | Turn::Back { .. } | Turn::Last { .. } => {
                    (Group::Others, self.deadline(visit, claim, present))
                }
            })
        };
        (group, time, visit.arrival, visit.id)
    }
}

impl Class {
    fn of(claim: &Claim<'_>) -> Self {
        match (claim.turn, claim.booked) {
            (Turn::First { since }, _) => Self::First { since },
            (Turn::Next { since }, _) => Self::NextService { since },
            (Turn::Back { since }, _) => Self::Returned { since },
            (Turn::Last { since }, _) => Self::PutLast { since },
            (Turn::Entry, Some(Booked { slot, punctuality: Punctuality::OnTime, .. })) => {
                Self::BookedOnTime { slot }
            }
            (Turn::Entry, Some(Booked { slot, .. })) => Self::BookedLate { slot },
            (Turn::Entry, None) => Self::WalkIn,
        }
    }

    /// Since when the visitor has waited anew, if not since the arrival.
    fn since(&self) -> Option<Time> {
        match self {
            Self::NextService { since }
            | Self::First { since }
            | Self::Returned { since }
            | Self::PutLast { since } => Some(*since),
            Self::Priority
            | Self::BookedOnTime { .. }
            | Self::BookedLate { .. }
            | Self::WalkIn
            | Self::ByHand => None,
        }
    }
}
