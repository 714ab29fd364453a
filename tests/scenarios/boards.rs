//! The screen in the waiting room.

use e2e::{
    Agent, Day, Setup, World,
    agent::Said,
    play::{HERO, call_is_shown, rested, settle},
    until,
};
use protocol::route::CounterAction;

#[tokio::test]
async fn a_board_that_starts_without_the_server_shows_what_was_called_last() -> anyhow::Result<()> {
    let day = Day::at("09:40").booked("RDV-ADA", 10, "RT");
    let mut world = World::start(&Setup { boards: 1, ..Setup::new(day) })?;
    let empty = rested(world.boards[0].display()?)?;
    world.scan(1, "RDV-ADA")?;
    world.wait_for_events("checked_in", 1)?;
    let agent = Agent::sign_in(&world, "agent1", world.password(1), 1).await?;
    assert_eq!(agent.act(CounterAction::CallNext).await?, Said::Done);
    let board = world.boards[0].display()?;
    until("the call is on the board", || call_is_shown(board))?;
    let called = rested(board)?;
    assert_ne!(called, empty, "a call that rests is still there");

    world.stop_server()?;
    let board = world.boards[0].display()?;
    until("the board makes room to say that it is not up to date", || {
        board.pixels(HERO).ok().filter(|now| *now != called)
    })?;
    settle(board)?;
    let before = board.pixels(HERO)?;
    world.boards[0].program()?.kill()?;
    let folder = world.folder().to_owned();
    world.boards[0].start(&folder)?;
    let board = world.boards[0].display()?;
    until("the call stands there again", || board.pixels(HERO).ok().filter(|now| *now == before))?;
    Ok(())
}
