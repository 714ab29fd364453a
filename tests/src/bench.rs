//! What the benchmark measures apart from the screens.

use crate::{
    Agent, Day, Setup, World, agent::Said, device, device::SimulatedKiosk, play::Resident, until, world::SITE,
};
use anyhow::{Context, ensure};
use domain::{SiteId, board::BoardChange};
use futures_util::{StreamExt, future::join_all};
use protocol::{
    client::{BoardFeed, FeedItem, follow},
    pairing::DeviceKind,
    route::CounterAction,
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};
use uuid::Uuid;

/// What `bin/bench` prints.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Last byte of the scan to last byte of the ticket, on their wires.
    pub scan_to_wire_ms: Percentiles,
    /// The same with the server stopped.
    pub scan_to_wire_server_stopped_ms: Percentiles,
    /// An agent's press to the pixels of the board.
    pub call_to_board_ms: Percentiles,
    /// An agent's press to the change on a board's stream, with all counters and boards connected.
    pub command_to_stream_ms: Percentiles,
    /// Counters that called.
    pub counters: usize,
    /// Boards that listened.
    pub boards: usize,
    /// Resident memory after the check-ins and calls.
    pub resident_mb: Resident,
}

/// Milliseconds.
#[derive(Debug, Serialize)]
pub struct Percentiles {
    /// How many were measured.
    pub samples: usize,
    /// Half are faster.
    pub p50: f64,
    /// 95 of 100 are faster.
    pub p95: f64,
    /// 99 of 100 are faster.
    pub p99: f64,
    /// The slowest.
    pub max: f64,
}

impl Percentiles {
    /// Of at least one time in milliseconds.
    pub fn of(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        let at = |share: usize| {
            let index = (times.len() * share).div_ceil(100).saturating_sub(1);
            times.get(index).map_or(f64::NAN, |time| (time * 100.0).round() / 100.0)
        };
        Self { samples: times.len(), p50: at(50), p95: at(95), p99: at(99), max: at(100) }
    }
}

/// When each call arrived at the boards: by its numbers.
type Arrivals = Arc<Mutex<BTreeMap<String, Vec<Instant>>>>;

/// Command to stream: counters and boards of one site, all connected.
pub struct Streams;

impl Streams {
    /// Every counter calls three times, one call at a time; gives the time to each board's stream.
    ///
    /// # Errors
    /// If anything is not as it should be.
    pub async fn measure(counters: usize, boards: usize) -> anyhow::Result<Percentiles> {
        let mut world =
            World::start(&Setup { kiosks: 0, agents: counters, counters, ..Setup::new(Day::at("09:40")) })?;
        let calls = counters * 3;
        let client = world.client()?;
        SimulatedKiosk::pair(&client, &world.control_socket()).await?.state_facts(calls).await?;
        let agents = sign_in(&world, counters).await?;
        let consoles = join_all(agents.iter().map(Agent::watch)).await;
        let consoles: Vec<_> = consoles.into_iter().collect::<Result<_, _>>()?;
        let listeners: Vec<_> = consoles
            .into_iter()
            .map(|mut stream| tokio::spawn(async move { while stream.next().await.is_some() {} }))
            .collect();
        let arrivals = Arrivals::default();
        let boards_listening = listen(&world, boards, &arrivals).await?;
        let mut times = Vec::new();
        for (turn, agent) in (0..calls).map(|call| (call, &agents[call % counters])) {
            let pressed = Instant::now();
            ensure!(agent.act(CounterAction::CallNext).await? == Said::Done, "nobody waits");
            let arrived = until("the call reaches every board", || {
                let arrivals = arrivals.lock().unwrap_or_else(PoisonError::into_inner);
                (arrivals.len() > turn && arrivals.values().all(|at| at.len() == boards))
                    .then(|| arrivals.clone())
            })?;
            let latest = arrived.values().max_by_key(|at| at.iter().max()).context("no call")?;
            times
                .extend(latest.iter().map(|at| at.saturating_duration_since(pressed).as_secs_f64() * 1000.0));
            ensure!(agent.act(CounterAction::Finish).await? == Said::Done, "cannot finish");
        }
        listeners.iter().chain(&boards_listening).for_each(tokio::task::JoinHandle::abort);
        world.stop_server()?;
        Ok(Percentiles::of(times))
    }
}

async fn sign_in(world: &World, counters: usize) -> anyhow::Result<Vec<Agent>> {
    let mut agents = Vec::new();
    for counter in 1..=counters {
        let name = format!("agent{counter}");
        agents.push(Agent::sign_in(world, &name, world.password(counter), u16::try_from(counter)?).await?);
    }
    Ok(agents)
}

async fn listen(
    world: &World,
    boards: usize,
    arrivals: &Arrivals,
) -> anyhow::Result<Vec<tokio::task::JoinHandle<()>>> {
    let (ready, mut readied) = tokio::sync::mpsc::unbounded_channel();
    let mut tasks = Vec::new();
    for _ in 0..boards {
        let (client, _) =
            device::pair(&world.client()?, &world.control_socket(), DeviceKind::Board, Uuid::nil()).await?;
        let (arrivals, ready) = (arrivals.clone(), ready.clone());
        tasks.push(tokio::spawn(async move {
            let mut told = false;
            follow(&client, &BoardFeed(SiteId::new(SITE)), None, |item| {
                match item {
                    FeedItem::Heartbeat(_) if !std::mem::replace(&mut told, true) => drop(ready.send(())),
                    FeedItem::Event(data, _) => arrived(&arrivals, &data),
                    _ => {}
                }
                true
            })
            .await;
        }));
    }
    for _ in 0..boards {
        readied.recv().await.context("a board does not listen")?;
    }
    Ok(tasks)
}

fn arrived(arrivals: &Arrivals, data: &str) {
    let now = Instant::now();
    if let Ok(BoardChange::Called(call)) = serde_json::from_str(data) {
        let numbers = call.numbers.iter().map(ToString::to_string).collect();
        arrivals.lock().unwrap_or_else(PoisonError::into_inner).entry(numbers).or_default().push(now);
    }
}
