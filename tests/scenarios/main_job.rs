//! A visitor scans, a ticket comes out, an agent calls, the board shows the number.

use anyhow::Context;
use e2e::{
    Agent, Day, Setup, World,
    agent::Said,
    paper,
    play::{call_is_shown, rested},
    until,
};
use protocol::route::CounterAction;

#[tokio::test]
async fn a_scanned_code_becomes_a_number_that_is_called_and_shown() -> anyhow::Result<()> {
    let day = Day::at("09:40").booked("RDV-ADA", 10, "RT");
    let mut world = World::start(&Setup { boards: 1, ..Setup::new(day) })?;
    let agent = Agent::sign_in(&world, "agent1", world.password(1), 1).await?;
    assert_eq!(agent.act(CounterAction::CallNext).await?, Said::NobodyWaits, "booking is not presence");

    world.scan(1, "RDV-ADA")?;
    let tickets = world.wait_for_tickets(1, 1)?;
    let checked_in = world.wait_for_events("checked_in", 1)?;
    world.wait_for_events("ticket_printed", 1)?;

    let board = world.boards[0].display()?;
    rested(board)?;
    assert_eq!(agent.act(CounterAction::CallNext).await?, Said::Done);
    until("the call is on the board", || call_is_shown(board))?;
    let called = world.wait_for_events("called", 1)?;
    let number = checked_in[0]["number"].as_str().context("no number")?;
    let shown = format!("numbers=\"{number}\" counter=\"1\"");
    let board = world.boards[0].program()?;
    until("it is this number and this counter", || board.log().contains(&shown).then_some(()))?;
    assert_eq!(called[0]["numbers"][0], checked_in[0]["number"]);
    assert_eq!(agent.act(CounterAction::Start).await?, Said::Done);
    assert_eq!(agent.act(CounterAction::Finish).await?, Said::Done);
    world.wait_for_events("finished", 1)?;
    assert_eq!(agent.act(CounterAction::CallNext).await?, Said::NobodyWaits, "nobody is left");
    assert_eq!(world.tickets(1)?.len(), 1, "one visitor, one ticket");

    let story = world.story(&checked_in[0]["visit"], &checked_in[0]["number"])?;
    assert_eq!(story, ["checked_in", "ticket_printed", "called", "started", "finished"]);

    let paper = world.ticket_folder().join(format!("{}.png", tickets[0].stem));
    let hash = paper::follow_hash(&paper)?;
    assert_eq!(checked_in[0]["follow"], hash, "the paper bears the token whose hash is in the log");
    Ok(())
}
