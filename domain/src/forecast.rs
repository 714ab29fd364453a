//! How long people will wait, as a range.
//!
//! The hall is played on from where it stands: the counters that are really open, whoever sits at them, whoever
//! waits, in the order of [`crate::order`], and whoever is booked and still to come. Nobody is called between two
//! openings of a day. How long each takes is drawn from the last receptions of the service ([`crate::pace`]) and,
//! as long as those are few, from what the configuration says. The range is what most of a hundred such days have in common; with little known they
//! differ more, and the range is wider. The draws begin with the same seed each time, so that the same state
//! gives the same range on every machine.

mod breaks;
mod closing;
mod draw;
mod lengths;
mod load;
mod model;
mod play;

pub use closing::Outlook;

use crate::{BookingKey, Branch, Punctuality, ServiceId, Time, Visit, VisitId, visit::Booked};
use model::{Model, Staffing};
use play::Until;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The shares of the days that were played between which a range reaches. Rounding to whole minutes widens it, so
/// that 80 to 90 of 100 waits lie within, as `docs/queue-policy.md` shows (DESIGN §4 asks for 80).
const SHARES: (f64, f64) = (0.14, 0.86);

/// From when to when somebody will probably be called, in minutes from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct WaitRange {
    /// Hardly sooner.
    pub from_minutes: u16,
    /// Hardly later; never less than `from_minutes`.
    pub to_minutes: u16,
}

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
        let (hall, people) = Model::new(self, None, now).hall();
        let seen = hall.play(Until::AllCalled);
        people.into_iter().zip(seen).filter_map(|(id, seen)| Some((id, Wait::of(seen)?))).collect()
    }

    /// How long a visitor will wait who has just come and is not in the state yet, or who is in it and waits.
    pub fn wait_of(&self, visit: &Visit, now: Time) -> Option<Wait> {
        self.wait_with(visit, Staffing::Present, Until::Called, now)
    }

    /// How long somebody would wait who came for a service now: without a booking, or booked for now where nobody
    /// is received without.
    pub fn wait_for(&self, service: &ServiceId, now: Time) -> Option<Wait> {
        self.wait_of(&self.somebody(service, now), now)
    }

    fn wait_with(
        &self,
        visit: &Visit,
        staffing: Staffing,
        until: fn(usize) -> Until,
        now: Time,
    ) -> Option<Wait> {
        let (hall, people) = Model::new(self, Some(visit), now).with(staffing).hall();
        let target = people.iter().position(|id| *id == visit.id)?;
        Wait::of(hall.play(until(target)).swap_remove(target))
    }

    /// Somebody who comes for a service now.
    fn somebody(&self, service: &ServiceId, now: Time) -> Visit {
        let takes_walk_ins = self.service(service).is_none_or(|service| service.walk_in.is_some());
        let booked = (!takes_walk_ins).then_some(Booked {
            key: BookingKey([0; 16]),
            slot: now,
            punctuality: Punctuality::OnTime,
        });
        let then = self.service(service).map(|service| service.then.clone()).unwrap_or_default();
        Visit { booked, then, ..Visit::of_somebody(VisitId(Uuid::max()), service, now) }
    }
}
