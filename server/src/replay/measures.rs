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

    /// The wait that counts, in minutes; `None` for somebody who was never called.
    pub fn wait(&self) -> Option<f64> {
        Some(minutes(self.called? - self.counts_from()).max(0.0))
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
}

impl Waits {
    /// From waits in any order.
    pub fn new(mut waits: Vec<f64>) -> Self {
        waits.sort_by(f64::total_cmp);
        Self { sorted: waits }
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

    /// The share of people who wait no longer; 1 of nobody.
    pub fn within(&self, minutes: f64) -> f64 {
        let count = self.sorted.partition_point(|wait| *wait <= minutes);
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
    /// Counters without anybody, in hours a day.
    pub idle_hours: f64,
    /// Of these, with somebody present whom the counter could serve.
    pub idle_in_vain_hours: f64,
    /// Overtakings a day.
    pub overtakings: f64,
}

impl Measures {
    /// Of days that were played.
    pub fn of(days: &[Played]) -> Self {
        let count = days.len().max(1) as f64;
        let visitors = || days.iter().flat_map(|day| &day.visitors);
        let waits_of = |class: Class| {
            Waits::new(
                visitors().filter(|visitor| visitor.class == class).filter_map(Outcome::wait).collect(),
            )
        };
        let breach = |day: &Played| {
            let over = day.visitors.iter().filter_map(|v| Some(v.wait()? - v.class.commitment() as f64));
            over.fold(0.0, f64::max)
        };
        let is_kept =
            |visitor: &&Outcome| visitor.wait().is_some_and(|wait| wait <= visitor.class.commitment() as f64);
        let hours =
            |of: fn(&Played) -> Duration| days.iter().map(|d| minutes(of(d)) / 60.0).sum::<f64>() / count;
        Self {
            waits: COMMITMENTS.iter().map(|(class, _)| (*class, waits_of(*class))).collect(),
            unserved: visitors().filter(|visitor| visitor.called.is_none()).count(),
            turned_away: days.iter().map(|day| day.turned_away).sum(),
            kept: visitors().filter(is_kept).count() as f64 / visitors().count().max(1) as f64,
            breach_mean: days.iter().map(breach).sum::<f64>() / count,
            breach_worst: days.iter().map(breach).fold(0.0, f64::max),
            idle_hours: hours(|day| day.idle),
            idle_in_vain_hours: hours(|day| day.idle_in_vain),
            overtakings: days.iter().map(|day| day.overtakings).sum::<usize>() as f64 / count,
        }
    }
}
