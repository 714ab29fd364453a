//! How much work comes to the counters of one service, and how much did of late. Breaks are left out of all times.

use super::{model::Model, play::Hall};
use crate::{Ending, ServiceId, Visit, VisitState};

/// What went before is looked at for so long: what is told of the end of the day does not come and go with every
/// visitor who takes a little less than expected.
const HELD_SECONDS: u16 = 20 * 60;
/// How often it is looked at.
const STEP_SECONDS: usize = 60;
/// Whoever came longer ago tells nothing of who comes now, in seconds; whoever came half as long ago counts half.
const LATELY: f64 = 40.0 * 60.0;
/// Bookings are counted so far ahead, in seconds.
const NEXT: f64 = 60.0 * 60.0;
/// A wait that hardly anybody exceeds is at most so many times as long as the work before it.
const CAUTION_MAX: f64 = 1.5;

pub(super) struct Load<'a> {
    model: &'a Model<'a>,
    hall: &'a Hall,
    kind: usize,
    /// For how long somebody who comes for each service keeps these counters busy, all of them together, in seconds.
    /// What others give as well is shared with those.
    brings: Vec<f64>,
}

impl<'a> Load<'a> {
    /// Of the hall as the model has it.
    pub(super) fn of(model: &'a Model<'a>, hall: &'a Hall, service: &ServiceId) -> Self {
        let kind = model.kind(service);
        let desks = hall.desks.iter().filter(|desk| desk.gives[kind]).count().max(1) as f64;
        let brings = |other: usize| {
            let all = hall.desks.iter().filter(|desk| desk.gives[other]);
            let (all, mine) =
                all.fold((0, 0), |(all, mine), desk| (all + 1, mine + u32::from(desk.gives[kind])));
            hall.lengths[other].mean() * f64::from(mine) / f64::from(all.max(1)) / desks
        };
        let brings = (0..hall.lengths.len()).map(brings).collect();
        Self { model, hall, kind, brings }
    }

    /// How long a reception takes on average.
    pub(super) fn reception(&self) -> f64 {
        self.hall.lengths[self.kind].mean()
    }

    /// By how much later than it looks now people may be called. Nobody is called before whoever came a while ago, so
    /// what could be expected then still holds: that it went faster since is no more than chance. `wait` is what
    /// hardly anybody exceeds who comes now.
    pub(super) fn delay(&self, wait: f64) -> f64 {
        let waited: Vec<(f64, f64, f64)> = self.visits().filter_map(|visit| self.waited(visit)).collect();
        let ahead_at = |time: f64| -> f64 {
            let there = waited.iter().filter(|(from, to, _)| *from <= time && time < *to);
            there.map(|(.., brings)| brings).sum()
        };
        let present = ahead_at(0.0);
        let caution = (wait / present.max(1.0)).clamp(1.0, CAUTION_MAX);
        let before = lately().map(|time| time + caution * ahead_at(time)).fold(f64::NEG_INFINITY, f64::max);
        (before - caution * present).max(0.0)
    }

    /// How much work comes in a second for each second that passes: from people without a booking as lately, at its
    /// height, and from those who are booked for the next hour.
    pub(super) fn growth(&self) -> f64 {
        let came = self.visits().filter(|visit| visit.booked.is_none());
        let came: Vec<(f64, f64)> =
            came.map(|visit| (self.model.worked_until(visit.arrival), self.brings(visit))).collect();
        let rate_at = |time: f64| -> f64 {
            let age = came.iter().map(|(arrival, brings)| (time - arrival, brings));
            let counts = age.filter(|(age, _)| (0.0..LATELY).contains(age));
            counts.map(|(age, brings)| 2.0 * (1.0 - age / LATELY) * brings / LATELY).sum()
        };
        let walk_ins = lately().map(rate_at).fold(0.0, f64::max);
        let next = self.hall.comers.iter().filter(|comer| self.hall.breaks.worked(comer.slot) <= NEXT);
        let kinds = next.flat_map(|comer| std::iter::once(&comer.kind).chain(&comer.then));
        let booked: f64 = kinds.map(|kind| self.brings[*kind]).sum();
        walk_ins + booked * self.hall.comings.share_who_come() / NEXT
    }

    fn visits(&self) -> impl Iterator<Item = &Visit> {
        self.model.branch.visits.values()
    }

    fn brings(&self, visit: &Visit) -> f64 {
        let services = std::iter::once(&visit.service).chain(&visit.then);
        services.map(|service| self.brings[self.model.kind(service)]).sum()
    }

    /// From when to when somebody waited, and what they brought; `None` for whoever was not received and never will be.
    fn waited(&self, visit: &Visit) -> Option<(f64, f64, f64)> {
        let called = || visit.announced.map(|announced| self.model.worked_until(announced.last));
        let until = match &visit.state {
            VisitState::Waiting => f64::INFINITY,
            VisitState::Ended { how: Ending::Served { .. }, .. }
            | VisitState::Called { .. }
            | VisitState::Serving { .. } => called()?,
            VisitState::Parked { .. } | VisitState::Missed { .. } | VisitState::Ended { .. } => return None,
        };
        Some((self.model.worked_until(visit.arrival), until, self.brings(visit)))
    }
}

/// The moments that are looked back to, in seconds from now.
fn lately() -> impl Iterator<Item = f64> {
    (0..=HELD_SECONDS).step_by(STEP_SECONDS).map(|before| -f64::from(before))
}
