//! A ticket that was cut off in the middle never comes out on somebody else's paper, even if the kiosk was
//! started anew in between.

use e2e::{Day, Setup, World, paper, world::Print};
use hardware::sim::Fault;

/// A printer on each kind of wire, with each way to write on paper.
const PRINTERS: [(&str, bool); 2] = [("epson-tm-t20", false), ("serial-text", true)];

fn hall(profile: &'static str, serial: bool) -> anyhow::Result<World> {
    let day = Day::at("09:40").booked("RDV-ADA", 5, "RT").booked("RDV-BO", 6, "RT").booked("RDV-CY", 7, "RT");
    let paper = Setup { printer_profile: profile, serial_printers: serial, ..Setup::new(day) };
    World::start(&Setup { follow_url: Some("https://suivi.example/t"), ..paper })
}

/// The next two visitors get one whole ticket each, with nothing of anybody else's on it.
fn each_gets_their_own(world: &mut World) -> anyhow::Result<()> {
    let mut heights = Vec::new();
    for (visitor, code) in ["RDV-BO", "RDV-CY"].into_iter().enumerate() {
        world.scan(1, code)?;
        let own = world.wait_for_events("checked_in", visitor + 2)?.remove(visitor + 1);
        let printed = world.wait_for_events("ticket_printed", visitor + 1)?.remove(visitor);
        assert_eq!(printed["number"], own["number"]);
        let slip = world.tickets(1)?.pop().filter(|slip| slip.complete && slip.printed);
        let slip =
            slip.ok_or_else(|| anyhow::anyhow!("no whole ticket for {code}: {:?}", world.tickets(1)))?;
        let picture = world.ticket_folder().join(format!("{}.png", slip.stem));
        assert_eq!(
            paper::follow_hash(&picture)?,
            own["follow"],
            "the one code on the paper is the visitor's"
        );
        heights.push(paper::height(&picture)?);
    }
    // Where the paper is cut differs by a few dots; a line of somebody else's ticket has 24 or more.
    assert!(heights[0].abs_diff(heights[1]) < 16, "something stands above or below a ticket: {heights:?}");
    let prints = world.prints_after_power_cut(1)?;
    let states: Vec<&str> = prints.iter().map(|Print { state, .. }| &**state).collect();
    assert_eq!(states, ["unknown", "printed", "printed"]);
    Ok(())
}

#[test]
fn a_wire_that_broke_and_a_roll_that_ended_before_the_kiosk_was_started_anew() -> anyhow::Result<()> {
    for (profile, serial) in PRINTERS {
        let mut world = hall(profile, serial)?;
        world.printer_fault(1, Fault::DropAfter(if serial { 150 } else { 20_000 }))?;
        // Without paper the kiosk cannot clear up before it is ended.
        world.printer_fault(1, Fault::PaperLeft(5))?;
        world.scan(1, "RDV-ADA")?;
        world.wait_for_events("print_uncertain", 1)?;
        world.power_cut(1)?;
        world.start_kiosk(1)?;
        world.printer_repaired(1, Fault::PaperOut)?;
        each_gets_their_own(&mut world)?;
    }
    Ok(())
}

#[test]
fn a_kiosk_that_lost_power_while_it_printed_and_a_roll_that_had_to_be_changed() -> anyhow::Result<()> {
    for (profile, serial) in PRINTERS {
        let mut world = hall(profile, serial)?;
        world.printer_fault(1, Fault::Slow)?;
        let begins = world.tickets(1)?.len() + 1;
        world.scan(1, "RDV-ADA")?;
        world.wait_for_slip_to_begin(1, begins)?;
        world.power_cut(1)?;
        world.printer_repaired(1, Fault::Slow)?;
        world.printer_fault(1, Fault::PaperOut)?;
        world.start_kiosk(1)?;
        world.wait_for_events("print_uncertain", 1)?;
        world.printer_repaired(1, Fault::PaperOut)?;
        each_gets_their_own(&mut world)?;
    }
    Ok(())
}
