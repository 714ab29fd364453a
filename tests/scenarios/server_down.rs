//! The server is away: people check in all the same.

use e2e::{Day, Setup, World};
use std::collections::BTreeSet;

#[test]
fn ten_check_ins_without_the_server_are_ten_tickets_and_ten_visits_when_it_is_back() -> anyhow::Result<()> {
    let mut world = World::start(&Setup::new(Day::at("09:40").crowd("RDV-", 10, "RT")))?;
    // One before, so that the kiosk is known to hold the day's bookings.
    world.import("one-more", &Day::at("09:40").booked("RDV-FIRST", 0, "RT").to_csv())?;
    e2e::until("the kiosk knows the new booking", || {
        let tickets = world.tickets(1).ok()?.len();
        (tickets > 0 || world.scan(1, "RDV-FIRST").is_err())
            .then_some(())
            .or_else(|| (world.tickets(1).ok()?.len() > 0).then_some(()))
    })?;
    world.wait_for_tickets(1, 1)?;
    world.stop_server()?;

    for number in 1..=10 {
        world.scan(1, &format!("RDV-{number}"))?;
        world.wait_for_tickets(1, 1 + number)?;
    }
    assert_eq!(world.events("checked_in")?.len(), 1, "the server knows nothing of the ten");

    world.start_server()?;
    let checked_in = world.wait_for_events("checked_in", 11)?;
    world.wait_for_events("ticket_printed", 11)?;
    let numbers: BTreeSet<&str> = checked_in.iter().filter_map(|event| event["number"].as_str()).collect();
    let visits: BTreeSet<&str> = checked_in.iter().filter_map(|event| event["visit"].as_str()).collect();
    assert_eq!((numbers.len(), visits.len()), (11, 11));
    assert_eq!(world.tickets(1)?.len(), 11, "nothing was printed twice");
    Ok(())
}
