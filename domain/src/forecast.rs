//! How long people will wait, as a range.
//!
//! The hall is played on from where it stands: the counters that are really open, whoever sits at them, whoever
//! waits, in the order of [`crate::order`], and whoever is booked and still to come. How long each takes is drawn
//! from the last receptions of the service ([`crate::pace`]) and, as long as those are few, from what the
//! configuration says. The range is what most of a hundred such days have in common; with little known they
//! differ more, and the range is wider. The draws begin with the same seed each time, so that the same state
//! gives the same range on every machine.

mod draw;
mod play;

use crate::{
    Booking, BookingStatus, Branch, CounterId, Service, ServiceId, Time, Visit, VisitId, VisitState,
};
use chrono::Duration;
use draw::{Comings, Lengths};
use play::{Comer, Desk, Hall, Person};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The shares of the days that were played between which a range reaches. Rounding to whole minutes widens it, so
/// that 80 to 90 of 100 waits lie within, as `docs/queue-policy.md` shows (DESIGN §4 asks for 80).
const SHARES: (f64, f64) = (0.13, 0.87);

/// An agent who has let somebody wait for as long although nobody is at the counter is not really there.
const ABSENT_AFTER: Duration = Duration::minutes(10);

/// Who has not come so long after the slot hardly comes any more.
const ABSENT_BY: Duration = Duration::minutes(30);

/// From when to when somebody will probably be called, in minutes from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct WaitRange {
    /// Hardly sooner.
    pub from_minutes: u16,
    /// Hardly later; never less than `from_minutes`.
    pub to_minutes: u16,
}

/// Whether people without a booking can still be received today for a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outlook", rename_all = "snake_case")]
pub enum Outlook {
    /// Yes, as far as can be told.
    Open,
    /// Yes, but not for long.
    StopsSoon {
        /// Until about then, if as many wait as now.
        at: Time,
    },
    /// No: a ticket that is given now could not be called before the doors close.
    Stopped,
}

/// Staff know so long before that no more tickets are given.
const WARNED_BEFORE: Duration = Duration::minutes(45);

/// What is known of a wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wait {
    /// Hardly less, in seconds.
    pub low: f64,
    /// As often less as more, in seconds.
    pub middle: f64,
    /// Hardly more, in seconds.
    pub high: f64,
}

impl Wait {
    /// The range as people are told it: in whole minutes, both ends outwards.
    pub fn range(&self) -> WaitRange {
        let whole = |minutes: f64| minutes.clamp(0.0, f64::from(u16::MAX)) as u16;
        WaitRange {
            from_minutes: whole((self.low / 60.0).floor()),
            to_minutes: whole((self.high / 60.0).ceil()),
        }
    }

    /// Most of what was seen.
    fn of(mut seen: Vec<f64>) -> Option<Self> {
        seen.sort_by(f64::total_cmp);
        let last = seen.len().checked_sub(1)?;
        let at = |share: f64| seen.get((share * last as f64).round() as usize).copied();
        let wait = Self { low: at(SHARES.0)?, middle: at(0.5)?, high: at(SHARES.1)? };
        wait.high.is_finite().then_some(wait)
    }
}

impl Branch {
    /// How long everybody who waits will wait on. Nobody can tell of a visitor whom no open counter can serve.
    pub fn waits(&self, now: Time) -> BTreeMap<VisitId, Wait> {
        let (hall, people) = self.hall(None, now);
        let seen = hall.play(None);
        people.into_iter().zip(seen).filter_map(|(id, seen)| Some((id, Wait::of(seen)?))).collect()
    }

    /// How long a visitor will wait who has just come and is not in the state yet, or who is in it and waits.
    pub fn wait_of(&self, visit: &Visit, now: Time) -> Option<Wait> {
        let (hall, people) = self.hall(Some(visit), now);
        let target = people.iter().position(|id| *id == visit.id)?;
        Wait::of(hall.play(Some(target)).swap_remove(target))
    }

    /// How long somebody without a booking would wait who came for a service now.
    pub fn wait_for(&self, service: &ServiceId, now: Time) -> Option<Wait> {
        self.wait_of(&Visit::of_somebody(VisitId(Uuid::max()), service, now), now)
    }

    /// Whether people without a booking can still be received today for a service. A forecast decides: as far as
    /// nobody can tell, they can.
    pub fn outlook(&self, service: &ServiceId, now: Time) -> Outlook {
        let last_call = || {
            let site = self.site.as_ref()?;
            let minutes = site.services.get(service)?.walk_in.as_ref()?.stop_before_closing_minutes?;
            Some(site.last_closing(now)? - Duration::minutes(minutes.into()))
        };
        let wait = || self.wait_for(service, now);
        let Some((last_call, wait)) = last_call().and_then(|last| Some((last, wait()?))) else {
            return Outlook::Open;
        };
        let stops_at = last_call - Duration::seconds(wait.middle.ceil() as i64);
        if stops_at < now {
            Outlook::Stopped
        } else if stops_at - now <= WARNED_BEFORE {
            Outlook::StopsSoon { at: stops_at }
        } else {
            Outlook::Open
        }
    }

    /// The state as it is played on, and who of it is asked about.
    fn hall(&self, newcomer: Option<&Visit>, now: Time) -> (Hall, Vec<VisitId>) {
        let mut kinds: Vec<&ServiceId> = Vec::new();
        let present = self.visits.values().chain(newcomer);
        let booked: Vec<&Booking> = self.of_the_day(now).filter(|booking| !self.came(booking)).collect();
        let named = present.clone().flat_map(|visit| std::iter::once(&visit.service).chain(&visit.then));
        kinds.extend(named.chain(booked.iter().map(|booking| &booking.service)));
        kinds.extend(booked.iter().filter_map(|b| self.service(&b.service)).flat_map(|s| &s.then));
        kinds.sort();
        kinds.dedup();
        let kind = |service: &ServiceId| kinds.binary_search(&service).unwrap_or_default();
        let unknown = Service::default();
        let configured = |service: &ServiceId| self.service(service).unwrap_or(&unknown);
        let from_now = |time: Time| (time - now).as_seconds_f64();

        let person = |visit: &Visit, from: f64| {
            let (group, by, arrival, id) = self.rank(visit);
            let then = visit.then.iter().map(kind).collect();
            let rank = (group, from_now(by), from_now(arrival), id.0.as_u128());
            Person { rank, from, kind: kind(&visit.service), then, asked: None }
        };
        let waiting = present.filter(|visit| newcomer.is_none_or(|new| new.id != visit.id));
        let waiting = waiting.chain(newcomer).filter_map(|visit| match visit.state {
            VisitState::Waiting => Some((visit, 0.0)),
            VisitState::Parked { until, .. } => Some((visit, from_now(until).max(0.0))),
            _ => None,
        });
        let (mut people, mut ids) = (Vec::new(), Vec::new());
        for (visit, from) in waiting {
            people.push(Person { asked: Some(ids.len()), ..person(visit, from) });
            ids.push(visit.id);
        }
        let desks = self.counters.keys().filter(|counter| self.is_really_open(**counter, now));
        let desk = |counter: &CounterId| Desk {
            gives: kinds.iter().map(|service| self.can_serve(*counter, service)).collect(),
            with: self.at_counter(*counter).map(|visit| {
                let since = self.counters.get(counter).and_then(|open| open.since).unwrap_or(now);
                (person(visit, 0.0), -from_now(since).min(0.0))
            }),
        };
        let seconds = |minutes: u16| f64::from(minutes) * 60.0;
        let comer = |booking: &&Booking| {
            let service = configured(&booking.service);
            Comer {
                slot: from_now(booking.slot),
                late_after: seconds(service.window.after_minutes),
                earliest: -seconds(service.window.before_minutes),
                latest: seconds(service.window.late_minutes),
                on_time: seconds(service.target_booked_minutes),
                other: seconds(service.target_other_minutes),
                kind: kind(&booking.service),
                then: service.then.iter().map(kind).collect(),
            }
        };
        let mut comers: Vec<Comer> = booked.iter().map(comer).collect();
        comers.sort_by(|a, b| a.opens().total_cmp(&b.opens()));
        let lengths = |service: &&ServiceId| {
            Lengths::new(seconds(configured(service).minutes), self.pace.seconds(service))
        };
        let hall = Hall {
            desks: desks.map(desk).collect(),
            people,
            comers,
            comings: self.comings(now),
            lengths: kinds.iter().map(lengths).collect(),
            next: kinds.iter().map(|service| seconds(configured(service).target_booked_minutes)).collect(),
        };
        (hall, ids)
    }

    /// The booked visitors of the day.
    fn of_the_day(&self, now: Time) -> impl Iterator<Item = &Booking> {
        let site = self.site.as_ref();
        let is_today = move |slot: Time| site.is_some_and(|site| site.day(slot) == site.day(now));
        let stands =
            move |booking: &&Booking| booking.status == BookingStatus::Booked && is_today(booking.slot);
        self.bookings.values().filter(stands)
    }

    fn came(&self, booking: &Booking) -> bool {
        self.visits.contains_key(&VisitId::of_booking(&booking.key))
    }

    /// How the booked visitors of the day have come so far, or not.
    fn comings(&self, now: Time) -> Comings {
        let booked = self.visits.values().filter_map(|visit| Some((visit, visit.booked?)));
        let offsets = booked.map(|(visit, booked)| (visit.arrival - booked.slot).as_seconds_f64()).collect();
        let is_past = |booking: &&Booking| booking.slot + ABSENT_BY < now;
        let (past, absent) = self
            .of_the_day(now)
            .filter(is_past)
            .fold((0, 0), |(past, absent), b| (past + 1, absent + usize::from(!self.came(b))));
        let cards = self.visits.values().filter(|visit| visit.priority).count();
        Comings::new(offsets, (past, absent), (self.visits.len(), cards))
    }

    /// Whether somebody is at a counter who calls people.
    fn is_really_open(&self, counter: CounterId, now: Time) -> bool {
        let Some(open) = self.counters.get(&counter).filter(|open| open.paused.is_none()) else {
            return false;
        };
        let idle_since = open.since.filter(|_| open.visit.is_none());
        let waits_in_vain = |since: Time| {
            let next = self.next_for(counter, now);
            next.is_some_and(|visit| now - since.max(visit.arrival) > ABSENT_AFTER)
        };
        !idle_since.is_some_and(waits_in_vain)
    }

    fn can_serve(&self, counter: CounterId, service: &ServiceId) -> bool {
        self.site.as_ref().is_some_and(|site| site.can_serve(counter, service))
    }
}
