//! The hall on a real screen, to be played with.

use crate::{Day, Setup, World, day::today};

/// Runs until a key is pressed: the kiosk and the board in windows, the console in the browser.
///
/// # Errors
/// If a part does not start.
pub fn run(seed: u64, start: &str) -> anyhow::Result<()> {
    let world = World::start(&Setup { boards: 1, windows: true, ..Setup::new(Day::at(start)) })?;
    let file = world.folder().join("bookings.csv").display().to_string();
    world.operate(&[
        "sample-day",
        "--seed",
        &seed.to_string(),
        "--date",
        &today().to_string(),
        "--out",
        &file,
    ])?;
    world.operate(&["import", &file, "--site", crate::world::SITE])?;
    let devices = crate::process::program("guichet-devices")?;
    println!("Console:  {}/  (accept the certificate of the demonstration)", world.url());
    println!("          name agent1, password {}", world.password(1));
    println!("Bookings: {file}");
    println!(
        "Scan:     {} control {} scan scanner1 REFERENCE",
        devices.display(),
        world.ticket_folder().display()
    );
    println!("Tickets:  {}", world.ticket_folder().display());
    println!("Press Enter to end.");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(())
}
