//! The server is away: people check in all the same.

use e2e::{Day, Setup, World};
use std::collections::BTreeSet;

#[test]
fn ten_check_ins_without_the_server_are_ten_tickets_and_ten_visits_when_it_is_back() -> anyhow::Result<()> {
    const VISITORS: usize = 10;
    let mut world = World::start(&Setup::new(Day::at("09:40").crowd("RDV-", VISITORS, "RT")))?;
    world.stop_server()?;

    for number in 1..=VISITORS {
        world.scan(1, &format!("RDV-{number}"))?;
        world.wait_for_tickets(1, number)?;
    }
    assert_eq!(world.events("checked_in")?.len(), 0, "the server knows nothing of them");

    world.start_server()?;
    let checked_in = world.wait_for_events("checked_in", VISITORS)?;
    world.wait_for_events("ticket_printed", VISITORS)?;
    let numbers: BTreeSet<&str> = checked_in.iter().filter_map(|event| event["number"].as_str()).collect();
    let visits: BTreeSet<&str> = checked_in.iter().filter_map(|event| event["visit"].as_str()).collect();
    assert_eq!((numbers.len(), visits.len()), (VISITORS, VISITORS));
    assert_eq!(world.tickets(1)?.len(), VISITORS, "nothing was printed twice");
    Ok(())
}
