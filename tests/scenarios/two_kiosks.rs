//! More than one of everything at once.

use e2e::{Agent, Day, Setup, World, agent::Said};
use protocol::route::CounterAction;
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

    let agent = Agent::sign_in(&world, "agent1", world.password(1), 1).await?;
    assert_eq!(agent.act(CounterAction::CallNext).await?, Said::Done);
    let called = world.wait_for_events("called", 1)?;
    let numbers = |list: &[&serde_json::Value]| {
        list.iter().filter_map(|n| n.as_str().map(str::to_owned)).collect::<BTreeSet<_>>()
    };
    let printed = numbers(&[&checked_in[0]["number"], &checked_in[1]["number"]]);
    let said = numbers(&called[0]["numbers"].as_array().into_iter().flatten().collect::<Vec<_>>());
    assert_eq!(said, printed, "both numbers are called");
    agent.act(CounterAction::Finish).await?;
    assert_eq!(agent.act(CounterAction::CallNext).await?, Said::No, "one visit, one call");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_counters_that_call_at_once_call_twenty_different_people() -> anyhow::Result<()> {
    const COUNTERS: usize = 13;
    const WAITING: usize = 9;
    let day = Day::at("09:40").crowd("RDV-", WAITING, "RT");
    let world = World::start(&Setup { agents: COUNTERS, ..Setup::new(day) })?;
    for number in 1..=WAITING {
        world.scan(1, &format!("RDV-{number}"))?;
        world.wait_for_tickets(1, number)?;
    }
    world.wait_for_events("checked_in", WAITING)?;
    let mut agents = Vec::new();
    for counter in 1..=COUNTERS {
        let number = u16::try_from(counter)?;
        agents
            .push(Agent::sign_in(&world, &format!("agent{counter}"), world.password(counter), number).await?);
    }
    let barrier = Arc::new(Barrier::new(COUNTERS));
    let presses = agents.into_iter().map(|agent| {
        let barrier = barrier.clone();
        tokio::spawn(async move {
            barrier.wait().await;
            agent.act(CounterAction::CallNext).await
        })
    });
    let mut done = 0;
    for press in presses.collect::<Vec<_>>() {
        done += usize::from(press.await?? == Said::Done);
    }
    assert_eq!(done, WAITING, "everybody who waits is called, and nobody else");
    let called = world.wait_for_events("called", WAITING)?;
    let visits: BTreeSet<&str> = called.iter().filter_map(|event| event["visit"].as_str()).collect();
    let counters: BTreeSet<String> = called.iter().map(|event| event["counter"].to_string()).collect();
    assert_eq!((visits.len(), counters.len()), (WAITING, WAITING), "nobody is called twice");
    Ok(())
}
