//! More than one of everything at once.

use anyhow::bail;
use e2e::{Agent, Day, Setup, World, agent::Said, until};
use protocol::route::CounterAction;
use serde_json::Value;
use std::{collections::BTreeSet, sync::Arc};
use tokio::sync::Barrier;

#[tokio::test]
async fn the_same_code_at_two_kiosks_is_one_visit_with_two_numbers_called_together() -> anyhow::Result<()> {
    let mut world =
        World::start(&Setup { kiosks: 2, ..Setup::new(Day::at("09:40").booked("RDV-ADA", 5, "RT")) })?;
    // Without the server the kiosks cannot know of each other.
    world.stop_server()?;
    world.scan(1, "RDV-ADA")?;
    world.scan(2, "RDV-ADA")?;
    world.wait_for_tickets(1, 1)?;
    world.wait_for_tickets(2, 1)?;
    world.start_server()?;
    let checked_in = world.wait_for_events("checked_in", 2)?;
    assert_eq!(checked_in[0]["visit"], checked_in[1]["visit"]);
    assert_ne!(checked_in[0]["number"], checked_in[1]["number"]);
    let on_paper: BTreeSet<String> =
        [world.follow_hashes(1)?, world.follow_hashes(2)?].concat().into_iter().collect();
    let on_record: BTreeSet<String> =
        checked_in.iter().filter_map(|event| Some(event["follow"].as_str()?.to_owned())).collect();
    assert_eq!((on_paper.len(), &on_paper), (2, &on_record), "each number has a paper of its own");

    let agent = Agent::sign_in(&world, "agent1", world.password(1), 1).await?;
    assert_eq!(agent.act(CounterAction::CallNext).await?, Said::Done);
    let called = world.wait_for_events("called", 1)?;
    let numbers = |list: &[&serde_json::Value]| {
        list.iter().filter_map(|n| n.as_str().map(str::to_owned)).collect::<BTreeSet<_>>()
    };
    let printed = numbers(&[&checked_in[0]["number"], &checked_in[1]["number"]]);
    let said = numbers(&called[0]["numbers"].as_array().into_iter().flatten().collect::<Vec<_>>());
    assert_eq!(said, printed, "both numbers are called");
    assert_eq!(agent.act(CounterAction::Finish).await?, Said::Done);
    assert_eq!(agent.act(CounterAction::CallNext).await?, Said::NobodyWaits, "one visit, one call");
    assert_eq!(world.events("called")?.len(), 1);
    Ok(())
}

/// Everybody presses « call next » at one moment; gives the calls and how many heard that nobody waits.
async fn all_call(world: &World, agents: &[Arc<Agent>], known: usize) -> anyhow::Result<(Vec<Value>, usize)> {
    let barrier = Arc::new(Barrier::new(agents.len()));
    let presses: Vec<_> = agents
        .iter()
        .cloned()
        .map(|agent| {
            let barrier = barrier.clone();
            tokio::spawn(async move {
                barrier.wait().await;
                agent.act(CounterAction::CallNext).await
            })
        })
        .collect();
    let (mut done, mut in_vain) = (0, 0);
    for press in presses {
        match press.await?? {
            Said::Done => done += 1,
            Said::NobodyWaits => in_vain += 1,
            Said::No(words) => bail!("a press was refused: {words}"),
        }
    }
    Ok((world.wait_for_events("called", known + done)?.split_off(known), in_vain))
}

fn different(called: &[Value], field: &str) -> usize {
    called.iter().map(|event| event[field].to_string()).collect::<BTreeSet<_>>().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_counters_that_call_at_once_call_twenty_different_people() -> anyhow::Result<()> {
    const COUNTERS: usize = 20;
    const WAITING: usize = 27;
    let day = Day::at("09:40").crowd("RDV-", WAITING, "RT");
    let setup = Setup { boards: 1, agents: COUNTERS, counters: COUNTERS, ..Setup::new(day) };
    let mut world = World::start(&setup)?;
    for number in 1..=WAITING {
        world.scan(1, &format!("RDV-{number}"))?;
        world.wait_for_tickets(1, number)?;
    }
    let checked_in = world.wait_for_events("checked_in", WAITING)?;
    let mut agents = Vec::new();
    for counter in 1..=COUNTERS {
        let number = u16::try_from(counter)?;
        let name = format!("agent{counter}");
        agents.push(Arc::new(Agent::sign_in(&world, &name, world.password(counter), number).await?));
    }
    let (first, in_vain) = all_call(&world, &agents, 0).await?;
    assert_eq!((first.len(), in_vain), (COUNTERS, 0));
    assert_eq!((different(&first, "visit"), different(&first, "counter")), (COUNTERS, COUNTERS));

    let board = world.boards[0].program()?;
    for call in &first {
        let shown = format!("numbers={} counter=\"{}\"", call["numbers"][0], call["counter"]);
        until("every call of the burst gets the large part of the board", || {
            board.log().contains(&shown).then_some(())
        })?;
    }

    for agent in &agents {
        assert_eq!(agent.act(CounterAction::Finish).await?, Said::Done);
    }
    let (second, in_vain) = all_call(&world, &agents, COUNTERS).await?;
    let left = WAITING - COUNTERS;
    assert_eq!((second.len(), in_vain), (left, COUNTERS - left), "the others hear that nobody waits");
    let all: Vec<Value> = first.into_iter().chain(second).collect();
    assert_eq!(different(&all, "visit"), WAITING, "nobody is called twice, and nobody is left out");
    assert_eq!(different(&checked_in, "visit"), WAITING);
    Ok(())
}
