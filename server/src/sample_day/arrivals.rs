//! When people come and how long they take.

use chrono::{Duration, NaiveDateTime};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Gamma, LogNormal, Triangular};

/// Minutes before (negative) or after the slot: 80 % come early, 16 minutes on average and 75 at most;
/// 15 % up to 10 minutes late, 4 % up to 30, 1 % up to 90.
pub(super) fn offset_minutes(rng: &mut ChaCha8Rng) -> f64 {
    match rng.random_range(0..100) {
        0..80 => -draw(Gamma::new(2.0, 8.0), rng, 16.0).min(75.0),
        80..95 => rng.random_range(0.0..10.0),
        95..99 => rng.random_range(10.0..30.0),
        _ => rng.random_range(30.0..90.0),
    }
}

/// When somebody without a booking comes.
pub(super) fn walk_in(rng: &mut ChaCha8Rng, opens: NaiveDateTime, afternoon: NaiveDateTime) -> NaiveDateTime {
    match rng.random_range(0..100) {
        0..20 => opens,
        20..72 => after(opens, draw(Triangular::new(0.0, 180.0, 25.0), rng, 25.0)),
        _ => after(afternoon, rng.random_range(0.0..120.0)),
    }
}

/// Lognormal, with the given mean and coefficient of variation; never under half a minute.
pub(super) fn service_minutes(rng: &mut ChaCha8Rng, mean: f64, variation: f64) -> f64 {
    let variance = (1.0 + variation * variation).ln();
    draw(LogNormal::new(mean.ln() - variance / 2.0, variance.sqrt()), rng, mean).max(0.5)
}

/// A moment some minutes later, to the second.
pub(super) fn after(time: NaiveDateTime, minutes: f64) -> NaiveDateTime {
    time + Duration::seconds((minutes * 60.0).round() as i64)
}

/// Draws from a distribution whose parameters are constants here; `mean` stands in for one that is not.
fn draw<D: Distribution<f64>, E>(distribution: Result<D, E>, rng: &mut ChaCha8Rng, mean: f64) -> f64 {
    distribution.map_or(mean, |distribution| distribution.sample(rng))
}
