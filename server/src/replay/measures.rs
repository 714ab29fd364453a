//! What a day was like for those who waited.

use super::play::{Class, Outcome, Played};
use chrono::Duration;
use domain::Time;
use std::collections::BTreeMap;

/// Within how many minutes each class should be called (DESIGN §4 and the law for priority cards): from the slot or
/// the arrival, whichever is later, for whoever is on time; from the arrival for everybody else.
pub const COMMITMENTS: [(Class, i64); 4] =
    [(Class::OnTime, 10), (Class::Late, 40), (Class::WalkIn, 40), (Class::Priority, 5)];

impl Class {
    /// The commitment, in minutes.
    pub fn commitment(self) -> i64 {
        COMMITMENTS.iter().find(|(class, _)| *class == self).map_or(0, |(_, minutes)| *minutes)
    }
}

impl Outcome {
    /// From when on the wait counts: nobody who comes early was promised to be served before the slot.
    pub fn counts_from(&self) -> Time {
        match (self.class, self.slot) {
            (Class::OnTime, Some(slot)) => slot.max(self.arrival),
            _ => self.arrival,
        }
    }

    /// The wait that counts, in minutes: until the call, or as long as somebody waited in vain.
    pub fn wait(&self) -> f64 {
        self.waited_from(self.counts_from())
    }

    /// The same from the slot also for whoever is on time and came after it: the promise of the slot to the letter.
    pub fn wait_from_slot(&self) -> f64 {
        let slot = self.slot.filter(|_| self.class == Class::OnTime);
        self.waited_from(slot.unwrap_or(self.arrival))
    }

    fn waited_from(&self, from: Time) -> f64 {
        self.called.or(self.gave_up).map_or(0.0, |until| minutes(until - from).max(0.0))
    }

    /// Whether somebody was called, and soon enough.
    fn is_kept(&self, wait: f64) -> bool {
        self.called.is_some() && wait <= self.class.commitment() as f64
    }
}

/// A span in minutes.
pub fn minutes(span: Duration) -> f64 {
    span.as_seconds_f64() / 60.0
}

/// The waits of many people, in minutes.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    sorted: Vec<f64>,
    /// The same of those who were called in the end.
    answered: Vec<f64>,
}

impl Waits {
    /// From waits in any order.
    pub fn new(mut waits: Vec<f64>) -> Self {
        waits.sort_by(f64::total_cmp);
        Self { answered: waits.clone(), sorted: waits }
    }

    /// Of visitors. Whoever was never called has waited in vain: it counts among the long waits, and in no share of
    /// people who were called within some time.
    fn of<'a>(visitors: impl Iterator<Item = &'a Outcome> + Clone) -> Self {
        let answered = visitors.clone().filter(|visitor| visitor.called.is_some()).map(Outcome::wait);
        let Self { sorted: answered, .. } = Self::new(answered.collect());
        Self { answered, ..Self::new(visitors.map(Outcome::wait).collect()) }
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The mean; 0 of nobody.
    pub fn mean(&self) -> f64 {
        self.sorted.iter().sum::<f64>() / self.sorted.len().max(1) as f64
    }

    /// The wait that a share of people do not exceed (nearest rank); 0 of nobody.
    pub fn quantile(&self, share: f64) -> f64 {
        let rank = (share * self.sorted.len() as f64).ceil() as usize;
        self.sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// The share of people who were called within some time; 1 of nobody.
    pub fn within(&self, minutes: f64) -> f64 {
        let count = self.answered.partition_point(|wait| *wait <= minutes);
        if self.sorted.is_empty() { 1.0 } else { count as f64 / self.sorted.len() as f64 }
    }

    /// The longest; 0 of nobody.
    pub fn longest(&self) -> f64 {
        self.sorted.last().copied().unwrap_or_default()
    }
}

/// What some days were like under one policy.
#[derive(Clone, Debug, Default)]
pub struct Measures {
    /// The waits of each class.
    pub waits: BTreeMap<Class, Waits>,
    /// Who got a ticket and was never called.
    pub unserved: usize,
    /// Who got no ticket.
    pub turned_away: usize,
    /// The share of visitors who were called within their commitment.
    pub kept: f64,
    /// By how many minutes the worst wait of each day exceeded its commitment, or 0; on average over the days.
    pub breach_mean: f64,
    /// The same of the worst day.
    pub breach_worst: f64,
    /// The three with every wait of those on time counted from the slot, also of whoever came after it.
    pub from_slot: FromSlot,
    /// What was refused although the replay expected it to be done.
    pub refused: usize,
    /// Counters without anybody, in hours a day.
    pub idle_hours: f64,
    /// Of these, with somebody present whom the counter could serve.
    pub idle_in_vain_hours: f64,
    /// Overtakings a day.
    pub overtakings: f64,
}

/// Commitments to the letter: within so many minutes of the slot, however late in the window somebody came.
#[derive(Clone, Copy, Debug, Default)]
pub struct FromSlot {
    /// The share of visitors who were called within their commitment.
    pub kept: f64,
    /// The worst breach of each day, on average over the days.
    pub breach_mean: f64,
    /// The same of the worst day.
    pub breach_worst: f64,
}

impl Measures {
    /// Of days that were played.
    pub fn of(days: &[Played]) -> Self {
        let count = days.len().max(1) as f64;
        let visitors = || days.iter().flat_map(|day| &day.visitors);
        let waits_of = |class: Class| Waits::of(visitors().filter(move |visitor| visitor.class == class));
        let hours =
            |of: fn(&Played) -> Duration| days.iter().map(|d| minutes(of(d)) / 60.0).sum::<f64>() / count;
        let FromSlot { kept, breach_mean, breach_worst } = commitments(days, Outcome::wait);
        Self {
            waits: COMMITMENTS.iter().map(|(class, _)| (*class, waits_of(*class))).collect(),
            unserved: visitors().filter(|visitor| visitor.called.is_none()).count(),
            turned_away: days.iter().map(|day| day.turned_away).sum(),
            kept,
            breach_mean,
            breach_worst,
            from_slot: commitments(days, Outcome::wait_from_slot),
            refused: days.iter().map(|day| day.refused.len()).sum(),
            idle_hours: hours(|day| day.idle),
            idle_in_vain_hours: hours(|day| day.idle_in_vain),
            overtakings: days.iter().map(|day| day.overtakings).sum::<usize>() as f64 / count,
        }
    }
}

fn commitments(days: &[Played], wait: fn(&Outcome) -> f64) -> FromSlot {
    let visitors = || days.iter().flat_map(|day| &day.visitors);
    let breach = |day: &Played| {
        let over = day.visitors.iter().map(|v| wait(v) - v.class.commitment() as f64);
        over.fold(0.0, f64::max)
    };
    let kept = visitors().filter(|visitor| visitor.is_kept(wait(visitor))).count();
    FromSlot {
        kept: kept as f64 / visitors().count().max(1) as f64,
        breach_mean: days.iter().map(breach).sum::<f64>() / days.len().max(1) as f64,
        breach_worst: days.iter().map(breach).fold(0.0, f64::max),
    }
}
