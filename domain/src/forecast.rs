//! How long people will wait, as a range.
//!
//! The hall is played on from where it stands: the counters that are really open, whoever sits at them, whoever
//! waits, in the order of [`crate::order`], and whoever is booked and still to come. How long each takes is drawn
//! from the last receptions of the service ([`crate::pace`]) and, as long as those are few, from what the
//! configuration says. The range is what most of a hundred such days have in common; with little known they
//! differ more, and the range is wider. The draws begin with the same seed each time, so that the same state
//! gives the same range on every machine.

mod draw;
mod model;
mod play;

use crate::{BookingKey, Branch, Punctuality, ServiceId, Time, Visit, VisitId, visit::Booked};
use chrono::Duration;
use model::Model;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The shares of the days that were played between which a range reaches. Rounding to whole minutes widens it, so
/// that 80 to 90 of 100 waits lie within, as `docs/queue-policy.md` shows (DESIGN §4 asks for 80).
const SHARES: (f64, f64) = (0.13, 0.87);

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
        let (hall, people) = Model::new(self, None, now).hall();
        let seen = hall.play(None);
        people.into_iter().zip(seen).filter_map(|(id, seen)| Some((id, Wait::of(seen)?))).collect()
    }

    /// How long a visitor will wait who has just come and is not in the state yet, or who is in it and waits.
    pub fn wait_of(&self, visit: &Visit, now: Time) -> Option<Wait> {
        let (hall, people) = Model::new(self, Some(visit), now).hall();
        let target = people.iter().position(|id| *id == visit.id)?;
        Wait::of(hall.play(Some(target)).swap_remove(target))
    }

    /// How long somebody would wait who came for a service now: without a booking, or booked for now where nobody
    /// is received without.
    pub fn wait_for(&self, service: &ServiceId, now: Time) -> Option<Wait> {
        let takes_walk_ins = self.service(service).is_none_or(|service| service.walk_in.is_some());
        let booked = (!takes_walk_ins).then_some(Booked {
            key: BookingKey([0; 16]),
            slot: now,
            punctuality: Punctuality::OnTime,
        });
        let somebody = Visit { booked, ..Visit::of_somebody(VisitId(Uuid::max()), service, now) };
        self.wait_of(&somebody, now)
    }

    /// Whether people without a booking can still be received today for a service. A forecast decides; where no
    /// counter is open that gives it, only the clock.
    pub fn outlook(&self, service: &ServiceId, now: Time) -> Outlook {
        self.outlook_after(service, || self.wait_for(service, now), now)
    }

    /// The same for whoever knows already how long somebody would wait.
    pub fn outlook_after(
        &self,
        service: &ServiceId,
        wait: impl FnOnce() -> Option<Wait>,
        now: Time,
    ) -> Outlook {
        let Some(site) = &self.site else { return Outlook::Open };
        if !site.is_open(now) && site.opens_next(now).is_none() {
            return Outlook::Stopped;
        }
        let last_call = || {
            let minutes = site.services.get(service)?.walk_in.as_ref()?.stop_before_closing_minutes?;
            Some(site.last_closing(now)? - Duration::minutes(minutes.into()))
        };
        let Some(last_call) = last_call() else { return Outlook::Open };
        // Where no counter is open nobody can tell the wait; the doors close all the same.
        let wait = wait().map_or(0.0, |wait| wait.middle);
        let stops_at = last_call - Duration::seconds(wait.ceil() as i64);
        if stops_at < now {
            Outlook::Stopped
        } else if stops_at - now <= WARNED_BEFORE {
            Outlook::StopsSoon { at: stops_at }
        } else {
            Outlook::Open
        }
    }
}
