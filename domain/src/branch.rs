//! The state of one site: the fold of its events.

use crate::{
    AgentId, Booking, BookingKey, CounterId, DeviceId, DeviceState, Event, EventId, LaneCode, Peripheral,
    Recorded, Recovery, Service, ServiceDay, ServiceId, Site, Standing, TicketNumber, Time, Visit, VisitId,
    board::Board, booking::Elsewhere, pace::Pace, shares::Shares,
};
use chrono::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// One site's state. Ordered maps, so that it is the same everywhere, byte for byte.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Branch {
    /// Its configuration; `None` before the first event.
    pub site: Option<Site>,
    /// The present service day.
    pub day: Option<ServiceDay>,
    /// Bookings of the present and the coming days.
    pub bookings: BTreeMap<BookingKey, Booking>,
    /// Bookings of which only the day and the site are known.
    pub elsewhere: BTreeMap<BookingKey, Elsewhere>,
    /// The day's visits.
    pub visits: BTreeMap<VisitId, Visit>,
    /// The visit of every number given today.
    pub numbers: BTreeMap<TicketNumber, VisitId>,
    /// The tickets that staff moved to another visit: for the visit that each was given for, where it is now.
    #[serde(default)]
    pub moved: BTreeMap<VisitId, BTreeMap<TicketNumber, VisitId>>,
    /// The tickets that staff adopted before their facts came: for the visit that the kiosk named, their numbers.
    #[serde(default)]
    pub adopted: BTreeMap<VisitId, BTreeSet<TicketNumber>>,
    /// The counters that somebody opened.
    pub counters: BTreeMap<CounterId, CounterState>,
    /// Who may issue numbers, and how far they are.
    pub lanes: BTreeMap<LaneCode, Lane>,
    /// How many tickets without a booking each lane may give.
    #[serde(default)]
    pub shares: Shares,
    /// Tickets of which nobody knows whether they came out.
    pub print_uncertain: BTreeMap<TicketNumber, Time>,
    /// The last calls, as the waiting room sees them.
    #[serde(default)]
    pub board: Board,
    /// What hangs on each kiosk, as the kiosk last reported it.
    #[serde(default)]
    pub devices: BTreeMap<DeviceId, BTreeMap<Peripheral, DeviceState>>,
    /// How long people took lately.
    #[serde(default)]
    pub pace: Pace,
    /// The time of the last event.
    pub last_event_at: Option<Time>,
    /// What belongs to a day that has not begun here: a kiosk's clock was ahead.
    #[serde(default)]
    pub ahead: BTreeMap<EventId, Recorded>,
    /// Tickets of days that are over which came to light today: in nobody's queue, and staff should know.
    #[serde(default)]
    pub belated: BTreeMap<TicketNumber, Belated>,
    /// What is still to come to light since the log was restored from a backup; `None` if nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Recovery>,
}

/// A ticket that came to light when its day was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Belated {
    /// The day that it belongs to.
    pub day: ServiceDay,
    /// When it was given.
    pub at: Time,
}

/// An open counter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CounterState {
    /// Who sits there.
    pub agent: AgentId,
    /// Whom it called or receives.
    pub visit: Option<VisitId>,
    /// Since when it calls nobody, if it paused.
    #[serde(default)]
    pub paused: Option<Time>,
    /// Since when it is free, or, when somebody is here, since when it is theirs.
    #[serde(default)]
    pub since: Option<Time>,
    /// The latest action, which can be taken back while nothing depends on it.
    #[serde(default)]
    pub latest: Option<Action>,
}

/// What a counter did to a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Action {
    /// The event that it was recorded as.
    pub event: EventId,
    /// To whom.
    pub visit: VisitId,
    /// Where the visit stood before.
    pub before: Standing,
}

/// A series of numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lane {
    /// Whose.
    pub device: DeviceId,
    /// Of which incarnation of the device's database.
    pub incarnation: Uuid,
    /// The last number given today.
    pub last: Option<u16>,
    /// The last day on which it was granted or a number of it was given.
    #[serde(default)]
    pub active_on: Option<ServiceDay>,
    /// The day on which its device was revoked: from the next day on the code can be granted again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_on: Option<ServiceDay>,
}

/// Whoever takes longer between two visitors does something else than getting ready for the next.
const TURNAROUND_MAX: Duration = Duration::minutes(5);

impl CounterState {
    /// Since when the counter is busy with whoever is called now: since it was free and they were there, because
    /// what agents do between two visitors is time that the next ones wait as well. Found from what the call
    /// says, so that a ticket which comes to light later changes nothing.
    pub(crate) fn busy_from(&self, called: &Recorded) -> Time {
        let Event::Called { reason, .. } = &called.event else { return called.at };
        let waited = Duration::seconds(reason.waited_seconds.into());
        let ready = self.since.unwrap_or(called.at).max(called.at - waited).min(called.at);
        if called.at - ready > TURNAROUND_MAX { called.at } else { ready }
    }
}

impl Branch {
    /// A moment as it counts here. It never lies in a day that is over: where the server's clock was ahead when a day
    /// began, and was set right, the new day goes on, and whoever comes belongs to it.
    pub fn within_its_day(&self, now: Time) -> Time {
        let today = self.site.as_ref().map(|site| site.day(now));
        let recorded = self.last_event_at.filter(|_| today < self.day);
        recorded.map_or(now, |recorded| now.max(recorded))
    }

    /// A service of the site.
    pub fn service(&self, id: &ServiceId) -> Option<&Service> {
        self.site.as_ref()?.services.get(id)
    }

    /// The visit that holds a number.
    pub fn holder(&self, number: &TicketNumber) -> Option<&Visit> {
        self.visits.get(self.numbers.get(number)?)
    }

    /// The visit of whoever was given a ticket for this one, wherever staff moved the ticket and whoever else holds one
    /// of the same booking; one that is not over, if there are several.
    pub fn present(&self, id: VisitId) -> Option<&Visit> {
        let of = |id: VisitId| {
            let moved = self.moved.get(&id);
            let known = self.visits.get(&id);
            let own = known
                .filter(|visit| moved.is_none() || visit.tickets.values().any(|ticket| ticket.home == id));
            let moved = moved.into_iter().flat_map(BTreeMap::values).filter_map(|id| self.visits.get(id));
            own.into_iter().chain(moved)
        };
        let adopted = self.adopted.get(&id).into_iter().flatten().filter_map(|number| self.holder(number));
        let holders = || self.holders(id).flat_map(of).chain(adopted.clone());
        holders().find(|visit| visit.state.is_live()).or_else(|| holders().next())
    }

    /// Whether whoever has a booking came today.
    pub(crate) fn came(&self, booking: &BookingKey) -> bool {
        let visit = VisitId::of_booking(booking);
        self.visits.contains_key(&visit)
            || self.moved.contains_key(&visit)
            || self.adopted.contains_key(&visit)
    }

    /// The visit that a counter called or receives.
    pub fn at_counter(&self, counter: CounterId) -> Option<&Visit> {
        self.visits.get(&self.counters.get(&counter)?.visit?)
    }

    /// The visit that was issued the ticket whose secret token has this hash.
    pub fn follower(&self, hash: &crate::FollowHash) -> Option<&Visit> {
        self.visits.values().find(|visit| visit.follow.contains(hash))
    }

    /// Whether nobody else who is here was given a number of the visit since it was over.
    pub(crate) fn holds_its_numbers(&self, visit: &Visit) -> bool {
        let is_others = |number: &TicketNumber| {
            self.holder(number).is_some_and(|holder| holder.id != visit.id && holder.state.is_live())
        };
        !visit.numbers.iter().any(is_others)
    }

    /// The lane of a device's incarnation.
    pub fn lane_of(&self, device: DeviceId, incarnation: Uuid) -> Option<&LaneCode> {
        self.lanes
            .iter()
            .find(|(_, lane)| lane.device == device && lane.incarnation == incarnation)
            .map(|(code, _)| code)
    }

    /// The next free number of a lane. The first of a day is drawn from `random`, so that numbers do
    /// not tell how many came; numbers that were given today are skipped, or at least live ones once all were given. `None`
    /// when all are live or the lane is not granted.
    pub fn next_number(&self, code: &LaneCode, random: u128) -> Option<TicketNumber> {
        let lane = self.lanes.get(code)?;
        let per_lane = u128::from(crate::number::NUMBERS_PER_LANE);
        let offset = u16::try_from(random % per_lane).unwrap_or_default();
        let first = lane.last.map_or(TicketNumber::new(code.clone(), offset), |last| {
            TicketNumber::new(code.clone(), last).next()
        });
        let all = || {
            let from = std::iter::successors(Some(first.clone()), |number| Some(number.next()));
            from.take(usize::from(crate::number::NUMBERS_PER_LANE))
        };
        let is_free = |number: &TicketNumber| !self.holder(number).is_some_and(|visit| visit.state.is_live());
        all().find(|number| !self.numbers.contains_key(number)).or_else(|| all().find(is_free))
    }
}
