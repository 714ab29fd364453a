//! Many agents at one moment: all their requests are held at one barrier and let go together.

use crate::{
    actors::{Agent, new_id},
    answer::Answer,
    helpers::{Setup, TestServer},
};
use protocol::route::CounterAction;
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};
use tokio::sync::Barrier;

/// Agents who sit at counters 1, 2, 3 … of a new server.
async fn staff(count: u16) -> (TestServer, Vec<Agent>) {
    let server = Setup { counters: count, ..Setup::default() }.start().await;
    let mut agents = Vec::new();
    for counter in 1..=count {
        let agent = server.agent(&format!("agent{counter}")).await;
        agent.open(counter).await;
        agents.push(agent);
    }
    (server, agents)
}

/// Everybody does the same at the same moment, each at the counter that `counter` says.
async fn together(agents: Vec<Agent>, action: CounterAction, counter: fn(usize) -> u16) -> Vec<Answer> {
    let barrier = Arc::new(Barrier::new(agents.len()));
    let mut acting = tokio::task::JoinSet::new();
    for (n, agent) in agents.into_iter().enumerate() {
        let barrier = barrier.clone();
        acting.spawn(async move {
            barrier.wait().await;
            agent.act(counter(n), action).await
        });
    }
    acting.join_all().await
}

fn own(n: usize) -> u16 {
    u16::try_from(n).unwrap() + 1
}

/// The numbers that were called, and how often the answer was that nobody waits.
fn outcome(answers: &[Answer]) -> (Vec<String>, usize) {
    let (called, refused): (Vec<&Answer>, Vec<&Answer>) =
        answers.iter().partition(|answer| answer.status.is_success());
    for answer in &refused {
        assert_eq!(answer.refusal(), (409, json!({ "refusal": "nobody_waiting" })));
    }
    let number = |answer: &&Answer| answer.ok()["visit"]["numbers"][0].as_str().unwrap().to_owned();
    (called.iter().map(number).collect(), refused.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_agents_and_twenty_who_wait_each_gets_one() {
    let (server, agents) = staff(20).await;
    let mut kiosk = server.kiosk().await;
    kiosk.crowd(20).await;
    let (called, refused) = outcome(&together(agents, CounterAction::CallNext, own).await);
    let distinct: BTreeSet<_> = called.iter().collect();
    assert_eq!((called.len(), distinct.len(), refused), (20, 20, 0), "{called:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_agents_and_thirteen_who_wait_seven_get_nobody() {
    let (server, agents) = staff(20).await;
    let mut kiosk = server.kiosk().await;
    kiosk.crowd(13).await;
    let head = server.head();
    let (called, refused) = outcome(&together(agents, CounterAction::CallNext, own).await);
    let distinct: BTreeSet<_> = called.iter().collect();
    assert_eq!((called.len(), distinct.len(), refused), (13, 13, 7), "{called:?}");
    assert_eq!(server.head(), head + 13, "one event for each call");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_agents_at_one_counter_one_sits_down() {
    let (server, agents) = staff(10).await;
    for (n, agent) in agents.iter().enumerate() {
        agent.act(own(n), CounterAction::Close).await.ok();
    }
    let answers = together(agents, CounterAction::Open, |_| 7).await;
    let (inside, outside): (Vec<&Answer>, Vec<&Answer>) =
        answers.iter().partition(|answer| answer.status.is_success());
    assert_eq!(inside.len(), 1);
    for answer in outside {
        assert_eq!(answer.refusal(), (403, json!({ "refusal": "counter_taken", "counter": 7 })));
    }
    assert_eq!(server.app.sites.iter().map(|(_, site)| site.live().branch.counters.len()).sum::<usize>(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_press_that_arrives_twenty_times_calls_one_person() {
    let (server, mut agents) = staff(1).await;
    let mut kiosk = server.kiosk().await;
    kiosk.crowd(20).await;
    let (agent, key, head) = (Arc::new(agents.remove(0)), new_id(), server.head());
    let barrier = Arc::new(Barrier::new(20));
    let mut presses = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (agent, barrier) = (agent.clone(), barrier.clone());
        presses.spawn(async move {
            barrier.wait().await;
            agent.act_once(1, CounterAction::CallNext, key).await.ok()
        });
    }
    let answers = presses.join_all().await;
    let visits: BTreeSet<String> =
        answers.iter().map(|answer: &Value| answer["visit"]["id"].to_string()).collect();
    assert_eq!((visits.len(), server.head()), (1, head + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn kiosks_and_agents_at_once_lose_nobody() {
    let (server, agents) = staff(8).await;
    let mut all = tokio::task::JoinSet::new();
    let barrier = Arc::new(Barrier::new(12));
    for _ in 0..4 {
        let (mut kiosk, barrier) = (server.kiosk().await, barrier.clone());
        all.spawn(async move {
            barrier.wait().await;
            for _ in 0..20 {
                kiosk.crowd(1).await;
            }
            0
        });
    }
    for (n, agent) in agents.into_iter().enumerate() {
        let (counter, barrier) = (own(n), barrier.clone());
        all.spawn(async move {
            barrier.wait().await;
            let mut served = 0;
            for _ in 0..10 {
                if agent.act(counter, CounterAction::CallNext).await.status.is_success() {
                    agent.act(counter, CounterAction::Finish).await.ok();
                    served += 1;
                }
            }
            served
        });
    }
    let served: usize = all.join_all().await.into_iter().sum();
    let branch = server.app.sites.get(&crate::helpers::lille()).unwrap().live().branch.clone();
    assert_eq!(branch.visits.len(), 80);
    assert_eq!(branch.waiting(server.app.clock.now()).count(), 80 - served);
}
