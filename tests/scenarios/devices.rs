//! Paper, plugs and wires.

use anyhow::Context;
use e2e::{
    Agent, Day, Setup, World, paper,
    play::{INK, NUMBER, TITLE, settle},
    until,
    wait::PATIENCE,
    world::Print,
};
use futures_util::{Stream, StreamExt};
use hardware::sim::Fault;
use serde_json::Value;
use std::path::PathBuf;

/// What warnings are drawn in on the kiosk.
const CAUTION: (u8, u8, u8) = (0x9A, 0x4A, 0x00);

/// Waits until the kiosk shows a number in large figures and the page stands still; gives its picture.
fn number_shown(world: &World, name: &str) -> anyhow::Result<(PathBuf, Vec<u8>)> {
    let screen = world.kiosks[0].screen.display()?;
    until("the kiosk shows a number", || (screen.tallest_line(NUMBER, INK).ok()? > 100).then_some(()))?;
    settle(screen)?;
    let picture = world.folder().join(format!("{name}.png"));
    screen.screenshot(&picture)?;
    Ok((picture, screen.pixels(NUMBER)?))
}

/// The numbers of print jobs and how they ended.
fn ended(prints: &[Print]) -> Vec<(Value, &str)> {
    prints.iter().map(|print| (print.number.clone().into(), &*print.state)).collect()
}

fn ada_and_bo() -> Setup {
    let day = Day::at("09:40").booked("RDV-ADA", 5, "RT").booked("RDV-BO", 6, "RT");
    Setup { follow_url: Some("https://suivi.example/t"), ..Setup::new(day) }
}

#[test]
fn without_paper_the_number_is_on_the_screen_and_nothing_is_printed_behind_the_visitors_back()
-> anyhow::Result<()> {
    let mut world = World::start(&ada_and_bo())?;
    world.printer_fault(1, Fault::PaperOut)?;
    let screen = world.kiosks[0].screen.display()?;
    assert!(screen.tallest_line(NUMBER, INK)? < 100, "nobody has a number yet");
    world.scan(1, "RDV-ADA")?;
    let ada = world.wait_for_events("checked_in", 1)?.remove(0);
    until("the kiosk says that there is no paper", || {
        (screen.tallest_line(screen.whole(), CAUTION).ok()? > 0).then_some(())
    })?;
    let (picture, number_of_ada) = number_shown(&world, "ada")?;
    assert_eq!(paper::follow_hash(&picture)?, ada["follow"], "the screen bears her own code");
    assert_eq!(world.events("ticket_printed")?.len(), 0);
    let kiosk = world.kiosks[0].screen.program()?;
    until("the kiosk's log tells staff that there is no paper", || {
        let is_told = |line: &str| line.contains("the printer cannot print") && line.contains("no paper");
        kiosk.log().lines().any(is_told).then_some(())
    })?;

    world.printer_repaired(1, Fault::PaperOut)?;
    world.scan(1, "RDV-BO")?;
    let bo = world.wait_for_events("checked_in", 2)?.remove(1);
    let printed = world.wait_for_events("ticket_printed", 1)?;
    assert_eq!(printed[0]["number"], bo["number"]);
    let screen = world.kiosks[0].screen.display()?;
    until("the kiosk turns to Bo", || screen.pixels(NUMBER).ok().filter(|now| *now != number_of_ada))?;
    let (_, number_of_bo) = number_shown(&world, "bo")?;
    assert_ne!(number_of_bo, number_of_ada, "each sees their own number");
    let slips = world.wait_for_tickets(1, 1)?;
    let on_paper = world.ticket_folder().join(format!("{}.png", slips[0].stem));
    assert_eq!(paper::follow_hash(&on_paper)?, bo["follow"], "the one ticket is Bo's");
    let prints = world.prints_after_power_cut(1)?;
    assert_eq!(ended(&prints), [(ada["number"].clone(), "failed"), (bo["number"].clone(), "printed")]);
    assert!(prints[0].reason.starts_with("no paper"), "staff can read why: {}", prints[0].reason);
    Ok(())
}

/// Reads a desk's stream until `is_it` of what it says last.
async fn desk_says(
    stream: &mut (impl Stream<Item = reqwest::Result<Vec<u8>>> + Unpin),
    what: &str,
    is_it: impl Fn(&str) -> bool,
) -> anyhow::Result<()> {
    let mut heard = String::new();
    let reading = async {
        while !heard.ends_with("\n\n")
            || !heard.rsplit("\n\n").find(|said| said.contains("data: ")).is_some_and(&is_it)
        {
            let bytes = stream.next().await.context("the stream ended")??;
            heard.push_str(&String::from_utf8_lossy(&bytes));
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(PATIENCE, reading).await.with_context(|| format!("the desk never said {what}"))?
}

#[test]
fn staff_read_at_their_counters_what_a_kiosk_needs_until_it_is_put_right() -> anyhow::Result<()> {
    let world = World::start(&Setup::new(Day::at("09:40")))?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let agent = Agent::sign_in(&world, "agent1", world.password(1), 1).await?;
        let mut desk = agent.watch().await?;
        let needs = |words: &'static str| move |said: &str| said.contains("Borne 1") && said.contains(words);
        for (fault, words) in [
            (Fault::PaperNearEnd, "bientôt plus de papier"),
            (Fault::PaperOut, "plus de papier depuis "),
            (Fault::CoverOpen, "imprimante ouverte depuis "),
            (Fault::Cutter, "papier coincé dans la coupe depuis "),
            (Fault::Offline, "imprimante hors ligne depuis "),
        ] {
            world.printer_fault(1, fault)?;
            desk_says(&mut desk, words, needs(words)).await?;
            world.printer_repaired(1, fault)?;
            desk_says(&mut desk, "that all is well", |said| !said.contains("Bornes")).await?;
        }
        world.unplug_scanner(1)?;
        desk_says(&mut desk, "that the reader is gone", needs("lecteur de codes débranché depuis ")).await?;
        let status = world.kiosks[0].screen.operate(&["status"])?;
        assert!(status.contains("Reader     not there since"), "{status}");
        assert!(status.contains("Printer    nothing reported") && status.contains("Lane       "), "{status}");
        anyhow::Ok(())
    })
}

#[test]
fn a_wire_that_breaks_in_the_middle_of_a_ticket_prints_nothing_twice_and_the_next_visitor_is_served()
-> anyhow::Result<()> {
    let mut world = World::start(&ada_and_bo())?;
    world.printer_fault(1, Fault::DropAfter(5_000))?;
    world.scan(1, "RDV-ADA")?;
    world.wait_for_events("checked_in", 1)?;
    let uncertain = world.wait_for_events("print_uncertain", 1)?;
    number_shown(&world, "ada")?;
    world.scan(1, "RDV-BO")?;
    let checked_in = world.wait_for_events("checked_in", 2)?;
    assert_eq!(uncertain[0]["number"], checked_in[0]["number"]);
    let printed = world.wait_for_events("ticket_printed", 1)?;
    assert_eq!(printed[0]["number"], checked_in[1]["number"], "only Bo's ticket is known to be out");
    let whole: Vec<_> = world.tickets(1)?.into_iter().filter(|slip| slip.complete).collect();
    assert_eq!(whole.len(), 1, "nothing was sent a second time: {whole:?}");
    let on_paper = world.ticket_folder().join(format!("{}.png", whole[0].stem));
    assert_eq!(paper::follow_hash(&on_paper)?, checked_in[1]["follow"], "the whole ticket is Bo's");
    let prints = world.prints_after_power_cut(1)?;
    let [ada, bo] = [0, 1].map(|visitor: usize| checked_in[visitor]["number"].clone());
    assert_eq!(ended(&prints), [(ada, "unknown"), (bo, "printed")], "the question stays open for staff");
    assert!(prints[0].reason.starts_with("the connection to the printer broke"), "{}", prints[0].reason);
    Ok(())
}

#[test]
fn a_scanner_that_was_unplugged_comes_back_and_reads_again() -> anyhow::Result<()> {
    let world =
        World::start(&Setup::new(Day::at("09:40").booked("RDV-ADA", 5, "RT").booked("RDV-BO", 6, "RT")))?;
    let screen = world.kiosks[0].screen.display()?;
    settle(screen)?;
    let invited = screen.pixels(TITLE)?;
    world.unplug_scanner(1)?;
    assert!(world.scan(1, "RDV-ADA").is_err(), "an unplugged scanner reads nothing");
    until("the welcome page says that no code can be read", || {
        screen.pixels(TITLE).ok().filter(|now| *now != invited)
    })?;
    world.plug_scanner(1)?;
    until("it invites again", || screen.pixels(TITLE).ok().filter(|now| *now == invited))?;
    world.scan(1, "RDV-BO")?;
    world.wait_for_events("checked_in", 1)?;
    Ok(())
}
