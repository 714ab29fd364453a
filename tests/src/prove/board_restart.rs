//! A board that is killed while the server is down, and a server that comes back.

use super::{Options, Proof, Verdict};
use crate::{
    Agent, Day, Setup, World,
    agent::Said,
    bench::Chain,
    play::{HERO, call_is_shown, rested, settle},
    until,
};
use anyhow::{Context, ensure};
use protocol::route::CounterAction;
use serde_json::Value;
use std::{net::TcpListener, time::Instant};

/// The proof.
pub const PROOF: Proof = Proof {
    name: "board-restart",
    about: "a board is killed with the server down, and then the server comes back (--cycles times): the last calls are \
            on the screen within 2 s, the next one within 5 s",
    run,
};

/// From the start of the board to its last calls on the screen, in seconds.
const SHOWN_MAX: f64 = 2.0;
/// From the moment at which the server is there again to the call that was made then, in seconds.
const CAUGHT_UP_MAX: f64 = 5.0;
/// How often the board looks for a server in vain, before it comes back: it has to be patient by then.
const TRIES: usize = 6;
/// Calls before the server is stopped.
const CALLS: usize = 3;

fn run(options: &Options) -> anyhow::Result<Verdict> {
    super::in_runtime(prove(options))
}

async fn prove(options: &Options) -> anyhow::Result<Verdict> {
    let mut verdict = Verdict::default();
    let cycles = usize::try_from(options.cycles(5))?;
    let day = Day::at("09:40").crowd("RDV", CALLS + cycles, "RT");
    let mut world = World::start(&Setup { kiosks: 0, boards: 1, ..Setup::new(day) })?;
    let people: Vec<String> = (1..=CALLS + cycles).map(|number| format!("RDV{number}")).collect();
    let chain = &mut Chain::all(&world).await?[0];
    world.door()?.open().await?.ask(&chain.check_in(&people)?).await?.ok()?;
    let agent = Agent::sign_in(&world, "agent1", world.password(1), 1).await?;
    for call in 1..=CALLS {
        shown(&mut world, &agent, call).await?;
    }

    let (mut slowest_start, mut slowest_return) = (0.0_f64, 0.0_f64);
    for cycle in 1..=cycles {
        let last = rested(world.boards[0].display()?)?;
        world.stop_server()?;
        let board = world.boards[0].display()?;
        until("the board makes room to say that it is not up to date", || {
            board.pixels(HERO).ok().filter(|now| *now != last)
        })?;
        settle(board)?;
        let last = board.pixels(HERO)?;
        world.boards[0].program()?.kill()?;

        let (started, logs) = (Instant::now(), world.folder().to_owned());
        world.boards[0].start(&logs)?;
        let board = world.boards[0].display()?;
        until("the last calls stand there again", || board.pixels(HERO).ok().filter(|now| *now == last))?;
        slowest_start = slowest_start.max(started.elapsed().as_secs_f64());

        look_in_vain(world.port(), if options.is_full() { TRIES } else { 2 })?;
        world.start_server()?;
        let back = Instant::now();
        shown(&mut world, &agent, CALLS + cycle).await?;
        slowest_return = slowest_return.max(back.elapsed().as_secs_f64());
    }
    let rounded = |seconds: f64| (seconds * 100.0).round() / 100.0;
    let (shown_after, caught_up_after) = (rounded(slowest_start), rounded(slowest_return));
    verdict.figure("cycles", cycles);
    verdict.figure("shown_after_s", shown_after);
    verdict.figure("caught_up_after_s", caught_up_after);
    if options.is_full() {
        verdict.require(shown_after <= SHOWN_MAX, || "the last calls came too late".into());
        verdict.require(caught_up_after <= CAUGHT_UP_MAX, || "the call after it came too late".into());
    }
    Ok(verdict)
}

/// Calls the next person, waits until exactly that number stands on the board, and finishes.
async fn shown(world: &mut World, agent: &Agent, count: usize) -> anyhow::Result<()> {
    ensure!(agent.act(CounterAction::CallNext).await? == Said::Done, "nobody waits");
    let call = world.wait_for_events("called", count)?.pop().context("no call")?;
    let numbers: Vec<&str> =
        call["numbers"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let line = format!("numbers=\"{}\" counter=\"1\"", numbers.join(", "));
    let board = world.boards[0].program()?;
    until("the board shows this number", || board.log().contains(&line).then_some(()))?;
    until("the call is on the screen", || call_is_shown(world.boards[0].display().ok()?))?;
    ensure!(agent.act(CounterAction::Finish).await? == Said::Done, "cannot finish");
    Ok(())
}

/// Where the server was, somebody hangs up on whoever comes, so many times.
fn look_in_vain(port: u16, times: usize) -> anyhow::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    listener.set_nonblocking(true)?;
    let mut came = 0;
    until("the board looks for the server", || {
        came += usize::from(listener.accept().is_ok());
        (came >= times).then_some(())
    })
}
