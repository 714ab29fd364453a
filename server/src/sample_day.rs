//! A realistic day at a large prefecture, from a seed: for demonstrations, training and simulations.
//!
//! The profile is that of a busy base day: every quarter of an hour from 8:45 to 15:30 except from 12:00
//! to 12:45, 3 first requests, 2 changes of status, 5 recordings of fingerprints and 9 pick-ups, which is
//! 475 bookings; 10 % do not come. 130 people come without a booking, 20 % of them before opening, 52 %
//! around a peak 25 minutes after it and 28 % in the early afternoon; 12 % need digital help. No figure
//! of it is published; all are assumptions, to be replaced by a prefecture's own.

mod arrivals;
mod export;
mod names;

use chrono::{Duration, NaiveDate, NaiveDateTime, NaiveTime};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{io, path::Path};

/// The same seed, date and options give the same day, on every machine and for ever.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleDay {
    /// Who has a booking, by slot.
    pub bookings: Vec<SampleBooking>,
    /// Who comes without one, by arrival.
    pub walk_ins: Vec<SampleWalkIn>,
}

/// Somebody with a booking.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleBooking {
    /// Random, 60 bits: cannot be guessed.
    pub reference: String,
    /// When expected, local time.
    pub slot: NaiveDateTime,
    /// What for, by code.
    pub service: &'static str,
    /// Applicants.
    pub party: u8,
    /// Made up.
    pub last_name: &'static str,
    /// Made up.
    pub first_name: &'static str,
    /// From the numbers that are reserved for fiction.
    pub phone: String,
    /// When the visitor comes, local time; `None` for somebody who does not.
    pub arrival: Option<NaiveDateTime>,
    /// How long it takes at the counter, in minutes.
    pub service_minutes: f64,
    /// Holds a card of articles L241-3 or R215-3 CASF.
    pub priority: bool,
}

/// Somebody without a booking.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleWalkIn {
    /// When the visitor comes, local time.
    pub arrival: NaiveDateTime,
    /// What for, by code.
    pub service: &'static str,
    /// Applicants.
    pub party: u8,
    /// How long it takes at the counter, in minutes.
    pub service_minutes: f64,
    /// Holds a card of articles L241-3 or R215-3 CASF.
    pub priority: bool,
}

/// What to vary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// How many times the base day's bookings, slot by slot.
    pub bookings_per_slot: f64,
    /// How many people come without a booking.
    pub walk_ins: u32,
    /// The share of booked people who do not come.
    pub no_show: f64,
}

impl Options {
    /// A day to which about so many people come, with bookings and walk-ins in the proportions of the base day.
    pub fn for_visitors(visitors: u32) -> Self {
        let base = Self::default();
        let come = |per_slot: f64| bookings(per_slot) as f64 * (1.0 - base.no_show);
        let factor = f64::from(visitors) / (come(1.0) + f64::from(base.walk_ins));
        let walk_ins = (f64::from(visitors) - come(factor)).round().max(0.0) as u32;
        Self { bookings_per_slot: factor, walk_ins, ..base }
    }
}

/// When people are expected.
fn slots() -> impl Iterator<Item = NaiveTime> {
    let at = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
    let lunch = at(12, 0)..at(12, 45);
    std::iter::successors(Some(at(8, 45)), |slot| Some(*slot + SLOT))
        .take_while(move |slot| *slot <= at(15, 30))
        .filter(move |slot| !lunch.contains(slot))
}

/// How many bookings of a service a slot has.
fn in_a_slot(count: u32, bookings_per_slot: f64) -> u32 {
    (f64::from(count) * bookings_per_slot).round() as u32
}

/// How many bookings a day has.
fn bookings(per_slot: f64) -> usize {
    let slot: u32 = PER_SLOT.iter().map(|(_, count, ..)| in_a_slot(*count, per_slot)).sum();
    slot as usize * slots().count()
}

impl Default for Options {
    fn default() -> Self {
        Self { bookings_per_slot: 1.0, walk_ins: 130, no_show: 0.10 }
    }
}

/// Bookings of each service in each slot, with the mean minutes at the counter and their coefficient of
/// variation.
const PER_SLOT: [(&str, u32, f64, f64); 4] =
    [("PD-VPF", 3, 22.0, 0.45), ("CS", 2, 18.0, 0.45), ("BIO", 5, 8.0, 0.4), ("RT", 9, 6.0, 0.5)];
const SLOT: Duration = Duration::minutes(15);
/// The doors open, for people without a booking.
const OPENS: (u32, u32) = (8, 30);

/// How many hold a priority card: an assumption, no figure is published.
const PRIORITY_SHARE: f64 = 0.04;
const CARDS_SEED: u64 = 0x000C_A2D5;

impl SampleDay {
    /// Makes a day.
    pub fn generate(seed: u64, date: NaiveDate, options: &Options) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let at = |hour, minute| date.and_time(NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default());
        let mut bookings = Vec::new();
        for slot in slots().map(|slot| date.and_time(slot)) {
            for (service, count, mean, variation) in PER_SLOT {
                bookings.extend(
                    (0..in_a_slot(count, options.bookings_per_slot))
                        .map(|_| booking(&mut rng, slot, service, (mean, variation), options.no_show)),
                );
            }
        }
        let mut walk_ins: Vec<_> =
            (0..options.walk_ins).map(|_| walk_in(&mut rng, at(OPENS.0, OPENS.1), at(13, 0))).collect();
        walk_ins.sort_by_key(|walk_in| walk_in.arrival);
        // From a source of their own, so that a day without them is the same day.
        let mut cards = ChaCha8Rng::seed_from_u64(seed ^ CARDS_SEED);
        bookings.iter_mut().for_each(|booking| booking.priority = cards.random_bool(PRIORITY_SHARE));
        walk_ins.iter_mut().for_each(|walk_in| walk_in.priority = cards.random_bool(PRIORITY_SHARE));
        Self { bookings, walk_ins }
    }

    /// The bookings as a booking tool exports them: semicolons, French headers, UTF-8 with a byte order
    /// mark, as spreadsheets write and read it.
    pub fn to_csv(&self) -> Vec<u8> {
        export::to_csv(self)
    }
}

/// Writes the bookings of a day to a file.
///
/// # Errors
/// If the file cannot be written.
pub fn write(path: &Path, seed: u64, date: NaiveDate) -> io::Result<()> {
    std::fs::write(path, SampleDay::generate(seed, date, &Options::default()).to_csv())
}

fn booking(
    rng: &mut ChaCha8Rng,
    slot: NaiveDateTime,
    service: &'static str,
    (mean, variation): (f64, f64),
    no_show: f64,
) -> SampleBooking {
    let (first_name, last_name) = names::pick(rng);
    let comes = !rng.random_bool(no_show);
    let offset = arrivals::offset_minutes(rng);
    SampleBooking {
        reference: reference(rng),
        slot,
        service,
        party: party(rng),
        last_name,
        first_name,
        phone: format!("06 39 98 {:02} {:02}", rng.random_range(0..100), rng.random_range(0..100)),
        arrival: comes.then(|| arrivals::after(slot, offset)),
        service_minutes: arrivals::service_minutes(rng, mean, variation),
        priority: false,
    }
}

fn walk_in(rng: &mut ChaCha8Rng, opens: NaiveDateTime, afternoon: NaiveDateTime) -> SampleWalkIn {
    let arrival = arrivals::walk_in(rng, opens, afternoon);
    let (service, mean, variation) =
        if rng.random_bool(0.12) { ("PAN", 28.0, 0.5) } else { ("INFO", 5.0, 0.7) };
    SampleWalkIn {
        arrival,
        service,
        party: party(rng),
        service_minutes: arrivals::service_minutes(rng, mean, variation),
        priority: false,
    }
}

/// One applicant in 78 of 100 parties, two in 13, three or four in the rest.
fn party(rng: &mut ChaCha8Rng) -> u8 {
    match rng.random_range(0..100) {
        0..78 => 1,
        78..91 => 2,
        91..97 => 3,
        _ => 4,
    }
}

/// Twelve characters of Crockford's Base32, which has no letters that are taken for one another.
fn reference(rng: &mut ChaCha8Rng) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut text = String::with_capacity(14);
    for place in 0..12 {
        if place == 4 || place == 8 {
            text.push('-');
        }
        text.push(char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn day(seed: u64) -> SampleDay {
        SampleDay::generate(seed, NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(), &Options::default())
    }

    #[test]
    fn a_day_has_the_profile_that_it_says() {
        let day = day(59);
        assert_eq!((day.bookings.len(), day.walk_ins.len()), (475, 130));
        let references: BTreeSet<_> = day.bookings.iter().map(|booking| &booking.reference).collect();
        assert_eq!(references.len(), 475);
        let absent = day.bookings.iter().filter(|booking| booking.arrival.is_none()).count();
        assert!((25..=75).contains(&absent), "{absent} of 475 do not come");
        let late = day
            .bookings
            .iter()
            .filter(|b| b.arrival.is_some_and(|at| at > b.slot + Duration::minutes(10)))
            .count();
        assert!((8..=45).contains(&late), "{late} come more than ten minutes late");
        assert!(day.walk_ins.is_sorted_by_key(|walk_in| walk_in.arrival));
        let digital = day.walk_ins.iter().filter(|walk_in| walk_in.service == "PAN").count();
        assert!((5..=30).contains(&digital), "{digital} of 130 need digital help");
    }

    #[test]
    fn the_same_seed_is_the_same_day_and_another_is_another() {
        assert_eq!(day(1).to_csv(), day(1).to_csv());
        assert_ne!(day(1).to_csv(), day(2).to_csv());
    }
}
