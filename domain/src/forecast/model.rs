//! A site's state as one that can be played on: seconds from now instead of times, places in lists instead of codes.

use super::{
    breaks::Breaks,
    draw::Comings,
    lengths::{Known, Lengths, Scale},
    play::{Comer, Desk, Hall, Person},
};
use crate::{
    Booking, BookingStatus, Branch, CounterId, CounterState, Service, ServiceId, Time, Turn, Visit, VisitId,
    VisitState,
};
use chrono::Duration;
use std::collections::BTreeSet;

/// An agent who has let somebody wait for as long although nobody is at the counter is not really there; in seconds,
/// without breaks.
const ABSENT_AFTER: f64 = 10.0 * 60.0;

/// A reception that has lasted so many times as long as the longest that is known is one that nobody closed: the
/// agent went without a word.
const FORGOTTEN: f64 = 2.0;
/// How much longer than the mean of the configuration the longest receptions are.
const LONGEST: f64 = 2.5;

/// Who has not come so long after the slot hardly comes any more.
const ABSENT_BY: Duration = Duration::minutes(30);

/// Which counters are reckoned with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Staffing {
    /// Those at which somebody calls people.
    Present,
    /// All that are open, as if every agent who paused or went without a word were back.
    Back,
    /// All that the site has, as if an agent sat down at each.
    Everywhere,
}

pub(super) struct Model<'a> {
    pub(super) branch: &'a Branch,
    staffing: Staffing,
    now: Time,
    /// Somebody who is asked about and may not be in the state yet.
    newcomer: Option<&'a Visit>,
    /// Every service that somebody waits for, receives or may come for.
    kinds: Vec<&'a ServiceId>,
    unknown: Service,
    breaks: Breaks,
}

impl<'a> Model<'a> {
    pub(super) fn new(branch: &'a Branch, newcomer: Option<&'a Visit>, now: Time) -> Self {
        let live = branch.visits.values().filter(|visit| visit.state.is_live()).chain(newcomer);
        let named = live.flat_map(|visit| std::iter::once(&visit.service).chain(&visit.then));
        let configured = branch.site.iter().flat_map(|site| site.services.keys());
        let kinds: BTreeSet<&ServiceId> = configured.chain(named).collect();
        let unknown = Service::default();
        Self {
            branch,
            staffing: Staffing::Present,
            now,
            newcomer,
            kinds: kinds.into_iter().collect(),
            unknown,
            breaks: Breaks::of(branch.site.as_ref(), now),
        }
    }

    /// The same with other counters.
    pub(super) fn with(self, staffing: Staffing) -> Self {
        Self { staffing, ..self }
    }

    /// The hall, and who of it is asked about.
    pub(super) fn hall(&self) -> (Hall, Vec<VisitId>) {
        let (people, ids) = self.people();
        let known: Vec<Known> = self.kinds.iter().map(|kind| self.known(kind)).collect();
        let scale = Scale::of(&known);
        let hall = Hall {
            desks: self.staffed().map(|counter| self.desk(counter)).collect(),
            people,
            comers: self.comers(),
            comings: self.comings(),
            lengths: known.into_iter().map(|known| Lengths::new(known, &scale)).collect(),
            scale,
            next: self.kinds.iter().map(|kind| seconds(self.service(kind).target_booked_minutes)).collect(),
            breaks: self.breaks.clone(),
        };
        (hall, ids)
    }

    /// What is known of how long the receptions of a service take.
    fn known(&self, service: &ServiceId) -> Known {
        let at = |(counter, open): (&CounterId, &CounterState)| {
            let visit = self.branch.at_counter(*counter)?;
            let since = open.since.filter(|_| visit.service == *service && !self.is_forgotten(*counter))?;
            Some(-self.worked_until(since))
        };
        Known {
            configured: seconds(self.service(service).minutes),
            seen: self.branch.pace.seconds(service).collect(),
            under_way: self.branch.counters.iter().filter_map(at).collect(),
        }
    }

    fn people(&self) -> (Vec<Person>, Vec<VisitId>) {
        let others = self.branch.visits.values();
        let others = others.filter(|visit| self.newcomer.is_none_or(|newcomer| newcomer.id != visit.id));
        let waiting = others.chain(self.newcomer).filter_map(|visit| match visit.state {
            VisitState::Waiting => Some((visit, 0.0)),
            VisitState::Parked { until, .. } => Some((visit, self.seconds_until(until).max(0.0))),
            _ => None,
        });
        let asked =
            |(place, (visit, from))| (Person { asked: Some(place), ..self.person(visit, from) }, visit.id);
        waiting.enumerate().map(asked).unzip()
    }

    fn person(&self, visit: &Visit, from: f64) -> Person {
        let (group, by, arrival, id) = self.branch.rank(visit);
        let rank = (group, self.seconds_until(by), self.seconds_until(arrival), id.0.as_u128());
        Person { rank, from, kind: self.kind(&visit.service), then: self.kinds_of(&visit.then), asked: None }
    }

    fn desk(&self, counter: CounterId) -> Desk {
        let site = self.branch.site.as_ref();
        let gives = |service: &&ServiceId| site.is_some_and(|site| site.can_serve(counter, service));
        let since = self.branch.counters.get(&counter).and_then(|open| open.since).unwrap_or(self.now);
        let present = self.branch.at_counter(counter).filter(|_| !self.is_forgotten(counter));
        Desk {
            gives: self.kinds.iter().map(gives).collect(),
            with: present.map(|visit| (self.person(visit, 0.0), (-self.worked_until(since)).max(0.0))),
        }
    }

    /// Whoever is booked and can still come, by the time from which on they can.
    fn comers(&self) -> Vec<Comer> {
        let to_come =
            self.bookings().filter(|booking| !self.came(booking)).map(|booking| self.comer(booking));
        let mut comers: Vec<Comer> = to_come.filter(|comer| comer.slot + comer.latest > 0.0).collect();
        comers.sort_by(|a, b| a.opens().total_cmp(&b.opens()));
        comers
    }

    fn comer(&self, booking: &Booking) -> Comer {
        let service = self.service(&booking.service);
        Comer {
            slot: self.seconds_until(booking.slot),
            late_after: seconds(service.window.after_minutes),
            earliest: -seconds(service.window.before_minutes),
            latest: seconds(service.window.late_minutes),
            on_time: seconds(service.target_booked_minutes),
            other: seconds(service.target_other_minutes),
            kind: self.kind(&booking.service),
            then: self.kinds_of(&service.then),
        }
    }

    /// How the booked visitors of the day have come so far, or not.
    fn comings(&self) -> Comings {
        let visits = &self.branch.visits;
        let booked = visits.values().filter_map(|visit| Some((visit, visit.booked?)));
        let offsets = booked.map(|(visit, booked)| (visit.arrival - booked.slot).as_seconds_f64()).collect();
        let past = self.bookings().filter(|booking| booking.slot + ABSENT_BY < self.now);
        let (past, absent) =
            past.fold((0, 0), |(past, absent), b| (past + 1, absent + usize::from(!self.came(b))));
        let cards = visits.values().filter(|visit| visit.priority).count();
        Comings::new(offsets, (past, absent), (visits.len(), cards))
    }

    /// The bookings of the day that stand.
    fn bookings(&self) -> impl Iterator<Item = &'a Booking> {
        let (site, now) = (self.branch.site.as_ref(), self.now);
        let is_today = move |slot: Time| site.is_some_and(|site| site.day(slot) == site.day(now));
        let stands =
            move |booking: &&Booking| booking.status == BookingStatus::Booked && is_today(booking.slot);
        self.branch.bookings.values().filter(stands)
    }

    fn came(&self, booking: &Booking) -> bool {
        self.branch.came(&booking.key)
    }

    fn staffed(&self) -> impl Iterator<Item = CounterId> {
        let (open, staffing) = (&self.branch.counters, self.staffing);
        let every = self.branch.site.iter().flat_map(|site| site.counters.keys());
        let every = every.filter(move |_| staffing == Staffing::Everywhere);
        let some = open.keys().filter(move |_| staffing != Staffing::Everywhere);
        let is_there =
            move |counter: &CounterId| staffing != Staffing::Present || self.is_really_open(*counter);
        every.chain(some).copied().filter(is_there)
    }

    /// Whether somebody is at a counter who calls people.
    fn is_really_open(&self, counter: CounterId) -> bool {
        let open = self.branch.counters.get(&counter).filter(|open| open.paused.is_none());
        let Some(open) = open else { return false };
        if self.branch.at_counter(counter).is_some() {
            return !self.is_forgotten(counter);
        }
        let since = open.since.unwrap_or(self.now);
        let is_long_ago = |time: Time| -self.worked_until(since.max(time)) > ABSENT_AFTER;
        let waits_in_vain = |visit: &Visit| {
            is_long_ago(callable_since(visit)) && self.branch.pace.last_end(visit.id).is_none_or(is_long_ago)
        };
        !self.branch.within_reach(counter, self.now).any(waits_in_vain)
    }

    /// Whether the agent went without closing a reception.
    fn is_forgotten(&self, counter: CounterId) -> bool {
        let Some(visit) = self.branch.at_counter(counter) else { return false };
        let since = self.branch.counters.get(&counter).and_then(|open| open.since).unwrap_or(self.now);
        let configured = LONGEST * seconds(self.service(&visit.service).minutes);
        let longest = self.branch.pace.seconds(&visit.service).fold(configured, f64::max);
        -self.worked_until(since) > FORGOTTEN * longest
    }

    fn service(&self, id: &ServiceId) -> &Service {
        self.branch.service(id).unwrap_or(&self.unknown)
    }

    /// The place of a service. A booking may be for one that the configuration has lost: it is taken for the first.
    pub(super) fn kind(&self, service: &ServiceId) -> usize {
        self.kinds.binary_search(&service).unwrap_or_default()
    }

    fn kinds_of(&self, services: &[ServiceId]) -> Vec<usize> {
        services.iter().map(|service| self.kind(service)).collect()
    }

    fn seconds_until(&self, time: Time) -> f64 {
        (time - self.now).as_seconds_f64()
    }

    /// The same without the breaks in between.
    pub(super) fn worked_until(&self, time: Time) -> f64 {
        self.breaks.worked(self.seconds_until(time))
    }
}

fn seconds(minutes: u16) -> f64 {
    f64::from(minutes) * 60.0
}

/// Since when a visitor who can be called could have been: not before a return, whenever they arrived.
fn callable_since(visit: &Visit) -> Time {
    let heard = visit.announced.map_or(visit.arrival, |announced| announced.last);
    let since = match (&visit.state, visit.place().0) {
        (VisitState::Parked { until, .. }, _) => *until,
        (_, Turn::Entry) => visit.arrival,
        (_, Turn::Next { since } | Turn::Back { since } | Turn::Last { since } | Turn::First { since }) => {
            since
        }
    };
    since.max(heard)
}
