//! What is wrong is said, and nothing is lost.

use e2e::{Day, Setup, World};

#[test]
fn a_torn_file_loads_nothing_and_names_its_line() -> anyhow::Result<()> {
    let world =
        World::start(&Setup { kiosks: 0, ..Setup::new(Day::at("09:40").booked("RDV-ADA", 5, "RT")) })?;
    let good = Day::at("09:40").booked("RDV-BO", 5, "RT").booked("RDV-CY", 6, "RT").to_csv();
    let torn = &good[..good.len() - 30];
    let error = format!("{:#}", world.import("torn", torn).expect_err("a torn file is refused"));
    assert!(error.contains("line 3"), "{error}");
    let unknown = good.replacen("Motif", "Objet inconnu", 1);
    let error = format!("{:#}", world.import("unknown", &unknown).expect_err("an unknown column is refused"));
    assert!(error.contains("Objet inconnu"), "{error}");
    assert_eq!(world.events("booking_recorded")?.len(), 1, "only what was there before");
    let again = Day::at("09:40").booked("RDV-ADA", 5, "RT").to_csv();
    world.import("again", &again)?;
    assert_eq!(world.events("booking_recorded")?.len(), 1, "the same file twice changes nothing");
    Ok(())
}

#[test]
fn a_megabyte_from_the_scanner_is_answered_and_the_next_visitor_is_served() -> anyhow::Result<()> {
    let world = World::start(&Setup::new(Day::at("09:40").booked("RDV-ADA", 5, "RT")))?;
    world.scan(1, &"A".repeat(1 << 20))?;
    world.scan(1, "RDV-ADA")?;
    world.wait_for_events("checked_in", 1)?;
    world.wait_for_tickets(1, 1)?;
    Ok(())
}
