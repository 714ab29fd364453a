//! What chance decides in a day that is played: how long a reception takes, who comes and when.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, LogNormal, StandardNormal};

/// How many receptions it takes for what was seen to weigh as much as what the configuration says.
const CONFIGURED_WEIGHS: f64 = 6.0;
/// The coefficient of variation of a service whose receptions are not known: that of the published ones lies
/// between 0.3 and 0.7.
const SPREAD: f64 = 0.5;
/// How wrong the mean of a service may be that nobody has seen yet, as a share of it.
const DOUBT: f64 = 0.25;

/// How long the receptions of a service take, in seconds.
pub(super) struct Lengths {
    seen: Vec<f64>,
    share_seen: f64,
    configured: Option<LogNormal<f64>>,
    mean: f64,
    doubt: f64,
}

impl Lengths {
    pub(super) fn new(mean: f64, seen: impl Iterator<Item = f64>) -> Self {
        let seen: Vec<f64> = seen.collect();
        let count = seen.len() as f64;
        let variance = (1.0 + SPREAD * SPREAD).ln();
        let mean = mean.max(1.0);
        Self {
            share_seen: count / (count + CONFIGURED_WEIGHS),
            doubt: DOUBT / (1.0 + count / CONFIGURED_WEIGHS).sqrt(),
            configured: LogNormal::new(mean.ln() - variance / 2.0, variance.sqrt()).ok(),
            seen,
            mean,
        }
    }

    /// By what all receptions of one played day are longer or shorter than what is known.
    pub(super) fn drift(&self, rng: &mut ChaCha8Rng) -> f64 {
        let normal: f64 = StandardNormal.sample(rng);
        (1.0 + self.doubt * normal).clamp(0.3, 3.0)
    }

    /// A reception.
    pub(super) fn draw(&self, drift: f64, rng: &mut ChaCha8Rng) -> f64 {
        let length = if rng.random::<f64>() < self.share_seen {
            self.seen.get(rng.random_range(0..self.seen.len().max(1))).copied().unwrap_or(self.mean)
        } else {
            self.configured.map_or(self.mean, |distribution| distribution.sample(rng))
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

/// How booked visitors come, in seconds after the slot (before it: negative), and how many do not.
pub(super) struct Comings {
    seen: Vec<f64>,
    share_seen: f64,
    absent: f64,
    cards: f64,
}

/// What is assumed of a day that has only begun, in minutes after the slot: most come early, a few late.
const ASSUMED: [f64; 20] = [
    -30.0, -30.0, -28.0, -25.0, -22.0, -20.0, -18.0, -16.0, -14.0, -12.5, -11.0, -9.5, -8.0, -6.5, -5.0,
    -3.0, 1.5, 4.5, 8.0, 20.0,
];
/// How many visitors it takes for what was seen to weigh as much as what is assumed.
const ASSUMED_WEIGHS: f64 = 20.0;
/// The share of booked visitors who do not come, as long as the day has not shown.
const ABSENT_SHARE: f64 = 0.10;
/// The share of visitors with a priority card, as long as the day has not shown.
const CARDS_SHARE: f64 = 0.03;

impl Comings {
    /// `past` bookings of which `absent` were not kept; `visits`, of which some had a priority card.
    pub(super) fn new(
        seen: Vec<f64>,
        (past, absent): (usize, usize),
        (visits, cards): (usize, usize),
    ) -> Self {
        let (count, past, absent) = (seen.len() as f64, past as f64, absent as f64);
        let (visits, cards) = (visits as f64, cards as f64);
        Self {
            share_seen: count / (count + ASSUMED_WEIGHS),
            absent: (absent + ABSENT_SHARE * ASSUMED_WEIGHS) / (past + ASSUMED_WEIGHS),
            cards: (cards + CARDS_SHARE * ASSUMED_WEIGHS) / (visits + ASSUMED_WEIGHS),
            seen,
        }
    }

    /// Whether a visitor has a priority card.
    pub(super) fn has_card(&self, rng: &mut ChaCha8Rng) -> bool {
        rng.random::<f64>() < self.cards
    }

    /// When a visitor comes who is not here `slot` seconds before the slot; `None` if not at all.
    pub(super) fn draw(&self, slot: f64, bounds: (f64, f64), rng: &mut ChaCha8Rng) -> Option<f64> {
        loop {
            if rng.random::<f64>() < self.absent {
                return None;
            }
            let offset = if rng.random::<f64>() < self.share_seen {
                self.seen.get(rng.random_range(0..self.seen.len().max(1))).copied().unwrap_or_default()
            } else {
                ASSUMED[rng.random_range(0..ASSUMED.len())] * 60.0
            };
            let (earliest, latest) = bounds;
            let at = slot + offset.max(earliest);
            if offset > latest {
                return None;
            }
            // Who should have come by now and did not is one of those who come later, or not.
            if at > 0.0 {
                return Some(at);
            }
        }
    }
}
