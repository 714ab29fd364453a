//! Paper, plugs and wires.

use e2e::{Day, Setup, World, until};
use hardware::sim::Fault;

#[test]
fn without_paper_the_number_is_on_the_screen_and_nothing_is_printed_behind_the_visitors_back()
-> anyhow::Result<()> {
    let world =
        World::start(&Setup::new(Day::at("09:40").booked("RDV-ADA", 5, "RT").booked("RDV-BO", 6, "RT")))?;
    world.printer_fault(1, Fault::PaperOut)?;
    let screen = world.kiosks[0].screen.display()?;
    let before = screen.pixels(screen.whole())?;
    world.scan(1, "RDV-ADA")?;
    world.wait_for_events("checked_in", 1)?;
    until("the kiosk shows the number", || screen.pixels(screen.whole()).ok().filter(|now| *now != before))?;
    assert_eq!(world.events("ticket_printed")?.len(), 0);

    world.printer_repaired(1, Fault::PaperOut)?;
    world.scan(1, "RDV-BO")?;
    world.wait_for_events("checked_in", 2)?;
    world.wait_for_events("ticket_printed", 1)?;
    world.wait_for_tickets(1, 1)?;
    Ok(())
}

#[test]
fn a_scanner_that_was_unplugged_comes_back_and_reads_again() -> anyhow::Result<()> {
    let world =
        World::start(&Setup::new(Day::at("09:40").booked("RDV-ADA", 5, "RT").booked("RDV-BO", 6, "RT")))?;
    world.scan(1, "RDV-ADA")?;
    world.wait_for_events("checked_in", 1)?;
    world.unplug_scanner(1)?;
    assert!(world.scan(1, "RDV-BO").is_err(), "an unplugged scanner reads nothing");
    world.plug_scanner(1)?;
    until("the kiosk opened the scanner again", || world.scan(1, "RDV-BO").ok())?;
    world.wait_for_events("checked_in", 2)?;
    Ok(())
}
