//! The seeded day, loaded through files as a booking tool would write them.

use crate::{World, day::today, world::SITE};
use chrono::Duration;
use server::sample_day::{Options, SampleBooking, SampleDay};

/// Loads the seeded bookings of the day so many days after today, and gives them. Each day has a seed of
/// its own.
///
/// # Errors
/// If the server does not take them.
pub fn load(world: &World, seed: u64, days: i64) -> anyhow::Result<Vec<SampleBooking>> {
    let date = today() + Duration::days(days);
    let seed = seed.wrapping_add_signed(days);
    let file = world.folder().join(format!("bookings-{date}.csv")).display().to_string();
    let (text, day) = (seed.to_string(), date.to_string());
    world.operate(&["sample-day", "--seed", &text, "--date", &day, "--out", &file])?;
    println!("{}", world.operate(&["import", &file, "--site", SITE])?.trim());
    Ok(SampleDay::generate(seed, date, &Options::default()).bookings)
}
