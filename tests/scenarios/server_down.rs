//! The server is away: people check in all the same.

use e2e::{Day, Setup, World};
use std::collections::BTreeSet;

#[test]
fn ten_check_ins_without_the_server_are_ten_tickets_and_ten_visits_when_it_is_back() -> anyhow::Result<()> {
    const VISITORS: usize = 10;
    // A printer that takes letters, so that the numbers can be read back.
    let day = Day::at("09:40").crowd("RDV-", VISITORS, "RT");
    let mut world = World::start(&Setup { printer_profile: "serial-text", ..Setup::new(day) })?;
    world.stop_server()?;

    for number in 1..=VISITORS {
        world.scan(1, &format!("RDV-{number}"))?;
        world.wait_for_tickets(1, number)?;
    }

    world.start_server()?;
    let checked_in = world.wait_for_events("checked_in", VISITORS)?;
    world.wait_for_events("ticket_printed", VISITORS)?;
    let numbers: BTreeSet<&str> = checked_in.iter().filter_map(|event| event["number"].as_str()).collect();
    let visits: BTreeSet<&str> = checked_in.iter().filter_map(|event| event["visit"].as_str()).collect();
    assert_eq!((numbers.len(), visits.len()), (VISITORS, VISITORS));
    assert_eq!(world.tickets(1)?.len(), VISITORS, "nothing was printed twice");
    let on_record: BTreeSet<String> =
        checked_in.iter().filter_map(|event| Some(event["follow"].as_str()?.to_owned())).collect();
    let on_paper: BTreeSet<String> = world.follow_hashes(1)?.into_iter().collect();
    assert_eq!(on_paper, on_record, "each visit has a paper of its own");
    let texts =
        world.tickets(1)?.iter().map(|slip| world.ticket_text(slip)).collect::<Result<Vec<_>, _>>()?;
    for number in &numbers {
        let bearing = texts.iter().filter(|text| text.contains(number)).count();
        assert_eq!(bearing, 1, "{number} stands on one paper, in letters");
    }
    Ok(())
}
