//! The hall on a real screen, to be played with.

use crate::{Day, Setup, World, day::today, seeded};
use chrono::{Duration, NaiveTime};
use server::sample_day::SampleBooking;

/// Runs until a key is pressed: the kiosk and the board in windows, the console in the browser.
///
/// # Errors
/// If a part does not start.
pub fn run(seed: u64, start: &str) -> anyhow::Result<()> {
    let world = World::start(&Setup { boards: 1, windows: true, ..Setup::new(Day::at(start)) })?;
    let bookings = seeded::load(&world, seed, 0)?;
    let devices = crate::process::program("guichet-devices")?;
    let scan = format!("{} control {} scan scanner1", devices.display(), world.ticket_folder().display());
    println!("\nThe kiosk and the board are in windows; it is {start} in their hall.");
    println!("Agent:    {}/  (accept the certificate of the demonstration)", world.url());
    println!("          name agent1, password {}", world.password(1));
    println!("Visitor:  hold a code to the scanner, from another terminal:");
    for (reference, what) in examples(&bookings, start)? {
        println!("          {scan} {reference}   # {what}");
    }
    println!("          or touch « Je n’ai pas de rendez-vous » on the kiosk");
    println!("Bookings: {}/bookings-*.csv", world.folder().display());
    println!("Tickets:  {}", world.ticket_folder().display());
    println!("Press Enter to end.");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(())
}

/// Codes to begin with: somebody who is expected now, somebody who is early, somebody who is late.
fn examples(bookings: &[SampleBooking], start: &str) -> anyhow::Result<Vec<(String, &'static str)>> {
    let now = today().and_time(NaiveTime::parse_from_str(start, "%H:%M")?);
    let wishes = [(0, 20, "expected about now"), (90, 200, "far too early"), (-40, -20, "late")];
    let found = wishes.into_iter().filter_map(|(from, to, what)| {
        let times = now + Duration::minutes(from)..=now + Duration::minutes(to);
        let booking = bookings.iter().find(|booking| times.contains(&booking.slot))?;
        Some((booking.reference.clone(), what))
    });
    Ok(found.collect())
}
