//! What the benchmark measures apart from the screens.

use crate::{Agent, World, agent::Said, device, play::Resident, until, world::SITE};
use anyhow::{Context, ensure};
use domain::{SiteId, board::BoardChange};
use futures_util::StreamExt;
use protocol::{
    client::{BoardFeed, FeedItem, follow},
    pairing::DeviceKind,
    route::CounterAction,
};
use serde::Serialize;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
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
    /// An agent's press to the call on each board's stream, with all counters and boards connected.
    pub command_to_board_streams_ms: Percentiles,
    /// An agent's press to the changed desk on each console's stream, at the same time.
    pub command_to_console_streams_ms: Percentiles,
    /// Counters that called.
    pub counters: usize,
    /// Boards that listened.
    pub boards: usize,
    /// Bookings that were loaded.
    pub bookings: usize,
    /// Resident memory with all of it connected, after the check-ins and calls.
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

/// When something came over each stream, the latest last.
type Arrivals = Arc<Vec<Mutex<Vec<Instant>>>>;

/// Changes that come faster are shown together on a desk (`server::console`): between two presses is more.
const BETWEEN_PRESSES: Duration = Duration::from_millis(150);

/// Everybody who listens to one site: a desk for each counter, and boards.
pub struct Streams {
    /// Who sits at the counters, from 1.
    pub agents: Vec<Agent>,
    consoles: Arrivals,
    boards: Arrivals,
}

impl Streams {
    /// Connects them all; `world` has an account for each counter.
    ///
    /// # Errors
    /// If one is not let in.
    pub async fn connect(world: &World, counters: usize, boards: usize) -> anyhow::Result<Self> {
        let agents = sign_in(world, counters).await?;
        let consoles = nothing_yet(counters);
        for (index, agent) in agents.iter().enumerate() {
            let mut stream = agent.watch().await?;
            let consoles = consoles.clone();
            tokio::spawn(async move {
                while let Some(Ok(bytes)) = stream.next().await {
                    if !bytes.starts_with(b"event: heartbeat") {
                        arrived(&consoles, index);
                    }
                }
            });
        }
        Ok(Self { agents, consoles, boards: listen(world, boards).await? })
    }

    /// Every counter calls, one call at a time; gives the times to the boards' and to the consoles' streams.
    ///
    /// # Errors
    /// If fewer people wait than there are calls, or somebody hears nothing of one.
    pub async fn measure(&self, calls: usize) -> anyhow::Result<(Percentiles, Percentiles)> {
        let (mut to_boards, mut to_consoles) = (Vec::new(), Vec::new());
        for agent in self.agents.iter().cycle().take(calls) {
            tokio::time::sleep(BETWEEN_PRESSES).await;
            let pressed = Instant::now();
            ensure!(agent.act(CounterAction::CallNext).await? == Said::Done, "nobody waits");
            for (arrivals, times) in [(&self.boards, &mut to_boards), (&self.consoles, &mut to_consoles)] {
                let first = until("the call is on every stream", || first_since(arrivals, pressed))?;
                times.extend(first.iter().map(|at| at.duration_since(pressed).as_secs_f64() * 1000.0));
            }
            tokio::time::sleep(BETWEEN_PRESSES).await;
            ensure!(agent.act(CounterAction::Finish).await? == Said::Done, "cannot finish");
        }
        Ok((Percentiles::of(to_boards), Percentiles::of(to_consoles)))
    }
}

fn nothing_yet(streams: usize) -> Arrivals {
    Arc::new((0..streams).map(|_| Mutex::default()).collect())
}

fn arrived(arrivals: &Arrivals, stream: usize) {
    arrivals[stream].lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
}

/// When the first thing after a moment came over each stream; nothing until all have heard.
fn first_since(arrivals: &Arrivals, moment: Instant) -> Option<Vec<Instant>> {
    let first = |stream: &Mutex<Vec<Instant>>| {
        let times = stream.lock().unwrap_or_else(PoisonError::into_inner);
        times.iter().find(|at| **at >= moment).copied()
    };
    arrivals.iter().map(first).collect()
}

async fn sign_in(world: &World, counters: usize) -> anyhow::Result<Vec<Agent>> {
    let mut agents = Vec::new();
    for counter in 1..=counters {
        let name = format!("agent{counter}");
        agents.push(Agent::sign_in(world, &name, world.password(counter), u16::try_from(counter)?).await?);
    }
    Ok(agents)
}

async fn listen(world: &World, boards: usize) -> anyhow::Result<Arrivals> {
    let arrivals = nothing_yet(boards);
    let (ready, mut readied) = tokio::sync::mpsc::unbounded_channel();
    for board in 0..boards {
        let (client, _) =
            device::pair(&world.client()?, &world.control_socket(), DeviceKind::Board, Uuid::nil()).await?;
        let (arrivals, ready) = (arrivals.clone(), ready.clone());
        tokio::spawn(async move {
            let mut told = false;
            follow(&client, &BoardFeed(SiteId::new(SITE)), None, |item| {
                match item {
                    FeedItem::Heartbeat(_) if !std::mem::replace(&mut told, true) => drop(ready.send(())),
                    FeedItem::Event(data, _) if is_call(&data) => arrived(&arrivals, board),
                    _ => {}
                }
                true
            })
            .await;
        });
    }
    for _ in 0..boards {
        readied.recv().await.context("a board does not listen")?;
    }
    Ok(arrivals)
}

fn is_call(data: &str) -> bool {
    matches!(serde_json::from_str(data), Ok(BoardChange::Called(_)))
}
