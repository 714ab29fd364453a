//! Whether the range that people are told holds their wait, and how wide it is.

use super::{
    measures::{Waits, minutes},
    play::Played,
};
use domain::{Branch, Time, Visit, forecast::WaitRange};
use std::collections::BTreeMap;

/// What somebody was told with the ticket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// Whose: the place among those who got a ticket.
    pub visitor: usize,
    /// How many were before them, of those that the same counters serve.
    pub position: usize,
    /// The range; `None` if nobody could tell.
    pub range: Option<WaitRange>,
}

/// How well the ranges did over some days.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Accuracy {
    /// How many people were told a range that can be judged: they were called, or waited in vain for longer than it.
    pub told: usize,
    /// How many were told no range, as nobody could tell.
    pub told_no_range: usize,
    /// How many were told a range and never called. Those who waited longer than it are among the ones « called later ».
    pub never_called: usize,
    /// The share whose wait from the ticket on lay within it.
    pub held: f64,
    /// The same among those who were not called at once.
    pub held_of_waiting: f64,
    /// The share who were called sooner.
    pub sooner: f64,
    /// The share who were called later.
    pub later: f64,
    /// How wide the range was, on average, in minutes.
    pub width: f64,
    /// What it is compared with: how far the 10 % and 90 % quantiles of the true waits are apart among people who
    /// found as many before them, on average over people, in minutes.
    pub width_by_position: f64,
}

impl Accuracy {
    /// Of days that were played with forecasts.
    pub fn of(days: &[Played]) -> Self {
        let mut by_position: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        let (mut told, mut waiting, mut held_of_waiting) = (0, 0, 0);
        let (mut sooner, mut later, mut width) = (0, 0, 0.0);
        let (mut told_no_range, mut never_called) = (0, 0);
        for (day, one) in days.iter().flat_map(|day| day.told.iter().map(move |one| (day, one))) {
            let Some(outcome) = day.visitors.get(one.visitor) else { continue };
            let Some(range) = one.range else {
                told_no_range += 1;
                continue;
            };
            let (from, to) = (f64::from(range.from_minutes), f64::from(range.to_minutes));
            let Some(until) = outcome.called.or(outcome.gave_up) else { continue };
            let wait = minutes(until - outcome.arrival);
            never_called += usize::from(outcome.called.is_none());
            // Whoever left before the range was over cannot tell whether it was right.
            if outcome.called.is_none() && wait <= to {
                continue;
            }
            told += 1;
            sooner += usize::from(wait < from);
            later += usize::from(wait > to);
            width += to - from;
            if wait > 0.0 {
                waiting += 1;
                held_of_waiting += usize::from((from..=to).contains(&wait));
            }
            by_position.entry(one.position).or_default().push(wait);
        }
        let share = |count: usize, of: usize| count as f64 / of.max(1) as f64;
        let empirical = by_position.into_values().map(|waits| {
            let waits = Waits::new(waits);
            (waits.quantile(0.9) - waits.quantile(0.1)) * waits.count() as f64
        });
        Self {
            told,
            told_no_range,
            never_called,
            held: share(told - sooner - later, told),
            held_of_waiting: share(held_of_waiting, waiting),
            sooner: share(sooner, told),
            later: share(later, told),
            width: width / told.max(1) as f64,
            width_by_position: empirical.sum::<f64>() / told.max(1) as f64,
        }
    }
}

pub(super) fn told(branch: &Branch, visit: &Visit, visitor: usize, now: Time) -> Told {
    let wait = branch.wait_of(visit, now);
    Told { visitor, position: position(branch, visit, now), range: wait.map(|wait| wait.range()) }
}

fn position(branch: &Branch, visit: &Visit, now: Time) -> usize {
    let Some(site) = &branch.site else { return 0 };
    let rank = branch.rank(visit);
    let shares = |other: &Visit| {
        site.counters.keys().any(|counter| {
            site.can_serve(*counter, &visit.service) && site.can_serve(*counter, &other.service)
        })
    };
    branch.waiting(now).filter(|other| branch.rank(other) < rank && shares(other)).count()
}
