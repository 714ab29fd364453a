//! How long receptions take in a day that is played.
//!
//! What the configuration says may be wrong, and wrong for all services alike: minutes that somebody wrote down before
//! the first day. So the mean of each service is first the configured one times what all services were longer than
//! theirs, and soon what was seen of it; what was not seen yet is drawn around that mean. How wrong the mean may still
//! be differs from one played day to the next, for all services together and for each of its own.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, LogNormal, StandardNormal};

/// How many receptions tell as much of how they differ among themselves as the configuration does.
const SHAPE_WEIGHS: f64 = 6.0;
/// The coefficient of variation of a service whose receptions are not known: that of the published ones lies
/// between 0.3 and 0.7.
const SPREAD: f64 = 0.5;
/// How many receptions tell as much of a mean as the configuration does: few, as it is often wrong.
const MEAN_WEIGHS: f64 = 1.5;
/// The same for what all services have in common.
const SCALE_WEIGHS: f64 = 3.0;
/// By what factor, about, the mean of a service may be wrong that nobody has seen yet, beside what all have in common
/// (as a logarithm).
const DOUBT: f64 = 0.4;
/// The same for what all have in common.
const SCALE_DOUBT: f64 = 0.3;
/// How many receptions halve a doubt's square.
const DOUBT_HALVED_BY: f64 = 4.0;
const SCALE_DOUBT_HALVED_BY: f64 = 2.0;
/// A reception that is under way and has lasted longer than the mean will take about so much longer than it has.
const GOES_ON: f64 = 1.2;

/// What is known of the receptions of a service, in seconds.
pub(super) struct Known {
    /// Their mean, as the configuration says.
    pub(super) configured: f64,
    /// The last ones.
    pub(super) seen: Vec<f64>,
    /// How long those have lasted that are under way.
    pub(super) under_way: Vec<f64>,
}

impl Known {
    /// The receptions that tell something of a mean: of those under way only the long ones, as the others may end at
    /// any time.
    fn telling(&self, mean: f64) -> impl Iterator<Item = f64> {
        let long = self.under_way.iter().filter(move |lasted| **lasted > mean);
        self.seen.iter().copied().chain(long.map(|lasted| lasted * GOES_ON))
    }

    fn configured(&self) -> f64 {
        self.configured.max(1.0)
    }
}

/// What the services of a site have in common.
pub(super) struct Scale {
    /// By what the receptions of all services are longer than configured, or shorter.
    factor: f64,
    doubt: f64,
}

impl Scale {
    pub(super) fn of(services: &[Known]) -> Self {
        let ratios = services
            .iter()
            .flat_map(|known| known.telling(known.configured()).map(|length| length / known.configured()));
        let (count, sum) = ratios.fold((0.0, 0.0), |(count, sum), ratio| (count + 1.0, sum + ratio));
        Self {
            factor: (SCALE_WEIGHS + sum) / (SCALE_WEIGHS + count),
            doubt: SCALE_DOUBT / (1.0 + count / SCALE_DOUBT_HALVED_BY).sqrt(),
        }
    }

    /// By what all receptions of one played day are longer or shorter than what is known, as a logarithm.
    pub(super) fn drift(&self, rng: &mut ChaCha8Rng) -> f64 {
        self.doubt * normal(rng)
    }
}

/// How long the receptions of a service take, in seconds.
pub(super) struct Lengths {
    seen: Vec<f64>,
    share_seen: f64,
    unseen: Option<LogNormal<f64>>,
    mean: f64,
    doubt: f64,
}

impl Lengths {
    pub(super) fn new(known: Known, scale: &Scale) -> Self {
        let expected = (known.configured() * scale.factor).max(1.0);
        let (count, sum) =
            known.telling(expected).fold((0.0, 0.0), |(count, sum), length| (count + 1.0, sum + length));
        let mean = (MEAN_WEIGHS * expected + sum) / (MEAN_WEIGHS + count);
        let variance = (1.0 + SPREAD * SPREAD).ln();
        let seen = known.seen.len() as f64;
        Self {
            share_seen: seen / (seen + SHAPE_WEIGHS),
            doubt: DOUBT / (1.0 + count / DOUBT_HALVED_BY).sqrt(),
            unseen: LogNormal::new(mean.ln() - variance / 2.0, variance.sqrt()).ok(),
            seen: known.seen,
            mean,
        }
    }

    /// How long a reception takes on average.
    pub(super) fn mean(&self) -> f64 {
        self.mean
    }

    /// By what all receptions of one played day are longer or shorter than what is known, given what all services have
    /// in common.
    pub(super) fn drift(&self, common: f64, rng: &mut ChaCha8Rng) -> f64 {
        (common + self.doubt * normal(rng)).exp().clamp(0.2, 5.0)
    }

    /// A reception.
    pub(super) fn draw(&self, drift: f64, rng: &mut ChaCha8Rng) -> f64 {
        let length = if rng.random::<f64>() < self.share_seen {
            self.seen.get(rng.random_range(0..self.seen.len().max(1))).copied().unwrap_or(self.mean)
        } else {
            self.unseen.map_or(self.mean, |distribution| distribution.sample(rng))
        };
        (length * drift).max(10.0)
    }

    /// What is left of a reception that has lasted for a while.
    pub(super) fn rest(&self, lasted: f64, drift: f64, rng: &mut ChaCha8Rng) -> f64 {
        let longer = (0..12).map(|_| self.draw(drift, rng)).find(|length| *length > lasted);
        // Longer than any that is known: nobody can say how much, but hardly less than a part of a usual one.
        longer.map_or_else(|| self.draw(drift, rng) * 0.5, |length| length - lasted)
    }
}

fn normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}
