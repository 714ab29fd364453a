//! What chance decides in a day that is played: who comes and when.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

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

    /// The share of booked visitors who come.
    pub(super) fn share_who_come(&self) -> f64 {
        1.0 - self.absent
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
